package ws

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Deps are the parts that the hub works with. Those that may be nil say so.
type Deps struct {
	Reader        Reader
	Sites         Sites
	Goals         Goals
	Backfills     Backfills // nil: nothing is ever folded from history
	Recent        Recent    // nil: nothing is collected, goals and feed stay empty
	Triggers      History   // of alerts; nil: none fires
	Activity      History   // nil: none is logged
	Authenticator Authenticator
	Authorizer    Authorizer
	Tickets       *Tickets                   // shared with POST /api/ws/ticket
	Limiter       Limiter                    // nil: upgrades are not counted
	ClientIP      func(*http.Request) string // nil: the peer's address
	Logger        *slog.Logger
	Metrics       *Metrics
}

// Hub knows all clients and all streams. Safe for concurrent use.
type Hub struct {
	cfg     Config
	deps    Deps
	log     *slog.Logger
	metrics *Metrics
	topics  map[string]*topic
	watched watched
	pumps   pumps
	seed    maphash.Seed // of the addresses' hashes
	loads   chan struct{}
	idle    atomic.Int64 // streams that nobody watches
	stop    context.CancelFunc
	ctx     context.Context
	running sync.WaitGroup

	mu          sync.Mutex
	closing     bool
	clients     map[*client]struct{}
	byUser      map[string]int
	byAddress   map[uint64]int
	streams     map[streamKey]*stream
	allClosed   chan struct{} // closed when the last client is gone after Close
	allClosedIs bool
}

// NewHub starts a hub; Close stops it.
func NewHub(cfg Config, deps Deps) (*Hub, error) { return newHub(cfg, deps, topics) }

func newHub(cfg Config, deps Deps, table []topic) (*Hub, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.Reader == nil || deps.Sites == nil || deps.Goals == nil || deps.Authenticator == nil || deps.Authorizer == nil || deps.Tickets == nil ||
		deps.Logger == nil || deps.Metrics == nil {
		return nil, errors.New("ws: a required part is missing")
	}
	if deps.ClientIP == nil {
		deps.ClientIP = peerAddress
	}
	h := &Hub{
		cfg: cfg, deps: deps, log: deps.Logger.With("component", "ws"), metrics: deps.Metrics,
		topics: make(map[string]*topic, len(table)), seed: maphash.MakeSeed(), loads: make(chan struct{}, cfg.Loads),
		clients: make(map[*client]struct{}), byUser: make(map[string]int), byAddress: make(map[uint64]int),
		streams: make(map[streamKey]*stream), allClosed: make(chan struct{}),
	}
	for i := range table {
		h.topics[table[i].name] = &table[i]
	}
	h.pumps.hub = h
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.running.Add(1)
	go h.tend()
	return h, nil
}

// Changed tells the hub that a site's state or definitions have changed. It never blocks, and costs nearly nothing when nobody watches the site.
func (h *Hub) Changed(site analytics.SiteID) {
	for _, s := range h.watched.of(site) {
		if !s.topic.quiet {
			s.changed()
		}
	}
}

// ChangedTopic tells the hub that something else has changed that one topic shows, and needs to tell of topics that are quiet. It never blocks.
func (h *Hub) ChangedTopic(site analytics.SiteID, name string) {
	for _, s := range h.watched.of(site) {
		if s.topic.name == name {
			s.changed()
		}
	}
}

// Close refuses new connections, closes all with 1001 and waits until they are gone; when ctx ends first, they are cut and its error is returned.
// The hub's goroutines have ended when it returns.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.checkAllClosed()
	h.mu.Unlock()
	for _, c := range h.everyClient(nil) {
		c.close(closeGoingAway)
	}
	var err error
	select {
	case <-h.allClosed:
	case <-ctx.Done():
		err = fmt.Errorf("close connections: %w", ctx.Err())
		for _, c := range h.everyClient(nil) {
			_ = c.conn.NetConn().Close()
		}
	}
	h.stop()
	h.running.Wait()
	return err
}

func (h *Hub) checkAllClosed() {
	if h.closing && len(h.clients) == 0 && !h.allClosedIs {
		h.allClosedIs = true
		close(h.allClosed)
	}
}

// everyClient appends all clients to dst.
func (h *Hub) everyClient(dst []*client) []*client {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		dst = append(dst, c)
	}
	return dst
}

// register takes a new connection in. ok is false when the hub is closing; tooMany tells that its address has too many connections.
func (h *Hub) register(c *client, address uint64) (tooMany, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false, false
	}
	c.address = address
	h.clients[c] = struct{}{}
	h.byAddress[address]++
	h.running.Add(1) // the client's reader
	h.metrics.clients.Inc()
	return h.cfg.MaxPerIP > 0 && h.byAddress[address] > h.cfg.MaxPerIP, true
}

// enter counts a connection for its user; false when the user has too many.
func (h *Hub) enter(user string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cfg.MaxPerUser > 0 && h.byUser[user] >= h.cfg.MaxPerUser {
		return false
	}
	h.byUser[user]++
	return true
}

// unregister forgets a connection; user is "" when it never entered.
func (h *Hub) unregister(c *client, user string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
	decrement(h.byAddress, c.address)
	if user != "" {
		decrement(h.byUser, user)
	}
	h.metrics.clients.Dec()
	h.checkAllClosed()
}

func decrement[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

// join brings a subscription to its stream, which is made when there is none.
func (h *Hub) join(sub *subscription, t *topic, src source) {
	key := streamKey{t.name, sub.site, src.key()}
	h.mu.Lock()
	s := h.streams[key]
	fresh := s == nil
	if fresh {
		s = newStream(h, key, t, src)
		h.streams[key] = s
		h.watched.add(s)
		h.running.Add(1)
	}
	s.mu.Lock()
	sub.stream.Store(s)
	s.joining = append(s.joining, sub)
	s.mu.Unlock()
	h.mu.Unlock()
	if fresh {
		go s.run(h.ctx)
		return
	}
	s.poke()
}

// drop removes a stream unless somebody came back.
func (h *Hub) drop(s *stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.subs) > 0 || len(s.joining) > 0 {
		return false
	}
	delete(h.streams, s.key)
	h.watched.remove(s)
	return true
}

// acquire waits until another state may be computed.
func (h *Hub) acquire(ctx context.Context) error {
	select {
	case h.loads <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hub) release() { <-h.loads }

// tend looks after all connections: pings, expiries, revoked sessions and rights, queues that stay full.
func (h *Hub) tend() {
	defer h.running.Done()
	ticker := time.NewTicker(h.cfg.Tick)
	defer ticker.Stop()
	var clients []*client
	checked := time.Now()
	for {
		select {
		case <-h.ctx.Done():
			return
		case now := <-ticker.C:
			recheck := now.Sub(checked) >= h.cfg.Recheck
			if recheck {
				checked = now
			}
			clients = h.everyClient(clients[:0])
			for _, c := range clients {
				c.tend(now, recheck)
			}
			clear(clients)
		}
	}
}

func (h *Hub) addressOf(r *http.Request) uint64 { return maphash.String(h.seed, h.deps.ClientIP(r)) }

func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
