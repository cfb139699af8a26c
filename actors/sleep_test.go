package actors_test

import (
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/persist/store"
)

// gatedStore keeps every checkpoint waiting until it is let through.
type gatedStore struct {
	*store.Memory
	began, through chan struct{}
}

func (s *gatedStore) Commit(checkpoints []actors.Checkpoint) error {
	s.began <- struct{}{}
	<-s.through
	return s.Memory.Commit(checkpoints)
}

// TestAskedWhileFallingAsleep: who asks a site that is just falling asleep does not wake it again: the answer comes from what it stored. Events that
// come meanwhile wake it.
func TestAskedWhileFallingAsleep(t *testing.T) {
	testkit.WarmUp()
	synctest.Test(t, func(t *testing.T) {
		const site = analytics.SiteID("site_aaaaaa")
		r := newRig(t)
		gated := &gatedStore{r.store, make(chan struct{}), make(chan struct{})}
		r.build(r.log, gated)
		r.run()
		defer r.stop()
		_, _, passivations := r.sys.Counters()
		r.define(site)
		r.submit(site, pageview("event-0001", 1, r.now.Load()))
		views := make(chan int64, 1)
		sleepsAndIsAsked := func() {
			r.sys.Tick(r.now.Add(r.cfg.PassivateAfter.Milliseconds()))
			<-gated.began
			go func() { views <- r.summary(site).Pageviews }()
			synctest.Wait()
		}
		sleepsAndIsAsked()
		gated.through <- struct{}{}
		require.EqualValues(t, 1, <-views)
		require.EqualValues(t, 1, testutil.ToFloat64(passivations))
		require.Zero(t, r.sys.Awake())

		r.submit(site, pageview("event-0002", 2, r.now.Load()))
		sleepsAndIsAsked()
		done := make(chan analytics.Receipt)
		go func() { done <- r.submit(site, pageview("event-0003", 3, r.now.Load())) }()
		synctest.Wait()
		gated.through <- struct{}{}
		require.EqualValues(t, 2, <-views)
		<-done
		require.EqualValues(t, 1, r.sys.Awake())
		require.EqualValues(t, 3, r.summary(site).Pageviews)
	})
}
