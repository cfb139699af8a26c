package api

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ActivityReport is what VerifyActivity found.
type ActivityReport struct {
	Entries   uint64 // in the chain
	Anonymous uint64 // without what told of people: an account was deleted
	Erased    uint64 // of which only position, digest and link are left: retention or purge
	Link      string // of the last entry, hexadecimal; who writes it down can tell later that nothing before it was replaced

	Fits  bool
	First uint64 // the first position that does not fit; 0 with Fits false: the head of the log cannot be read
	Fault string // what is wrong there
}

// VerifyActivity recomputes the whole chain. It holds a digest of every entry in memory. Errors are the store's; a log that does not fit is
// none.
func VerifyActivity(meta Meta) (ActivityReport, error) {
	v := &activityVerifier{meta: meta, contents: make(map[uint64][]foundContent), indexes: make(map[string]indexRow)}
	for _, step := range []func() error{v.readIndexes, v.readContents, v.readChain} {
		if err := step(); err != nil {
			return ActivityReport{}, fmt.Errorf("verify the activity log: %w", err)
		}
	}
	v.compareRest()
	return v.report, nil
}

// activityVerifier collects what there is, then follows the chain.
type activityVerifier struct {
	meta     Meta
	report   ActivityReport
	contents map[uint64][]foundContent // by the position that they claim, until the chain has them
	indexes  map[string]indexRow       // by key, until a content has them
	bad      fault
}

// foundContent is a content row in short.
type foundContent struct {
	digest  digest
	scope   string
	state   string
	fault   string   // what else is wrong with it; "": nothing
	indexes []string // keys of the rows that lead to it
}

// fault is the first position that does not fit.
type fault struct {
	isSet    bool
	position uint64
	what     string
}

func (v *activityVerifier) fault(position uint64, format string, args ...any) {
	if !v.bad.isSet || position < v.bad.position {
		v.bad = fault{true, position, fmt.Sprintf(format, args...)}
	}
}

// decodeExact reads a row that must be, byte by byte, what encoding gives.
func decodeExact(val []byte, row any) bool {
	if json.Unmarshal(val, row) != nil {
		return false
	}
	again, err := json.Marshal(row)
	return err == nil && bytes.Equal(again, val)
}

func (v *activityVerifier) readIndexes() error {
	return v.meta.Scan(indexPrefix, func(key string, val []byte) error {
		var row indexRow
		if !decodeExact(val, &row) {
			row = indexRow{} // a content will miss it, and say where
		}
		v.indexes[strings.Clone(key)] = row
		return nil
	})
}

func (v *activityVerifier) readContents() error {
	return v.meta.Scan(entryPrefix, func(key string, val []byte) error {
		var row contentRow
		if !decodeExact(val, &row) {
			return nil // the chain will miss it, and say where
		}
		e, err := readEntry(key, val)
		if err != nil {
			return nil //nolint:nilerr // the same
		}
		f := &e.fields
		found := foundContent{digest: row.digest(), scope: scopeOf(f.Site), state: contentWhole}
		switch random, err := hex.DecodeString(row.Random); {
		case e.isAnonymous() && row.Random == "":
			found.state = contentAnonymous
		case err != nil || hex.EncodeToString(random) != row.Random || hashOf(row.Personal, random...) != row.P:
			found.fault = "its personal fields are not those that were stored"
		}
		if key != entryKey(found.scope, f.At, f.ID) {
			found.fault = "it is stored where another entry belongs"
		}
		for _, user := range e.personal.users() {
			found.indexes = append(found.indexes, indexKey(user, f.At, f.ID))
		}
		v.contents[f.Position] = append(v.contents[f.Position], found)
		return nil
	})
}

// readChain follows the links.
func (v *activityVerifier) readChain() error {
	var before digest
	err := v.meta.Scan(chainPrefix, func(key string, val []byte) error {
		v.report.Entries++
		position, err := strconv.ParseUint(strings.TrimPrefix(key, chainPrefix), 16, 64)
		if err != nil || position != v.report.Entries || key != chainKey(position) {
			v.fault(v.report.Entries, "it is missing")
			return errEnough
		}
		var row chainRow
		if !decodeExact(val, &row) {
			v.fault(position, "its row in the chain cannot be read")
			return errEnough
		}
		if row.Link != nextLink(before, row.Digest) {
			v.fault(position, "its link does not follow from the one before")
		}
		before = row.Link
		v.compare(position, &row)
		return nil
	})
	return v.readEnd(before, err)
}

// compare looks whether the content is what the chain says. A row that only claims the position is none: it is missed elsewhere, or left over.
func (v *activityVerifier) compare(position uint64, row *chainRow) {
	all := v.contents[position]
	i := slices.IndexFunc(all, func(c foundContent) bool { return c.digest == row.Digest })
	if i < 0 {
		switch {
		case row.Content == contentErased:
			v.report.Erased++
		case len(all) > 0:
			v.fault(position, "its content is not the one that was stored")
		default:
			v.fault(position, "its content is missing or cannot be read")
		}
		return
	}
	found := all[i]
	v.contents[position] = slices.Delete(all, i, i+1)
	switch {
	case found.state != row.Content:
		v.fault(position, "its content is %s, not %s", named(found.state), named(row.Content))
	case found.fault != "":
		v.fault(position, "%s", found.fault)
	case found.state == contentAnonymous:
		v.report.Anonymous++
	}
	for _, key := range found.indexes {
		if v.indexes[key] != (indexRow{position, found.scope}) {
			v.fault(position, "it is missing in the log of a user")
		}
		delete(v.indexes, key)
	}
}

func named(state string) string {
	if state == contentErased {
		return "erased"
	}
	return state
}

// readEnd compares the chain's end with the head.
func (v *activityVerifier) readEnd(last digest, err error) error {
	if err != nil && v.bad.isSet { // the chain was not followed to its end
		return nil
	}
	if err != nil {
		return err
	}
	val, err := getMeta(v.meta, headKey)
	if err != nil {
		return err
	}
	var head headRow
	switch {
	case val == nil && v.report.Entries == 0:
	case val == nil || !decodeExact(val, &head):
		v.fault(v.report.Entries, "the head of the log is missing or cannot be read")
	case head.Position > v.report.Entries:
		v.fault(v.report.Entries+1, "it is missing")
	case head.Position < v.report.Entries:
		v.fault(head.Position+1, "it is behind the head of the log")
	case head.Link != last:
		v.fault(head.Position, "its link is not that of the head")
	}
	v.report.Link = hex.EncodeToString(last[:])
	return nil
}

// compareRest names what belongs to nothing.
func (v *activityVerifier) compareRest() {
	if !v.bad.isSet { // otherwise it may be what is missing there
		for position, rest := range v.contents {
			if len(rest) > 0 {
				v.fault(position, "there is a second entry, or one that is not in the chain")
			}
		}
		for _, row := range v.indexes {
			v.fault(row.Position, "the log of a user names it, and it is not the user's")
		}
	}
	r := &v.report
	r.Fits, r.First, r.Fault = !v.bad.isSet, v.bad.position, v.bad.what
}
