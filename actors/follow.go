package actors

import (
	"errors"
	"fmt"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// follow hands the partition's blocks to its actor, in the order of the log, with at most Credits on their way.
func (s *System) follow(p analytics.Partition, first, end analytics.Pos) {
	defer s.followers.Done()
	tokens := make(chan struct{}, s.cfg.Credits)
	for range s.cfg.Credits {
		tokens <- struct{}{}
	}
	caughtUp := first >= end
	if caughtUp {
		s.replaying.Add(-1)
	}
	reader, err := s.log.Read(s.ctx, p, first)
	if err != nil {
		s.followEnds(p, err)
		return
	}
	defer reader.Close()
	for {
		pos, data, err := reader.Next(s.ctx)
		if errors.Is(err, ErrLogSuspended) {
			s.reopenLog()
			continue
		}
		if err != nil {
			s.followEnds(p, err)
			return
		}
		block, err := analytics.DecodeBlock(data)
		if err != nil {
			s.followEnds(p, fmt.Errorf("block %d: %w", pos, err))
			return
		}
		for !caughtUp && s.replayWaits() { // what arrives later is bounded by the budget of requests
			time.Sleep(replayLook)
		}
		select {
		case <-tokens:
		case <-s.ctx.Done():
			return
		}
		s.actors.Root.Send(s.partitions[p], &foldBlock{pos: pos, block: block, credit: &credit{tokens: tokens}})
		if !caughtUp && pos+1 >= end {
			caughtUp = true
			if !s.awaitAll(tokens) {
				return
			}
			s.replaying.Add(-1)
		}
	}
}

// reopenEvery is the time between two tries to open a suspended log for who reads it.
const reopenEvery = 100 * time.Millisecond

// reopenLog waits a moment and tries to open the log again. What is wrong with it the log has logged.
func (s *System) reopenLog() {
	select {
	case <-time.After(reopenEvery):
	case <-s.ctx.Done():
		return
	}
	_, _ = s.log.Append(s.ctx, nil)
}

// replayWaits tells whether the log must not be folded further for now: states take too much memory and are giving it back. While the store cannot
// write they give nothing back, and a server that starts on a full disk is to serve what it has.
func (s *System) replayWaits() bool {
	return s.memory.crowded.Load() && s.storing.failing.Load() == 0 && s.ctx.Err() == nil
}

func (s *System) followEnds(p analytics.Partition, err error) {
	if s.ctx.Err() != nil || errors.Is(err, ErrLogClosed) {
		return
	}
	select {
	case s.failure <- fmt.Errorf("actors: partition %d: %w", p, err):
	default:
	}
}
