package analytics

import (
	"maps"
	"slices"
	"strings"
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
//
// What an event changes is kept small; the counters that readers want are made at the first question and kept current until nobody asked for a
// minute. Without a reader, and in a replay, they would be most of the work.
type live struct {
	visitors *liveVisitors     // those who left by the second pruned count no more, but may be here until the next sweep
	seconds  viewTally         // pageviews by second
	minutes  viewTally         // pageviews by UTC minute
	recent   []*recentPageview // latest first, at most recentShown; by pointers, since each event moves all of them
	pruned   int64             // what ended at or before this second is forgotten

	// derived
	swept int64      // the second up to which those who left were looked for
	asked int64      // the second of the latest question
	count *liveCount // nil while nobody asks
}

// liveCount is what readers want to know of the window, derived.
type liveCount struct {
	cursor    int64                 // the second up to which the counters below have been moved
	active    int64                 // visitors whose latest event is in (cursor − 300, cursor]
	views     int64                 // pageviews there
	latest    map[int64][]VisitorID // second → visitors whose latest event was in it at some time
	pages     textCounts            // active visitors by path, source, country
	sources   textCounts
	countries textCounts
	perMinute map[int64]int64 // UTC minute → distinct visitors
}

type recentPageview struct {
	ts      int64
	id      []byte // packed, in memory of its own
	path    string
	country string
}

func newLive() *live {
	return &live{
		visitors: new(liveVisitors), seconds: viewTally{counts: make(map[int64]int32)}, minutes: viewTally{counts: make(map[int64]int32)},
	}
}

// viewTally counts pageviews by a key that is mostly the same as the time before.
type viewTally struct {
	counts map[int64]int32
	key    int64
	more   int32 // of key, not yet in counts
}

func (t *viewTally) add(key int64) {
	if key != t.key {
		t.settle()
		t.key = key
	}
	t.more++
}

// settle makes counts complete.
func (t *viewTally) settle() {
	if t.more != 0 {
		t.counts[t.key] += t.more
		t.more = 0
	}
}

// drop forgets the keys that gone says yes to.
func (t *viewTally) drop(gone func(key int64) bool) {
	t.settle()
	for k := range t.counts {
		if gone(k) {
			delete(t.counts, k)
		}
	}
}

// secondOf rounds up: an event at exactly k seconds belongs to second k.
func secondOf(ms int64) int64 { return (ms + 999) / 1000 }

// comesBefore tells whether an event of this time and id comes before one that is kept.
func comesBefore(ts int64, id EventID, keptTS int64, kept string) bool {
	return ts < keptTS || ts == keptTS && id.before(EventID(kept))
}

// apply takes in an event. logical is the block's time, UTC ms.
func (l *live) apply(e *Event, id EventID, v visit, logical int64) {
	l.rewind(secondOf(logical))
	l.prune(secondOf(logical))
	second := secondOf(e.TS)
	if e.Kind == Pageview {
		l.keepRecent(e, id, v)
		if minute := e.TS / 60_000; minute > logical/60_000-viewsShown-1 {
			l.minutes.add(minute)
		}
	}
	if second > l.pruned {
		if e.Kind == Pageview {
			l.seconds.add(second)
			if l.count != nil && second > l.count.cursor-activeWindow {
				l.count.views++
			}
		}
		l.applyVisitor(e, id, v)
	} else if p, known := l.visitors.find(e.Visitor); known != nil && secondOf(known.ts) > l.pruned {
		l.renew(p, known, v) // older than the window, but it may have begun a session that is in it
	}
}

// renew takes over what a new entry says of the session of a visitor's latest event.
func (l *live) renew(p *livePage, known *liveVisitor, v visit) {
	if !v.newEntry || known.session != v.session.half() {
		return
	}
	l.count.add(p, known, -1)
	p.put(known, p.id(known), p.path(known), v.source, v.country)
	l.count.add(p, known, 1)
}

func (l *live) applyVisitor(e *Event, id EventID, v visit) {
	p, known := l.visitors.find(e.Visitor)
	minute := e.TS / 60_000
	switch {
	case known == nil:
		p, known = l.visitors.add(e.Visitor)
	case secondOf(known.ts) <= l.pruned:
		known.ts, known.bits = 0, 0
	case comesBefore(e.TS, id, known.ts, p.id(known)):
		l.mark(known, minute)
		l.renew(p, known, v)
		return
	}
	l.count.move(p, known, e.TS, e.Path, v)
	known.reach(e.TS)
	known.session = v.session.half()
	p.put(known, string(id), e.Path, v.source, v.country)
	l.mark(known, minute)
}

// mark remembers that the visitor had an event in a minute.
func (l *live) mark(v *liveVisitor, minute int64) {
	if v.mark(minute) && l.count != nil {
		l.count.perMinute[minute]++
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

// Times of the window's own housekeeping, s.
const (
	sweepEvery = 120
	countFor   = 60 // how long the counters are kept current without a question
)

// prune forgets what no reader at or after the second can see.
func (l *live) prune(second int64) {
	to := second - keepWindow
	if to <= l.pruned {
		return
	}
	if l.count != nil && second > l.asked+countFor {
		l.count = nil
	}
	if l.count != nil {
		l.advance(second)
		l.leave(to)
	}
	l.seconds.settle()
	if from := l.pruned + 1; to-from > keepWindow {
		l.seconds.drop(func(k int64) bool { return k <= to })
	} else {
		for k := from; k <= to; k++ {
			delete(l.seconds.counts, k)
		}
	}
	if minute := second / 60; minute > (l.pruned+keepWindow)/60 {
		l.minutes.drop(func(m int64) bool { return m <= minute-viewsShown-1 })
	}
	l.pruned = to
	if to >= l.swept+sweepEvery {
		l.sweep()
	}
}

// sweep removes those who left, once they are many.
func (l *live) sweep() {
	l.visitors = l.visitors.sweep(func(ts int64) bool { return secondOf(ts) > l.pruned }, l.visitors.len()/4)
	l.swept = l.pruned
}

// steppedBack is by how many seconds time must fall to be a clock that was set back, not senders that are a little apart.
const steppedBack = 60

// rewinds tells whether a block of that second comes after the clock was set back.
func (l *live) rewinds(second int64) bool { return second < l.pruned+keepWindow-steppedBack }

// rewind follows a clock that was set back: what lies after it is forgotten, the window goes on from there.
func (l *live) rewind(second int64) {
	if !l.rewinds(second) {
		return
	}
	l.visitors = l.visitors.sweep(func(ts int64) bool { return secondOf(ts) > l.pruned && secondOf(ts) <= second }, 0)
	l.seconds.drop(func(k int64) bool { return k > second })
	l.minutes.drop(func(minute int64) bool { return minute > second/60 })
	l.recent = slices.DeleteFunc(l.recent, func(p *recentPageview) bool { return secondOf(p.ts) > second })
	l.pruned = second - keepWindow
	l.swept, l.count = l.pruned, nil
}

// keepRecent puts a pageview among the latest ten, by time, then by id.
func (l *live) keepRecent(e *Event, id EventID, v visit) {
	at := 0 // behind those that are younger
	for at < len(l.recent) && comesBefore(e.TS, id, l.recent[at].ts, shared(l.recent[at].id)) {
		at++
	}
	if at == recentShown {
		return
	}
	if len(l.recent) < recentShown {
		l.recent = append(l.recent, new(recentPageview))
	}
	r := l.recent[len(l.recent)-1] // the memory of one that falls out is used again
	copy(l.recent[at+1:], l.recent[at:])
	l.recent[at] = r
	r.ts, r.id = e.TS, append(r.id[:0], id...)
	keep(&r.path, e.Path, v.path)
	keep(&r.country, e.Country, v.country)
}

// freeze returns an immutable copy of what is stored.
func (l *live) freeze() *live {
	l.seconds.settle()
	l.minutes.settle()
	c := &live{
		visitors: l.visitors.freeze(), seconds: viewTally{counts: maps.Clone(l.seconds.counts)}, minutes: viewTally{counts: maps.Clone(l.minutes.counts)},
		pruned: l.pruned, swept: l.pruned,
	}
	copies := make([]recentPageview, len(l.recent))
	for i, p := range l.recent {
		copies[i] = *p
		copies[i].id = slices.Clone(p.id)
		c.recent = append(c.recent, &copies[i])
	}
	return c
}

// thaw makes a window that goes on from a frozen one, which stays as it is.
func (l *live) thaw() *live {
	c := l.freeze()
	c.visitors = l.visitors.thaw()
	return c
}
