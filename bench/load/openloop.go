package load

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Latencies are how long calls took, ascending.
type Latencies []time.Duration

// Quantile returns the value below which the share q of all lies: 0 is the least, 1 the most.
func (l Latencies) Quantile(q float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	return l[min(len(l)-1, int(q*float64(len(l))))]
}

// OpenLoop makes calls by the clock, so many a second for d, whatever the earlier ones still do, by so many workers. A call's latency counts from
// the moment at which it was due: one that waits for a worker, or for a machine that is busy, counts as slow. The first error ends the run.
func OpenLoop(
	ctx context.Context, perSecond float64, d time.Duration, workers int, call func(ctx context.Context, worker int) error,
) (Latencies, error) {
	calls := int64(perSecond * d.Seconds())
	own := make([]Latencies, workers)
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for w := range workers {
		group.Go(func() error {
			timer := time.NewTimer(0)
			defer timer.Stop()
			for {
				n := next.Add(1) - 1
				if n >= calls {
					return nil
				}
				due := start.Add(time.Duration(float64(n) / perSecond * float64(time.Second)))
				timer.Reset(time.Until(due))
				select {
				case <-timer.C:
				case <-ctx.Done():
					return nil
				}
				if err := call(ctx, w); err != nil {
					return err
				}
				own[w] = append(own[w], time.Since(due))
			}
		})
	}
	err := group.Wait()
	all := slices.Concat(own...)
	slices.Sort(all)
	return all, err
}
