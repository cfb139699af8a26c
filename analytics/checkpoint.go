package analytics

import "slices"

// A checkpoint is a root, which is everything small and names the pages, and blobs with the pages that changed. Blobs are immutable; a root
// lists those it needs. docs/formats.md shows the bytes.

const (
	rootVersion = 5
	// rewriteBelow is the size of a state, in bytes of pages, up to which a checkpoint writes all of it: one blob, one read to load it.
	rewriteBelow = 256 << 10
	// rewriteFrom is the size of all blobs from which a checkpoint writes everything anew once less than half of them is still named.
	rewriteFrom = 1 << 20

	// About how many bytes a page takes, for a table of which none was written yet, and a row in a part.
	cellPageBytes    = 448
	visitorPageBytes = 3 << 10
	livePageBytes    = 2 << 10
	idPageBytes      = 4 << 10
	rowBytes         = 32
)

// Checkpoint is a frozen state on its way to the store. Encode may run in any goroutine while the state goes on; Finish belongs to the
// state's goroutine, after the store has it.
type Checkpoint struct {
	frozen   *Frozen
	closing  []int  // indexes of frozen days that are stored as closed
	blob     uint64 // id of the blob with pages
	pages    []byte
	put      map[uint64][]byte
	free     []uint64
	blobs    map[uint64]uint64
	closed   []closedDay
	written  map[any]Ref         // page → where it was written
	moved    map[Ref]Ref         // where a page that is away was → where it was written
	source   *pageReader         // of pages that are away
	held     map[uint64]struct{} // blobs with pages that are away: the state reads from them until it knows where they are now
	err      error               // of reading pages that are away
	nameless bool                // visitors and sessions are written without ids
	parts    [][]PartRef         // by frozen day: all parts of its rows as the checkpoint has them
	runs     []int               // by frozen day: how many of its full runs became parts
	next     uint64              // the id of the next blob; those below were given when the state was frozen
}

func newCheckpoint() *Checkpoint {
	return &Checkpoint{written: make(map[any]Ref), moved: make(map[Ref]Ref), held: make(map[uint64]struct{})}
}

// BeginCheckpoint freezes the state. Only one checkpoint may be under way; it ends with Finish or is dropped.
func (s *State) BeginCheckpoint() *Checkpoint {
	c := newCheckpoint()
	c.put = make(map[uint64][]byte)
	for _, d := range s.toClose() {
		at := slices.Index(s.days, d)
		c.closing = append(c.closing, at)
	}
	ids := uint64(1 + 2*len(c.closing))
	for i, d := range s.days {
		if d.head.sealed() || d.head.rows.Len() > 0 && slices.Contains(c.closing, i) {
			d.rotate()
		}
		ids += uint64(len(d.parts) + len(d.full)) // merging makes fewer
	}
	c.blob = s.nextBlob
	s.nextBlob += ids
	c.next = c.blob + 1
	c.frozen = s.Freeze()
	for _, d := range s.days {
		c.runs = append(c.runs, len(d.full))
	}
	return c
}

// id gives the next blob its id.
func (c *Checkpoint) id() uint64 {
	c.next++
	return c.next - 1
}

// Pos returns the position that the checkpoint covers.
func (c *Checkpoint) Pos() Pos { return c.frozen.s.pos }

// Encode returns the new root, the blobs it adds and those that it no longer names. Parts of a day that is closed are merged, for which the old
// ones are read. Errors: ErrCorrupt, those of blobs.
func (c *Checkpoint) Encode(blobs Blobs) (root []byte, put map[uint64][]byte, free []uint64, err error) {
	s := &c.frozen.s
	c.closed = slices.Clone(s.closed)
	c.source = newPageReader(s.site, blobs, readAhead)
	c.hold()
	c.parts = make([][]PartRef, len(s.days))
	var open []*day
	for i, d := range s.days {
		closing := slices.Contains(c.closing, i)
		if c.parts[i], err = c.dayParts(d, closing, blobs); err != nil {
			return nil, nil, nil, err
		}
		d.parts, d.full = c.parts[i], nil
		at, known := slices.BinarySearchFunc(c.closed, d.day, func(x closedDay, n Day) int { return int(x.day - n) })
		if known { // it was opened again: the blobs of the closed day are not needed any more
			c.closed = slices.Delete(c.closed, at, at+1)
		}
		if !closing {
			open = append(open, d)
			continue
		}
		rollup, state := c.id(), c.id()
		c.put[rollup] = d.rollup().encode()
		if c.put[state], err = encodeClosedDay(d, c.source); err != nil {
			return nil, nil, nil, err
		}
		c.closed = slices.Insert(c.closed, at, closedDay{d.day, rollup, state, d.parts, d.kept(), d.zone, d.span()})
	}
	all := c.rewrites(open)
	c.pages = takeBufferOf(c.pagesSize(open, all))
	root = written(c.encodeRoot(takeBuffer(), open, all))
	if c.err != nil {
		return nil, nil, nil, c.err
	}
	if pages := written(c.pages); len(pages) > 0 {
		c.put[c.blob] = pages
	}
	c.pages = nil
	c.blobs = c.used(open)
	for id := range s.blobs {
		if _, used := c.blobs[id]; !used {
			c.free = append(c.free, id)
		}
	}
	slices.Sort(c.free)
	return root, c.put, c.free, nil
}

// rewrites tells whether all pages of the open days are written, not only those that changed.
func (c *Checkpoint) rewrites(open []*day) bool {
	var named, total uint64
	used := make(map[uint64]bool)
	c.refs(open, func(r Ref) {
		named += uint64(r.Len)
		used[r.Blob] = true
	})
	for id := range used {
		total += c.frozen.s.blobs[id]
	}
	return named < rewriteBelow || total > rewriteFrom && named < total/2
}

// pagesSize is about how many bytes will be written to the blob with pages.
func (c *Checkpoint) pagesSize(open []*day, all bool) int {
	n := tableSize(&c.frozen.s.live.visitors.pages, all, livePageBytes)
	for _, d := range open {
		for _, dim := range d.dims {
			n += tableSize(&dim.cells, all, cellPageBytes)
		}
		n += tableSize(&d.visitors, all, visitorPageBytes) + tableSize(&d.ids.pages, all, idPageBytes)
		n += d.head.rows.Len() * rowBytes
	}
	return n + n/16
}

// tableSize is about how many bytes the pages of a table take that will be written. A page that changed is taken to be like those that did not, or,
// if all did, to have so many bytes.
func tableSize[P page[P]](t *table[P], all bool, usual int) int {
	var known, bytes, changed int
	for i := range t.slots {
		if r := t.slots[i].ref; r.Blob != 0 {
			known++
			bytes += int(r.Len)
		} else {
			changed++
		}
	}
	n := changed * usual
	if known > 0 {
		n = changed * bytes / known
	}
	if all {
		n += bytes
	}
	return n
}

// Finish tells the state that the store has the checkpoint: pages that did not change since are clean, closed days that nobody touched since
// leave memory.
func (s *State) Finish(c *Checkpoint) {
	s.forgotten = slices.DeleteFunc(slices.Clone(s.forgotten), func(f forgottenDay) bool { return f.pos <= c.Pos() })
	s.blobs, s.closed = c.blobs, slices.DeleteFunc(c.closed, func(x closedDay) bool { return s.isForgotten(x.day) })
	markClean(c, &s.live.visitors.pages, false)
	var stay []*day
	for _, d := range s.days {
		at := slices.IndexFunc(c.frozen.s.days, func(f *day) bool { return f.day == d.day && !s.isForgotten(f.day) })
		closing := at >= 0 && slices.Contains(c.closing, at)
		if closing && d.unchangedSince(c.frozen.s.days[at]) {
			continue
		}
		if at >= 0 { // the runs that were frozen are parts now; others may have come behind them
			d.parts, d.full = c.parts[at], slices.Clone(d.full[c.runs[at]:])
		}
		for _, dim := range d.dims {
			markClean(c, &dim.cells, closing)
		}
		markClean(c, &d.visitors, closing)
		markClean(c, &d.ids.pages, closing)
		d.ids.evict()
		stay = append(stay, d)
	}
	s.days = stay
}

// isForgotten tells that a day was dropped after the checkpoint that is being finished; one that is there again is another.
func (s *State) isForgotten(number Day) bool {
	return slices.ContainsFunc(s.forgotten, func(f forgottenDay) bool { return f.day == number })
}

// unchangedSince tells that no record touched the day since it was frozen.
func (d *day) unchangedSince(f *day) bool {
	return d.touched == f.touched && d.rows() == f.rows() && d.count == f.count && d.hours == f.hours && d.ids.count == f.ids.count &&
		slices.Equal(d.filtered, f.filtered) && sameBodies(&d.visitors, &f.visitors)
}

func sameBodies[P page[P]](a, b *table[P]) bool {
	return slices.EqualFunc(a.slots, b.slots, func(x, y slot[P]) bool { return x.same(&y) })
}

// markClean notes where the checkpoint has the pages that are still the same. A day that was stored as closed but lives on has none but those that
// are away: their blobs are held, and named by the next root.
func markClean[P page[P]](c *Checkpoint, t *table[P], none bool) {
	for i := range t.slots {
		s := &t.slots[i]
		if none {
			if !s.away() {
				s.ref = Ref{}
			}
			continue
		}
		if ref, ok := c.moved[s.ref]; ok {
			s.ref = ref
		} else if ref, ok := c.written[any(s.body)]; ok && !s.away() {
			s.ref = ref
		}
	}
}
