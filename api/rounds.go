package api

import (
	"context"
	"time"
)

// rounds does work that may have to be repeated: at the start, when it is woken, and a while after a round that was not complete.
type rounds struct {
	woken chan struct{} // of capacity 1; full: there may be work
}

const roundRetry = time.Minute

func newRounds() rounds { return rounds{make(chan struct{}, 1)} }

// wake tells that there may be work now.
func (r rounds) wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// run calls round until ctx ends.
func (r rounds) run(ctx context.Context, round func() (complete bool)) {
	for {
		var retry <-chan time.Time
		if !round() {
			retry = time.After(roundRetry)
		}
		select {
		case <-ctx.Done():
			return
		case <-r.woken:
		case <-retry:
		}
	}
}
