package analytics

// cellsPerPage is the number of values whose counts are copied together.
const cellsPerPage = 64

// flags of a value in a capped dimension
const (
	flagDisplaced = 1 // lost its place: reported in (other)
	flagEstimated = 2 // let in later: counts from there
)

// cell holds one value's counts of one local hour.
type cell struct {
	hour uint8
	a, b int32
}

// cellPage holds the counts of 64 values: the cells of value i are cells[off[i]:off[i+1]], ascending by hour.
type cellPage struct {
	off   [cellsPerPage + 1]uint16
	sum   [cellsPerPage]struct{ a, b int32 } // over all hours
	flags [cellsPerPage]uint8
	cells []cell
}

func (p *cellPage) clone() *cellPage {
	c := *p
	c.cells = append(make([]cell, 0, len(p.cells)+8), p.cells...)
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
	}
	return b
}

func (r *reader) cellPage() *cellPage {
	p := new(cellPage)
	for i := range cellsPerPage {
		head := r.bytes(2)
		p.flags[i] = head[0]
		for range int(head[1]) {
			hour := r.bytes(1)[0]
			a, b := int32(r.int()), int32(r.int())
			if r.err != nil {
				return p
			}
			p.cells = append(p.cells, cell{hour, a, b})
			p.sum[i].a += a
			p.sum[i].b += b
		}
		p.off[i+1] = uint16(len(p.cells))
	}
	return p
}
