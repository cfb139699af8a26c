package outbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestDeletedSite: nothing is sent while a site is deleted, over a restart too, and everything once it is restored, with all its attempts.
func TestDeletedSite(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slack("http://slack.example.com/services/x")
		w.cfg.MaxAttempts = 2
		w.jitter = func() float64 { return 1 }
		w.status(500)
		w.start()
		w.put(1, effect("goal", "before"))
		time.Sleep(time.Second)
		require.Len(t, w.requests(), 1)

		w.people.setDeleted(true)
		alert, trigger := w.fire("trigger_1", testAlert("email", "slack", "webhook"))
		w.put(2, alert, effect("activity", "site.deleted")) // on their way when the site was deleted
		time.Sleep(29 * 24 * time.Hour)
		w.stop()
		w.status(200)
		w.start()
		time.Sleep(time.Hour)
		require.Len(t, w.requests(), 1)
		require.Empty(t, w.letters())
		require.Equal(t, 5, w.keys(queuePrefix))

		w.people.setDeleted(false)
		time.Sleep(2 * time.Minute)
		require.Len(t, w.requests(), 5)
		require.Len(t, w.letters(), 1)
		require.Equal(t, []string{"email", "slack", "webhook"}, w.sent(trigger))
		require.Zero(t, w.keys(queuePrefix))
		for _, d := range w.deliveries("wh_abc123") {
			require.Equal(t, analytics.DeliverySucceeded, d.Status)
			want := ""
			if d.Event == "goal" {
				want = "HTTP 500,"
			}
			require.Equal(t, want, errorsOf(d), "waiting is no attempt")
		}
	})
}

// TestDeletedSiteBounds: what waits for a site to be restored is bounded as any other backlog is, and waits no longer than a log keeps it.
func TestDeletedSiteBounds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.cfg.MaxBacklog = 20
		w.people.setDeleted(true)
		w.start()
		w.put(1, effects("pageview", "p", 15)...)
		w.put(2, effects("pageview", "q", 15)...)
		w.flush()
		alert, trigger := w.fire("trigger_1", testAlert("email"))
		w.put(3, alert)
		time.Sleep(2 * time.Minute)
		require.Equal(t, 20, w.keys(queuePrefix+"wh_abc123/"))
		require.EqualValues(t, 11, counted(t, w.outbox, outcomeOverflow))

		time.Sleep(30*24*time.Hour + sweepEvery)
		require.Zero(t, w.keys(queuePrefix))
		require.Zero(t, w.keys(messagePrefix))
		require.EqualValues(t, 21, counted(t, w.outbox, outcomeInactive), "20 and the mail")
		w.people.setDeleted(false)
		time.Sleep(2 * time.Minute)
		require.Empty(t, w.requests())
		require.Empty(t, w.letters())
		require.Empty(t, w.sent(trigger))
		require.Empty(t, w.failures())
	})
}

// TestPurgedWhileWaiting: nothing is left of the messages of a deleted site that is purged.
func TestPurgedWhileWaiting(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.people.setDeleted(true)
		w.start()
		alert, _ := w.fire("trigger_1", testAlert("email"))
		w.put(1, alert, effect("goal", "g"))
		w.flush()
		time.Sleep(90 * time.Second)
		require.Equal(t, 3, w.keys(queuePrefix))
		require.NoError(t, w.outbox.ForgetSite(testSite))
		time.Sleep(time.Hour)
		require.Zero(t, w.keys("outbox/"))
		require.Empty(t, w.requests())
		require.Empty(t, w.letters())
	})
}
