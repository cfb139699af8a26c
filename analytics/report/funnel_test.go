package report_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// funnel is a random one; its steps may overlap and repeat.
func (c *sumCase) funnel() *analytics.Funnel {
	fn := &analytics.Funnel{ID: "funnel_a", Name: "Signup", TimeWindow: []int64{60, 300, 600, 3600, 86_400, 2_592_000}[c.rng.IntN(6)]}
	for n := 2 + c.rng.IntN(4); n > 0; n-- {
		s := analytics.Step{Name: string(rune('A' + len(fn.Steps))), Type: analytics.PageviewStep, Path: c.paths[c.rng.IntN(len(c.paths))]}
		switch c.rng.IntN(6) {
		case 0:
			s.MatchType, s.Path = analytics.MatchContains, "i"
		case 1:
			s = analytics.Step{Name: s.Name, Type: analytics.EventStep, EventAction: "buy"}
		case 2:
			s = analytics.Step{Name: s.Name, Type: analytics.GoalStep, GoalID: []string{"goal_re2", "goal_event", "goal_any", "goal_gone"}[c.rng.IntN(4)]}
		}
		fn.Steps = append(fn.Steps, s)
	}
	if c.rng.IntN(3) == 0 {
		fn.TrackedSince = c.window.From + c.rng.Int64N(c.window.To-c.window.From)
	}
	return fn
}

// coreEvent is one that a funnel looks at.
type coreEvent struct {
	ts    int64
	steps []bool // that it matches
}

// attempts lists, of every attempt, when it reached its steps, by the definition (metrics.md §4).
func attempts(events []coreEvent, steps int, windowMS int64) (out [][]int64) {
	for _, first := range events {
		if !first.steps[0] {
			continue
		}
		reached := []int64{first.ts}
		for k := 1; k < steps; k++ {
			next := int64(-1)
			for _, e := range events {
				if e.steps[k] && e.ts > reached[k-1] && e.ts <= first.ts+windowMS && (next < 0 || e.ts < next) {
					next = e.ts
				}
			}
			if next < 0 {
				break
			}
			reached = append(reached, next)
		}
		out = append(out, reached)
	}
	return out
}

// result is the attempt with the greatest depth, of equal ones the earliest; nil without attempts.
func result(attempts [][]int64) (best []int64) {
	for _, a := range attempts {
		if len(a) > len(best) || len(a) == len(best) && a[0] < best[0] {
			best = a
		}
	}
	return best
}

// results are those of all visitors.
func (c *sumCase) results(fn *analytics.Funnel, goal func(string) (*analytics.Goal, bool), device string, sessions []*dumbSession) (out [][]int64) {
	matchers := fn.Matchers(goal)
	byVisitor := map[dumbVisitor][]coreEvent{}
	for _, s := range sessions {
		for _, i := range s.core {
			row, ts := &s.table.Rows[i], s.table.Time(i)
			if !c.window.Has(ts) || ts < fn.TrackedSince || device != "" && s.table.Clients[row.Client].Device != device {
				continue
			}
			e := analytics.Event{Kind: row.Kind, Path: s.table.Texts[row.Path]}
			if row.Kind == analytics.Custom {
				e.Action, e.Category = s.table.Texts[s.table.Customs[row.Detail].Action], s.table.Texts[s.table.Customs[row.Detail].Category]
				e.Label = s.table.Texts[s.table.Customs[row.Detail].Label]
			}
			core := coreEvent{ts: ts}
			for k := range matchers {
				core.steps = append(core.steps, matchers[k].Event(&e))
			}
			byVisitor[s.visitor()] = append(byVisitor[s.visitor()], core)
		}
	}
	for _, events := range byVisitor {
		if r := result(attempts(events, len(fn.Steps), 1000*fn.TimeWindow)); r != nil {
			out = append(out, r)
		}
	}
	return out
}

// funnelReport counts the results by the definitions F1 to F8.
func (c *sumCase) funnelReport(fn *analytics.Funnel, results [][]int64) report.FunnelReport {
	mean := func(depth int, of func([]int64) int64, exact bool) *int64 {
		sum, n := int64(0), int64(0)
		for _, r := range results {
			if len(r) == depth || !exact && len(r) > depth {
				sum += of(r)
				n++
			}
		}
		if n == 0 {
			return nil
		}
		m := analytics.MeanSeconds(sum, n)
		return &m
	}
	reached := func(results [][]int64, depth int) (n int64) {
		for _, r := range results {
			if len(r) >= depth {
				n++
			}
		}
		return n
	}
	n := len(fn.Steps)
	all, done := reached(results, 1), reached(results, n)
	out := report.FunnelReport{
		Funnel: report.FunnelName{ID: fn.ID, Name: fn.Name, TimeWindow: fn.TimeWindow}, Range: c.rang.Report(),
		Stats: report.FunnelSummary{
			TotalVisitors: all, Completions: done, OverallConversionRate: analytics.Percent(done, all),
			AvgTimeToComplete: mean(n, func(r []int64) int64 { return r[n-1] - r[0] }, true),
		},
		Timeseries: []report.FunnelPoint{}, TopPaths: []report.FunnelPath{},
	}
	for k := 1; k <= n; k++ {
		v, step := reached(results, k), report.FunnelStep{StepNumber: k, Name: fn.Steps[k-1].Name, StepConversionRate: 100}
		step.Visitors, step.ProgressRate = v, analytics.Percent(v, all)
		if k > 1 {
			before := reached(results, k-1)
			step.DropOff, step.DropOffRate, step.StepConversionRate = before-v, analytics.Percent(before-v, before), analytics.Percent(v, before)
		}
		if k < n {
			step.AvgTimeOnStep = mean(k+1, func(r []int64) int64 { return r[k] - r[k-1] }, false)
		}
		out.Steps = append(out.Steps, step)
	}
	for _, b := range c.dumbBuckets() {
		var in [][]int64
		for _, r := range results {
			if b.Has(r[0]) {
				in = append(in, r)
			}
		}
		all, done := reached(in, 1), reached(in, n)
		out.Timeseries = append(out.Timeseries, report.FunnelPoint{
			Date: b.date, Visitors: all, Completions: done, ConversionRate: analytics.Percent(done, all),
		})
	}
	for count := all; count > 0; count-- {
		for depth := n; depth > 0; depth-- {
			if reached(results, depth)-reached(results, depth+1) == count {
				path := report.FunnelPath{Count: count, AvgTime: *mean(depth, func(r []int64) int64 { return r[depth-1] - r[0] }, true)}
				for _, s := range fn.Steps[:depth] {
					path.Path = append(path.Path, s.Name)
				}
				out.TopPaths = append(out.TopPaths, path)
			}
		}
	}
	return out
}

// TestFunnel compares with the definition.
func TestFunnel(t *testing.T) {
	depths := map[int]int{}
	for seed := range uint64(2 * sumCases) {
		c := newSumCase(t, seed)
		goals := c.goals()
		goal := func(id string) (*analytics.Goal, bool) {
			for _, g := range goals {
				if g.ID == id {
					return g, true
				}
			}
			return nil, false
		}
		fn, device := c.funnel(), []string{"", "", "mobile"}[c.rng.IntN(3)]
		f, keep := c.filters(t)
		sum := c.check(t, report.FunnelStats(fn, goal, device, f, c.rang.Interval)).(*report.FunnelSum)
		results := c.results(fn, goal, device, c.sessions(keep))
		for _, r := range results {
			depths[len(r)]++
		}
		want := c.funnelReport(fn, results)
		require.Equal(t, want, sum.Report(fn, c.rang), "seed %d", seed)
		require.Equal(t, report.FunnelCount{Visitors: want.Stats.TotalVisitors, Completions: want.Stats.Completions}, sum.Totals(), "seed %d", seed)
	}
	for depth := 1; depth <= 4; depth++ {
		require.Greater(t, depths[depth], 10, "results of depth %d", depth)
	}
}

// TestFunnelExample expects the numbers of metrics.md §7.
func TestFunnelExample(t *testing.T) {
	r, zone := exampleReader(t)
	fn := &analytics.Funnel{ID: "funnel_a", Name: "Signup", TimeWindow: 600}
	for _, path := range []string{"/", "/pricing", "/signup", "/thank-you"} {
		fn.Steps = append(fn.Steps, analytics.Step{Name: path, Type: analytics.PageviewStep, Path: path})
	}
	rang := exampleRange(zone, 14, 15)
	sum := ask[*report.FunnelSum](t, r, report.FunnelStats(fn, nil, "", report.Filters{}, rang.Interval), rang)
	text, err := json.Marshal(sum.Report(fn, rang))
	require.NoError(t, err)
	require.Equal(t, `{"funnel":{"id":"funnel_a","name":"Signup","timeWindow":600},`+
		`"range":{"start":"2026-01-14T05:00:00.000Z","end":"2026-01-16T05:00:00.000Z","timezone":"America/New_York","interval":"day"},`+
		`"stats":{"totalVisitors":3,"completions":1,"overallConversionRate":33.33,"avgTimeToComplete":142},"steps":[`+
		`{"stepNumber":1,"name":"/","visitors":3,"dropOff":0,"dropOffRate":0,"progressRate":100,"stepConversionRate":100,"avgTimeOnStep":51},`+
		`{"stepNumber":2,"name":"/pricing","visitors":2,"dropOff":1,"dropOffRate":33.33,"progressRate":66.67,`+
		`"stepConversionRate":66.67,"avgTimeOnStep":65},`+
		`{"stepNumber":3,"name":"/signup","visitors":2,"dropOff":0,"dropOffRate":0,"progressRate":66.67,"stepConversionRate":100,"avgTimeOnStep":31},`+
		`{"stepNumber":4,"name":"/thank-you","visitors":1,"dropOff":1,"dropOffRate":50,"progressRate":33.33,`+
		`"stepConversionRate":50,"avgTimeOnStep":null}],`+
		`"timeseries":[{"date":"2026-01-14","visitors":3,"completions":1,"conversionRate":33.33},`+
		`{"date":"2026-01-15","visitors":0,"completions":0,"conversionRate":0}],"topPaths":[`+
		`{"path":["/","/pricing","/signup","/thank-you"],"count":1,"avgTime":142},{"path":["/","/pricing","/signup"],"count":1,"avgTime":120},`+
		`{"path":["/"],"count":1,"avgTime":0}]}`, string(text))
}

// TestFunnelOfBusyVisitor has a visitor with 100,000 pageviews of the first step and of the second, none of which reaches the third: looking
// anew from each start would take 10^10 steps.
func TestFunnelOfBusyVisitor(t *testing.T) {
	const n = 100_000
	r := testkit.NewReader(sumSite, "UTC", 1000)
	day := analytics.DayOf(time.Date(2026, 1, 14, 0, 0, 0, 0, time.UTC))
	start := analytics.UTCZone().DayStart(day)
	rng := rand.New(rand.NewPCG(1, 1))
	events := make([]analytics.Event, 2*n)
	for i := range events {
		path := []string{"/a", "/b"}[i/n]
		ts := start + int64(i)*100 + rng.Int64N(100)
		events[i] = analytics.Event{TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: path, Channel: "direct", Source: "(direct)"}
	}
	for i := 0; i < len(events); i += 10_000 {
		r.Events(events[i : i+10_000]...)
	}
	fn := &analytics.Funnel{TimeWindow: 86_400, Steps: []analytics.Step{
		{Name: "A", Type: analytics.PageviewStep, Path: "/a"}, {Name: "B", Type: analytics.PageviewStep, Path: "/b"},
		{Name: "C", Type: analytics.PageviewStep, Path: "/c"},
	}}
	rang := analytics.Range{From: start, To: start + 86_400_000, First: day, Last: day, Zone: analytics.UTCZone(), Interval: analytics.Daily}
	began := time.Now()
	sum := ask[*report.FunnelSum](t, r, report.FunnelStats(fn, nil, "", report.Filters{}, analytics.Daily), rang)
	require.Equal(t, []int64{0, 1, 0}, sum.Results)
	require.Equal(t, events[n].TS-events[0].TS, sum.PathMS[1])
	require.Less(t, time.Since(began), 5*time.Second)
}

// TestFunnelKeys expects another key of everything that changes the numbers, and the same of what does not.
func TestFunnelKeys(t *testing.T) {
	goal := analytics.Goal{ID: "goal_a", Type: analytics.PageviewGoal, Path: "/b"}
	base := func() analytics.Funnel {
		return analytics.Funnel{ID: "funnel_a", TimeWindow: 60, Steps: []analytics.Step{
			{Name: "A", Type: analytics.PageviewStep, Path: "/a"}, {Name: "B", Type: analytics.GoalStep, GoalID: "goal_a"},
		}}
	}
	key := func(change func(*analytics.Funnel, *analytics.Goal)) string {
		fn, g := base(), goal
		change(&fn, &g)
		find := func(id string) (*analytics.Goal, bool) { return &g, id == "goal_a" }
		return report.FunnelStats(&fn, find, "", report.Filters{}, analytics.Daily).Key()
	}
	seen := map[string]bool{key(func(*analytics.Funnel, *analytics.Goal) {}): true}
	require.True(t, seen[key(func(fn *analytics.Funnel, g *analytics.Goal) {
		fn.ID, fn.Name, fn.Steps[0].Name, g.Name, g.Value, g.TrackedSince = "funnel_b", "x", "y", "z", 5, 7
	})])
	for i, change := range []func(*analytics.Funnel, *analytics.Goal){
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.TimeWindow = 61 },
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.TrackedSince = 61 },
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.Steps[0].Path = "/c" },
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.Steps[0].MatchType = analytics.MatchRegex },
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.Steps[0].Type = analytics.EventStep },
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.Steps[0], fn.Steps[1] = fn.Steps[1], fn.Steps[0] },
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.Steps[1].GoalID = "goal_gone" },
		func(_ *analytics.Funnel, g *analytics.Goal) { g.Path = "/c" },
		func(fn *analytics.Funnel, _ *analytics.Goal) { fn.Steps = append(fn.Steps, fn.Steps[0]) },
	} {
		k := key(change)
		require.False(t, seen[k], "change %d", i)
		seen[k] = true
	}
	fn, none := base(), func(string) (*analytics.Goal, bool) { return nil, false }
	require.NotEqual(t, report.FunnelStats(&fn, none, "", report.Filters{}, analytics.Daily).Key(),
		report.FunnelStats(&fn, none, "mobile", report.Filters{}, analytics.Daily).Key())
	require.NotEqual(t, report.FunnelStats(&fn, none, "", report.Filters{}, analytics.Hourly).Key(),
		report.FunnelStats(&fn, none, "", report.Filters{}, analytics.Daily).Key())
}
