package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// The activity log in the store. An entry has two rows, so that its content can go and the chain stays:
//
//	activity/chain/<position>               a chainRow, for ever
//	activity/entry/<scope>/<time>/<id>      a contentRow
//	activity/user/<user>/<time>/<id>        an indexRow, for the actor and for the account that is concerned
//	activity/untold/<position>              an untoldRow, for a minute
//	activity/used/<key>                     when the use of an API key was logged last
//	activity/head                           a headRow: position and link of the last entry
//
// Positions and times are 16 hexadecimal digits; times count downwards, so that the newest comes first. The scope stands for the site (scopeOf):
// index rows must not name a site that may be purged.
const (
	activityPrefix = "activity/"
	chainPrefix    = activityPrefix + "chain/"
	entryPrefix    = activityPrefix + "entry/"
	indexPrefix    = activityPrefix + "user/"
	usedPrefix     = activityPrefix + "used/"
	headKey        = activityPrefix + "head"
)

// digest is a SHA-256.
type digest = auth.Digest

// What is left of an entry's content (chainRow.Content).
const (
	contentErased    = ""          // nothing: retention or purge
	contentAnonymous = "anonymous" // all but what tells of people: an account was deleted
	contentWhole     = "whole"
)

// chainRow is a link of the chain.
type chainRow struct {
	Digest  digest `json:"digest"` // SHA-256 of the fields and P
	Link    digest `json:"link"`   // SHA-256 of the link before and Digest; before the first stand zeros
	Content string `json:"content,omitempty"`
}

// headRow is the end of the chain.
type headRow struct {
	Position uint64 `json:"position"` // 0: there is none
	Link     digest `json:"link"`
}

// contentRow is an entry. Fields and Personal are hashed as they are stored.
type contentRow struct {
	Fields   json.RawMessage `json:"fields"` // entryFields
	P        digest          `json:"p"`      // SHA-256 of Personal and Random
	Personal json.RawMessage `json:"personal,omitempty"`
	Random   string          `json:"random,omitempty"` // 16 bytes, hexadecimal: P tells nothing of what was erased
}

// entryFields are what tells of no person.
type entryFields struct {
	Position uint64           `json:"position"`
	ID       string           `json:"id"`
	At       int64            `json:"at"` // UTC ms
	Action   string           `json:"action"`
	Site     analytics.SiteID `json:"site,omitempty"`
	Target   storedTarget     `json:"target"`
	Metadata json.RawMessage  `json:"metadata"`
}

type storedTarget struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// entryPersonal are what tells of people.
type entryPersonal struct {
	Actor   *entryActor `json:"actor,omitempty"`
	Account string      `json:"account,omitempty"` // id of the user in whose log it is, too
	Email   string      `json:"email,omitempty"`   // of the target
	Address string      `json:"ipAddress,omitempty"`
	Agent   string      `json:"userAgent,omitempty"`
}

type entryActor struct {
	ID    string  `json:"id"`
	Email string  `json:"email"`
	Name  *string `json:"name"`
	Key   string  `json:"apiKeyId,omitempty"`
}

// indexRow leads to an entry.
type indexRow struct {
	Position uint64 `json:"position"`
	Scope    string `json:"scope"`
}

// usedRow says when the use of a key was logged last.
type usedRow struct {
	At int64 `json:"at"` // UTC ms
}

// scopeOf is a site as keys name it: a hash, so that what is left of a key tells nothing. The entries of no site have a scope of their own.
func scopeOf(site analytics.SiteID) string {
	if site == "" {
		return "none"
	}
	sum := sha256.Sum256([]byte("activity of " + string(site)))
	return hex.EncodeToString(sum[:10])
}

func chainKey(position uint64) string { return fmt.Sprintf("%s%016x", chainPrefix, position) }

// momentKey is the part of a key by which the newest comes first, then the smaller id.
func momentKey(at int64, id string) string { return timeKey(at) + "/" + id }

func timeKey(at int64) string { return fmt.Sprintf("%016x", uint64(1<<63-1-at)) }

// keyTime reads the time of a key whose last two parts are a momentKey.
func keyTime(key string) (int64, error) {
	part := strings.Split(key, "/")
	if len(part) != 5 {
		return 0, fmt.Errorf("read %s: not the key of an activity", key)
	}
	n, err := strconv.ParseUint(part[3], 16, 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", key, err)
	}
	return int64(1<<63 - 1 - n), nil
}

func entryKey(scope string, at int64, id string) string {
	return entryPrefix + scope + "/" + momentKey(at, id)
}

func indexKey(user string, at int64, id string) string {
	return indexPrefix + user + "/" + momentKey(at, id)
}

// users lists those in whose logs an entry is.
func (p *entryPersonal) users() []string {
	var list []string
	if p.Actor != nil {
		list = append(list, p.Actor.ID)
	}
	if p.Account != "" && (p.Actor == nil || p.Actor.ID != p.Account) {
		list = append(list, p.Account)
	}
	return list
}

// hashOf is the SHA-256 of two parts, the second of a fixed length.
func hashOf(text []byte, end ...byte) digest {
	h := sha256.New()
	h.Write(text)
	h.Write(end)
	return digest(h.Sum(nil))
}

func (r *contentRow) digest() digest { return hashOf(r.Fields, r.P[:]...) }

func nextLink(before, digest digest) digest { return hashOf(before[:], digest[:]...) }

// newContent makes the row of an entry.
func newContent(f *entryFields, p *entryPersonal) (*contentRow, error) {
	fields, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode activity: %w", err)
	}
	personal, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode activity: %w", err)
	}
	var random [16]byte
	rand.Read(random[:]) // never fails
	return &contentRow{Fields: fields, P: hashOf(personal, random[:]...), Personal: personal, Random: hex.EncodeToString(random[:])}, nil
}

// logEntry is a content row that was read.
type logEntry struct {
	key      string
	row      contentRow
	fields   entryFields
	personal entryPersonal // empty when it was erased
}

// readEntry decodes a content row. val may be reused afterwards.
func readEntry(key string, val []byte) (*logEntry, error) {
	e := &logEntry{key: strings.Clone(key)}
	if err := json.Unmarshal(val, &e.row); err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	if err := json.Unmarshal(e.row.Fields, &e.fields); err != nil {
		return nil, fmt.Errorf("read the fields of %s: %w", key, err)
	}
	if e.row.Personal != nil {
		if err := json.Unmarshal(e.row.Personal, &e.personal); err != nil {
			return nil, fmt.Errorf("read the personal fields of %s: %w", key, err)
		}
	}
	return e, nil
}

func (e *logEntry) time() time.Time { return time.UnixMilli(e.fields.At) }

// isAnonymous tells whether what tells of people was erased.
func (e *logEntry) isAnonymous() bool { return e.row.Personal == nil }
