package actors_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// TestRetainedDayBeginsAnew: a day that was dropped and is imported again has nothing of what it was.
func TestRetainedDayBeginsAnew(t *testing.T) {
	const site = analytics.SiteID("site_retain")
	r := newRig(t)
	r.start()
	defer r.stop()
	r.define(site)
	old, zone := r.now.Load(), analytics.UTCZone()
	day := zone.DayAt(old)
	views := func() int64 {
		t.Helper()
		rng := analytics.Range{
			Zone: zone, First: day, Last: day, From: zone.DayStart(day), To: zone.DayStart(day + 1), Interval: analytics.Daily,
		}
		q := analytics.StatsQuery{Range: rng, Limit: 10}
		sums, err := r.sys.Sums(t.Context(), site, report.Over(report.Stats(q, report.Filters{}), rng))
		require.NoError(t, err)
		return sums[0].(*report.StatsSum).Report(q, analytics.FilteredReport{}, 0).Summary.Pageviews
	}
	for i := range 50 {
		r.submit(site, pageview(fmt.Sprintf("old-%d", i), i, old))
	}
	require.EqualValues(t, 50, views())
	for hour := range int64(45 * 24) {
		r.now.Store(old + hour*3_600_000)
		r.submit(site, pageview(fmt.Sprintf("later-%d", hour), int(hour%50), r.now.Load()))
	}
	dropped, err := r.sys.Retain(t.Context(), site, time.UnixMilli(r.now.Load()), 30)
	require.NoError(t, err)
	require.Positive(t, dropped)
	for i := range 20 {
		imported := pageview(fmt.Sprintf("imported-%d", i), 200+i, old)
		imported.Event.Imported, imported.Event.ReceivedAt = true, r.now.Load()
		r.submit(site, imported)
	}
	require.EqualValues(t, 20, views())
}

// TestRetentionOfAQuietSite: a site to which a block comes once a day keeps its days no longer than others.
func TestRetentionOfAQuietSite(t *testing.T) {
	const site, keep = analytics.SiteID("site_quiet1"), 30
	r := newRig(t)
	r.start()
	defer r.stop()
	r.define(site)
	dropped := 0
	for n := range 120 {
		r.submit(site, pageview(fmt.Sprintf("event-%d", n), n, r.now.Load()))
		forgotten, err := r.sys.Retain(t.Context(), site, time.UnixMilli(r.now.Load()), keep)
		require.NoError(t, err)
		dropped += forgotten
		r.now.Add(86_400_000)
	}
	_, days, err := r.sys.Days(t.Context(), site)
	require.NoError(t, err)
	require.InDelta(t, keep, len(days), 2)
	require.Equal(t, 120, len(days)+dropped)
}
