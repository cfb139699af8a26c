package outbox

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Outbox makes effects durable and delivers them. Safe for concurrent use.
type Outbox struct {
	cfg     Config
	deps    Deps
	log     *slog.Logger
	metrics *metrics
	guard   *guard
	jitter  func() float64 // factor of a wait, 0.8 to 1.2

	triggers sync.Mutex // held while a trigger's row is changed

	mu       sync.Mutex
	sites    map[analytics.SiteID]*cursor
	lanes    map[string]*lane
	seq      uint64        // of the newest item
	ready    []*lane       // with something due, in turn
	waiting  laneHeap      // with something due later
	inFlight int           // of all lanes
	puts     []*handed     // not durable yet
	closed   bool          // no more puts
	durable  chan struct{} // closed and replaced whenever more is durable

	write  chan struct{} // tells the writer of puts
	wake   chan struct{} // tells Run that something may be due
	stop   chan struct{} // closed by Close
	writer sync.WaitGroup
}

// cursor is how far a site's effects were handed over.
type cursor struct {
	pos  analytics.Pos // of the last put
	puts uint64        // taken
	done uint64        // of those, durable
}

// Open reads what is pending and begins to make effects durable; Run delivers. Errors are the store's, or of the arguments.
func Open(cfg Config, deps Deps) (*Outbox, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := deps.validate(); err != nil {
		return nil, err
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	m, err := newMetrics(deps.Registerer)
	if err != nil {
		return nil, err
	}
	o := &Outbox{
		cfg: cfg, deps: deps, log: deps.Logger.With("component", "outbox"), metrics: m, guard: newGuard(cfg, deps.Resolver),
		jitter: func() float64 { return 0.8 + 0.4*rand.Float64() },
		sites:  map[analytics.SiteID]*cursor{}, lanes: map[string]*lane{}, durable: make(chan struct{}),
		write: make(chan struct{}, 1), wake: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if err := o.load(); err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	o.writer.Add(1)
	go o.writeLoop()
	return o, nil
}

// Close makes what was put durable, as far as the store takes it at once, and ends the writer. End Run before.
func (o *Outbox) Close() {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return
	}
	o.closed = true
	o.mu.Unlock()
	close(o.stop)
	o.writer.Wait()
}

// load reads cursors, the state of webhooks and the queue.
func (o *Outbox) load() error {
	err := o.deps.Meta.Scan(cursorPrefix, func(key string, val []byte) error {
		pos, err := strconv.ParseUint(string(val), 10, 64)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		o.sites[analytics.SiteID(strings.TrimPrefix(key, cursorPrefix))] = &cursor{pos: analytics.Pos(pos)}
		return nil
	})
	if err != nil {
		return err
	}
	err = o.deps.Meta.Scan(statusPrefix, func(key string, val []byte) error {
		var s status
		if err := json.Unmarshal(val, &s); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		o.lane(strings.TrimPrefix(key, statusPrefix), s.Site).status = s
		return nil
	})
	if err != nil {
		return err
	}
	return o.deps.Meta.Scan(queuePrefix, func(key string, val []byte) error {
		var q queued
		name, id, ok := splitQueueKey(key)
		if err := json.Unmarshal(val, &q); err != nil || !ok {
			return fmt.Errorf("read %s: not a place in the queue: %w", key, err)
		}
		o.enqueue(o.lane(name, q.Site), id, q)
		return nil
	})
}

// lane finds or makes a lane. The caller holds the mutex, or is Open.
func (o *Outbox) lane(name string, site analytics.SiteID) *lane {
	l, ok := o.lanes[name]
	if !ok {
		l = newLane(name, site)
		o.lanes[name] = l
	}
	if l.site == "" {
		l.site = site
	}
	return l
}

// enqueue adds a durable message to its lane. The caller holds the mutex, or is Open.
func (o *Outbox) enqueue(l *lane, id string, q queued) {
	if _, ok := l.items[id]; ok {
		return
	}
	o.seq++
	l.add(&item{id: id, due: q.Due, seq: o.seq, tries: q.Tries, droppable: l.channel() == "" && isDroppable(q.Event)})
	o.metrics.pending.Inc()
	o.schedule(l)
}

// signal fills a channel of one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// nowMS is the time now in UTC ms.
func (o *Outbox) nowMS() int64 { return o.deps.Now().UnixMilli() }
