package alerting_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors/alerting"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const site = analytics.SiteID("site_abc123")

// world is a site with a real fold, its alerts, and what fired.
type world struct {
	*testkit.Reader
	mu     sync.Mutex
	alerts []*analytics.Alert
	fired  []*analytics.Firing
	goal   *analytics.Goal // nil: none
	events int
	refuse string // the alert whose firings are not taken
}

func (w *world) Goals(analytics.SiteID) []*analytics.Goal { return nil }

func (w *world) Goal(id string) (*analytics.Goal, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.goal, w.goal != nil && w.goal.ID == id
}

func (w *world) Funnel(string) (*analytics.Funnel, bool)      { return nil, false }
func (w *world) Alerts(analytics.SiteID) []*analytics.Alert   { return w.alertsNow() }
func (w *world) AlertSites() []analytics.SiteID               { return []analytics.SiteID{site} }
func (w *world) Zone(analytics.SiteID) (analytics.Zone, bool) { return w.State.Zone(), true }

func (w *world) alertsNow() []*analytics.Alert {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.alerts
}

func (w *world) define(alerts ...*analytics.Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.alerts = alerts
}

func (w *world) firings() []*analytics.Firing {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.fired)
}

func (w *world) LastFired(alert string) (last int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.fired {
		if f.AlertID == alert {
			last = max(last, f.At)
		}
	}
	return last
}

func (w *world) Sums(ctx context.Context, id analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Reader.Sums(ctx, id, asks...)
}

func (w *world) FirstEvent(context.Context, analytics.SiteID) (int64, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ts, ok := w.State.View().FirstEvent()
	return ts, ok, nil
}

func (w *world) RowCounts(_ context.Context, _ analytics.SiteID, windows []report.Window) ([]int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return report.RowCounts(w.State.View(), windows), nil
}

func (w *world) Fire(_ context.Context, _ analytics.SiteID, f *analytics.Firing) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.AlertID == w.refuse {
		return errors.New("the log is suspended")
	}
	w.fired = append(w.fired, f)
	return nil
}

// views folds n pageviews of as many visitors at a time.
func (w *world) views(n int, ts time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := make([]analytics.Event, n)
	for i := range events {
		w.events++
		events[i] = analytics.Event{
			TS: ts.UnixMilli(), ReceivedAt: time.Now().UnixMilli(), Kind: analytics.Pageview, Path: "/", Channel: "direct", Source: "(direct)", Device: "desktop",
			Visitor: analytics.VisitorID{byte(w.events), byte(w.events >> 8), byte(ts.Day())}, Country: "ZZ",
		}
	}
	w.Events(events...)
}

func newWorld() *world { return &world{Reader: testkit.NewReader(site, "UTC", 1000)} }

// run judges in the bubble's time until stop.
func (w *world) run() (e *alerting.Evaluator, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	e = alerting.New(alerting.DefaultConfig(), alerting.Deps{Definitions: w, System: w, Zones: w, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Run(ctx)
	}()
	return e, func() {
		cancel()
		<-done
	}
}

// TestThresholdFiresOnce: within a second, once, and again only after the cool-down; a muted alert and one armed anew behave as they should.
func TestThresholdFiresOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		alert := &analytics.Alert{ID: "alert_1", Site: site, Type: analytics.ThresholdAlert, Metric: "pageviews", Operator: ">", Threshold: 10, Period: "1h",
			Enabled: true, Armed: time.Now()}
		muted := *alert
		muted.ID, muted.Enabled = "alert_2", false
		w.define(alert, &muted)
		e, stop := w.run()
		defer stop()
		w.views(10, time.Now())
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Empty(t, w.firings())
		w.views(1, time.Now())
		e.Changed(site)
		time.Sleep(time.Second)
		require.Len(t, w.firings(), 1)
		require.EqualValues(t, 11, w.firings()[0].Value)
		require.Equal(t, "alert_1", w.firings()[0].AlertID)
		for range 59 { // the condition holds all the time
			w.views(1, time.Now())
			e.Changed(site)
			time.Sleep(time.Minute)
		}
		require.Len(t, w.firings(), 1, "it cools down")
		w.views(1, time.Now())
		e.Changed(site)
		time.Sleep(2 * time.Minute)
		require.Len(t, w.firings(), 2, "the cool-down is over and the condition holds")
		again := *alert
		again.Armed = time.Now()
		w.define(&again)
		w.views(1, time.Now())
		e.Changed(site)
		time.Sleep(time.Second)
		require.Len(t, w.firings(), 3, "armed anew")
	})
}

// TestFailedJudgement: an alert that cannot be judged stops no other of the site, and is judged again soon, also when nothing more arrives.
func TestFailedJudgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		first := &analytics.Alert{ID: "alert_1", Site: site, Type: analytics.ThresholdAlert, Metric: "pageviews", Operator: ">", Threshold: 10, Period: "1h",
			Enabled: true, Armed: time.Now()}
		second := *first
		second.ID = "alert_2"
		w.define(first, &second)
		w.refuse = "alert_1"
		e, stop := w.run()
		defer stop()
		time.Sleep(70 * time.Second) // the next look by time is far
		w.views(11, time.Now())
		e.Changed(site)
		time.Sleep(time.Second)
		require.Len(t, w.firings(), 1)
		require.Equal(t, "alert_2", w.firings()[0].AlertID)
		w.mu.Lock()
		w.refuse = ""
		w.mu.Unlock()
		time.Sleep(6 * time.Second)
		require.Len(t, w.firings(), 2)
		require.Equal(t, "alert_1", w.firings()[1].AlertID)
	})
}

// TestSilenceFires: windows move while nothing arrives, so "fewer than" is judged by time.
func TestSilenceFires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.views(5, time.Now())
		w.define(&analytics.Alert{ID: "alert_1", Site: site, Type: analytics.ThresholdAlert, Metric: "pageviews", Operator: "<", Threshold: 1,
			Period: "1h", Enabled: true, Armed: time.Now()})
		_, stop := w.run()
		defer stop()
		time.Sleep(59 * time.Minute)
		require.Empty(t, w.firings())
		time.Sleep(2 * time.Minute)
		require.Len(t, w.firings(), 1)
		require.Zero(t, w.firings()[0].Value)
	})
}

// TestComparisonAndAnomaly: against the same hour of the days before.
func TestComparisonAndAnomaly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for day := 15; day > 0; day-- {
			w.views(10+day%3, time.Now())
			time.Sleep(24 * time.Hour)
		}
		w.define(
			&analytics.Alert{ID: "alert_c", Site: site, Type: analytics.ComparisonAlert, Metric: "uniqueVisitors", Operator: ">", Threshold: 100, Period: "1h",
				CompareWith: "previous_week", Enabled: true, Armed: time.Now()},
			&analytics.Alert{ID: "alert_a", Site: site, Type: analytics.AnomalyAlert, Metric: "pageviews", Period: "1h", Sensitivity: "medium", Enabled: true, Armed: time.Now()},
		)
		e, stop := w.run()
		defer stop()
		w.views(12, time.Now())
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Empty(t, w.firings(), "an ordinary hour")
		w.views(18, time.Now())
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Len(t, w.firings(), 2)
		for _, f := range w.firings() {
			require.EqualValues(t, 30, f.Value)
			require.NotNil(t, f.Baseline)
		}
	})
}

// TestChangedGoalHasNewBaseline: what a goal counts now is compared with what it would have counted then, not with what it counted before it was
// changed, also when that is a moment ago.
func TestChangedGoalHasNewBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.goal = &analytics.Goal{ID: "goal_1", Site: site, Type: analytics.PageviewGoal, Path: "/", MatchType: analytics.MatchExact}
		for range 4 { // an hour each
			w.views(20, time.Now())
			time.Sleep(time.Hour)
		}
		w.views(20, time.Now())
		w.define(&analytics.Alert{ID: "alert_1", Site: site, Type: analytics.ComparisonAlert, Metric: "goal.goal_1.completions", Operator: "<", Threshold: -50,
			Period: "1h", CompareWith: "previous_period", Enabled: true, Armed: time.Now()})
		e, stop := w.run()
		defer stop()
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Empty(t, w.firings(), "as many as an hour ago")
		changed := *w.goal
		changed.Path, changed.TrackedSince = "/thank-you", time.Now().UnixMilli()
		w.mu.Lock()
		w.goal = &changed
		w.mu.Unlock()
		w.views(1, time.Now())
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Empty(t, w.firings(), "nobody was on the new page an hour ago either")
	})
}

// TestLateEventsAreInTheBaseline: what was held back for an hour and comes at once raises both sides of a comparison.
func TestLateEventsAreInTheBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for range 4 { // an hour each
			w.views(20, time.Now())
			time.Sleep(time.Hour)
		}
		w.views(20, time.Now())
		w.define(&analytics.Alert{ID: "alert_1", Site: site, Type: analytics.ComparisonAlert, Metric: "pageviews", Operator: ">", Threshold: 100,
			Period: "1h", CompareWith: "previous_period", Enabled: true, Armed: time.Now()})
		e, stop := w.run()
		defer stop()
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Empty(t, w.firings(), "as many as an hour ago")
		w.views(50, time.Now().Add(-70*time.Minute))
		w.views(50, time.Now())
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Empty(t, w.firings(), "70 now and 70 an hour ago")
		w.views(80, time.Now())
		e.Changed(site)
		time.Sleep(2 * time.Second)
		require.Len(t, w.firings(), 1)
		require.EqualValues(t, 150, w.firings()[0].Value)
		require.EqualValues(t, 70, *w.firings()[0].Baseline)
	})
}

// TestLateEventsFire: what comes late may be what makes a condition true, by what it adds to the baseline. That is known within a second, too.
func TestLateEventsFire(t *testing.T) {
	for _, late := range []time.Duration{70 * time.Minute, 30 * time.Hour} { // of the same local day, and of one before
		t.Run(late.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				time.Sleep(12 * time.Hour)
				for range 4 * 24 { // an hour each
					w.views(20, time.Now())
					time.Sleep(time.Hour)
				}
				w.views(20, time.Now())
				alert := &analytics.Alert{ID: "alert_1", Site: site, Type: analytics.ComparisonAlert, Metric: "pageviews", Operator: "<", Threshold: -50,
					Period: "1h", CompareWith: "previous_period", Enabled: true, Armed: time.Now()}
				if late > 24*time.Hour {
					alert.Period = "24h"
				}
				w.define(alert)
				e, stop := w.run()
				defer stop()
				e.Changed(site)
				time.Sleep(2 * time.Second)
				require.Empty(t, w.firings(), "as many as in the time before")
				w.views(1500, time.Now().Add(-late))
				e.Changed(site)
				time.Sleep(time.Second)
				require.Len(t, w.firings(), 1)
				require.Greater(t, *w.firings()[0].Baseline, 1500.)
			})
		})
	}
}

// TestBaselineMovesWithTheWindow: the window that is compared with ends exactly an hour before the other one does, not at a whole minute: 30 views
// of 20 seconds after one are in it.
func TestBaselineMovesWithTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.views(1, time.Now())
		time.Sleep(5*time.Hour + 30*time.Minute)
		w.views(10, time.Now())
		time.Sleep(30*time.Minute + 20*time.Second)
		w.views(30, time.Now())
		time.Sleep(time.Hour + 10*time.Second)
		alert := func(id, operator string, threshold float64) *analytics.Alert {
			return &analytics.Alert{ID: id, Site: site, Type: analytics.ComparisonAlert, Metric: "pageviews", Operator: operator, Threshold: threshold,
				Period: "1h", CompareWith: "previous_period", Enabled: true, Armed: time.Now()}
		}
		w.define(alert("alert_rise", ">", 20), alert("alert_drop", "<", -50))
		e, stop := w.run()
		defer stop()
		w.views(15, time.Now())
		e.Changed(site)
		time.Sleep(time.Second)
		require.Len(t, w.firings(), 1)
		require.Equal(t, "alert_drop", w.firings()[0].AlertID, "15 are a drop from 40, and no rise from the 10 before the minute began")
		require.EqualValues(t, 15, w.firings()[0].Value)
		require.EqualValues(t, 40, *w.firings()[0].Baseline)
	})
}

// costly is a system that takes a while for each question, and counts those about the past.
type costly struct {
	*world
	past, all atomic.Int32
}

func (c *costly) Sums(ctx context.Context, id analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	if c.all.Add(1); len(asks) > 1 {
		c.past.Add(1)
	}
	time.Sleep(100 * time.Millisecond)
	return c.world.Sums(ctx, id, asks...)
}

// TestPastIsKept: a past that takes long to read is not read at each judgement, and yet several times a minute.
func TestPastIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &costly{world: newWorld()}
		for range 15 {
			c.views(10, time.Now())
			time.Sleep(24 * time.Hour)
		}
		c.views(10, time.Now())
		c.define(&analytics.Alert{ID: "alert_1", Site: site, Type: analytics.AnomalyAlert, Metric: "pageviews", Period: "1h", Sensitivity: "medium",
			Enabled: true, Armed: time.Now()})
		ctx, cancel := context.WithCancel(t.Context())
		e := alerting.New(alerting.DefaultConfig(), alerting.Deps{Definitions: c, System: c, Zones: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		done := make(chan struct{})
		go func() {
			defer close(done)
			e.Run(ctx)
		}()
		for range 120 {
			e.Changed(site)
			time.Sleep(500 * time.Millisecond)
		}
		cancel()
		<-done
		require.Greater(t, c.all.Load(), int32(80))
		require.LessOrEqual(t, c.past.Load(), int32(30), "100 ms in 2 s")
		require.GreaterOrEqual(t, c.past.Load(), int32(20))
	})
}

// slow is a system that takes long to answer, and counts who asks it at once.
type slow struct {
	*world
	asking, most atomic.Int32
}

func (s *slow) Sums(ctx context.Context, id analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	s.most.Store(max(s.most.Load(), s.asking.Add(1)))
	defer s.asking.Add(-1)
	time.Sleep(10 * time.Second)
	return s.world.Sums(ctx, id, asks...)
}

// TestOneJudgementAtATime: also when the last alert of a site is deleted and another one is made while the site is being judged.
func TestOneJudgementAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{world: newWorld()}
		s.views(1, time.Now())
		alert := func(id string) *analytics.Alert {
			return &analytics.Alert{ID: id, Site: site, Type: analytics.ThresholdAlert, Metric: "pageviews", Operator: ">", Threshold: 10, Period: "1h",
				Enabled: true, Armed: time.Now()}
		}
		ctx, cancel := context.WithCancel(t.Context())
		e := alerting.New(alerting.DefaultConfig(), alerting.Deps{Definitions: s, System: s, Zones: s, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		done := make(chan struct{})
		go func() {
			defer close(done)
			e.Run(ctx)
		}()
		defer func() {
			cancel()
			<-done
		}()
		change := func(alerts ...*analytics.Alert) {
			s.define(alerts...)
			e.Changed(site)
			time.Sleep(time.Second)
		}
		change(alert("alert_1"))
		require.EqualValues(t, 1, s.asking.Load())
		change()
		change(alert("alert_2"))
		time.Sleep(time.Minute)
		require.EqualValues(t, 1, s.most.Load())
	})
}

// TestPreview: the rule on every full hour of the last 30 days and now, with its cool-down.
func TestPreview(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		begin := time.Now()
		time.Sleep(30 * time.Minute)
		for range 10 * 24 { // an hour each: 3 views, every 12th hour 20, and 20 in the hour behind it
			n := 3
			if h := int(time.Since(begin).Hours()) % 12; h < 2 {
				n = 20
			}
			w.views(n, time.Now())
			time.Sleep(time.Hour)
		}
		e := alerting.New(alerting.DefaultConfig(), alerting.Deps{Definitions: w, System: w, Zones: w, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		series, firings, err := e.Preview(context.Background(), site, &analytics.Alert{Site: site, Type: analytics.ThresholdAlert, Metric: "pageviews",
			Operator: ">", Threshold: 10, Period: "1h"})
		require.NoError(t, err)
		require.Len(t, series, 30*24+1)
		require.Equal(t, time.Now().UnixMilli(), series[len(series)-1].At)
		high := 0
		for _, p := range series {
			if *p.Value == 20 {
				high++
			}
		}
		require.Equal(t, 40, high)
		require.Len(t, firings, 40, "an hour's cool-down is over an hour later")
		_, firings, err = e.Preview(context.Background(), site, &analytics.Alert{Site: site, Type: analytics.ComparisonAlert, Metric: "pageviews",
			Operator: ">", Threshold: 300, Period: "1h", CompareWith: "previous_period"})
		require.NoError(t, err)
		require.Len(t, firings, 10, "a comparison cools down for a day; the very first hour has no baseline")
	})
}
