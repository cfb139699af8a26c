package analytics

import "slices"

// Frozen is a full copy-on-write copy of a state: the way back after a record that panics, and what a checkpoint stores.
type Frozen struct{ s State }

// Freeze copies pointers, not records; afterwards both go their own ways.
func (s *State) Freeze() *Frozen {
	f := &Frozen{s: *s}
	f.s.days = make([]*day, len(s.days))
	for i, d := range s.days {
		f.s.days[i] = d.freeze(true)
	}
	f.s.live = s.live.freeze()
	return f
}

// Restore goes back to a frozen state, which stays as it is.
func (s *State) Restore(f *Frozen) {
	*s = f.s
	s.days = make([]*day, len(f.s.days))
	for i, d := range f.s.days {
		s.days[i] = d.thaw()
		d.from = s.days[i]
	}
	s.live = f.s.live.thaw()
}

// thaw makes a writable day of a frozen one. What is derived is that of the day it was frozen from, which is not used any more, less what was added
// since.
func (d *day) thaw() *day {
	t, was := *d, d.from
	t.from = nil
	t.filtered = slices.Clone(d.filtered)
	t.visitors = d.visitors.thaw()
	t.head, t.headRef = headOf(&d.head.rows), Ref{}
	t.ids = idSet{pages: d.ids.pages.thaw(), count: d.ids.count}
	for i, dim := range d.dims {
		t.dims[i] = dim.thaw(was.dims[i])
	}
	t.index, t.manyViews, t.manySessions = was.index, make(map[int]map[uint32]uint32), make(map[int]map[uint64][]uint32)
	for at := t.count; at < was.count; at++ {
		p := was.visitors.read(at / visitorsPerPage)
		if at%visitorsPerPage < len(p.visitors) {
			t.index.remove(visitorHash(p.visitors[at%visitorsPerPage].id), uint32(at))
		}
	}
	t.ids.set = was.ids.set
	for at := t.ids.count; at < was.ids.count; at++ {
		t.ids.set.remove(was.ids.pages.read(at / idsPerPage).hashes[at%idsPerPage])
	}
	return &t
}
