package analytics_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestCheckpointMemory lets a state of a few megabytes grow. A checkpoint, be it the first, which knows the size of no page, or one after it,
// takes up to four times the memory of what it writes; with buffers that grow as they are written to it takes six times that.
func TestCheckpointMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	const start = 1_768_435_200_000
	s := newSite(t, "UTC", 10_000)
	stored := &blobs{Blobs: make(testkit.Blobs)}
	pos := analytics.Pos(1)
	for round := range 4 {
		for range 60 {
			pos++
			now := start + int64(pos)*20_000
			batch := make([]analytics.Event, 500)
			for i := range batch {
				who := rng.IntN(40_000)
				batch[i] = analytics.Event{
					ID: analytics.PackEventID(fmt.Sprintf("%024x", rng.Uint64())), TS: now + int64(i), ReceivedAt: now + int64(i), Kind: analytics.Pageview,
					Visitor: analytics.VisitorID{byte(who), byte(who >> 8)}, Path: fmt.Sprintf("/page/%d", rng.IntN(5000)), Country: "US", Channel: "direct",
				}
			}
			fold(s, pos, now, batch)
		}
		c := s.BeginCheckpoint()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		root, put, free, err := c.Encode(stored)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		written := len(root)
		for _, blob := range put {
			written += len(blob)
		}
		taken := float64(after.TotalAlloc-before.TotalAlloc) / float64(written)
		t.Logf("checkpoint %d: %d bytes, memory for %.2f times as many", round, written, taken)
		require.Less(t, taken, 4.5, "checkpoint %d", round)
		stored.Commit(put, free)
		s.Finish(c)
	}
}
