package analytics

import (
	"crypto/sha256"

	"github.com/cespare/xxhash/v2"
)

// sessionGap is the inactivity that ends a session, ms.
const sessionGap = 1_800_000

// sessionRecord is one visit. Times are ms since the day's start.
type sessionRecord struct {
	key         uint64 // hash of the client's sessionId; 0: none
	id          SessionID
	ordinal     uint32 // in the day, in the order of opening
	first, last int32  // first and last event of any kind
	start, exit int32  // first and last core event; valid when there is one
	pageviews   uint32
	customs     uint32
	engaged     uint32           // engagements with isBounce = false
	attrs       [dims - 1]uint32 // ids in the dimensions after DimPage: of the entry, DimExitPage of the exit
	entryID     textRef          // packed ids of the entry and exit events, which decide between equal times
	exitID      textRef
	next        uint32 // of the same visitor: place in the page's sessions, plus 1; 0: last
}

func (s *sessionRecord) hasCore() bool { return s.pageviews+s.customs > 0 }

// sessionShare is what a session adds to its day's counters.
type sessionShare struct {
	counted bool // a session without core event counts nowhere
	hour    int  // local hour of its start
	bounced bool
	dur     int64 // ms
	attrs   [dims - 1]uint32
}

func (d *day) share(s *sessionRecord) sessionShare {
	if !s.hasCore() {
		return sessionShare{}
	}
	return sessionShare{
		counted: true,
		hour:    d.hour(d.start + int64(s.start)),
		bounced: s.pageviews == 1 && s.customs == 0 && s.engaged == 0,
		dur:     int64(max(0, s.last-s.start)),
		attrs:   s.attrs,
	}
}

// moveShare takes the session's old share from the day's counters and adds its new one. Without a new entry its attributes are the old ones, but
// for the exit page.
func (d *day) moveShare(before, after *sessionShare, newEntry bool) {
	if before.counted {
		d.hours[before.hour].addSession(before, -1)
	}
	if !after.counted {
		return
	}
	d.hours[after.hour].addSession(after, 1)
	if !newEntry {
		d.moveAttr(before, after, int(DimExitPage)-1)
		return
	}
	for i := range after.attrs {
		d.moveAttr(before, after, i)
	}
}

func (d *day) moveAttr(before, after *sessionShare, i int) {
	if before.counted {
		if before.attrs[i] == after.attrs[i] && before.hour == after.hour {
			return
		}
		d.dims[i+1].add(int(before.attrs[i]), before.hour, -1, 0)
	}
	d.dims[i+1].add(int(after.attrs[i]), after.hour, 1, 0)
}

// findSession gives the session that an event at t (ms since the day's start) joins: of those with less than 30 minutes between, the one with
// the smallest gap, then the older (track.md, Sessions). -1: none.
func (d *day) findSession(p *visitorPage, at int, key uint64, t int32) int {
	best, bestGap := -1, int32(sessionGap)
	consider := func(i int) {
		s := &p.sessions[i]
		if gap := max(0, s.first-t, t-s.last); gap < bestGap {
			best, bestGap = i, gap
		}
	}
	v := &p.visitors[at%visitorsPerPage]
	if v.sessions > many {
		for _, i := range d.sessionIndex(p, at)[key] {
			consider(int(i))
		}
		return best
	}
	for n := v.firstSession; n != 0; n = p.sessions[n-1].next {
		if p.sessions[n-1].key == key {
			consider(int(n - 1))
		}
	}
	return best
}

func (d *day) sessionIndex(p *visitorPage, at int) map[uint64][]uint32 {
	index := d.manySessions[at]
	if index == nil {
		index = make(map[uint64][]uint32)
		for n := p.visitors[at%visitorsPerPage].firstSession; n != 0; n = p.sessions[n-1].next {
			index[p.sessions[n-1].key] = append(index[p.sessions[n-1].key], n-1)
		}
		d.manySessions[at] = index
	}
	return index
}

// openSession makes a session for its first event.
func (d *day) openSession(p *visitorPage, at int, key uint64, t int32, site SiteID, e *Event, id EventID) int {
	s := sessionRecord{key: key, id: sessionID(site, e, id), ordinal: d.sessions, first: t, last: t}
	d.sessions++
	i := p.link(&p.visitors[at%visitorsPerPage], s)
	if index := d.manySessions[at]; index != nil {
		index[key] = append(index[key], uint32(i))
	}
	return i
}

func sessionID(site SiteID, e *Event, id EventID) (out SessionID) {
	var buf [256]byte
	b := append(buf[:0], site...)
	b = append(append(b, 0), e.Visitor[:]...)
	b = append(append(b, e.SessionKey...), 0)
	b = append(b, id...)
	sum := sha256.Sum256(b)
	copy(out[:], sum[:])
	return out
}

func sessionKeyHash(key string) uint64 {
	if key == "" {
		return 0
	}
	return xxhash.Sum64String(key) | 1
}

// extendSession takes an event into its session and returns whether the entry changed.
func (d *day) extendSession(p *visitorPage, s *sessionRecord, t int32, e *Event, id EventID, text uint32) (newEntry bool) {
	s.first, s.last = min(s.first, t), max(s.last, t)
	if e.Kind == Engagement && e.IsBounce == False {
		s.engaged++
	}
	if !e.Kind.IsCore() {
		return false
	}
	core := s.hasCore()
	if e.Kind == Pageview {
		s.pageviews++
	} else {
		s.customs++
	}
	if !core || before(t, id, s.start, p.at(s.entryID)) {
		s.start, s.entryID = t, p.replace(s.entryID, string(id))
		d.setEntry(s, e)
		newEntry = true
	}
	if !core || !before(t, id, s.exit, p.at(s.exitID)) {
		s.exit, s.exitID = t, p.replace(s.exitID, string(id))
		s.attrs[DimExitPage-1] = uint32(d.pathID(DimExitPage, &d.head.paths[text].exit, e.Path))
	}
	return newEntry
}

// before is the order of events: by time, then bytewise by the text of the id (data-model.md, Order).
func before(t int32, id EventID, u int32, packed []byte) bool {
	if t != u {
		return t < u
	}
	return id.before(EventID(packed))
}

// setEntry gives the session the attributes of its entry event (data-model.md, Entry).
func (d *day) setEntry(s *sessionRecord, e *Event) {
	source, channel, referrer, utm := "(direct)", "direct", "", UTM{}
	if e.Kind == Pageview {
		source, channel, referrer, utm = e.Source, e.Channel, e.ReferrerDomain, e.UTM
	}
	set := func(dim Dim, value string) { s.attrs[dim-1] = uint32(d.dims[dim].id(value)) }
	set(DimSource, source)
	set(DimChannel, channel)
	set(DimReferrer, referrer)
	set(DimUTMSource, utm.Source)
	set(DimUTMMedium, utm.Medium)
	set(DimUTMCampaign, utm.Campaign)
	set(DimUTMTerm, utm.Term)
	set(DimUTMContent, utm.Content)
	set(DimCountry, e.Country)
	set(DimRegion, e.Region)
	set(DimDevice, e.Device)
	set(DimBrowser, e.Browser)
	set(DimBrowserVersion, d.withVersion(e.Browser, e.BrowserVersion))
	set(DimOS, e.OS)
	set(DimOSVersion, d.withVersion(e.OS, e.OSVersion))
	set(DimEntryPage, e.Path)
}

// withVersion is how versions are reported: "Chrome 142", the name alone where the version is unknown. The answer is only good until the next
// call: a dimension clones what it keeps.
func (d *day) withVersion(name, version string) string {
	if version == "" {
		return name
	}
	d.scratch = append(append(append(d.scratch[:0], name...), ' '), version...)
	return shared(d.scratch)
}

func (s *sessionRecord) encode(b []byte, p *visitorPage) []byte {
	b = putUint(b, s.key)
	b = append(b, s.id[:]...)
	b = putUint(b, uint64(s.ordinal))
	b = putInt(b, int64(s.first))
	b = putUint(b, uint64(s.last-s.first))
	b = putUint(b, uint64(s.pageviews))
	b = putUint(b, uint64(s.customs))
	b = putUint(b, uint64(s.engaged))
	if !s.hasCore() {
		return b
	}
	b = putUint(b, uint64(s.start-s.first))
	b = putUint(b, uint64(s.exit-s.start))
	for _, a := range s.attrs {
		b = putUint(b, uint64(a))
	}
	b = putString(b, string(p.at(s.entryID)))
	return putString(b, string(p.at(s.exitID)))
}

// session reads a session whose texts are kept in p.
func (r *reader) session(p *visitorPage) (s sessionRecord) {
	s.key = r.uint()
	copy(s.id[:], r.bytes(len(s.id)))
	s.ordinal = uint32(r.uint())
	s.first = int32(r.int())
	s.last = s.first + int32(r.uint())
	s.pageviews, s.customs, s.engaged = uint32(r.uint()), uint32(r.uint()), uint32(r.uint())
	if !s.hasCore() {
		return s
	}
	s.start = s.first + int32(r.uint())
	s.exit = s.start + int32(r.uint())
	for i := range s.attrs {
		s.attrs[i] = uint32(r.uint())
	}
	for _, t := range []*textRef{&s.entryID, &s.exitID} {
		text := r.bytes(r.count(1))
		if len(text) > 255 {
			r.fail("event id of a session")
			return s
		}
		*t = p.keep(string(text))
	}
	return s
}
