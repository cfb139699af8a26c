package actors_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// unreadable is a store that cannot read one site's root.
type unreadable struct {
	actors.StateStore
	site analytics.SiteID
}

func (u unreadable) Root(site analytics.SiteID) ([]byte, bool, error) {
	if site == u.site {
		return nil, false, errors.New("the root is damaged")
	}
	return u.StateStore.Root(site)
}

// TestLogIsShortened: on the disk the log of a server with a damaged site is shortened beside requests, over and over; nobody loses or doubles
// anything, and once the site can be read again it has what the log kept for it.
func TestLogIsShortened(t *testing.T) {
	const broken, far = analytics.SiteID("site_broken1"), analytics.SiteID("site_stays11")
	near := siteBeside(broken)
	require.NotEqual(t, broken.Partition(), far.Partition())
	r := newRig(t)
	r.cfg.Debt.TailBlocks = 100
	d := disk{rig: r, dir: t.TempDir(), segmentBytes: 64 << 10}
	d.wrap = func(s actors.StateStore) actors.StateStore { return unreadable{s, broken} }
	d.open()
	var unavailable *analytics.Unavailable
	_, err := r.sys.Submit(t.Context(), broken, []analytics.Record{pageview("kept", 1, r.now.Load())})
	require.ErrorAs(t, err, &unavailable)
	id := func(site analytics.SiteID, n int) string { return fmt.Sprintf("%s-%05d", site, n) }
	const requests = 1500
	var writers sync.WaitGroup
	longest, most := time.Duration(0), 0
	writers.Go(func() {
		for n := range requests {
			began := time.Now()
			r.submit(far, pageview(id(far, n), n, r.now.Load()))
			longest, most = max(longest, time.Since(began)), max(most, d.log.TailBlocks())
		}
	})
	writers.Go(func() {
		for n := range requests / 5 {
			r.submit(near, pageview(id(near, n), n, r.now.Load()))
		}
	})
	writers.Wait()
	t.Log("longest request", longest, "longest log", most)
	const sent = requests + requests/5
	require.Less(t, most, sent, "it was never shortened while requests came")
	short := func() bool { return d.log.TailBlocks() < 2*(requests/5)+400 }
	require.Eventually(t, short, 30*time.Second, time.Millisecond, "the blocks of the site's partition stay, and it may become twice as long")
	require.Contains(t, sitesInLog(t, d.log), broken)
	d.shut()

	for range 2 {
		d.wrap = nil
		d.open()
		require.EqualValues(t, 1, r.summary(broken).Pageviews)
		require.EqualValues(t, requests, r.summary(far).Pageviews)
		require.EqualValues(t, requests/5, r.summary(near).Pageviews)
		require.Equal(t, 1, r.submit(broken, pageview("kept", 1, r.now.Load())).Duplicates)
		require.Equal(t, 1, r.submit(far, pageview(id(far, requests/2), 1, r.now.Load())).Duplicates)
		d.shut()
	}
}
