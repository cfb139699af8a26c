package outbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestUnsubscribed: a webhook that does not hear of a type any more gets none of its waiting messages, also when they are delivered again.
func TestUnsubscribed(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.status(500)
		w.start()
		w.put(1, effect("activity", "site.updated"), effect("goal", "g"))
		time.Sleep(time.Second)
		require.Len(t, w.requests(), 2)

		w.status(200)
		w.people.change("wh_abc123", func(h *analytics.Webhook) { h.Events = []string{"goal"} }) // by the owner, and now an admin may
		w.people.change("wh_abc123", func(h *analytics.Webhook) { h.URL = "http://admin.example.com/zta" })
		time.Sleep(time.Minute)
		got := w.requests()
		require.Len(t, got, 3)
		require.Equal(t, "admin.example.com", got[2].host)
		require.Equal(t, "goal", got[2].header.Get("X-ZTA-Event"))
		var activity analytics.Delivery
		for _, d := range w.deliveries("wh_abc123") {
			if d.Event == "activity" {
				activity = d
				continue
			}
			require.Equal(t, analytics.DeliverySucceeded, d.Status)
		}
		require.Equal(t, analytics.DeliveryFailed, activity.Status)
		require.Equal(t, "HTTP 500,unsubscribed", errorsOf(activity))
		require.Empty(t, w.failures(), "what was not sent is no failure of the receiver")
		require.Zero(t, w.outbox.Status("wh_abc123").ConsecutiveFailures)

		_, ok, err := w.outbox.Redeliver("wh_abc123", activity.MessageID)
		require.NoError(t, err)
		require.True(t, ok)
		time.Sleep(time.Minute)
		require.Len(t, w.requests(), 3)
		require.Zero(t, w.keys(queuePrefix))

		w.people.change("wh_abc123", func(h *analytics.Webhook) { h.Events = []string{"activity"} })
		_, _, err = w.outbox.Redeliver("wh_abc123", activity.MessageID)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.Len(t, w.requests(), 4)
	})
}
