package analytics

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
)

func (c *Checkpoint) encodeRoot(b []byte, open []*day, all bool) []byte {
	s := &c.frozen.s
	b = append(b, rootVersion)
	b = putString(b, string(s.site))
	b = putUint(b, uint64(s.pos))
	b = putInt(b, s.logical)
	b = putString(b, s.zone.Name())
	b = putFlag(b, s.recut)
	b = putUint(b, uint64(s.limit))
	b = putUint(b, s.dedupKey)
	b = putInt(b, s.revision)
	b = putInt(b, s.lastView)
	b = putInt(b, s.quarantined)
	b = putUint(b, s.nextBlob)
	b = s.live.encode(b, c, all)
	b = putUint(b, uint64(len(c.closed)))
	for _, cl := range c.closed {
		b = putInt(b, int64(cl.day))
		b = putUint(b, cl.rollup)
		b = putUint(b, cl.state)
		b = encodeParts(b, cl.parts)
		b = putInt(b, cl.kept)
		b = putString(b, cl.zone)
		b = putInt(putInt(b, cl.span[0]), cl.span[1])
	}
	b = putUint(b, uint64(len(open)))
	for _, d := range open {
		b = c.encodeDay(b, d, all)
	}
	// sizes of the blobs, known only now that the pages are written
	blobs := make([]uint64, 0)
	seen := make(map[uint64]bool)
	add := func(id uint64) {
		if id != 0 && !seen[id] {
			seen[id] = true
			blobs = append(blobs, id)
		}
	}
	c.each(open, add)
	slices.Sort(blobs)
	b = putUint(b, uint64(len(blobs)))
	for _, id := range blobs {
		b = putUint(b, id)
		switch {
		case id == c.blob:
			b = putUint(b, uint64(len(c.pages)))
		case c.put[id] != nil:
			b = putUint(b, uint64(len(c.put[id])))
		default:
			b = putUint(b, s.blobs[id])
		}
	}
	return b
}

// encodeDay writes an open day: its small parts, and for every page where it is.
func (c *Checkpoint) encodeDay(b []byte, d *day, all bool) []byte {
	b = encodeDayHead(b, d.day, d.bounds, d.hours[:len(d.bounds)-1], d.filtered)
	b = putString(b, d.zone)
	b = putInt(b, d.touched)
	b = putInt(b, d.arrived)
	for _, dim := range d.dims {
		b = dim.encodeHead(b)
		b = writeTable(c, b, &dim.cells, all, func(b []byte, i int, p *cellPage) []byte { return dim.encodePage(b, i, p) })
	}
	b = putUint(b, uint64(d.sessions))
	b = encodeParts(b, d.parts)
	d.headRef = Ref{}
	if d.head.rows.Len() > 0 {
		off := len(c.pages)
		c.pages = appendPart(c.pages, &d.head.rows)
		d.headRef = c.ref(off)
	}
	b = putRef(b, d.headRef)
	b = putUint(b, uint64(d.count))
	b = writeTable(c, b, &d.visitors, all, c.encodeVisitors)
	b = putUint(b, uint64(d.ids.count))
	return writeTable(c, b, &d.ids.pages, all, func(b []byte, _ int, p *idPage) []byte { return p.encode(b) })
}

func (d *dimension) encodeHead(b []byte) []byte {
	b = putUint(b, uint64(d.cap))
	b = putUint(b, uint64(d.exact))
	b = putUint(b, d.floor)
	b = putUint(b, uint64(len(d.values)))
	if d.sketch == nil {
		return append(b, 0)
	}
	return d.sketch.encode(append(b, 1))
}

// encodePage writes 16 values with their counts.
func (d *dimension) encodePage(b []byte, i int, p *cellPage) []byte {
	for _, value := range d.values[i*cellsPerPage : min(len(d.values), (i+1)*cellsPerPage)] {
		b = putString(b, value)
	}
	return p.encode(b)
}

// encodeVisitors writes a page of visitors.
func (c *Checkpoint) encodeVisitors(b []byte, _ int, p *visitorPage) []byte {
	if c.nameless {
		p = p.nameless()
	}
	return p.encode(b)
}

// writeTable appends the refs of a table's pages to b and the pages that are not yet stored to the checkpoint's blob.
func writeTable[P page[P]](c *Checkpoint, b []byte, t *table[P], all bool, encode func(b []byte, i int, body P) []byte) []byte {
	b = putUint(b, uint64(len(t.slots)))
	for i := range t.slots {
		s := &t.slots[i]
		if all || s.ref.Blob == 0 {
			was, off := s.ref, len(c.pages)
			if s.away() {
				c.pages = c.copyPage(c.pages, was)
			} else {
				c.pages = encode(c.pages, i, s.body)
			}
			s.ref = c.ref(off)
			if s.away() {
				c.moved[was] = s.ref
			} else {
				c.written[any(s.body)] = s.ref
			}
		}
		b = putRef(b, s.ref)
	}
	return b
}

// ref names the page that was just written, from an offset on.
func (c *Checkpoint) ref(off int) Ref {
	return Ref{c.blob, uint32(off), uint32(len(c.pages) - off), crc32.Checksum(c.pages[off:], castagnoli)}
}

// copyPage appends a page that is away as it is stored.
func (c *Checkpoint) copyPage(b []byte, ref Ref) []byte {
	data, err := c.source.page(ref)
	if err == nil && c.nameless { // then only visitors are away
		var p *visitorPage
		if p, err = decodeVisitorPage(data); err == nil {
			return p.nameless().encode(b)
		}
	}
	if err != nil && c.err == nil {
		c.err = err
	}
	return append(b, data...)
}

func putRef(b []byte, r Ref) []byte {
	b = putUint(putUint(putUint(b, r.Blob), uint64(r.Off)), uint64(r.Len))
	return binary.LittleEndian.AppendUint32(b, r.Sum)
}

func clearRefs[P page[P]](t *table[P]) {
	for i := range t.slots {
		t.slots[i].ref = Ref{}
	}
}
