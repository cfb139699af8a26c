package actors_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/persist/store"
)

// damagedStore cannot read one site's root, or write it.
type damagedStore struct {
	*store.Memory
	site    analytics.SiteID
	damaged atomic.Bool // it cannot be loaded
	stuck   atomic.Bool // it cannot store
	tried   atomic.Int32
	others  atomic.Int32 // checkpoints of other sites
}

func (d *damagedStore) Root(site analytics.SiteID) ([]byte, bool, error) {
	if site == d.site && d.damaged.Load() {
		return nil, false, errors.New("the root is damaged")
	}
	return d.Memory.Root(site)
}

// Commit refuses what the site stores.
func (d *damagedStore) Commit(checkpoints []actors.Checkpoint) error {
	if d.stuck.Load() && slices.ContainsFunc(checkpoints, func(c actors.Checkpoint) bool { return c.Site == d.site }) {
		d.tried.Add(1)
		return errors.New("it cannot be stored")
	}
	d.others.Add(int32(len(checkpoints)))
	return d.Memory.Commit(checkpoints)
}

// TestDamagedSite: a site that cannot be loaded is no burden to others. Who asks for it is refused at once; another site is erased
// without holding up a request, and so is, in the end, the site itself. What the log has of it is folded once, when it can be loaded.
func TestDamagedSite(t *testing.T) {
	testkit.WarmUp()
	const broken, gone, stays = analytics.SiteID("site_broken1"), analytics.SiteID("site_gone111"), analytics.SiteID("site_stays11")
	logged := func(r *rig) *bytes.Buffer { // to be read once the system has stopped
		logs := new(bytes.Buffer)
		r.logger = slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelError}))
		return logs
	}
	damage := func(t *testing.T) (*rig, *damagedStore, *bytes.Buffer) {
		r := newRig(t)
		logs := logged(r)
		damaged := &damagedStore{Memory: r.store, site: broken}
		r.build(r.log, damaged)
		r.run()
		r.define(gone)
		r.define(stays)
		damaged.damaged.Store(true)
		var unavailable *analytics.Unavailable
		_, err := r.sys.Submit(t.Context(), broken, []analytics.Record{pageview("lost-for-now", 1, r.now.Load())})
		require.ErrorAs(t, err, &unavailable)
		return r, damaged, logs
	}
	t.Run("others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, damaged, _ := damage(t)
			defer r.stop()
			time.Sleep(time.Second)
			asked := time.Now()
			_, _, err := r.sys.Days(t.Context(), broken)
			var unavailable *analytics.Unavailable
			require.ErrorAs(t, err, &unavailable)
			require.Equal(t, "the site is being rebuilt", unavailable.Reason)
			require.Zero(t, time.Since(asked))

			var stop atomic.Bool
			var longest time.Duration
			sent := make(chan int)
			go func() {
				n := 0
				for ; !stop.Load(); n++ {
					began := time.Now()
					r.submit(stays, pageview("of another "+began.String(), 1, r.now.Load()))
					longest = max(longest, time.Since(began))
					time.Sleep(100 * time.Millisecond)
				}
				sent <- n
			}()
			time.Sleep(time.Minute)
			began := time.Now()
			require.NoError(t, r.sys.Erase(t.Context(), gone))
			require.Less(t, time.Since(began), time.Second)
			require.Equal(t, []analytics.SiteID{broken}, sitesInLog(t, r.log))
			time.Sleep(time.Minute)
			stop.Store(true)
			require.Greater(t, <-sent, 500)
			require.Less(t, longest, 100*time.Millisecond)

			damaged.damaged.Store(false)
			time.Sleep(time.Minute)
			require.EqualValues(t, 1, r.summary(broken).Pageviews)
			require.Equal(t, 1, r.submit(broken, pageview("lost-for-now", 1, r.now.Load())).Duplicates)
			require.NoError(t, r.sys.Erase(t.Context(), gone))
			require.Empty(t, sitesInLog(t, r.log))
			require.EqualValues(t, 1, r.summary(broken).Pageviews)
		})
	})
	t.Run("itself", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, _, _ := damage(t)
			require.NoError(t, r.sys.Erase(t.Context(), broken))
			require.Empty(t, sitesInLog(t, r.log))
			r.submit(stays, pageview("of another", 1, r.now.Load()))
			r.stop()
		})
	})
	t.Run("while the system stops", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			r, _, logs := damage(t)
			require.Less(t, time.Since(began), time.Second, "who has sent something does not wait for the next try")
			r.submit(stays, pageview("of another", 1, r.now.Load()))
			time.Sleep(time.Hour)
			began = time.Now()
			r.stop()
			require.Zero(t, time.Since(began))
			require.LessOrEqual(t, strings.Count(logs.String(), "\n"), 7, "an hour of failures")
		})
	})
	t.Run("that cannot store", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			logs := logged(r)
			damaged := &damagedStore{Memory: r.store, site: broken}
			r.build(r.log, damaged)
			r.run()
			r.define(gone)
			r.submit(broken, pageview("not-stored", 1, r.now.Load()))
			damaged.stuck.Store(true)
			require.NoError(t, r.sys.Erase(t.Context(), gone))
			require.Equal(t, []analytics.SiteID{broken}, sitesInLog(t, r.log))
			require.EqualValues(t, 1, r.summary(broken).Pageviews)
			require.Less(t, damaged.tried.Load(), int32(20), "in a minute")

			damaged.stuck.Store(false)
			time.Sleep(30 * time.Second)
			require.NoError(t, r.sys.Erase(t.Context(), gone))
			require.Empty(t, sitesInLog(t, r.log))
			r.stop()
			require.Equal(t, 1, strings.Count(logs.String(), "\n"), logs)
		})
	})
}

// TestOthersBesideDamagedSite: a site that cannot store holds the log, however much the others store; they do it as often as without it, not
// with every block, and what they have stored does not stay in the log.
func TestOthersBesideDamagedSite(t *testing.T) {
	testkit.WarmUp()
	const broken, stays = analytics.SiteID("site_broken1"), analytics.SiteID("site_stays11")
	for _, loads := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.cfg.Debt.TailBlocks = 40
			damaged := &damagedStore{Memory: r.store, site: broken}
			r.build(r.log, damaged)
			r.run()
			defer r.stop()
			damaged.stuck.Store(true)
			damaged.damaged.Store(!loads)
			_, err := r.sys.Submit(t.Context(), broken, []analytics.Record{pageview("waits", 1, r.now.Load())})
			require.Equal(t, loads, err == nil)
			sent := 0
			send := func(n int) (stored int32) {
				before := damaged.others.Load()
				for range n {
					sent++
					r.submit(stays, pageview(fmt.Sprint("of another ", sent), sent, r.now.Load()))
					time.Sleep(time.Second)
				}
				return damaged.others.Load() - before
			}
			stored := send(400)
			require.Greater(t, stored, int32(5))
			require.Less(t, stored, int32(40), "a few times for every 40")
			require.Less(t, r.log.TailBlocks(), 100, "what is stored goes, although it is held")
			require.Contains(t, sitesInLog(t, r.log), broken)
			require.Less(t, r.sys.Uncovered(), 100)

			damaged.stuck.Store(false)
			damaged.damaged.Store(false)
			send(100)
			require.EqualValues(t, 1, r.summary(broken).Pageviews)
			require.EqualValues(t, sent, r.summary(stays).Pageviews)
			require.Less(t, r.log.TailBlocks(), 41, "the log is cut again")
			stored = send(400)
			require.Greater(t, stored, int32(5))
			require.Less(t, stored, int32(20))
			require.Less(t, r.log.TailBlocks(), 41)
		})
	}
}

// sitesInLog are the sites that have records in the log.
func sitesInLog(t *testing.T, l actors.EventLog) (sites []analytics.SiteID) {
	t.Helper()
	for p := range analytics.Partition(analytics.Partitions) {
		first, next, err := l.Bounds(p)
		require.NoError(t, err)
		r, err := l.Read(t.Context(), p, first)
		require.NoError(t, err)
		for pos := first; pos < next; pos++ {
			_, data, err := r.Next(t.Context())
			require.NoError(t, err)
			block, err := analytics.DecodeBlock(data)
			require.NoError(t, err)
			for _, s := range block.Sections {
				if !slices.Contains(sites, s.Site) {
					sites = append(sites, s.Site)
				}
			}
		}
		require.NoError(t, r.Close())
	}
	return sites
}

// TestEraseBesideDamagedBlob is V7 on the disk while a blob of another site, whose records share blocks of the log with the erased one's, is
// damaged: no byte of the erased site is left, the other keeps its records over restarts, and once the blob is what it was they are folded once.
func TestEraseBesideDamagedBlob(t *testing.T) {
	const gone, stays = analytics.SiteID("site_needleneedle"), analytics.SiteID("site_stays11")
	broken := siteBeside(gone)
	dir := t.TempDir()
	r := newRig(t)
	d := disk{rig: r, dir: dir, segmentBytes: 64 << 10}
	view := func(site analytics.SiteID, n int) analytics.Record {
		rec := pageview(fmt.Sprintf("%s-%06d", site, n), n, r.now.Load()-int64(n%50)*60_000)
		rec.Event.Path = fmt.Sprintf("/%s/%d", site, n%100)
		return rec
	}
	send := func(site analytics.SiteID, from, to int) {
		for ; from < to; from += 50 {
			var records []analytics.Record
			for n := range 50 {
				records = append(records, view(site, from+n))
			}
			r.submit(site, records...)
		}
	}
	const stored, all = 4000, 6000
	r.cfg.Debt.SiteRecords = stored
	d.open()
	for _, site := range []analytics.SiteID{broken, gone, stays} {
		r.define(site)
	}
	send(broken, 0, stored)
	var blobs []string
	require.Eventually(t, func() bool {
		var err error
		blobs, err = filepath.Glob(filepath.Join(dir, "store", "blobs", "*.blob"))
		require.NoError(t, err)
		_, ok, err := d.store.Root(broken)
		require.NoError(t, err)
		return ok && len(blobs) > 0
	}, 20*time.Second, 10*time.Millisecond)
	var writers sync.WaitGroup
	for _, site := range []analytics.SiteID{broken, gone} {
		for w := range 4 {
			writers.Go(func() {
				share := (all - stored) / 4
				send(site, stored+w*share, stored+(w+1)*share)
			})
		}
	}
	writers.Wait()
	send(stays, 0, 100)
	require.True(t, shareBlock(t, d.log, broken, gone))
	d.shut()
	require.NotEmpty(t, found(t, filepath.Join(dir, "log"), "needle"), "the search must be able to find something")
	whole := map[string][]byte{}
	for _, name := range blobs {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		whole[name] = data
		torn := bytes.Clone(data)
		for i := len(torn) / 10; i < len(torn); i += 64 {
			torn[i] ^= 0x55
		}
		require.NoError(t, os.WriteFile(name, torn, 0o600))
	}

	d.open()
	var unavailable *analytics.Unavailable
	require.Eventually(t, func() bool {
		_, err := r.sys.Submit(t.Context(), broken, []analytics.Record{view(broken, 0)})
		return errors.As(err, &unavailable)
	}, 20*time.Second, 10*time.Millisecond, "the damage must be one")
	send(stays, 100, 200)
	require.NoError(t, r.sys.Erase(t.Context(), gone))
	require.Equal(t, []analytics.SiteID{broken}, sitesInLog(t, d.log))
	require.Empty(t, found(t, filepath.Join(dir, "log"), "needle"))
	send(stays, 200, 300)
	require.NoError(t, r.sys.Erase(t.Context(), gone), "again, as after a crash")
	d.shut()
	require.Empty(t, found(t, dir, "needle"))

	d.open()
	send(stays, 300, 400)
	require.Contains(t, sitesInLog(t, d.log), broken)
	require.NotContains(t, sitesInLog(t, d.log), gone)
	d.shut()
	for name, data := range whole {
		require.NoError(t, os.WriteFile(name, data, 0o600))
	}
	d.open()
	require.EqualValues(t, all, r.summary(broken).Pageviews)
	require.EqualValues(t, 400, r.summary(stays).Pageviews)
	require.Zero(t, r.summary(gone).Pageviews)
	for n := 0; n < all; n += 500 {
		var again []analytics.Record
		for i := range 500 {
			again = append(again, view(broken, n+i))
		}
		require.Equal(t, 500, r.submit(broken, again...).Duplicates)
	}
	require.EqualValues(t, all, r.summary(broken).Pageviews)
	d.shut()
	require.Empty(t, found(t, dir, "needle"))
}

// siteBeside is a site of the same partition.
func siteBeside(other analytics.SiteID) (site analytics.SiteID) {
	for n := 0; site == "" || site.Partition() != other.Partition(); n++ {
		site = analytics.SiteID(fmt.Sprintf("site_b%06d", n))
	}
	return site
}

// shareBlock tells whether some block has records of both sites, which are of one partition.
func shareBlock(t *testing.T, l actors.EventLog, a, b analytics.SiteID) (share bool) {
	t.Helper()
	first, next, err := l.Bounds(a.Partition())
	require.NoError(t, err)
	r, err := l.Read(t.Context(), a.Partition(), first)
	require.NoError(t, err)
	for ; first < next; first++ {
		_, data, err := r.Next(t.Context())
		require.NoError(t, err)
		block, err := analytics.DecodeBlockHeader(data)
		require.NoError(t, err)
		has := func(site analytics.SiteID) bool {
			return slices.ContainsFunc(block.Sections, func(s analytics.Section) bool { return s.Site == site })
		}
		share = share || has(a) && has(b)
	}
	require.NoError(t, r.Close())
	return share
}
