package analytics_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// exampleEvents are the rows of metrics.md §7, in the order of arrival: e08 and e05 last, e03 twice.
func exampleEvents(t *testing.T) []analytics.Event {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	at := func(clock string) int64 {
		x, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-01-14 "+clock, zone)
		require.NoError(t, err)
		return x.UnixMilli()
	}
	people := map[string]analytics.Event{
		"A": {Device: "desktop", Country: "US"}, "B": {Device: "mobile", Country: "GB"}, "C": {Device: "desktop", Country: "DE"},
		"D": {Device: "desktop", Country: "ZZ"}, "E": {Device: "tablet", Country: "CA"}, "F": {Device: "tablet", Country: "CA"},
	}
	row := func(id, clock, who string, kind analytics.Kind, path string, more ...func(*analytics.Event)) analytics.Event {
		e := people[who]
		e.ID, e.Kind, e.Path, e.TS = analytics.PackEventID("example-"+id), kind, path, at(clock)
		e.Visitor = analytics.VisitorID{who[0]}
		e.Browser, e.OS = "Chrome", "Linux"
		if kind == analytics.Pageview {
			e.Channel, e.Source = "direct", "(direct)"
		}
		for _, f := range more {
			f(&e)
		}
		e.ReceivedAt = e.TS
		return e
	}
	from := func(channel, source, referrer string) func(*analytics.Event) {
		return func(e *analytics.Event) { e.Channel, e.Source, e.ReferrerDomain = channel, source, referrer }
	}
	engaged := func(seconds, seq int32) func(*analytics.Event) {
		return func(e *analytics.Event) { e.TimeOnPage, e.Seq = seconds*1000, seq }
	}
	pv, ev, en := analytics.Pageview, analytics.Custom, analytics.Engagement
	e03 := row("e03", "09:00:41", "A", pv, "/pricing")
	next := row("e21", "23:59:59", "F", pv, "/pricing")
	next.TS += 11_000
	next.ReceivedAt = next.TS
	return []analytics.Event{
		row("e01", "09:00:00", "A", pv, "/", from("organic", "google.com", "google.com")),
		row("e02", "09:00:40", "A", en, "/", engaged(40, 1)),
		e03, e03,
		row("e04", "09:01:00", "A", ev, "/pricing", func(e *analytics.Event) { e.Action, e.Value, e.HasValue = "signup_click", 10_000, true }),
		row("e06", "09:01:50", "A", en, "/pricing", engaged(20, 2)),
		row("e07", "09:01:51", "A", pv, "/signup"),
		row("e09", "09:02:22", "A", pv, "/thank-you"),
		row("e10", "09:32:22", "A", pv, "/"),
		row("e11", "10:00:00", "B", pv, "/pricing", from("email", "newsletter", "")),
		row("e12", "10:00:20", "B", pv, "/"),
		row("e13", "10:00:30", "B", pv, "/pricing"),
		row("e14", "10:20:00", "B", pv, "/"),
		row("e15", "10:21:00", "B", pv, "/pricing"),
		row("e16", "10:22:00", "B", pv, "/signup"),
		row("e17", "11:00:00", "C", pv, "/blog/getting-started", from("referral", "partner.example.com", "partner.example.com")),
		row("e18", "11:00:12", "C", en, "/blog/getting-started", engaged(12, 1), func(e *analytics.Event) { e.IsBounce = analytics.False }),
		row("e19", "12:00:00", "D", ev, "/checkout", func(e *analytics.Event) {
			e.Action, e.Category, e.Value, e.HasValue = "purchase", "ecommerce", 990_000, true
		}),
		row("e20", "23:59:30", "E", pv, "/"),
		next,
		row("e08", "09:02:21", "A", en, "/signup", engaged(30, 1)),
		row("e05", "09:01:30", "A", en, "/pricing", engaged(30, 1)),
	}
}

// TestWorkedExample folds the example of metrics.md §7 and expects exactly its numbers, whole and cut into blocks of every size, and after
// every checkpoint.
func TestWorkedExample(t *testing.T) {
	events := exampleEvents(t)
	for size := 1; size <= len(events); size++ {
		s := newSite(t, "America/New_York", 10_000)
		store := &blobs{Blobs: make(testkit.Blobs)}
		for i, pos := 0, analytics.Pos(2); i < len(events); i, pos = i+size, pos+1 {
			fold(s, pos, events[len(events)-1].TS, events[i:min(len(events), i+size)])
			s = reload(t, s, store)
		}
		expectExample(t, s)
	}
}

func expectExample(t *testing.T, s *analytics.State) {
	t.Helper()
	zone := s.Zone()
	now := time.Date(2026, 1, 20, 12, 0, 0, 0, time.UTC).UnixMilli()
	ask := func(start, end string) *analytics.StatsReport {
		q, err := analytics.StatsParams{StartDate: start, EndDate: end}.Resolve(zone, now)
		require.NoError(t, err)
		r, err := s.View().Stats(q, noRollups, nil, 0)
		require.NoError(t, err)
		return r
	}
	r := ask("2026-01-14", "2026-01-14")
	require.Equal(t, analytics.Summary{
		Pageviews: 13, UniqueVisitors: 5, Sessions: 6, BounceRate: 33.33, AvgSessionDuration: 246, AvgTimeOnPage: 33,
	}, r.Summary)
	require.Empty(t, cmp.Diff([]analytics.PageRow{
		{Path: "/", Pageviews: 5, UniqueVisitors: 3}, {Path: "/pricing", Pageviews: 4, UniqueVisitors: 2},
		{Path: "/signup", Pageviews: 2, UniqueVisitors: 2}, {Path: "/blog/getting-started", Pageviews: 1, UniqueVisitors: 1},
		{Path: "/thank-you", Pageviews: 1, UniqueVisitors: 1},
	}, r.TopPages))
	require.Equal(t, analytics.TrafficSources{Direct: 50, Organic: 16.67, Email: 16.67, Referral: 16.67}, r.TrafficSources)
	require.Equal(t, analytics.Devices{Desktop: 66.67, Mobile: 16.67, Tablet: 16.67}, r.Devices)
	require.Len(t, r.Timeseries, 24)
	require.Equal(t, analytics.Bucket{Date: "2026-01-14T09:00:00-05:00", Pageviews: 5, UniqueVisitors: 1, Sessions: 2}, r.Timeseries[9])

	next := ask("2026-01-15", "2026-01-15").Summary
	require.Equal(t, [3]int64{1, 1, 1}, [3]int64{next.Pageviews, next.UniqueVisitors, next.Sessions})
	both := ask("2026-01-14", "2026-01-15")
	require.Equal(t, [3]int64{14, 6, 7}, [3]int64{both.Summary.Pageviews, both.Summary.UniqueVisitors, both.Summary.Sessions})
	require.Equal(t, 42.86, both.Summary.BounceRate)
	require.Equal(t, []analytics.Bucket{
		{Date: "2026-01-14", Pageviews: 13, UniqueVisitors: 5, Sessions: 6}, {Date: "2026-01-15", Pageviews: 1, UniqueVisitors: 1, Sessions: 1},
	}, both.Timeseries)
}
