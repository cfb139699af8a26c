package api

import (
	"encoding/json"
	"errors"
	"fmt"
)

const (
	maxGroup      = 300       // entries of one transaction: each costs up to six operations
	maxGroupBytes = 240 << 10 // of one transaction: keys and values
)

// group is what one transaction stores.
type group struct {
	taken   int // of those that wait
	ops     []MetaOp
	size    int
	head    headRow
	entries []*logEntry
	keys    map[string]bool
}

// commit stores as many of the first that wait as fit into one transaction, and tells how many these are.
func (l *Activities) commit(waiting []*waitingEntry) (taken int, logged []*logEntry, err error) {
	g := l.torn
	if g != nil { // whether it is there decides the head: it was to be written with it
		stored, err := readHead(l.meta)
		if err != nil {
			return 0, nil, err
		}
		if stored == g.head {
			return g.taken, g.entries, l.done(g)
		}
	} else {
		if g, err = l.gather(waiting); err != nil {
			return 0, nil, err
		}
		l.torn = g
	}
	if len(g.ops) > 0 {
		if err := l.meta.Txn(g.ops...); err != nil {
			return 0, nil, fmt.Errorf("store activities: %w", err)
		}
	}
	return g.taken, g.entries, l.done(g)
}

func (l *Activities) done(g *group) error {
	l.head, l.torn = g.head, nil
	return nil
}

// gather makes the group of the first that wait.
func (l *Activities) gather(waiting []*waitingEntry) (*group, error) {
	g := &group{head: l.head, keys: make(map[string]bool)}
	for _, w := range waiting {
		if w.Action == "" {
			g.taken++
			continue
		}
		known, err := l.isKnown(g, w)
		if err != nil {
			return nil, err
		}
		if !known {
			ok, err := l.add(g, w)
			if err != nil {
				return nil, err
			}
			if !ok {
				break
			}
		}
		g.taken++
	}
	if len(g.ops) == 0 {
		return g, nil
	}
	return g, g.put(headKey, &g.head)
}

// isKnown tells whether an entry with a cause is in the log already.
func (l *Activities) isKnown(g *group, w *waitingEntry) (bool, error) {
	if w.Cause == "" {
		return false, nil
	}
	key := entryKey(scopeOf(w.Site), w.At, w.id)
	if g.keys[key] {
		return true, nil
	}
	val, err := getMeta(l.meta, key)
	return val != nil, err
}

// add puts an entry at the end of the chain; ok is false when there is no room for it in the group.
func (l *Activities) add(g *group, w *waitingEntry) (ok bool, err error) {
	e, err := l.entryOf(w, g.head.Position+1)
	if err != nil {
		return false, err
	}
	part := group{head: g.head}
	part.head.Position++
	chain := chainRow{Digest: e.row.digest(), Content: contentWhole}
	chain.Link = nextLink(g.head.Link, chain.Digest)
	part.head.Link = chain.Link
	scope := scopeOf(w.Site)
	e.key = entryKey(scope, w.At, w.id)
	err = errors.Join(part.put(chainKey(part.head.Position), &chain), part.put(e.key, &e.row))
	if w.Site != "" {
		err = errors.Join(err, part.put(untoldKey(part.head.Position), &untoldRow{e.key}))
	}
	for _, user := range e.personal.users() {
		err = errors.Join(err, part.put(indexKey(user, w.At, w.id), &indexRow{part.head.Position, scope}))
	}
	if w.Action == keyUsed && !g.keys[usedPrefix+w.Target.ID] {
		err = errors.Join(err, part.put(usedPrefix+w.Target.ID, &usedRow{w.At}))
		g.keys[usedPrefix+w.Target.ID] = true
	}
	if err != nil {
		return false, err
	}
	if len(g.ops) > 0 && g.size+part.size > maxGroupBytes {
		return false, nil
	}
	g.ops, g.size, g.head = append(g.ops, part.ops...), g.size+part.size, part.head
	g.entries = append(g.entries, e)
	g.keys[e.key] = true
	return true, nil
}

func (g *group) put(key string, v any) error {
	val, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	g.ops = append(g.ops, MetaOp{Key: key, Value: val})
	g.size += len(key) + len(val)
	return nil
}

// entryOf makes the content of an activity.
func (l *Activities) entryOf(w *waitingEntry, position uint64) (*logEntry, error) {
	e := &logEntry{}
	e.fields = entryFields{
		Position: position, ID: w.id, At: w.At, Action: w.Action, Site: w.Site, Target: storedTarget(w.Target), Metadata: json.RawMessage("{}"),
	}
	if len(w.Metadata) > 0 {
		var err error
		if e.fields.Metadata, err = json.Marshal(w.Metadata); err != nil {
			return nil, fmt.Errorf("encode the metadata of %s: %w", w.Action, err)
		}
	}
	e.personal = l.personalOf(w)
	if w.Target.Type == userTarget {
		e.fields.Target.Name = ""
	}
	row, err := newContent(&e.fields, &e.personal)
	if err != nil {
		return nil, err
	}
	e.row = *row
	return e, nil
}

// personalOf is what tells of people in an activity. Of an account that is deleted by now nothing is kept: what was kept of it before is erased
// (Forget), or about to be.
func (l *Activities) personalOf(w *waitingEntry) entryPersonal {
	var p entryPersonal
	actor, ok := l.users.User(w.Actor)
	if ok {
		p.Actor = &entryActor{actor.ID, actor.Email, actor.Name, w.key}
	}
	if ok || w.Actor == "" {
		p.Address, p.Agent = w.address, w.browser
	}
	_, ok = l.users.User(w.Account)
	if ok {
		p.Account = w.Account
	}
	if w.Target.isAddress() && (ok || w.Account == "") { // or it is the account's own: a login that failed
		p.Email = w.Target.Name
	}
	return p
}

func readHead(meta Meta) (headRow, error) {
	var h headRow
	val, err := getMeta(meta, headKey)
	if err != nil || val == nil {
		return h, err
	}
	if err := json.Unmarshal(val, &h); err != nil {
		return h, fmt.Errorf("read %s: %w", headKey, err)
	}
	return h, nil
}

// getMeta reads one value; nil: there is none.
func getMeta(meta Meta, key string) (val []byte, err error) {
	err = meta.Scan(key, func(k string, v []byte) error {
		if k == key { // the first: others only begin with it
			val = append([]byte{}, v...)
		}
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return val, nil
}
