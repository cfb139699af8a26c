package actors_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// TestMain finds leaked goroutines; the library opens its throttle of dead-letter logs a second late.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/asynkron/protoactor-go/actor.NewDeadLetter.NewThrottle.func4.1"))
}

// rig is a system on memory, with parts that outlive it.
type rig struct {
	t       *testing.T
	log     *log.Memory
	store   *store.Memory
	sys     *actors.System
	changed atomic.Int64
	now     atomic.Int64 // UTC ms
	cfg     actors.Config
	poison  func(*analytics.Event) bool // nil: none
	logger  *slog.Logger
}

func (r *rig) Changed(analytics.SiteID) { r.changed.Add(1) }

func newRig(t *testing.T) *rig {
	r := &rig{t: t, log: log.NewMemory(), store: store.NewMemory(), cfg: actors.DefaultConfig(), logger: slog.New(slog.DiscardHandler)}
	r.now.Store(time.Date(2026, 1, 15, 16, 0, 0, 0, time.UTC).UnixMilli())
	t.Cleanup(awaitThrottle)
	return r
}

// awaitThrottle lets the library's throttle of dead-letter logs, which a stop cannot end, come to its end: a bubble must be left by all its goroutines. It
// is the last that a bubble does, in the bubble's time, which began in 2000. Elsewhere nobody waits for the throttle.
func awaitThrottle() {
	if time.Now().Year() < 2020 {
		time.Sleep(2 * actor.Configure().DeadLetterThrottleInterval)
	}
}

func (r *rig) start() {
	r.t.Helper()
	r.build(r.log, r.store)
	r.run()
}

// run starts what was built.
func (r *rig) run() {
	r.t.Helper()
	require.NoError(r.t, r.sys.Start())
	require.Eventually(r.t, r.sys.Ready, 10*time.Second, time.Millisecond)
}

// build makes a system that does not run yet.
func (r *rig) build(l actors.EventLog, s actors.StateStore) {
	r.t.Helper()
	sys, err := actors.New(r.cfg, l, s, r, r.logger, actors.NewMetrics(prometheus.NewRegistry()),
		func() time.Time { return time.UnixMilli(r.now.Load()) })
	require.NoError(r.t, err)
	r.sys = sys
	if r.poison != nil {
		sys.Poison(r.poison)
	}
}

func (r *rig) stop() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(r.t, r.sys.Stop(ctx))
	dead, _, _ := r.sys.Counters()
	require.Zero(r.t, testutil.ToFloat64(dead), "V6: dead letters")
}

func (r *rig) define(site analytics.SiteID) {
	r.t.Helper()
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: "UTC", MaxDimensionValues: 10_000, DedupKey: 7})
	require.NoError(r.t, err)
	require.NoError(r.t, r.sys.Define(r.t.Context(), site, analytics.Definition{Kind: "site", ID: string(site), Revision: 1, Body: body}))
}

func pageview(id string, visitor int, ts int64) analytics.Record {
	return analytics.Record{Event: &analytics.Event{
		ID: analytics.PackEventID(id), TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: "/", Channel: "direct", Source: "(direct)",
		Visitor: analytics.VisitorID{byte(visitor), byte(visitor >> 8)}, Device: "desktop", Browser: "Chrome", OS: "Linux", Country: "ZZ",
	}}
}

func (r *rig) submit(site analytics.SiteID, records ...analytics.Record) analytics.Receipt {
	r.t.Helper()
	receipt, err := r.sys.Submit(r.t.Context(), site, records)
	require.NoError(r.t, err)
	return receipt
}

func (r *rig) summary(site analytics.SiteID) analytics.Summary {
	r.t.Helper()
	q, err := analytics.StatsParams{Period: "24h"}.Resolve(analytics.UTCZone(), r.now.Load())
	require.NoError(r.t, err)
	report, err := r.sys.Stats(r.t.Context(), site, q)
	require.NoError(r.t, err)
	return report.Summary
}

// TestVisibleAfterAnswer has writers and readers at work together: every read that starts after an answer sees what was answered (A2, P6).
func TestVisibleAfterAnswer(t *testing.T) {
	r := newRig(t)
	r.start()
	defer r.stop()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			site := analytics.SiteID(fmt.Sprintf("site_%06d", w%3))
			for i := range 200 {
				id := fmt.Sprintf("writer-%d-%04d", w, i)
				before := r.summary(site).Pageviews
				if receipt := r.submit(site, pageview(id, w, r.now.Load())); receipt.Duplicates != 0 {
					t.Errorf("%s was new", id)
				}
				if after := r.summary(site).Pageviews; after < before+1 {
					t.Errorf("%d pageviews before, %d after the answer", before, after)
				}
				live, err := r.sys.Realtime(t.Context(), site, r.now.Load(), false)
				if err != nil || live.PageviewsLast5Min < before+1 {
					t.Errorf("realtime does not show the answered event: %v", err)
				}
			}
		})
	}
	wg.Wait()
	total := int64(0)
	for s := range 3 {
		total += r.summary(analytics.SiteID(fmt.Sprintf("site_%06d", s))).Pageviews
	}
	require.EqualValues(t, 1600, total)
	require.Positive(t, r.changed.Load())
}

// TestDuplicatesAreAnswered sends one id twice, in one request's neighbourhood and later.
func TestDuplicatesAreAnswered(t *testing.T) {
	r := newRig(t)
	r.start()
	defer r.stop()
	now := r.now.Load()
	require.Zero(t, r.submit("site_aaaaaa", pageview("first-one", 1, now), pageview("second-one", 1, now)).Duplicates)
	require.Equal(t, 1, r.submit("site_aaaaaa", pageview("third-one", 1, now), pageview("first-one", 1, now)).Duplicates)
	require.EqualValues(t, 3, r.summary("site_aaaaaa").Pageviews)
}

// TestRestart stops and starts the system with checkpoints at random moments; nothing is lost, nothing counted twice (V2, V3, V4).
func TestRestart(t *testing.T) {
	r := newRig(t)
	r.cfg.Debt = actors.Debt{SiteRecords: 40, Records: 100, TailBytes: 1 << 30, TailBlocks: 1 << 30}
	rng := rand.New(rand.NewPCG(1, 2))
	want := map[analytics.SiteID]int64{}
	for round := range 12 {
		r.start()
		for i := range 60 {
			site := analytics.SiteID(fmt.Sprintf("site_%06d", rng.IntN(5)))
			r.submit(site, pageview(fmt.Sprintf("event-%d-%d", round, i), rng.IntN(50), r.now.Load()-int64(rng.IntN(3_600_000))))
			want[site]++
			if rng.IntN(3) == 0 { // the retry of an event of an earlier life
				r.submit(site, pageview(fmt.Sprintf("event-%d-%d", round, i), 1, r.now.Load()))
			}
		}
		for site, n := range want {
			require.Equal(t, n, r.summary(site).Pageviews, "round %d", round)
		}
		r.stop()
	}
	first := analytics.Pos(0)
	for p := range analytics.Partition(analytics.Partitions) {
		f, _, err := r.log.Bounds(p)
		require.NoError(t, err)
		first = max(first, f)
	}
	require.Greater(t, first, analytics.Pos(1), "the log was never cut")
}

// TestPassivation puts sites to sleep while they are written to and read; sleeping ones are read without waking.
func TestPassivation(t *testing.T) {
	r := newRig(t)
	r.cfg.PassivateAfter = time.Millisecond
	r.start()
	defer r.stop()
	r.define("site_aaaaaa")
	for i := range 500 {
		r.sys.Tick(r.now.Add(2)) // asks the site to sleep while the next request is on its way
		if i%3 == 0 {
			r.sys.Tick(r.now.Add(2))
		}
		r.submit("site_aaaaaa", pageview(fmt.Sprintf("event-%04d", i), i, r.now.Load()))
		require.EqualValues(t, i+1, r.summary("site_aaaaaa").Pageviews)
	}
	_, _, passivations := r.sys.Counters()
	require.Eventually(t, func() bool {
		r.sys.Tick(r.now.Add(10))
		return testutil.ToFloat64(passivations) > 3
	}, 10*time.Second, time.Millisecond)
	require.EqualValues(t, 500, r.summary("site_aaaaaa").Pageviews)
	live, err := r.sys.Realtime(t.Context(), "site_aaaaaa", r.now.Load(), true)
	require.NoError(t, err)
	require.EqualValues(t, 500, live.PageviewsLast5Min)
}

// TestPoison has one event in a hundred panic the fold after it changed the state (R12): the site stays up, the other ninety-nine are exact,
// and so they are after a restart.
func TestPoison(t *testing.T) {
	r := newRig(t)
	r.poison = func(e *analytics.Event) bool { return e.Path == "/poison" }
	r.start()
	r.define("site_aaaaaa")
	submit := func(from int) (good int64) {
		for i := from; i < from+30; i++ {
			var records []analytics.Record
			for j := range 20 {
				rec := pageview(fmt.Sprintf("event-%d-%d", i, j), j, r.now.Load())
				if (20*i+j)%100 == 50 {
					rec.Event.Path = "/poison"
				} else {
					good++
				}
				records = append(records, rec)
			}
			require.Eventually(t, func() bool { // the client's retry after a 503
				_, err := r.sys.Submit(t.Context(), "site_aaaaaa", records)
				var u *analytics.Unavailable
				return !errors.As(err, &u)
			}, 10*time.Second, 2*time.Millisecond)
		}
		return good
	}
	good := submit(0)
	neighbour := r.submit("site_bbbbbb", pageview("neighbour", 1, r.now.Load()))
	require.Zero(t, neighbour.Duplicates)
	require.Equal(t, good, r.summary("site_aaaaaa").Pageviews)
	_, quarantined, _ := r.sys.Counters()
	require.EqualValues(t, 6, testutil.ToFloat64(quarantined))
	r.stop()

	r.start()
	good += submit(30)
	require.Equal(t, good, r.summary("site_aaaaaa").Pageviews)
	require.EqualValues(t, 20, r.summary("site_aaaaaa").UniqueVisitors)
	r.stop()
}

// TestPoisonAgain: a poison event far behind another one stops the site no more than the first.
func TestPoisonAgain(t *testing.T) {
	const site = analytics.SiteID("site_aaaaaa")
	r := newRig(t)
	r.poison = func(e *analytics.Event) bool { return e.Path == "/poison" }
	r.start()
	defer r.stop()
	r.define(site)
	send := func(id, path string) {
		rec := pageview(id, 1, r.now.Load())
		rec.Event.Path = path
		require.Eventually(t, func() bool { // the client's retry after a 503
			_, err := r.sys.Submit(t.Context(), site, []analytics.Record{rec})
			return err == nil
		}, 10*time.Second, 2*time.Millisecond)
	}
	const between = 1100 // blocks; 1000 after a panic are folded record by record
	for n := range 3 {
		send(fmt.Sprintf("poison-%d", n), "/poison")
		for i := range between {
			send(fmt.Sprintf("event-%d-%d", n, i), "/")
		}
		require.EqualValues(t, (n+1)*between, r.summary(site).Pageviews)
	}
	_, quarantined, _ := r.sys.Counters()
	require.GreaterOrEqual(t, testutil.ToFloat64(quarantined), 3.0)
}

// TestAppendFails answers 503 and counts nothing twice after the retry, whether or not the block had reached the log.
func TestAppendFails(t *testing.T) {
	r := newRig(t)
	r.start()
	defer r.stop()
	for i, fail := range []func(error){r.log.FailNext, r.log.FailNextWritten} {
		fail(errors.New("input/output error"))
		record := pageview(fmt.Sprintf("event-%d-x", i), 1, r.now.Load())
		_, err := r.sys.Submit(t.Context(), "site_aaaaaa", []analytics.Record{record})
		if i == 0 || err != nil { // a block that was written may be folded, which answers, before its append fails
			var u *analytics.Unavailable
			require.ErrorAs(t, err, &u)
			require.Positive(t, u.RetryAfter)
		}
		r.submit("site_aaaaaa", record)
		require.EqualValues(t, i+1, r.summary("site_aaaaaa").Pageviews)
	}
}

// TestBudget refuses what does not fit and gives every byte back.
func TestBudget(t *testing.T) {
	r := newRig(t)
	r.cfg.Budget = 1 << 20
	r.start()
	defer r.stop()
	hold := make(chan struct{})
	r.log.OnAppend(func([]actors.LogBlock) error { <-hold; return nil })
	big := func(id string) []analytics.Record {
		rec := pageview(id, 1, r.now.Load())
		rec.Event.Kind, rec.Event.Action, rec.Event.Label = analytics.Custom, "big", string(make([]byte, 100_000))
		return []analytics.Record{rec}
	}
	results := make(chan error, 3)
	for i := range 3 {
		go func() {
			_, err := r.sys.Submit(context.Background(), "site_aaaaaa", big(fmt.Sprintf("big-event-%d", i)))
			results <- err
		}()
	}
	require.Error(t, <-results, "a third of 100 kB is above the site's quarter of 1 MiB")
	close(hold)
	require.NoError(t, <-results)
	require.NoError(t, <-results)
	for i := range 8 {
		_, err := r.sys.Submit(t.Context(), "site_aaaaaa", big(fmt.Sprintf("later-event-%d", i)))
		require.NoError(t, err)
	}
	_, quarantined, _ := r.sys.Counters()
	require.Zero(t, testutil.ToFloat64(quarantined))
}

// TestPassivationUnderLoad has sites fall asleep thousands of times while eight writers and readers use them: none waits, nothing is lost.
func TestPassivationUnderLoad(t *testing.T) {
	r := newRig(t)
	r.cfg.PassivateAfter = time.Millisecond
	r.start()
	defer r.stop()
	stop, ticking := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ticking)
		ticker := time.NewTicker(300 * time.Microsecond)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				r.sys.Tick(r.now.Add(1))
			}
		}
	}()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			site := analytics.SiteID(fmt.Sprintf("site_%06d", w%3))
			for i := range 500 {
				r.submit(site, pageview(fmt.Sprintf("writer-%d-%05d", w, i), w, r.now.Load()))
				r.summary(site)
			}
		})
	}
	wg.Wait()
	close(stop)
	<-ticking
	total := int64(0)
	for s := range 3 {
		total += r.summary(analytics.SiteID(fmt.Sprintf("site_%06d", s))).Pageviews
	}
	require.EqualValues(t, 4000, total)
	_, _, passivations := r.sys.Counters()
	require.Greater(t, testutil.ToFloat64(passivations), 20.0)
}
