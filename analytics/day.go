package analytics

import (
	"math/bits"
	"sort"
	"strings"
)

// maxHours is the most hours a local day may have; 25 is usual at the end of summer time, more only where a zone crosses the date line.
const maxHours = 32

// hourTotals are a day's counters of one local hour.
type hourTotals struct {
	pageviews  int64
	visitors   int64 // with a core event in the hour
	lastHour   int64 // visitors whose last core event of the day is in this hour
	sessions   int64 // that start in the hour, like the next two
	bounced    int64
	durationMS int64
	timeMS     int64 // engaged time
	timeFirsts int64 // engagements with seq = 1
}

func (h *hourTotals) addSession(s *sessionShare, n int64) {
	h.sessions += n
	if s.bounced {
		h.bounced += n
	}
	h.durationMS += n * s.dur
}

// filteredCell counts ignored hits of one reason in one UTC quarter hour of arrival, so that every zone's days can be summed.
type filteredCell struct {
	quarter int64 // UTC ms / 900,000
	reason  DropReason
	count   int64
}

const quarterMS = 900_000

// closedValues is how many values a channel or a device can have, at least.
const closedValues = 8

// day is one open local day of a site: everything is a sum over its visitors.
type day struct {
	day        Day
	zone       string  // in which every row of the day was placed; "": in more than one, see zonechange.go
	bounds     []int64 // UTC ms: starts of the local hours, then the day's end; kept, so that a new tz database moves nothing
	start, end int64   // UTC ms
	touched    int64   // logical time of the last record, UTC ms
	arrived    int64   // latest arrival of a row, UTC ms
	hours      [maxHours]hourTotals
	filtered   []filteredCell // ascending by quarter, reason
	dims       [dims]*dimension
	visitors   table[*visitorPage]
	count      int // visitors
	sessions   uint32
	ids        idSet
	parts      []PartRef // the day's rows in the order of the log: those at rest,
	full       []*Rows   // runs that the next checkpoint makes parts of; immutable,
	head       *head     // and the newest
	headRef    Ref       // of a frozen day: where the checkpoint has the head
	from       *day      // of a frozen day: the one it was frozen from
	away       int       // pages of visitors that are not in memory

	// derived
	index        placeIndex // of visitors
	manyViews    map[int]map[uint32]uint32
	manySessions map[int]map[uint64][]uint32
	scratch      []byte
}

func newDay(d Day, zone Zone, limit int) *day {
	n := &day{day: d, zone: zone.Name(), bounds: zone.Hours(d)}
	n.start, n.end = n.bounds[0], n.bounds[len(n.bounds)-1]
	for i := range n.dims {
		n.dims[i] = newDimension(limit)
	}
	for _, dim := range [...]Dim{DimChannel, DimDevice} { // whose values are few, and whose shares are shown without a rest
		n.dims[dim] = newDimension(max(limit, closedValues))
	}
	n.head = newHead(n.start, 0, 0)
	n.derive()
	return n
}

// derive makes what is not stored.
func (d *day) derive() {
	d.manyViews = make(map[int]map[uint32]uint32)
	d.manySessions = make(map[int]map[uint64][]uint32)
	d.index = placeIndex{}
	for i := range d.visitors.slots {
		d.enter(i, d.visitors.read(i))
	}
}

// enter notes where the visitors of a page are.
func (d *day) enter(i int, p *visitorPage) {
	for j := range p.visitors {
		d.index.add(visitorHash(p.visitors[j].id), uint32(i*visitorsPerPage+j))
	}
}

// hour is the number of the local hour that holds ts.
func (d *day) hour(ts int64) int {
	h := int((ts - d.start) / 3_600_000)
	h = min(max(h, 0), len(d.bounds)-2)
	for h > 0 && d.bounds[h] > ts {
		h--
	}
	for h < len(d.bounds)-2 && d.bounds[h+1] <= ts {
		h++
	}
	return min(h, maxHours-1)
}

// visit is where an event landed.
type visit struct {
	session         SessionID
	source, country string // of the session's entry; "(direct)" and the event's country without one. Both stay in memory
	path            string // a pageview's path as its dimension keeps it, "(other)" beyond the cap; "" for other kinds
	text            uint32 // the number of the path in the head
	newEntry        bool
	visitor         uint32 // ordinals in the day
	ordinal         uint32 // of the session
	lasted, lasts   int64  // the session's duration before and after the event, ms; -1: no core event yet
	lastBefore      int64  // the session's last event before this one, UTC ms; 0: this one opened it
	entryPath       string // of the session, as its dimension keeps it; "" without core event
}

// apply folds an event whose time is in the day and whose id is new.
func (d *day) apply(site SiteID, e *Event, id EventID) visit {
	hour := d.hour(e.TS)
	d.arrived = max(d.arrived, e.ReceivedAt)
	at := d.visitor(e.Visitor)
	p := d.visitors.write(at / visitorsPerPage)
	if e.Kind.IsCore() {
		d.countVisitor(&p.visitors[at%visitorsPerPage], hour)
	}
	path, text := "", d.head.text(e.Path)
	switch e.Kind {
	case Pageview:
		d.hours[hour].pageviews++
		path = d.countView(p, at, e.Path, text, hour)
	case Engagement:
		d.hours[hour].timeMS += int64(e.TimeOnPage)
		if e.Seq == 1 {
			d.hours[hour].timeFirsts++
		}
	}
	v := d.applySession(site, p, at, e, id, text)
	v.path, v.text, v.visitor = path, text, uint32(at)
	return v
}

// record appends the event's row. The event has its client's id or none.
func (d *day) record(e *Event, pos Pos, index int, v *visit) {
	d.head.add(e, Arrival{pos, e.ReceivedAt, uint32(index)}, v.text, v.visitor, v.ordinal, v.session)
	if d.head.full() {
		d.rotate()
	}
}

// rotate makes the head a run of rows that changes no more.
func (d *day) rotate() {
	d.full = append(d.full[:len(d.full):len(d.full)], d.head.rows.frozen())
	rows := d.head.rows.Len()
	d.head = newHead(d.start, uint32(d.count), d.sessions)
	d.head.rows.reserve(rows / 4)
}

// rows is the number of the day's rows.
func (d *day) rows() int {
	n := d.head.rows.Len()
	for _, r := range d.full {
		n += r.Len()
	}
	for _, p := range d.parts {
		n += int(p.Rows)
	}
	return n
}

// pathID is the id of a path in a dimension. known is where it is kept, so that a path is looked up by its text once a head.
func (d *day) pathID(dim Dim, known *uint32, path string) int {
	pages := d.dims[dim]
	if *known != 0 && pages.sketch == nil {
		return int(*known - 1)
	}
	id := pages.id(path)
	*known = uint32(id) + 1
	return id
}

func (d *day) applySession(site SiteID, p *visitorPage, at int, e *Event, id EventID, text uint32) visit {
	t, key := int32(e.TS-d.start), sessionKeyHash(e.SessionKey)
	i := d.findSession(p, at, key, t)
	opened := i < 0
	if opened {
		i = d.openSession(p, at, key, t, site, e, id)
	}
	s := &p.sessions[i]
	last := d.start + int64(s.last)
	was := d.share(s)
	v := visit{session: s.id, newEntry: d.extendSession(p, s, t, e, id, text), ordinal: s.ordinal, lasted: -1, lasts: -1}
	if !opened {
		v.lastBefore = last
	}
	is := d.share(s)
	d.moveShare(&was, &is, v.newEntry)
	if was.counted {
		v.lasted = was.dur
	}
	v.source = "(direct)"
	if !s.hasCore() {
		v.country = strings.Clone(e.Country)
	} else {
		v.source = d.dims[DimSource].values[s.attrs[DimSource-1]]
		v.country = d.dims[DimCountry].values[s.attrs[DimCountry-1]]
		v.entryPath = d.dims[DimEntryPage].values[s.attrs[DimEntryPage-1]]
		v.lasts = is.dur
	}
	return v
}

// countVisitor counts the visitor in the hour, and by its last hour.
func (d *day) countVisitor(v *visitorRecord, hour int) {
	bit := uint32(1) << hour
	if v.hours&bit != 0 {
		return
	}
	d.hours[hour].visitors++
	last := bits.Len32(v.hours) - 1
	if hour > last {
		if last >= 0 {
			d.hours[last].lastHour--
		}
		d.hours[hour].lastHour++
	}
	v.hours |= bit
}

// kept is the time from which retention counts, UTC ms: the later of the day's end and the latest arrival of its rows.
func (d *day) kept() int64 { return max(d.end, d.arrived) }

// count adds ignored hits that arrived in the day.
func (d *day) countFiltered(f *Filtered) {
	q := f.ReceivedAt / quarterMS
	i := sort.Search(len(d.filtered), func(i int) bool {
		c := &d.filtered[i]
		return c.quarter > q || c.quarter == q && c.reason >= f.Reason
	})
	if i < len(d.filtered) && d.filtered[i].quarter == q && d.filtered[i].reason == f.Reason {
		d.filtered[i].count += f.Count
		return
	}
	d.filtered = append(d.filtered, filteredCell{})
	copy(d.filtered[i+1:], d.filtered[i:])
	d.filtered[i] = filteredCell{q, f.Reason, f.Count}
}

// ignored is the number of ignored hits that arrived in the day.
func (d *day) ignored() (n int64) {
	for i := range d.filtered {
		n += d.filtered[i].count
	}
	return n
}

// freeze returns an immutable copy of the counters; a full one has visitors and ids too and can be stored or thawed.
func (d *day) freeze(full bool) *day {
	f := &day{
		day: d.day, zone: d.zone, bounds: d.bounds, start: d.start, end: d.end, touched: d.touched, arrived: d.arrived, hours: d.hours, count: d.count,
		sessions: d.sessions, parts: d.parts, full: d.full, head: &head{rows: *d.head.rows.frozen()},
	}
	f.filtered = append([]filteredCell(nil), d.filtered...)
	for i := range d.dims {
		f.dims[i] = d.dims[i].freeze(full)
	}
	if full {
		f.visitors = d.visitors.freeze()
		f.ids = d.ids.freeze()
		f.from, f.away = d, d.away
	}
	return f
}
