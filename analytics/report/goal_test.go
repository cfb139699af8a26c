package report_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

const sumCases = 600

// TestGoalTotals compares with the definition.
func TestGoalTotals(t *testing.T) {
	for seed := range uint64(sumCases) {
		c := newSumCase(t, seed)
		goals := c.goals()
		f, keep := c.filters(t)
		sum := c.check(t, report.GoalTotals(goals, f)).(*report.GoalTotalsSum)
		sessions := c.sessions(keep)
		require.Equal(t, visitors(sessions, c.window), sum.Visitors, "seed %d", seed)
		var all []completion
		for _, g := range goals {
			want, got := completions(g, sessions, c.window), sum.Goals[g.ID]
			require.Equal(t, int64(len(want)), got.Completions, "seed %d, %s", seed, g.ID)
			require.Equal(t, distinct(want), got.Visitors, "seed %d, %s", seed, g.ID)
			require.InDelta(t, analytics.Percent(distinct(want), sum.Visitors), sum.Rate(got), 0)
			requireValue(t, value(want), got.Value.Number())
			all = append(all, want...)
		}
		require.Equal(t, distinct(all), sum.Completing, "seed %d", seed)
	}
}

// TestGoalDetail compares with the definition.
func TestGoalDetail(t *testing.T) {
	for seed := range uint64(sumCases) {
		c := newSumCase(t, seed)
		goals := c.goals()
		g := goals[c.rng.IntN(len(goals))]
		f, keep := c.filters(t)
		sum := c.check(t, report.GoalDetail(g, f, c.rang.Interval)).(*report.GoalDetailSum)
		limit := 1 + c.rng.IntN(4)
		got, sessions := sum.Report(g, c.rang, limit), c.sessions(keep)
		want := completions(g, sessions, c.window)
		require.Equal(t, int64(len(want)), got.Stats.Completions, "seed %d", seed)
		require.Equal(t, distinct(want), got.Stats.UniqueCompletions, "seed %d", seed)
		require.InDelta(t, analytics.Percent(distinct(want), visitors(sessions, c.window)), got.Stats.ConversionRate, 0, "seed %d", seed)
		requireValue(t, value(want), got.Stats.TotalValue)
		require.Equal(t, dumbMean(value(want), int64(len(want))), string(got.Stats.AvgValue), "seed %d", seed)
		require.Equal(t, c.goalSeries(want, sessions), got.Timeseries, "seed %d", seed)

		sources := c.goalGroups(want, sessions, limit, (*dumbSession).source)
		require.Len(t, got.TopSources, len(sources))
		for i, s := range sources {
			require.Equal(t, s, got.TopSources[i], "seed %d", seed)
		}
		pages := c.goalGroups(want, sessions, limit, (*dumbSession).entryPath)
		require.Len(t, got.TopPages, len(pages))
		for i, p := range pages {
			require.Equal(t, report.GoalPage{Path: p.Source, Completions: p.Completions, ConversionRate: p.ConversionRate}, got.TopPages[i], "seed %d", seed)
		}
	}
}

// TestGoalExample expects the numbers of metrics.md §7.
func TestGoalExample(t *testing.T) {
	r, zone := exampleReader(t)
	page := &analytics.Goal{ID: "goal_a", Name: "Thanks", Type: analytics.PageviewGoal, Path: "/thank-you", Value: 50_000}
	buy := &analytics.Goal{ID: "goal_b", Name: "Buy", Type: analytics.EventGoal, EventAction: "purchase", EventCategory: "ecommerce", Value: 500_000}
	long := &analytics.Goal{ID: "goal_c", Name: "Long", Type: analytics.DurationGoal, DurationSeconds: 120}
	day := exampleRange(zone, 14, 14)
	sum := ask[*report.GoalTotalsSum](t, r, report.GoalTotals([]*analytics.Goal{page, buy, long}, report.Filters{}), day)
	require.EqualValues(t, 5, sum.Visitors)
	require.InDelta(t, 60.0, sum.OverallRate(), 0)
	for id, want := range map[string]struct {
		completions, visitors int64
		rate                  float64
		value                 json.Number
	}{"goal_a": {1, 1, 20, "5"}, "goal_b": {1, 1, 20, "99"}, "goal_c": {2, 2, 40, "0"}} {
		g := sum.Goals[id]
		require.Equal(t, want.completions, g.Completions, id)
		require.Equal(t, want.visitors, g.Visitors, id)
		require.InDelta(t, want.rate, sum.Rate(g), 0, id)
		require.Equal(t, want.value, g.Value.Number(), id)
	}
	detail := ask[*report.GoalDetailSum](t, r, report.GoalDetail(buy, report.Filters{}, analytics.Daily), exampleRange(zone, 14, 15))
	text, err := json.Marshal(detail.Report(buy, exampleRange(zone, 14, 15), 10))
	require.NoError(t, err)
	require.Equal(t, `{"goal":{"id":"goal_b","name":"Buy","type":"event","eventAction":"purchase","eventCategory":"ecommerce","eventLabel":null},`+
		`"range":{"start":"2026-01-14T05:00:00.000Z","end":"2026-01-16T05:00:00.000Z","timezone":"America/New_York","interval":"day"},`+
		`"stats":{"completions":1,"uniqueCompletions":1,"conversionRate":16.67,"totalValue":99,"avgValue":99},`+
		`"timeseries":[{"date":"2026-01-14","completions":1,"conversionRate":20},{"date":"2026-01-15","completions":0,"conversionRate":0}],`+
		`"topSources":[{"source":"(direct)","completions":1,"conversionRate":25}],"topPages":[{"path":"/checkout","completions":1,"conversionRate":100}]}`,
		string(text))
}

// TestValueSum sums beyond 64 bits, and rounds half up on both sides of zero.
func TestValueSum(t *testing.T) {
	var s report.ValueSum
	s.Add(1e16, 923) // 923 events of 10^12
	s.Add(-1, 1)
	require.Equal(t, json.Number("922999999999999.9999"), s.Number())
	s.Add(-1e16, 923)
	s.Add(-1, -1)
	require.Equal(t, report.ValueSum{}, s, "R3")
	for _, c := range []struct {
		value    analytics.Fixed
		n        int64
		sum, avg json.Number
	}{
		{0, 0, "0", "0"}, {5, 1, "0.0005", "0"}, {50, 1, "0.005", "0.01"}, {49, 1, "0.0049", "0"}, {-50, 1, "-0.005", "0"}, {-51, 1, "-0.0051", "-0.01"},
		{-150, 1, "-0.015", "-0.01"}, {10_000, 3, "1", "0.33"},
		{20_000, 3, "2", "0.67"}, {-15_000, 1, "-1.5", "-1.5"}, {1e16, 1, "1000000000000", "1000000000000"},
	} {
		var s report.ValueSum
		s.Add(c.value, 1)
		require.Equal(t, c.sum, s.Number(), "%d", c.value)
		require.Equal(t, c.avg, s.Mean(c.n), "%d / %d", c.value, c.n)
	}
}

// TestGoalKeys expects another key of everything that changes the numbers, and the same of what does not.
func TestGoalKeys(t *testing.T) {
	base := analytics.Goal{ID: "goal_a", Type: analytics.PageviewGoal, Path: "/a"}
	key := func(change func(*analytics.Goal)) string {
		g := base
		change(&g)
		return report.GoalDetail(&g, report.Filters{}, analytics.Daily).Key() + report.GoalTotals([]*analytics.Goal{&g}, report.Filters{}).Key()
	}
	seen := map[string]bool{key(func(*analytics.Goal) {}): true}
	require.True(t, seen[key(func(g *analytics.Goal) { g.Name, g.MatchType = "other", analytics.MatchExact })])
	for i, change := range []func(*analytics.Goal){
		func(g *analytics.Goal) { g.ID = "goal_b" },
		func(g *analytics.Goal) { g.Path = "/b" },
		func(g *analytics.Goal) { g.MatchType = analytics.MatchContains },
		func(g *analytics.Goal) { g.Value = 1 },
		func(g *analytics.Goal) { g.TrackedSince = 1 },
		func(g *analytics.Goal) { g.Type, g.EventAction = analytics.EventGoal, "/a" },
		func(g *analytics.Goal) { g.Type, g.EventAction, g.EventCategory = analytics.EventGoal, "/a", "b" },
		func(g *analytics.Goal) { g.Type, g.EventAction, g.EventLabel = analytics.EventGoal, "/a", "b" },
		func(g *analytics.Goal) { g.Type, g.DurationSeconds = analytics.DurationGoal, 1 },
		func(g *analytics.Goal) { g.Type, g.DurationSeconds = analytics.DurationGoal, 2 },
	} {
		k := key(change)
		require.False(t, seen[k], "change %d", i)
		seen[k] = true
	}
	f, err := report.ParseFilters("country==US", nil)
	require.NoError(t, err)
	require.NotEqual(t, report.GoalDetail(&base, report.Filters{}, analytics.Daily).Key(), report.GoalDetail(&base, f, analytics.Daily).Key())
	require.NotEqual(t, report.GoalDetail(&base, f, analytics.Hourly).Key(), report.GoalDetail(&base, f, analytics.Daily).Key())
}
