package actors_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// simSeedsFile keeps the seeds that once failed, one a line; # begins a comment.
const simSeedsFile = "testdata/simulation_seeds.txt"

// TestSimulation is R17: whole lives of the actor system in simulated time, on a log and a store in memory that are slow, fail, and keep after a
// crash what was durable at a random moment. Clients send late, repeated and reordered events and send again what was not answered; days are
// dropped, zones change, a site is erased, checkpoints come early. Afterwards every answer is what a fold from zero and a recount with sets say
// of the blocks that became durable (V1 to V6). A seed repeats all choices, not the turns that goroutines take.
//
// ZTAS_SIM_SEEDS says how many seeds, 200 when it is not set; after ZTAS_SIM_TIME (a duration like "5m") no more are begun.
func TestSimulation(t *testing.T) {
	count, limit := uint64(200), time.Duration(math.MaxInt64)
	var err error
	if text := os.Getenv("ZTAS_SIM_SEEDS"); text != "" {
		count, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "ZTAS_SIM_SEEDS")
	}
	if text := os.Getenv("ZTAS_SIM_TIME"); text != "" {
		limit, err = time.ParseDuration(text)
		require.NoError(t, err, "ZTAS_SIM_TIME")
	}
	seeds := append(keptSeeds(t), seedsBelow(count)...)
	var lived atomic.Int64
	testkit.WarmUp()
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a quarter less time
	began := time.Now()
	t.Run("seeds", func(t *testing.T) {
		for _, seed := range seeds {
			t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
				t.Parallel()
				if time.Since(began) > limit {
					t.SkipNow()
				}
				lived.Add(1)
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("seed %d failed: add it to actors/%s", seed, simSeedsFile)
					}
				})
				synctest.Test(t, func(t *testing.T) { newSimWorld(t, seed).live() })
			})
		}
	})
	took := time.Since(began)
	t.Logf("%d of %d seeds in %v, %.0f/s", lived.Load(), len(seeds), took.Round(time.Millisecond), float64(lived.Load())/took.Seconds())
}

func seedsBelow(count uint64) []uint64 {
	list := make([]uint64, count)
	for i := range list {
		list[i] = uint64(i)
	}
	return list
}

func keptSeeds(t *testing.T) (list []uint64) {
	text, err := os.ReadFile(simSeedsFile)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			seed, err := strconv.ParseUint(line, 10, 64)
			require.NoError(t, err, simSeedsFile)
			list = append(list, seed)
		}
	}
	return list
}

// simWorld is one seed: a disk, those who use the system, and one life of the system after the other.
type simWorld struct {
	t        *testing.T
	ctx      context.Context
	seed     uint64
	rng      *rand.Rand // of the operator, who is one goroutine
	disk     *simDisk
	life     *simLife
	sys      *actors.System
	cfg      actors.Config
	answerIn time.Duration
	pace     time.Duration // between two requests of a client at most
	poison   bool
	retains  int // days; 0: for ever
	moves    bool
	sites    []*simSite
	mirrors  []*simMirror

	start  int64 // of people's time, UTC ms
	clock  sync.Mutex
	offset time.Duration // of people's clock before the bubble's
}

func newSimWorld(t *testing.T, seed uint64) *simWorld {
	rng := rand.New(rand.NewPCG(seed, 17))
	w := &simWorld{
		t: t, ctx: context.Background(), seed: seed, rng: rng, disk: newSimDisk(), cfg: actors.DefaultConfig(),
		pace: testkit.Pick(rng, time.Millisecond, time.Second, 10*time.Second), poison: rng.IntN(4) == 0, moves: rng.IntN(4) == 0,
	}
	if rng.IntN(3) == 0 {
		w.retains = 2 + rng.IntN(4)
	}
	if seed%4 == 3 {
		w.cfg.States = 1 << 10
	}
	w.answerIn = w.cfg.AnswerIn
	w.cfg.PassivateAfter = testkit.Pick(rng, time.Second, time.Minute, 10*time.Minute)
	w.cfg.Credits = testkit.Pick(rng, 1, 2, 64)
	w.cfg.Debt = actors.Debt{
		SiteRecords: testkit.Pick(rng, 20, 100, 1_000), Records: testkit.Pick(rng, 50, 300, 100_000),
		TailBytes: testkit.Pick[int64](rng, 4_000, 1<<30), TailBlocks: testkit.Pick(rng, 10, 1<<20),
	}
	for n := range 1 + rng.IntN(3) {
		w.addSite(analytics.SiteID(fmt.Sprintf("site_sim%03d", n)))
	}
	w.offset = time.Until(time.UnixMilli(w.start))
	return w
}

func (w *simWorld) addSite(id analytics.SiteID) {
	s := &simSite{id: id, stream: testkit.RandomStream(w.rng.Uint64()), arrived: map[string]int64{}, acked: map[string]bool{}}
	s.zone = s.stream.Zone
	if len(w.sites) == 0 {
		w.start = s.stream.Now
	}
	s.stream.Now = w.start
	for range 1 + w.rng.IntN(3) {
		s.clients = append(s.clients, &simClient{site: s, rng: rand.New(rand.NewPCG(w.rng.Uint64(), 0))})
	}
	w.sites = append(w.sites, s)
	w.mirrors = append(w.mirrors, newSimMirror(id, s.zone))
}

// fail notes a failure. Any goroutine may call it.
func (w *simWorld) fail(format string, args ...any) {
	w.t.Errorf("seed %d (poison %v, retention %d, moves %v): "+format, append([]any{w.seed, w.poison, w.retains, w.moves}, args...)...)
}

// now is people's clock, UTC ms.
func (w *simWorld) now() int64 {
	w.clock.Lock()
	defer w.clock.Unlock()
	return w.nowLocked()
}

func (w *simWorld) nowLocked() int64 { return time.Now().Add(w.offset).UnixMilli() }

// live goes through some lives that end in crashes and stops, and a calm last one.
func (w *simWorld) live() {
	for range 1 + w.rng.IntN(4) {
		w.boot(true)
		w.compare(false)
		w.load(2 + w.rng.IntN(6))
		w.end()
		if w.t.Failed() {
			return
		}
	}
	w.boot(false)
	w.settle()
	w.compare(true)
	w.stop()
	w.boot(false)
	w.compare(true)
	w.stop()
	for _, what := range w.disk.wrong {
		w.fail("%s", what)
	}
}

// boot starts a process; with troubles, on a disk that has them.
func (w *simWorld) boot(troubles bool) {
	w.life = w.disk.boot(rand.New(rand.NewPCG(w.rng.Uint64(), 1)))
	sys, err := actors.New(w.cfg, w.life, w.life, w, slog.New(slog.DiscardHandler), actors.NewMetrics(prometheus.NewRegistry()),
		func() time.Time { return time.UnixMilli(w.now()) })
	require.NoError(w.t, err)
	w.sys = sys
	if w.seed%4 == 3 { // without a draw: the histories of the other seeds stay what they were
		sys.TrimAlways()
	}
	if w.poison {
		sys.Poison(func(e *analytics.Event) bool { return e.Path == poisonPath })
	}
	require.NoError(w.t, sys.Start())
	for range 10_000 {
		if sys.Ready() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	require.True(w.t, sys.Ready(), "seed %d: the log is not replayed", w.seed)
	w.define()
	if troubles {
		w.trouble()
	}
}

// Changed implements actors.Publisher.
func (w *simWorld) Changed(analytics.SiteID) {}

// trouble lets the disk have some from now on.
func (w *simWorld) trouble() {
	some := func() simTrouble {
		if w.rng.IntN(2) == 0 {
			return simTrouble{}
		}
		return simTrouble{slow: w.rng.IntN(500), stuck: w.rng.IntN(30), lost: w.rng.IntN(60), late: w.rng.IntN(60)}
	}
	appends, commits, reads, left := some(), some(), some(), 0
	if w.rng.IntN(4) > 0 {
		left = 1 + w.rng.IntN(80)
	}
	w.life.guard.Lock()
	defer w.life.guard.Unlock()
	w.life.appends, w.life.commits, w.life.reads, w.life.left = appends, commits, reads, left
	w.life.rewrites = appends
}

// define sends every site's newest definition, as a start does with those that are pending.
func (w *simWorld) define() {
	for _, s := range w.sites {
		if s.isErased() {
			w.erase(s)
			continue
		}
		s.mu.Lock()
		zone, revision := s.zone, max(s.revision, 1)
		s.mu.Unlock()
		if err := w.sys.Define(w.ctx, s.id, simDefinition(s.id, zone, revision)); err != nil {
			w.fail("definition: %v", err)
		}
		s.revision = revision
	}
}

func simDefinition(site analytics.SiteID, zone analytics.Zone, revision int64) analytics.Definition {
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: zone.Name(), MaxDimensionValues: 10_000, DedupKey: 42})
	if err != nil {
		panic(err)
	}
	return analytics.Definition{Kind: "site", ID: string(site), Revision: revision, Body: body}
}

// load lets everybody work until the process dies or all are done.
func (w *simWorld) load(requests int) {
	var all sync.WaitGroup
	for _, s := range w.sites {
		for _, c := range s.clients {
			all.Go(func() { c.run(w, requests) })
		}
	}
	for range w.rng.IntN(8) {
		w.operate()
		time.Sleep(time.Duration(w.rng.Int64N(int64(4 * w.pace))))
	}
	all.Wait()
}

// operate does one of the things that are not sending events.
func (w *simWorld) operate() {
	s := testkit.Pick(w.rng, w.sites...)
	erasing := len(w.sites) > 1 && s == w.sites[len(w.sites)-1] && w.seed%3 == 0
	switch dice := w.rng.IntN(10); {
	case s.isErased():
	case dice < 2 && w.retains > 0:
		_, err := w.sys.Retain(w.ctx, s.id, time.UnixMilli(w.now()), w.retains)
		w.allow("retention", err)
	case dice < 4 && w.moves:
		w.move(s)
	case dice < 5 && erasing:
		s.mu.Lock()
		s.erased = true
		s.mu.Unlock()
		if w.seed%2 == 0 { // another cannot be loaded meanwhile
			w.life.lose(w.sites[0].id)
			w.sys.Tick(w.now() + 2*w.cfg.PassivateAfter.Milliseconds())
			time.Sleep(w.pace)
			defer w.life.lose("")
		}
		w.erase(s)
	case dice < 6:
		w.sys.Tick(w.now() + w.rng.Int64N(2*w.cfg.PassivateAfter.Milliseconds()))
	default:
		w.look(s)
	}
}

// allow takes an error that says: come again.
func (w *simWorld) allow(what string, err error) {
	var busy *analytics.Unavailable
	if err != nil && !errors.As(err, &busy) {
		w.fail("%s: %v", what, err)
	}
}

// move changes a site's zone. An answer that fails leaves it pending: it is sent again at the next start.
func (w *simWorld) move(s *simSite) {
	zone, err := analytics.LoadZone(testkit.Pick(w.rng, "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"))
	require.NoError(w.t, err)
	s.mu.Lock()
	s.revision++
	s.zone, s.stream.Zone = zone, zone
	d := simDefinition(s.id, zone, s.revision)
	s.mu.Unlock()
	w.allow("definition", w.sys.Define(w.ctx, s.id, d))
}

// erase tries once; who wrote down that a site is to be erased tries again at the next start.
func (w *simWorld) erase(s *simSite) {
	if err := w.sys.Erase(w.ctx, s.id); err == nil {
		w.requireGone(s)
	}
}

// requireGone is V7 in memory.
func (w *simWorld) requireGone(s *simSite) {
	if _, ok, err := w.disk.store.Root(s.id); ok || err != nil {
		w.fail("%s is erased, and has a root (%v)", s.id, err)
	}
	p := s.id.Partition()
	first, next, err := w.disk.log.Bounds(p)
	if err != nil {
		return // dead meanwhile
	}
	r, err := w.disk.log.Read(w.ctx, p, first)
	for err == nil && first < next {
		var data []byte
		if first, data, err = r.Next(w.ctx); err == nil && strings.Contains(string(data), string(s.id)) {
			w.fail("%s is erased, and block %d names it", s.id, first)
		}
		first++
	}
}

// look reads while others write: what was acknowledged before is seen (A2).
func (w *simWorld) look(s *simSite) {
	s.mu.Lock()
	views, zone := s.views, s.zone
	s.mu.Unlock()
	now := w.now()
	q, err := analytics.StatsParams{Period: "30d"}.Resolve(zone, now)
	require.NoError(w.t, err)
	got, err := w.sys.Stats(w.ctx, s.id, q)
	w.allow("stats", err)
	if err == nil && w.retains == 0 && !w.moves && got.Summary.Pageviews < views {
		w.fail("%s: %d pageviews, %d are acknowledged (V2)", s.id, got.Summary.Pageviews, views)
	}
}

// end ends a life: by the crash that has come or comes now, or by a clean stop.
func (w *simWorld) end() {
	if !w.life.isDead() && w.rng.IntN(2) == 0 {
		w.stop()
		return
	}
	w.life.die()
	ctx, cancel := context.WithTimeout(w.ctx, time.Millisecond)
	defer cancel()
	_ = w.sys.Stop(ctx) // what is left of the process; its disk does nothing any more
	w.requireSound()
	time.Sleep(2 * time.Second)
}

func (w *simWorld) stop() {
	ctx, cancel := context.WithTimeout(w.ctx, time.Hour)
	defer cancel()
	if err := w.sys.Stop(ctx); err != nil && !w.life.isDead() {
		w.fail("stop: %v", err)
	}
	if dead, _, _ := w.sys.Counters(); testutil.ToFloat64(dead) != 0 && !w.life.isDead() {
		w.fail("%v dead letters (V6)", testutil.ToFloat64(dead))
	}
	w.requireSound()
	time.Sleep(2 * time.Second) // the library's own goroutine
}

// requireSound: only poison is quarantined.
func (w *simWorld) requireSound() {
	if _, quarantined, _ := w.sys.Counters(); testutil.ToFloat64(quarantined) > 0 && !w.poison {
		w.fail("%v records are quarantined", testutil.ToFloat64(quarantined))
	}
}

// settle lets every client get an answer to what it has sent.
func (w *simWorld) settle() {
	var all sync.WaitGroup
	for _, s := range w.sites {
		for _, c := range s.clients {
			all.Go(func() { c.finish(w) })
		}
	}
	all.Wait()
}

// compare asks the running system and the mirrors; at the end also the books of the clients.
func (w *simWorld) compare(settled bool) {
	now := w.now()
	for i, s := range w.sites {
		m := w.mirrors[i]
		if s.isErased() {
			continue
		}
		if err := m.follow(w.disk); err != nil {
			w.fail("%v", err)
			return
		}
		if w.life.isDead() {
			return
		}
		w.compareSite(s, m, now)
		if settled {
			w.compareBooks(s, m)
		}
	}
}

func (w *simWorld) compareSite(s *simSite, m *simMirror, now int64) {
	goals := s.stream.Goals()
	q := simQuestion{site: s.id, zone: s.zone, now: now, moved: m.moved}
	asker := *s.stream
	asker.Now = now
	q.every = everyKind(w.t, &asker, goals, s.stream.Funnel(goals), "")
	got, err := q.ask(w.ctx, w.sys)
	for tries := 0; errors.Is(err, actors.ErrNoBlob) && tries < 10; { // a checkpoint was stored, and its site has not heard
		time.Sleep(time.Second)
		if !w.sys.CommitUnknown() { // else the store said that it failed
			tries++
		}
		got, err = q.ask(w.ctx, w.sys)
	}
	if err != nil {
		if !w.life.isDead() && w.life.reads.lost == 0 {
			w.fail("%s cannot be read: %v", s.id, err)
		}
		return
	}
	want, err := q.ask(w.ctx, m.plain)
	if err != nil {
		w.fail("mirror: %v", err)
		return
	}
	if d := want.difference(got); d != "" {
		w.fail("%s: replay from zero says\n%s, the system (V4)", s.id, d)
	}
	if err := m.recount(got, now); err != nil {
		w.fail("%s: %v (V2, V3)", s.id, err)
	}
	if err := got.sums(); err != nil {
		w.fail("%s: %v (V5)", s.id, err)
	}
}

// compareBooks is V1 and V2: all that was acknowledged was stored, and as often as the answers say.
func (w *simWorld) compareBooks(s *simSite, m *simMirror) {
	for id := range s.acked {
		if !m.ids[id] && !w.poison {
			w.fail("%s: %s is acknowledged and was lost (V2)", s.id, id)
		}
	}
	if n := m.times + m.poison; n < s.stored || n > s.stored+s.perhaps {
		w.fail("%s: %d events are stored, %d to %d by the answers (V1)", s.id, n, s.stored, s.stored+s.perhaps)
	}
}
