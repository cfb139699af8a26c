package log

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/store"
)

// The sites of the tests below. Texts of the one that is erased begin with needle.
const (
	gone  = analytics.SiteID("site_needleneedle")
	stays = analytics.SiteID("site_stays11")
)

// folding is an actor system over a log whose disk fails on demand.
type folding struct {
	t    *testing.T
	wal  *WAL
	disk *faultDisk
	sys  *actors.System
}

// hears is called by a site's actor, which waits for it.
type hears func()

func (h hears) Changed(analytics.SiteID) { h() }

func newFolding(t *testing.T, changed hears) *folding {
	t.Helper()
	f := &folding{t: t, disk: newFaultDisk()}
	cfg := testConfig(t.TempDir())
	cfg.vfs, cfg.RecentBytes = f.disk, 4<<10
	f.wal = openTest(t, cfg)
	system := actors.DefaultConfig()
	system.Credits = 2
	var err error
	f.sys, err = actors.New(system, f.wal, store.NewMemory(), changed, slog.New(slog.DiscardHandler), actors.NewMetrics(prometheus.NewRegistry()), time.Now)
	require.NoError(t, err)
	require.NoError(t, f.sys.Start())
	require.Eventually(t, f.sys.Ready, 10*time.Second, time.Millisecond)
	t.Cleanup(func() {
		require.NoError(t, f.sys.Stop(context.Background()))
		require.NoError(t, f.wal.Close())
	})
	return f
}

// submit sends a pageview of a long path.
func (f *folding) submit(site analytics.SiteID) error {
	now := time.Now().UnixMilli()
	_, err := f.sys.Submit(f.t.Context(), site, []analytics.Record{{Event: &analytics.Event{
		ID: analytics.PackEventID(time.Now().String()), TS: now, ReceivedAt: now, Kind: analytics.Pageview,
		Path: "/" + strings.Repeat(string(site), 50), Visitor: analytics.VisitorID{1},
	}}})
	return err
}

// needles counts the erased site's texts in the log's files.
func (f *folding) needles() (n int) {
	f.t.Helper()
	files, err := filepath.Glob(filepath.Join(f.wal.cfg.Dir, "*"))
	require.NoError(f.t, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(f.t, err)
		n += bytes.Count(data, []byte("needle"))
	}
	return n
}

// known tells whether the site has an event.
func (f *folding) known(site analytics.SiteID) bool {
	f.t.Helper()
	_, ok, err := f.sys.FirstEvent(f.t.Context(), site)
	require.NoError(f.t, err)
	return ok
}

// TestEraseSuspended: a site that is erased after a storage error suspended the log leaves no byte in it (V7), and a block of it whose append failed
// does not bring it back. While the log cannot be opened the erasure fails, to be done again.
func TestEraseSuspended(t *testing.T) {
	for _, op := range []string{"sync", "write"} {
		for _, before := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s after %d", op, before), func(t *testing.T) {
				f := newFolding(t, func() {})
				for range before {
					require.NoError(t, f.submit(gone))
					require.NoError(t, f.submit(stays))
				}
				f.disk.failNth(1, op, syscall.EIO)
				require.Error(t, f.submit(gone))
				require.Positive(t, f.needles())
				require.NoError(t, f.sys.Erase(t.Context(), gone))
				require.Zero(t, f.needles())
				require.False(t, f.known(gone))
				for range 20 {
					require.NoError(t, f.submit(stays))
				}
				require.Zero(t, f.needles())
				require.False(t, f.known(gone))
			})
		}
	}
	t.Run("for long", func(t *testing.T) {
		f := newFolding(t, func() {})
		require.NoError(t, f.submit(gone))
		require.NoError(t, f.submit(stays))
		f.disk.failAll("sync")
		require.Error(t, f.submit(stays))
		require.ErrorIs(t, f.sys.Erase(t.Context(), gone), actors.ErrLogSuspended)
		f.disk.failAll("")
		require.Eventually(t, func() bool { return f.sys.Erase(t.Context(), gone) == nil }, 20*time.Second, 50*time.Millisecond)
		require.Zero(t, f.needles())
		require.NoError(t, f.submit(stays))
	})
}

// TestFollowersWaitForTheLog: a log that cannot be opened after a storage error ends no follower that has blocks to read; once the disk works again
// they are folded, also when nobody sends anything more.
func TestFollowersWaitForTheLog(t *testing.T) {
	slow, slept := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	f := newFolding(t, func() {
		if calls.Add(1) == 2 {
			close(slept)
			<-slow
		}
	})
	require.NoError(t, f.submit(stays))
	const many = 60
	errs := make(chan error, many)
	for n := range many {
		go func() { errs <- f.submit(stays) }()
		require.Eventually(t, func() bool { return f.wal.TailBlocks() == n+2 }, 5*time.Second, 100*time.Microsecond)
	}
	<-slept
	require.Greater(t, f.wal.TailBytes(), int64(2*f.wal.cfg.RecentBytes), "the disk has to be asked")
	f.disk.failAll("sync")
	require.Error(t, f.submit(gone))
	require.Error(t, f.submit(gone), "now it cannot be opened again")
	close(slow)
	for before := f.disk.count(); f.disk.count() < before+2; { // who reads tries to open it
		select {
		case err := <-f.sys.Failure():
			require.NoError(t, err)
		case <-time.After(time.Millisecond):
		}
	}
	f.disk.failAll("")
	for range many {
		require.NoError(t, <-errs)
	}
}
