package ws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// document is the state of a stream: a JSON object in which every leaf (whatever is not an object) knows the change that gave it its value.
// A client that saw change n and is told every leaf younger than n has the newest state; so one structure answers for deltas, merged deltas and
// resumes. Removed members are remembered for a while; a client that is older than the last forgotten one needs a snapshot.
// It belongs to its stream, whose lock guards it.
type document struct {
	raw      json.RawMessage // the newest state; replaced, never changed
	seq      uint64          // of the newest change; 0: no state yet
	floor    uint64          // below it, since has no answer
	root     node
	items    []item // of topics with a list, newest first
	removed  []removal
	unsent   []*node // volatile leaves whose newest value no change has carried
	volatile map[string]bool
	list     *listRule
}

// node is a member of an object.
type node struct {
	raw     json.RawMessage  // nil: removed
	members map[string]*node // of an object
	seq     uint64           // the change that gave a leaf its value, removed it, or made it an object
	ended   uint64           // the change at which it last stopped being an object
}

type removal struct {
	parent *node
	key    string
	seq    uint64
	at     time.Time
}

// change is a delta: op and data turn the state of from into the one of to.
type change struct {
	from, to uint64
	op       string
	data     []byte
}

// newDocument makes an empty document. Members whose dotted path is volatile are carried by changes but are none.
func newDocument(volatile []string, list *listRule) document {
	d := document{volatile: make(map[string]bool, len(volatile)), list: list}
	for _, path := range volatile {
		d.volatile[path] = true
	}
	return d
}

// apply takes the newest state, a JSON object, and tells whether it is a change.
func (d *document) apply(raw json.RawMessage, now time.Time) (bool, error) {
	if bytes.Equal(raw, d.raw) {
		return false, nil
	}
	members, err := parseObject(raw)
	if err != nil {
		return false, err
	}
	seq := d.seq
	if d.list != nil {
		if seq, err = d.applyItems(members[itemsMember], seq); err != nil {
			return false, err
		}
		delete(members, itemsMember)
	}
	patched, err := d.merge(&d.root, "", members, seq+1, now)
	if err != nil {
		return false, err
	}
	if patched || d.seq == 0 && seq == 0 {
		seq++
		for _, n := range d.unsent {
			n.seq = seq
		}
		d.unsent = d.unsent[:0]
	}
	changed := seq != d.seq
	d.raw, d.seq = raw, seq
	return changed, nil
}

// restart forgets how the state came about: the next one applied is a change that only snapshots tell.
func (d *document) restart() {
	d.floor = d.seq + 1
	d.raw, d.root, d.items, d.removed, d.unsent = nil, node{}, nil, nil, nil
}

// merge brings the members of an object up to date and tells whether a leaf that is not volatile has changed.
func (d *document) merge(n *node, path string, members map[string]json.RawMessage, seq uint64, now time.Time) (changed bool, err error) {
	if n.members == nil {
		n.members = make(map[string]*node, len(members))
	}
	for key, raw := range members {
		m := n.members[key]
		if m == nil {
			m = new(node)
			n.members[key] = m
		} else if bytes.Equal(m.raw, raw) {
			continue
		}
		here := path + key
		existed := m.raw != nil
		m.raw = raw
		if raw[0] == '{' {
			inner, err := parseObject(raw)
			if err != nil {
				return false, err
			}
			if m.members == nil { // it becomes an object: who knew an older object under this key cannot merge the new one
				d.floor = max(d.floor, m.ended)
				m.seq, changed = seq, true
			}
			c, err := d.merge(m, here+".", inner, seq, now)
			if err != nil {
				return false, err
			}
			changed = changed || c
			continue
		}
		if m.members != nil {
			m.members, m.ended = nil, seq
		}
		if existed && d.volatile[here] {
			d.unsent = append(d.unsent, m)
			continue
		}
		m.seq, changed = seq, true
	}
	for key, m := range n.members {
		if _, kept := members[key]; kept || m.raw == nil {
			continue
		}
		if m.members != nil {
			m.members, m.ended = nil, seq
		}
		m.raw, m.seq, changed = nil, seq, true
		d.removed = append(d.removed, removal{n, key, seq, now})
	}
	return changed, nil
}

// forget gives up the removed members that are both older than keep and more than changes back, and the oldest beyond limit.
func (d *document) forget(now time.Time, keep time.Duration, changes uint64, limit int) {
	i := 0
	for ; i < len(d.removed); i++ {
		r := d.removed[i]
		old := now.Sub(r.at) > keep && r.seq+changes < d.seq
		if !old && len(d.removed)-i <= limit {
			break
		}
		if m := r.parent.members[r.key]; m != nil && m.raw == nil && m.seq == r.seq {
			delete(r.parent.members, r.key)
			d.floor = max(d.floor, r.seq)
		}
	}
	d.removed = slices.Delete(d.removed, 0, i)
}

// since gives the changes that bring a client at seq to the newest state, none if it is there. ok is false when only a snapshot can.
func (d *document) since(seq uint64) (changes []change, ok bool) {
	if seq < d.floor || seq > d.seq {
		return nil, false
	}
	at := seq
	for _, c := range d.itemChanges(seq) {
		if p, some := d.root.patch(nil, at, c.to-1); some {
			changes = append(changes, change{at, c.to - 1, opPatch, p})
			at = c.to - 1
		}
		c.from, at = at, c.to
		changes = append(changes, c)
	}
	if p, some := d.root.patch(nil, at, d.seq); some {
		changes = append(changes, change{at, d.seq, opPatch, p})
	}
	if len(changes) > 0 {
		changes[len(changes)-1].to = d.seq
	}
	return changes, true
}

// patch appends the JSON Merge Patch (RFC 7396) of the leaves that changed after lo and not after hi. some is false, and b unchanged, without any.
func (n *node) patch(b []byte, lo, hi uint64) (out []byte, some bool) {
	within := func(seq uint64) bool { return lo < seq && seq <= hi }
	keys := make([]string, 0, 8)
	for key, m := range n.members {
		if within(m.seq) || m.members != nil && m.seq <= lo {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	start := len(b)
	b = append(b, '{')
	for _, key := range keys {
		before := len(b)
		if some {
			b = append(b, ',')
		}
		b = appendKey(b, key)
		m := n.members[key]
		switch {
		case m.raw == nil:
			b = append(b, "null"...)
		case m.members != nil && !within(m.seq):
			var inner bool
			if b, inner = m.patch(b, lo, hi); !inner {
				b = b[:before]
				continue
			}
		default:
			b = append(b, m.raw...)
		}
		some = true
	}
	if !some {
		return b[:start], false
	}
	return append(b, '}'), true
}

// appendKey writes a member's name and its colon.
func appendKey(b []byte, key string) []byte {
	for i := 0; i < len(key); i++ {
		if c := key[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(key)
			if err != nil { // a string can always be encoded
				return append(strconv.AppendQuote(b, key), ':')
			}
			return append(append(b, quoted...), ':')
		}
	}
	b = append(append(b, '"'), key...)
	return append(b, `":`...)
}

func parseObject(raw json.RawMessage) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("read a state: %w", err)
	}
	return members, nil
}
