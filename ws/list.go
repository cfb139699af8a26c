package ws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

const (
	itemsMember = "items" // the member of a state that append and update work on
	maxItems    = 50      // that it holds
)

// listRule tells that a topic's state has items, newest first.
type listRule struct {
	key   []string // the members that together identify an item
	fixed bool     // items never change; should one, a snapshot tells
}

// item is one of a list, with the changes at which it came and last changed.
type item struct {
	key       string
	raw       json.RawMessage
	born, seq uint64
}

// applyItems compares the newest items with the known ones and returns the sequence number of the last change: one for all new items together,
// one for each that changed. Anything else than new items in front, changed ones and the oldest cut off asks for snapshots.
func (d *document) applyItems(raw json.RawMessage, seq uint64) (uint64, error) {
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		return 0, fmt.Errorf("read items: %w", err)
	}
	known := make(map[string]bool, len(d.items))
	for _, it := range d.items {
		known[it.key] = true
	}
	items := make([]item, len(rows))
	fresh := 0
	for i, row := range rows {
		key, err := d.list.keyOf(row)
		if err != nil {
			return 0, err
		}
		items[i] = item{key: key, raw: row}
		if fresh == i && !known[key] {
			fresh++
		}
	}
	if !continues(items[fresh:], d.items, fresh) || d.list.fixed && changedItem(items[fresh:], d.items) {
		seq++
		d.floor = seq
		for i := range items {
			items[i].born, items[i].seq = seq, seq
		}
		d.items = items
		return seq, nil
	}
	if fresh > 0 {
		seq++
		for i := range items[:fresh] {
			items[i].born, items[i].seq = seq, seq
		}
	}
	for i := len(items) - 1; i >= fresh; i-- {
		old := d.items[i-fresh]
		items[i].born, items[i].seq = old.born, old.seq
		if !bytes.Equal(items[i].raw, old.raw) {
			seq++
			items[i].seq = seq
		}
	}
	d.items = items
	return seq, nil
}

// continues tells whether the rest of the new items is the old list, cut only where fresh items made it too long.
func continues(rest, old []item, fresh int) bool {
	if len(rest) != min(len(old), max(0, maxItems-fresh)) {
		return false
	}
	for i := range rest {
		if rest[i].key != old[i].key {
			return false
		}
	}
	return true
}

// changedItem tells whether an item of the rest of the new items differs from what it was in the old list.
func changedItem(rest, old []item) bool {
	for i := range rest {
		if !bytes.Equal(rest[i].raw, old[i].raw) {
			return true
		}
	}
	return false
}

// itemChanges gives the appends and updates after seq, in the order of their numbers; from is left to the caller.
func (d *document) itemChanges(seq uint64) []change {
	var out []change
	for i := len(d.items) - 1; i >= 0; i-- {
		it := d.items[i]
		if it.born <= seq {
			continue
		}
		if n := len(out); n > 0 && out[n-1].to == it.born { // came together
			last := &out[n-1]
			last.data = append(append(append(last.data[:len(last.data)-1], ','), it.raw...), ']')
			continue
		}
		out = append(out, change{to: it.born, op: opAppend, data: append(append([]byte{'['}, it.raw...), ']')})
	}
	for i := range d.items {
		if it := d.items[i]; it.born <= seq && it.seq > seq {
			at, _ := searchChange(out, it.seq)
			out = append(out[:at], append([]change{{to: it.seq, op: opUpdate, data: it.raw}}, out[at:]...)...)
		}
	}
	return out
}

func searchChange(changes []change, seq uint64) (int, bool) {
	for i := range changes {
		if changes[i].to >= seq {
			return i, changes[i].to == seq
		}
	}
	return len(changes), false
}

func (r *listRule) keyOf(row json.RawMessage) (string, error) {
	members, err := parseObject(row)
	if err != nil {
		return "", err
	}
	parts := make([]string, len(r.key))
	for i, name := range r.key {
		parts[i] = string(members[name])
	}
	return strings.Join(parts, ","), nil
}
