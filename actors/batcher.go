package actors

import (
	"context"
	"iter"
	"log/slog"
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
