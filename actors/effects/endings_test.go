package effects_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

// TestEndArrives: who asked after a session was over, but before its events came, hears of it; who asked after they came does not. A restart
// between the events and the look for ended sessions changes nothing.
func TestEndArrives(t *testing.T) {
	const minute = 60_000
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1, analytics.WebhookSessionEnd)
			w.start()
			time.Sleep(1100 * time.Millisecond)
			now := w.time.Load()
			view := func(visitor byte, ago int64) analytics.Event {
				return analytics.Event{
					Kind: analytics.Pageview, TS: now - ago*minute, ReceivedAt: now, Path: "/", Visitor: analytics.VisitorID{visitor},
				}
			}
			w.events(view(1, 180), view(1, 170), view(2, 0))
			if restart {
				w.stop()
				w.time.Add(5 * minute)
				w.launch()
			}
			time.Sleep(1100 * time.Millisecond)
			w.time.Add(31 * minute)
			time.Sleep(1100 * time.Millisecond)
			w.stop()
			arrived := make(map[string]int64)
			for _, e := range w.put {
				var d struct{ VisitorID string }
				require.NoError(t, json.Unmarshal(e.Data, &d))
				arrived[d.VisitorID] = e.Arrived
			}
			require.Equal(t, map[string]int64{
				analytics.VisitorID{1}.String(): now,             // 140 minutes after its end
				analytics.VisitorID{2}.String(): now + 30*minute, // its end
			}, arrived)
		})
	}
}

// events folds events as a block and tells of it.
func (w *world) events(list ...analytics.Event) {
	w.fold.Lock()
	defer w.fold.Unlock()
	res := w.Events(list...)
	w.blocks = append(w.blocks, block{w.Pos(), res.Landed})
	w.e.Landed(siteID, w.Pos(), res.Landed, nil)
}

// TestManyLateSessions: what is kept of late sessions fits into what the store takes at once, however many come.
func TestManyLateSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5, analytics.WebhookSessionEnd)
		w.start()
		defer func() { w.stop() }()
		now := w.clock()
		var records []analytics.Record
		for i := range 8000 {
			records = append(records, analytics.Record{Event: &analytics.Event{
				ID: analytics.PackEventID(fmt.Sprintf("late-%06d", i)), TS: now.Add(-2 * time.Hour).UnixMilli(), ReceivedAt: now.UnixMilli(),
				Kind: analytics.Pageview, Path: "/", SessionKey: fmt.Sprint("session-", i),
			}})
		}
		res := w.Apply(now.UnixMilli(), records...)
		w.e.Landed(siteID, w.Pos(), res.Landed, nil)
		w.mu.Lock()
		defer w.mu.Unlock()
		require.NotEmpty(t, w.meta)
		for key, val := range w.meta {
			require.Less(t, len(val), persist.MaxTxn-1000, key)
		}
	})
}
