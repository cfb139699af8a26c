package actors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/ztas-io/ztas/analytics"
)

// eraseSite: System.Erase → partition. The parent forgets the site; the answer is its actor, nil when it sleeps.
type eraseSite struct {
	site  analytics.SiteID
	reply chan<- *actor.PID // of capacity 1
}

// storeIn is how long an erasure waits for all other sites to store.
const storeIn = time.Minute

// Erase removes every byte of a site: its state, its events, and what the log has of them. Requests of other sites go on. Who calls it has written
// down that the site is to be erased: after an error, and after a crash, it is called again. The site must not be used any more. What the log has of
// a site that cannot be loaded, or not store, stays there, in a log that is written anew. A store that cannot write, and a log that cannot be opened
// after a storage error, are errors. It ends soon after ctx, and after the system was stopped.
func (s *System) Erase(ctx context.Context, site analytics.SiteID) error {
	if err := s.erasing.await(ctx); err != nil {
		return fmt.Errorf("erase %s: %w", site, err)
	}
	defer s.erasing.give()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	s.batcher.erase(site)
	but := map[analytics.SiteID]bool{site: true}
	err := s.storeBeside(ctx, but)
	if err == nil {
		err = s.emptyLog(ctx, but, func(ctx context.Context) error { return s.endSite(ctx, site) })
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
// erased before copy is done. One that waits for an erase ends when the system stops.
func (s *System) Backup(snapshot, copy func() error) error {
	if err := s.erasing.await(s.ctx); err != nil {
		return fmt.Errorf("wait for an erase: %w", err)
	}
	defer s.erasing.give()
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

// storeBeside stores all sites but some; those that cannot store are added to but.
func (s *System) storeBeside(ctx context.Context, but map[analytics.SiteID]bool) error {
	left, err := s.storeAll(ctx, but, storeIn)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && s.store.Commit(nil) == nil {
		err = nil // the store can write, these sites have a reason of their own
	}
	for _, l := range left {
		but[l] = true
	}
	return err
}

// storeAll waits until what was handed out before it was called is in checkpoints, but for some sites and those that are being rebuilt. It names
// the ones beside but that have not stored.
func (s *System) storeAll(ctx context.Context, but map[analytics.SiteID]bool, limit time.Duration) (left []analytics.SiteID, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	upTo := s.coverage.handed()
	err = await1ms(ctx, "checkpoints", func() bool {
		left = s.coverage.flush(upTo, but)
		return s.batcher.rebuilt(left)
	})
	if err != nil {
		err = fmt.Errorf("%w (of %d sites, %s among them)", err, len(left), left[0])
	}
	return left, err
}

// emptyLog takes every byte out of the log that is there when it is called, but of sites that cannot store; these are added to but. prepare is called
// once all of that was handed out. Blocks go on being appended and folded.
func (s *System) emptyLog(ctx context.Context, but map[analytics.SiteID]bool, prepare func(context.Context) error) error {
	s.batcher.commits.take() // the commit under way was made before the call
	s.batcher.commits.give()
	if _, err := s.log.Append(ctx, nil); err != nil { // a block whose append failed is in the log from here on, or never
		return fmt.Errorf("append nothing: %w", err)
	}
	var keep map[analytics.SiteID]bool
	settle := func() (err error) {
		keep, err = s.settle(ctx, but, prepare)
		return err
	}
	if err := s.log.Rewrite(ctx, settle, func(block []byte) ([]byte, error) { return sectionsOf(keep, block) }); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	return nil
}

// settle stores what the log has now, and lets the log forget it. It names the sites of which the log is needed.
func (s *System) settle(ctx context.Context, but map[analytics.SiteID]bool, prepare func(context.Context) error) (keep map[analytics.SiteID]bool, err error) {
	upTo, err := s.lastBlocks()
	if err != nil {
		return nil, err
	}
	if err := s.awaitHanded(ctx, &upTo, prepare); err != nil {
		return nil, err
	}
	if err := s.storeBeside(ctx, but); err != nil {
		return nil, err
	}
	for p := range analytics.Partition(analytics.Partitions) {
		if err := s.log.TruncateBefore(p, s.coverage.neededFrom(p)); err != nil {
			return nil, fmt.Errorf("cut the log: %w", err)
		}
	}
	if keep = s.coverage.uncoveredSites(&upTo); len(keep) > 0 {
		s.logger.Warn("sites could not store: what the log has of them is written anew", "sites", len(keep))
	}
	return keep, nil
}

// awaitHanded waits until the blocks up to these positions were handed to their partitions, and then calls prepare.
func (s *System) awaitHanded(ctx context.Context, upTo *[analytics.Partitions]analytics.Pos, prepare func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, storeIn)
	defer cancel()
	err := await1ms(ctx, "blocks to be handed out", func() bool {
		for p, last := range s.coverage.handed() {
			if last < upTo[p] {
				return false
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return prepare(ctx)
}

// lastBlocks gives the position of each partition's last block; 0 when the log has none.
func (s *System) lastBlocks() (last [analytics.Partitions]analytics.Pos, err error) {
	for p := range last {
		first, next, err := s.log.Bounds(analytics.Partition(p))
		if err != nil {
			return last, err
		}
		if first < next {
			last[p] = next - 1
		}
	}
	return last, nil
}

// endSite stops a site's actor for good.
func (s *System) endSite(ctx context.Context, site analytics.SiteID) error {
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
	return nil
}

// sectionsOf gives a block without the sections of other sites; it may have none at all.
func sectionsOf(sites map[analytics.SiteID]bool, data []byte) ([]byte, error) {
	block, err := analytics.DecodeBlockHeader(data)
	if err != nil {
		return nil, err
	}
	other := func(s analytics.Section) bool { return !sites[s.Site] }
	if !slices.ContainsFunc(block.Sections, other) {
		return data, nil
	}
	if block, err = analytics.DecodeBlock(data); err != nil {
		return nil, err
	}
	block.Sections = slices.DeleteFunc(block.Sections, other)
	return block.Encode(), nil
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

// eraseSite forgets a site. Every block with records of it was handed out, so nothing follows that would wake it.
func (p *partition) eraseSite(ctx actor.Context, m *eraseSite) {
	c := p.sites[m.site]
	delete(p.sites, m.site)
	p.sys.memory.leave(m.site)
	delete(p.careful, m.site)
	if c == nil || c.pid == nil {
		m.reply <- nil
		return
	}
	c.giveCreditsBack()
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
	delete(c.resting, site)
	delete(c.ahead, site)
}

// handed returns the position of each partition's last block that was handed out.
func (c *coverage) handed() [analytics.Partitions]analytics.Pos {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// uncoveredSites are those that have records up to the positions in no checkpoint.
func (c *coverage) uncoveredSites(upTo *[analytics.Partitions]analytics.Pos) map[analytics.SiteID]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	sites := make(map[analytics.SiteID]bool)
	for site, u := range c.sites {
		if u.first <= upTo[site.Partition()] {
			sites[site] = true
		}
	}
	return sites
}

// neededFrom is the position below which all that was handed out of the partition is in checkpoints.
func (c *coverage) neededFrom(p analytics.Partition) analytics.Pos {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.needed(p)
}

// needed is neededFrom; c.mu is held.
func (c *coverage) needed(p analytics.Partition) analytics.Pos {
	from := c.last[p] + 1
	for s, u := range c.sites {
		if s.Partition() == p {
			from = min(from, u.first)
		}
	}
	return from
}

// flush asks every site but some that has records up to the positions in no checkpoint to store, and names them.
func (c *coverage) flush(upTo [analytics.Partitions]analytics.Pos, but map[analytics.SiteID]bool) (left []analytics.SiteID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for site, u := range c.sites {
		if but[site] || u.first > upTo[site.Partition()] {
			continue
		}
		left = append(left, site)
		c.ask(site)
	}
	return left
}

// rebuilt tells whether all of the sites are being rebuilt.
func (b *batcher) rebuilt(sites []analytics.SiteID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !slices.ContainsFunc(sites, func(site analytics.SiteID) bool { return b.suspended[site] == 0 })
}
