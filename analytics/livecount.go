package analytics

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// ask makes the counters as of a second, or moves them there.
func (l *live) ask(second int64) {
	l.asked = second
	l.seconds.settle()
	l.minutes.settle()
	switch c := l.count; {
	case c == nil && second >= l.pruned+keepWindow-steppedBack:
		l.recount(max(second, l.pruned+keepWindow))
	case c == nil, second < c.cursor-steppedBack: // the clock was set back and no block came since
		l.recount(second)
	default:
		l.advance(second)
	}
}

// recount makes the counters anew.
func (l *live) recount(cursor int64) {
	c := &liveCount{
		cursor: cursor, latest: make(map[int64][]VisitorID), pages: make(textCounts), sources: make(textCounts),
		countries: make(textCounts), perMinute: make(map[int64]int64),
	}
	l.count = c
	l.visitors.each(func(p *livePage, v *liveVisitor) {
		second := secondOf(v.ts)
		if second <= l.pruned {
			return
		}
		c.add(p, v, 1)
		c.latest[second] = append(c.latest[second], v.visitor)
		v.minutes(func(minute int64) { c.perMinute[minute]++ })
	})
	for second, n := range l.seconds.counts {
		if second > c.cursor-activeWindow {
			c.views += int64(n)
		}
	}
}

// advance moves the counters to a later second; an earlier one changes nothing.
func (l *live) advance(second int64) {
	c := l.count
	if second <= c.cursor {
		return
	}
	if second-c.cursor > keepWindow { // a long pause: everything that was counted has left
		l.recount(second)
		return
	}
	l.seconds.settle()
	for k := c.cursor - activeWindow + 1; k <= second-activeWindow; k++ {
		for _, id := range c.latest[k] {
			if p, v := l.visitors.look(id); v != nil && secondOf(v.ts) == k {
				c.add(p, v, -1)
			}
		}
		c.cursor = k + activeWindow
		c.views -= int64(l.seconds.counts[k])
	}
	c.cursor = second
}

// leave takes those who left up to a second from the counters.
func (l *live) leave(to int64) {
	c := l.count
	from := l.pruned + 1
	if to-from > keepWindow { // a long pause, or the first event ever: seconds without anybody are many
		from = to + 1
		for k := range c.latest {
			from = min(from, k)
		}
	}
	for k := from; k <= to; k++ {
		for _, id := range c.latest[k] {
			if _, v := l.visitors.look(id); v != nil && secondOf(v.ts) == k {
				v.minutes(func(minute int64) { add(c.perMinute, minute, -1) })
			}
		}
		delete(c.latest, k)
	}
}

// isActive tells whether an event at ts lies in the active window.
func (c *liveCount) isActive(ts int64) bool { return secondOf(ts) > c.cursor-activeWindow }

// add adds n to the counters of the visitor's page, source and country if it is active.
func (c *liveCount) add(p *livePage, v *liveVisitor, n int64) {
	if c == nil || !c.isActive(v.ts) {
		return
	}
	c.active += n
	c.pages.add(p.path(v), n)
	c.sources.add(p.source(v), n)
	c.countries.add(p.country(v), n)
}

// move counts a visitor whose latest event is about to be another one, at ts.
func (c *liveCount) move(p *livePage, known *liveVisitor, ts int64, path string, v visit) {
	if c == nil {
		return
	}
	if second := secondOf(ts); secondOf(known.ts) != second { // a visitor stands in the list of a second once
		c.latest[second] = append(c.latest[second], known.visitor)
	}
	switch {
	case !c.isActive(ts):
		c.add(p, known, -1)
	case !c.isActive(known.ts):
		c.active++
		c.pages.add(path, 1)
		c.sources.add(v.source, 1)
		c.countries.add(v.country, 1)
	default:
		c.pages.move(p.path(known), path)
		c.sources.move(p.source(known), v.source)
		c.countries.move(p.country(known), v.country)
	}
}

// textCounts counts by texts that it copies: those of a page may change. Behind pointers, since an assignment would take over the caller's text.
type textCounts map[string]*int64

// add changes a count; one of 0 is no key.
func (t textCounts) add(key string, n int64) {
	count := t[key]
	if count == nil {
		count = new(int64)
		t[strings.Clone(key)] = count
	}
	if *count += n; *count == 0 {
		delete(t, key)
	}
}

// move counts one from a key to another.
func (t textCounts) move(from, to string) {
	if from != to {
		t.add(from, -1)
		t.add(to, 1)
	}
}

// add changes a count; one of 0 is no key.
func add[K comparable](counts map[K]int64, key K, n int64) {
	if n += counts[key]; n == 0 {
		delete(counts, key)
	} else {
		counts[key] = n
	}
}

// report answers for the time now, UTC ms.
func (l *live) report(now int64, zone Zone, detail bool) *RealtimeReport {
	second := secondOf(now)
	l.ask(second)
	c := l.count
	now = second * 1000
	r := &RealtimeReport{
		ActiveVisitors: c.active, PageviewsLast5Min: c.views, PageBreakdown: topKeys(c.pages),
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
		r.VisitorsPerMinute = append(r.VisitorsPerMinute, MinuteVisitors{clock(m), c.perMinute[m]})
	}
	if !detail {
		return r
	}
	r.SourceBreakdown, r.CountryBreakdown = topKeys(c.sources), topKeys(c.countries)
	for m := minute - viewsShown + 1; m <= minute; m++ {
		r.PageviewsPerMinute = append(r.PageviewsPerMinute, MinuteViews{clock(m), int64(l.minutes.counts[m])})
	}
	return r
}

// topKeys returns the 100 largest, the rest under (other).
func topKeys(counts textCounts) map[string]int64 {
	out := make(map[string]int64, min(len(counts), breakdownKeys+1))
	if len(counts) <= breakdownKeys {
		for k, n := range counts {
			out[k] += *n
		}
		return out
	}
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(*counts[b], *counts[a]), strings.Compare(a, b))
	})
	for i, k := range keys {
		if i >= breakdownKeys {
			out[OtherValue] += *counts[k]
			continue
		}
		out[k] = *counts[k]
	}
	return out
}

// formatInstant is the contract's form of an instant.
func formatInstant(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}
