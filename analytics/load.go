package analytics

import (
	"fmt"
)

// Blobs loads a blob by its id.
type Blobs func(id uint64) ([]byte, error)

// rootHead reads the small part of a root, up to the live window.
func rootHead(r *reader) (*State, error) {
	if v := r.bytes(1)[0]; v != rootVersion {
		return nil, fmt.Errorf("root of version %d: %w", v, ErrCorrupt)
	}
	s := NewState(SiteID(r.string()))
	s.pos, s.logical = Pos(r.uint()), r.int()
	zone, err := LoadZone(r.string())
	if err != nil {
		return nil, fmt.Errorf("root: %w: %w", err, ErrCorrupt)
	}
	s.zone, s.recut = zone, r.flag()
	s.limit, s.dedupKey, s.revision = int(r.uint()), r.uint(), r.int()
	s.lastView, s.quarantined, s.nextBlob = r.int(), r.int(), r.uint()
	s.live = r.live()
	return s, r.err
}

// RootRealtime answers from a root alone, for the time now (UTC ms).
func RootRealtime(root []byte, now int64, detail bool) (*RealtimeReport, error) {
	s, err := rootHead(&reader{b: root})
	if err != nil {
		return nil, err
	}
	return s.Realtime(now, detail), nil
}

// LoadState reads a root and the pages it names. Errors: ErrCorrupt, those of load.
func LoadState(root []byte, load Blobs) (*State, error) {
	r := &reader{b: root}
	s, err := rootHead(r)
	if err != nil {
		return nil, err
	}
	for range r.count(3) {
		s.closed = append(s.closed, closedDay{Day(r.int()), r.uint(), r.uint(), r.parts(), r.int(), r.string(), [2]int64{r.int(), r.int()}})
	}
	loaded := make(map[uint64][]byte)
	fetch := func(ref Ref) ([]byte, error) {
		blob, ok := loaded[ref.Blob]
		if !ok {
			var err error
			if blob, err = load(ref.Blob); err != nil {
				return nil, fmt.Errorf("blob %d of %s: %w", ref.Blob, s.site, err)
			}
			loaded[ref.Blob] = blob
		}
		if uint64(ref.Off)+uint64(ref.Len) > uint64(len(blob)) {
			return nil, fmt.Errorf("page beyond blob %d of %s: %w", ref.Blob, s.site, ErrCorrupt)
		}
		return blob[ref.Off : ref.Off+ref.Len], nil
	}
	for range r.count(20) {
		d, err := r.day(fetch)
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

// day reads an open day and its pages.
func (r *reader) day(fetch func(Ref) ([]byte, error)) (*day, error) {
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
		err := readTable(r, &dim.cells, fetch, func(p *reader, at int) *cellPage {
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
	d.count = int(r.uint())
	d.head = newHead(d.start, uint32(max(0, d.count)), d.sessions)
	if head.Blob != 0 && r.err == nil {
		data, err := fetch(head)
		if err != nil {
			return nil, err
		}
		rows, err := DecodePart(data, AllSections)
		if err != nil {
			return nil, fmt.Errorf("newest rows of %s: %w", d.day, err)
		}
		d.head = headOf(rows)
	}
	if err := readTable(r, &d.visitors, fetch, func(p *reader, _ int) *visitorPage { return p.visitorPage() }); err != nil {
		return nil, err
	}
	d.ids.count = int(r.uint())
	if err := readTable(r, &d.ids.pages, fetch, func(p *reader, _ int) *idPage { return p.idPage() }); err != nil {
		return nil, err
	}
	if d.count > len(d.visitors.slots)*visitorsPerPage || d.ids.count > len(d.ids.pages.slots)*idsPerPage || d.count < 0 || d.ids.count < 0 {
		r.fail("counts of a day")
	}
	if r.err != nil {
		return nil, r.err
	}
	d.ids.derive()
	d.derive()
	return d, nil
}

func (r *reader) ref() Ref { return Ref{r.uint(), uint32(r.uint()), uint32(r.uint())} }

func readTable[P page[P]](r *reader, t *table[P], fetch func(Ref) ([]byte, error), decode func(p *reader, i int) P) error {
	for i := range r.count(3) {
		ref := r.ref()
		if r.err != nil {
			return r.err
		}
		data, err := fetch(ref)
		if err != nil {
			return err
		}
		p := &reader{b: data}
		body := decode(p, i)
		if err := p.end(); err != nil {
			return fmt.Errorf("page of blob %d: %w", ref.Blob, err)
		}
		t.slots = append(t.slots, slot[P]{body: body, ref: ref})
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
