package analytics

import "unsafe"

// Size is about how many bytes of memory a site's state takes, by what they hold.
type Size struct {
	Visitors int64 // visitors with their sessions and pages
	Index    int64 // visitor → its place
	Counters int64 // hours, dimensions and their values
	Rows     int64 // events that are in no part yet
	IDs      int64 // of events, by which repetitions are known
	Live     int64 // who was there in the last minutes
	Other    int64 // what every site has, and the list of what is stored

	Loose int64 // of all that: pages and rows, which leave memory once a checkpoint has them
}

// Total is all of it.
func (s Size) Total() int64 {
	return s.Visitors + s.Index + s.Counters + s.Rows + s.IDs + s.Live + s.Other
}

// Add adds another size.
func (s *Size) Add(o Size) {
	s.Visitors += o.Visitors
	s.Index += o.Index
	s.Counters += o.Counters
	s.Rows += o.Rows
	s.IDs += o.IDs
	s.Live += o.Live
	s.Other += o.Other
	s.Loose += o.Loose
}

// mapBytes is about what a Go map takes: tables of groups of 8 slots, between 7/16 and 7/8 full, and a byte of hash a slot. An empty one is a
// header.
func mapBytes[K comparable, V any](m map[K]V) int64 {
	var k K
	var v V
	slot := int64(unsafe.Sizeof(k)+unsafe.Sizeof(v)) + 1
	if m == nil {
		return 0
	}
	if len(m) <= 8 {
		return 48 + int64(min(len(m), 1))*8*slot
	}
	return 48 + int64(len(m))*slot*8/5
}

// sliceBytes is what a slice holds beside its header.
func sliceBytes[T any](s []T) int64 {
	var t T
	return int64(cap(s)) * int64(unsafe.Sizeof(t))
}

func textBytes(s string) int64 { return (int64(len(s)) + 15) &^ 15 }

// Size measures the state. It walks over pages, not over what they hold: 0.1 ms for a million visitors.
func (s *State) Size() Size {
	n := Size{Other: 2048 + mapBytes(s.blobs) + sliceBytes(s.closed)}
	for _, c := range s.closed {
		n.Other += sliceBytes(c.parts)
	}
	for _, d := range s.days {
		n.Add(d.size())
	}
	live, pages := s.live.size()
	n.Live = live
	if s.live.count == nil { // nobody looks
		n.Loose += pages
	}
	return n
}

// Size is about how many bytes of memory the view takes. Of a State that is in use it shares nearly all.
func (v *View) Size() int64 {
	n := 128 + sliceBytes(v.closed)
	for _, c := range v.closed {
		n += sliceBytes(c.parts)
	}
	for _, d := range v.days {
		size := d.size()
		n += size.Total()
	}
	return n
}

func (d *day) size() (n Size) {
	n.Other = int64(unsafe.Sizeof(*d)) + sliceBytes(d.bounds) + sliceBytes(d.parts) + sliceBytes(d.scratch)
	n.Index = d.index.bytes()
	for _, m := range d.manyViews {
		n.Index += mapBytes(m)
	}
	for _, m := range d.manySessions {
		n.Index += mapBytes(m)
	}
	n.Visitors = sliceBytes(d.visitors.slots)
	for i := range d.visitors.slots {
		n.Visitors += d.visitors.read(i).size()
	}
	n.Counters = sliceBytes(d.filtered)
	for _, dim := range d.dims {
		n.Counters += dim.size()
	}
	n.IDs = sliceBytes(d.ids.pages.slots) + d.ids.set.bytes()
	for i := range d.ids.pages.slots {
		if p := d.ids.pages.read(i); p != nil {
			n.IDs += 24 + sliceBytes(p.hashes)
		}
	}
	for _, r := range d.full {
		n.Rows += r.size()
	}
	n.Loose = n.Visitors + n.Rows
	head := d.head.rows.size() + mapBytes(d.head.texts) + mapBytes(d.head.clients) + mapBytes(d.head.origins)
	n.Rows += head
	if d.head.sealed() {
		n.Loose += head
	}
	return n
}

// size is about how many bytes of memory the page takes; none when it is away.
func (p *visitorPage) size() int64 {
	if p == nil {
		return 0
	}
	return int64(unsafe.Sizeof(*p)) + sliceBytes(p.visitors) + sliceBytes(p.sessions) + sliceBytes(p.views) + int64(cap(p.text))
}

func (d *dimension) size() int64 {
	n := int64(unsafe.Sizeof(*d)) + sliceBytes(d.values) + d.index.bytes() + sliceBytes(d.cells.slots)
	for _, v := range d.values {
		n += textBytes(v)
	}
	for i := range d.cells.slots {
		p := d.cells.read(i)
		n += int64(unsafe.Sizeof(*p)) + sliceBytes(p.cells) + sliceBytes(p.bases)
	}
	if d.sketch != nil {
		n += sliceBytes(d.sketch.heap) + mapBytes(d.sketch.index) + int64(len(d.sketch.heap))*32
	}
	if d.least != nil {
		n += sliceBytes(d.least.order) + sliceBytes(d.least.place)
	}
	return n
}

func (r *Rows) size() int64 {
	n := int64(unsafe.Sizeof(*r)) + sliceBytes(r.List) + sliceBytes(r.Arrivals) + sliceBytes(r.idEnds) + int64(cap(r.ids)) + sliceBytes(r.Texts) +
		sliceBytes(r.Clients) + sliceBytes(r.Origins) + sliceBytes(r.Properties) + sliceBytes(r.Customs) + sliceBytes(r.Engagements) +
		sliceBytes(r.Clicks) + sliceBytes(r.Scrolls) + sliceBytes(r.Moves) + sliceBytes(r.Visitors) + sliceBytes(r.Sessions)
	for _, t := range r.Texts {
		n += textBytes(t)
	}
	return n
}

// size is about how many bytes of memory the window takes, and how many of them pages do.
func (l *live) size() (n, pages int64) {
	n, pages = l.visitors.size()
	n += int64(unsafe.Sizeof(*l)) + mapBytes(l.seconds.counts) + mapBytes(l.minutes.counts) + sliceBytes(l.recent)
	if c := l.count; c != nil { // a visitor stands in the lists of about two seconds
		n += int64(unsafe.Sizeof(*c)) + mapBytes(c.latest) + mapBytes(c.pages) + mapBytes(c.sources) + mapBytes(c.countries) +
			mapBytes(c.perMinute) + int64(l.visitors.len())*2*16*2
	}
	return n, pages
}
