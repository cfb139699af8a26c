package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
)

// TestLoadReplay gives the server five million events in its log that no checkpoint covers, and measures P4 (how fast they are folded) and R13 (that
// 256 MiB are enough for it).
func TestLoadReplay(t *testing.T) {
	loadPart(t, "P4", "R13")
	const sites = 20
	r := newRig(t, "MEMORY_LIMIT=256MiB", "GOMEMLIMIT=256MiB")
	r.hurry()
	r.start()
	_, token := r.site("UTC")
	api := newClient(r.base(), token)
	ids := make([]string, sites)
	for i := range ids {
		var err error
		ids[i], err = makeSite(api, fmt.Sprintf("replay-%d.example.net", i), "UTC")
		require.NoError(t, err)
	}
	r.stop()
	l := fillTail(t, r.data, ids, scaled(t, 5_000_000))
	events := float64(l.events)
	t.Logf("%s events of %d sites are in the log, %.1f B an event", thousands(events), sites, float64(diskUse(t, filepath.Join(r.data, "log")))/events)

	size := fmt.Sprintf("%.3g million events", events/1e6)
	decoded, folded := foldTail(t, r.data, ids)
	figure(t, "P4", size+" read from the log and decoded, events for a second of CPU", thousands(events/decoded.Seconds())+"/s", "", "")
	const gate, stretch = "≥ 2,000,000/s", "≥ 3,500,000/s"
	figure(t, "P4", size+" read, decoded and folded, events for a second of CPU", thousands(events/folded.Seconds())+"/s", gate, stretch)

	copied := filepath.Join(t.TempDir(), "copy")
	copyTree(t, r.data, copied)
	free := r.beside(t, copied)
	free.env = slices.DeleteFunc(slices.Clone(r.env), func(v string) bool { return strings.HasSuffix(v, "=256MiB") })
	replay := func(r *rig, with string) (most int64) {
		began := time.Now()
		r.launch()
		memory := watchMemory(r)
		r.awaitReady(5 * time.Minute)
		took, used := time.Since(began), r.cpu()
		figure(t, "P4", "the same by a server that starts, with its checkpoints, "+with, thousands(events/used.Seconds())+"/s", gate, stretch)
		figure(t, "P4", "from its start to serving, "+with, seconds(took), "", "")
		return memory.stop()
	}
	replay(free, "without a limit of memory")
	free.kill()
	most := replay(r, "with 256 MiB")
	figure(t, "R13", "replay with GOMEMLIMIT and MEMORY_LIMIT at 256 MiB, anonymous memory at most", mebibytes(most), "≤ 256 MiB", "")
	for i, s := range l.sites {
		require.EqualValues(t, s.views, r.stats(token, ids[i]).Summary.Pageviews, "pageviews of site %d", i)
	}
}

// foldTail reads the whole log twice, in this goroutine: decoding alone, then folding, too. It returns the CPU time of both, the garbage collector
// included, which works as in the server.
func foldTail(t *testing.T, data string, ids []string) (decoded, folded time.Duration) {
	t.Helper()
	wal, err := log.Open(log.DefaultConfig(filepath.Join(data, "log")))
	require.NoError(t, err)
	defer func() { require.NoError(t, wal.Close()) }()
	parts := make(map[analytics.Partition]bool)
	for _, id := range ids {
		parts[analytics.SiteID(id).Partition()] = true
	}
	defer debug.SetGCPercent(debug.SetGCPercent(growth))
	for _, with := range []bool{false, true} {
		runtime.GC()
		began := processTime(t, os.Getpid())
		for p := range parts {
			foldPartition(t, wal, p, with)
		}
		if with {
			folded = processTime(t, os.Getpid()) - began
		} else {
			decoded = processTime(t, os.Getpid()) - began
		}
	}
	return decoded, folded
}

func foldPartition(t *testing.T, wal *log.WAL, p analytics.Partition, fold bool) {
	first, next, err := wal.Bounds(p)
	require.NoError(t, err)
	blocks, err := wal.Read(context.Background(), p, first)
	require.NoError(t, err)
	defer blocks.Close()
	type folding struct {
		state   *analytics.State
		decoder analytics.Decoder
		room    analytics.Room
	}
	sites := make(map[analytics.SiteID]*folding)
	for pos := first; pos < next; pos++ {
		_, data, err := blocks.Next(t.Context())
		require.NoError(t, err)
		block, err := analytics.DecodeBlock(data)
		require.NoError(t, err)
		for _, s := range block.Sections {
			if sites[s.Site] == nil {
				sites[s.Site] = &folding{state: analytics.NewState(s.Site)}
			}
			f := sites[s.Site]
			records, err := f.decoder.Records(s.Data, s.Count, &f.room)
			require.NoError(t, err)
			if fold {
				var res analytics.Result
				f.state.ApplyAll(pos, block.LogicalTime, records, &res)
			}
		}
	}
}
