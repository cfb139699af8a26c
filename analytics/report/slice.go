package report

import (
	"math"

	"github.com/ztas-io/ztas/analytics"
)

// slice are the visitors that a table takes. As a day is a sum over its visitors, it is also one over its slices.
type slice struct {
	first uint32 // ordinal in the day; Row.Visitor counts from here
	most  uint32 // so many visitors
	bytes int    // beyond it no more visitors are taken
}

// NewSlice makes an empty table of some of a day's visitors: from the ordinal first on, as many as the given bytes hold, with all of their rows, and
// one at least. It is good for sums, and has no ids of visitors and sessions.
func NewSlice(p analytics.Partition, day analytics.Day, bounds []int64, first uint32, bytes int) *Table {
	t := NewTable(p, day, bounds)
	t.slice = &slice{first: first, most: math.MaxUint32 - first, bytes: bytes}
	return t
}

// Next tells with which ordinal the next slice begins, when all rows of the day were appended; ok is false when there is none.
func (t *Table) Next() (first uint32, ok bool) {
	first = t.slice.first + t.slice.most
	return first, first != math.MaxUint32
}

// TakesSome tells whether the slice may take a visitor with an ordinal in [from, to).
func (t *Table) TakesSome(from, to uint32) bool {
	return from < t.slice.first+t.slice.most && to > t.slice.first
}

// takes tells whether the slice takes a visitor whose row comes next. The first one that is too much closes it.
func (t *Table) takes(visitor uint32) bool {
	s := t.slice
	at := visitor - s.first // below first it wraps around
	if at < s.most && int(at) >= len(t.last) && t.size > s.bytes {
		s.most = at
	}
	return at < s.most
}
