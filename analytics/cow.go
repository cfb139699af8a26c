package analytics

// Ref says where a checkpoint keeps a page: in a blob, at an offset. The zero value means "in no checkpoint yet".
type Ref struct {
	Blob     uint64 // 0: none
	Off, Len uint32 // bytes
	Sum      uint32 // CRC32C of the bytes: a page is read without the rest of its blob
}

// page is what a table holds: a fixed number of records that are copied together. The zero value of a body is no page.
type page[P any] interface {
	comparable
	clone() P
}

// table is a growing sequence of pages with copy-on-write: freeze copies pointers only, and a page that a frozen table shares is copied when
// it is next written. A page that a checkpoint has may be away from memory. A table belongs to one goroutine; frozen ones are immutable and may be
// read by many.
type table[P page[P]] struct {
	slots []slot[P]
	gen   uint64 // pages of a lower generation are shared
}

type slot[P page[P]] struct {
	body P // zero: away, where ref says
	gen  uint64
	ref  Ref // where the last checkpoint has exactly this body
}

func (s *slot[P]) away() bool {
	var none P
	return s.body == none
}

// same tells whether two slots have the same body: of one that is away it is known by where it is.
func (s *slot[P]) same(o *slot[P]) bool {
	return s.body == o.body && !s.away() || s.ref.Blob != 0 && s.ref == o.ref
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

// evict takes page i from memory; false if no checkpoint has it or it is away already.
func (t *table[P]) evict(i int) bool {
	s := &t.slots[i]
	if s.ref.Blob == 0 || s.away() {
		return false
	}
	var none P
	s.body = none
	return true
}

// recall puts back page i, which is away.
func (t *table[P]) recall(i int, body P) { t.slots[i].body, t.slots[i].gen = body, t.gen }

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
