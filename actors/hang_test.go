package actors_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/persist/store"
)

// hungStore is on a disk that answers no more once hangs is closed, until it is back.
type hungStore struct {
	*store.Memory
	hangs, back chan struct{}
}

func (s *hungStore) wait() {
	select {
	case <-s.hangs:
		<-s.back
	default:
	}
}

func (s *hungStore) Root(site analytics.SiteID) (root []byte, ok bool, err error) {
	s.wait()
	return s.Memory.Root(site)
}

func (s *hungStore) Commit(checkpoints []actors.Checkpoint) error {
	s.wait()
	return s.Memory.Commit(checkpoints)
}

// TestStopBesideHungDisk: a stop takes the time that it was given, however many sites wait for a disk that does not answer, and says what was not
// stored. What was answered is there at the next start.
func TestStopBesideHungDisk(t *testing.T) {
	testkit.WarmUp()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		hung := &hungStore{r.store, make(chan struct{}), make(chan struct{})}
		r.cfg.Debt = actors.Debt{SiteRecords: 2, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
		r.build(r.log, hung)
		r.run()
		storing := []analytics.SiteID{"site_aaaaaa", "site_bbbbbb", "site_cccccc", "site_dddddd"}
		for _, site := range storing {
			r.define(site)
		}
		close(hung.hangs)
		for i, site := range storing {
			r.submit(site, pageview("event-0001", i, r.now.Load())) // after which it stores
		}
		for _, site := range []analytics.SiteID{"site_eeeeee", "site_ffffff", "site_gggggg"} { // these wake
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := r.sys.Submit(ctx, site, []analytics.Record{pageview("event-0001", 1, r.now.Load())})
			require.Error(t, err)
			cancel()
		}

		const limit = 5 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		began := time.Now()
		err := r.sys.Stop(ctx)
		require.LessOrEqual(t, time.Since(began), limit+time.Second)
		require.ErrorContains(t, err, "4 checkpoints under way")
		close(hung.back)
		synctest.Wait()

		r.build(r.log, r.store)
		r.run()
		for _, site := range storing {
			require.EqualValues(t, 1, r.summary(site).Pageviews)
		}
		r.stop()
	})
}
