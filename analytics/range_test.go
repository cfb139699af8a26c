package analytics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestRanges is README §6 at the moment of the contract's example world, 11:30:20 in New York.
func TestRanges(t *testing.T) {
	zone, err := analytics.LoadZone("America/New_York")
	require.NoError(t, err)
	now := time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC).UnixMilli()
	for _, c := range []struct {
		params      analytics.StatsParams
		start, end  string
		interval    analytics.Interval
		buckets     int
		wantMessage string
	}{
		{params: analytics.StatsParams{}, start: "2026-01-09T05:00:00.000Z", end: "2026-01-15T16:30:20.000Z", interval: "day", buckets: 7},
		{params: analytics.StatsParams{Period: "24h"}, start: "2026-01-14T17:00:00.000Z", end: "2026-01-15T16:30:20.000Z", interval: "hour", buckets: 24},
		{params: analytics.StatsParams{Period: "day"}, start: "2026-01-15T05:00:00.000Z", end: "2026-01-15T16:30:20.000Z", interval: "hour", buckets: 12},
		{params: analytics.StatsParams{Period: "365d"}, start: "2025-01-16T05:00:00.000Z", end: "2026-01-15T16:30:20.000Z", interval: "day", buckets: 365},
		{params: analytics.StatsParams{StartDate: "2026-01-10", EndDate: "2026-01-12"}, start: "2026-01-10T05:00:00.000Z", end: "2026-01-13T05:00:00.000Z", interval: "day", buckets: 3},
		{params: analytics.StatsParams{StartDate: "2026-01-10", EndDate: "2026-01-10"}, start: "2026-01-10T05:00:00.000Z", end: "2026-01-11T05:00:00.000Z", interval: "hour", buckets: 24},
		{params: analytics.StatsParams{StartDate: "2025-11-02", EndDate: "2025-11-02"}, start: "2025-11-02T04:00:00.000Z", end: "2025-11-03T05:00:00.000Z", interval: "hour", buckets: 25},
		{params: analytics.StatsParams{StartDate: "2025-03-09", EndDate: "2025-03-09"}, start: "2025-03-09T05:00:00.000Z", end: "2025-03-10T04:00:00.000Z", interval: "hour", buckets: 23},
		{params: analytics.StatsParams{StartDate: "2026-01-14T23:30:00Z", EndDate: "2030-01-01", Interval: "day"}, start: "2026-01-14T05:00:00.000Z", end: "2026-01-15T16:30:20.000Z", interval: "day", buckets: 2},
		{params: analytics.StatsParams{StartDate: "2026-01-16", EndDate: "2026-01-16"}, start: "2026-01-16T05:00:00.000Z", end: "2026-01-16T05:00:00.000Z", interval: "hour"},
		{params: analytics.StatsParams{StartDate: "2026-01-16", EndDate: "2026-01-20"}, start: "2026-01-16T05:00:00.000Z", end: "2026-01-16T05:00:00.000Z", interval: "day"},
		{params: analytics.StatsParams{StartDate: "2026-01-15", EndDate: "2026-01-20"}, start: "2026-01-15T05:00:00.000Z", end: "2026-01-15T16:30:20.000Z", interval: "hour", buckets: 12},
		{params: analytics.StatsParams{Period: "1y"}, wantMessage: "Invalid time period"},
		{params: analytics.StatsParams{StartDate: "2026-13-01"}, wantMessage: "Invalid date format"},
		{params: analytics.StatsParams{StartDate: "2026-01-10", EndDate: "2026-01-09"}, wantMessage: "End date must be after start date"},
		{params: analytics.StatsParams{StartDate: "2024-01-10"}, wantMessage: "Date range cannot exceed 366 days"},
		{params: analytics.StatsParams{EndDate: "2026-01-09"}, wantMessage: "startDate is required when endDate is given"},
		{params: analytics.StatsParams{Period: "30d", Interval: "hour"}, wantMessage: "Invalid interval"},
		{params: analytics.StatsParams{Limit: "101"}, wantMessage: "Limit must be between 1 and 100"},
	} {
		q, err := c.params.Resolve(zone, now)
		if c.wantMessage != "" {
			require.Equal(t, analytics.Invalid(c.wantMessage), err, "%+v", c.params)
			continue
		}
		require.NoError(t, err)
		r, err := analytics.NewState("site_abc123").View().Stats(q, noRollups, nil, 0)
		require.NoError(t, err)
		require.Equal(t, analytics.RangeReport{Start: c.start, End: c.end, Timezone: "America/New_York", Interval: c.interval}, r.Range, "%+v", c.params)
		require.Len(t, r.Timeseries, c.buckets, "%+v", c.params)
	}
}
