package actors_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// stuckStore gives no state until it is released.
type stuckStore struct {
	actors.StateStore
	released chan struct{}
}

func (s stuckStore) Root(site analytics.SiteID) (root []byte, ok bool, err error) {
	<-s.released
	return s.StateStore.Root(site)
}

// TestRequestsWaitTheirTime: whoever waits for a fold that does not come is told so after AnswerIn, or up to an eighth earlier, also when others
// come before and after. What they sent is stored all the same, and its room given back.
func TestRequestsWaitTheirTime(t *testing.T) {
	const senders = 40
	r := newRig(t)
	r.cfg.AnswerIn = 800 * time.Millisecond
	r.cfg.Budget = 1 << 20 // a quarter of it for a site
	stuck := stuckStore{r.store, make(chan struct{})}
	r.build(r.log, stuck)
	r.run()
	defer r.stop()
	long := func(i, bytes int) analytics.Record {
		v := pageview(fmt.Sprintf("event-%04d", i), i, r.now.Load())
		v.Event.Path = "/" + strings.Repeat("x", bytes)
		return v
	}
	var all sync.WaitGroup
	next := time.NewTicker(r.cfg.AnswerIn / senders)
	defer next.Stop()
	for i := range senders {
		all.Go(func() {
			began := time.Now()
			_, err := r.sys.Submit(t.Context(), "site_aaaaaa", []analytics.Record{long(i, 5000)})
			took := time.Since(began)
			var busy *analytics.Unavailable
			if !errors.As(err, &busy) || busy.Reason != "the fold did not answer in time" || busy.RetryAfter <= 0 {
				t.Errorf("sender %d: %v", i, err)
			}
			if took < r.cfg.AnswerIn*7/8 {
				t.Errorf("sender %d waited only %v", i, took)
			}
		})
		<-next.C
	}
	all.Wait()
	close(stuck.released)
	require.Eventually(t, func() bool { return r.sys.InFlight() == 0 }, 10*time.Second, time.Millisecond)
	require.EqualValues(t, senders, r.summary("site_aaaaaa").Pageviews)
	r.submit("site_aaaaaa", long(senders, 200_000)) // there is room for it once the others gave theirs back
}
