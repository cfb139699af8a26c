package actors

import "context"

// turn is a mutex that is held over slow writes: a channel, because simulated time stands still while somebody waits for a sync.Mutex.
type turn chan struct{} // its capacity is how many may have it at a time

func (t turn) take() { t <- struct{}{} }

func (t turn) give() { <-t }

// await is take for a caller who may go away first. Errors: *analytics.Unavailable.
func (t turn) await(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return callerGone(ctx)
	}
}
