//go:build unix

package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
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

// asked is a site whose events the benchmarks ask about: 30 days of visits of five events in some minutes; one event in eight is of somebody who
// was there earlier on the day, in a session of its own.
type asked struct {
	b   *testing.B
	log *log.Memory
	st  *store.Memory
	now time.Time
	n   int // rows
}

// newAsked stores ZTAS_ROWS events, 600,000 if it is not set.
func newAsked(b *testing.B) *asked {
	b.Helper()
	const days = 30
	rows := 600_000
	if s := os.Getenv("ZTAS_ROWS"); s != "" {
		var err error
		rows, err = strconv.Atoi(s)
		require.NoError(b, err)
	}
	a := &asked{b: b, log: log.NewMemory(), st: store.NewMemory(), now: time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC)}
	sys := a.open(1)
	defer a.shut(sys)
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: "UTC", MaxDimensionValues: 10_000, DedupKey: 1})
	require.NoError(b, err)
	require.NoError(b, sys.Define(b.Context(), askedSite, analytics.Definition{Kind: "site", ID: string(askedSite), Revision: 1, Body: body}))
	rng := rand.New(rand.NewPCG(1, 1))
	perDay := rows / days
	for d := range days {
		start := a.now.Add(-time.Duration(days-d) * 24 * time.Hour).Truncate(24 * time.Hour).UnixMilli()
		for n := 0; n < perDay; n += 500 {
			records := make([]analytics.Record, min(500, perDay-n))
			for i := range records {
				records[i].Event = benchEvent(rng, d, n+i, start+int64(n+i)*(86_000_000/int64(perDay)))
			}
			a.submit(sys, records)
			a.n += len(records)
		}
	}
	return a
}

// open starts a system that keeps as many bytes of tables.
func (a *asked) open(tables int64) *actors.System {
	cfg := actors.DefaultConfig()
	cfg.TableCache = tables
	sys, err := actors.New(cfg, a.log, a.st, discard{}, slog.New(slog.DiscardHandler), actors.NewMetrics(prometheus.NewRegistry()),
		func() time.Time { return a.now })
	require.NoError(a.b, err)
	require.NoError(a.b, sys.Start())
	require.Eventually(a.b, sys.Ready, time.Minute, time.Millisecond)
	return sys
}

func (a *asked) shut(sys *actors.System) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(a.b, sys.Stop(ctx))
}

func (a *asked) submit(sys *actors.System, records []analytics.Record) {
	_, err := sys.Submit(a.b.Context(), askedSite, records)
	require.NoError(a.b, err)
}

// ask asks a question about all rows that nobody asked before.
func (a *asked) ask(sys *actors.System, n int) {
	q, err := analytics.StatsParams{Period: "90d"}.Resolve(analytics.UTCZone(), a.now.UnixMilli())
	require.NoError(a.b, err)
	f, err := report.ParseFilters("device==mobile;page==/page/1*", nil)
	require.NoError(a.b, err)
	sums, err := sys.Sums(a.b.Context(), askedSite, report.Over(uncached{report.Stats(q, f), fmt.Sprint(n)}, q.Range))
	require.NoError(a.b, err)
	require.Positive(a.b, sums[0].(*report.StatsSum).Totals.Pageviews)
}

// BenchmarkFilteredQuery asks a filtered question about the events of one site: cold, every part is read and unpacked; warm, the tables are kept.
// Rows a second of processor time count all threads, the garbage collector's too. While events arrive, folded/s is how many the site's actor took
// in during the questions, from one sender that waits for every answer; late-ms is the longest that one waited.
func BenchmarkFilteredQuery(b *testing.B) {
	a := newAsked(b)
	b.ReportMetric(0, "ns/op") // says nothing about one row
	for _, c := range []struct {
		name   string
		tables int64
		cold   bool
	}{{"cold", 4 << 30, true}, {"warm", 4 << 30, false}, {"in slices", 4 << 20, false}} {
		b.Run(c.name, func(b *testing.B) {
			sys := a.open(c.tables)
			defer a.shut(sys)
			a.ask(sys, 0)
			used, n := cpuTime(b), 0
			for b.Loop() {
				if n++; c.cold {
					sys.ForgetTables(askedSite)
				}
				a.ask(sys, n)
			}
			used = cpuTime(b) - used
			rows := float64(a.n) * float64(b.N)
			b.ReportMetric(rows/used.Seconds()/1e6, "Mrows/cpu-s")
			b.ReportMetric(rows/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
	b.Run("while events arrive", func(b *testing.B) {
		sys := a.open(actors.DefaultConfig().TableCache)
		defer a.shut(sys)
		ctx, stop := context.WithCancel(b.Context())
		done := make(chan arrived)
		go func() { done <- a.arrive(ctx, sys) }()
		n := 0
		for b.Loop() {
			n++
			a.ask(sys, n)
		}
		stop()
		got := <-done
		require.NoError(b, got.err)
		b.ReportMetric(float64(a.n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		b.ReportMetric(float64(got.events)/b.Elapsed().Seconds(), "folded/s")
		b.ReportMetric(float64(got.longest.Microseconds())/1000, "late-ms")
	})
}

// arrived is what was folded while questions were asked.
type arrived struct {
	events  int
	longest time.Duration // until an answer came
	err     error
}

// arrive sends 20 events a time until ctx ends.
func (a *asked) arrive(ctx context.Context, sys *actors.System) (got arrived) {
	rng := rand.New(rand.NewPCG(2, 2))
	for ctx.Err() == nil && got.err == nil {
		records := make([]analytics.Record, 20)
		for i := range records {
			records[i].Event = benchEvent(rng, 99, got.events+i, a.now.UnixMilli()-3_600_000+int64(got.events+i))
			records[i].Event.Imported = false
		}
		began := time.Now()
		_, got.err = sys.Submit(context.WithoutCancel(ctx), askedSite, records)
		got.longest = max(got.longest, time.Since(began))
		got.events += len(records)
	}
	return got
}

// cpuTime is the processor time that this process has used.
func cpuTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// uncached is a question that was never asked before.
type uncached struct {
	report.Question
	key string
}

func (u uncached) Key() string { return u.key }

type discard struct{}

func (discard) Changed(analytics.SiteID) {}

// benchEvent is the n-th event of a day.
func benchEvent(rng *rand.Rand, day, n int, ts int64) *analytics.Event {
	who := n/5 + rng.IntN(250) // so many are there at the same time
	if rng.IntN(8) == 0 {
		who = rng.IntN(n/5 + 1)
	}
	e := &analytics.Event{
		ID: analytics.PackEventID(fmt.Sprintf("%08x%016x", day, n)), TS: ts, ReceivedAt: ts + 40, Kind: analytics.Pageview, Imported: true,
		Visitor: analytics.VisitorID{byte(who), byte(who >> 8), byte(who >> 16), byte(day), 7}, Path: fmt.Sprintf("/page/%d", rng.IntN(1+rng.IntN(500))), Country: "US", Region: "US-CA",
		Device: []string{"desktop", "mobile", "tablet"}[who%3], Browser: "Chrome", BrowserVersion: "142", OS: "Windows", OSVersion: "10",
		Channel: "organic", Source: "google.com", ReferrerDomain: "google.com",
	}
	if rng.IntN(4) == 0 {
		e.Kind, e.TimeOnPage, e.Seq = analytics.Engagement, int32(rng.IntN(60_000)), 1
	}
	return e
}
