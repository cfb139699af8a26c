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

// memory knows which sites are awake and how much their states take. When all together take more than they may, pages of large states leave memory,
// and where that is not enough the sites that were not used for longest are put to sleep. What a site computes never depends on it. Safe for
// concurrent use.
type memory struct {
	limit int64 // bytes
	least int64 // bytes that can leave memory for which it is worth it
	share int64 // idleShare
	trim  func(site analytics.SiteID, bytes int64)
	evict func(analytics.SiteID)

	lent    atomic.Int64 // uptime in ms until when a large question has half of the limit
	crowded atomic.Bool  // at the last look, states took much more than they may and some were giving memory back

	mu    sync.Mutex
	sites map[analytics.SiteID]*footprint
}

// footprint is a site's share. Its actor keeps bytes and loose, both used.
type footprint struct {
	bytes    atomic.Int64
	loose    atomic.Int64 // of bytes: what can leave memory while the site is awake
	used     atomic.Int64 // uptime in ms: when it was last sent something, or folded
	going    atomic.Bool  // it was told to sleep
	trimming atomic.Int64 // of loose: what it was told to give up
}

// reset is for a site that starts again.
func (f *footprint) reset() {
	f.bytes.Store(0)
	f.loose.Store(0)
	f.going.Store(false)
	f.trimming.Store(0)
}

// canTrim tells whether it is worth it that something leaves memory: mostly it has to be stored first.
func (f *footprint) canTrim(least int64) bool {
	return f.loose.Load() >= max(least, f.bytes.Load()/trimShare)
}

const (
	memoryLook = 250 * time.Millisecond
	shortLook  = 50 * time.Millisecond // while memory is short: a thousand sites in turn can ask for 100 MB a second
	replayLook = 25 * time.Millisecond // while the log is replayed
	memoryLow  = 0.9                   // of the limit: so far it goes down, so that not every look evicts
	memoryHigh = 1.25                  // of the limit: above it a replay waits for what is given back
	leastIdle  = 250                   // ms: a site that is used all the time does not sleep
	idleShare  = 32_000
	lentFor    = 5_000 // ms: an answer is put together after the last day was asked

	leastTrim = 4 << 20 // bytes
	trimShare = 16
	// loadedVisitors is how many bytes of a day's visitors are in memory when a site woke, as they are stored.
	loadedVisitors = 1 << 20
)

// idleBefore is for how long a site was not used before it may be put to sleep, ms. To wake takes about a second for 200 MB; a site sleeps when it
// was idle for six times as long, so that large ones do not come and go like small ones.
func (m *memory) idleBefore(bytes int64) int64 { return max(leastIdle, bytes/m.share) }

func newMemory(limit int64, trim func(analytics.SiteID, int64), evict func(analytics.SiteID)) *memory {
	return &memory{limit: limit, least: leastTrim, share: idleShare, trim: trim, evict: evict, sites: make(map[analytics.SiteID]*footprint)}
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

// candidate is a site that may give memory back.
type candidate struct {
	site analytics.SiteID
	*footprint
}

// lend lets a large question have half of the limit for a while from the uptime now on, ms: a day in slices and the rows of its answer take as much.
func (m *memory) lend(now int64) { m.lent.Store(now + lentFor) }

// allowed is how much states may take at the uptime now, ms.
func (m *memory) allowed(now int64) int64 {
	if now < m.lent.Load() {
		return m.limit / 2
	}
	return m.limit
}

// look has memory given back at the uptime now, ms. short tells that there was too little.
func (m *memory) look(now int64) (short bool) {
	limit := m.allowed(now)
	var total, giving int64
	var large, idle []candidate
	m.mu.Lock()
	for site, f := range m.sites {
		if f.going.Load() {
			giving += f.bytes.Load()
			continue // what it takes is as good as free
		}
		giving += f.trimming.Load()
		total += f.bytes.Load() - f.trimming.Load()
		if f.trimming.Load() == 0 && f.canTrim(m.least) {
			large = append(large, candidate{site, f})
		}
		if now-f.used.Load() >= m.idleBefore(f.bytes.Load()) {
			idle = append(idle, candidate{site, f})
		}
	}
	m.mu.Unlock()
	all := total + giving
	if total > limit {
		giving += m.giveBack(total-int64(float64(limit)*memoryLow), large, idle)
	}
	m.crowded.Store(giving > 0 && float64(all) > memoryHigh*float64(m.limit))
	return total > limit
}

// giveBack tells sites to give back so many bytes, and returns how much they were told to.
func (m *memory) giveBack(excess int64, large, idle []candidate) (told int64) {
	slices.SortFunc(large, func(a, b candidate) int { return cmp.Compare(b.loose.Load(), a.loose.Load()) })
	for _, c := range large {
		if told >= excess {
			return told
		}
		bytes := min(c.loose.Load(), excess-told)
		c.trimming.Store(bytes)
		told += bytes
		m.trim(c.site, bytes)
	}
	slices.SortFunc(idle, func(a, b candidate) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	for _, c := range idle {
		if told >= excess {
			return told
		}
		c.going.Store(true)
		told += c.bytes.Load()
		m.evict(c.site)
	}
	return told
}

// keepMemory looks until the system stops.
func (s *System) keepMemory() {
	defer s.followers.Done()
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			short := s.memory.look(s.uptime())
			s.metrics.StateBytes.Set(float64(s.memory.total()))
			switch {
			case !s.Ready():
				t.Reset(replayLook)
			case short:
				t.Reset(shortLook)
			default:
				t.Reset(memoryLook)
			}
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
	if c == nil || !c.ready || p.sys.uptime()-c.footprint.used.Load() < p.sys.memory.idleBefore(c.footprint.bytes.Load()) {
		if c != nil {
			c.footprint.going.Store(false)
		}
		return
	}
	c.ready = false
	ctx.Send(c.pid, &passivate{})
}

// trimSite: memory → partition → site. Pages and rows that take so many bytes are to leave memory.
type trimSite struct {
	site  analytics.SiteID
	bytes int64
}

func (p *partition) trim(ctx actor.Context, m *trimSite) {
	switch c := p.sites[m.site]; {
	case c == nil:
	case c.ready:
		ctx.Send(c.pid, m)
	default:
		c.footprint.trimming.Store(0)
	}
}

// trim lets go of pages that are stored. Where most have changed since, a checkpoint comes first, which also makes a part of the rows.
func (a *site) trim(ctx actor.Context, m *trimSite) {
	if a.broken {
		return // it starts again without any
	}
	if a.storing {
		a.excess = m.bytes
		return
	}
	freed := a.state.Evict(m.bytes)
	if freed >= m.bytes/2 {
		a.trimmed(freed)
		return
	}
	if a.resting {
		a.trimmed(freed)
		return
	}
	a.excess = m.bytes - freed
	a.checkpoint(ctx)
}

// trimmed notes that pages left memory.
func (a *site) trimmed(bytes int64) {
	a.sys.metrics.Evicted.Add(float64(bytes))
	a.excess = 0
	a.measure()
	a.footprint.trimming.Store(0)
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
	size := a.state.Size()
	a.footprint.bytes.Store(size.Total())
	a.footprint.loose.Store(size.Loose)
}
