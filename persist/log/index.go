package log

import (
	"fmt"

	"github.com/ztas-io/ztas/analytics"
)

// index finds a partition's blocks in the physical log and knows how much of that log is still needed. It is not safe for concurrent use.
type index struct {
	parts   [analytics.Partitions]part
	first   uint64  // physical index of entries[0]
	entries []entry // all frames that are physically there
	needed  uint64  // lowest physical index that any partition needs; one past the end when none does
	bytes   int64   // of the frames from needed on
}

// part is one partition: the physical indexes of the positions first, first+1 …
type part struct {
	first analytics.Pos
	refs  []uint64
}

func (p *part) next() analytics.Pos { return p.first + analytics.Pos(len(p.refs)) }

type entry struct {
	partition analytics.Partition
	size      uint32 // bytes of the frame
}

// newIndex is the index of an empty log whose positions and physical indexes go on from the mark.
func newIndex(m *mark) *index {
	x := &index{first: m.last + 1, needed: m.last + 1}
	for p := range x.parts {
		x.parts[p].first = m.next[p]
	}
	return x
}

// end is the physical index that the next frame gets.
func (x *index) end() uint64 { return x.first + uint64(len(x.entries)) }

// add takes the next frame in.
func (x *index) add(p analytics.Partition, size int) analytics.Pos {
	part := &x.parts[p]
	pos := part.next()
	part.refs = append(part.refs, x.end())
	x.entries = append(x.entries, entry{p, uint32(size)})
	x.bytes += int64(size)
	return pos
}

// find returns the physical index of a position that the partition has.
func (x *index) find(p analytics.Partition, pos analytics.Pos) uint64 {
	part := &x.parts[p]
	return part.refs[pos-part.first]
}

// truncate forgets the partition's positions below pos and finds what the physical log needs no longer.
func (x *index) truncate(p analytics.Partition, pos analytics.Pos) error {
	part := &x.parts[p]
	if pos > part.next() {
		return fmt.Errorf("truncate partition %d before %d, its next is %d: %w", p, pos, part.next(), ErrBeyondEnd)
	}
	if pos <= part.first {
		return nil
	}
	part.refs = part.refs[pos-part.first:]
	part.first = pos
	x.advance()
	return nil
}

func (x *index) advance() {
	lowest := x.end()
	for p := range x.parts {
		if refs := x.parts[p].refs; len(refs) > 0 {
			lowest = min(lowest, refs[0])
		}
	}
	for ; x.needed < lowest; x.needed++ {
		x.bytes -= int64(x.entries[x.needed-x.first].size)
	}
}

// loose tells how many entries and bytes could be cut from the front.
func (x *index) loose() (entries int, bytes int64) {
	for _, e := range x.entries[:x.needed-x.first] {
		bytes += int64(e.size)
	}
	return int(x.needed - x.first), bytes
}

// cut drops the entries below the physical index, which must not be needed.
func (x *index) cut(below uint64) {
	rest := x.entries[below-x.first:]
	x.entries = append(make([]entry, 0, len(rest)), rest...)
	x.first = below
}

// oldest names the partition and position that hold the cut back; ok is false when nothing is needed.
func (x *index) oldest() (p analytics.Partition, pos analytics.Pos, ok bool) {
	if x.needed == x.end() {
		return 0, 0, false
	}
	p = x.entries[x.needed-x.first].partition
	return p, x.parts[p].first, true
}

// blocks counts the entries of the tail.
func (x *index) blocks() int { return int(x.end() - x.needed) }

// place is where a block is.
type place struct {
	partition analytics.Partition
	pos       analytics.Pos
	index     uint64 // physical
}

// kept lists the blocks of all positions, in the order in which they were appended.
func (x *index) kept() (blocks []place) {
	var at [analytics.Partitions]int // the next of refs
	for i := x.needed; i < x.end(); i++ {
		p := x.entries[i-x.first].partition
		part := &x.parts[p]
		if n := at[p]; n < len(part.refs) && part.refs[n] == i {
			blocks = append(blocks, place{p, part.first + analytics.Pos(n), i})
			at[p]++
		}
	}
	return blocks
}

// replaced is the index once copies of the blocks, of these sizes, stand in the place of all frames up to the physical index end: the last one at it.
func (x *index) replaced(end uint64, blocks []place, sizes []uint32) *index {
	if x.first > end {
		return x
	}
	fresh := &index{first: end + 1 - uint64(len(blocks)), entries: make([]entry, 0, uint64(len(blocks))+x.end()-end-1)}
	fresh.needed = fresh.first
	for p := range x.parts {
		fresh.parts[p].first = x.parts[p].first
	}
	for i, b := range blocks {
		if part := &fresh.parts[b.partition]; b.pos >= part.first { // else it was forgotten meanwhile
			part.refs = append(part.refs, fresh.end())
		}
		fresh.entries = append(fresh.entries, entry{b.partition, sizes[i]})
	}
	for p := range x.parts {
		for _, at := range x.parts[p].refs {
			if at > end {
				fresh.parts[p].refs = append(fresh.parts[p].refs, at)
			}
		}
	}
	fresh.entries = append(fresh.entries, x.entries[end+1-x.first:]...)
	for _, e := range fresh.entries {
		fresh.bytes += int64(e.size)
	}
	fresh.advance()
	return fresh
}

// positions writes each partition's bounds to the mark.
func (x *index) positions(m *mark) {
	for p := range x.parts {
		m.first[p], m.next[p] = x.parts[p].first, x.parts[p].next()
	}
}
