package actors_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
)

// slowCopy is a log that is at its first copied block until it may go on.
type slowCopy struct {
	*log.Memory
	once  sync.Once
	begun chan struct{}
	goOn  chan struct{}
}

func (l *slowCopy) Rewrite(ctx context.Context, settle func() error, change func([]byte) ([]byte, error)) error {
	return l.Memory.Rewrite(ctx, settle, func(block []byte) ([]byte, error) {
		l.once.Do(func() { close(l.begun) })
		select {
		case <-l.goOn:
			return change(block)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
}

// The sites of the tests below.
const (
	slowBroken = analytics.SiteID("site_broken1")
	slowGone   = analytics.SiteID("site_gone111")
	slowStays  = analytics.SiteID("site_stays11")
)

// newSlowCopy is a system with a log of that kind, which a site that cannot be loaded holds.
func newSlowCopy(t *testing.T) (*rig, *slowCopy, *damagedStore) {
	t.Helper()
	r := newRig(t)
	r.cfg.Debt.TailBlocks = 40
	l := &slowCopy{Memory: r.log, begun: make(chan struct{}), goOn: make(chan struct{})}
	damaged := &damagedStore{Memory: r.store, site: slowBroken}
	damaged.damaged.Store(true)
	r.build(l, damaged)
	r.run()
	var unavailable *analytics.Unavailable
	_, err := r.sys.Submit(t.Context(), slowBroken, []analytics.Record{pageview("kept", 1, r.now.Load())})
	require.ErrorAs(t, err, &unavailable)
	return r, l, damaged
}

// sendQuickly sends events of a site, none of which may wait for long.
func sendQuickly(t *testing.T, r *rig, site analytics.SiteID, from, to int) {
	t.Helper()
	for ; from < to; from++ {
		began := time.Now()
		r.submit(site, pageview(fmt.Sprint("quick ", from), from, r.now.Load()))
		require.Less(t, time.Since(began), 2*time.Second)
	}
}

// restart lets the damaged site be what it was, and requires that all are exact.
func (l *slowCopy) restart(r *rig, damaged *damagedStore, stays int) {
	r.t.Helper()
	damaged.damaged.Store(false)
	r.build(l.Memory, damaged)
	r.run()
	require.EqualValues(r.t, 1, r.summary(slowBroken).Pageviews)
	require.EqualValues(r.t, stays, r.summary(slowStays).Pageviews)
	r.stop()
}

// TestRequestsGoOnBesideErase: however long it takes to copy what a damaged site keeps in the log, other sites' requests do not wait while another
// site is erased; what they send meanwhile is kept.
func TestRequestsGoOnBesideErase(t *testing.T) {
	r, l, damaged := newSlowCopy(t)
	sendQuickly(t, r, slowGone, 0, 10)
	sendQuickly(t, r, slowStays, 0, 10)
	erased := make(chan error)
	go func() { erased <- r.sys.Erase(t.Context(), slowGone) }()
	<-l.begun
	sendQuickly(t, r, slowStays, 10, 200)
	var unavailable *analytics.Unavailable
	_, err := r.sys.Submit(t.Context(), slowGone, []analytics.Record{pageview("too-late", 1, r.now.Load())})
	require.ErrorAs(t, err, &unavailable)
	close(l.goOn)
	require.NoError(t, <-erased)
	sendQuickly(t, r, slowStays, 200, 220)
	r.stop()
	require.NotContains(t, sitesInLog(t, r.log), slowGone)
	require.Contains(t, sitesInLog(t, r.log), slowBroken)
	l.restart(r, damaged, 220)
}

// TestStopEndsCopy: a stop does not wait for a log that is written anew, be it for an erase or to shorten it, and nothing is lost.
func TestStopEndsCopy(t *testing.T) {
	for _, erase := range []bool{false, true} {
		t.Run(fmt.Sprint("erase ", erase), func(t *testing.T) {
			r, l, damaged := newSlowCopy(t)
			erased, n := make(chan error, 1), 0
			if erase {
				sendQuickly(t, r, slowGone, 0, 10)
				go func() { erased <- r.sys.Erase(t.Context(), slowGone) }()
				<-l.begun
			}
			for begun := false; !begun || n < 100; n++ {
				require.Less(t, n, 10_000)
				sendQuickly(t, r, slowStays, n, n+1)
				select {
				case <-l.begun:
					begun = true
				default:
				}
			}
			began := time.Now()
			r.stop()
			require.Less(t, time.Since(began), 2*time.Second)
			if erase {
				select {
				case err := <-erased:
					require.ErrorIs(t, err, context.Canceled)
				case <-time.After(2 * time.Second):
					t.Fatal("the erase goes on")
				}
			}
			l.restart(r, damaged, n)
		})
	}
}

// TestLongLogIsShortened: of a log that is long because a damaged site's own partition has traffic, the bytes of the other sites go, however many
// blocks there are.
func TestLongLogIsShortened(t *testing.T) {
	const broken = analytics.SiteID("site_broken1")
	near := siteBeside(broken)
	r := newRig(t)
	r.cfg.Debt.TailBlocks = 9_000
	damaged := &damagedStore{Memory: r.store, site: broken}
	damaged.damaged.Store(true)
	r.build(r.log, damaged)
	r.run()
	defer r.stop()
	var unavailable *analytics.Unavailable
	_, err := r.sys.Submit(t.Context(), broken, []analytics.Record{pageview("kept", 1, r.now.Load())})
	require.ErrorAs(t, err, &unavailable)
	const requests = 40_000
	for n := range requests {
		r.submit(near, pageview(fmt.Sprint("near ", n), n%40, r.now.Load()))
	}
	require.Eventually(t, func() bool { return blocksWith(t, r.log, near) < requests/2 }, 10*time.Second, 100*time.Millisecond,
		"the log is written anew at 9,000, 18,000 and 36,000 blocks, about")
	require.Greater(t, r.log.TailBlocks(), requests-1000, "the positions stay")
	require.Equal(t, 1, blocksWith(t, r.log, broken))
}

// blocksWith counts the blocks of the log that have records of a site.
func blocksWith(t *testing.T, l actors.EventLog, site analytics.SiteID) (n int) {
	t.Helper()
	first, next, err := l.Bounds(site.Partition())
	require.NoError(t, err)
	r, err := l.Read(t.Context(), site.Partition(), first)
	require.NoError(t, err)
	defer r.Close()
	for ; first < next; first++ {
		_, data, err := r.Next(t.Context())
		require.NoError(t, err)
		block, err := analytics.DecodeBlockHeader(data)
		require.NoError(t, err)
		if slices.ContainsFunc(block.Sections, func(s analytics.Section) bool { return s.Site == site }) {
			n++
		}
	}
	return n
}
