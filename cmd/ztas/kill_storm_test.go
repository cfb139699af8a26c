package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRetryStorm is R6: every event is sent one to five times, in any order, by clients that do not hear each other, while the server is killed and
// started again. Each is counted once, and the answers together say "new" once for it, or not at all when that answer was lost. All invariants hold.
func TestRetryStorm(t *testing.T) {
	const events, lives = 1200, 4
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 6))
	r := newRig(t)
	r.start()
	site, token := r.site(calmZone(t))
	r.hurry()
	views := map[string]int64{}
	var sends []request
	for i := range events {
		path := fmt.Sprintf("/storm/%d", rng.IntN(40))
		views[path]++
		q := request{valid: 1, userAgent: agents[rng.IntN(len(agents))], body: encode(map[string]any{
			"siteId": site, "id": fmt.Sprintf("storm-%06d", i), "type": "pageview", "path": path,
		})}
		for range 1 + rng.IntN(5) {
			sends = append(sends, q)
		}
	}
	rng.Shuffle(len(sends), func(i, j int) { sends[i], sends[j] = sends[j], sends[i] })

	var fresh, answered, lost atomic.Int64
	for part := range lives {
		share := sends[part*len(sends)/lives : (part+1)*len(sends)/lives]
		var again []request // without an answer
		over := make(chan struct{})
		unheard := make(chan request, len(share))
		wanted := answered.Load() + int64(len(share)/2)
		go func() {
			defer close(over)
			each(share, func(q request) {
				a, err := r.track(q.body, q.userAgent)
				if err != nil {
					lost.Add(1)
					unheard <- q
					return
				}
				answered.Add(1)
				fresh.Add(int64(a.Count - a.Duplicates))
			})
		}()
		if part < lives-1 {
			require.Eventually(t, func() bool { return answered.Load() >= wanted }, time.Minute, time.Millisecond)
			r.kill()
		}
		<-over
		close(unheard)
		for q := range unheard {
			again = append(again, q)
		}
		if part < lives-1 {
			r.start()
		}
		each(again, func(q request) {
			a, err := r.insist(q.body, q.userAgent)
			if err != nil && !errors.Is(err, errBusy) {
				t.Errorf("after the restart: %v", err)
			}
			fresh.Add(int64(a.Count - a.Duplicates))
		})
	}
	book := newLedger()
	book.acked = views
	s := r.stats(token, site)
	require.Equal(t, views, s.pages(), "each once")
	require.EqualValues(t, events, s.Summary.Pageviews)
	require.LessOrEqual(t, fresh.Load(), int64(events), "an event was said to be new twice")
	require.GreaterOrEqual(t, fresh.Load(), events-lost.Load())
	requireInvariants(t, r, book, token, site)
	t.Logf("%d events, sent %d times, %d without an answer, %d kills", events, len(sends), lost.Load(), lives-1)
}
