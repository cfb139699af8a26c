package analytics

import (
	"fmt"
	"slices"
)

// A checkpoint is a root, which is everything small and names the pages, and blobs with the pages that changed. Blobs are immutable; a root
// lists those it needs. docs/formats.md shows the bytes.

const (
	rootVersion = 1
	// rewriteBelow is the size of a state, in bytes of pages, up to which a checkpoint writes all of it: one blob, one read to load it.
	rewriteBelow = 256 << 10
	// rewriteFrom is the size of all blobs from which a checkpoint writes everything anew once less than half of them is still named.
	rewriteFrom = 1 << 20
)

// Checkpoint is a frozen state on its way to the store. Encode may run in any goroutine while the state goes on; Finish belongs to the
// state's goroutine, after the store has it.
type Checkpoint struct {
	frozen  *Frozen
	closing []int  // indexes of frozen days that are stored as closed
	blob    uint64 // id of the blob with pages
	pages   []byte
	put     map[uint64][]byte
	free    []uint64
	blobs   map[uint64]uint64
	closed  []closedDay
	written map[any]Ref // page → where it was written
}

// BeginCheckpoint freezes the state. Only one checkpoint may be under way; it ends with Finish or is dropped.
func (s *State) BeginCheckpoint() *Checkpoint {
	c := &Checkpoint{put: make(map[uint64][]byte), written: make(map[any]Ref)}
	for _, d := range s.toClose() {
		at := slices.Index(s.days, d)
		c.closing = append(c.closing, at)
	}
	ids := uint64(1 + 2*len(c.closing))
	c.blob = s.nextBlob
	s.nextBlob += ids
	c.frozen = s.Freeze()
	return c
}

// Pos returns the position that the checkpoint covers.
func (c *Checkpoint) Pos() Pos { return c.frozen.s.pos }

// Encode returns the new root, the blobs it adds and those that it no longer names.
func (c *Checkpoint) Encode() (root []byte, put map[uint64][]byte, free []uint64) {
	s := &c.frozen.s
	c.closed = slices.Clone(s.closed)
	next := c.blob + 1
	var open []*day
	for i, d := range s.days {
		at, known := slices.BinarySearchFunc(c.closed, d.day, func(x closedDay, n Day) int { return int(x.day - n) })
		if known { // it was opened again: the blobs of the closed day are not needed any more
			c.closed = slices.Delete(c.closed, at, at+1)
		}
		if !slices.Contains(c.closing, i) {
			open = append(open, d)
			continue
		}
		c.put[next] = d.rollup().encode(nil)
		c.put[next+1] = encodeClosedDay(d)
		c.closed = slices.Insert(c.closed, at, closedDay{d.day, next, next + 1})
		next += 2
	}
	all := c.rewrites(open)
	root = c.encodeRoot(open, all)
	if len(c.pages) > 0 {
		c.put[c.blob] = c.pages
	}
	c.blobs = c.used(open)
	for id := range s.blobs {
		if _, used := c.blobs[id]; !used {
			c.free = append(c.free, id)
		}
	}
	slices.Sort(c.free)
	return root, c.put, c.free
}

// rewrites tells whether all pages of the open days are written, not only those that changed.
func (c *Checkpoint) rewrites(open []*day) bool {
	var named, total uint64
	for _, d := range open {
		d.refs(func(r Ref) { named += uint64(r.Len) })
	}
	used := make(map[uint64]bool)
	for _, d := range open {
		d.refs(func(r Ref) { used[r.Blob] = true })
	}
	for id := range used {
		total += c.frozen.s.blobs[id]
	}
	return named < rewriteBelow || total > rewriteFrom && named < total/2
}

// refs calls f for every page of the day that a checkpoint has.
func (d *day) refs(f func(Ref)) {
	for _, dim := range d.dims {
		tableRefs(&dim.cells, f)
	}
	tableRefs(&d.visitors, f)
	tableRefs(&d.ids.pages, f)
}

func tableRefs[P page[P]](t *table[P], f func(Ref)) {
	for i := range t.slots {
		if t.slots[i].ref.Blob != 0 {
			f(t.slots[i].ref)
		}
	}
}

// used returns the blobs that the new root names, with their sizes.
func (c *Checkpoint) used(open []*day) map[uint64]uint64 {
	blobs := make(map[uint64]uint64)
	size := func(id uint64) uint64 {
		if b, ok := c.put[id]; ok {
			return uint64(len(b))
		}
		return c.frozen.s.blobs[id]
	}
	for _, d := range open {
		d.refs(func(r Ref) { blobs[r.Blob] = size(r.Blob) })
	}
	for _, cl := range c.closed {
		blobs[cl.rollup], blobs[cl.state] = size(cl.rollup), size(cl.state)
	}
	return blobs
}

func (c *Checkpoint) encodeRoot(open []*day, all bool) []byte {
	s := &c.frozen.s
	b := []byte{rootVersion}
	b = putString(b, string(s.site))
	b = putUint(b, uint64(s.pos))
	b = putInt(b, s.logical)
	b = putString(b, s.zone.Name())
	b = putUint(b, uint64(s.limit))
	b = putUint(b, s.dedupKey)
	b = putInt(b, s.revision)
	b = putInt(b, s.lastView)
	b = putInt(b, s.quarantined)
	b = putUint(b, s.nextBlob)
	b = s.live.encode(b)
	b = putUint(b, uint64(len(c.closed)))
	for _, cl := range c.closed {
		b = putInt(b, int64(cl.day))
		b = putUint(b, cl.rollup)
		b = putUint(b, cl.state)
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
	for _, d := range open {
		d.refs(func(r Ref) { add(r.Blob) })
	}
	for _, cl := range c.closed {
		add(cl.rollup)
		add(cl.state)
	}
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
	b = putInt(b, d.touched)
	b = putInt(b, d.arrived)
	for _, dim := range d.dims {
		b = dim.encodeHead(b)
		b = writeTable(c, b, &dim.cells, all, func(b []byte, i int, p *cellPage) []byte { return dim.encodePage(b, i, p) })
	}
	b = putUint(b, uint64(d.count))
	b = writeTable(c, b, &d.visitors, all, func(b []byte, _ int, p *visitorPage) []byte { return p.encode(b) })
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

// encodePage writes 64 values with their counts.
func (d *dimension) encodePage(b []byte, i int, p *cellPage) []byte {
	for _, value := range d.values[i*cellsPerPage : min(len(d.values), (i+1)*cellsPerPage)] {
		b = putString(b, value)
	}
	return p.encode(b)
}

// writeTable appends the refs of a table's pages to b and the pages that are not yet stored to the checkpoint's blob.
func writeTable[P page[P]](c *Checkpoint, b []byte, t *table[P], all bool, encode func(b []byte, i int, body P) []byte) []byte {
	b = putUint(b, uint64(len(t.slots)))
	for i := range t.slots {
		s := &t.slots[i]
		if all || s.ref.Blob == 0 {
			off := len(c.pages)
			c.pages = encode(c.pages, i, s.body)
			s.ref = Ref{c.blob, uint32(off), uint32(len(c.pages) - off)}
			c.written[any(s.body)] = s.ref
		}
		b = putUint(b, s.ref.Blob)
		b = putUint(b, uint64(s.ref.Off))
		b = putUint(b, uint64(s.ref.Len))
	}
	return b
}

// encodeClosedDay writes the whole day into one blob.
func encodeClosedDay(d *day) []byte {
	c := &Checkpoint{blob: 1, written: make(map[any]Ref)}
	for i := range d.dims {
		clearRefs(&d.dims[i].cells)
	}
	clearRefs(&d.visitors)
	clearRefs(&d.ids.pages)
	head := c.encodeDay(nil, d, true)
	return append(putString([]byte{rootVersion}, string(head)), c.pages...)
}

func clearRefs[P page[P]](t *table[P]) {
	for i := range t.slots {
		t.slots[i].ref = Ref{}
	}
}

// Finish tells the state that the store has the checkpoint: pages that did not change since are clean, closed days that nobody touched since
// leave memory.
func (s *State) Finish(c *Checkpoint) {
	s.blobs, s.closed = c.blobs, c.closed
	var stay []*day
	for _, d := range s.days {
		at := slices.IndexFunc(c.frozen.s.days, func(f *day) bool { return f.day == d.day })
		closing := at >= 0 && slices.Contains(c.closing, at)
		if closing && d.unchangedSince(c.frozen.s.days[at]) {
			continue
		}
		for _, dim := range d.dims {
			markClean(c, &dim.cells, closing)
		}
		markClean(c, &d.visitors, closing)
		markClean(c, &d.ids.pages, closing)
		stay = append(stay, d)
	}
	s.days = stay
}

// unchangedSince tells that no record touched the day since it was frozen.
func (d *day) unchangedSince(f *day) bool {
	return d.touched == f.touched && d.count == f.count && d.hours == f.hours && d.ids.count == f.ids.count &&
		slices.Equal(d.filtered, f.filtered) && sameBodies(&d.visitors, &f.visitors)
}

func sameBodies[P page[P]](a, b *table[P]) bool {
	return slices.EqualFunc(a.slots, b.slots, func(x, y slot[P]) bool { return any(x.body) == any(y.body) })
}

// markClean notes where the checkpoint has the pages that are still the same. A day that was stored as closed but lives on has none.
func markClean[P page[P]](c *Checkpoint, t *table[P], none bool) {
	for i := range t.slots {
		s := &t.slots[i]
		if none {
			s.ref = Ref{}
		} else if ref, ok := c.written[any(s.body)]; ok {
			s.ref = ref
		}
	}
}

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
	s.zone = zone
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
		s.closed = append(s.closed, closedDay{Day(r.int()), r.uint(), r.uint()})
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
	d.count = int(r.uint())
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

func readTable[P page[P]](r *reader, t *table[P], fetch func(Ref) ([]byte, error), decode func(p *reader, i int) P) error {
	for i := range r.count(3) {
		ref := Ref{r.uint(), uint32(r.uint()), uint32(r.uint())}
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

// ClosedBlob returns the blob that Attach needs for a day that Needs named.
func (s *State) ClosedBlob(d Day) (id uint64, ok bool) {
	c, ok := s.findClosed(d)
	return c.state, ok
}

// Attach opens a closed day again from its blob. The site's records may touch it from now on.
func (s *State) Attach(number Day, blob []byte) error {
	r := &reader{b: blob}
	if v := r.bytes(1)[0]; v != rootVersion {
		return fmt.Errorf("closed day of version %d: %w", v, ErrCorrupt)
	}
	head := &reader{b: []byte(r.string())}
	if r.err != nil {
		return r.err
	}
	pages := r.b
	d, err := head.day(func(ref Ref) ([]byte, error) {
		if uint64(ref.Off)+uint64(ref.Len) > uint64(len(pages)) {
			return nil, fmt.Errorf("page beyond the closed day: %w", ErrCorrupt)
		}
		return pages[ref.Off : ref.Off+ref.Len], nil
	})
	if err == nil {
		err = head.end()
	}
	if err != nil {
		return fmt.Errorf("attach %s of %s: %w", number, s.site, err)
	}
	if d.day != number {
		return fmt.Errorf("attach %s of %s: blob holds %s: %w", number, s.site, d.day, ErrCorrupt)
	}
	for _, dim := range d.dims {
		clearRefs(&dim.cells)
	}
	clearRefs(&d.visitors)
	clearRefs(&d.ids.pages)
	d.touched = s.logical
	s.insertDay(d)
	s.closed = slices.DeleteFunc(slices.Clone(s.closed), func(c closedDay) bool { return c.day == number })
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
