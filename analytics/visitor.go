package analytics

// visitorsPerPage is the number of visitors that are copied together, in order of their first event of the day.
const visitorsPerPage = 32

// visitorRecord is what one visitor of a day did, but for its sessions and pages, which hang on it as lists.
type visitorRecord struct {
	id           VisitorID
	hours        uint32 // bit h: a core event in local hour h
	firstSession uint32 // place in the page's sessions, plus 1; 0: none
	lastSession  uint32
	sessions     uint32 // their number
	firstView    uint32 // place in the page's views, plus 1; 0: none
	views        uint32 // their number
	seen         uint64 // a bit for each view's path, which other paths may share: where it is missing nobody need look
}

// viewRecord remembers that a visitor saw a page, and in which local hour last.
type viewRecord struct {
	path uint32 // id in DimPage
	next uint32 // place in the page's views, plus 1; 0: last
	hour uint8
}

// visitorPage holds up to 32 visitors without pointers between them.
type visitorPage struct {
	visitors []visitorRecord
	sessions []sessionRecord
	views    []viewRecord
	text     []byte // event ids that sessions refer to
}

// textRef points into a page's text.
type textRef struct {
	off uint32
	len uint8
}

// roomFor is the room of a page with n visitors: most pages of small sites never have more than a few.
func roomFor(n int) int { return min(n+n/2+1, visitorsPerPage) }

func (p *visitorPage) clone() *visitorPage {
	c := &visitorPage{
		visitors: append(make([]visitorRecord, 0, roomFor(len(p.visitors))), p.visitors...),
		sessions: append(make([]sessionRecord, 0, len(p.sessions)+4), p.sessions...),
		views:    append(make([]viewRecord, 0, len(p.views)+8), p.views...),
		text:     make([]byte, 0, len(p.text)+32),
	}
	for i := range c.sessions { // only the text that is still referred to
		s := &c.sessions[i]
		s.entryID = c.keep(shared(p.at(s.entryID)))
		s.exitID = c.keep(shared(p.at(s.exitID)))
	}
	return c
}

func (p *visitorPage) at(t textRef) []byte { return p.text[t.off : t.off+uint32(t.len)] }

func (p *visitorPage) keep(text string) textRef {
	t := textRef{uint32(len(p.text)), uint8(len(text))}
	p.text = append(p.text, text...)
	return t
}

// replace puts another text in the place of t, where it fits.
func (p *visitorPage) replace(t textRef, text string) textRef {
	if len(text) > int(t.len) {
		return p.keep(text)
	}
	copy(p.text[t.off:], text)
	return textRef{t.off, uint8(len(text))}
}

func (p *visitorPage) encode(b []byte) []byte {
	b = putUint(b, uint64(len(p.visitors)))
	for i := range p.visitors {
		v := &p.visitors[i]
		b = append(b, v.id[:]...)
		b = putUint(b, uint64(v.hours))
		b = putUint(b, uint64(v.sessions))
		for n := v.firstSession; n != 0; n = p.sessions[n-1].next {
			b = p.sessions[n-1].encode(b, p)
		}
		b = putUint(b, uint64(v.views))
		for n := v.firstView; n != 0; n = p.views[n-1].next {
			b = putUint(b, uint64(p.views[n-1].path))
			b = append(b, p.views[n-1].hour)
		}
	}
	return b
}

func (r *reader) visitorPage() *visitorPage {
	p, n := new(visitorPage), r.count(19)
	if n > visitorsPerPage {
		r.fail("visitors of a page")
		return p
	}
	p.visitors = make([]visitorRecord, 0, n)
	p.sessions, p.views = make([]sessionRecord, 0, n), make([]viewRecord, 0, n) // most have one of each
	for range n {
		var v visitorRecord
		copy(v.id[:], r.bytes(len(v.id)))
		v.hours = uint32(r.uint())
		for range r.count(20) {
			s := r.session(p)
			p.link(&v, s)
		}
		for range r.count(2) {
			path := uint32(r.uint())
			p.see(&v, path, r.bytes(1)[0])
		}
		p.visitors = append(p.visitors, v)
	}
	return p
}

// link appends a session to a visitor's list and returns its place.
func (p *visitorPage) link(v *visitorRecord, s sessionRecord) int {
	s.next = 0
	p.sessions = append(p.sessions, s)
	at := uint32(len(p.sessions))
	if v.lastSession == 0 {
		v.firstSession = at
	} else {
		p.sessions[v.lastSession-1].next = at
	}
	v.lastSession = at
	v.sessions++
	return int(at - 1)
}

// see puts a page in front of a visitor's list and returns its place.
func (p *visitorPage) see(v *visitorRecord, path uint32, hour uint8) int {
	p.views = append(p.views, viewRecord{path: path, next: v.firstView, hour: hour})
	v.firstView = uint32(len(p.views))
	v.views++
	v.seen |= seenBit(path)
	return len(p.views) - 1
}

func seenBit(path uint32) uint64 { return 1 << (path % 64) }

// many is the number of sessions or pages of one visitor beyond which a derived index is made, so that a visitor with a million of them does
// not cost a walk over the list at every event.
const many = 24

// visitor returns the place of a visitor, which it makes at the first event.
func (d *day) visitor(id VisitorID) int {
	places := d.index.probe(visitorHash(id))
	for at, ok := places.next(); ok; at, ok = places.next() {
		if d.visitors.read(int(at / visitorsPerPage)).visitors[at%visitorsPerPage].id == id {
			return int(at)
		}
	}
	at := d.count
	if at%visitorsPerPage == 0 {
		d.visitors.grow(new(visitorPage))
	}
	p := d.visitors.write(at / visitorsPerPage)
	p.visitors = append(p.visitors, visitorRecord{id: id})
	d.index.add(visitorHash(id), uint32(at))
	d.count++
	return at
}

// view finds the visitor's record of a page; -1 when it did not see it yet.
func (d *day) view(p *visitorPage, at int, path uint32) int {
	v := &p.visitors[at%visitorsPerPage]
	if v.seen&seenBit(path) == 0 {
		return -1
	}
	if v.views > many {
		if i, ok := d.viewIndex(p, at)[path]; ok {
			return int(i)
		}
		return -1
	}
	for n := v.firstView; n != 0; n = p.views[n-1].next {
		if p.views[n-1].path == path {
			return int(n - 1)
		}
	}
	return -1
}

func (d *day) viewIndex(p *visitorPage, at int) map[uint32]uint32 {
	index := d.manyViews[at]
	if index == nil {
		index = make(map[uint32]uint32)
		for n := p.visitors[at%visitorsPerPage].firstView; n != 0; n = p.views[n-1].next {
			index[p.views[n-1].path] = n - 1
		}
		d.manyViews[at] = index
	}
	return index
}

// countView counts a pageview of the visitor: the page's pageviews, and its visitors by the last hour in which each saw it. It
// returns the path as the dimension keeps it.
func (d *day) countView(p *visitorPage, at int, path string, text uint32, hour int) string {
	pages := d.dims[DimPage]
	id := d.pathID(DimPage, &d.head.paths[text].page, path)
	pages.add(id, hour, 1, 0)
	switch i := d.view(p, at, uint32(id)); {
	case i < 0:
		i = p.see(&p.visitors[at%visitorsPerPage], uint32(id), uint8(hour))
		if index := d.manyViews[at]; index != nil {
			index[uint32(id)] = uint32(i)
		}
		pages.add(id, hour, 0, 1)
	case hour > int(p.views[i].hour):
		pages.add(id, int(p.views[i].hour), 0, -1)
		pages.add(id, hour, 0, 1)
		p.views[i].hour = uint8(hour)
	}
	return pages.values[id]
}
