package analytics

import (
	"encoding/binary"
	"fmt"
)

const (
	// everything is no limit to the visitors that are in memory after a load.
	everything = 1 << 62
	// countersAlone loads nothing but what a View shows: no visitors, no ids, no live window.
	countersAlone = -1
)

// rootHead reads the small part of a root and, unless counters alone are wanted, the live window.
func rootHead(r *reader, blobs Blobs, visitors int64) (*State, *pageReader, error) {
	if v := r.bytes(1)[0]; v != rootVersion {
		return nil, nil, fmt.Errorf("root of version %d: %w", v, ErrCorrupt)
	}
	s := NewState(SiteID(r.string()))
	s.pos, s.logical = Pos(r.uint()), r.int()
	zone, err := LoadZone(r.string())
	if err != nil {
		return nil, nil, fmt.Errorf("root: %w: %w", err, ErrCorrupt)
	}
	s.zone, s.recut = zone, r.flag()
	s.limit, s.dedupKey, s.revision = int(r.uint()), r.uint(), r.int()
	s.lastView, s.quarantined, s.nextBlob = r.int(), r.int(), r.uint()
	pages := newPageReader(s.site, blobs, readAhead)
	s.live, err = r.live(pages, visitors)
	return s, pages, err
}

// RootRealtime answers from a root and its live window alone, for the time now (UTC ms).
func RootRealtime(root []byte, blobs Blobs, now int64, detail bool) (*RealtimeReport, error) {
	s, _, err := rootHead(&reader{b: root}, blobs, everything)
	if err != nil {
		return nil, err
	}
	r, _, err := s.Realtime(now, detail, blobs)
	return r, err
}

// LoadView reads what a View shows of a root, which of a site with many visitors is little. Errors are those of LoadState.
func LoadView(root []byte, blobs Blobs) (*View, error) {
	s, err := LoadState(root, blobs, countersAlone)
	if err != nil {
		return nil, err
	}
	return s.View(), nil
}

// LoadState reads a root and the pages it names. Of the visitors of each open day and of the live window so many bytes, as they are stored, stay in
// memory; others are away until Recall. Errors: ErrCorrupt, those of blobs.
func LoadState(root []byte, blobs Blobs, visitors int64) (*State, error) {
	r := &reader{b: root}
	s, pages, err := rootHead(r, blobs, visitors)
	if err != nil {
		return nil, err
	}
	for range r.count(3) {
		s.closed = append(s.closed, closedDay{Day(r.int()), r.uint(), r.uint(), r.parts(), r.int(), r.string(), [2]int64{r.int(), r.int()}})
	}
	for range r.count(20) {
		d, err := r.day(pages, visitors)
		if err != nil {
			return nil, err
		}
		s.days = append(s.days, d)
	}
	for range r.count(2) {
		id := r.uint()
		s.blobs[id] = r.uint()
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("root of %s: %w", s.site, err)
	}
	return s, nil
}

// day reads an open day and its pages. So many bytes of visitors, as they are stored, stay in memory.
func (r *reader) day(pages *pageReader, visitors int64) (*day, error) {
	d := new(day)
	var hours []hourTotals
	d.day, d.bounds, hours, d.filtered = r.dayHead()
	copy(d.hours[:], hours)
	d.zone = r.string()
	d.start, d.end = d.bounds[0], d.bounds[len(d.bounds)-1]
	d.touched, d.arrived = r.int(), r.int()
	for i := range d.dims {
		dim := &dimension{cap: int(r.uint()), exact: int(r.uint()), floor: r.uint()}
		values := int(r.uint())
		if r.bytes(1)[0] == 1 {
			dim.sketch = r.heavyHitters()
		}
		err := readTable(r, &dim.cells, pages, func(p *reader, at int) *cellPage {
			if at == 0 {
				dim.values = make([]string, 0, min(max(values, 0), len(dim.cells.slots)*cellsPerPage))
			}
			p.shareTexts()
			for n := at * cellsPerPage; n < min(values, (at+1)*cellsPerPage); n++ {
				dim.values = append(dim.values, p.string())
			}
			return p.cellPage()
		})
		if err != nil {
			return nil, err
		}
		if len(dim.values) != values {
			r.fail("values of a dimension")
		}
		dim.reindex()
		d.dims[i] = dim
	}
	d.sessions = uint32(r.uint())
	d.parts = r.parts()
	head := r.ref()
	if d.count = int(r.uint()); d.count < 0 || d.count > visitorsPerPage*len(r.b) { // a page has a ref
		r.fail("visitors of a day")
	}
	if r.err != nil {
		return nil, r.err
	}
	d.head = newHead(d.start, uint32(d.count), d.sessions)
	if head.Blob != 0 {
		data, err := pages.page(head)
		if err != nil {
			return nil, err
		}
		rows, err := DecodePart(data, AllSections)
		if err != nil {
			return nil, fmt.Errorf("newest rows of %s: %w", d.day, err)
		}
		d.head = headOf(rows)
	}
	d.derive()
	if err := r.people(d, pages, visitors); err != nil {
		return nil, err
	}
	if d.count > len(d.visitors.slots)*visitorsPerPage || d.ids.count > len(d.ids.pages.slots)*idsPerPage || d.ids.count < 0 {
		r.fail("counts of a day")
	}
	return d, r.err
}

// people reads a day's visitors and the ids of its events.
func (r *reader) people(d *day, pages *pageReader, visitors int64) error {
	if visitors == countersAlone {
		readRefs(r, &d.visitors)
		d.ids.count = int(r.uint())
		readRefs(r, &d.ids.pages)
		return r.err
	}
	from := -1
	err := readTable(r, &d.visitors, pages, func(p *reader, at int) *visitorPage {
		if from < 0 {
			from = keepFrom(&d.visitors, visitors)
		}
		body := p.visitorPage()
		d.enter(at, body)
		if at < from {
			d.away++
			return nil
		}
		return body
	})
	if err != nil {
		return err
	}
	d.ids.count = int(r.uint())
	return readTable(r, &d.ids.pages, pages, func(p *reader, at int) *idPage { return d.ids.enter(p.idPage()) })
}

func (r *reader) ref() Ref {
	ref := Ref{Blob: r.uint(), Off: uint32(r.uint()), Len: uint32(r.uint())}
	ref.Sum = binary.LittleEndian.Uint32(r.bytes(4))
	return ref
}

// readRefs reads where the pages of a table are.
func readRefs[P page[P]](r *reader, t *table[P]) {
	n := r.count(7)
	t.slots = make([]slot[P], 0, n)
	for range n {
		t.slots = append(t.slots, slot[P]{ref: r.ref()})
	}
}

// readTable reads where the pages of a table are, then the pages. One for which decode returns no body is away.
func readTable[P page[P]](r *reader, t *table[P], pages *pageReader, decode func(p *reader, i int) P) error {
	readRefs(r, t)
	if r.err != nil {
		return r.err
	}
	for i := range t.slots {
		s := &t.slots[i]
		data, err := pages.page(s.ref)
		if err != nil {
			return err
		}
		p := &reader{b: data}
		s.body = decode(p, i)
		if err := p.end(); err != nil {
			return fmt.Errorf("page of blob %d: %w", s.ref.Blob, err)
		}
	}
	return nil
}

// RootPos returns the position that a root covers, without reading the rest.
func RootPos(root []byte) (Pos, error) {
	r := &reader{b: root}
	if v := r.bytes(1)[0]; v != rootVersion {
		return 0, fmt.Errorf("root of version %d: %w", v, ErrCorrupt)
	}
	_ = r.string()
	pos := Pos(r.uint())
	return pos, r.err
}
