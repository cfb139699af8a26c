package analytics

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// liveVisitor is a visitor's latest event, without pointers: a site may have a million of them, which the garbage collector need not look at.
type liveVisitor struct {
	visitor VisitorID
	ts      int64     // UTC ms; 0: none yet
	session uint64    // the first half of its id, which tells it from the visitor's others
	text    uint32    // where the page has its texts, one behind the other
	ends    [4]uint16 // of the packed event id, the path, the session's source and the country, from text on
	room    uint16    // bytes there
	bits    uint8     // bit i: an event in the minute of ts − i
}

// half is the first half of an id.
func (s SessionID) half() uint64 { return binary.BigEndian.Uint64(s[:]) }

// reach moves the visitor to a later time, with what is known of the minutes before.
func (v *liveVisitor) reach(ts int64) {
	if shift := ts/60_000 - v.ts/60_000; shift > 7 || v.ts == 0 {
		v.bits = 0
	} else {
		v.bits <<= shift
	}
	v.ts = ts
}

// mark notes an event in a minute, at most that of ts; it tells whether that is new.
func (v *liveVisitor) mark(minute int64) bool {
	back := v.ts/60_000 - minute
	if back > 7 || v.bits&(1<<back) != 0 {
		return false
	}
	v.bits |= 1 << back
	return true
}

// minutes calls f for each of the last eight minutes in which the visitor had an event.
func (v *liveVisitor) minutes(f func(minute int64)) {
	for i := range int64(8) {
		if v.bits&(1<<i) != 0 {
			f(v.ts/60_000 - i)
		}
	}
}

// livePage holds up to 32 visitors with their texts.
type livePage struct {
	visitors []liveVisitor
	text     []byte
	waste    int // bytes of text that nobody refers to
}

func (p *livePage) id(v *liveVisitor) string      { return p.part(v, 0) }
func (p *livePage) path(v *liveVisitor) string    { return p.part(v, 1) }
func (p *livePage) source(v *liveVisitor) string  { return p.part(v, 2) }
func (p *livePage) country(v *liveVisitor) string { return p.part(v, 3) }

// part is one of a visitor's texts, good until the page changes.
func (p *livePage) part(v *liveVisitor, i int) string {
	from := uint16(0)
	if i > 0 {
		from = v.ends[i-1]
	}
	return shared(p.text[v.text+uint32(from) : v.text+uint32(v.ends[i])])
}

// put gives a visitor of the page its texts: where the old ones stand if there is room, else behind all others. Id and path may be the old ones
// themselves.
func (p *livePage) put(v *liveVisitor, id, path, source, country string) {
	size := len(id) + len(path) + len(source) + len(country)
	if size > math.MaxUint16 {
		panic(fmt.Sprintf("analytics: texts of an event of %d bytes", size)) // far beyond what is accepted
	}
	if size > int(v.room) {
		p.waste += int(v.room)
		v.room, v.ends = 0, [4]uint16{}
		if p.waste > len(p.text)/2+64 {
			p.compact() // the old text is not touched
		}
		v.text, v.room = uint32(len(p.text)), uint16(size)
		p.text = slices.Grow(p.text, size)[:len(p.text)+size]
	}
	n := copy(p.text[v.text:], id)
	v.ends[0] = uint16(n)
	n += copy(p.text[int(v.text)+n:], path)
	v.ends[1] = uint16(n)
	n += copy(p.text[int(v.text)+n:], source)
	v.ends[2] = uint16(n)
	n += copy(p.text[int(v.text)+n:], country)
	v.ends[3] = uint16(n)
}

// compact leaves out what nobody refers to.
func (p *livePage) compact() {
	text := make([]byte, 0, len(p.text)-p.waste+64)
	for i := range p.visitors {
		v := &p.visitors[i]
		used := p.text[v.text : v.text+uint32(v.ends[3])]
		v.text, v.room = uint32(len(text)), uint16(len(used))
		text = append(text, used...)
	}
	p.text, p.waste = text, 0
}

func (p *livePage) clone() *livePage {
	c := &livePage{visitors: append(make([]liveVisitor, 0, roomFor(len(p.visitors))), p.visitors...), text: p.text, waste: p.waste}
	c.compact()
	return c
}

// latest is the time of the page's latest event, UTC ms.
func (p *livePage) latest() (ts int64) {
	for i := range p.visitors {
		ts = max(ts, p.visitors[i].ts)
	}
	return ts
}

// size is about how many bytes of memory the page takes; none when it is away.
func (p *livePage) size() int64 {
	if p == nil {
		return 0
	}
	return 64 + sliceBytes(p.visitors) + int64(cap(p.text))
}

// liveVisitors finds visitors by their ids. Freezing it copies no visitor. Pages may be away, but none that an event or a sweep by its time needs.
type liveVisitors struct {
	pages table[*livePage] // all full but the last
	count int

	// derived
	index placeIndex    // empty when frozen
	ages  []int64       // latest of each page that is away
	away  int           // pages that are not in memory
	from  *liveVisitors // of a frozen one: what it was frozen from
}

func (l *liveVisitors) len() int { return l.count }

// place is where a visitor is.
func (l *liveVisitors) place(id VisitorID) (uint32, bool) {
	places := l.index.probe(visitorHash(id))
	for at, ok := places.next(); ok; at, ok = places.next() {
		if l.pages.read(int(at / visitorsPerPage)).visitors[at%visitorsPerPage].visitor == id {
			return at, true
		}
	}
	return 0, false
}

// find returns a visitor and its page, both for a change; nil when it is not there.
func (l *liveVisitors) find(id VisitorID) (*livePage, *liveVisitor) {
	at, ok := l.place(id)
	if !ok {
		return nil, nil
	}
	p := l.pages.write(int(at / visitorsPerPage))
	return p, &p.visitors[at%visitorsPerPage]
}

// look is find for one who only reads.
func (l *liveVisitors) look(id VisitorID) (*livePage, *liveVisitor) {
	at, ok := l.place(id)
	if !ok {
		return nil, nil
	}
	p := l.pages.read(int(at / visitorsPerPage))
	return p, &p.visitors[at%visitorsPerPage]
}

// add makes a visitor that is not there.
func (l *liveVisitors) add(id VisitorID) (*livePage, *liveVisitor) {
	n := l.count
	if n%visitorsPerPage == 0 {
		room := 0
		// the page before is full: most of its visitors have their last texts, and those of the next will be about as long
		if last := n/visitorsPerPage - 1; last >= 0 && !l.pages.slots[last].away() {
			l.pages.write(last).compact()
			room = len(l.pages.read(last).text)
		}
		l.pages.grow(&livePage{text: make([]byte, 0, room)})
		l.ages = append(l.ages, 0)
	}
	p := l.pages.write(n / visitorsPerPage)
	p.visitors = append(p.visitors, liveVisitor{visitor: id})
	l.index.add(visitorHash(id), uint32(n))
	l.count++
	return p, &p.visitors[len(p.visitors)-1]
}

// each calls f for all that are in memory.
func (l *liveVisitors) each(f func(p *livePage, v *liveVisitor)) {
	for i := range l.pages.slots {
		if p := l.pages.read(i); p != nil {
			for j := range p.visitors {
				f(p, &p.visitors[j])
			}
		}
	}
}

// sweep returns those who stay, which their latest event decides, or the same when those who do not are no more than a number. It leaves l as it
// was. Those of a page that is away go or stay together.
func (l *liveVisitors) sweep(stays func(ts int64) bool, many int) *liveVisitors {
	gone := 0
	for i, age := range l.ages {
		if l.pages.slots[i].away() && !stays(age) {
			gone += visitorsPerPage
		}
	}
	l.each(func(_ *livePage, v *liveVisitor) {
		if !stays(v.ts) {
			gone++
		}
	})
	if gone <= many {
		return l
	}
	next := l.sweepAway(stays)
	l.each(func(p *livePage, v *liveVisitor) {
		if stays(v.ts) {
			q, w := next.add(v.visitor)
			w.session, w.ts, w.bits = v.session, v.ts, v.bits
			q.put(w, p.id(v), p.path(v), p.source(v), p.country(v))
		}
	})
	return next
}

// sweepAway returns the pages that are away and of which somebody stays.
func (l *liveVisitors) sweepAway(stays func(ts int64) bool) *liveVisitors {
	next := new(liveVisitors)
	if l.away == 0 {
		return next
	}
	moved := make(map[uint32]uint32) // page → where it is now
	for i, age := range l.ages {
		if s := l.pages.slots[i]; s.away() && stays(age) {
			moved[uint32(i)] = uint32(len(next.ages))
			next.pages.slots, next.ages = append(next.pages.slots, s), append(next.ages, age)
		}
	}
	next.away, next.count = len(next.ages), len(next.ages)*visitorsPerPage
	l.index.each(func(hash uint64, place uint32) {
		if page, ok := moved[place/visitorsPerPage]; ok {
			next.index.add(hash, page*visitorsPerPage+place%visitorsPerPage)
		}
	})
	return next
}

// evict takes page i from memory; it returns how many bytes that gave back.
func (l *liveVisitors) evict(i int) int64 {
	p := l.pages.read(i)
	if !l.pages.evict(i) {
		return 0
	}
	l.ages[i] = p.latest()
	l.away++
	return p.size()
}

// allAway appends all pages to need that are away.
func (l *liveVisitors) allAway(need []awayPage) []awayPage {
	for i := range l.pages.slots {
		if slot := &l.pages.slots[i]; slot.away() {
			need = append(need, awayPage{ref: slot.ref, at: i})
		}
	}
	return need
}

// recall puts back page i, which is away.
func (l *liveVisitors) recall(i int, p *livePage) {
	l.pages.recall(i, p)
	l.away--
}

// freeze returns an immutable copy that only each works on.
func (l *liveVisitors) freeze() *liveVisitors {
	return &liveVisitors{pages: l.pages.freeze(), count: l.count, ages: slices.Clone(l.ages), away: l.away, from: l}
}

// thaw makes one that can be changed of a frozen one. Its index is that of the one it was frozen from, which is not used any more, less those
// who came since.
func (l *liveVisitors) thaw() *liveVisitors {
	was := l.from
	c := &liveVisitors{pages: l.pages.thaw(), count: l.count, index: was.index, ages: slices.Clone(l.ages), away: l.away}
	for at := c.count; at < was.count; at++ {
		c.index.remove(visitorHash(was.pages.read(at / visitorsPerPage).visitors[at%visitorsPerPage].visitor), uint32(at))
	}
	l.from = c
	return c
}

// enter takes the visitors of the next page into the index.
func (l *liveVisitors) enter(p *livePage) {
	for i := range p.visitors {
		l.index.add(visitorHash(p.visitors[i].visitor), uint32(l.count))
		l.count++
	}
	l.ages = append(l.ages, 0)
}

// size is about how many bytes they take, and how many of them pages do.
func (l *liveVisitors) size() (all, pages int64) {
	for i := range l.pages.slots {
		pages += l.pages.read(i).size()
	}
	return pages + sliceBytes(l.pages.slots) + sliceBytes(l.ages) + l.index.bytes(), pages
}
