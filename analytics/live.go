package analytics

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The windows of realtime.md, in s and min.
const (
	activeWindow  = 300 // s
	keepWindow    = 360 // s; the oldest minute that is shown began less than this ago
	minutesShown  = 5
	viewsShown    = 30 // min
	recentShown   = 10
	recentWindow  = 1_800_000 // ms
	breakdownKeys = 100
)

// live is the window that moves with time: who was active in the last minutes. Time is counted in whole seconds: second k is (k−1 s, k s],
// and a reader's now is rounded up to a whole second, so that the numbers are exact for the timestamp they carry.
type live struct {
	visitors map[VisitorID]*liveVisitor
	seconds  map[int64]int32  // second → pageviews
	minutes  map[int64]int32  // UTC minute → pageviews
	recent   []recentPageview // latest first, at most recentShown
	pruned   int64            // what ended at or before this second is forgotten

	// derived
	cursor    int64                 // the second up to which the counters below have been moved
	active    int64                 // visitors whose latest event is in (cursor − 300, cursor]
	views     int64                 // pageviews there
	latest    map[int64][]VisitorID // second → visitors whose latest event was in it at some time
	pages     map[string]int64      // active visitors by path, source, country
	sources   map[string]int64
	countries map[string]int64
	perMinute map[int64]int64 // UTC minute → distinct visitors
}

// liveVisitor is a visitor's latest event.
type liveVisitor struct {
	ts      int64 // UTC ms
	id      EventID
	session SessionID
	path    string
	source  string // of the session
	country string
	minute  int64 // of ts
	bits    uint8 // bit i: an event in minute − i
}

type recentPageview struct {
	ts      int64
	id      EventID
	path    string
	country string
}

func newLive() *live {
	return &live{
		visitors: make(map[VisitorID]*liveVisitor), seconds: make(map[int64]int32), minutes: make(map[int64]int32),
		latest: make(map[int64][]VisitorID), pages: make(map[string]int64), sources: make(map[string]int64),
		countries: make(map[string]int64), perMinute: make(map[int64]int64),
	}
}

// secondOf rounds up: an event at exactly k seconds belongs to second k.
func secondOf(ms int64) int64 { return (ms + 999) / 1000 }

// apply takes in an event. logical is the block's time, UTC ms.
func (l *live) apply(e *Event, id EventID, v visit, logical int64) {
	l.rewind(secondOf(logical))
	l.prune(secondOf(logical))
	second := secondOf(e.TS)
	id = EventID(strings.Clone(string(id)))
	if e.Kind == Pageview {
		l.keepRecent(e, id, v)
		if minute := e.TS / 60_000; minute > logical/60_000-viewsShown-1 {
			l.minutes[minute]++
		}
	}
	if second > l.pruned {
		if e.Kind == Pageview {
			l.seconds[second]++
			if second > l.cursor-activeWindow {
				l.views++
			}
		}
		l.applyVisitor(e, id, v, second)
	} else if known := l.visitors[e.Visitor]; known != nil {
		l.renew(known, v) // older than the window, but it may have begun a session that is in it
	}
}

// renew takes over what a new entry says of the session of a visitor's latest event.
func (l *live) renew(known *liveVisitor, v visit) {
	if !v.newEntry || known.session != v.session {
		return
	}
	l.count(known, -1)
	keep(&known.source, v.source, v.source)
	keep(&known.country, v.country, v.country)
	l.count(known, 1)
}

func (l *live) applyVisitor(e *Event, id EventID, v visit, second int64) {
	known := l.visitors[e.Visitor]
	if known != nil && (e.TS < known.ts || e.TS == known.ts && id.before(known.id)) {
		l.markMinute(known, e.TS/60_000)
		l.renew(known, v)
		return
	}
	if known == nil {
		known = &liveVisitor{minute: e.TS / 60_000}
		l.visitors[e.Visitor] = known
	}
	was := *known
	known.ts, known.session = e.TS, v.session
	keep(&known.path, e.Path, v.path)
	keep(&known.source, v.source, v.source)
	keep(&known.country, v.country, v.country)
	known.id = id
	l.markMinute(known, e.TS/60_000)
	if secondOf(was.ts) != second { // a visitor stands in the list of a second once
		l.latest[second] = append(l.latest[second], e.Visitor)
	}
	if l.isActive(was.ts) && l.isActive(known.ts) {
		move(l.pages, was.path, known.path)
		move(l.sources, was.source, known.source)
		move(l.countries, was.country, known.country)
		return
	}
	l.count(&was, -1)
	l.count(known, 1)
}

// isActive tells whether an event at ts lies in the active window.
func (l *live) isActive(ts int64) bool { return secondOf(ts) > l.cursor-activeWindow }

// move counts one from a key to another.
func move(counts map[string]int64, from, to string) {
	if from != to {
		add(counts, from, -1)
		add(counts, to, 1)
	}
}

// add changes a count; one of 0 is no key.
func add(counts map[string]int64, key string, n int64) {
	if n += counts[key]; n == 0 {
		delete(counts, key)
	} else {
		counts[key] = n
	}
}

// keep sets a string that outlives the block it came from. lasting may be the same string in memory that stays; it is used if it is.
func keep(into *string, value, lasting string) {
	switch {
	case *into == value:
	case lasting == value:
		*into = lasting
	default:
		*into = strings.Clone(value)
	}
}

// markMinute remembers that the visitor had an event in a minute.
func (l *live) markMinute(v *liveVisitor, minute int64) {
	if shift := minute - v.minute; shift > 0 {
		if shift > 7 {
			v.bits = 0
		} else {
			v.bits <<= shift
		}
		v.minute = minute
	}
	back := v.minute - minute
	if back > 7 || v.bits&(1<<back) != 0 {
		return
	}
	v.bits |= 1 << back
	l.perMinute[minute]++
}

// count adds n to the counters of the visitor's page, source and country if it is active.
func (l *live) count(v *liveVisitor, n int64) {
	if !l.isActive(v.ts) {
		return
	}
	l.active += n
	add(l.pages, v.path, n)
	add(l.sources, v.source, n)
	add(l.countries, v.country, n)
}

// advance moves the counters to a later second; an earlier one changes nothing.
func (l *live) advance(second int64) {
	if second <= l.cursor {
		return
	}
	if second-l.cursor > keepWindow { // a long pause: everything that was counted has left
		l.cursor = second
		l.recount()
		return
	}
	for k := l.cursor - activeWindow + 1; k <= second-activeWindow; k++ {
		for _, id := range l.latest[k] {
			if v := l.visitors[id]; v != nil && secondOf(v.ts) == k {
				l.count(v, -1)
			}
		}
		l.cursor = k + activeWindow
		l.views -= int64(l.seconds[k])
	}
	l.cursor = second
}

// recount makes all derived counters anew.
func (l *live) recount() {
	l.active, l.views = 0, 0
	clear(l.pages)
	clear(l.sources)
	clear(l.countries)
	clear(l.perMinute)
	clear(l.latest)
	for id, v := range l.visitors {
		l.count(v, 1)
		l.latest[secondOf(v.ts)] = append(l.latest[secondOf(v.ts)], id)
		for i := range int64(8) {
			if v.bits&(1<<i) != 0 {
				l.perMinute[v.minute-i]++
			}
		}
	}
	for second, n := range l.seconds {
		if second > l.cursor-activeWindow {
			l.views += int64(n)
		}
	}
}

// prune forgets what no reader at or after the second can see.
func (l *live) prune(second int64) {
	if second-keepWindow <= l.pruned {
		return
	}
	l.advance(second)
	from, to := l.pruned+1, second-keepWindow
	if to-from > keepWindow {
		from = l.oldest()
	}
	for k := from; k <= to; k++ {
		for _, id := range l.latest[k] {
			if v := l.visitors[id]; v != nil && secondOf(v.ts) == k {
				l.forget(id, v)
			}
		}
		delete(l.latest, k)
		delete(l.seconds, k)
	}
	l.pruned = to
	for minute := range l.minutes {
		if minute <= second/60-viewsShown-1 {
			delete(l.minutes, minute)
		}
	}
}

// steppedBack is by how many seconds time must fall to be a clock that was set back, not senders that are a little apart.
const steppedBack = 60

// rewind follows a clock that was set back: what lies after it is forgotten, the window goes on from there.
func (l *live) rewind(second int64) {
	if second >= l.pruned+keepWindow-steppedBack {
		return
	}
	for id, v := range l.visitors {
		if secondOf(v.ts) > second {
			delete(l.visitors, id)
		}
	}
	for k := range l.seconds {
		if k > second {
			delete(l.seconds, k)
		}
	}
	for minute := range l.minutes {
		if minute > second/60 {
			delete(l.minutes, minute)
		}
	}
	l.recent = slices.DeleteFunc(l.recent, func(p recentPageview) bool { return secondOf(p.ts) > second })
	l.pruned, l.cursor = second-keepWindow, second
	l.recount()
}

// oldest is the first second that anything is kept of.
func (l *live) oldest() int64 {
	first := l.cursor
	for k := range l.latest {
		first = min(first, k)
	}
	for k := range l.seconds {
		first = min(first, k)
	}
	return first
}

func (l *live) forget(id VisitorID, v *liveVisitor) {
	for i := range int64(8) {
		if v.bits&(1<<i) != 0 {
			if l.perMinute[v.minute-i]--; l.perMinute[v.minute-i] == 0 {
				delete(l.perMinute, v.minute-i)
			}
		}
	}
	delete(l.visitors, id)
}

// keepRecent puts a pageview among the latest ten, by time, then by id.
func (l *live) keepRecent(e *Event, id EventID, v visit) {
	at := 0 // behind those that are younger
	for at < len(l.recent) && (l.recent[at].ts > e.TS || l.recent[at].ts == e.TS && !l.recent[at].id.before(id)) {
		at++
	}
	if at == recentShown {
		return
	}
	r := recentPageview{ts: e.TS, id: id}
	keep(&r.path, e.Path, v.path)
	keep(&r.country, e.Country, v.country)
	l.recent = slices.Insert(l.recent, at, r)
	l.recent = l.recent[:min(len(l.recent), recentShown)]
}

// report answers for the time now, UTC ms.
func (l *live) report(now int64, zone Zone, detail bool) *RealtimeReport {
	second := secondOf(now)
	if second < l.cursor-steppedBack { // the clock was set back and no block came since
		l.cursor = second
		l.recount()
	}
	l.advance(second)
	now = second * 1000
	r := &RealtimeReport{
		ActiveVisitors: l.active, PageviewsLast5Min: l.views, PageBreakdown: topKeys(l.pages),
		RecentPageviews: []RecentPageview{}, Timestamp: formatInstant(now),
	}
	for _, p := range l.recent {
		if p.ts > now-recentWindow && p.ts <= now {
			r.RecentPageviews = append(r.RecentPageviews, RecentPageview{p.path, formatInstant(p.ts), p.country})
		}
	}
	clock := func(minute int64) string { return time.UnixMilli(minute * 60_000).In(zone.Location()).Format("15:04") }
	minute := now / 60_000
	for m := minute - minutesShown + 1; m <= minute; m++ {
		r.VisitorsPerMinute = append(r.VisitorsPerMinute, MinuteVisitors{clock(m), l.perMinute[m]})
	}
	if !detail {
		return r
	}
	r.SourceBreakdown, r.CountryBreakdown = topKeys(l.sources), topKeys(l.countries)
	for m := minute - viewsShown + 1; m <= minute; m++ {
		r.PageviewsPerMinute = append(r.PageviewsPerMinute, MinuteViews{clock(m), int64(l.minutes[m])})
	}
	return r
}

// topKeys returns the 100 largest, the rest under (other).
func topKeys(counts map[string]int64) map[string]int64 {
	out := make(map[string]int64, min(len(counts), breakdownKeys+1))
	if len(counts) <= breakdownKeys {
		for k, n := range counts {
			out[k] += n
		}
		return out
	}
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for i, k := range keys {
		if i >= breakdownKeys {
			out[OtherValue] += counts[k]
			continue
		}
		out[k] = counts[k]
	}
	return out
}

// formatInstant is the contract's form of an instant.
func formatInstant(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// clone copies what is stored, for a checkpoint or the way back.
func (l *live) clone() *live {
	c := newLive()
	for id, v := range l.visitors {
		copied := *v
		c.visitors[id] = &copied
	}
	for k, n := range l.seconds {
		c.seconds[k] = n
	}
	for k, n := range l.minutes {
		c.minutes[k] = n
	}
	c.recent = slices.Clone(l.recent)
	c.pruned = l.pruned
	return c
}

// derive makes the derived counters as of the pruned second.
func (l *live) derive() {
	l.cursor = l.pruned + keepWindow
	l.recount()
}
