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

const (
	// storeIn is how long an erasure waits for all other sites to store, while requests go on.
	storeIn = time.Minute
	// holdFor is the longest that an erasure holds up the requests of all sites; they wait up to Config.AnswerIn.
	holdFor = 6 * time.Second
)

// Erase removes every byte of a site: its state, its events, and what the log has of them. While the log is emptied, requests of all sites wait,
// a moment as a rule. Who calls it has written down that the site is to be erased: after an error, and after a crash, it is called again. The
// site must not be used any more. A site that cannot store, and a log that cannot be opened after a storage error, are errors.
func (s *System) Erase(ctx context.Context, site analytics.SiteID) error {
	s.erasing.Lock()
	defer s.erasing.Unlock()
	s.batcher.erase(site)
	// Most of the storing goes on beside requests. Where it fails, it has held up none.
	err := s.storeAll(ctx, site, storeIn)
	if err == nil {
		err = s.emptyLog(ctx, site)
	}
	if err != nil {
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

// storeAll waits until what was handed out before it was called is in checkpoints, but for one site.
func (s *System) storeAll(ctx context.Context, but analytics.SiteID, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	upTo := s.coverage.handed()
	var left []analytics.SiteID
	err := await1ms(ctx, "checkpoints", func() bool {
		left = s.coverage.flush(upTo, but)
		return len(left) == 0
	})
	if err != nil {
		return fmt.Errorf("%w (of %d sites, %s among them)", err, len(left), left[0])
	}
	return nil
}

// emptyLog stops the site, stores all others, and empties the log, so that no byte of the site is left in it.
func (s *System) emptyLog(ctx context.Context, site analytics.SiteID) error {
	ctx, cancel := context.WithTimeout(ctx, holdFor)
	defer cancel()
	s.batcher.commits.take() // no block is appended until it is given back
	defer s.batcher.commits.give()
	if _, err := s.log.Append(ctx, nil); err != nil { // a block whose append failed is in the log from here on, or never
		return fmt.Errorf("append nothing: %w", err)
	}
	if err := await1ms(ctx, "blocks to be handed out", s.handedOut); err != nil {
		return err
	}
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
	if err := s.storeAll(ctx, site, holdFor); err != nil {
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

// handedOut tells whether every block of the log was handed to its partition.
func (s *System) handedOut() bool {
	last := s.coverage.handed()
	for p := range analytics.Partition(analytics.Partitions) {
		first, next, err := s.log.Bounds(p)
		if err != nil || first < next && last[p]+1 < next {
			return false
		}
	}
	return true
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

// handed returns the position of each partition's last block that was handed out.
func (c *coverage) handed() [analytics.Partitions]analytics.Pos {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// flush asks every site but one that has records up to the positions in no checkpoint to store, and names them.
func (c *coverage) flush(upTo [analytics.Partitions]analytics.Pos, but analytics.SiteID) (left []analytics.SiteID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for site, u := range c.sites {
		if site == but || u.first > upTo[site.Partition()] {
			continue
		}
		left = append(left, site)
		if !c.underWay[site] {
			c.underWay[site] = true
			c.request(site)
		}
	}
	return left
}

// unfolded is the number of blocks that were taken for the log and are not folded yet.
func (b *batcher) unfolded() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.blocks)
}
