package report_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// queryWorld is a site that queries are asked about.
type queryWorld struct {
	t      *testing.T
	reader *testkit.Reader
	zone   analytics.Zone
	now    int64
	goals  []*analytics.Goal
}

func newQueryWorld(t *testing.T, zone string, now time.Time, events ...analytics.Event) *queryWorld {
	t.Helper()
	w := &queryWorld{t: t, reader: testkit.NewReader("site_abc123", zone, 1000), now: now.UnixMilli()}
	var err error
	w.zone, err = analytics.LoadZone(zone)
	require.NoError(t, err)
	if len(events) > 0 {
		w.reader.Events(events...)
	}
	return w
}

// answer resolves a query, asks and answers it.
func (w *queryWorld) answer(p report.QueryParams) string {
	w.t.Helper()
	p.SiteID = "site_abc123"
	q, err := p.Resolve(w.zone, w.now, w.goals)
	require.NoError(w.t, err)
	sums, err := w.reader.Sums(w.t.Context(), q.Site(), q.Asks()...)
	require.NoError(w.t, err)
	text, err := json.Marshal(q.Answer(sums))
	require.NoError(w.t, err)
	return string(text)
}

// want expects the results, totals and rows of an answer, with the members in this order.
func (w *queryWorld) want(p report.QueryParams, results, totals string, rows string) {
	w.t.Helper()
	var got struct {
		Results, Totals, Rows json.RawMessage
	}
	require.NoError(w.t, json.Unmarshal([]byte(w.answer(p)), &got))
	require.Equal(w.t, []string{results, totals, rows}, []string{string(got.Results), string(got.Totals), string(got.Rows)})
}

// exampleWorld is the worked example of metrics.md §7, asked five days later.
func exampleWorld(t *testing.T) *queryWorld {
	t.Helper()
	w := newQueryWorld(t, testkit.ExampleZone, time.Date(2026, 1, 20, 17, 0, 0, 0, time.UTC), testkit.ExampleEvents()...)
	w.goals = testkit.ExampleGoals()
	return w
}

// custom asks about the days of January 2026 from first to last.
func custom(first, last string, p report.QueryParams) report.QueryParams {
	p.Period, p.DateFrom, p.DateTo = "custom", "2026-01-"+first, "2026-01-"+last
	return p
}

func TestQueryExample(t *testing.T) {
	w := exampleWorld(t)
	day := func(p report.QueryParams) report.QueryParams { return custom("14", "14", p) }
	const all = "visitors,pageviews,sessions,events,bounce_rate,visit_duration,time_on_page,views_per_visit,value_sum,value_avg,value_p50,value_p90"
	const sum = `{"visitors":5,"pageviews":13,"sessions":6,"events":2,"bounce_rate":33.33,"visit_duration":246,"time_on_page":33,` +
		`"views_per_visit":2.17,"value_sum":100,"value_avg":50,"value_p50":1,"value_p90":99}`
	w.want(day(report.QueryParams{Interval: "none", Metrics: all}), "["+sum+"]", sum, "1")
	w.want(day(report.QueryParams{Property: "event", Metrics: "visitors,events,conversion_rate,value_sum", Order: "value_sum:desc"}),
		`[{"event":"purchase","visitors":1,"events":1,"conversion_rate":20,"value_sum":99},`+
			`{"event":"signup_click","visitors":1,"events":1,"conversion_rate":20,"value_sum":1}]`,
		`{"visitors":2,"events":2,"conversion_rate":40,"value_sum":100}`, "2")
	w.want(day(report.QueryParams{Property: "event", Metrics: "value_avg,value_p50,value_p90", Limit: "1"}),
		`[{"event":"purchase","value_avg":99,"value_p50":99,"value_p90":99}]`, `{"value_avg":50,"value_p50":1,"value_p90":99}`, "2")
	w.want(day(report.QueryParams{
		Filters: "page==/signup", Interval: "none", Metrics: "visitors,pageviews,sessions,bounce_rate,visit_duration,time_on_page",
	}),
		`[{"visitors":2,"pageviews":2,"sessions":2,"bounce_rate":0,"visit_duration":731,"time_on_page":30}]`,
		`{"visitors":2,"pageviews":2,"sessions":2,"bounce_rate":0,"visit_duration":731,"time_on_page":30}`, "1")
	w.want(day(report.QueryParams{Property: "exit_page", Metrics: "sessions"}),
		`[{"exit_page":"/","sessions":2},{"exit_page":"/blog/getting-started","sessions":1},{"exit_page":"/checkout","sessions":1},`+
			`{"exit_page":"/signup","sessions":1},{"exit_page":"/thank-you","sessions":1}]`, `{"sessions":6}`, "5")
	w.want(day(report.QueryParams{Property: "goal", Metrics: "visitors,events,conversion_rate"}),
		`[{"goal":"goal_engaged","name":"Engaged","visitors":2,"events":2,"conversion_rate":40},`+
			`{"goal":"goal_purchase","name":"Purchase","visitors":1,"events":1,"conversion_rate":20},`+
			`{"goal":"goal_thanks","name":"Thanks","visitors":1,"events":1,"conversion_rate":20}]`,
		`{"visitors":3,"events":4,"conversion_rate":60}`, "3")
	w.want(custom("14", "15", report.QueryParams{Metrics: "pageviews,visitors,sessions,bounce_rate"}),
		`[{"date":"2026-01-14","pageviews":13,"visitors":5,"sessions":6,"bounce_rate":33.33},`+
			`{"date":"2026-01-15","pageviews":1,"visitors":1,"sessions":1,"bounce_rate":100}]`,
		`{"pageviews":14,"visitors":6,"sessions":7,"bounce_rate":42.86}`, "2")
}

func TestQueryProperties(t *testing.T) {
	w := exampleWorld(t)
	f := func(property, metrics, results, rows string) {
		t.Helper()
		var got struct{ Results, Rows json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(w.answer(custom("14", "14", report.QueryParams{Property: property, Metrics: metrics}))), &got))
		require.Equal(t, []string{results, rows}, []string{string(got.Results), string(got.Rows)}, property)
	}
	f("source", "visitors,sessions,views_per_visit",
		`[{"source":"(direct)","visitors":3,"sessions":3,"views_per_visit":0.67},{"source":"google.com","visitors":1,"sessions":1,"views_per_visit":4},`+
			`{"source":"newsletter","visitors":1,"sessions":1,"views_per_visit":6},`+
			`{"source":"partner.example.com","visitors":1,"sessions":1,"views_per_visit":1}]`, "4")
	f("channel", "sessions", `[{"channel":"direct","sessions":3},{"channel":"email","sessions":1},{"channel":"organic","sessions":1},`+
		`{"channel":"referral","sessions":1}]`, "4")
	f("referrer", "sessions", `[{"referrer":"(direct)","sessions":4},{"referrer":"google.com","sessions":1},`+
		`{"referrer":"partner.example.com","sessions":1}]`, "3")
	f("utm_medium", "sessions,bounce_rate", `[{"utm_medium":"(none)","sessions":5,"bounce_rate":40},`+
		`{"utm_medium":"newsletter","sessions":1,"bounce_rate":0}]`, "2")
	f("country", "visitors", `[{"country":"CA","visitors":1},{"country":"DE","visitors":1},{"country":"GB","visitors":1},`+
		`{"country":"US","visitors":1},{"country":"ZZ","visitors":1}]`, "5")
	f("region", "visitors", `[{"region":"(none)","visitors":5}]`, "1")
	f("device", "sessions", `[{"device":"desktop","sessions":4},{"device":"mobile","sessions":1},{"device":"tablet","sessions":1}]`, "3")
	f("browser_version", "sessions", `[{"browser_version":"Chrome","sessions":6}]`, "1")
	f("os", "events", `[{"os":"Linux","events":2}]`, "1")
	f("entry_page", "sessions,time_on_page",
		`[{"entry_page":"/","sessions":3,"time_on_page":40},{"entry_page":"/blog/getting-started","sessions":1,"time_on_page":12},`+
			`{"entry_page":"/checkout","sessions":1,"time_on_page":0},{"entry_page":"/pricing","sessions":1,"time_on_page":0}]`, "4")
	// what has nothing of what was asked for is no row
	f("page", "pageviews,visitors",
		`[{"page":"/","pageviews":5,"visitors":3},{"page":"/pricing","pageviews":4,"visitors":2},{"page":"/signup","pageviews":2,"visitors":2},`+
			`{"page":"/blog/getting-started","pageviews":1,"visitors":1},{"page":"/thank-you","pageviews":1,"visitors":1}]`, "5")
	f("page", "sessions,events,bounce_rate,visit_duration,time_on_page",
		`[{"page":"/","sessions":3,"events":0,"bounce_rate":66.67,"visit_duration":47,"time_on_page":40},`+
			`{"page":"/blog/getting-started","sessions":1,"events":0,"bounce_rate":0,"visit_duration":12,"time_on_page":12},`+
			`{"page":"/checkout","sessions":1,"events":1,"bounce_rate":0,"visit_duration":0,"time_on_page":0},`+
			`{"page":"/pricing","sessions":1,"events":1,"bounce_rate":0,"visit_duration":1320,"time_on_page":50},`+
			`{"page":"/signup","sessions":0,"events":0,"bounce_rate":0,"visit_duration":0,"time_on_page":30}]`, "5")
	f("prop_key", "events", `[]`, "0")
	f("prop:plan", "events", `[]`, "0")
}
