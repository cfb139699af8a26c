package analytics

import (
	"bytes"
	"slices"
)

// encode writes what is stored of the window; the counters are derived again.
func (l *live) encode(b []byte) []byte {
	b = putInt(b, l.pruned)
	type place struct {
		p *livePage
		v *liveVisitor
	}
	var all []place
	l.visitors.each(func(p *livePage, v *liveVisitor) {
		if secondOf(v.ts) > l.pruned {
			all = append(all, place{p, v})
		}
	})
	slices.SortFunc(all, func(a, b place) int { return bytes.Compare(a.v.visitor[:], b.v.visitor[:]) })
	b = putUint(b, uint64(len(all)))
	for _, at := range all {
		p, v := at.p, at.v
		b = append(append(b, v.visitor[:]...), v.session[:]...)
		b = putInt(b, v.ts)
		for i := range v.ends {
			text := p.part(v, i)
			b = append(putUint(b, uint64(len(text))), text...)
		}
		b = putInt(b, v.ts/60_000)
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
		copy(id[:], r.bytes(16))
		p, v := l.visitors.add(id)
		copy(v.session[:], r.bytes(16))
		v.ts = r.int()
		p.put(v, r.string(), r.string(), r.string(), r.string())
		if r.int() != v.ts/60_000 {
			r.fail("minute of a visitor")
		}
		v.bits = r.bytes(1)[0]
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
