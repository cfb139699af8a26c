package actors_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// disk has a rig's system run on a store and a log in a folder, as often as it is opened.
type disk struct {
	rig          *rig
	dir          string
	segmentBytes int
	store        *store.Store
	log          *log.WAL
	wrap         func(actors.StateStore) actors.StateStore // nil: the store as it is
}

func (d *disk) open() {
	t, quiet := d.rig.t, slog.New(slog.DiscardHandler)
	t.Helper()
	var err error
	d.store, err = store.Open(store.Config{Dir: filepath.Join(d.dir, "store"), Logger: quiet, Registerer: prometheus.NewRegistry()})
	require.NoError(t, err)
	cfg := log.DefaultConfig(filepath.Join(d.dir, "log"))
	cfg.Logger, cfg.MinFreeSpace, cfg.SegmentBytes = quiet, 1, d.segmentBytes
	d.log, err = log.Open(cfg)
	require.NoError(t, err)
	var used actors.StateStore = d.store
	if d.wrap != nil {
		used = d.wrap(used)
	}
	d.rig.build(d.log, used)
	d.rig.run()
}

func (d *disk) shut() {
	d.rig.t.Helper()
	d.rig.stop()
	require.NoError(d.rig.t, d.log.Close())
	require.NoError(d.rig.t, d.store.Close())
}

// found counts the files below dir that have one of the texts in them.
func found(t *testing.T, dir string, texts ...string) (files []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		var data []byte
		if err == nil && !d.IsDir() {
			data, err = os.ReadFile(path)
		}
		if errors.Is(err, os.ErrNotExist) { // an open log replaces its mark
			return nil
		}
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				files = append(files, filepath.Base(path)+": "+text)
			}
		}
		return err
	}))
	return files
}

// TestEraseLeavesNoByte is V7 on the disk: other sites go on while one is erased, lose nothing, and afterwards no file holds its name or its
// texts; a restart brings nothing back.
func TestEraseLeavesNoByte(t *testing.T) {
	const gone, stays = analytics.SiteID("site_needleneedle"), analytics.SiteID("site_stays11")
	dir := t.TempDir()
	r := newRig(t)
	d := disk{rig: r, dir: dir, segmentBytes: 16 << 20}
	r.cfg.Debt.SiteRecords = 300
	d.open()
	r.define(gone)
	r.define(stays)
	view := func(site analytics.SiteID, n int, path string) analytics.Record {
		rec := pageview(fmt.Sprintf("%s-%06d", site, n), n%40, r.now.Load()-int64(n%50)*3_600_000)
		rec.Event.Path = path
		return rec
	}
	for n := range 1500 {
		r.submit(gone, view(gone, n, fmt.Sprintf("/needle-path-%d", n)))
	}
	require.NotEmpty(t, found(t, dir, "needle"), "the search must be able to find something")

	var wg sync.WaitGroup
	var stop atomic.Bool
	sent := 0
	wg.Go(func() {
		for !stop.Load() {
			r.submit(stays, view(stays, sent, "/"))
			sent++
		}
	})
	require.NoError(t, r.sys.Erase(t.Context(), gone))
	stop.Store(true)
	wg.Wait()
	require.Zero(t, r.summary(gone).Pageviews)
	_, err := r.sys.Submit(t.Context(), gone, []analytics.Record{view(gone, 9999, "/")})
	var busy *analytics.Unavailable
	require.ErrorAs(t, err, &busy, "an erased site takes nothing")
	d.shut()
	require.Empty(t, found(t, dir, "needle"))
	d.open()
	require.Zero(t, r.summary(gone).Pageviews)
	q, err := analytics.StatsParams{Period: "7d"}.Resolve(analytics.UTCZone(), r.now.Load())
	require.NoError(t, err)
	all, err := r.sys.Stats(t.Context(), stays, q)
	require.NoError(t, err)
	require.EqualValues(t, sent, all.Summary.Pageviews)
	require.Positive(t, sent)
	require.NoError(t, r.sys.Erase(t.Context(), gone), "again, as after a crash")
	d.shut()
}

// heldLog appends one block only once it may.
type heldLog struct {
	*log.Memory
	hold  atomic.Bool // the next block waits
	begun chan struct{}
	open  chan struct{}
}

func (l *heldLog) Append(ctx context.Context, blocks []actors.LogBlock) ([]analytics.Pos, error) {
	if l.hold.CompareAndSwap(true, false) {
		close(l.begun)
		<-l.open
	}
	return l.Memory.Append(ctx, blocks)
}

// TestEraseRefusesWhatWaits: a request that waits for the commit under way while its site is erased is refused; appended afterwards, it would bring
// the site back.
func TestEraseRefusesWhatWaits(t *testing.T) {
	const gone, stays = analytics.SiteID("site_needleneedle"), analytics.SiteID("site_stays11")
	r := newRig(t)
	held := &heldLog{Memory: r.log, begun: make(chan struct{}), open: make(chan struct{})}
	r.build(held, r.store)
	require.NoError(t, r.sys.Start())
	require.Eventually(t, r.sys.Ready, 10*time.Second, time.Millisecond)
	defer r.stop()
	r.define(gone)
	r.define(stays)
	held.hold.Store(true)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := r.sys.Submit(t.Context(), stays, []analytics.Record{pageview("of-another", 1, r.now.Load())})
		require.NoError(t, err)
	})
	<-held.begun
	var refused, erased error
	wg.Go(func() {
		_, refused = r.sys.Submit(t.Context(), gone, []analytics.Record{pageview("too-late", 1, r.now.Load())})
	})
	require.Eventually(t, func() bool { return r.sys.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	wg.Go(func() { erased = r.sys.Erase(t.Context(), gone) })
	require.Eventually(t, func() bool { return r.sys.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	close(held.open)
	wg.Wait()
	require.NoError(t, erased)
	var unavailable *analytics.Unavailable
	require.ErrorAs(t, refused, &unavailable)
	require.ErrorAs(t, r.sys.Fire(t.Context(), gone, &analytics.Firing{}), &unavailable, "nor does the system write anything about it")
	first, next, err := r.log.Bounds(gone.Partition())
	require.NoError(t, err)
	require.Equal(t, first, next, "blocks in the log")
	require.EqualValues(t, 1, r.summary(stays).Pageviews)
}
