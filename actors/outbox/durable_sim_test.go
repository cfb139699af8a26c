package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/store"
)

func counted(t *testing.T, o *Outbox, outcome string) float64 {
	t.Helper()
	synctest.Wait()
	return testutil.ToFloat64(o.metrics.delivered.WithLabelValues(outcome))
}

// TestRestart: messages and their schedule survive, under the same ids; effects that are put again change nothing.
func TestRestart(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.open()
		list := effects("goal", "g", 50)
		w.put(7, list[:20]...)
		w.put(9, list[20:]...)
		w.flush()
		before := w.deliveries("wh_abc123")
		require.Len(t, before, 50)

		w.stop()
		w.open()
		require.EqualValues(t, 9, w.outbox.Cursor(testSite))
		w.put(7, list[:20]...)
		w.put(9, list[20:]...)
		w.put(9, effect("goal", "of a position that is past"))
		w.flush()
		require.Equal(t, before, w.deliveries("wh_abc123"))

		w.stop()
		w.status(500)
		w.jitter = func() float64 { return 1 }
		w.start()
		time.Sleep(100 * time.Second) // three attempts
		w.stop()
		require.Len(t, w.requests(), 150)
		time.Sleep(10 * time.Second)
		w.status(200)
		w.start()
		time.Sleep(time.Hour)
		require.Len(t, w.requests(), 200)
		for i, d := range w.deliveries("wh_abc123") {
			require.Equal(t, before[i].MessageID, d.MessageID)
			require.Equal(t, before[i].Payload, d.Payload)
			require.Equal(t, "HTTP 500,HTTP 500,HTTP 500,", errorsOf(d))
			require.Equal(t, nominal[:3], waits(d))
		}
	})
}

// TestReplay: after a crash the log is folded again from before the cursor, or from between two transactions of one put.
func TestReplay(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.open()
		list := effects("goal", "g", 1200) // 2,400 operations: three transactions
		first := w.meta.txns
		w.meta.failWith(func([]Op) error {
			if w.meta.txns > first+2 {
				return errors.New("the machine is gone")
			}
			return nil
		})
		w.put(3, list...)
		synctest.Wait()
		w.stop()
		w.meta.failWith(nil)
		part := w.keys(messagePrefix)
		require.Equal(t, 1000, part, "two transactions of 500 messages")

		w.start()
		time.Sleep(time.Minute)
		require.Len(t, w.requests(), part)
		require.Zero(t, w.outbox.Cursor(testSite), "the put did not end")
		w.put(3, list...)
		w.flush()
		time.Sleep(time.Minute)
		require.EqualValues(t, 3, w.outbox.Cursor(testSite))
		got := ids(w.requests())
		require.Len(t, got, 1200, "what was delivered is known by its id")
		for i := 1; i < len(got); i++ {
			require.NotEqual(t, got[i-1], got[i])
		}
	})
}

// TestLostRecord: when the answer of a receiver cannot be written down, the message is sent again, under its id.
func TestLostRecord(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.start()
		w.meta.failWith(func(ops []Op) error {
			if slices.ContainsFunc(ops, func(op Op) bool { return strings.HasPrefix(op.Key, statusPrefix) }) {
				return errors.New("disk full")
			}
			return nil
		})
		w.put(1, effect("goal", "g"))
		time.Sleep(12 * time.Second)
		require.Len(t, w.requests(), 3, "every five seconds")
		require.Equal(t, analytics.DeliveryPending, w.only("wh_abc123").Status)
		require.Empty(t, w.only("wh_abc123").Attempts)
		w.meta.failWith(nil)
		time.Sleep(time.Minute)
		got := ids(w.requests())
		require.Len(t, got, 4)
		require.Equal(t, got[0], got[3], "one id")
		require.Equal(t, analytics.DeliverySucceeded, w.only("wh_abc123").Status)
		require.Zero(t, w.keys(queuePrefix))
	})
}

// TestEndInFlight: the end of the program is no answer.
func TestEndInFlight(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answerWith(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		w.start()
		w.put(1, effect("goal", "g"))
		time.Sleep(time.Second)
		require.Len(t, w.requests(), 1)
		w.stop()
		w.status(200)
		w.start()
		d := w.only("wh_abc123")
		require.Equal(t, analytics.DeliverySucceeded, d.Status)
		require.Len(t, d.Attempts, 1)
		require.Len(t, w.requests(), 2)
		require.Equal(t, w.requests()[0].id, w.requests()[1].id)
	})
}

// TestFlush: it waits for the disk, and only it does.
func TestFlush(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.open()
		w.flush() // nothing was put
		w.put(1)  // no effects: nothing to wait for
		w.flush()
		require.EqualValues(t, 1, w.outbox.Cursor(testSite))
		require.Zero(t, w.keys(cursorPrefix))

		w.meta.failWith(func([]Op) error { return errors.New("no") })
		w.put(2, effect("goal", "g"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.ErrorIs(t, w.outbox.Flush(ctx, testSite), context.DeadlineExceeded)
		require.NoError(t, w.outbox.Flush(t.Context(), "site_other1"), "other sites do not wait")
		w.meta.failWith(nil)
		w.flush()
		require.Equal(t, 1, w.keys(messagePrefix))
		require.Equal(t, 1, w.keys(cursorPrefix))

		w.meta.failWith(func([]Op) error { return errors.New("no") })
		w.put(3, effect("goal", "h"))
		flushed := make(chan error)
		go func() { flushed <- w.outbox.Flush(t.Context(), testSite) }()
		synctest.Wait()
		w.stop()
		require.ErrorIs(t, <-flushed, ErrClosed)
		w.meta.failWith(nil)
		w.open()
		require.EqualValues(t, 2, w.outbox.Cursor(testSite))
		w.put(4, effect("goal", "i"))
		w.stop() // what was put is written before the end
		require.NoError(t, w.outbox.Flush(t.Context(), testSite))
		w.outbox.Close()
		require.Equal(t, 2, w.keys(messagePrefix))
	})
}

// TestAside: effects that no block made have no position, and are known by their cause.
func TestAside(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.start()
		w.put(5, effect("goal", "g"))
		w.put(0, effect("activity", "activity_1"))
		w.put(0, effect("activity", "activity_1"), effect("activity", "activity_2"))
		w.flush()
		time.Sleep(time.Second)
		require.Len(t, w.requests(), 3)
		require.EqualValues(t, 5, w.outbox.Cursor(testSite))
	})
}

// TestSites: cursors and order are per site, and a batch holds many.
func TestSites(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		for i := range 100 {
			site := analytics.SiteID(fmt.Sprintf("site_%06d", i))
			h := w.addHook(fmt.Sprintf("wh_%06d", i), testURL, "goal")
			h.Site = site
		}
		w.start()
		for pos := range analytics.Pos(5) {
			for i := range 100 {
				w.outbox.Put(analytics.SiteID(fmt.Sprintf("site_%06d", i)), pos+1, effects("goal", fmt.Sprint("at ", pos), 3))
			}
		}
		for i := range 100 {
			require.NoError(t, w.outbox.Flush(t.Context(), analytics.SiteID(fmt.Sprintf("site_%06d", i))))
		}
		time.Sleep(time.Second)
		require.Len(t, w.requests(), 1500)
		require.Equal(t, 100, w.keys(cursorPrefix))
		require.Equal(t, 100, w.keys(statusPrefix))
	})
}

// TestBadger: the same over the store on disk, opened again.
func TestBadger(t *testing.T) {
	dir := t.TempDir()
	p := &people{site: analytics.Site{ID: testSite}}
	p.hooks = []*analytics.Webhook{{ID: "wh_abc123", Site: testSite, URL: testURL, Events: []string{"goal"}, Active: true, Secret: []byte(testSecret)}}
	life := func(f func(o *Outbox)) {
		s, err := store.Open(store.DefaultConfig(dir))
		require.NoError(t, err)
		defer s.Close()
		reg := prometheus.NewRegistry()
		o, err := Open(DefaultConfig(), Deps{Meta: &metadata{MetaStore: s}, Hooks: p, Alerts: p, Sites: p, Mailer: new(letters), Registerer: reg})
		require.NoError(t, err)
		defer o.Close()
		f(o)
	}
	var before []analytics.Delivery
	life(func(o *Outbox) {
		o.Put(testSite, 4, effects("goal", "g", 1100))
		require.NoError(t, o.Flush(t.Context(), testSite))
		var err error
		before, _, err = o.Deliveries("wh_abc123", "", "", 1000, 0)
		require.NoError(t, err)
		require.Len(t, before, 1000)
	})
	life(func(o *Outbox) {
		require.EqualValues(t, 4, o.Cursor(testSite))
		after, total, err := o.Deliveries("wh_abc123", analytics.DeliveryPending, "goal", 1000, 0)
		require.NoError(t, err)
		require.Equal(t, 1000, total)
		require.Equal(t, before, after)
		require.EqualValues(t, 1100, testutil.ToFloat64(o.metrics.pending))
	})
}

// TestOpenErrors: what makes no sense is said at the start.
func TestOpenErrors(t *testing.T) {
	p := &people{}
	meta := &metadata{MetaStore: store.NewMemory()}
	deps := Deps{Meta: meta, Hooks: p, Alerts: p, Sites: p, Mailer: new(letters)}
	_, err := Open(Config{}, deps)
	require.ErrorContains(t, err, "Timeout must be positive")
	_, err = Open(DefaultConfig(), Deps{})
	require.ErrorContains(t, err, "are needed")
	for key, val := range map[string]string{
		cursorPrefix + "site_1": "x", statusPrefix + "wh_1": "{", queuePrefix + "wh_1/msg_1": "{", queuePrefix + "wh_1": "{}",
	} {
		require.NoError(t, meta.Txn(Op{Key: key, Value: []byte(val)}))
		_, err = Open(DefaultConfig(), deps)
		require.ErrorContains(t, err, key[:strings.LastIndexByte(key, '/')])
		require.NoError(t, meta.Txn(Op{Key: key}))
	}
	reg := prometheus.NewRegistry()
	deps.Registerer = reg
	o, err := Open(DefaultConfig(), deps)
	require.NoError(t, err)
	o.Close()
	_, err = Open(DefaultConfig(), deps)
	require.ErrorContains(t, err, "metrics of the outbox", "twice in one registry")
}
