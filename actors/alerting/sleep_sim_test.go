package alerting_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/actors/alerting"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// definitions are alerts of one site, and when they fired.
type definitions struct {
	alerts []*analytics.Alert

	mu    sync.Mutex
	fired map[string][]time.Time
}

func (d *definitions) Goals(analytics.SiteID) []*analytics.Goal      { return nil }
func (d *definitions) Goal(string) (*analytics.Goal, bool)           { return nil, false }
func (d *definitions) Funnel(string) (*analytics.Funnel, bool)       { return nil, false }
func (d *definitions) Alerts(analytics.SiteID) []*analytics.Alert    { return d.alerts }
func (d *definitions) AlertSites() []analytics.SiteID                { return []analytics.SiteID{site} }
func (d *definitions) Zone(analytics.SiteID) (analytics.Zone, bool)  { return analytics.UTCZone(), true }
func (d *definitions) Wants(analytics.SiteID) bool                   { return false }
func (d *definitions) Flush(context.Context, analytics.SiteID) error { return nil }
func (d *definitions) firedAt(alert string) (list []time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fired[alert]
}

func (d *definitions) LastFired(alert string) int64 {
	if list := d.firedAt(alert); len(list) > 0 {
		return list[len(list)-1].UnixMilli()
	}
	return 0
}

// Landed hears of what fired.
func (d *definitions) Landed(_ analytics.SiteID, _ analytics.Pos, _ []analytics.Landed, fired []*analytics.Firing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range fired {
		d.fired[f.AlertID] = append(d.fired[f.AlertID], time.UnixMilli(f.At))
	}
}

// told passes changes on to the evaluator, which is made after the system.
type told struct{ *alerting.Evaluator }

// asked counts the questions.
type asked struct {
	*actors.System
	sums atomic.Int64
}

func (a *asked) Sums(ctx context.Context, id analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	a.sums.Add(1)
	return a.System.Sums(ctx, id, asks...)
}

// TestSleepingSiteIsJudged: a site with alerts and no traffic falls asleep when it is time, is judged every minute as it sleeps, and its alerts fire
// when they are due, which wakes it for the record alone.
func TestSleepingSiteIsJudged(t *testing.T) {
	testkit.WarmUp()
	synctest.Test(t, func(t *testing.T) {
		alert := func(id, metric, period string, below float64) *analytics.Alert {
			return &analytics.Alert{ID: id, Site: site, Type: analytics.ThresholdAlert, Metric: metric, Operator: "<", Threshold: below, Period: period,
				Enabled: true, Armed: time.Now()}
		}
		d := &definitions{fired: make(map[string][]time.Time), alerts: []*analytics.Alert{
			alert("alert_hour", "pageviews", "1h", 1), alert("alert_day", "uniqueVisitors", "24h", 20)}}
		metrics := actors.NewMetrics(prometheus.NewRegistry())
		var publisher told
		sys, err := actors.New(actors.DefaultConfig(), log.NewMemory(), store.NewMemory(), &publisher, slog.New(slog.DiscardHandler), metrics, time.Now)
		require.NoError(t, err)
		questions := &asked{System: sys}
		publisher.Evaluator = alerting.New(alerting.DefaultConfig(),
			alerting.Deps{Definitions: d, System: questions, Zones: d, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		sys.Watch(d)
		require.NoError(t, sys.Start())
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			publisher.Run(ctx)
		}()
		defer func() {
			cancel()
			<-done
			require.NoError(t, sys.Stop(context.Background()))
			time.Sleep(2 * actor.Configure().DeadLetterThrottleInterval) // a goroutine of the library
		}()
		define(t, sys)
		for visitor := range 20 {
			view(t, sys, visitor)
		}
		began := time.Now()
		awake := func() float64 { return testutil.ToFloat64(metrics.Alive) }

		time.Sleep(5 * time.Minute)
		require.EqualValues(t, 1, awake(), "it was used a moment ago")
		time.Sleep(6 * time.Minute)
		require.Zero(t, awake(), "nobody used it for ten minutes")
		before := questions.sums.Load()
		time.Sleep(48 * time.Minute)
		require.GreaterOrEqual(t, int(questions.sums.Load()-before), 2*48-2, "it is judged every minute")
		require.EqualValues(t, 1, testutil.ToFloat64(metrics.Passivations), "it did not wake")
		require.Empty(t, d.firedAt("alert_hour"))

		time.Sleep(3 * time.Minute)
		require.Len(t, d.firedAt("alert_hour"), 1)
		require.WithinDuration(t, began.Add(time.Hour), d.firedAt("alert_hour")[0], 61*time.Second)
		time.Sleep(11 * time.Minute)
		require.Zero(t, awake())

		time.Sleep(time.Until(began.Add(25 * time.Hour)))
		require.InDelta(t, 24, len(d.firedAt("alert_hour")), 1, "once an hour")
		woke := testutil.ToFloat64(metrics.Passivations) - 1 + awake()
		require.LessOrEqual(t, int(woke), len(d.firedAt("alert_hour"))+len(d.firedAt("alert_day")), "nothing but a firing woke it")
		require.Len(t, d.firedAt("alert_day"), 1)
		require.WithinDuration(t, began.Add(24*time.Hour), d.firedAt("alert_day")[0], time.Hour+61*time.Second, "the range begins with a full hour")
	})
}

func define(t *testing.T, sys *actors.System) {
	t.Helper()
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: "UTC", MaxDimensionValues: 10_000, DedupKey: 7})
	require.NoError(t, err)
	require.NoError(t, sys.Define(t.Context(), site, analytics.Definition{Kind: "site", ID: string(site), Revision: 1, Body: body}))
}

func view(t *testing.T, sys *actors.System, visitor int) {
	t.Helper()
	now := time.Now().UnixMilli()
	_, err := sys.Submit(t.Context(), site, []analytics.Record{{Event: &analytics.Event{
		ID: analytics.PackEventID(fmt.Sprintf("event-%04d", visitor)), TS: now, ReceivedAt: now, Kind: analytics.Pageview, Path: "/", Channel: "direct",
		Source: "(direct)", Visitor: analytics.VisitorID{byte(visitor)}, Device: "desktop", Browser: "Chrome", OS: "Linux", Country: "ZZ",
	}}})
	require.NoError(t, err)
}
