package testkit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

func example(t *testing.T) (o *testkit.Oracle, day, next, both testkit.Span) {
	o = testkit.NewOracle(t, testkit.ExampleGoals()...)
	for i, e := range testkit.ExampleEvents() {
		o.Add(&e, fmt.Sprintf("evt_%020d", i))
	}
	zone, err := analytics.LoadZone(testkit.ExampleZone)
	require.NoError(t, err)
	d, err := analytics.ParseDay("2026-01-14")
	require.NoError(t, err)
	a, b, c := zone.DayStart(d), zone.DayStart(d+1), zone.DayStart(d+2)
	return o, testkit.Span{From: a, To: b}, testkit.Span{From: b, To: c}, testkit.Span{From: a, To: c}
}

func lines(list []testkit.Line) string {
	var out []string
	for _, l := range list {
		out = append(out, fmt.Sprint(l.Key, l.N))
	}
	return strings.Join(out, "; ")
}

// TestOracleExample expects the numbers of metrics.md §7 of the SQL itself.
func TestOracleExample(t *testing.T) {
	o, day, next, both := example(t)
	require.Equal(t, testkit.Numbers{Pageviews: 13, Visitors: 5, Sessions: 6, Bounces: 2, DurationMS: 1_474_000, EngagedMS: 132_000, Engagements: 4,
		Customs: 2}, o.Numbers("", day))
	require.Equal(t, testkit.Numbers{Pageviews: 1, Visitors: 1, Sessions: 1, Bounces: 1}, o.Numbers("", next))
	n := o.Numbers("", both)
	require.Equal(t, [4]int64{14, 6, 7, 3}, [4]int64{n.Pageviews, n.Visitors, n.Sessions, n.Bounces})
	require.Equal(t, "/[5 3 0 0]; /pricing[4 2 0 0]; /signup[2 2 0 0]; /blog/getting-started[1 1 0 0]; /thank-you[1 1 0 0]", lines(o.Pages("", day)))
	require.Equal(t, "direct[3 0 0 0]; email[1 0 0 0]; organic[1 0 0 0]; referral[1 0 0 0]", lines(o.Visits("", day, "channel")))
	require.Equal(t, "desktop[4 0 0 0]; mobile[1 0 0 0]; tablet[1 0 0 0]", lines(o.Visits("", day, "device")))
	require.Equal(t, "/[2 0 0 0]; /blog/getting-started[1 0 0 0]; /checkout[1 0 0 0]; /signup[1 0 0 0]; /thank-you[1 0 0 0]",
		lines(o.Visits("", day, "exit_path")))

	goals := testkit.ExampleGoals()
	require.Equal(t, testkit.GoalNumbers{Completions: 1, Unique: 1, Value: 50_000, Visitors: 5}, o.Goal(goals[0], "", day))
	require.Equal(t, testkit.GoalNumbers{Completions: 1, Unique: 1, Value: 990_000, Visitors: 5}, o.Goal(goals[1], "", day))
	require.Equal(t, testkit.GoalNumbers{Completions: 2, Unique: 2, Visitors: 5}, o.Goal(goals[2], "", day))
	require.EqualValues(t, 3, o.Completing(goals, "", day))

	require.Equal(t, testkit.Numbers{Pageviews: 2, Visitors: 2, Sessions: 2, DurationMS: 1_462_000, EngagedMS: 30_000, Engagements: 1, Customs: 1},
		o.Numbers("page==/signup", day))
	require.Equal(t, [5]int64{1, 1, 1, 1, 1}, visitorsOf(o, day,
		"goal==goal_purchase", "event==purchase", "goal==goal_p*|x", "event=~^pur", "country==ZZ"))
	require.Equal(t, [5]int64{4, 4, 2, 3, 1}, visitorsOf(o, day, "event!=purchase", "goal!=goal_purchase", "goal==goal_engaged", "page!=/",
		"page!=/;page!=/pricing;channel==referral"))
}

func visitorsOf(o *testkit.Oracle, s testkit.Span, filters ...string) (out [5]int64) {
	for i, f := range filters {
		out[i] = o.Numbers(f, s).Visitors
	}
	return out
}

func TestOracleExampleFunnel(t *testing.T) {
	o, day, _, _ := example(t)
	var reached [4]int64
	var step, steps [4]int64 // Σ ms to the next step, and of how many
	complete := int64(0)
	for _, r := range o.Funnel(testkit.ExampleFunnel(), "", "", day) {
		for k := range r.Depth {
			reached[k]++
		}
		for k := 1; k < r.Depth; k++ {
			step[k-1] += r.Times[k] - r.Times[k-1]
			steps[k-1]++
		}
		if r.Depth == 4 {
			complete += r.Times[3] - r.Times[0]
		}
	}
	require.Equal(t, [4]int64{3, 2, 2, 1}, reached)
	require.Equal(t, [4]int64{101_000, 130_000, 31_000, 0}, step)
	require.Equal(t, [4]int64{2, 2, 1, 0}, steps)
	require.EqualValues(t, 142_000, complete)
}

func TestOracleExampleQueries(t *testing.T) {
	o, day, _, _ := example(t)
	want := map[string]testkit.QueryRow{
		"purchase": {Key: "purchase", Numbers: testkit.Numbers{Visitors: 1, Customs: 1}, Whole: 5,
			Values: testkit.Values{Count: 1, Sum: 990_000, P50: 990_000, P90: 990_000, P99: 990_000}},
		"signup_click": {Key: "signup_click", Numbers: testkit.Numbers{Visitors: 1, Customs: 1}, Whole: 5,
			Values: testkit.Values{Count: 1, Sum: 10_000, P50: 10_000, P90: 10_000, P99: 10_000}},
	}
	got := map[string]testkit.QueryRow{}
	for _, r := range o.Query(testkit.QueryOf{Property: "event", ValueOf: "value"}, day) {
		got[r.Key] = r
	}
	require.Empty(t, cmp.Diff(want, got))
	require.Equal(t, testkit.QueryRow{Numbers: testkit.Numbers{Visitors: 2, Customs: 2}, Whole: 5,
		Values: testkit.Values{Count: 2, Sum: 1_000_000, P50: 10_000, P90: 990_000, P99: 990_000}},
		o.QueryTotals(testkit.QueryOf{Property: "event", ValueOf: "value"}, day))

	sessions, nodes, links := o.Journeys("", day, 2, false, "", 10)
	require.EqualValues(t, 5, sessions)
	require.Equal(t, []testkit.Node{{Step: 1, Path: "/", Sessions: 3}, {Step: 1, Path: "/blog/getting-started", Sessions: 1},
		{Step: 1, Path: "/pricing", Sessions: 1}, {Step: 2, Path: "/", Sessions: 1}, {Step: 2, Path: "/pricing", Sessions: 1}}, nodes)
	require.Equal(t, []testkit.Link{{Step: 1, From: "/", To: "/pricing", Sessions: 1}, {Step: 1, From: "/pricing", To: "/", Sessions: 1}}, links)
	_, nodes, _ = o.Journeys("", day, 2, true, "/signup", 1)
	require.Equal(t, []testkit.Node{{Step: 1, Path: "/pricing", Sessions: 2}, {Step: 2, Path: "/signup", Sessions: 2}}, nodes)
}

// TestOracleHeatmap counts a few rows by hand.
func TestOracleHeatmap(t *testing.T) {
	o := testkit.NewOracle(t)
	ts := time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC).UnixMilli()
	add := func(e analytics.Event) {
		ts += 1000
		e.TS, e.Path, e.Device = ts, "/", "desktop"
		o.Add(&e, fmt.Sprintf("evt_%020d", ts))
	}
	click := analytics.Event{Kind: analytics.Click, X: 100, Y: 205, ViewportW: 640, ViewportH: 480, Selector: "a", Element: "a", Text: "b"}
	add(click)
	click.Text, click.Rage = "a", 5
	add(click)
	click.Selector, click.X, click.Rage, click.Dead, click.SinceLoad, click.HasSinceLoad = "b", 0, 7, true, 1500, true
	add(click)
	scroll := analytics.Event{Kind: analytics.Scroll, Depth: 5000, ViewportW: 1280, ViewportH: 800, DocumentH: 2000}
	scroll.Dwell = []analytics.Pair{{0, 1000}, {600, 1}}
	add(scroll)
	scroll.Depth, scroll.Dwell, scroll.Visitor, scroll.ViewportH = 10_000, nil, analytics.VisitorID{1}, 600
	add(scroll)
	add(analytics.Event{Kind: analytics.Move, ViewportW: 1280, ViewportH: 800, Points: []analytics.Pair{{19, 20}, {0, 39}, {20, 20}}})

	h := testkit.Heat{Path: "/", Span: testkit.Span{From: ts - 1e6, To: ts + 1}}
	total, spots := o.Clicks(h)
	require.EqualValues(t, 3, total)
	require.Equal(t, []testkit.Spot{{X: 205, Y: 415, Count: 2, Element: "a", Text: "a"}, {X: 5, Y: 415, Count: 1, Element: "a", Text: "a"}}, spots)
	rage := testkit.Clicked{Selector: "a", X: 205, Y: 415, Element: "a", Text: "a", Count: 1, RageRows: 1, MaxRage: 5}
	require.Equal(t, []testkit.Clicked{rage}, o.Groups(h, "c.rage>=5"))
	dead := testkit.Clicked{Selector: "b", X: 5, Y: 415, Element: "a", Text: "a", Count: 1, SinceLoadMS: 1500, WithSinceLoad: 1, RageRows: 1, MaxRage: 7}
	require.Equal(t, []testkit.Clicked{dead}, o.Groups(h, "c.dead"))
	require.Len(t, o.Groups(h, "1"), 2)
	require.Equal(t, testkit.Scrolled{Base: 2, Reached: [5]int64{2, 2, 2, 1, 1}, DepthSum: 15_000, Fold: 600, WithWindow: 2}, o.Scrolls(h))
	total, spots = o.Movements(h)
	require.EqualValues(t, 3, total)
	require.Equal(t, []testkit.Spot{{X: 10, Y: 30, Count: 2}, {X: 30, Y: 30, Count: 1}}, spots)
	require.Equal(t, []testkit.Band{
		{Y: 0, Height: 400, Micros: 500_000, Reach: 2, Base: 2}, {Y: 400, Height: 400, Micros: 500_250, Reach: 2, Base: 2},
		{Y: 800, Height: 400, Micros: 500, Reach: 2, Base: 2}, {Y: 1200, Height: 400, Micros: 250, Reach: 1, Base: 2},
	}, o.Attention(h))
	h.Device = "mobile"
	require.Empty(t, o.Attention(h))
	require.Equal(t, []testkit.HeatPage{{Path: "/", Clicks: 3, HasClick: true, Scroll: true, Move: true}}, o.HeatPages("", h.Span))
}
