package analytics

// Ref says where a checkpoint keeps a page: in a blob, at an offset. The zero value means "in no checkpoint yet".
type Ref struct {
	Blob     uint64 // 0: none
	Off, Len uint32 // bytes
}

// page is what a table holds: a fixed number of records that are copied together.
type page[P any] interface {
	clone() P
}

// table is a growing sequence of pages with copy-on-write: freeze copies pointers only, and a page that a frozen table shares is copied when
// it is next written. A table belongs to one goroutine; frozen ones are immutable and may be read by many.
type table[P page[P]] struct {
	slots []slot[P]
	gen   uint64 // pages of a lower generation are shared
}

type slot[P page[P]] struct {
	body P
	gen  uint64
	ref  Ref // where the last checkpoint has exactly this body
}

// read returns page i; it must not be changed.
func (t *table[P]) read(i int) P { return t.slots[i].body }

// write returns page i for a change: a copy of its own if a frozen table shares it.
func (t *table[P]) write(i int) P {
	s := &t.slots[i]
	if s.gen != t.gen {
		s.body, s.gen = s.body.clone(), t.gen
	}
	s.ref = Ref{}
	return s.body
}

// grow appends a page.
func (t *table[P]) grow(body P) { t.slots = append(t.slots, slot[P]{body: body, gen: t.gen}) }

// freeze returns an immutable copy of the table.
func (t *table[P]) freeze() table[P] {
	t.gen++
	return table[P]{slots: append([]slot[P](nil), t.slots...), gen: t.gen}
}

// thaw makes a writable table of a frozen one.
func (t *table[P]) thaw() table[P] {
	c := t.freeze()
	c.gen++
	return c
}
