package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

func TestQueryErrors(t *testing.T) {
	zone, err := analytics.LoadZone("America/New_York")
	require.NoError(t, err)
	now := time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC).UnixMilli()
	f := func(want string, p report.QueryParams) {
		t.Helper()
		p.SiteID = "site_abc123"
		_, err := p.Resolve(zone, now, nil)
		if want == "" {
			require.NoError(t, err)
			return
		}
		require.Equal(t, analytics.Invalid(want), err)
	}
	type p = report.QueryParams
	_, err = p{}.Resolve(zone, now, nil)
	require.EqualError(t, err, "site_id parameter is required")
	_, err = p{SiteID: " \t"}.Resolve(zone, now, nil)
	require.EqualError(t, err, "site_id parameter is required")
	f("", p{})

	const period = "Invalid period. Must be one of: realtime, day, 7d, 30d, 6mo, 12mo, custom"
	for _, bad := range []string{"1y", "24h", "90d", "7D", "7d,"} {
		f(period, p{Period: bad})
	}
	for _, good := range []string{"realtime", "day", "7d", "30d", "6mo", "12mo", " 7d "} {
		f("", p{Period: good})
	}
	const dates = "date_from and date_to are required for custom period"
	f(dates, p{Period: "custom"})
	f(dates, p{Period: "custom", DateFrom: "2026-01-01"})
	f(dates, p{Period: "custom", DateTo: "2026-01-01"})
	f("Invalid date format", p{Period: "custom", DateFrom: "2026-01-01T00:00:00Z", DateTo: "2026-01-02"})
	f("Invalid date format", p{Period: "custom", DateFrom: "2026-01-01", DateTo: "2026-02-30"})
	f("Invalid date format", p{Period: "custom", DateFrom: "2026-1-1", DateTo: "2026-02-01"})
	f("End date must be after start date", p{Period: "custom", DateFrom: "2026-01-02", DateTo: "2026-01-01"})
	f("", p{Period: "custom", DateFrom: "2025-01-15", DateTo: "2026-01-15"}) // 366 days
	f("Date range cannot exceed 366 days", p{Period: "custom", DateFrom: "2025-01-14", DateTo: "2026-01-15"})
	f("", p{Period: "custom", DateFrom: "2025-01-15", DateTo: "2030-01-15"}) // cut to now
	f("", p{Period: "custom", DateFrom: "2030-01-15", DateTo: "2030-01-15"})
	f("", p{DateFrom: "nonsense"}) // dates are custom's

	f("Invalid property: foo", p{Property: "foo"})
	f("Invalid property: Source", p{Property: "Source"})
	f("Invalid property: prop:", p{Property: "prop:"})
	f("Invalid property: prop:a b", p{Property: "prop:a b"})
	f("Invalid property: prop:"+strings.Repeat("k", 65), p{Property: "prop:" + strings.Repeat("k", 65)})
	f("", p{Property: "prop:" + strings.Repeat("k", 64), Metrics: "events,visitors"})
	f("", p{Property: "prop:A_z.9-"})

	f("Invalid metric: foo", p{Metrics: "visitors,foo,bar"})
	f("Invalid metric: ", p{Metrics: "visitors,"})
	f("", p{Metrics: " visitors , pageviews "})
	for property, without := range map[string]string{
		"":         "conversion_rate",
		"source":   "conversion_rate,value_sum,value_avg,value_p50,value_p90,value_p99",
		"page":     "views_per_visit,conversion_rate,value_sum,value_avg,value_p50,value_p90,value_p99",
		"event":    "pageviews,sessions,bounce_rate,visit_duration,time_on_page,views_per_visit",
		"prop_key": "pageviews,sessions,bounce_rate,visit_duration,time_on_page,views_per_visit,conversion_rate",
		"prop:k":   "pageviews,sessions,bounce_rate,visit_duration,time_on_page,views_per_visit",
		"goal":     "pageviews,sessions,bounce_rate,visit_duration,time_on_page,views_per_visit,value_sum,value_avg,value_p50,value_p90,value_p99",
	} {
		for _, name := range strings.Split("visitors,pageviews,sessions,events,bounce_rate,visit_duration,time_on_page,views_per_visit,conversion_rate,"+
			"value_sum,value_avg,value_p50,value_p90,value_p99", ",") {
			want := ""
			if strings.Contains(","+without+",", ","+name+",") {
				want = "Invalid metric: " + name
			}
			f(want, p{Property: property, Metrics: name})
			if want != "" && property != "" {
				f("Invalid order: "+name+":asc", p{Property: property, Metrics: "visitors", Order: name + ":asc"})
			}
		}
	}

	for _, good := range []string{"none", "hour", "day", "week", "month"} {
		f("", p{Interval: good})
		f("interval cannot be combined with property", p{Interval: good, Property: "page", Metrics: "visitors"})
	}
	f("Invalid interval", p{Interval: "minute"})
	f("Invalid interval", p{Interval: "hour", Period: "30d"})
	f("", p{Interval: "hour", Period: "realtime"})
	f("", p{Interval: "hour", Period: "custom", DateFrom: "2026-01-01", DateTo: "2026-01-07"})
	f("Invalid interval", p{Interval: "hour", Period: "custom", DateFrom: "2026-01-01", DateTo: "2026-01-08"})

	for _, good := range []string{"bounce_rate:asc", "visitors:desc", "source:asc", "source:desc"} {
		f("", p{Property: "source", Order: good})
	}
	f("", p{Property: "prop:a", Metrics: "events", Order: "prop:a:desc"})
	for _, bad := range []string{"foo", "visitors", "visitors:up", ":asc", "page:asc", "visitors:asc:desc", "visitors:desc:asc"} {
		f("Invalid order: "+bad, p{Property: "source", Order: bad})
	}
	f("", p{Order: "sessions:asc"})
	f("Invalid order: :asc", p{Order: ":asc"})

	f("", p{Search: strings.Repeat("ü", 100)})
	f("Search must not exceed 100 characters", p{Search: strings.Repeat("ü", 101)})
	for _, bad := range []string{"0", "1001", "-1", "ten", "1.5"} {
		f("Limit must be between 1 and 1000", p{Limit: bad})
	}
	for _, bad := range []string{"-1", "x", "99999999999999999999"} {
		f("Offset must be 0 or greater", p{Offset: bad})
	}
	f("", p{Limit: "1000", Offset: "1000000"})
	f("Invalid comparison", p{Compare: "previous_year"})
	f("", p{Compare: "previous_period"})
	f("Invalid filter: foo", p{Filters: "foo"})
	f("Invalid filter: prop_key==a", p{Filters: "page==/;prop_key==a"})
	f("Invalid value_of: foo", p{ValueOf: "foo"})
	f("Invalid value_of: prop:", p{ValueOf: "prop:"})
	f("", p{ValueOf: "value"})
	f("", p{ValueOf: "prop:price"})
}

// TestQueryRanges looks at what the asks are about. New York's clocks went back on 2025-11-02 and forward on 2026-03-08.
func TestQueryRanges(t *testing.T) {
	zone, err := analytics.LoadZone("America/New_York")
	require.NoError(t, err)
	const layout = "2006-01-02 15:04:05.000"
	f := func(now string, p report.QueryParams, want ...string) {
		t.Helper()
		at, err := time.ParseInLocation(layout, now, zone.Location())
		require.NoError(t, err)
		p.SiteID = "site_abc123"
		q, err := p.Resolve(zone, at.UnixMilli(), nil)
		require.NoError(t, err)
		var got []string
		for _, a := range q.Asks() {
			show := func(ms int64) string { return time.UnixMilli(ms).In(zone.Location()).Format(layout) }
			got = append(got, show(a.Window.From)+" – "+show(a.Window.To))
			require.Equal(t, zone.DayAt(a.Window.From), a.First)
			require.Equal(t, zone.DayAt(max(a.Window.From, a.Window.To-1)), a.Last)
		}
		require.Equal(t, want, got)
	}
	type p = report.QueryParams
	const now = "2026-01-15 11:30:20.500"
	// what runs to now takes in all of today: no event is later than now
	f(now, p{Period: "day", Compare: "previous_period"},
		"2026-01-15 00:00:00.000 – 2026-01-16 00:00:00.000", "2026-01-14 00:00:00.000 – 2026-01-14 11:30:00.000")
	f(now, p{Compare: "previous_period"},
		"2026-01-09 00:00:00.000 – 2026-01-16 00:00:00.000", "2026-01-02 00:00:00.000 – 2026-01-08 11:30:00.000")
	f(now, p{Period: "30d"}, "2025-12-17 00:00:00.000 – 2026-01-16 00:00:00.000")
	f(now, p{Period: "6mo"}, "2025-07-16 00:00:00.000 – 2026-01-16 00:00:00.000")
	f(now, p{Period: "12mo"}, "2025-01-16 00:00:00.000 – 2026-01-16 00:00:00.000")
	f("2026-08-31 09:00:00.000", p{Period: "6mo"}, "2026-03-01 00:00:00.000 – 2026-09-01 00:00:00.000")
	f("2024-08-31 09:00:00.000", p{Period: "6mo"}, "2024-03-01 00:00:00.000 – 2024-09-01 00:00:00.000")
	f("2024-02-29 09:00:00.000", p{Period: "12mo"}, "2023-03-01 00:00:00.000 – 2024-03-01 00:00:00.000")
	f("2026-05-31 09:00:00.000", p{Period: "6mo"}, "2025-12-01 00:00:00.000 – 2026-06-01 00:00:00.000")
	f(now, p{Period: "custom", DateFrom: "2026-01-01", DateTo: "2026-01-10", Compare: "previous_period"},
		"2026-01-01 00:00:00.000 – 2026-01-11 00:00:00.000", "2025-12-22 00:00:00.000 – 2026-01-01 00:00:00.000")
	f(now, p{Period: "custom", DateFrom: "2026-01-14", DateTo: "2026-02-10", Compare: "previous_period"},
		"2026-01-14 00:00:00.000 – 2026-01-16 00:00:00.000", "2026-01-12 00:00:00.000 – 2026-01-13 11:30:00.000")
	f(now, p{Period: "realtime", Compare: "previous_period"},
		"2026-01-15 11:25:20.501 – 2026-01-15 11:30:20.501", "2026-01-15 11:20:00.001 – 2026-01-15 11:25:00.001")
	// days are moved as local days, whatever their length; a time that the clock skipped is the one it was set to
	f("2025-11-03 10:00:59.999", p{Period: "day", Compare: "previous_period"},
		"2025-11-03 00:00:00.000 – 2025-11-04 00:00:00.000", "2025-11-02 00:00:00.000 – 2025-11-02 10:00:00.000")
	f("2026-03-09 02:30:00.000", p{Period: "day", Compare: "previous_period"},
		"2026-03-09 00:00:00.000 – 2026-03-10 00:00:00.000", "2026-03-08 00:00:00.000 – 2026-03-08 03:00:00.000")
	f("2026-01-15 00:00:30.000", p{Period: "day", Compare: "previous_period"},
		"2026-01-15 00:00:00.000 – 2026-01-16 00:00:00.000", "2026-01-14 00:00:00.000 – 2026-01-14 00:00:00.000")
	f(now, p{Period: "custom", DateFrom: "2026-03-01", DateTo: "2026-03-02"}, "2026-03-01 00:00:00.000 – 2026-03-01 00:00:00.000")
}

// TestQueryKeys: queries that count the same share their sums, others do not.
func TestQueryKeys(t *testing.T) {
	zone := analytics.UTCZone()
	goal := &analytics.Goal{ID: "goal_a", Type: analytics.PageviewGoal, Path: "/a"}
	key := func(p report.QueryParams, goals ...*analytics.Goal) string {
		p.SiteID = "site_abc123"
		q, err := p.Resolve(zone, 1_800_000_000_000, goals)
		require.NoError(t, err)
		return q.Asks()[0].Question.Key()
	}
	type p = report.QueryParams
	base := key(p{Property: "source"})
	for _, same := range []p{
		{Property: "source", Period: "30d"}, {Property: "source", Metrics: "bounce_rate"}, {Property: "source", Limit: "1", Offset: "2", Search: "x"},
		{Property: "source", Order: "source:asc"}, {Property: "source", Compare: "previous_period"}, {Property: "source", ValueOf: "prop:x"},
	} {
		require.Equal(t, base, key(same))
	}
	require.Equal(t, key(p{Interval: "day"}), key(p{Interval: "month"}))
	require.Equal(t, key(p{Metrics: "value_sum"}), key(p{Metrics: "value_avg", ValueOf: "value"}))
	require.Equal(t, key(p{Metrics: "value_p50"}), key(p{Metrics: "value_p99,value_sum"}))
	seen := map[string]bool{base: true}
	for _, other := range []string{
		key(p{Property: "country"}), key(p{Property: "prop:source"}), key(p{Property: "source", Filters: "page==/"}), key(p{Property: "source",
			Period: "realtime"}),
		key(p{}), key(p{Interval: "hour"}), key(p{Interval: "none"}), key(p{Metrics: "value_sum"}), key(p{Metrics: "value_p50"}),
		key(p{Metrics: "value_sum", ValueOf: "prop:a"}), key(p{Property: "event", Order: "value_p90:asc", Metrics: "events"}),
		key(p{Property: "event", Metrics: "events"}),
		key(p{Property: "goal", Metrics: "events"}), key(p{Property: "goal", Metrics: "events"}, goal),
		key(p{Property: "goal", Metrics: "events"}, &analytics.Goal{ID: "goal_a", Type: analytics.PageviewGoal, Path: "/b"}),
		key(p{Property: "goal", Metrics: "events"}, &analytics.Goal{ID: "goal_a", Type: analytics.PageviewGoal, Path: "/a", TrackedSince: 1}),
	} {
		require.False(t, seen[other], other)
		seen[other] = true
	}
}
