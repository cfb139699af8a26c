package actors

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/ztas-io/ztas/analytics"
)

// Config sets the sizes of a System.
type Config struct {
	Budget         int64         // bytes that may be under way from request to answer; 32 MiB
	AnswerIn       time.Duration // how long a request waits for its fold before it is told to retry; 10 s
	Credits        int           // blocks of a partition that may be on their way to its sites; 16
	PassivateAfter time.Duration // a site that nobody used for so long leaves memory; 10 min
	Debt           Debt
	RollupCache    int64 // bytes of closed days kept for readers; 16 MiB
	TableCache     int64 // bytes of days' events kept for questions about them; 64 MiB
	SumCache       int64 // bytes of answers about closed days; 16 MiB
	States         int64 // bytes that the states of all sites in memory may take; 64 MiB
}

// DefaultConfig returns the sizes that design.md accounts for.
func DefaultConfig() Config {
	return Config{
		Budget: 32 << 20, AnswerIn: 10 * time.Second, Credits: 16, PassivateAfter: 10 * time.Minute, Debt: DefaultDebt(),
		RollupCache: 16 << 20, TableCache: 64 << 20, SumCache: 16 << 20, States: 64 << 20,
	}
}

// Validate says what is wrong with the sizes.
func (c Config) Validate() error {
	if c.Budget < 1<<20 || c.AnswerIn <= 0 || c.Credits < 1 || c.PassivateAfter <= 0 || min(c.RollupCache, c.TableCache, c.SumCache) < 0 || c.States < 1 {
		return fmt.Errorf("actors: sizes must be positive and the budget at least 1 MiB: %+v", c)
	}
	return nil
}

// Publisher hears of every change, block by block. Changed must not block.
type Publisher interface {
	Changed(site analytics.SiteID)
}

// System runs all sites. It is safe for concurrent use between Start and Stop.
type System struct {
	cfg        Config
	log        EventLog
	store      StateStore
	publisher  Publisher
	watcher    Watcher
	logger     *slog.Logger
	metrics    *Metrics
	now        func() time.Time
	uptime     func() int64 // ms that the system runs; nobody sets it, so it tells how long something lasts
	steady     *SteadyClock
	actors     *actor.ActorSystem
	props      []actor.PropsOption
	partitions [analytics.Partitions]*actor.PID
	batcher    *batcher
	coverage   *coverage
	rollups    rollups
	tables     *tables
	passive    *passiveSites
	memory     *memory
	ctx        context.Context
	cancel     context.CancelFunc
	background sync.WaitGroup
	followers  sync.WaitGroup
	replaying  atomic.Int32 // partitions that have not reached the end that the log had at start
	failure    chan error
	storing    storing
	rooms      *sync.Pool    // of *analytics.Room; a pool outlives two collections, and would keep the system that it is a part of
	erasing    turn          // held over an erasure, a backup, and while the log is shortened
	long       chan struct{} // of capacity 1: the log is to be shortened
	small      turn          // of sites that load or encode their state,
	large      turn          // of those that take long

	// the fold, replaceable by tests of failures
	fold    func(s *analytics.State, pos analytics.Pos, logical int64, records []analytics.Record, res *analytics.Result)
	foldOne func(s *analytics.State, i int, r *analytics.Record, res *analytics.Result)
}

// New joins the parts. The log and the store are closed by their owner after Stop.
func New(cfg Config, log EventLog, store StateStore, publisher Publisher, logger *slog.Logger, m *Metrics, now func() time.Time) (*System, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var producer [8]byte
	if _, err := rand.Read(producer[:]); err != nil {
		return nil, fmt.Errorf("producer id: %w", err)
	}
	s := &System{
		cfg: cfg, log: log, store: store, publisher: publisher, watcher: nobody{}, logger: logger.With("component", "actors"), metrics: m, now: now,
		failure: make(chan error, 1), long: make(chan struct{}, 1), rooms: &sync.Pool{New: func() any { return new(analytics.Room) }},
	}
	started := now()
	s.uptime = func() int64 { return now().Sub(started).Milliseconds() } // of the monotonic clock, which time.Now reads too
	s.fold = func(st *analytics.State, pos analytics.Pos, logical int64, records []analytics.Record, res *analytics.Result) {
		st.ApplyAll(pos, logical, records, res)
	}
	s.foldOne = func(st *analytics.State, i int, r *analytics.Record, res *analytics.Result) { st.Apply(i, r, res) }
	s.ctx, s.cancel = context.WithCancel(context.Background())
	running := time.Now()
	s.steady = NewSteadyClock(now, func() time.Duration { return time.Since(running) })
	s.batcher = newBatcher(log, &cfg, binary.LittleEndian.Uint64(producer[:]), s.logger, m, now, s.Steady)
	s.rollups = rollups{newCache(cfg.RollupCache), make(turn, 1)}
	s.tables = newTables(cfg.TableCache, cfg.SumCache)
	s.passive = newPassiveSites(store)
	half := (runtime.GOMAXPROCS(0) + 1) / 2
	s.small, s.large, s.erasing = make(turn, half), make(turn, half), make(turn, 1)
	s.memory = newMemory(cfg.States, func(site analytics.SiteID, bytes int64) {
		s.actors.Root.Send(s.partitions[site.Partition()], &trimSite{site: site, bytes: bytes})
	}, func(site analytics.SiteID) {
		s.actors.Root.Send(s.partitions[site.Partition()], &evictSite{site: site})
	})
	s.actors = actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(loud{s.logger.Handler()}) }))
	s.props = []actor.PropsOption{actor.WithMailbox(actor.UnboundedLockfree()), actor.WithSupervisor(stopChild{})}
	s.coverage = newCoverage(log, cfg.Debt, func(site analytics.SiteID) {
		s.actors.Root.Send(s.partitions[site.Partition()], &checkpointNow{site: site})
	}, s.wantShort)
	return s, nil
}

// Watch names who hears where events land. It is called before Start.
func (s *System) Watch(w Watcher) { s.watcher = w }

// Fire appends that an alert fires. It returns once that is folded; the same firing may be appended again.
func (s *System) Fire(ctx context.Context, site analytics.SiteID, f *analytics.Firing) error {
	_, err := s.batcher.submit(ctx, site, []analytics.Record{{Fire: f}}, true)
	return err
}

// Start spawns the partitions and begins to replay the log. It returns at once; Ready tells when all is folded.
func (s *System) Start() error {
	s.actors.EventStream.Subscribe(s.deadLetter)
	s.replaying.Store(analytics.Partitions)
	for p := range s.partitions {
		number := analytics.Partition(p)
		props := actor.PropsFromProducer(func() actor.Actor {
			return &partition{
				sys: s, number: number, sites: make(map[analytics.SiteID]*child), careful: make(map[analytics.SiteID][]analytics.Pos),
			}
		}, append([]actor.PropsOption{actor.WithGuardian(fatal{s})}, s.props...)...)
		s.partitions[p] = s.actors.Root.Spawn(props)
	}
	for p := range s.partitions {
		first, next, err := s.log.Bounds(analytics.Partition(p))
		if err != nil {
			return fmt.Errorf("bounds of partition %d: %w", p, err)
		}
		s.followers.Add(1)
		go s.follow(analytics.Partition(p), first, next)
	}
	go s.batcher.run()
	s.followers.Add(3)
	go s.ticker()
	go s.keepMemory()
	go s.keepShort()
	return nil
}

// Steady tells whether the clock has run without a jump for an hour.
func (s *System) Steady() bool { return s.steady.Steady() }

// largeState is from how many bytes on small states do not wait for a state.
const largeState = 8 << 20

// inTurn loads or encodes a state of about so many bytes: what many sites may want at once, while sites in use want a processor soon. At start there
// are no turns.
func (s *System) inTurn(bytes int64, f func()) {
	t := s.small
	if bytes >= largeState {
		t = s.large
	}
	if s.Ready() {
		t.take()
		defer t.give()
	}
	f()
}

// awaitAll waits until every credit is back.
func (s *System) awaitAll(tokens chan struct{}) bool {
	for range s.cfg.Credits {
		select {
		case <-tokens:
		case <-s.ctx.Done():
			return false
		}
	}
	for range s.cfg.Credits {
		tokens <- struct{}{}
	}
	return true
}

const tickEvery = 5 * time.Second

func (s *System) ticker() {
	defer s.followers.Done()
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.Steady() // so that it hears of a jump and back while nothing is appended
			now := s.uptime()
			for _, pid := range s.partitions {
				s.actors.Root.Send(pid, &tick{now: now})
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// after calls f once the pause is over, unless the system stops before.
func (s *System) after(pause time.Duration, f func()) {
	s.background.Add(1)
	go func() {
		defer s.background.Done()
		t := time.NewTimer(pause)
		defer t.Stop()
		select {
		case <-t.C:
			f()
		case <-s.ctx.Done():
		}
	}()
}

// Ready tells whether the log that was there at start is folded.
func (s *System) Ready() bool { return s.replaying.Load() == 0 && s.ctx.Err() == nil }

// Submit appends the records, folded in the given order, and returns once they are synced and visible to every read that starts afterwards.
// Errors: *analytics.Unavailable, after which nothing is known: the caller retries with the same ids.
func (s *System) Submit(ctx context.Context, site analytics.SiteID, records []analytics.Record) (analytics.Receipt, error) {
	if len(records) == 0 {
		return analytics.Receipt{}, nil
	}
	return s.batcher.submit(ctx, site, records, false)
}

// Define appends a definition and returns once it is folded. The same one may be sent again.
func (s *System) Define(ctx context.Context, site analytics.SiteID, d analytics.Definition) error {
	_, err := s.batcher.submit(ctx, site, []analytics.Record{{Define: &d}}, true)
	return err
}

// submitAside appends a record of the system without waiting for it.
func (s *System) submitAside(site analytics.SiteID, r analytics.Record) {
	if _, err := s.batcher.enqueue(site, []analytics.Record{r}, true); err != nil {
		s.logger.Error("record of the system was not taken", "site", site, "error", err)
	}
}

// Stop answers what is under way, then ends every goroutine. It takes until ctx is done at most: what a disk that hangs keeps is left behind. What
// was answered with success is in the log even then.
func (s *System) Stop(ctx context.Context) error {
	s.batcher.close()
	var err error
	select {
	case <-s.batcher.done:
	case <-ctx.Done():
		err = fmt.Errorf("actors: requests were under way: %w", ctx.Err())
	}
	for err == nil && s.batcher.inFlight() > 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			err = fmt.Errorf("actors: blocks were not folded: %w", ctx.Err())
		}
	}
	s.cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.end() }()
	select {
	case e := <-ended:
		return errors.Join(err, e)
	case <-ctx.Done():
	}
	select {
	case e := <-ended:
		return errors.Join(err, e)
	case <-time.After(lastMoment):
		return errors.Join(err, fmt.Errorf("actors: goroutines were left behind, and %d checkpoints under way: %w", s.storing.count(), ctx.Err()))
	}
}

// lastMoment is what the goroutines have to end when a stop took all of its time to answer what was under way.
const lastMoment = 100 * time.Millisecond

// end returns when every goroutine has ended. Partitions are stopped beside each other: one whose site waits for the disk keeps no other from it.
func (s *System) end() (err error) {
	s.followers.Wait()
	var stopping [analytics.Partitions]*actor.Future
	for i, pid := range s.partitions {
		stopping[i] = s.actors.Root.StopFuture(pid)
	}
	for i, pid := range s.partitions {
		if e := stopping[i].Wait(); e != nil {
			err = errors.Join(err, fmt.Errorf("actors: stop %s: %w", pid.Id, e))
		}
	}
	s.background.Wait()
	s.actors.Shutdown()
	return err
}
