package analytics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestBaseGrows: when days close, the sum of those before is extended by them; the others are not read again, and nothing of the answer differs.
func TestBaseGrows(t *testing.T) {
	const dayMS, days, warm = 86_400_000, 40, 20
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	s, store := newSite(t, "UTC", 10_000), &blobs{Blobs: make(testkit.Blobs)}
	extended := 0
	for day := range int64(days) {
		var events []analytics.Event
		for i := range 30 + int(day) {
			path := fmt.Sprintf("/of-day/%d/%d", day, i%7)
			if i%3 == 0 {
				path = fmt.Sprintf("/now-and-then/%d", (int64(i)+day*day)%97)
			}
			ts := start + day*dayMS + int64(i)*60_000
			events = append(events, analytics.Event{TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: path,
				Visitor: analytics.VisitorID{byte(i), byte(day)}, Country: "DE", Browser: "Firefox", Channel: "direct", Device: "desktop"})
		}
		for age := int64(0); age < dayMS; age += 3_600_000 {
			s.Begin(analytics.Pos(2+2*day), start+day*dayMS+age)
		}
		fold(s, analytics.Pos(3+2*day), start+(day+1)*dayMS-1, events)
		if day%3 == 0 { // now and then more than one closes
			continue
		}
		c := s.BeginCheckpoint()
		store.save(c)
		s.Finish(c)

		q, err := analytics.StatsParams{StartDate: "2026-01-01", EndDate: "2026-02-28", Limit: "100"}.Resolve(s.Zone(), start+(day+1)*dayMS)
		require.NoError(t, err)
		read := 0
		load := func(blob uint64) (*analytics.Rollup, error) {
			read++
			return store.rollup(blob)
		}
		bases := func(key analytics.BaseKey, sum func(analytics.Rollups) (*analytics.StatsBase, error)) (*analytics.StatsBase, error) {
			if sum == nil {
				return store.sums(key, nil)
			}
			return store.sums(key, func(analytics.Rollups) (*analytics.StatsBase, error) { return sum(load) })
		}
		got, err := s.View().Stats(q, load, bases, 0)
		require.NoError(t, err)
		want, err := s.View().Stats(q, store.rollup, nil, 0)
		require.NoError(t, err)
		require.Equal(t, want, got, "day %d", day)
		if day >= warm && read > 0 {
			require.LessOrEqual(t, read, 2, "days read on day %d", day)
			extended++
		}
	}
	require.Greater(t, extended, 10)
}
