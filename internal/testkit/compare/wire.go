package compare

import (
	"encoding/json"
	"strings"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// Wire asks the running program from outside: what it answers stands in "data", as JSON.
type Wire interface {
	Stats(p analytics.StatsParams, filters string) []byte
	Query(p report.QueryParams) []byte
}

// OverWire asks for statistics and a query of days that are over, and compares the answers with SQL. Goals are not asked about: the program has none.
func (w *World) OverWire(wire Wire) {
	w.Helper()
	w.wiredStats(wire)
	for {
		p, q, now := w.randomQuery()
		if p.Period == "custom" && now.To <= w.s.Now && p.Property != "goal" && !aboutGoals(p.Filters) {
			w.asked++
			w.sameQuery(p, q, now, wire.Query(p))
			return
		}
	}
}

func aboutGoals(filters string) bool { return strings.Contains(filters, "goal") }

func (w *World) wiredStats(wire Wire) {
	w.Helper()
	last := w.s.Zone.DayAt(w.s.Now) - 1 - analytics.Day(w.s.IntN(4))
	p := analytics.StatsParams{
		StartDate: (last - analytics.Day(w.s.IntN(4))).String(), EndDate: last.String(), Interval: testkit.Pick(w.s.Rand, "", "hour", "day"),
		Limit: testkit.Pick(w.s.Rand, "1", "3", "100"),
	}
	filters := w.s.Filters()
	for aboutGoals(filters) {
		filters = w.s.Filters()
	}
	q, err := p.Resolve(w.s.Zone, w.s.Now)
	require.NoError(w, err)
	w.what = "over the wire: " + p.StartDate + " to " + p.EndDate + ", limit " + p.Limit
	want, err := json.Marshal(w.statsBySQL(q, filters))
	require.NoError(w, err)
	w.asked++
	w.same(statsValues(w, want), statsValues(w, wire.Stats(p, filters)), "stats under ", filters)
}

// statsValues are the values of an answer, without those that say nothing of events.
func statsValues(t require.TestingT, data []byte) (values map[string]any) {
	require.NoError(t, json.Unmarshal(data, &values), "%s", data)
	for _, name := range []string{"filtered", "lastPageview"} {
		delete(values, name)
	}
	return values
}
