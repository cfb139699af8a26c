package api

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// daysReader has events on the days from first to today, and remembers what it was asked. step, when set, is run before each answer.
type daysReader struct {
	Reader
	first analytics.Day

	mu   sync.Mutex
	asks []report.Ask
	step func(n int) error
}

func (r *daysReader) Tables(
	_ context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	if newestFirst || first > r.first || last < r.first {
		return errors.New("the oldest day is not asked for")
	}
	return f(report.NewTable(site.Partition(), r.first, analytics.UTCZone().Hours(r.first)))
}

func (r *daysReader) Sums(_ context.Context, _ analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks = append(r.asks, asks...)
	if r.step != nil {
		if err := r.step(len(r.asks)); err != nil {
			return nil, err
		}
	}
	sums := make([]report.Sum, len(asks))
	for i, a := range asks {
		sums[i] = a.Question.New(nil, a.Window)
		sums[i].Seal()
	}
	return sums, nil
}

// backfillWorld is a site with history from the 6th to the 15th of January 2026: ten days.
func backfillWorld(t *testing.T) (w *world, b *Backfiller, days *daysReader, site analytics.SiteID) {
	w, site, _ = goalWorld(t)
	first, err := analytics.ParseDay("2026-01-06")
	require.NoError(t, err)
	days = &daysReader{first: first}
	return w, NewBackfiller(w.catalog, w.sites, days, w.clock.Now, w.srv.log), days, site
}

// putGoal stores a goal that wants its history.
func (w *world) putGoal(site analytics.SiteID, id string, change ...func(*analytics.Goal)) *analytics.Goal {
	g := &analytics.Goal{
		ID: id, Site: site, Name: "a", Type: analytics.EventGoal, EventAction: "a", Backfill: true, TrackedSince: w.clock.Now().UnixMilli(),
	}
	for _, f := range change {
		f(g)
	}
	require.NoError(w.t, w.catalog.goals.put(g))
	return g
}

// progressIn is the progress of a goal or funnel as the catalogue has it now.
func progressIn(b *Backfiller, id string) *float64 {
	if g, ok := b.catalog.Goal(id); ok {
		return b.progressOf(id, g.Backfill, g.TrackedSince)
	}
	if f, ok := b.catalog.Funnel(id); ok {
		return b.progressOf(id, f.Backfill, f.TrackedSince)
	}
	return nil
}

func TestBackfill(t *testing.T) {
	w, b, days, site := backfillWorld(t)
	g := w.putGoal(site, "goal_000001")
	var seen []float64
	b.OnProgress(func(s analytics.SiteID) {
		require.Equal(t, site, s)
		if p := progressIn(b, g.ID); p != nil {
			seen = append(seen, *p)
		} else {
			seen = append(seen, -1)
		}
	})
	require.Equal(t, 0.0, *progressIn(b, g.ID))
	require.Equal(t, map[string]float64{g.ID: 0}, b.Pending(site))
	b.round(t.Context())
	require.Equal(t, []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, -1}, seen)
	require.Nil(t, progressIn(b, g.ID))
	require.Empty(t, b.Pending(site))
	now, _ := w.catalog.Goal(g.ID)
	require.Zero(t, now.TrackedSince)
	require.NotNil(t, w.srv.viewGoal(g, nil).BackfillProgress, "an answer that has trackedSince of before says that it goes on")
	require.Equal(t, 0.99, *b.progressOf(g.ID, true, g.TrackedSince), "and does not go back")
	require.Equal(t, g.UpdatedAt, now.UpdatedAt)

	// each day was asked about, oldest first, with what will be asked from now on
	zone := w.srv.zone(site)
	want := []string{
		report.GoalTotals([]*analytics.Goal{now}, report.Filters{}).Key(), report.GoalDetail(now, report.Filters{}, analytics.Daily).Key(),
	}
	require.Len(t, days.asks, 20)
	for i, a := range days.asks {
		day := days.first + analytics.Day(i/2)
		require.Equal(t, report.Ask{
			Question: a.Question, Zone: zone, First: day, Last: day, Window: report.Window{From: zone.DayStart(day), To: zone.DayStart(day + 1)},
		}, a)
		require.Equal(t, want[i%2], a.Question.Key())
	}
	b.round(t.Context())
	require.Len(t, days.asks, 20) // there is nothing left to do
}

func TestBackfillOrderAndChoice(t *testing.T) {
	w, b, _, site := backfillWorld(t)
	second := w.addSite(w.sites.team(site)[0].UserID, "second.example.com")
	gone := w.addSite(w.sites.team(site)[0].UserID, "gone.example.com")
	step := analytics.Step{Name: "a", Type: analytics.EventStep, EventAction: "a"}
	since := w.clock.Now().UnixMilli()
	w.putGoal(site, "goal_000003", func(g *analytics.Goal) { g.TrackedSince = since + 2 })
	w.putGoal(second, "goal_000002")
	w.putGoal(site, "goal_unwanted", func(g *analytics.Goal) { g.Backfill = false })
	w.putGoal(gone, "goal_gone")
	require.NoError(t, w.catalog.funnels.put(&analytics.Funnel{
		ID: "funnel_000001", Site: site, Steps: []analytics.Step{step, step}, TimeWindow: 60, Backfill: true, TrackedSince: since + 1,
	}))
	w.remove(gone)
	require.Equal(t, map[string]float64{"goal_000003": 0, "funnel_000001": 0}, b.Pending(site))
	var order []string
	b.OnProgress(func(analytics.SiteID) {
		for _, id := range []string{"goal_000002", "goal_000003", "funnel_000001", "goal_unwanted", "goal_gone"} {
			if p := progressIn(b, id); p != nil && *p > 0 && !slices.Contains(order, id) {
				order = append(order, id)
			}
		}
	})
	b.round(t.Context())
	require.Equal(t, []string{"goal_000002", "funnel_000001", "goal_000003"}, order)
	f, _ := w.catalog.Funnel("funnel_000001")
	require.Zero(t, f.TrackedSince)
	for id, tracked := range map[string]int64{"goal_000002": 0, "goal_000003": 0, "goal_unwanted": since, "goal_gone": since} {
		g, _ := w.catalog.Goal(id)
		require.Equal(t, tracked, g.TrackedSince, id)
	}
}

// A definition that changes under way starts anew, one that is deleted or does not want its history any more is left alone.
func TestBackfillChangedUnderWay(t *testing.T) {
	f := func(name string, change func(w *world, g *analytics.Goal), asks int, check func(t *testing.T, g *analytics.Goal, ok bool)) {
		t.Run(name, func(t *testing.T) {
			w, b, days, site := backfillWorld(t)
			g := w.putGoal(site, "goal_000001")
			days.step = func(n int) error {
				if n == 6 { // the third day
					w.clock.Add(time.Second)
					change(w, g)
				}
				return nil
			}
			b.round(t.Context())
			require.Len(t, days.asks, asks)
			now, ok := w.catalog.Goal(g.ID)
			check(t, now, ok)
			require.Nil(t, progressIn(b, g.ID))
		})
	}
	put := func(change func(g *analytics.Goal)) func(*world, *analytics.Goal) {
		return func(w *world, g *analytics.Goal) {
			now := *g
			change(&now)
			require.NoError(w.t, w.catalog.goals.put(&now))
		}
	}
	f("renamed", put(func(g *analytics.Goal) { g.Name, g.Value = "b", 7 }), 20, func(t *testing.T, g *analytics.Goal, _ bool) {
		require.Equal(t, []any{"b", analytics.Fixed(7), int64(0)}, []any{g.Name, g.Value, g.TrackedSince})
	})
	f("matches something else", put(func(g *analytics.Goal) { g.EventAction = "b" }), 6+20, func(t *testing.T, g *analytics.Goal, _ bool) {
		require.Equal(t, []any{"b", int64(0)}, []any{g.EventAction, g.TrackedSince})
	})
	f("anew", put(func(g *analytics.Goal) { g.TrackedSince++ }), 6+20, func(t *testing.T, g *analytics.Goal, _ bool) {
		require.Zero(t, g.TrackedSince)
	})
	f("not wanted", put(func(g *analytics.Goal) { g.Backfill = false }), 6, func(t *testing.T, g *analytics.Goal, _ bool) {
		require.NotZero(t, g.TrackedSince)
	})
	f("deleted", func(w *world, g *analytics.Goal) { require.NoError(t, w.catalog.goals.remove(g)) }, 6,
		func(t *testing.T, _ *analytics.Goal, ok bool) { require.False(t, ok) })
}

// What fails is left for the next round and does not hold up the rest; nothing is half done.
func TestBackfillFailures(t *testing.T) {
	w, b, days, site := backfillWorld(t)
	w.putGoal(site, "goal_000001")
	w.putGoal(site, "goal_000002", func(g *analytics.Goal) { g.TrackedSince++ })
	tracked := func() (list []bool) {
		for _, id := range []string{"goal_000001", "goal_000002"} {
			g, _ := w.catalog.Goal(id)
			list = append(list, g.TrackedSince == 0)
		}
		return list
	}
	days.step = func(n int) error {
		if n <= 6 {
			return &analytics.Unavailable{Reason: "loading"}
		}
		return nil
	}
	b.round(t.Context()) // the first try of each fails: 2 asks and 2 asks
	require.Equal(t, []bool{false, false}, tracked())
	require.Equal(t, map[string]float64{"goal_000001": 0, "goal_000002": 0}, b.Pending(site))
	require.Contains(t, w.logs.String(), "goal_000001")
	b.round(t.Context())
	require.Equal(t, []bool{false, true}, tracked())
	w.meta.failing.Store(true)
	b.round(t.Context())
	require.Equal(t, []bool{false, true}, tracked())
	w.meta.failing.Store(false)
	w.start() // the record says what is to be done
	b = NewBackfiller(w.catalog, w.sites, days, w.clock.Now, w.srv.log)
	b.round(t.Context())
	require.Equal(t, []bool{true, true}, tracked())
}

func TestBackfillerRuns(t *testing.T) {
	w, b, _, site := backfillWorld(t)
	w.putGoal(site, "goal_000001") // pending at start
	finished := make(chan string, 2)
	var mu sync.Mutex
	told := make(map[string]bool)
	b.OnProgress(func(analytics.SiteID) {
		mu.Lock()
		defer mu.Unlock()
		for _, id := range []string{"goal_000001", "goal_000002"} {
			if g, ok := w.catalog.Goal(id); ok && g.TrackedSince == 0 && !told[id] {
				told[id] = true
				finished <- id
			}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.Run(ctx); close(ended) }()
	require.Equal(t, "goal_000001", <-finished)
	w.putGoal(site, "goal_000002")
	b.changed(site) // wakes it
	require.Equal(t, "goal_000002", <-finished)
	cancel()
	<-ended
}

// Without events there is nothing to go through: all count at once.
func TestBackfillWithoutEvents(t *testing.T) {
	w, site, token := goalWorld(t)
	id := w.defined("/api/goals", token, object{"siteId": site, "name": "a", "type": "pageview", "path": "/"})
	w.backfill.round(t.Context())
	g, _ := w.catalog.Goal(id)
	require.Zero(t, g.TrackedSince)
}
