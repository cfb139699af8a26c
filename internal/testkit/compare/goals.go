package compare

import (
	"encoding/json"
	"slices"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// goalTotals compares G1 to G4 of all goals, and G8.
func (w *World) goalTotals() {
	w.Helper()
	s := w.window()
	f, text := w.filters()
	got := w.within(report.GoalTotals(w.goals, f), s).(*report.GoalTotalsSum)
	for _, g := range w.goals {
		want := w.o.Goal(g, text, s)
		c := got.Goals[g.ID]
		w.same(want, testkit.GoalNumbers{Completions: c.Completions, Unique: c.Visitors, Value: want.Value, Visitors: got.Visitors}, *g, text)
		w.same(testkit.Decimal(want.Value, 10_000, 4), string(c.Value.Number()), *g, text)
	}
	w.same(w.o.Completing(w.goals, text, s), got.Completing, "completing any goal under ", text)
}

// siteOf gives an alert's metrics what they are about.
type siteOf struct{ w *World }

func (s siteOf) Goals(analytics.SiteID) []*analytics.Goal        { return s.w.goals }
func (s siteOf) Goal(string) (*analytics.Goal, bool)             { return s.w.goals[0], true }
func (s siteOf) Funnel(string) (f *analytics.Funnel, found bool) { return nil, false }

// alertMetrics compares M1 to M5 and G8 of windows that begin and end anywhere.
func (w *World) alertMetrics() {
	w.Helper()
	s := w.window()
	n := w.o.Numbers("", s)
	completing := w.o.Completing(w.goals, "", s)
	for name, want := range map[string]struct {
		value   float64
		defined bool
	}{
		"pageviews": {float64(n.Pageviews), true}, "uniqueVisitors": {float64(n.Visitors), true}, "sessions": {float64(n.Sessions), true},
		"bounceRate":         {testkit.Pct(n.Bounces, n.Sessions), n.Sessions > 0},
		"avgSessionDuration": {float64(testkit.Sec(n.DurationMS, n.Sessions)), n.Sessions > 0},
		"conversionRate":     {testkit.Pct(completing, n.Visitors), n.Visitors > 0},
	} {
		m, ok := report.AlertMetric(&analytics.Alert{Site: w.site, Metric: name}, siteOf{w})
		require.True(w, ok)
		value, defined := m.Value(w.within(m.Question, s))
		w.same(want.defined, defined, name)
		w.same(want.value, value, name)
	}
}

// goal compares G1 to G7 of one goal.
func (w *World) goal() {
	w.Helper()
	q := w.ranged()
	r, g := q.Range, testkit.Pick(w.s.Rand, w.goals...)
	f, text := w.filters()
	got := w.sum(report.GoalDetail(g, f, r.Interval), r).(*report.GoalDetailSum).Report(g, r, q.Limit)
	got.Goal = nil // what it matches; its own tests look at that
	n := w.o.Goal(g, text, span(r))
	want := report.GoalReport{
		Range: r.Report(),
		Stats: report.GoalStats{
			Completions: n.Completions, UniqueCompletions: n.Unique, ConversionRate: testkit.Pct(n.Unique, n.Visitors),
			TotalValue: json.Number(testkit.Decimal(n.Value, 10_000, 4)), AvgValue: json.Number(testkit.Decimal(n.Value, 10_000*n.Completions, 2)),
		},
		Timeseries: []report.GoalPoint{}, TopSources: []report.GoalSource{}, TopPages: []report.GoalPage{},
	}
	for _, b := range buckets(r) {
		n := w.o.Goal(g, text, b.Span)
		want.Timeseries = append(want.Timeseries, report.GoalPoint{
			Date: b.Date, Completions: n.Completions, ConversionRate: testkit.Pct(n.Unique, n.Visitors),
		})
	}
	for _, l := range head(w.o.GoalGroups(g, text, span(r), "source"), q.Limit) {
		want.TopSources = append(want.TopSources, report.GoalSource{Source: l.Key, Completions: l.N[0], ConversionRate: testkit.Pct(l.N[1], l.N[2])})
	}
	for _, l := range head(w.o.GoalGroups(g, text, span(r), "entry_path"), q.Limit) {
		want.TopPages = append(want.TopPages, report.GoalPage{Path: l.Key, Completions: l.N[0], ConversionRate: testkit.Pct(l.N[1], l.N[2])})
	}
	w.same(want, got, *g, text)
}

// funnelStats compares F1 to F8.
func (w *World) funnelStats() {
	w.Helper()
	r := w.ranged().Range
	f, text := w.filters()
	fn := w.s.Funnel(w.goals)
	device := testkit.Pick(w.s.Rand, "", "", "", "desktop", "mobile")
	find := func(id string) (*analytics.Goal, bool) {
		i := slices.IndexFunc(w.goals, func(g *analytics.Goal) bool { return g.ID == id })
		if i < 0 {
			return nil, false
		}
		return w.goals[i], true
	}
	sum := w.sum(report.FunnelStats(fn, find, device, f, r.Interval), r).(*report.FunnelSum)
	want := funnelBySQL(fn, r, w.o.Funnel(fn, device, text, span(r)))
	w.same(want, sum.Report(fn, r), *fn, device, text)
	w.same(report.FunnelCount{Visitors: want.Stats.TotalVisitors, Completions: want.Stats.Completions}, sum.Totals(), *fn)
}

func funnelBySQL(fn *analytics.Funnel, r analytics.Range, results []testkit.FunnelResult) report.FunnelReport {
	n := len(fn.Steps)
	reached, ended, onStep, toEnd := make([]int64, n+1), make([]int64, n), make([]int64, n), make([]int64, n)
	for _, x := range results {
		for k := range x.Depth {
			reached[k]++
			if k+1 < x.Depth {
				onStep[k] += x.Times[k+1] - x.Times[k]
			}
		}
		ended[x.Depth-1]++
		toEnd[x.Depth-1] += x.Times[x.Depth-1] - x.Times[0]
	}
	mean := func(ms, n int64) *int64 {
		if n == 0 {
			return nil
		}
		return new(testkit.Sec(ms, n))
	}
	out := report.FunnelReport{
		Funnel: report.FunnelName{ID: fn.ID, Name: fn.Name, TimeWindow: fn.TimeWindow}, Range: r.Report(),
		Stats: report.FunnelSummary{TotalVisitors: reached[0], Completions: reached[n-1], OverallConversionRate: testkit.Pct(reached[n-1], reached[0]),
			AvgTimeToComplete: mean(toEnd[n-1], reached[n-1])},
		Timeseries: []report.FunnelPoint{}, TopPaths: []report.FunnelPath{},
	}
	names := []string{}
	for k, step := range fn.Steps {
		s := report.FunnelStep{
			StepNumber: k + 1, Name: step.Name, Visitors: reached[k], ProgressRate: testkit.Pct(reached[k], reached[0]), StepConversionRate: 100,
		}
		if k > 0 {
			s.DropOff = reached[k-1] - reached[k]
			s.DropOffRate, s.StepConversionRate = testkit.Pct(s.DropOff, reached[k-1]), testkit.Pct(reached[k], reached[k-1])
		}
		if k < n-1 {
			s.AvgTimeOnStep = mean(onStep[k], reached[k+1])
		}
		out.Steps = append(out.Steps, s)
		names = append(names, step.Name)
		if ended[k] > 0 {
			out.TopPaths = append(out.TopPaths, report.FunnelPath{Path: slices.Clone(names), Count: ended[k], AvgTime: testkit.Sec(toEnd[k], ended[k])})
		}
	}
	slices.SortFunc(out.TopPaths, func(a, b report.FunnelPath) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return len(b.Path) - len(a.Path)
	})
	for _, b := range buckets(r) {
		p := report.FunnelPoint{Date: b.Date}
		for _, x := range results {
			if x.Times[0] >= b.From && x.Times[0] < b.To {
				p.Visitors++
				if x.Depth == n {
					p.Completions++
				}
			}
		}
		p.ConversionRate = testkit.Pct(p.Completions, p.Visitors)
		out.Timeseries = append(out.Timeseries, p)
	}
	return out
}

// journeys compares ways.
func (w *World) journeys() {
	w.Helper()
	r := w.ranged().Range
	f, text := w.filters()
	p := report.JourneyParams{Steps: 2 + w.s.IntN(4), Anchor: testkit.Pick(w.s.Rand, report.AnchorStart, report.AnchorEnd),
		Path: testkit.Pick(w.s.Rand, "", "", "/", "/pricing", "/nowhere")}
	limit := testkit.Pick(w.s.Rand, 1, 3, 50)
	got := w.sum(report.Journeys(p, f), r).(*report.JourneySum).Report(limit)
	sessions, nodes, links := w.o.Journeys(text, span(r), p.Steps, p.Anchor == report.AnchorEnd, p.Path, limit)
	want := report.JourneyReport{Sessions: sessions, Nodes: []report.JourneyNode{}, Links: []report.JourneyLink{}}
	for _, n := range nodes {
		want.Nodes = append(want.Nodes, report.JourneyNode{Step: int(n.Step), Path: n.Path, Sessions: n.Sessions})
	}
	for _, l := range links {
		want.Links = append(want.Links, report.JourneyLink{Step: int(l.Step), From: l.From, To: l.To, Sessions: l.Sessions})
	}
	w.same(want, got, p, limit, text)
}
