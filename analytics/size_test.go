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

func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestSize compares what a state says of its size with what the heap grew by.
func TestSize(t *testing.T) {
	f := func(name string, sites, events, visitors, paths int) {
		t.Helper()
		rng := rand.New(rand.NewPCG(1, 1))
		const start = 1_768_435_200_000
		states := make([]*analytics.State, sites)
		before := heap()
		for n := range states {
			s := newSite(t, "UTC", 10_000)
			for block := range max(1, events/500) {
				batch := make([]analytics.Event, min(500, events))
				now := start + int64(block)*20_000
				for i := range batch {
					who := rng.IntN(visitors)
					batch[i] = analytics.Event{
						ID: analytics.PackEventID(fmt.Sprintf("%024x", rng.Uint64())), TS: now + int64(i), ReceivedAt: now + int64(i), Kind: analytics.Pageview,
						Visitor: analytics.VisitorID{byte(who), byte(who >> 8), byte(who >> 16)}, Path: fmt.Sprintf("/page/%d", rng.IntN(paths)),
						Country: "US", Region: "US-CA", Device: "desktop", Browser: "Chrome", BrowserVersion: "142", OS: "Windows", OSVersion: "10",
						Channel: "organic", Source: "google.com", ReferrerDomain: "google.com",
					}
				}
				fold(s, analytics.Pos(block+2), now, batch)
			}
			states[n] = s
		}
		grown := heap() - before
		var size analytics.Size
		for _, s := range states {
			size.Add(s.Size())
		}
		ratio := float64(size.Total()) / float64(grown)
		t.Logf("%s: %d B a site, %+v; the heap grew by %d: %.2f", name, size.Total()/int64(sites), size, grown, ratio)
		require.InDelta(t, 1, ratio, 0.25, name)
		runtime.KeepAlive(states)
	}
	f("new", 500, 1, 1, 1)
	f("small", 100, 1000, 100, 20)
	f("hot", 1, 200_000, 20_000, 2000)
	f("flood", 1, 100_000, 100, 1<<30)
}

// TestViewSize compares what views of sleeping sites say of their sizes with what the heap grew by.
func TestViewSize(t *testing.T) {
	const start = 1_768_435_200_000
	s := newSite(t, "UTC", 10_000)
	for block := range 10 {
		batch := make([]analytics.Event, 100)
		now := int64(start + block*20_000)
		for i := range batch {
			n := 100*block + i
			batch[i] = analytics.Event{
				ID: analytics.PackEventID(fmt.Sprintf("%024x", n)), TS: now, ReceivedAt: now, Kind: analytics.Pageview,
				Visitor: analytics.VisitorID{byte(n), byte(n >> 8)}, Path: fmt.Sprintf("/page/%d", n), Channel: "email",
				UTM: analytics.UTM{Campaign: fmt.Sprintf("campaign-%d", n)},
			}
		}
		fold(s, analytics.Pos(block+2), now, batch)
	}
	store := &blobs{Blobs: testkit.Blobs{}}
	store.save(s.BeginCheckpoint())
	views := make([]*analytics.View, 100)
	before, size := heap(), int64(0)
	for i := range views {
		var err error
		views[i], err = analytics.LoadView(store.root, store)
		require.NoError(t, err)
		size += views[i].Size()
	}
	grown := heap() - before
	t.Logf("%d B a view, the heap grew by %d", size/int64(len(views)), grown/int64(len(views)))
	require.InDelta(t, 1, float64(size)/float64(grown), 0.25)
	runtime.KeepAlive(views)
}
