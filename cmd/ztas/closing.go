package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Close drains and stops the server until ctx is done: first the edges, then the fold, then the disk. None of them takes more than half of the time
// that is left: one that hangs leaves the others theirs.
func (i *instance) Close(ctx context.Context) error {
	var errs []error
	for n := len(i.closers) - 1; n >= 0; n-- {
		part, cancel := half(ctx)
		err := i.closers[n].close(part)
		cancel()
		if err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", i.closers[n].what, err))
		}
	}
	i.closers = nil
	return errors.Join(errs...)
}

// half is over when half of the time of ctx is.
func half(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithTimeout(ctx, time.Until(end)/2)
	}
	return context.WithCancel(ctx)
}
