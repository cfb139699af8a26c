package report_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// queryEvent makes an event of a visitor, whose id lives one UTC day.
func queryEvent(kind analytics.Kind, who byte, at time.Time, path string, more ...func(*analytics.Event)) analytics.Event {
	e := analytics.Event{
		Kind: kind, TS: at.UnixMilli(), ReceivedAt: at.UnixMilli(), Path: path, Visitor: analytics.VisitorID{who, byte(at.YearDay())},
		Country: "US", Device: "desktop", Browser: "Chrome", BrowserVersion: "142", OS: "Linux",
	}
	if kind == analytics.Pageview {
		e.Channel, e.Source = "direct", "(direct)"
	}
	for _, f := range more {
		f(&e)
	}
	return e
}

func acting(action string, properties ...analytics.Property) func(*analytics.Event) {
	return func(e *analytics.Event) { e.Action, e.Properties = action, properties }
}

func worth(v analytics.Fixed) func(*analytics.Event) {
	return func(e *analytics.Event) { e.Value, e.HasValue = v, true }
}

func number(key, text string) analytics.Property {
	return analytics.Property{Key: key, Type: analytics.NumberProperty, Text: text}
}

func TestQueryOrderAndPaging(t *testing.T) {
	at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	var events []analytics.Event
	for i, path := range []string{"/b", "/A", "/c", "/a", "/b", "/ab", "/b"} {
		events = append(events, queryEvent(analytics.Pageview, byte(i), at, path))
	}
	w := newQueryWorld(t, "UTC", at.Add(time.Hour), events...)
	f := func(p report.QueryParams, rows int, want ...string) {
		t.Helper()
		p.Period, p.Property = "day", "page"
		var got struct {
			Results []struct{ Page string }
			Totals  struct{ Pageviews int }
			Rows    int
		}
		require.NoError(t, json.Unmarshal([]byte(w.answer(p)), &got))
		pages := []string{}
		for _, r := range got.Results {
			pages = append(pages, r.Page)
		}
		require.Equal(t, append([]string{}, want...), pages)
		require.Equal(t, []int{rows, 7}, []int{got.Rows, got.Totals.Pageviews}) // totals are those of all rows
	}
	type p = report.QueryParams
	f(p{}, 5, "/b", "/A", "/a", "/ab", "/c")
	f(p{Order: "pageviews:asc"}, 5, "/A", "/a", "/ab", "/c", "/b") // ties by the property ascending, either way
	f(p{Order: "page:asc"}, 5, "/A", "/a", "/ab", "/b", "/c")
	f(p{Order: "page:desc"}, 5, "/c", "/b", "/ab", "/a", "/A")
	f(p{Order: "bounce_rate:desc", Limit: "2"}, 5, "/A", "/a") // a metric that is not shown
	f(p{Limit: "2", Offset: "1"}, 5, "/A", "/a")
	f(p{Limit: "2", Offset: "4"}, 5, "/c")
	f(p{Limit: "2", Offset: "9223372036854775807"}, 5)
	f(p{Offset: "5"}, 5)
	f(p{Search: "A"}, 3, "/A", "/a", "/ab")
	f(p{Search: "A", Limit: "1", Offset: "1"}, 3, "/a")
	f(p{Search: "nothing"}, 0)
}

// New York's clocks went forward on 2026-03-08 and back on 2026-11-01.
func TestQuerySeries(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	f := func(now, at string, p report.QueryParams, first, last string, rows int) {
		t.Helper()
		local := func(text string) time.Time {
			x, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
			require.NoError(t, err)
			return x
		}
		w := newQueryWorld(t, "America/New_York", local(now), queryEvent(analytics.Pageview, 1, local(at), "/"))
		p.Metrics = "sessions"
		var got struct {
			Results []map[string]any
			Totals  map[string]float64
			Rows    int
		}
		require.NoError(t, json.Unmarshal([]byte(w.answer(p)), &got))
		require.Equal(t, []any{rows, rows, 1.0}, []any{got.Rows, len(got.Results), got.Totals["sessions"]})
		require.Equal(t, []any{first, last}, []any{got.Results[0]["date"], got.Results[rows-1]["date"]})
		sum := 0.0
		for _, r := range got.Results {
			sum += r["sessions"].(float64)
		}
		require.InDelta(t, 1, sum, 0)
	}
	type p = report.QueryParams
	day := func(date string) p { return p{Period: "custom", DateFrom: date, DateTo: date, Interval: "hour"} }
	f("2026-03-10 12:00", "2026-03-08 03:30", day("2026-03-08"), "2026-03-08T00:00:00-05:00", "2026-03-08T23:00:00-04:00", 23)
	f("2026-11-03 12:00", "2026-11-01 23:30", day("2026-11-01"), "2026-11-01T00:00:00-04:00", "2026-11-01T23:00:00-05:00", 25)
	f("2026-03-10 12:00", "2026-03-08 23:59", p{}, "2026-03-04", "2026-03-10", 7)
	f("2026-03-10 12:30", "2026-03-10 00:00", p{Period: "day", Interval: "hour"}, "2026-03-10T00:00:00-04:00", "2026-03-10T12:00:00-04:00", 13)
	// Thursday 2026-01-15: weeks begin on Mondays, the first one with the range
	f("2026-01-15 12:00", "2026-01-11 12:00", p{Interval: "week"}, "2026-01-09", "2026-01-12", 2)
	f("2026-01-15 12:00", "2025-12-31 12:00", p{Period: "30d", Interval: "month"}, "2025-12-17", "2026-01-01", 2)
	f("2026-01-15 12:00", "2025-07-16 12:00", p{Period: "6mo", Interval: "month"}, "2025-07-16", "2026-01-01", 7)
	f("2026-01-15 12:00", "2025-01-16 12:00", p{Period: "12mo"}, "2025-01-16", "2026-01-15", 365)

	w := newQueryWorld(t, "UTC", time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC))
	w.want(custom("20", "21", p{}), `[]`, `{"visitors":0,"pageviews":0}`, "0") // wholly in the future
	w.want(custom("20", "21", p{Interval: "none", Compare: "previous_period"}),
		`[{"visitors":0,"pageviews":0,"previous":{"visitors":0,"pageviews":0}}]`,
		`{"visitors":0,"pageviews":0,"previous":{"visitors":0,"pageviews":0}}`, "1")
	w.want(custom("14", "14", p{Interval: "week", Metrics: "sessions,bounce_rate,visit_duration,time_on_page,views_per_visit,value_avg,value_p50"}),
		`[{"date":"2026-01-14","sessions":0,"bounce_rate":0,"visit_duration":0,"time_on_page":0,"views_per_visit":0,"value_avg":0,"value_p50":0}]`,
		`{"sessions":0,"bounce_rate":0,"visit_duration":0,"time_on_page":0,"views_per_visit":0,"value_avg":0,"value_p50":0}`, "1")
}

func TestQueryCompare(t *testing.T) {
	now := time.Date(2026, 1, 15, 12, 30, 40, 0, time.UTC)
	yesterday := now.AddDate(0, 0, -1).Truncate(time.Minute)
	buy := func(who byte, at time.Time) analytics.Event {
		return queryEvent(analytics.Custom, who, at, "/", acting("buy"))
	}
	w := newQueryWorld(t, "UTC", now,
		queryEvent(analytics.Pageview, 1, yesterday.Add(-time.Minute), "/"), queryEvent(analytics.Pageview, 2, yesterday.Add(-2*time.Minute), "/gone"),
		buy(1, yesterday.Add(-time.Millisecond)), buy(2, yesterday), // the second is after the same time of day
		queryEvent(analytics.Pageview, 1, now.Add(-time.Second), "/"), queryEvent(analytics.Pageview, 2, now, "/new"),
	)
	type p = report.QueryParams
	w.want(p{Period: "day", Property: "page", Metrics: "pageviews,sessions", Compare: "previous_period"},
		`[{"page":"/","pageviews":1,"sessions":1,"previous":{"pageviews":1,"sessions":1}},`+
			`{"page":"/new","pageviews":1,"sessions":1,"previous":{"pageviews":0,"sessions":0}}]`,
		`{"pageviews":2,"sessions":2,"previous":{"pageviews":2,"sessions":2}}`, "2")
	w.want(p{Period: "day", Interval: "none", Metrics: "events,visitors", Compare: "previous_period"},
		`[{"events":0,"visitors":2,"previous":{"events":1,"visitors":2}}]`, `{"events":0,"visitors":2,"previous":{"events":1,"visitors":2}}`, "1")
	// buckets by position
	w.want(custom("14", "15", p{Metrics: "pageviews", Compare: "previous_period"}),
		`[{"date":"2026-01-14","pageviews":2,"previous":{"pageviews":0}},{"date":"2026-01-15","pageviews":2,"previous":{"pageviews":0}}]`,
		`{"pageviews":4,"previous":{"pageviews":0}}`, "2")
	w.want(custom("15", "15", p{Metrics: "pageviews", Compare: "previous_period"}),
		`[{"date":"2026-01-15","pageviews":2,"previous":{"pageviews":2}}]`, `{"pageviews":2,"previous":{"pageviews":2}}`, "1")
	// a rate before is one of the visitors before
	w.goals = []*analytics.Goal{{ID: "goal_a", Name: "Buy", Type: analytics.EventGoal, EventAction: "buy"}}
	w.want(p{Period: "day", Property: "goal", Metrics: "conversion_rate", Compare: "previous_period"},
		`[{"goal":"goal_a","name":"Buy","conversion_rate":0,"previous":{"conversion_rate":50}}]`,
		`{"conversion_rate":0,"previous":{"conversion_rate":50}}`, "1")
}

func TestQueryValues(t *testing.T) {
	at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	var events []analytics.Event
	for i := range 100 { // 1 … 100
		events = append(events, queryEvent(analytics.Custom, 1, at.Add(time.Duration(i)*time.Second), "/", acting("buy"),
			worth(analytics.Fixed(i+1)*10_000)))
	}
	for i := range 923 { // beyond 64 bits
		events = append(events, queryEvent(analytics.Custom, 2, at.Add(time.Duration(i)*time.Second), "/", acting("huge"), worth(1e16)))
	}
	events = append(events,
		queryEvent(analytics.Custom, 1, at, "/", acting("small"), worth(-1)), queryEvent(analytics.Custom, 1, at, "/", acting("small"), worth(-50)),
		queryEvent(analytics.Custom, 1, at, "/", acting("none")),
		queryEvent(analytics.Custom, 3, at, "/", acting("sent", analytics.Property{Key: "on", Type: analytics.BoolProperty, Text: "true"},
			number("n", "1.00005"))),
		queryEvent(analytics.Custom, 3, at, "/", acting("sent", number("n", "-2.5"), analytics.Property{Key: "plan"})),
		queryEvent(analytics.Custom, 3, at, "/", acting("sent", analytics.Property{Key: "n", Text: "7"})), // a string
		queryEvent(analytics.Custom, 3, at, "/", acting("sent", number("n", "1e+21"))),                    // beyond 64 bits
		queryEvent(analytics.Custom, 3, at, "/", acting("sent", number("n", "1e-7"))),
	)
	w := newQueryWorld(t, "UTC", at.Add(time.Hour), events...)
	f := func(p report.QueryParams, want string) {
		t.Helper()
		p.Period = "day"
		var got struct{ Results json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(w.answer(p)), &got))
		require.Equal(t, want, string(got.Results))
	}
	type p = report.QueryParams
	const all = "value_sum,value_avg,value_p50,value_p90,value_p99"
	f(p{Property: "event", Metrics: all},
		`[{"event":"huge","value_sum":923000000000000,"value_avg":1000000000000,`+
			`"value_p50":1000000000000,"value_p90":1000000000000,"value_p99":1000000000000},`+
			`{"event":"buy","value_sum":5050,"value_avg":50.5,"value_p50":50,"value_p90":90,"value_p99":99},`+
			`{"event":"none","value_sum":0,"value_avg":0,"value_p50":0,"value_p90":0,"value_p99":0},`+
			`{"event":"sent","value_sum":0,"value_avg":0,"value_p50":0,"value_p90":0,"value_p99":0},`+
			`{"event":"small","value_sum":-0.0051,"value_avg":0,"value_p50":-0.005,"value_p90":-0.0001,"value_p99":-0.0001}]`)
	f(p{Property: "event", Metrics: all, ValueOf: "prop:n", Search: "sent"},
		`[{"event":"sent","value_sum":999999999999999999998.5001,"value_avg":249999999999999999999.63,"value_p50":0,`+
			`"value_p90":1000000000000000000000,"value_p99":1000000000000000000000}]`)
	f(p{Property: "prop_key", Metrics: "events,visitors,value_sum", ValueOf: "prop:n"},
		`[{"prop_key":"n","events":5,"visitors":1,"value_sum":999999999999999999998.5001},{"prop_key":"on","events":1,"visitors":1,"value_sum":1.0001},`+
			`{"prop_key":"plan","events":1,"visitors":1,"value_sum":-2.5}]`)
	f(p{Property: "prop:n", Metrics: "events,conversion_rate", Order: "prop:n:asc"},
		`[{"value":"-2.5","events":1,"conversion_rate":33.33},{"value":"1.00005","events":1,"conversion_rate":33.33},`+
			`{"value":"1e+21","events":1,"conversion_rate":33.33},{"value":"1e-7","events":1,"conversion_rate":33.33},`+
			`{"value":"7","events":1,"conversion_rate":33.33}]`)
	f(p{Property: "prop:plan", Metrics: "events"}, `[{"value":"(none)","events":1}]`)
	f(p{Property: "prop:on", Metrics: "events"}, `[{"value":"true","events":1}]`)
}

// TestQueryRealtime: everyone with an event of any kind is active; all else counts in the sessions with a core event in the window, and only
// what lies in it.
func TestQueryRealtime(t *testing.T) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	engaged := func(e *analytics.Event) { e.TimeOnPage, e.Seq = 10_000, 1 }
	from := func(e *analytics.Event) { e.Source, e.Channel = "google.com", "organic" }
	w := newQueryWorld(t, "UTC", now,
		queryEvent(analytics.Pageview, 1, ago(20*time.Minute), "/", from), queryEvent(analytics.Pageview, 1, ago(time.Minute), "/a"),
		queryEvent(analytics.Engagement, 1, ago(30*time.Second), "/a", engaged),
		queryEvent(analytics.Pageview, 2, ago(5*time.Minute), "/b"), // just outside: (now - 300 s, now]
		queryEvent(analytics.Pageview, 3, ago(10*time.Minute), "/c", from), queryEvent(analytics.Heartbeat, 3, ago(time.Minute), "/c"),
		queryEvent(analytics.Engagement, 3, ago(time.Second), "/c", engaged),
		queryEvent(analytics.Heartbeat, 4, ago(time.Second), "/d", func(e *analytics.Event) { e.Country = "DE" }),
		queryEvent(analytics.Pageview, 5, now, "/e"),
	)
	type p = report.QueryParams
	const all = "visitors,pageviews,sessions,bounce_rate,visit_duration,time_on_page"
	w.want(p{Period: "realtime", Metrics: all},
		`[{"visitors":4,"pageviews":2,"sessions":2,"bounce_rate":100,"visit_duration":15,"time_on_page":10}]`,
		`{"visitors":4,"pageviews":2,"sessions":2,"bounce_rate":100,"visit_duration":15,"time_on_page":10}`, "1")
	w.want(p{Period: "realtime", Property: "source", Metrics: all},
		`[{"source":"(direct)","visitors":2,"pageviews":1,"sessions":1,"bounce_rate":100,"visit_duration":0,"time_on_page":0},`+
			`{"source":"google.com","visitors":2,"pageviews":1,"sessions":1,"bounce_rate":100,"visit_duration":30,"time_on_page":10}]`,
		`{"visitors":4,"pageviews":2,"sessions":2,"bounce_rate":100,"visit_duration":15,"time_on_page":10}`, "2")
	w.want(p{Period: "realtime", Property: "country", Metrics: "visitors"}, `[{"country":"US","visitors":3},{"country":"DE","visitors":1}]`,
		`{"visitors":4}`, "2")
	w.want(p{Period: "realtime", Property: "entry_page", Metrics: "visitors", Order: "entry_page:asc"},
		`[{"entry_page":"(none)","visitors":1},{"entry_page":"/","visitors":1},{"entry_page":"/c","visitors":1},`+
			`{"entry_page":"/e","visitors":1}]`, `{"visitors":4}`, "4")
	w.want(p{Period: "realtime", Property: "page"}, `[{"page":"/a","visitors":1,"pageviews":1},{"page":"/e","visitors":1,"pageviews":1}]`,
		`{"visitors":4,"pageviews":2}`, "2")
	w.want(p{Period: "realtime", Filters: "source==google.com"}, `[{"visitors":2,"pageviews":1}]`, `{"visitors":2,"pageviews":1}`, "1")
	active, err := w.reader.Realtime(t.Context(), "site_abc123", w.now, false)
	require.NoError(t, err)
	require.EqualValues(t, 4, active.ActiveVisitors)
}

// A session without core event completes nothing, however long it lasted.
func TestQueryGoalsNeedCoreEvents(t *testing.T) {
	at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	w := newQueryWorld(t, "UTC", at.Add(time.Hour), queryEvent(analytics.Heartbeat, 1, at, "/"), queryEvent(analytics.Heartbeat, 1,
		at.Add(time.Minute), "/"))
	w.goals = []*analytics.Goal{{ID: "goal_a", Name: "Long", Type: analytics.DurationGoal, DurationSeconds: 10}}
	w.want(report.QueryParams{Period: "day", Property: "goal", Metrics: "events"}, `[{"goal":"goal_a","name":"Long","events":0}]`, `{"events":0}`, "1")
}

// TestQuerySums: whatever was added can be taken away again (R3), a sum that is kept current is that of all rows (R1), and merging and sealing
// lose nothing.
func TestQuerySums(t *testing.T) {
	zone := analytics.UTCZone()
	start := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	goals := []*analytics.Goal{{ID: "goal_a", Type: analytics.EventGoal, EventAction: "a1"}, {ID: "goal_b", Type: analytics.DurationGoal,
		DurationSeconds: 60}}
	properties := []string{"", "source", "country", "entry_page", "exit_page", "page", "event", "prop_key", "prop:k", "goal"}
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		w := newQueryWorld(t, "UTC", start.Add(24*time.Hour-time.Millisecond))
		for range 4 {
			var events []analytics.Event
			for range 1 + rng.IntN(12) {
				events = append(events, randomQueryEvent(rng, start))
			}
			w.reader.Events(events...)
		}
		for _, property := range properties {
			p := report.QueryParams{SiteID: "site_abc123", Property: property, Period: "day", Metrics: "events,visitors"}
			if property == "" {
				p.Interval, p.Metrics = []string{"none", "hour", "day"}[rng.IntN(3)], "value_p90,sessions"
			}
			if rng.IntN(3) == 0 {
				p.Filters = []string{"page==/1|/2", "event==a1", "source!=s1"}[rng.IntN(3)]
			}
			q, err := p.Resolve(zone, w.now, goals)
			require.NoError(t, err)
			checkQuerySums(t, w, q, fmt.Sprintf("seed %d, %+v", seed, p))
		}
	}
}

func checkQuerySums(t *testing.T, w *queryWorld, q *report.Query, what string) {
	t.Helper()
	ask := q.Asks()[0]
	show := func(s report.Sum) string {
		s.Seal()
		text, err := json.Marshal(q.Answer([]report.Sum{s}))
		require.NoError(t, err)
		return string(text)
	}
	empty := show(ask.Question.New(nil, ask.Window))
	err := w.reader.Tables(t.Context(), "site_abc123", ask.First, ask.Last, false, func(table *report.Table) error {
		whole := ask.Question.New(table, ask.Window)
		report.AddAll(table, whole)
		total := ask.Question.New(nil, ask.Window)
		total.Merge(whole) // not sealed yet
		want := show(whole)
		require.Equal(t, want, show(total), what)

		current := ask.Question.New(table, ask.Window)
		var walker report.Walker
		for v := range table.Visitors() {
			for limit := range table.Len() { // each state that the visitor was in
				if v := walker.Visitor(table, uint32(v), limit); len(v.Rows) > 0 {
					current.Add(v, 1)
					current.Add(v, -1)
				}
			}
			current.Add(walker.Visitor(table, uint32(v), table.Len()), 1)
		}
		require.Equal(t, want, show(current), what)

		gone := ask.Question.New(table, ask.Window)
		report.AddAll(table, gone)
		for v := range table.Visitors() {
			gone.Add(walker.Visitor(table, uint32(v), table.Len()), -1)
		}
		require.Equal(t, empty, show(gone), what)
		require.Equal(t, ask.Question.New(nil, ask.Window).Size(), gone.Size(), what)
		return nil
	})
	require.NoError(t, err)
}

func randomQueryEvent(rng *rand.Rand, start time.Time) analytics.Event {
	at := start.Add(time.Duration(rng.IntN(86_400)) * time.Second)
	n := strconv.Itoa(rng.IntN(3))
	kinds := []analytics.Kind{analytics.Pageview, analytics.Pageview, analytics.Custom, analytics.Custom, analytics.Engagement, analytics.Heartbeat}
	e := queryEvent(kinds[rng.IntN(len(kinds))], byte(rng.IntN(4)), at, "/"+n)
	switch e.Kind {
	case analytics.Pageview:
		e.Source = "s" + n
	case analytics.Custom:
		acting("a"+n, number("k", n), number("m"+n, "1"))(&e)
		worth(analytics.Fixed(rng.IntN(5)))(&e)
	case analytics.Engagement:
		e.TimeOnPage, e.Seq = int32(rng.IntN(5000)), int32(1+rng.IntN(2))
	}
	return e
}
