package actors

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Retain drops the days that a site keeps no longer at the time now: those older than days. Each is a record in the log, so that a replay drops
// the same ones. It returns how many there were.
func (s *System) Retain(ctx context.Context, site analytics.SiteID, now time.Time, days int) (dropped int, err error) {
	view, err := s.view(ctx, site)
	if err != nil {
		return 0, s.readError(site, err)
	}
	expired := view.Expired(now.UnixMilli(), now.UnixMilli()-int64(days)*86_400_000)
	if len(expired) == 0 {
		return 0, nil
	}
	records := make([]analytics.Record, len(expired))
	for i := range expired {
		records[i].Forget = &expired[i]
	}
	if _, err := s.batcher.submit(ctx, site, records, true); err != nil {
		return 0, fmt.Errorf("drop %d days of %s: %w", len(expired), site, err)
	}
	s.tables.days.forget(site) // nobody asks for them any more (tables.life)
	s.tables.sums.forget(site)
	return len(expired), nil
}

// SteadyClock tells whether the clock has run for a while without a jump: what a clock that jumps 400 days ahead says must not erase a year.
// Safe for concurrent use.
type SteadyClock struct {
	wall    func() time.Time
	running func() time.Duration

	mu       sync.Mutex
	lastWall time.Time
	last     time.Duration
	since    time.Duration // running, when the clock last jumped
}

// steadyFor is how long the clock must have run, and clockJump by how much it may differ from the monotonic clock between two looks at it.
const (
	steadyFor = time.Hour
	clockJump = time.Minute
)

// NewSteadyClock begins to watch the clock that people see (wall), beside one that never jumps (running).
func NewSteadyClock(wall func() time.Time, running func() time.Duration) *SteadyClock {
	return &SteadyClock{wall: wall, running: running, lastWall: wall().Round(0), last: running(), since: running()}
}

// Steady looks at the clock; it is called every few minutes at least.
func (c *SteadyClock) Steady() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, running := c.wall().Round(0), c.running()
	if jump := wall.Sub(c.lastWall) - (running - c.last); jump > clockJump || jump < -clockJump {
		c.since = running
	}
	c.lastWall, c.last = wall, running
	return running-c.since >= steadyFor
}
