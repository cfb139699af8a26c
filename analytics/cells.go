package analytics

import (
	"math"
	"slices"
)

// cellsPerPage is the number of values whose counts are copied together.
const cellsPerPage = 16

// flags of a value in a capped dimension
const (
	flagDisplaced = 1 // lost its place: reported in (other)
	flagEstimated = 2 // let in later: counts from there; it has a base
)

// cell holds one value's counts of one local hour.
type cell struct {
	hour uint8
	a, b int32
}

// cellPage holds the counts of 16 values: the cells of value i are cells[off[i]:off[i+1]], ascending by hour.
type cellPage struct {
	off   [cellsPerPage + 1]uint16
	sum   [cellsPerPage]struct{ a, b int32 } // over all hours
	flags [cellsPerPage]uint8
	cells []cell
	bases []base // of the values that are estimated
}

// base is what a value that was let in later had been counted for in the sketch: it ranks by that and its count together.
type base struct {
	i uint8
	n uint32
}

func (p *cellPage) clone() *cellPage {
	c := *p
	c.cells = append(make([]cell, 0, len(p.cells)+8), p.cells...)
	c.bases = slices.Clone(p.bases)
	return &c
}

func (p *cellPage) add(i, hour int, a, b int32) {
	p.sum[i].a += a
	p.sum[i].b += b
	at := int(p.off[i+1])
	for at > int(p.off[i]) && int(p.cells[at-1].hour) >= hour {
		at--
		if int(p.cells[at].hour) == hour {
			p.cells[at].a += a
			p.cells[at].b += b
			return
		}
	}
	p.cells = append(p.cells, cell{})
	copy(p.cells[at+1:], p.cells[at:])
	p.cells[at] = cell{uint8(hour), a, b}
	for j := i + 1; j <= cellsPerPage; j++ {
		p.off[j]++
	}
}

// estimate marks a value as let in later.
func (p *cellPage) estimate(i int, n uint64) {
	p.flags[i] = flagEstimated
	b := base{uint8(i), uint32(min(n, math.MaxUint32))}
	if at := p.baseAt(i); at >= 0 {
		p.bases[at] = b
		return
	}
	p.bases = append(p.bases, b)
}

func (p *cellPage) baseAt(i int) int {
	return slices.IndexFunc(p.bases, func(b base) bool { return int(b.i) == i })
}

// rank is by which a value keeps its place: its count over all hours, and its base.
func (p *cellPage) rank(i int) int64 {
	n := int64(max(0, p.sum[i].a))
	if at := p.baseAt(i); at >= 0 {
		n += int64(p.bases[at].n)
	}
	return n
}

// since sums the hours from first on.
func (p *cellPage) since(i, first int) Count {
	if first == 0 {
		return Count{A: int64(p.sum[i].a), B: int64(p.sum[i].b)}
	}
	var n Count
	for at := int(p.off[i+1]) - 1; at >= int(p.off[i]) && int(p.cells[at].hour) >= first; at-- {
		n.A += int64(p.cells[at].a)
		n.B += int64(p.cells[at].b)
	}
	return n
}

func (p *cellPage) encode(b []byte) []byte {
	for i := range cellsPerPage {
		cells := p.cells[p.off[i]:p.off[i+1]]
		b = append(b, p.flags[i], byte(len(cells)))
		for _, c := range cells {
			b = append(b, c.hour)
			b = putInt(b, int64(c.a))
			b = putInt(b, int64(c.b))
		}
		if at := p.baseAt(i); at >= 0 {
			b = putUint(b, uint64(p.bases[at].n))
		}
	}
	return b
}

func (r *reader) cellPage() *cellPage {
	p := new(cellPage)
	cells := r.cells[:0]
	for i := range cellsPerPage {
		head := r.bytes(2)
		p.flags[i] = head[0]
		for range int(head[1]) {
			hour := r.bytes(1)[0]
			a, b := int32(r.int()), int32(r.int())
			if r.err != nil {
				return p
			}
			cells = append(cells, cell{hour, a, b})
			p.sum[i].a += a
			p.sum[i].b += b
		}
		p.off[i+1] = uint16(len(cells))
		if p.flags[i]&flagEstimated != 0 {
			p.bases = append(p.bases, base{uint8(i), uint32(r.uint())})
		}
	}
	r.cells, p.cells = cells, slices.Clone(cells)
	return p
}
