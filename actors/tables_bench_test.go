package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// BenchmarkFilteredQuery asks a filtered question about the events of one site: cold, every part is read and unpacked; warm, the tables are kept.
func BenchmarkFilteredQuery(b *testing.B) {
	const days, perDay = 6, 100_000
	lg, st := log.NewMemory(), store.NewMemory()
	now := time.Date(2026, 1, 15, 23, 0, 0, 0, time.UTC)
	open := func(tables int64) *actors.System {
		cfg := actors.DefaultConfig()
		cfg.TableCache = tables
		sys, err := actors.New(cfg, lg, st, discard{}, slog.New(slog.DiscardHandler), actors.NewMetrics(prometheus.NewRegistry()), func() time.Time { return now })
		require.NoError(b, err)
		require.NoError(b, sys.Start())
		require.Eventually(b, sys.Ready, time.Minute, time.Millisecond)
		return sys
	}
	shut := func(sys *actors.System) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(b, sys.Stop(ctx))
	}
	sys := open(1 << 30)
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: "UTC", MaxDimensionValues: 10_000, DedupKey: 1})
	require.NoError(b, err)
	require.NoError(b, sys.Define(b.Context(), askedSite, analytics.Definition{Kind: "site", ID: string(askedSite), Revision: 1, Body: body}))
	rng := rand.New(rand.NewPCG(1, 1))
	for d := range days {
		start := now.Add(-time.Duration(days-d) * 24 * time.Hour).Truncate(24 * time.Hour).UnixMilli()
		for n := 0; n < perDay; n += 500 {
			records := make([]analytics.Record, 500)
			for i := range records {
				records[i].Event = benchEvent(rng, d, n+i, start+int64(n+i)*(86_000_000/perDay))
			}
			_, err := sys.Submit(b.Context(), askedSite, records)
			require.NoError(b, err)
		}
	}
	shut(sys)
	q, err := analytics.StatsParams{Period: "30d"}.Resolve(analytics.UTCZone(), now.UnixMilli())
	require.NoError(b, err)
	f, err := report.ParseFilters("device==mobile;page==/page/1*", nil)
	require.NoError(b, err)
	for name, size := range map[string]int64{"cold": 1, "warm": 1 << 30} {
		b.Run(name, func(b *testing.B) {
			sys := open(size)
			defer shut(sys)
			n := 0
			for b.Loop() {
				n++
				ask := report.Over(uncached{report.Stats(q, f), fmt.Sprint(n)}, q.Range)
				_, err := sys.Sums(b.Context(), askedSite, ask)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(days*perDay)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

// uncached is a question that was never asked before.
type uncached struct {
	report.Question
	key string
}

func (u uncached) Key() string { return u.key }

type discard struct{}

func (discard) Changed(analytics.SiteID) {}

func benchEvent(rng *rand.Rand, day, n int, ts int64) *analytics.Event {
	who := rng.IntN(20_000)
	e := &analytics.Event{
		ID: analytics.PackEventID(fmt.Sprintf("%08x%016x", day, n)), TS: ts, ReceivedAt: ts + 40, Kind: analytics.Pageview, Imported: true,
		Visitor: analytics.VisitorID{byte(who), byte(who >> 8), byte(day), 7}, Path: fmt.Sprintf("/page/%d", rng.IntN(1+rng.IntN(500))), Country: "US", Region: "US-CA",
		Device: []string{"desktop", "mobile", "tablet"}[who%3], Browser: "Chrome", BrowserVersion: "142", OS: "Windows", OSVersion: "10",
		Channel: "organic", Source: "google.com", ReferrerDomain: "google.com",
	}
	if rng.IntN(4) == 0 {
		e.Kind, e.TimeOnPage, e.Seq = analytics.Engagement, int32(rng.IntN(60_000)), 1
	}
	return e
}
