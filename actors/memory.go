package actors

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/ztas-io/ztas/analytics"
)

// memory knows which sites are awake and how much their states take, and has those put to sleep that were not used for longest when all together
// take more than they may. What a site computes never depends on it. Safe for concurrent use.
type memory struct {
	limit int64 // bytes
	evict func(analytics.SiteID)

	mu    sync.Mutex
	sites map[analytics.SiteID]*footprint
}

// footprint is a site's share. Its actor keeps bytes, the parent used.
type footprint struct {
	bytes atomic.Int64
	used  atomic.Int64 // UTC ms
	going atomic.Bool  // it was told to sleep
}

const (
	memoryLook = 250 * time.Millisecond
	memoryLow  = 0.9 // of the limit: so far it goes down, so that not every look evicts
	leastIdle  = 500 // ms: a site that is used all the time does not sleep
	idleShare  = 2000
)

// idleBefore is for how long a site was not used before it may be put to sleep, ms. To wake takes about a second for 200 MB; a site sleeps when it
// was idle for a hundred times as long, so that large ones stay while small ones come and go.
func idleBefore(bytes int64) int64 { return max(leastIdle, bytes/idleShare) }

func newMemory(limit int64, evict func(analytics.SiteID)) *memory {
	return &memory{limit: limit, evict: evict, sites: make(map[analytics.SiteID]*footprint)}
}

// enter registers a site that wakes.
func (m *memory) enter(site analytics.SiteID) *footprint {
	f := new(footprint)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sites[site] = f
	return f
}

// leave forgets a site that sleeps.
func (m *memory) leave(site analytics.SiteID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sites, site)
}

// total is what all states take.
func (m *memory) total() (bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.sites {
		bytes += f.bytes.Load()
	}
	return bytes
}

// look puts sites to sleep at the time now, UTC ms.
func (m *memory) look(now int64) {
	type candidate struct {
		site analytics.SiteID
		*footprint
	}
	var total int64
	var idle []candidate
	m.mu.Lock()
	for site, f := range m.sites {
		if f.going.Load() {
			continue // what it takes is as good as free
		}
		total += f.bytes.Load()
		if now-f.used.Load() >= idleBefore(f.bytes.Load()) {
			idle = append(idle, candidate{site, f})
		}
	}
	m.mu.Unlock()
	if total <= m.limit {
		return
	}
	slices.SortFunc(idle, func(a, b candidate) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	low := int64(float64(m.limit) * memoryLow)
	for _, c := range idle {
		if total <= low {
			return
		}
		c.going.Store(true)
		total -= c.bytes.Load()
		m.evict(c.site)
	}
}

// keepMemory looks until the system stops.
func (s *System) keepMemory() {
	defer s.followers.Done()
	t := time.NewTicker(memoryLook)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.memory.look(s.now().UnixMilli())
			s.metrics.StateBytes.Set(float64(s.memory.total()))
		case <-s.ctx.Done():
			return
		}
	}
}

// StateBytes is about how many bytes the states of all sites that are awake take.
func (s *System) StateBytes() int64 { return s.memory.total() }

// evictSite: memory → partition. The site is to sleep, unless it was used a moment ago.
type evictSite struct{ site analytics.SiteID }

func (p *partition) evict(ctx actor.Context, m *evictSite) {
	c := p.sites[m.site]
	if c == nil || !c.ready || p.sys.now().UnixMilli()-c.lastUsed < idleBefore(c.footprint.bytes.Load()) {
		if c != nil {
			c.footprint.going.Store(false)
		}
		return
	}
	c.ready = false
	ctx.Send(c.pid, &passivate{})
}

// grown measures the state once so many records were folded that it may have grown by a good part.
func (a *site) grown(records int) {
	a.unmeasured += records
	if bytes := a.footprint.bytes.Load(); a.unmeasured >= int(min(4096, 8+bytes/4096)) {
		a.measure()
	}
}

// measure tells how much memory the site takes.
func (a *site) measure() {
	a.unmeasured = 0
	a.footprint.bytes.Store(a.state.Size().Total())
}
