package actors_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/persist/store"
)

// TestMemoryLimit has 120 sites written to in turns, of which only about 30 fit into what states may take: those that were not used for longest
// sleep, the limit is held, and every number is exact, also what is known of ids.
func TestMemoryLimit(t *testing.T) {
	r := newRig(t)
	r.cfg.States = 2 << 20
	r.start()
	defer r.stop()
	const sites, rounds, batch = 120, 12, 10
	name := func(n int) analytics.SiteID { return analytics.SiteID(fmt.Sprintf("site_%06d", n)) }
	records := func(n, round int) (list []analytics.Record) {
		for i := range batch {
			list = append(list, pageview(fmt.Sprintf("event-%d-%d-%d", n, round, i), i+round, r.now.Load()))
		}
		return list
	}
	for n := range sites {
		r.define(name(n))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	most := 0
	for round := range rounds {
		for at, n := range rng.Perm(sites) {
			r.now.Add(200)
			r.submit(name(n), records(n, round)...)
			if at%15 != 14 {
				continue
			}
			require.Eventually(t, func() bool {
				r.sys.LookAtMemory()
				return r.sys.StateBytes() <= r.cfg.States
			}, 10*time.Second, time.Millisecond, "%d bytes of %d sites", r.sys.StateBytes(), r.sys.Awake())
			if round >= rounds/2 {
				most = max(most, r.sys.Awake())
			}
		}
	}
	require.Less(t, most, sites*2/3, "awake at a time")
	for n := range sites {
		require.EqualValues(t, rounds*batch, r.summary(name(n)).Pageviews)
		require.Equal(t, batch, r.submit(name(n), records(n, rounds-1)...).Duplicates)
	}
}

// TestLargeSitesStay: a site that takes long to wake is not put to sleep for a pause in which a small one would be.
func TestLargeSitesStay(t *testing.T) {
	r := newRig(t)
	r.cfg.States = 64 << 10
	r.build(r.log, r.store)
	r.sys.IdleShare(1_000)
	r.run()
	defer r.stop()
	const large, small = analytics.SiteID("site_large0"), analytics.SiteID("site_small0")
	r.define(large)
	r.define(small)
	for batch := range 10 {
		var list []analytics.Record
		for i := range 2_000 {
			list = append(list, pageview(fmt.Sprintf("event-%d-%d", batch, i), 2_000*batch+i, r.now.Load()))
		}
		r.submit(large, list...)
	}
	r.submit(small, pageview("event-small", 1, r.now.Load()))
	require.Greater(t, r.sys.StateBytes(), int64(1<<20), "more than 900 ms")
	for _, site := range []analytics.SiteID{large, small} {
		r.summary(site) // behind what the fold does after its answer, which notes the time
	}
	asleep := func(pause int64, want int) {
		t.Helper()
		r.now.Add(pause)
		require.Eventually(t, func() bool {
			r.sys.LookAtMemory()
			return r.sys.Awake() == want
		}, 10*time.Second, time.Millisecond)
	}
	asleep(900, 1)
	require.Greater(t, r.sys.StateBytes(), int64(1<<20), "the large one is awake")
	asleep(r.sys.StateBytes()/1_000, 0)
	require.EqualValues(t, 20_000, r.summary(large).Pageviews)
}

// TestPagesLeaveMemory: a site in use gives pages of its visitors back. Those who come again meet their session, ids are known, a record that panics
// is taken back, and nothing differs after a restart.
func TestPagesLeaveMemory(t *testing.T) {
	r := newRig(t)
	r.cfg.States = 1 << 20
	r.poison = func(e *analytics.Event) bool { return e.Path == "/poison" }
	r.start()
	const site, visitors, batch = analytics.SiteID("site_large0"), 40_000, 500
	r.define(site)
	list := func(first int) (records []analytics.Record) {
		for i := range batch {
			records = append(records, pageview(fmt.Sprintf("event-%d", first+i), first+i, r.now.Load()))
		}
		return records
	}
	for first := 0; first < visitors; first += batch {
		r.submit(site, list(first)...)
		r.now.Add(10)
		r.sys.LookAtMemory()
	}
	evicted, recalled := r.sys.Paging()
	require.Eventually(t, func() bool {
		r.sys.LookAtMemory()
		return testutil.ToFloat64(evicted) > 4<<20
	}, 10*time.Second, time.Millisecond)
	before := testutil.ToFloat64(recalled)
	for n := 0; n < visitors; n += 1000 {
		r.submit(site, pageview(fmt.Sprintf("again-%d", n), n, r.now.Load()))
	}
	require.GreaterOrEqual(t, testutil.ToFloat64(recalled)-before, 30.0)
	bad := pageview("poison", 7, r.now.Load())
	bad.Event.Path = "/poison"
	r.submit(site, bad, pageview("behind", 8, r.now.Load()))
	check := func() {
		t.Helper()
		s := r.summary(site)
		require.EqualValues(t, visitors+visitors/1000+1, s.Pageviews)
		require.EqualValues(t, visitors, s.UniqueVisitors)
		require.EqualValues(t, visitors, s.Sessions)
		require.Equal(t, batch, r.submit(site, list(0)...).Duplicates)
	}
	check()
	r.stop()
	r.start()
	defer r.stop()
	check()
}

// heldStore commits only once it may; until then commits fail, or do not return.
type heldStore struct {
	*store.Memory
	open  chan struct{}
	fails bool
}

func (s *heldStore) Commit(checkpoints []actors.Checkpoint) error {
	select {
	case <-s.open:
	default:
		if s.fails {
			return errors.New("no space left on device")
		}
		<-s.open
	}
	return s.Memory.Commit(checkpoints)
}

// TestReplayWaitsForMemory: the log is not folded faster than states can give memory back; while the store cannot write they cannot, and the server
// starts all the same.
func TestReplayWaitsForMemory(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprintf("fails=%v", fails), func(t *testing.T) { replayCrowded(t, fails) })
	}
}

func replayCrowded(t *testing.T, fails bool) {
	const site, visitors, batch = analytics.SiteID("site_large0"), 150_000, 500
	r := newRig(t)
	r.cfg.States = 1 << 30 // nothing is stored, and the log stays whole
	r.start()
	r.define(site)
	for first := 0; first < visitors; first += batch {
		var list []analytics.Record
		for i := range batch {
			view := pageview(fmt.Sprintf("event-%d", first+i), first+i, r.now.Load())
			view.Event.Visitor[2] = byte((first + i) >> 16)
			list = append(list, view)
		}
		r.submit(site, list...)
	}
	whole := r.sys.StateBytes()
	r.stop()
	require.Greater(t, whole, int64(10<<20))

	r.cfg.States = 1 << 20
	held := &heldStore{Memory: store.NewMemory(), open: make(chan struct{}), fails: fails}
	r.build(r.log, held)
	r.sys.TrimAlways()
	require.NoError(t, r.sys.Start())
	if !fails {
		require.Never(t, func() bool { return r.sys.Ready() || r.sys.StateBytes() > whole*3/4 }, time.Second, 10*time.Millisecond)
		close(held.open)
	}
	require.Eventually(t, r.sys.Ready, 20*time.Second, time.Millisecond)
	require.EqualValues(t, visitors, r.summary(site).UniqueVisitors)
	if fails {
		close(held.open)
	}
	r.stop()
}

// askPages asks for the visitors of a site's pages of today.
func askPages(ctx context.Context, r *rig, site analytics.SiteID) error {
	params := report.QueryParams{SiteID: string(site), Period: "day", Property: "page", Metrics: "visitors"}
	query, err := params.Resolve(analytics.UTCZone(), r.now.Load(), nil)
	require.NoError(r.t, err)
	_, err = r.sys.Sums(ctx, site, query.Asks()...)
	return err
}

// TestLargeDaysTakeTurns: who waits for a turn and goes away does not wait on, nor anybody for him.
func TestLargeDaysTakeTurns(t *testing.T) {
	r := newRig(t)
	r.cfg.TableCache = 4 << 10
	r.start()
	defer r.stop()
	const site = analytics.SiteID("site_large0")
	r.define(site)
	for i := range 200 {
		r.submit(site, pageview(fmt.Sprintf("event-%d", i), i, r.now.Load()))
	}
	give := r.sys.TakeLargeTurn()
	for range 2 {
		ctx, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
		var gone *analytics.Unavailable
		require.ErrorAs(t, askPages(ctx, r, site), &gone)
		require.Contains(t, gone.Reason, "the caller went away")
		leave()
	}
	give()
	require.NoError(t, askPages(t.Context(), r, site))
	require.Equal(t, 1, r.sys.LargeDays())
}

// TestLargeQuestionsHaveRoom: while a day is asked in slices, and for a moment after, idle sites make room for the answer, though they may take what
// they take.
func TestLargeQuestionsHaveRoom(t *testing.T) {
	r := newRig(t)
	r.cfg.TableCache = 4 << 10
	r.start()
	const sites = 20
	name := func(n int) analytics.SiteID { return analytics.SiteID(fmt.Sprintf("site_%06d", n)) }
	for n := range sites {
		r.define(name(n))
		for i := range 200 {
			r.submit(name(n), pageview(fmt.Sprintf("event-%d", i), i, r.now.Load()))
		}
	}
	r.cfg.States = r.sys.StateBytes() * 3 / 2
	r.stop()
	r.start()
	defer r.stop()
	wake := func() {
		for n := range sites {
			r.submit(name(n), pageview("again", 1, r.now.Load()))
		}
	}
	wake()
	r.now.Add(1000)
	require.False(t, r.sys.LookAtMemory(), "they take less than they may")
	require.NoError(t, askPages(t.Context(), r, name(0)))
	require.Positive(t, r.sys.LargeDays())
	require.Eventually(t, func() bool {
		r.sys.LookAtMemory()
		return r.sys.StateBytes() <= r.cfg.States/2
	}, 10*time.Second, time.Millisecond)
	require.Positive(t, r.sys.Awake(), "no more sleep than have to")
	wake()
	r.now.Add(10_000)
	require.False(t, r.sys.LookAtMemory(), "the answer is given")
}

// TestClockIsSet: what is lent to a large question, and how long a site was idle, goes by the time that passes, though the clock is set meanwhile.
func TestClockIsSet(t *testing.T) {
	const sites, day = 20, 24 * 3600_000
	r := newRig(t)
	r.cfg.TableCache = 4 << 10
	r.cfg.PassivateAfter = time.Minute
	var uptime atomic.Int64 // ms
	start := func() {
		r.build(r.log, r.store)
		r.sys.Uptime(uptime.Load)
		r.run()
	}
	name := func(n int) analytics.SiteID { return analytics.SiteID(fmt.Sprintf("site_%06d", n)) }
	wake := func() {
		for n := range sites {
			r.submit(name(n), pageview("again", 1, r.now.Load()))
		}
	}
	start()
	for n := range sites {
		r.define(name(n))
		for i := range 200 {
			r.submit(name(n), pageview(fmt.Sprintf("event-%d", i), i, r.now.Load()))
		}
	}
	r.cfg.States = r.sys.StateBytes() * 3 / 2
	r.stop()
	start()
	defer r.stop()
	wake()
	uptime.Add(1000)
	require.NoError(t, askPages(t.Context(), r, name(0)))
	require.Positive(t, r.sys.LargeDays())
	r.now.Add(day)
	require.Eventually(t, func() bool {
		r.sys.LookAtMemory()
		return r.sys.StateBytes() <= r.cfg.States/2
	}, 10*time.Second, time.Millisecond, "the answer has room")
	r.now.Add(-2 * day)
	wake()
	uptime.Add(10_000)
	require.False(t, r.sys.LookAtMemory(), "the answer is given")
	require.Equal(t, sites, r.sys.Awake())
	r.now.Add(-day)
	uptime.Add(60_000)
	require.Eventually(t, func() bool {
		r.sys.Tick(r.now.Load())
		return r.sys.Awake() == 0
	}, 10*time.Second, time.Millisecond, "sites that nobody used sleep")
}
