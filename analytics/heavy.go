package analytics

import "strings"

// heavyHitters is the Space-Saving sketch of Metwally, Agrawal and El Abbadi (2005): a fixed number of counters; a new value takes over the
// smallest one. count is never below the truth, count − err never above it. It is our own because the fold must give the same answer after a
// checkpoint as without one: the heap is stored as it is, so a restored sketch goes on exactly as the old one would have.
type heavyHitters struct {
	heap  []hitter       // a min-heap by (count, seq)
	index map[string]int // value → place in heap; derived
	seq   uint64
}

type hitter struct {
	value      string
	count, err uint64
	seq        uint64 // of its arrival: the older of two equal counters is replaced first
}

// sketchSize is the number of counters: a value above 1/1,024 of the capped arrivals is always found.
const sketchSize = 1024

func newHeavyHitters() *heavyHitters {
	return &heavyHitters{index: make(map[string]int, sketchSize)}
}

// add counts one arrival and returns the count that is guaranteed for the value. The value is cloned when it is kept.
func (h *heavyHitters) add(value string) uint64 {
	i, known := h.index[value]
	switch {
	case known:
		h.heap[i].count++
	case len(h.heap) < sketchSize:
		h.seq++
		i = len(h.heap)
		h.heap = append(h.heap, hitter{value: strings.Clone(value), count: 1, seq: h.seq})
		h.index[h.heap[i].value] = i
		i = h.up(i)
	default:
		h.seq++
		i = 0
		old := h.heap[0]
		delete(h.index, old.value)
		h.heap[0] = hitter{value: strings.Clone(value), count: old.count + 1, err: old.count, seq: h.seq}
		h.index[h.heap[0].value] = 0
	}
	i = h.down(i)
	return h.heap[i].count - h.heap[i].err
}

// remove forgets a value that was let into the exact set.
func (h *heavyHitters) remove(value string) {
	i, ok := h.index[value]
	if !ok {
		return
	}
	last := len(h.heap) - 1
	delete(h.index, value)
	if i != last {
		h.heap[i] = h.heap[last]
		h.index[h.heap[i].value] = i
	}
	h.heap = h.heap[:last]
	if i != last {
		h.down(h.up(i))
	}
}

func (h *heavyHitters) less(i, j int) bool {
	a, b := &h.heap[i], &h.heap[j]
	return a.count < b.count || a.count == b.count && a.seq < b.seq
}

func (h *heavyHitters) swap(i, j int) {
	h.heap[i], h.heap[j] = h.heap[j], h.heap[i]
	h.index[h.heap[i].value], h.index[h.heap[j].value] = i, j
}

func (h *heavyHitters) up(i int) int {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	return i
}

func (h *heavyHitters) down(i int) int {
	for {
		c := 2*i + 1
		if c+1 < len(h.heap) && h.less(c+1, c) {
			c++
		}
		if c >= len(h.heap) || !h.less(c, i) {
			return i
		}
		h.swap(i, c)
		i = c
	}
}

func (h *heavyHitters) clone() *heavyHitters {
	if h == nil {
		return nil
	}
	return &heavyHitters{heap: append([]hitter(nil), h.heap...), seq: h.seq}
}

// reindex makes the derived index of a clone or of decoded counters.
func (h *heavyHitters) reindex() {
	h.index = make(map[string]int, sketchSize)
	for i := range h.heap {
		h.index[h.heap[i].value] = i
	}
}

func (h *heavyHitters) encode(b []byte) []byte {
	b = putUint(b, h.seq)
	b = putUint(b, uint64(len(h.heap)))
	for _, x := range h.heap {
		b = putString(b, x.value)
		b = putUint(b, x.count)
		b = putUint(b, x.err)
		b = putUint(b, x.seq)
	}
	return b
}

func (r *reader) heavyHitters() *heavyHitters {
	h := &heavyHitters{seq: r.uint()}
	for range r.count(4) {
		h.heap = append(h.heap, hitter{value: r.string(), count: r.uint(), err: r.uint(), seq: r.uint()})
	}
	h.reindex()
	return h
}
