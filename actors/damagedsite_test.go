package actors_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/store"
)

// damagedStore cannot read one site's root.
type damagedStore struct {
	*store.Memory
	site    analytics.SiteID
	damaged atomic.Bool
}

func (d *damagedStore) Root(site analytics.SiteID) ([]byte, bool, error) {
	if site == d.site && d.damaged.Load() {
		return nil, false, errors.New("the root is damaged")
	}
	return d.Memory.Root(site)
}

// TestDamagedSite: a site that cannot be loaded is no burden to others. Who asks for it is refused at once; while it has
// records in the log no other site is erased, which is said without holding up a request.
func TestDamagedSite(t *testing.T) {
	warmUp(t)
	synctest.Test(t, func(t *testing.T) {
		const broken, gone, stays = analytics.SiteID("site_broken1"), analytics.SiteID("site_gone111"), analytics.SiteID("site_stays11")
		r := newRig(t)
		damaged := &damagedStore{Memory: r.store, site: broken}
		r.build(r.log, damaged)
		r.run()
		defer r.stop()
		r.define(gone)
		r.define(stays)
		damaged.damaged.Store(true)
		var unavailable *analytics.Unavailable
		_, err := r.sys.Submit(t.Context(), broken, []analytics.Record{pageview("lost-for-now", 1, r.now.Load())})
		require.ErrorAs(t, err, &unavailable)

		time.Sleep(time.Second)
		asked := time.Now()
		_, _, err = r.sys.Days(t.Context(), broken)
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
		require.ErrorContains(t, r.sys.Erase(t.Context(), gone), "(of 1 sites, site_broken1 among them)")
		stop.Store(true)
		require.Greater(t, <-sent, 500)
		require.Less(t, longest, 100*time.Millisecond)

		damaged.damaged.Store(false)
		require.Eventually(t, func() bool { return r.sys.Erase(t.Context(), gone) == nil }, 2*time.Minute, time.Second)
		require.EqualValues(t, 1, r.summary(broken).Pageviews)
	})
}
