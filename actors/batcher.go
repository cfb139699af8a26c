package actors

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Limits of the batcher.
const (
	maxBlockEvents = 4096
	maxBlockBytes  = 1 << 20 // of records, before compression
	busyRetry      = time.Second
)

// batcher is the group commit: requests that arrive while a commit is under way share the next one, with at most one block a partition and
// one sync for all. There is no linger: the next commit starts as soon as the last one ended and those who are ready have sent. What waits
// is bounded by one budget of bytes, of which one site may have a quarter; a byte is given back when its request is answered.
type batcher struct {
	log      EventLog
	logger   *slog.Logger
	metrics  *Metrics
	now      func() time.Time
	steady   func() bool // now has run without a jump for a while
	producer uint64
	answerIn time.Duration // how long a request waits for its fold, or an eighth less

	mu        sync.Mutex
	pending   [analytics.Partitions][]*request
	waiting   int // requests in pending
	budget    int64
	free      int64
	perSite   map[analytics.SiteID]int64 // bytes taken
	suspended map[analytics.SiteID]int   // being rebuilt: how often it failed in a row
	erased    map[analytics.SiteID]bool  // their records are not appended any more
	blocks    map[uint64]*flight         // sequence → who waits
	age       int                        // grows by one each eighth of answerIn in which somebody waits
	aging     bool                       // its timer runs
	closed    bool
	wake      chan struct{} // of capacity 1
	answers   *sync.Pool    // of channels that were received from: their requests send no more; by itself as System.rooms is

	sequence uint64
	done     chan struct{}

	commits turn // held over each commit, and by who needs that there is none
}

// turn is a mutex that is held over slow writes: a channel, because simulated time stands still while somebody waits for a sync.Mutex.
type turn chan struct{} // its capacity is how many may have it at a time

func (t turn) take() { t <- struct{}{} }
func (t turn) give() { <-t }

// await is take for a caller who may go away first. Errors: *analytics.Unavailable.
func (t turn) await(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return callerGone(ctx)
	}
}

// request is what one caller has appended.
type request struct {
	site   analytics.SiteID
	data   []byte
	count  int
	cost   int64 // bytes of the budget
	age    int   // the batcher's when it came
	told   bool  // it has its answer
	answer chan answer
}

// tell answers once; the batcher's mu is held.
func (r *request) tell(a answer) {
	if !r.told {
		r.told = true
		r.answer <- a
	}
}

type answer struct {
	receipt analytics.Receipt
	err     error
}

// flight is one block on its way from the log to the fold: by site, its requests in order.
type flight struct {
	sites map[analytics.SiteID][]*request
}

func newBatcher(log EventLog, cfg *Config, producer uint64, logger *slog.Logger, m *Metrics, now func() time.Time, steady func() bool) *batcher {
	return &batcher{
		log: log, logger: logger, metrics: m, now: now, steady: steady, producer: producer, answerIn: cfg.AnswerIn, budget: cfg.Budget, free: cfg.Budget,
		perSite: make(map[analytics.SiteID]int64), suspended: make(map[analytics.SiteID]int), erased: make(map[analytics.SiteID]bool), blocks: make(map[uint64]*flight),
		wake: make(chan struct{}, 1), answers: new(sync.Pool), done: make(chan struct{}), commits: make(turn, 1),
	}
}

func unavailable(reason string) *analytics.Unavailable {
	return &analytics.Unavailable{Reason: reason, RetryAfter: busyRetry}
}

// callerGone says why a request whose ctx has ended is not answered.
func callerGone(ctx context.Context) error {
	return unavailable("the caller went away: " + ctx.Err().Error())
}

// submit appends the records and waits until they are folded. system records pass beside the budget: a full batcher that waits for a fold
// that waits for the batcher would never end.
func (b *batcher) submit(ctx context.Context, site analytics.SiteID, records []analytics.Record, system bool) (analytics.Receipt, error) {
	r, err := b.enqueue(site, records, system)
	if err != nil {
		return analytics.Receipt{}, err
	}
	gone := ctx.Done()
	if gone == nil { // a select costs more
		a := <-r.answer
		b.answers.Put(r.answer)
		return a.receipt, a.err
	}
	select {
	case a := <-r.answer:
		b.answers.Put(r.answer)
		return a.receipt, a.err
	case <-gone:
		return analytics.Receipt{}, callerGone(ctx)
	}
}

func (b *batcher) enqueue(site analytics.SiteID, records []analytics.Record, system bool) (*request, error) {
	data := make([]byte, 0, 160*len(records))
	for i := range records {
		data = records[i].Encode(data)
	}
	to, ok := b.answers.Get().(chan answer)
	if !ok {
		to = make(chan answer, 1)
	}
	r := &request{site: site, data: data, count: len(records), answer: to}
	if !system {
		r.cost = int64(len(data)) + 512
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, unavailable("the server is stopping")
	case b.erased[site]:
		return nil, errErased
	case system:
	case b.suspended[site] > 0:
		return nil, errRebuilt
	case r.cost > b.free || b.perSite[site]+r.cost > b.budget/4:
		b.metrics.Busy.Inc()
		return nil, unavailable("the write path is full")
	default:
		b.free -= r.cost
		b.perSite[site] += r.cost
	}
	r.age = b.age
	b.keepAging()
	p := site.Partition()
	b.pending[p] = append(b.pending[p], r)
	b.waiting++
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return r, nil
}

// turnsToAnswer is how often the batcher ages until a request has waited for answerIn, or an eighth less.
const turnsToAnswer = 8

// keepAging starts the timer if it does not run: one for all requests, since one for each would be dear. b.mu is held.
func (b *batcher) keepAging() {
	if !b.aging {
		b.aging = true
		time.AfterFunc(b.answerIn/turnsToAnswer, b.grow)
	}
}

// grow ages the batcher and answers those who have waited for too long. What they sent stays where it is: it may still be stored.
func (b *batcher) grow() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.age++
	b.aging = false
	for r := range b.underWay() {
		if b.age-r.age >= turnsToAnswer {
			r.tell(answer{err: unavailable("the fold did not answer in time")})
		}
		if !r.told {
			b.keepAging()
		}
	}
}

// underWay are the requests that wait for a commit or a fold; b.mu is held.
func (b *batcher) underWay() iter.Seq[*request] {
	return func(yield func(*request) bool) {
		for _, pending := range b.pending {
			for _, r := range pending {
				if !yield(r) {
					return
				}
			}
		}
		for _, f := range b.blocks {
			for _, requests := range f.sites {
				for _, r := range requests {
					if !yield(r) {
						return
					}
				}
			}
		}
	}
}

// giveBack returns the request's bytes; b.mu is held.
func (b *batcher) giveBack(r *request) {
	b.free += r.cost
	if b.perSite[r.site] -= r.cost; b.perSite[r.site] <= 0 {
		delete(b.perSite, r.site)
	}
}

// run commits until the batcher is closed and empty.
func (b *batcher) run() {
	defer close(b.done)
	for range b.wake {
		for b.gather(); b.commit(); b.gather() {
		}
		b.mu.Lock()
		end := b.closed && b.waiting == 0
		b.mu.Unlock()
		if end {
			return
		}
	}
}

// gatherTurns bounds how often a commit lets others go first.
const gatherTurns = 16

// gather lets goroutines that are ready run first, as long as they bring requests. It does not wait for time to pass: on an idle machine it
// takes less than 1 µs. Without it a sender's wake puts the batcher at the head of the scheduler's queue, before all the other senders, and a
// busy core syncs once for every one or two requests (measured with 256 connections: 2.7 requests a sync and 108 µs of CPU a request).
func (b *batcher) gather() {
	for before, turn := -1, 0; turn < gatherTurns; turn++ {
		b.mu.Lock()
		waiting := b.waiting
		b.mu.Unlock()
		if waiting == before {
			return
		}
		before = waiting
		runtime.Gosched()
	}
}

// commit appends one block for each partition that has requests; more tells that there was something to do.
func (b *batcher) commit() (more bool) {
	b.commits.take()
	defer b.commits.give()
	blocks, sequences := b.take()
	if len(blocks) == 0 {
		return false
	}
	_, err := b.log.Append(context.Background(), blocks)
	if err == nil {
		return true
	}
	b.logger.Error("append failed", "error", err)
	retry := busyRetry
	if errors.Is(err, ErrNoSpace) {
		retry = 10 * time.Second
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, seq := range sequences {
		f := b.blocks[seq]
		if f == nil {
			continue // the block arrived all the same, and is folded already
		}
		for _, requests := range f.sites {
			for _, r := range requests {
				b.giveBack(r)
				r.tell(answer{err: &analytics.Unavailable{Reason: err.Error(), RetryAfter: retry}})
			}
		}
		delete(b.blocks, seq)
	}
	return true
}

// take makes the blocks of the next commit and notes who waits for them.
func (b *batcher) take() (blocks []LogBlock, sequences []uint64) {
	b.mu.Lock()
	now := b.now().UnixMilli()
	var made []*analytics.Block
	for p := range b.pending {
		taken := b.cut(p)
		if len(taken) == 0 {
			continue
		}
		b.sequence++
		block := &analytics.Block{Producer: b.producer, Sequence: b.sequence, LogicalTime: now}
		f := &flight{sites: make(map[analytics.SiteID][]*request)}
		for _, r := range taken {
			f.sites[r.site] = append(f.sites[r.site], r)
		}
		for _, r := range taken {
			requests := f.sites[r.site]
			if requests[0] != r {
				continue // its section was made with the first
			}
			block.Sections = append(block.Sections, sectionOf(requests))
		}
		b.blocks[b.sequence] = f
		made = append(made, block)
		sequences = append(sequences, b.sequence)
		blocks = append(blocks, LogBlock{Partition: analytics.Partition(p)})
	}
	b.mu.Unlock()
	steady := b.steady() // asked after the time was read, or that might be the time of a jump in between
	for i, block := range made {
		block.Steady = steady
		blocks[i].Data = block.Encode()
	}
	return blocks, sequences
}

// sectionOf joins the requests of one site.
func sectionOf(requests []*request) analytics.Section {
	s := analytics.Section{Site: requests[0].site, Count: requests[0].count, Data: requests[0].data}
	if len(requests) == 1 {
		return s
	}
	size := 0
	for _, r := range requests {
		size += len(r.data)
	}
	s.Count, s.Data = 0, make([]byte, 0, size)
	for _, r := range requests {
		s.Count += r.count
		s.Data = append(s.Data, r.data...)
	}
	return s
}

// cut takes the first requests of a partition up to the size of a block; b.mu is held.
func (b *batcher) cut(p int) []*request {
	n, events, size := 0, 0, 0
	for n < len(b.pending[p]) {
		r := b.pending[p][n]
		if n > 0 && (events+r.count > maxBlockEvents || size+len(r.data) > maxBlockBytes) {
			break
		}
		events, size, n = events+r.count, size+len(r.data), n+1
	}
	taken := b.pending[p][:n:n]
	b.pending[p] = b.pending[p][n:]
	b.waiting -= n
	return taken
}

// folded answers the requests of a site's section. duplicates are the indexes of records that were known. A section that nobody waits for,
// such as a replayed one, is no concern of it.
func (b *batcher) folded(block *analytics.Block, site analytics.SiteID, duplicates []int) {
	if block.Producer != b.producer {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.blocks[block.Sequence]
	if f == nil {
		return
	}
	start := 0
	for _, r := range f.sites[site] {
		a := answer{}
		for len(duplicates) > 0 && duplicates[0] < start+r.count {
			a.receipt.Duplicates++
			duplicates = duplicates[1:]
		}
		start += r.count
		b.giveBack(r)
		r.tell(a)
	}
	delete(f.sites, site)
	if len(f.sites) == 0 {
		delete(b.blocks, block.Sequence)
	}
}

// suspend refuses new requests of a site while it is rebuilt, so that what is kept for it cannot grow. failures are those in a row; 0: it is usable.
// After many nobody waits for its fold any more, which may come all the same.
func (b *batcher) suspend(site analytics.SiteID, failures int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if failures == 0 {
		delete(b.suspended, site)
		return
	}
	b.suspended[site] = failures
	if failures != manyFailures {
		return
	}
	for r := range b.underWay() {
		if r.site == site {
			r.tell(answer{err: errRebuilt})
		}
	}
}

// inFlight is the number of blocks, and of requests that wait for one, that are not yet folded. Of a site that fails again and again none are: no
// fold of it is to be expected.
func (b *batcher) inFlight() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting + b.unfoldedBut(func(site analytics.SiteID) bool { return b.suspended[site] >= manyFailures })
}

// unfoldedBut counts the blocks that were taken for the log and that a site has yet to fold, but for some; b.mu is held.
func (b *batcher) unfoldedBut(but func(analytics.SiteID) bool) (n int) {
	for _, f := range b.blocks {
		for site := range f.sites {
			if !but(site) {
				n++
				break
			}
		}
	}
	return n
}

var (
	errErased  = unavailable("the site is erased")
	errRebuilt = unavailable("the site is being rebuilt")
)

// erase refuses all requests of a site from now on, those that wait for a commit or a fold too.
func (b *batcher) erase(site analytics.SiteID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erased[site] = true
	p := site.Partition()
	b.pending[p] = slices.DeleteFunc(b.pending[p], func(r *request) bool {
		if r.site != site {
			return false
		}
		b.waiting--
		b.giveBack(r)
		r.tell(answer{err: errErased})
		return true
	})
	for sequence, f := range b.blocks {
		for _, r := range f.sites[site] {
			b.giveBack(r)
			r.tell(answer{err: errErased})
		}
		if delete(f.sites, site); len(f.sites) == 0 {
			delete(b.blocks, sequence)
		}
	}
}

// close refuses new requests; run ends after what waits was committed.
func (b *batcher) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
