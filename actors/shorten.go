package actors

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
)

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
// the same, or makes a backup. Requests go on, and a stop ends it.
func (s *System) shorten() error {
	select {
	case s.erasing <- struct{}{}:
	default:
		return nil
	}
	defer s.erasing.give()
	but := make(map[analytics.SiteID]bool)
	if err := s.storeBeside(s.ctx, but); err != nil { // first, so that emptyLog waits for nobody: what is appended meanwhile stays
		return err
	}
	if err := s.emptyLog(s.ctx, but, func(context.Context) error { return nil }); err != nil {
		return err
	}
	s.coverage.shortened()
	return nil
}
