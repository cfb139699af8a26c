package analytics

import (
	"bytes"
	"slices"
)

// encode writes what is stored of the window; the counters are derived again.
func (l *live) encode(b []byte) []byte {
	b = putInt(b, l.pruned)
	ids := make([]VisitorID, 0, len(l.visitors))
	for id := range l.visitors {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b VisitorID) int { return bytes.Compare(a[:], b[:]) })
	b = putUint(b, uint64(len(ids)))
	for _, id := range ids {
		v := l.visitors[id]
		b = append(append(b, id[:]...), v.session[:]...)
		b = putInt(b, v.ts)
		b = putString(b, string(v.id))
		b = putString(b, v.path)
		b = putString(b, v.source)
		b = putString(b, v.country)
		b = putInt(b, v.minute)
		b = append(b, v.bits)
	}
	b = putCounts(b, l.seconds.counts)
	b = putCounts(b, l.minutes.counts)
	b = putUint(b, uint64(len(l.recent)))
	for _, p := range l.recent {
		b = putInt(b, p.ts)
		b = putString(b, string(p.id))
		b = putString(b, p.path)
		b = putString(b, p.country)
	}
	return b
}

func putCounts(b []byte, counts map[int64]int32) []byte {
	keys := make([]int64, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b = putUint(b, uint64(len(keys)))
	for _, k := range keys {
		b = putInt(b, k)
		b = putInt(b, int64(counts[k]))
	}
	return b
}

func (r *reader) live() *live {
	l := newLive()
	l.pruned = r.int()
	for range r.count(36) {
		var id VisitorID
		v := new(liveVisitor)
		copy(id[:], r.bytes(16))
		copy(v.session[:], r.bytes(16))
		v.ts, v.id = r.int(), []byte(r.string())
		v.path, v.source, v.country = r.string(), r.string(), r.string()
		v.minute, v.bits = r.int(), r.bytes(1)[0]
		l.visitors[id] = v
	}
	for _, counts := range []map[int64]int32{l.seconds.counts, l.minutes.counts} {
		for range r.count(2) {
			k := r.int()
			counts[k] = int32(r.int())
		}
	}
	for range r.count(4) {
		l.recent = append(l.recent, recentPageview{r.int(), []byte(r.string()), r.string(), r.string()})
	}
	l.swept = l.pruned
	return l
}
