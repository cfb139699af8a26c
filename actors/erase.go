package actors

import (
	"context"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/ztas-io/ztas/analytics"
)

// eraseSite: System.Erase → partition. The parent forgets the site; the answer is its actor, nil when it sleeps.
type eraseSite struct {
	site  analytics.SiteID
	reply chan<- *actor.PID // of capacity 1
}

// holdFor is the longest that an erasure holds up the requests of all sites; they wait up to Config.AnswerIn.
const holdFor = 6 * time.Second

// Erase removes every byte of a site: its state, its events, and what the log has of them. While the log is emptied, requests of all sites wait,
// a moment as a rule. Who calls it has written down that the site is to be erased: after an error, and after a crash, it is called again. The
// site must not be used any more.
func (s *System) Erase(ctx context.Context, site analytics.SiteID) error {
	s.erasing.Lock()
	defer s.erasing.Unlock()
	s.batcher.erase(site)
	if err := s.emptyLog(ctx, site); err != nil {
		return fmt.Errorf("erase %s: %w", site, err)
	}
	if err := s.store.Drop(site); err != nil {
		return fmt.Errorf("erase %s: %w", site, err)
	}
	for _, c := range []*cache{s.tables.days, s.tables.sums, s.rollups.cache, s.passive.views} {
		c.forget(site)
	}
	return nil
}

// Backup calls snapshot while no block is being appended, for which it must take a moment only, and then copy while blocks go on. No site is
// erased before copy is done.
func (s *System) Backup(snapshot, copy func() error) error {
	s.erasing.Lock()
	defer s.erasing.Unlock()
	still := func() error {
		s.batcher.commits.take()
		defer s.batcher.commits.give()
		return snapshot()
	}
	if err := still(); err != nil {
		return err
	}
	return copy()
}

// emptyLog stops the site, stores all others, and empties the log, so that no byte of the site is left in it.
func (s *System) emptyLog(ctx context.Context, site analytics.SiteID) error {
	ctx, cancel := context.WithTimeout(ctx, holdFor)
	defer cancel()
	s.batcher.commits.take() // no block is appended until it is given back
	defer s.batcher.commits.give()
	if err := await1ms(ctx, "blocks to be folded", func() bool { return s.batcher.unfolded() == 0 }); err != nil {
		return err
	}
	reply := make(chan *actor.PID, 1)
	s.actors.Root.Send(s.partitions[site.Partition()], &eraseSite{site: site, reply: reply})
	pid, err := await(ctx, reply, s.cfg.AnswerIn)
	if err != nil {
		return err
	}
	if pid != nil {
		if err := s.actors.Root.PoisonFuture(pid).Wait(); err != nil {
			return fmt.Errorf("stop the site: %w", err)
		}
	}
	if err := s.storing.wait(ctx, site); err != nil {
		return err
	}
	s.coverage.erased(site)
	if err := await1ms(ctx, "checkpoints", s.coverage.flush); err != nil {
		return err
	}
	for p := range analytics.Partition(analytics.Partitions) {
		_, next, err := s.log.Bounds(p)
		if err == nil {
			err = s.log.TruncateBefore(p, next)
		}
		if err != nil {
			return fmt.Errorf("empty the log: %w", err)
		}
	}
	return nil
}

// await1ms looks every millisecond whether something is so.
func await1ms(ctx context.Context, what string, so func() bool) error {
	t := time.NewTicker(time.Millisecond)
	defer t.Stop()
	for !so() {
		select {
		case <-t.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
	return nil
}

// eraseSite forgets a site. Nothing is on its way to it: no block waits to be folded.
func (p *partition) eraseSite(ctx actor.Context, m *eraseSite) {
	c := p.sites[m.site]
	delete(p.sites, m.site)
	p.sys.memory.leave(m.site)
	delete(p.careful, m.site)
	if c == nil || c.pid == nil {
		m.reply <- nil
		return
	}
	ctx.Unwatch(c.pid)
	m.reply <- c.pid
}

// erased forgets a site that is no more.
func (c *coverage) erased(site analytics.SiteID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if u := c.sites[site]; u != nil {
		c.records -= u.records
	}
	delete(c.sites, site)
	delete(c.underWay, site)
	delete(c.ahead, site)
}

// flush asks every site that has records in no checkpoint to store, and tells whether there is none left.
func (c *coverage) flush() (done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for site := range c.sites {
		if !c.underWay[site] {
			c.underWay[site] = true
			c.request(site)
		}
	}
	return len(c.sites) == 0
}

// unfolded is the number of blocks that were taken for the log and are not folded yet.
func (b *batcher) unfolded() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.blocks)
}
