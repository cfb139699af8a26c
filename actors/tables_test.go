package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const askedSite = analytics.SiteID("site_asked1")

// questions are one of each kind, as JSON answers.
type questions struct {
	asks   []report.Ask
	answer func([]report.Sum) []any
}

func everyKind(t *testing.T, s *testkit.Stream, goals []*analytics.Goal, funnel *analytics.Funnel, filters string) questions {
	t.Helper()
	goal := func(id string) (*analytics.Goal, bool) {
		for _, g := range goals {
			if g.ID == id {
				return g, true
			}
		}
		return nil, false
	}
	f, err := report.ParseFilters(filters, goals)
	require.NoError(t, err, filters)
	q, err := analytics.StatsParams{Period: "30d", Interval: "day"}.Resolve(s.Zone, s.Now)
	require.NoError(t, err)
	var out questions
	var each []func(report.Sum) any
	ask := func(a report.Ask, answer func(report.Sum) any) {
		out.asks, each = append(out.asks, a), append(each, answer)
	}
	ask(report.Over(report.Stats(q, f), q.Range), func(x report.Sum) any {
		return x.(*report.StatsSum).Report(q, analytics.FilteredReport{}, 0)
	})
	ask(report.Over(report.GoalTotals(goals, f), q.Range), func(x report.Sum) any { return x.(*report.GoalTotalsSum).Goals })
	ask(report.Over(report.GoalDetail(goals[0], f, "day"), q.Range), func(x report.Sum) any {
		return x.(*report.GoalDetailSum).Report(goals[0], q.Range, 10)
	})
	ask(report.Over(report.FunnelStats(funnel, goal, "", f, "day"), q.Range), func(x report.Sum) any {
		return x.(*report.FunnelSum).Report(funnel, q.Range)
	})
	from, to := s.Now-3*3_600_000, s.Now-1_800_000
	ask(report.Within(report.Moving(report.GoalTotals(goals, f)), s.Zone, from, to), func(x report.Sum) any { return x.(*report.GoalTotalsSum) })
	for _, property := range []string{"page", "source", "event", "prop:plan", "goal"} {
		metrics := "visitors,events"
		query, err := report.QueryParams{SiteID: string(askedSite), Period: "30d", Property: property, Metrics: metrics, Filters: filters}.Resolve(s.Zone, s.Now, goals)
		require.NoError(t, err)
		for _, a := range query.Asks() {
			ask(a, func(x report.Sum) any { return query.Answer([]report.Sum{x}) })
		}
	}
	out.answer = func(sums []report.Sum) []any {
		answers := make([]any, len(sums))
		for i := range sums {
			answers[i] = each[i](sums[i])
		}
		return answers
	}
	return out
}

// TestSumsAreCurrent: what the running system answers about events, from tables that it keeps and brings up to date, over checkpoints,
// closings, restarts and sleep, equals what a fold without caches computes from the same blocks; also where answers are too large to be kept, and
// where days are so large that they are asked in slices.
func TestSumsAreCurrent(t *testing.T) {
	for seed := range uint64(6) {
		stream := testkit.RandomStream(seed)
		goals := stream.Goals()
		funnel := stream.Funnel(goals)
		r := newRig(t)
		r.cfg.Debt = actors.Debt{SiteRecords: 150, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
		bound, sliced := 1<<20, false
		switch seed % 3 {
		case 1:
			bound = 8 << 10
		case 2:
			r.cfg.TableCache, sliced = 4<<10, true
		}
		kept, large := 0, 0
		start := func() {
			r.build(r.log, r.store)
			r.sys.BoundLiveSums(bound)
			r.run()
		}
		start()
		plain := testkit.NewReader(askedSite, stream.Zone.Name(), 10_000)
		body, err := json.Marshal(analytics.SiteDefinition{Timezone: stream.Zone.Name(), MaxDimensionValues: 10_000, DedupKey: 42})
		require.NoError(t, err)
		require.NoError(t, r.sys.Define(t.Context(), askedSite, analytics.Definition{Kind: "site", ID: string(askedSite), Revision: 1, Body: body}))
		for step := range 60 {
			events := stream.Batch()
			r.now.Store(stream.Now)
			records := make([]analytics.Record, len(events))
			for i := range events {
				records[i].Event = &events[i]
			}
			r.submit(askedSite, records...)
			plain.Apply(stream.Now, records...)
			if step%20 == 19 {
				r.stop()
				start()
			}
			filters := ""
			if step%2 == 1 {
				filters = stream.Filters()
			}
			q := everyKind(t, stream, goals, funnel, filters)
			got, err := r.sys.Sums(t.Context(), askedSite, q.asks...)
			require.NoError(t, err)
			want, err := plain.Sums(context.Background(), askedSite, q.asks...)
			require.NoError(t, err)
			requireSameJSON(t, q.answer(want), q.answer(got), fmt.Sprintf("seed %d step %d filters %q", seed, step, filters))
			require.LessOrEqual(t, r.sys.LiveSums(), bound)
			kept, large = max(kept, r.sys.LiveSums()), max(large, r.sys.LargeDays())
		}
		require.Positive(t, kept)
		require.Equal(t, sliced, large > 0)
		t.Logf("seed %d: answers of %d B about one open day, %d allowed; %d days in slices", seed, kept, bound, large)
		r.stop()
	}
}

func requireSameJSON(t *testing.T, want, got []any, what string) {
	t.Helper()
	for i := range want {
		w, err := json.Marshal(want[i])
		require.NoError(t, err)
		g, err := json.Marshal(got[i])
		require.NoError(t, err)
		require.JSONEq(t, string(w), string(g), "%s question %d", what, i)
	}
}

// TestSumsUnderLoad: several readers and a writer at once; every answer has at least what was acknowledged before it was asked for.
func TestSumsUnderLoad(t *testing.T) {
	r := newRig(t)
	r.cfg.Debt = actors.Debt{SiteRecords: 400, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
	r.start()
	defer r.stop()
	r.define(askedSite)
	q, err := analytics.StatsParams{Period: "7d"}.Resolve(analytics.UTCZone(), r.now.Load())
	require.NoError(t, err)
	ask := report.Over(report.Stats(q, report.Filters{}), q.Range)
	var wg sync.WaitGroup
	done := make(chan struct{})
	var mu sync.Mutex
	acknowledged := int64(0)
	wg.Go(func() {
		defer close(done)
		for n := range 300 {
			records := make([]analytics.Record, 10)
			for i := range records {
				records[i] = pageview(fmt.Sprintf("load-%d-%d", n, i), n%50, r.now.Load()-int64(n%40)*3_600_000)
			}
			r.submit(askedSite, records...)
			mu.Lock()
			acknowledged += 10
			mu.Unlock()
		}
	})
	for range 3 {
		wg.Go(func() {
			for {
				mu.Lock()
				least := acknowledged
				mu.Unlock()
				sums, err := r.sys.Sums(t.Context(), askedSite, ask)
				require.NoError(t, err)
				got := sums[0].(*report.StatsSum).Report(q, analytics.FilteredReport{}, 0).Summary.Pageviews
				require.GreaterOrEqual(t, got, least)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	wg.Wait()
	sums, err := r.sys.Sums(t.Context(), askedSite, ask)
	require.NoError(t, err)
	require.Equal(t, int64(3000), sums[0].(*report.StatsSum).Report(q, analytics.FilteredReport{}, 0).Summary.Pageviews)
}

// TestRetention: a closed day is dropped once neither it nor the arrival of a row is younger than the retention; then nothing of it is counted
// any more, its blobs go with the next checkpoint, and a restart drops nothing anew.
func TestRetention(t *testing.T) {
	r := newRig(t)
	r.cfg.Debt.SiteRecords = 50
	r.start()
	r.define(askedSite)
	const day = int64(86_400_000)
	start := r.now.Load()
	const days, perHour = 12, 3
	for n := range days * 24 {
		r.now.Store(start + int64(n)*day/24)
		records := make([]analytics.Record, perHour)
		for i := range records {
			records[i] = pageview(fmt.Sprintf("hour-%d-%d", n, i), i, r.now.Load())
		}
		r.submit(askedSite, records...)
	}
	old := pageview("imported-late", 1, start-20*day)
	old.Event.Imported, old.Event.ReceivedAt = true, r.now.Load()
	r.submit(askedSite, old)
	views := func() int64 {
		q, err := analytics.StatsParams{Period: "90d"}.Resolve(analytics.UTCZone(), r.now.Load())
		require.NoError(t, err)
		sums, err := r.sys.Sums(t.Context(), askedSite, report.Over(report.Stats(q, report.Filters{}), q.Range))
		require.NoError(t, err)
		s, err := r.sys.Stats(t.Context(), askedSite, q)
		require.NoError(t, err)
		require.Equal(t, s.Summary.Pageviews, sums[0].(*report.StatsSum).Totals.Pageviews)
		return s.Summary.Pageviews
	}
	require.Equal(t, int64(days*24*perHour+1), views())
	dropped, err := r.sys.Retain(t.Context(), askedSite, time.UnixMilli(r.now.Load()), 9)
	require.NoError(t, err)
	require.Positive(t, dropped)
	want := int64(days*24*perHour+1) - 8*perHour - int64(dropped-1)*24*perHour // the first day began at 16:00
	require.Equal(t, want, views(), "the imported day came today: it stays")
	r.stop()
	r.start()
	require.Equal(t, want, views())
	again, err := r.sys.Retain(t.Context(), askedSite, time.UnixMilli(r.now.Load()), 9)
	require.NoError(t, err)
	require.Zero(t, again)
	r.stop()
}

// TestSteadyClock: a clock counts as steady after an hour without a jump.
func TestSteadyClock(t *testing.T) {
	base := time.Now()
	at, wall := time.Duration(0), time.Duration(0)
	clock := actors.NewSteadyClock(func() time.Time { return base.Add(at + wall) }, func() time.Duration { return at })
	require.False(t, clock.Steady())
	for range 59 {
		at += time.Minute
		require.False(t, clock.Steady())
	}
	at += time.Minute
	require.True(t, clock.Steady())
	wall += 400 * 24 * time.Hour
	require.False(t, clock.Steady(), "after a jump")
	at += 59 * time.Minute
	require.False(t, clock.Steady())
	at += time.Minute
	require.True(t, clock.Steady())
}
