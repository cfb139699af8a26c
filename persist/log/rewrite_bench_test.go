package log

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
)

// BenchmarkRewrite rewrites logs of blocks of 2 KB while one block is appended every 5 ms, and tells how long these appends take, from when they are
// due, without a rewrite and during it.
func BenchmarkRewrite(b *testing.B) {
	for _, blocks := range []int{1_000, 10_000, 64_000} {
		b.Run(fmt.Sprint(blocks, " blocks"), func(b *testing.B) {
			for range b.N {
				w := openTest(b, benchLog(b, blocks, 2000))
				quiet := appendTimes(b, w, func() { time.Sleep(3 * time.Second) })
				var took time.Duration
				busy := appendTimes(b, w, func() {
					began := time.Now()
					require.NoError(b, w.Rewrite(b.Context(), atOnce, func(block []byte) ([]byte, error) { return block[1:], nil }))
					took = time.Since(began)
				})
				require.NoError(b, w.Close())
				b.Logf("rewrite %v; appends: %d without p50 %v p99 %v max %v; %d with p50 %v p99 %v max %v", took,
					len(quiet), quantile(quiet, 0.5), quantile(quiet, 0.99), quantile(quiet, 1), len(busy), quantile(busy, 0.5), quantile(busy, 0.99), quantile(busy, 1))
				b.ReportMetric(took.Seconds(), "s/rewrite")
				b.ReportMetric(float64(quantile(quiet, 0.99).Microseconds())/1e3, "ms-p99-without")
				b.ReportMetric(float64(quantile(busy, 0.99).Microseconds())/1e3, "ms-p99-with")
				b.ReportMetric(float64(quantile(busy, 1).Microseconds())/1e3, "ms-max-with")
			}
		})
	}
}

// appendTimes appends a block every 5 ms while f runs.
func appendTimes(b *testing.B, w *WAL, f func()) (times []time.Duration) {
	stop := make(chan struct{})
	var appender sync.WaitGroup
	appender.Go(func() {
		data := testBlock(rand.New(rand.NewPCG(3, 4)), 2000)
		for due := time.Now(); ; due = due.Add(5 * time.Millisecond) {
			select {
			case <-stop:
				return
			case <-time.After(time.Until(due)):
			}
			_, err := w.Append(b.Context(), []actors.LogBlock{{Partition: 7, Data: data}})
			require.NoError(b, err)
			times = append(times, time.Since(due))
		}
	})
	f()
	close(stop)
	appender.Wait()
	slices.Sort(times)
	return times
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1))]
}
