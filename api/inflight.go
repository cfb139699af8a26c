package api

import (
	"context"
	"fmt"
	"sync"
)

// inFlight counts the requests of users that may change something, so that the end of an account can wait for those that were let in before. Safe
// for concurrent use; the zero value counts none.
type inFlight struct {
	mu    sync.Mutex
	count map[string]int // by user
	left  chan struct{}  // closed when a request ends; nil: nobody waits
}

// enter counts a request until leave is called.
func (u *inFlight) enter(user string) (leave func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count == nil {
		u.count = make(map[string]int)
	}
	u.count[user]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.count[user]--; u.count[user] == 0 {
			delete(u.count, user)
		}
		if u.left != nil {
			close(u.left)
			u.left = nil
		}
	}
}

// wait returns once no more than own requests of the user are under way. The error is that of ctx.
func (u *inFlight) wait(ctx context.Context, user string, own int) error {
	for {
		u.mu.Lock()
		if u.count[user] <= own {
			u.mu.Unlock()
			return nil
		}
		if u.left == nil {
			u.left = make(chan struct{})
		}
		left := u.left
		u.mu.Unlock()
		select {
		case <-left:
		case <-ctx.Done():
			return fmt.Errorf("requests of a deleted account are under way: %w", ctx.Err())
		}
	}
}
