package report

import (
	"math"
	"math/bits"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// statsAdder adds the visitors of one table. It counts by the numbers of the table's dictionaries and keeps no text.
type statsAdder struct {
	t        *Table
	filter   *Filtering
	hourly   bool
	from, to int32 // the window, ms since the day's start

	totals  StatsTotals
	buckets []StatsBucket // by local hour; only the first in a daily series
	pages   []PageCount   // by text
	clients []int64       // sessions by the entry's client
	origins []int64       // sessions by the entry's origin
	direct  int64         // sessions that a custom event entered

	paths []uint32 // of the pageviews of the visitor under way
}

func newStatsAdder(t *Table, w Window, q *stats) *statsAdder {
	a := &statsAdder{t: t, filter: q.filters.On(t), hourly: q.interval == analytics.Hourly, buckets: make([]StatsBucket, 1)}
	if a.hourly {
		a.buckets = make([]StatsBucket, len(t.Bounds)-1)
	}
	a.from, a.to = offset(w.From-t.Start), offset(w.To-t.Start)
	return a
}

// offset cuts a time relative to a day's start to what a row's can be.
func offset(ms int64) int32 { return int32(min(max(ms, math.MinInt32), math.MaxInt32)) }

func (a *statsAdder) in(ts int32) bool { return ts >= a.from && ts < a.to }

func (a *statsAdder) bucket(ts int32) int {
	if a.hourly {
		return a.t.Hour(ts)
	}
	return 0
}

func (a *statsAdder) add(v *Visitor, sign int64) {
	a.paths = a.paths[:0]
	seen := uint64(0) // buckets with a core event, one bit each
	for i := range v.Sessions {
		s := &v.Sessions[i]
		if !a.filter.Session(v, s) {
			continue
		}
		if s.HasCore() && a.in(s.Start) {
			a.session(s, sign)
		}
		seen |= a.rows(s, sign)
	}
	if seen == 0 {
		return
	}
	a.totals.Visitors += sign
	for ; seen != 0; seen &= seen - 1 {
		a.buckets[bits.TrailingZeros64(seen)].Visitors += sign
	}
	slices.Sort(a.paths)
	for i, path := range a.paths {
		if i == 0 || path != a.paths[i-1] {
			a.pages[path].Visitors += sign
		}
	}
}

// session counts a session that starts in the window.
func (a *statsAdder) session(s *Session, sign int64) {
	a.totals.Sessions += sign
	a.totals.DurationMS += sign * int64(s.Duration())
	if s.Bounced() {
		a.totals.Bounced += sign
	}
	a.buckets[a.bucket(s.Start)].Sessions += sign
	entry := &a.t.Rows[s.Entry]
	*at(&a.clients, entry.Client) += sign
	if entry.Kind == analytics.Pageview {
		*at(&a.origins, entry.Origin) += sign
	} else {
		a.direct += sign
	}
}

// rows counts a session's rows in the window, and tells in which buckets it has core events.
func (a *statsAdder) rows(s *Session, sign int64) (seen uint64) {
	for _, i := range s.Rows {
		row := &a.t.Rows[i]
		if !a.in(row.TS) || !a.filter.Row(i) {
			continue
		}
		switch row.Kind {
		case analytics.Pageview:
			b := a.bucket(row.TS)
			seen |= 1 << b
			a.totals.Pageviews += sign
			a.buckets[b].Pageviews += sign
			at(&a.pages, row.Path).Pageviews += sign
			a.paths = append(a.paths, row.Path)
		case analytics.Custom:
			seen |= 1 << a.bucket(row.TS)
		case analytics.Engagement:
			e := &a.t.Engagements[row.Detail]
			a.totals.TimeMS += sign * int64(e.TimeOnPage)
			if e.Seq == 1 {
				a.totals.TimedPages += sign
			}
		}
	}
	return seen
}

// at is the counter with a number; the list grows to have it.
func at[C any](list *[]C, i uint32) *C {
	if int(i) >= len(*list) {
		*list = append(*list, make([]C, int(i)+1-len(*list))...)
	}
	return &(*list)[i]
}

// addTo adds what was counted to a sum, with texts instead of numbers. keep makes a text that the sum may keep.
func (a *statsAdder) addTo(s *StatsSum, keep func(text string) string) {
	s.Totals.add(&a.totals)
	for i, n := range a.buckets {
		if n != (StatsBucket{}) {
			s.bucket(BucketKey{a.t.Day, int32(i)}, n)
		}
	}
	for i, n := range a.pages {
		if n != (PageCount{}) {
			s.page(keep(a.t.Texts[i]), n)
		}
	}
	visits := func(by visit, value string, n int64) {
		if _, known := s.Visits[by][value]; !known {
			value = keep(value)
		}
		s.Visits[by][value] += n
	}
	for i, n := range a.clients {
		if c := &a.t.Clients[i]; n != 0 {
			visits(byCountry, c.Country, n)
			visits(byDevice, c.Device, n)
			visits(byBrowser, c.Browser, n)
			visits(byOS, c.OS, n)
		}
	}
	origin := func(o analytics.Origin, n int64) {
		if n != 0 {
			visits(byReferrer, o.Referrer, n)
			visits(byChannel, o.Channel, n)
		}
	}
	for i, n := range a.origins {
		origin(a.t.Origin(uint32(i)), n)
	}
	origin(direct, a.direct)
}
