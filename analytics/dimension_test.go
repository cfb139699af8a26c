package analytics_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestDimensionCap floods a site with random paths after its limit is reached, while real pages go on: totals stay exact, every row sums to
// its total (V5), a real page that came late is found, and a checkpoint in the middle changes nothing (V4).
func TestDimensionCap(t *testing.T) {
	run := func(restart bool) *analytics.StatsReport {
		rng := rand.New(rand.NewPCG(7, 7))
		s := newSite(t, "UTC", 90)
		store := &blobs{Blobs: make(testkit.Blobs)}
		const start = 1_768_435_200_000 // a UTC midnight
		n := 0
		for block := range analytics.Pos(60) {
			var events []analytics.Event
			for range 200 {
				e := analytics.Event{TS: start + int64(n)*100, ReceivedAt: start + int64(n)*100, Kind: analytics.Pageview,
					Visitor: analytics.VisitorID{byte(n), byte(n >> 8)}, Source: "(direct)", Channel: "direct"}
				switch k := rng.IntN(10); {
				case k < 3:
					e.Path = fmt.Sprintf("/real/%d", rng.IntN(10))
				case k < 5 && n > 4000:
					e.Path = fmt.Sprintf("/late/%d", rng.IntN(5))
				default:
					e.Path = fmt.Sprintf("/random/%d", rng.Uint64())
				}
				events = append(events, e)
				n++
			}
			fold(s, block+2, start+int64(n)*100, events)
			if restart && block%4 == 0 {
				s = reload(t, s, store)
			}
		}
		q, err := analytics.StatsParams{Period: "day", Limit: "100"}.Resolve(s.Zone(), start+int64(n)*100)
		require.NoError(t, err)
		r, err := s.View().Stats(q, noRollups, nil, 0)
		require.NoError(t, err)
		return r
	}
	r := run(false)
	require.EqualValues(t, 12_000, r.Summary.Pageviews)
	require.EqualValues(t, 12_000, r.Summary.UniqueVisitors)
	all := int64(0)
	for _, p := range r.TopPages {
		all += p.Pageviews
	}
	require.Len(t, r.TopPages, 91, "90 values and (other)")
	require.Equal(t, r.Summary.Pageviews, all, "V5")
	seen, estimated := map[string]int64{}, 0
	for _, p := range r.TopPages {
		seen[p.Path] = p.Pageviews
		if p.Estimated {
			estimated++
		}
	}
	for i := range 10 {
		require.Positive(t, seen[fmt.Sprintf("/real/%d", i)])
	}
	for i := range 5 {
		require.Greater(t, seen[fmt.Sprintf("/late/%d", i)], int64(100), "a page that came after the limit is not found")
	}
	require.GreaterOrEqual(t, estimated, 5)
	require.Greater(t, seen["(other)"], int64(5000))
	require.Equal(t, r, run(true), "a restart changed the state")
}
