package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Close drains and stops the server until ctx is done: first the edges, then the fold, then the disk. None of them takes more than half of the time
// that is left: one that hangs leaves the others theirs, and is itself left behind, as the program ends.
func (i *instance) Close(ctx context.Context) error {
	var errs []error
	for n := len(i.closers) - 1; n >= 0; n-- {
		part, cancel := half(ctx)
		err := i.closers[n].end(part)
		cancel()
		if errors.Is(err, errHangs) {
			i.logger.Error("a part does not end and is left behind; what was answered with success is in the log, what else it had to write is not stored",
				"part", i.closers[n].what)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", i.closers[n].what, err))
		}
	}
	i.closers = nil
	return errors.Join(errs...)
}

// lastWords is how much longer than its time a part may take to end.
const lastWords = 100 * time.Millisecond

// errHangs says that a part did not end in its time, as when it waits for a disk that does not answer.
var errHangs = errors.New("it hangs, as when its disk does not answer")

// end closes the part. Errors: errHangs; its own.
func (c closer) end(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- c.close(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(lastWords):
		return errHangs
	}
}

// half is over when half of the time of ctx is.
func half(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithTimeout(ctx, time.Until(end)/2)
	}
	return context.WithCancel(ctx)
}
