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

// TestSharesHaveNoRest: channels and devices are few and shown as shares, without a place for "(other)": a low limit leaves none of them out.
func TestSharesHaveNoRest(t *testing.T) {
	s := newSite(t, "UTC", 1)
	const start = 1_768_435_200_000 // a UTC midnight
	devices := []string{"desktop", "mobile", "tablet"}
	channels := []string{"direct", "organic", "referral", "social", "paid", "email", "ai"}
	var events []analytics.Event
	for i := range 21 {
		events = append(events, analytics.Event{
			TS: start, ReceivedAt: start, Kind: analytics.Pageview, Path: "/", Visitor: analytics.VisitorID{byte(i)}, Source: "(direct)",
			Channel: channels[i%7], Device: devices[i%3], Browser: fmt.Sprint("Browser ", i%3),
		})
	}
	fold(s, 2, start, events)
	q, err := analytics.StatsParams{Period: "day"}.Resolve(s.Zone(), start)
	require.NoError(t, err)
	r, err := s.View().Stats(q, noRollups, nil, 0)
	require.NoError(t, err)
	require.Len(t, r.Browsers, 2, "the limit holds elsewhere")
	require.Equal(t, analytics.Devices{Desktop: 33.33, Mobile: 33.33, Tablet: 33.33}, r.Devices)
	const seventh = 14.29
	require.Equal(t, analytics.TrafficSources{
		Direct: seventh, Organic: seventh, Referral: seventh, Social: seventh, Paid: seventh, Email: seventh, AI: seventh,
	}, r.TrafficSources)
}
