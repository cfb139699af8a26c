package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/ztas-io/ztas/analytics"
)

// partition is the parent of its sites: it cuts blocks into sections, wakes sites, puts them to sleep and rebuilds those that failed.
type partition struct {
	sys     *System
	number  analytics.Partition
	sites   map[analytics.SiteID]*child
	careful map[analytics.SiteID][]analytics.Pos // the blocks from which on a site that failed is folded record by record
}

// child is what the parent knows of one site.
type child struct {
	pid       *actor.PID
	ready     bool  // it may be sent messages; otherwise they are kept
	kept      []any // in order
	lastUsed  int64 // uptime, ms
	footprint *footprint
	failing   failing
	failed    bool // waits for its rebuild
}

// keep holds a message back until the site is awake. Questions that nobody waits for any more go when the list is full, before it grows.
func (c *child) keep(m any) {
	if len(c.kept) == cap(c.kept) {
		now := time.Now()
		c.kept = slices.DeleteFunc(c.kept, func(m any) bool {
			q, ok := m.(question)
			return ok && now.After(q.waitsUntil())
		})
		c.kept = slices.Grow(c.kept, max(len(c.kept), 4))
	}
	c.kept = append(c.kept, m)
}

// giveCreditsBack lets the follower go on: what is kept is not folded soon.
func (c *child) giveCreditsBack() {
	for _, kept := range c.kept {
		if section, ok := kept.(*foldSection); ok {
			section.credit.release()
			section.credit = nil
		}
	}
}

// use notes that the site is wanted at the uptime now, ms.
func (c *child) use(now int64) {
	c.lastUsed = now
	c.footprint.used.Store(now)
}

// Receive is the partition's table of contents.
func (p *partition) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *foldBlock:
		p.foldBlock(ctx, m)
	case *askView:
		p.forward(ctx, m.site, m, !m.aside)
	case *askRealtime:
		p.forward(ctx, m.site, m, true)
	case *eraseSite:
		p.eraseSite(ctx, m)
	case *checkpointNow:
		c := p.sites[m.site]
		switch {
		case c == nil:
			p.sys.coverage.failed(m.site)
		case c.ready:
			ctx.Send(c.pid, m)
		default:
			c.keep(m)
		}
	case *siteAwake:
		p.awake(ctx, m)
	case *siteAsleep:
		p.asleep(ctx, m)
	case *siteFailed:
		p.siteFailed(ctx, m)
	case *rebuildSite:
		p.rebuild(ctx, m)
	case *evictSite:
		p.evict(ctx, m)
	case *trimSite:
		p.trim(ctx, m)
	case *tick:
		p.passivateIdle(ctx, m.now)
	case *actor.Terminated:
		p.terminated(ctx, m.Who)
	case *actor.Started, *actor.Stopping, *actor.Stopped, *actor.Restarting:
	default:
		p.sys.metrics.Unknown.Inc()
	}
}

func (p *partition) foldBlock(ctx actor.Context, m *foldBlock) {
	p.sys.coverage.handedOut(p.number, m.pos, m.block)
	m.credit.left.Store(int32(len(m.block.Sections)) + 1)
	for _, s := range m.block.Sections {
		c := p.child(ctx, s.Site)
		section := &foldSection{pos: m.pos, block: m.block, section: s, credit: m.credit}
		if c.ready {
			ctx.Send(c.pid, section)
			continue
		}
		if c.failed || p.sys.Ready() { // at start all of the log would follow; later the budget bounds what is kept
			section.credit = nil
			m.credit.release()
		}
		c.keep(section)
	}
	m.credit.release()
}

// child returns the site's entry; a site that sleeps is woken.
func (p *partition) child(ctx actor.Context, site analytics.SiteID) *child {
	c := p.sites[site]
	if c == nil {
		c = &child{footprint: p.sys.memory.enter(site)}
		p.sites[site] = c
		p.spawn(ctx, site, c, false, nil)
	}
	c.use(p.sys.uptime())
	return c
}

func (p *partition) spawn(ctx actor.Context, site analytics.SiteID, c *child, rebuilt bool, careful []analytics.Pos) {
	c.ready, c.failed = false, false
	c.footprint.reset()
	c.pid = ctx.Spawn(siteProps(p.sys, site, ctx.Self(), c.footprint, rebuilt, careful))
	ctx.Watch(c.pid)
}

// forward sends a question to the site, which is used by it or not, or keeps it. It answers itself when the site sleeps, or fails again and again.
func (p *partition) forward(ctx actor.Context, site analytics.SiteID, q question, uses bool) {
	c := p.sites[site]
	if c == nil {
		q.notHere(nil)
		return
	}
	if uses {
		c.use(p.sys.uptime())
	}
	switch {
	case c.failed && c.failing.row >= manyFailures:
		q.notHere(errRebuilt)
	case c.ready:
		ctx.Send(c.pid, q)
	default:
		c.keep(q)
	}
}

func (p *partition) awake(ctx actor.Context, m *siteAwake) {
	c := p.sites[m.site]
	if c == nil || !c.pid.Equal(m.pid) {
		return
	}
	c.ready, c.failing.row = true, 0
	c.footprint.going.Store(false)
	p.sys.batcher.suspend(m.site, 0)
	for _, kept := range c.kept {
		ctx.Send(c.pid, kept)
	}
	c.kept = nil
}

// passivateIdle puts the sites to sleep that nobody used for a while.
func (p *partition) passivateIdle(ctx actor.Context, now int64) {
	for _, c := range p.sites {
		if c.ready && now-c.lastUsed >= p.sys.cfg.PassivateAfter.Milliseconds() {
			c.ready = false
			ctx.Send(c.pid, &passivate{})
		}
	}
}

// asleep forgets a site that sleeps. What came meanwhile wakes it if it is to be folded; questions are answered from its root, as later ones are.
func (p *partition) asleep(ctx actor.Context, m *siteAsleep) {
	c := p.sites[m.site]
	if c == nil || !c.pid.Equal(m.pid) {
		return
	}
	p.sys.metrics.Passivations.Inc()
	ctx.Unwatch(c.pid)
	ctx.Stop(c.pid)
	if slices.ContainsFunc(c.kept, func(m any) bool { _, fold := m.(*foldSection); return fold }) {
		p.spawn(ctx, m.site, c, false, nil)
		return
	}
	delete(p.sites, m.site)
	p.sys.memory.leave(m.site)
	for _, kept := range c.kept {
		switch m := kept.(type) {
		case question:
			m.notHere(nil)
		case *checkpointNow:
			p.sys.coverage.failed(m.site)
		}
	}
}

func (p *partition) siteFailed(ctx actor.Context, m *siteFailed) {
	c := p.sites[m.site]
	if c == nil || !c.pid.Equal(m.pid) || c.failed {
		return
	}
	if c.failing.add() {
		p.sys.logger.Error("site failed", "site", m.site, "position", m.at, "failures", c.failing.row, "cause", m.cause)
	}
	p.discard(ctx, m.site, c, m.at)
}

func (p *partition) terminated(ctx actor.Context, who *actor.PID) {
	if p.sys.ctx.Err() != nil {
		return // the system stops
	}
	for site, c := range p.sites {
		if c.pid.Equal(who) && !c.failed {
			if c.failing.add() {
				p.sys.logger.Error("site actor ended", "site", site, "failures", c.failing.row)
			}
			p.discard(ctx, site, c, 0)
			return
		}
	}
}

// discard stops the failed actor and rebuilds the site after a pause; meanwhile its new requests are refused.
func (p *partition) discard(ctx actor.Context, site analytics.SiteID, c *child, at analytics.Pos) {
	p.sys.batcher.suspend(site, c.failing.row)
	p.sys.coverage.rest(site)
	p.sys.metrics.Rebuilds.Inc()
	c.ready, c.failed = false, true
	ctx.Unwatch(c.pid)
	ctx.Poison(c.pid) // behind what is in its mailbox: it gives the credits back
	c.giveCreditsBack()
	self, root, pid := ctx.Self(), p.sys.actors.Root, c.pid
	if at != 0 {
		p.careful[site] = carefully(p.careful[site], at, p.sys.coverage.firstUncovered(site))
	}
	p.sys.after(c.failing.pause(), func() { root.Send(self, &rebuildSite{site: site, pid: pid}) })
}

// carefully adds a block that failed to a list, without those that no replay comes near any more: it begins at first. A new list is made, as actors
// have the old one.
func carefully(list []analytics.Pos, at, first analytics.Pos) []analytics.Pos {
	out := []analytics.Pos{at}
	for _, from := range list {
		if from != at && from+carefulBlocks > first {
			out = append(out, from)
		}
	}
	return out
}

func (p *partition) rebuild(ctx actor.Context, m *rebuildSite) {
	c := p.sites[m.site]
	if c == nil || !c.pid.Equal(m.pid) || !c.failed {
		return
	}
	p.spawn(ctx, m.site, c, true, p.careful[m.site])
}
