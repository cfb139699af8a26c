package log

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// BenchmarkAppend syncs blocks of 64 KiB, one or 64 a commit.
func BenchmarkAppend(b *testing.B) {
	for _, blocks := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d blocks", blocks), func(b *testing.B) {
			w := openTest(b, DefaultConfig(b.TempDir()))
			defer w.Close()
			data := testBlock(rand.New(rand.NewPCG(1, 2)), 64<<10)
			commit := make([]actors.LogBlock, blocks)
			for p := range commit {
				commit[p] = actors.LogBlock{Partition: analytics.Partition(p), Data: data}
			}
			b.SetBytes(int64(blocks * len(data)))
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				positions, err := w.Append(b.Context(), commit)
				require.NoError(b, err)
				times = append(times, time.Since(start))
				if i%256 == 255 {
					b.StopTimer()
					for p := range commit {
						require.NoError(b, w.TruncateBefore(analytics.Partition(p), positions[p]))
					}
					b.StartTimer()
				}
			}
			var sum time.Duration
			for _, t := range times {
				sum += t
			}
			b.ReportMetric(float64(blocks*b.N)/sum.Seconds(), "blocks/s")
		})
	}
}

// benchLog is a closed log of n blocks.
func benchLog(b *testing.B, n, size int) Config {
	cfg := DefaultConfig(b.TempDir())
	cfg.RecentBytes = 0
	w := openTest(b, cfg)
	r := rand.New(rand.NewPCG(1, 2))
	for n > 0 {
		var commit []actors.LogBlock
		for p := range analytics.Partition(min(n, analytics.Partitions)) {
			commit = append(commit, actors.LogBlock{Partition: p, Data: testBlock(r, size)})
		}
		_, err := w.Append(b.Context(), commit)
		require.NoError(b, err)
		n -= len(commit)
	}
	require.NoError(b, w.Close())
	return cfg
}

// BenchmarkOpen scans the longest tail that checkpoints leave: 64 k small blocks, or 128 MiB.
func BenchmarkOpen(b *testing.B) {
	for _, kind := range []struct{ blocks, size int }{{64 << 10, 2 << 10}, {2 << 10, 64 << 10}} {
		b.Run(fmt.Sprintf("%d blocks of %d", kind.blocks, kind.size), func(b *testing.B) {
			cfg := benchLog(b, kind.blocks, kind.size)
			b.SetBytes(int64(kind.blocks * kind.size))
			for b.Loop() {
				w := openTest(b, cfg)
				b.StopTimer()
				require.NoError(b, w.Close())
				b.StartTimer()
			}
			b.ReportMetric(float64(kind.blocks*b.N)/b.Elapsed().Seconds(), "blocks/s")
		})
	}
}

// BenchmarkReadDisk reads a partition's blocks that are not in memory.
func BenchmarkReadDisk(b *testing.B) {
	cfg := benchLog(b, 64<<10, 2<<10)
	w := openTest(b, cfg)
	defer w.Close()
	r, err := w.Read(b.Context(), 7, 1)
	require.NoError(b, err)
	left := 1 << 10
	for b.Loop() {
		if left == 0 {
			r, err = w.Read(b.Context(), 7, 1)
			require.NoError(b, err)
			left = 1 << 10
		}
		_, _, err := r.Next(b.Context())
		require.NoError(b, err)
		left--
	}
}

// BenchmarkTruncate forgets one position after another, with the cuts that come of it.
func BenchmarkTruncate(b *testing.B) {
	cfg := DefaultConfig(b.TempDir())
	w := openTest(b, cfg)
	defer w.Close()
	next := analytics.Pos(1)
	for b.Loop() {
		b.StopTimer()
		_, err := w.Append(b.Context(), []actors.LogBlock{{Partition: 1, Data: []byte("block")}, {Partition: 2, Data: []byte("block")}})
		require.NoError(b, err)
		b.StartTimer()
		require.NoError(b, w.TruncateBefore(1, next))
		require.NoError(b, w.TruncateBefore(2, next))
		next++
	}
}
