package actors

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
)

// shortenBlocks bounds how many blocks are written anew between two erases: requests wait about a second for 10,000
// (docs/adr/015-an-erase-beside-a-damaged-site.md).
const shortenBlocks = 16_000

// wantShort asks for the log to be shortened. It does not block.
func (s *System) wantShort() {
	select {
	case s.long <- struct{}{}:
	default:
	}
}

// keepShort shortens the log when it is wanted, until the system stops.
func (s *System) keepShort() {
	defer s.followers.Done()
	for {
		select {
		case <-s.long:
			if err := s.shorten(); err != nil && s.ctx.Err() == nil {
				s.logger.Warn("the log could not be shortened", "error", err)
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// shorten takes out of the log what is stored, although sites that cannot store hold it. It does nothing while somebody erases a site, which does
// the same, or makes a backup, and nothing when it would hold up requests for long.
func (s *System) shorten() error {
	select {
	case s.erasing <- struct{}{}:
	default:
		return nil
	}
	defer s.erasing.give()
	but := make(map[analytics.SiteID]bool)
	if err := s.storeBeside(s.ctx, but); err != nil {
		return err
	}
	if n, err := s.heldBlocks(but); err != nil || n > shortenBlocks {
		return err
	}
	if err := s.emptyLog(s.ctx, but, func(context.Context) error { return nil }); err != nil {
		return err
	}
	s.coverage.shortened()
	return nil
}

// heldBlocks counts the blocks from the first that some sites have not stored, partition by partition.
func (s *System) heldBlocks(by map[analytics.SiteID]bool) (n int, err error) {
	held := make(map[analytics.Partition]analytics.Pos)
	for site := range by {
		first := s.coverage.firstUncovered(site)
		if from, ok := held[site.Partition()]; first != 0 && (!ok || first < from) {
			held[site.Partition()] = first
		}
	}
	for p, from := range held {
		_, next, err := s.log.Bounds(p)
		if err != nil {
			return 0, err
		}
		n += int(next - from)
	}
	return n, nil
}
