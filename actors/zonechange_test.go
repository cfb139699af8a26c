package actors_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestZoneChange: after a site's zone has changed, twice, in any direction, reads are sums of local days of the new zone, as SQL over the stored
// rows says; with checkpoints, restarts and closed days in between.
func TestZoneChange(t *testing.T) {
	zones := []string{"America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"}
	for seed := range uint64(8) {
		stream := testkit.RandomStream(seed)
		oracle := testkit.NewOracle(t)
		r := newRig(t)
		r.cfg.Debt = actors.Debt{SiteRecords: 120, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
		r.start()
		revision := int64(0)
		move := func(zone string) {
			revision++
			var err error
			stream.Zone, err = analytics.LoadZone(zone)
			require.NoError(t, err)
			body, err := json.Marshal(analytics.SiteDefinition{Timezone: zone, MaxDimensionValues: 10_000, DedupKey: 42})
			require.NoError(t, err)
			require.NoError(t, r.sys.Define(t.Context(), askedSite, analytics.Definition{Kind: "site", ID: string(askedSite), Revision: revision, Body: body}))
		}
		move(stream.Zone.Name())
		feed := func(batches int) {
			for range batches {
				events := stream.Batch()
				r.now.Store(stream.Now)
				records := make([]analytics.Record, len(events))
				for i := range events {
					if events[i].ID == "" {
						events[i].ID = analytics.PackEventID(fmt.Sprintf("fresh-%d-%d-%d", stream.Now, i, stream.Int()))
					}
					records[i].Event = &events[i]
				}
				receipt := r.submit(askedSite, records...)
				stored := 0
				for i := range events {
					if oracle.Add(&events[i], "") {
						stored++
					}
				}
				require.Equal(t, len(events)-receipt.Duplicates, stored, "seed %d", seed)
			}
		}
		feed(25)
		for change := range 2 {
			move(zones[(int(seed)+3*change+1)%len(zones)])
			feed(20)
			if change == 1 {
				r.stop()
				r.start()
			}
			for _, period := range []string{"30d", "7d", "day", "24h"} {
				requireStats(t, r, oracle, stream, period)
			}
		}
		r.stop()
	}
}

// requireStats compares GET /api/stats, with and without a filter that every session satisfies, with SQL by local days.
func requireStats(t *testing.T, r *rig, oracle *testkit.Oracle, stream *testkit.Stream, period string) {
	t.Helper()
	q, err := analytics.StatsParams{Period: period, Limit: "100"}.Resolve(stream.Zone, stream.Now)
	require.NoError(t, err)
	got, err := r.sys.Stats(t.Context(), askedSite, q)
	require.NoError(t, err)
	all, err := report.ParseFilters("device=~.", nil)
	require.NoError(t, err)
	sums, err := r.sys.Sums(t.Context(), askedSite, report.Over(report.Stats(q, all), q.Range))
	require.NoError(t, err)
	filtered := sums[0].(*report.StatsSum).Report(q, got.Filtered, got.LastPageview)
	var want analytics.Summary
	var bounces, duration, engaged, firsts int64
	for _, day := range testkit.Buckets(stream.Zone.Location(), testkit.Span{From: q.Range.From, To: q.Range.To}, "day") {
		n := oracle.Numbers("", day.Span)
		want.Pageviews += n.Pageviews
		want.UniqueVisitors += n.Visitors
		want.Sessions += n.Sessions
		bounces, duration, engaged, firsts = bounces+n.Bounces, duration+n.DurationMS, engaged+n.EngagedMS, firsts+n.Engagements
	}
	want.BounceRate = testkit.Pct(bounces, want.Sessions)
	want.AvgSessionDuration, want.AvgTimeOnPage = testkit.Sec(duration, want.Sessions), testkit.Sec(engaged, firsts)
	require.Equal(t, want, got.Summary, "%s in %s", period, stream.Zone.Name())
	if want.Sessions == 0 {
		return
	}
	require.Equal(t, want.Sessions, filtered.Summary.Sessions, "filtered, %s in %s", period, stream.Zone.Name())
	unit := "day"
	if q.Range.Interval == analytics.Hourly {
		unit = "hour"
	}
	buckets := testkit.Buckets(stream.Zone.Location(), testkit.Span{From: q.Range.From, To: q.Range.To}, unit)
	require.Len(t, got.Timeseries, len(buckets))
	for i, b := range buckets {
		n := oracle.Numbers("", b.Span)
		require.Equal(t, analytics.Bucket{Date: b.Date, Pageviews: n.Pageviews, UniqueVisitors: n.Visitors, Sessions: n.Sessions}, got.Timeseries[i],
			"%s in %s", period, stream.Zone.Name())
	}
}

// TestZonesThatShareTheirDays: two zones a whole day apart have days with the same bounds and other dates. What a closed day said in one of them is
// no answer in the other.
func TestZonesThatShareTheirDays(t *testing.T) {
	const site = analytics.SiteID("site_asked1")
	r := newRig(t)
	r.cfg.Debt.SiteRecords = 1 // a checkpoint follows every block
	r.start()
	defer r.stop()
	old := r.now.Load()
	goal := &analytics.Goal{ID: "goal_1", Site: site, Type: analytics.PageviewGoal, Path: "/", MatchType: analytics.MatchExact}
	funnel := &analytics.Funnel{ID: "funnel_1", TimeWindow: 60, Steps: []analytics.Step{
		{Name: "a", Type: analytics.PageviewStep, Path: "/"}, {Name: "b", Type: analytics.PageviewStep, Path: "/b"},
	}}
	for revision, name := range []string{"Pacific/Pago_Pago", "Pacific/Tongatapu", "Pacific/Pago_Pago"} {
		zone, err := analytics.LoadZone(name)
		require.NoError(t, err)
		body, err := json.Marshal(analytics.SiteDefinition{Timezone: name, MaxDimensionValues: 10_000, DedupKey: 7})
		require.NoError(t, err)
		require.NoError(t, r.sys.Define(t.Context(), site, analytics.Definition{Kind: "site", ID: string(site), Revision: int64(revision + 1), Body: body}))
		for hour := int64(0); revision == 0 && hour < 120; hour++ { // until the day is closed
			r.now.Store(old + hour*3_600_000)
			r.submit(site, pageview(fmt.Sprintf("event-%d", hour), 1+int(hour)/24, r.now.Load()))
			require.Eventually(t, func() bool { return r.sys.Uncovered() == 0 }, 10*time.Second, time.Millisecond)
		}
		day := zone.DayAt(old)
		rng, err := analytics.ResolveRange("", day.String(), day.String(), "", zone, r.now.Load())
		require.NoError(t, err)
		sums, err := r.sys.Sums(t.Context(), site,
			report.Over(report.GoalDetail(goal, report.Filters{}, rng.Interval), rng),
			report.Over(report.FunnelStats(funnel, nil, "", report.Filters{}, rng.Interval), rng))
		require.NoError(t, err)
		goals, funnels := sums[0].(*report.GoalDetailSum).Report(goal, rng, 10), sums[1].(*report.FunnelSum).Report(funnel, rng)
		completions, visitors := int64(0), int64(0)
		for i, p := range goals.Timeseries {
			completions += p.Completions
			visitors += funnels.Timeseries[i].Visitors
		}
		require.EqualValues(t, 19, goals.Stats.Completions, "%s", name)
		require.Equal(t, goals.Stats.Completions, completions, "%s: the points add up", name)
		require.Equal(t, funnels.Stats.TotalVisitors, visitors, "%s: the points add up", name)
	}
}

// TestZoneNotYetDefined: between the moment in which a site has another zone and the one in which the log has it, which lasts as long as the log
// takes nothing, a range of that zone is answered by its days.
func TestZoneNotYetDefined(t *testing.T) {
	stream := testkit.RandomStream(4)
	oracle := testkit.NewOracle(t)
	r := newRig(t)
	r.cfg.Debt = actors.Debt{SiteRecords: 120, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
	r.start()
	defer r.stop()
	r.define(askedSite)
	for range 40 {
		events := stream.Batch()
		r.now.Store(stream.Now)
		records := make([]analytics.Record, len(events))
		for i := range events {
			if events[i].ID == "" {
				events[i].ID = analytics.PackEventID(fmt.Sprintf("fresh-%d-%d-%d", stream.Now, i, stream.Int()))
			}
			oracle.Add(&events[i], "")
			records[i].Event = &events[i]
		}
		r.submit(askedSite, records...)
	}
	for _, name := range []string{"Pacific/Auckland", "America/Los_Angeles", "UTC"} {
		zone, err := analytics.LoadZone(name)
		require.NoError(t, err)
		stream.Zone = zone
		for _, period := range []string{"30d", "7d", "day", "24h"} {
			requireStats(t, r, oracle, stream, period)
		}
	}
}
