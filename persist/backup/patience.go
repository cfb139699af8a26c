package backup

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"
)

// A disk can hang for ever in a call that nothing ends, as one behind NFS does whose server is gone. Who waits for it holds the log, which is not cut
// meanwhile, files of the store, and every erase.
const (
	patience = time.Hour   // without a step forward, then a copy is given up
	grace    = time.Second // for a copy whose context is done to take back what it has written

	forever time.Duration = math.MaxInt64
)

// errHangs says that a copy was given up.
var errHangs = errors.New("the backup's disk does not answer: the copy was given up; what is left of it is removed by the next one")

// pace tells that work on the disk of a backup gets on.
type pace struct {
	limit time.Duration // without a step
	grace time.Duration // after the end of the context
	steps atomic.Int64
	gone  atomic.Bool // nobody waits for the work any more
}

// step is called for each part of the work that is done.
func (p *pace) step() { p.steps.Add(1) }

// ended tells the work why it must not go on.
func (p *pace) ended(ctx context.Context) error {
	if p.gone.Load() {
		return errHangs
	}
	return ctx.Err()
}

// beside calls f, which does the work and asks ended now and then. It returns with f; or before, when ctx has been done for the grace, or f takes no
// step for the limit. Then f is left behind, and late is called when it ends after all. Errors: errHangs, that of ctx, those of f.
func (p *pace) beside(ctx context.Context, f func() error, late func()) (left bool, err error) {
	done, leaving := make(chan error), make(chan struct{})
	go func() {
		err := f()
		select {
		case done <- err:
		case <-leaving:
			late()
		}
	}()
	if err, ended := p.await(ctx, done); ended {
		return false, err
	}
	p.gone.Store(true)
	close(leaving)
	if err := ctx.Err(); err != nil {
		return true, err
	}
	return true, errHangs
}

// await waits for f of beside.
func (p *pace) await(ctx context.Context, done <-chan error) (err error, ended bool) {
	t := time.NewTimer(p.limit)
	defer t.Stop()
	over, told := ctx.Done(), false
	for seen := p.steps.Load(); ; {
		select {
		case err := <-done:
			return err, true
		case <-over:
			over, told = nil, true
			t.Reset(p.grace)
		case <-t.C:
			now := p.steps.Load()
			if told || now == seen {
				return nil, false
			}
			seen = now
			t.Reset(p.limit)
		}
	}
}
