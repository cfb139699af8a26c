package actors

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Times between two questions to a store that failed, how it stands.
const (
	firstAsk = 100 * time.Millisecond
	lastAsk  = 30 * time.Second
)

// commit makes a checkpoint durable. After an error of the store it is not known whether it has it. A state that goes on from the wrong root
// names blobs that are freed, so nobody goes on until the store can write again: then its root tells. It returns the first error when the
// checkpoint is not there, and when the system stops before that is known.
func (s *System) commit(c Checkpoint) error {
	failed := s.store.Commit([]Checkpoint{c})
	if failed == nil {
		return nil
	}
	s.storing.failing.Add(1)
	defer s.storing.failing.Add(-1)
	t := time.NewTimer(0)
	defer t.Stop()
	for pause := firstAsk; ; pause = min(2*pause, lastAsk) {
		select {
		case <-t.C:
		case <-s.ctx.Done():
			return failed
		}
		stored, err := s.isStored(c)
		switch {
		case err == nil && stored:
			s.logger.Warn("a checkpoint is there, although its commit failed", "site", c.Site, "error", failed)
			return nil
		case err == nil:
			return failed
		case pause == firstAsk:
			s.logger.Error("the store cannot write; a checkpoint waits for it", "site", c.Site, "error", failed)
		}
		t.Reset(pause)
	}
}

// isStored tells whether the store has a checkpoint whose commit failed. An error means that it cannot tell yet.
func (s *System) isStored(c Checkpoint) (bool, error) {
	if err := s.store.Commit(nil); err != nil {
		return false, err
	}
	root, ok, err := s.store.Root(c.Site)
	return ok && bytes.Equal(root, c.Root), err
}

// storing knows the sites whose checkpoint is under way, so that a site that is rebuilt waits for the one that its predecessor began: two at a
// time would give their blobs the same names.
type storing struct {
	failing atomic.Int32 // checkpoints of which it is not known whether the store has them: it failed

	mu    sync.Mutex
	sites map[analytics.SiteID]chan struct{}
}

func (s *storing) begin(site analytics.SiteID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sites == nil {
		s.sites = make(map[analytics.SiteID]chan struct{})
	}
	s.sites[site] = make(chan struct{})
}

func (s *storing) end(site analytics.SiteID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.sites[site])
	delete(s.sites, site)
}

// count is the number of sites whose checkpoint is under way.
func (s *storing) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sites)
}

// wait blocks until no checkpoint of the site is under way, or ctx is done.
func (s *storing) wait(ctx context.Context, site analytics.SiteID) error {
	s.mu.Lock()
	done := s.sites[site]
	s.mu.Unlock()
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a checkpoint of %s: %w", site, ctx.Err())
	}
}
