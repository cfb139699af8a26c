package analytics

import (
	"encoding/binary"
	"math"
	"slices"
)

// encode writes what is stored of the window, its visitors as pages of the checkpoint; the counters are derived again.
func (l *live) encode(b []byte, c *Checkpoint, all bool) []byte {
	b = putInt(b, l.pruned)
	b = writeTable(c, b, &l.visitors.pages, all, func(b []byte, _ int, p *livePage) []byte { return p.encode(b) })
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

func (p *livePage) encode(b []byte) []byte {
	b = putUint(b, uint64(len(p.visitors)))
	for i := range p.visitors {
		v := &p.visitors[i]
		b = append(b, v.visitor[:]...)
		b = binary.LittleEndian.AppendUint64(b, v.session)
		b = putInt(b, v.ts)
		for i := range v.ends {
			text := p.part(v, i)
			b = append(putUint(b, uint64(len(text))), text...)
		}
		b = append(b, v.bits)
	}
	return b
}

func (r *reader) livePage() *livePage {
	p, n := new(livePage), r.count(30)
	if n > visitorsPerPage {
		r.fail("visitors of a page")
		return p
	}
	p.visitors = make([]liveVisitor, 0, n)
	for range n {
		var v liveVisitor
		copy(v.visitor[:], r.bytes(len(v.visitor)))
		v.session = binary.LittleEndian.Uint64(r.bytes(8))
		v.ts = r.int()
		texts := [...]string{r.string(), r.string(), r.string(), r.string()}
		if size := len(texts[0]) + len(texts[1]) + len(texts[2]) + len(texts[3]); size > math.MaxUint16 {
			r.fail("texts of a visitor")
			return p
		}
		p.put(&v, texts[0], texts[1], texts[2], texts[3])
		v.bits = r.bytes(1)[0]
		p.visitors = append(p.visitors, v)
	}
	return p
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

// live reads the window. So many bytes of visitors, as they are stored, stay in memory; none are read when counters alone are wanted.
func (r *reader) live(pages *pageReader, visitors int64) (*live, error) {
	l := newLive()
	l.pruned = r.int()
	if err := r.liveVisitors(l.visitors, pages, visitors); err != nil {
		return nil, err
	}
	for _, counts := range []map[int64]int32{l.seconds.counts, l.minutes.counts} {
		for range r.count(2) {
			k := r.int()
			counts[k] = int32(r.int())
		}
	}
	for range r.count(4) {
		l.recent = append(l.recent, &recentPageview{r.int(), []byte(r.string()), r.string(), r.string()})
	}
	l.swept = l.pruned
	return l, r.err
}

func (r *reader) liveVisitors(l *liveVisitors, pages *pageReader, visitors int64) error {
	if visitors == countersAlone {
		readRefs(r, &l.pages)
		return r.err
	}
	from := -1
	return readTable(r, &l.pages, pages, func(p *reader, i int) *livePage {
		if from < 0 {
			from = keepFrom(&l.pages, visitors)
		}
		body := p.livePage()
		if l.len() != i*visitorsPerPage {
			p.fail("visitors of the live window")
		}
		l.enter(body)
		if i >= from {
			return body
		}
		l.ages[i] = body.latest()
		l.away++
		return nil
	})
}
