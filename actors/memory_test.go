package actors_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestMemoryLimit has 120 sites written to in turns, of which only about 30 fit into what states may take: those that were not used for longest
// sleep, the limit is held, and every number is exact, also what is known of ids.
func TestMemoryLimit(t *testing.T) {
	r := newRig(t)
	r.cfg.States = 2 << 20
	r.start()
	defer r.stop()
	const sites, rounds, batch = 120, 12, 10
	name := func(n int) analytics.SiteID { return analytics.SiteID(fmt.Sprintf("site_%06d", n)) }
	records := func(n, round int) (list []analytics.Record) {
		for i := range batch {
			list = append(list, pageview(fmt.Sprintf("event-%d-%d-%d", n, round, i), i+round, r.now.Load()))
		}
		return list
	}
	for n := range sites {
		r.define(name(n))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	most := 0
	for round := range rounds {
		for at, n := range rng.Perm(sites) {
			r.now.Add(200)
			r.submit(name(n), records(n, round)...)
			if at%15 != 14 {
				continue
			}
			require.Eventually(t, func() bool {
				r.sys.LookAtMemory()
				return r.sys.StateBytes() <= r.cfg.States
			}, 10*time.Second, time.Millisecond, "%d bytes of %d sites", r.sys.StateBytes(), r.sys.Awake())
			if round >= rounds/2 {
				most = max(most, r.sys.Awake())
			}
		}
	}
	require.Less(t, most, sites*2/3, "awake at a time")
	for n := range sites {
		require.EqualValues(t, rounds*batch, r.summary(name(n)).Pageviews)
		require.Equal(t, batch, r.submit(name(n), records(n, rounds-1)...).Duplicates)
	}
}

// TestLargeSitesStay: a site that takes long to wake is not put to sleep for a pause in which a small one would be.
func TestLargeSitesStay(t *testing.T) {
	r := newRig(t)
	r.cfg.States = 64 << 10
	r.start()
	defer r.stop()
	const large, small = analytics.SiteID("site_large0"), analytics.SiteID("site_small0")
	r.define(large)
	r.define(small)
	for batch := range 30 {
		var list []analytics.Record
		for i := range 400 {
			list = append(list, pageview(fmt.Sprintf("event-%d-%d", batch, i), 400*batch+i, r.now.Load()))
		}
		r.submit(large, list...)
	}
	r.submit(small, pageview("event-small", 1, r.now.Load()))
	require.Greater(t, r.sys.StateBytes(), int64(2<<20))
	asleep := func(pause int64, want int) {
		t.Helper()
		r.now.Add(pause)
		require.Eventually(t, func() bool {
			r.sys.LookAtMemory()
			return r.sys.Awake() == want
		}, 10*time.Second, time.Millisecond)
	}
	asleep(900, 1)
	require.Greater(t, r.sys.StateBytes(), int64(2<<20), "the large one is awake")
	asleep(10_000, 0)
	require.EqualValues(t, 12_000, r.summary(large).Pageviews)
}
