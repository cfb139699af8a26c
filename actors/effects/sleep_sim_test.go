package effects_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/actors/effects"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// quiet hears of changes.
type quiet struct{}

func (quiet) Changed(analytics.SiteID) {}

// asked counts the questions.
type asked struct {
	*actors.System
	sums atomic.Int64
}

func (a *asked) Sums(ctx context.Context, id analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	a.sums.Add(1)
	return a.System.Sums(ctx, id, asks...)
}

// TestEndsOfSleepingSite: a site whose ended sessions somebody wants to hear of falls asleep when it is time, the sessions are told within a second of
// their end while it sleeps, and afterwards it is not asked every second for nothing.
func TestEndsOfSleepingSite(t *testing.T) {
	testkit.WarmUp()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, analytics.WebhookSessionEnd)
		metrics := actors.NewMetrics(prometheus.NewRegistry())
		sys, err := actors.New(actors.DefaultConfig(), log.NewMemory(), store.NewMemory(), quiet{}, slog.New(slog.DiscardHandler), metrics, time.Now)
		require.NoError(t, err)
		questions := &asked{System: sys}
		w.e = effects.New(effects.Deps{Definitions: w, Outbox: w, Meta: w, Sites: w, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		w.e.SetReader(questions)
		sys.Watch(w.e)
		require.NoError(t, sys.Start())
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.e.Run(ctx)
		}()
		defer func() {
			cancel()
			<-done
			require.NoError(t, sys.Stop(context.Background()))
			time.Sleep(2 * actor.Configure().DeadLetterThrottleInterval) // a goroutine of the library
		}()
		body, err := json.Marshal(analytics.SiteDefinition{Timezone: w.stream.Zone.Name(), MaxDimensionValues: 10_000, DedupKey: 7})
		require.NoError(t, err)
		require.NoError(t, sys.Define(t.Context(), siteID, analytics.Definition{Kind: "site", ID: string(siteID), Revision: 1, Body: body}))
		views := func(visitors int) {
			for who := range visitors {
				now := time.Now().UnixMilli()
				_, err := sys.Submit(t.Context(), siteID, []analytics.Record{{Event: &analytics.Event{
					ID: analytics.PackEventID(fmt.Sprintf("event-%d-%d", now, who)), TS: now, ReceivedAt: now, Kind: analytics.Pageview, Path: "/",
					Visitor: analytics.VisitorID{byte(who)}, Country: "ZZ",
				}}})
				require.NoError(t, err)
			}
		}
		awake := func() float64 { return testutil.ToFloat64(metrics.Alive) }

		views(3)
		time.Sleep(11 * time.Minute)
		require.Zero(t, awake(), "nobody used it for ten minutes")
		time.Sleep(19*time.Minute - time.Second)
		require.Zero(t, w.told())
		time.Sleep(3 * time.Second)
		require.Equal(t, 3, w.told())
		require.EqualValues(t, 1, testutil.ToFloat64(metrics.Passivations), "it did not wake")

		time.Sleep(time.Hour)
		before := questions.sums.Load()
		time.Sleep(time.Hour)
		require.InDelta(t, 60, questions.sums.Load()-before, 2)
		views(2)
		time.Sleep(30*time.Minute + 2*time.Second)
		require.Equal(t, 5, w.told(), "it is looked every second again")
	})
}
