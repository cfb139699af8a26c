package analytics

import "slices"

// hold notes the blobs that pages which are away lie in. A record that needs one may come before the state hears that the checkpoint is stored,
// so what that checkpoint rewrites stays readable until the next.
func (c *Checkpoint) hold() {
	keep := func(r Ref) { c.held[r.Blob] = struct{}{} }
	awayRefs(&c.frozen.s.live.visitors.pages, keep)
	for i, d := range c.frozen.s.days {
		awayRefs(&d.visitors, keep)
		if slices.Contains(c.closing, i) { // it may live on
			awayRefs(&d.ids.pages, keep)
		}
	}
}

func awayRefs[P page[P]](t *table[P], f func(Ref)) {
	for i := range t.slots {
		if t.slots[i].away() {
			f(t.slots[i].ref)
		}
	}
}

// refs calls f for every page that a checkpoint has.
func (c *Checkpoint) refs(open []*day, f func(Ref)) {
	tableRefs(&c.frozen.s.live.visitors.pages, f)
	for _, d := range open {
		d.refs(f)
	}
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
	c.each(open, func(id uint64) { blobs[id] = size(id) })
	return blobs
}

// each calls f for every blob that the new root names, for some more than once.
func (c *Checkpoint) each(open []*day, f func(id uint64)) {
	for id := range c.held {
		f(id)
	}
	c.refs(open, func(r Ref) { f(r.Blob) })
	for _, d := range open {
		for _, p := range d.parts {
			f(p.Blob)
		}
		if d.headRef.Blob != 0 {
			f(d.headRef.Blob)
		}
	}
	for _, cl := range c.closed {
		f(cl.rollup)
		f(cl.state)
		for _, p := range cl.parts {
			f(p.Blob)
		}
	}
}
