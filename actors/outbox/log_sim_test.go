package outbox

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestDeliveries: newest first, filtered, in pages.
func TestDeliveries(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answerWith(func(res http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-ZTA-Event") == "event" {
				res.WriteHeader(404)
			}
			fmt.Fprint(res, "OK")
		})
		w.start()
		for i := range 30 {
			w.put(analytics.Pos(i+1), effect([]string{"goal", "event", "pageview"}[i%3], fmt.Sprint(i)))
			time.Sleep(time.Second)
		}
		w.net.setDown(true)
		w.outbox.guard.close() // the connections that are left
		w.put(31, effect("goal", "pending"))
		time.Sleep(time.Second)
		page := func(status analytics.DeliveryStatus, event string, limit, offset, length, total int) []analytics.Delivery {
			list, n, err := w.outbox.Deliveries("wh_abc123", status, event, limit, offset)
			require.NoError(t, err)
			require.Equal(t, total, n)
			require.Len(t, list, length)
			return list
		}
		all := page("", "", 100, 0, 31, 31)
		for i := 1; i < len(all); i++ {
			require.True(t, all[i].CreatedAt.Before(all[i-1].CreatedAt))
		}
		require.Equal(t, all[5:8], page("", "", 3, 5, 3, 31))
		page("", "", 10, 31, 0, 31)
		page("", "goal", 100, 0, 11, 11)
		page("failed", "", 100, 0, 10, 10)
		page("failed", "goal", 100, 0, 0, 0)
		page("succeeded", "pageview", 4, 0, 4, 10)
		pending := page("pending", "", 100, 0, 1, 1)
		require.Equal(t, "connection refused", errorsOf(pending[0]))
		require.True(t, pending[0].NextAttempt.After(time.Now()))
		done := page("succeeded", "", 1, 0, 1, 20)[0]
		require.Regexp(t, `^attempt_[0-9a-z]{20}$`, done.Attempts[0].ID)
		require.Equal(t, "OK", done.Attempts[0].ResponseBody)
		require.Equal(t, 200, done.Attempts[0].Status)
		require.Equal(t, `{"type":"pageview","event":"pageview","timestamp":"2000-01-01T00:00:29.000Z","data":{"siteId":"site_abc123","cause":"29"}}`,
			string(done.Payload))
		empty, n, err := w.outbox.Deliveries("wh_other1", "", "", 50, 0)
		require.NoError(t, err)
		require.Zero(t, n)
		require.NotNil(t, empty)
	})
}

// TestLogBounds: the latest 1,000 messages, for 30 days.
func TestLogBounds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.start()
		for i := range 13 {
			w.put(analytics.Pos(i+1), effects("goal", fmt.Sprint(i), 100)...)
			time.Sleep(time.Second)
		}
		require.Len(t, w.requests(), 1300)
		_, total, err := w.outbox.Deliveries("wh_abc123", "", "", 1, 0)
		require.NoError(t, err)
		require.Equal(t, 1000, total)
		require.LessOrEqual(t, w.keys(messagePrefix), 1100)
		list, _, err := w.outbox.Deliveries("wh_abc123", "", "", 1, 999)
		require.NoError(t, err)
		require.Equal(t, 10*time.Second, time.Since(list[0].CreatedAt), "the oldest went first")

		w.stop()
		w.start() // the count is made anew
		w.put(20, effect("goal", "g"))
		time.Sleep(30*24*time.Hour - time.Second/2)
		require.Len(t, w.deliveries("wh_abc123"), 1)
		time.Sleep(24 * time.Hour)
		require.Empty(t, w.deliveries("wh_abc123"))
		require.Zero(t, w.keys(messagePrefix))
	})
}

// TestResponseBody: at most 1,024 bytes, as text.
func TestResponseBody(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answerWith(func(res http.ResponseWriter, _ *http.Request) {
			res.Write([]byte{0xff, 'a'})
			res.Write(make([]byte, 1<<20))
		})
		w.start()
		w.put(1, effect("goal", "g"))
		time.Sleep(time.Second)
		text := w.only("wh_abc123").Attempts[0].ResponseBody
		require.Equal(t, "\uFFFDa", text[:4])
		require.Len(t, text, 1024+2)
	})
}

// TestRedeliver: the stored payload under its id, with a new budget and a new signature.
func TestRedeliver(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.status(404)
		w.jitter = func() float64 { return 1 }
		w.start()
		w.put(1, effect("goal", "g"))
		time.Sleep(time.Second)
		first := w.only("wh_abc123")
		require.Equal(t, analytics.DeliveryFailed, first.Status)

		w.status(500)
		time.Sleep(time.Minute)
		d, ok, err := w.outbox.Redeliver("wh_abc123", first.MessageID)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, analytics.DeliveryPending, d.Status)
		require.Equal(t, first.MessageID, d.MessageID)
		require.Equal(t, time.Now().UTC().Truncate(time.Millisecond), d.NextAttempt)
		time.Sleep(100 * time.Second)
		require.Equal(t, "HTTP 404,HTTP 500,HTTP 500,HTTP 500", errorsOf(w.only("wh_abc123")))

		_, ok, err = w.outbox.Redeliver("wh_abc123", first.MessageID) // pending: at once, and six attempts more
		require.NoError(t, err)
		require.True(t, ok)
		time.Sleep(2 * time.Hour)
		last := w.only("wh_abc123")
		require.Len(t, last.Attempts, 1+3+6)
		require.Equal(t, analytics.DeliveryFailed, last.Status)

		w.status(200)
		_, ok, err = w.outbox.Redeliver("wh_abc123", first.MessageID)
		require.NoError(t, err)
		require.True(t, ok)
		time.Sleep(time.Second)
		require.Equal(t, analytics.DeliverySucceeded, w.only("wh_abc123").Status)
		got := w.requests()
		signatures := map[string]bool{}
		for _, r := range got {
			require.Equal(t, first.MessageID, r.id)
			require.Equal(t, string(first.Payload), r.body)
			signatures[r.header.Get("webhook-signature")] = true
		}
		require.Len(t, signatures, len(got))

		_, ok, err = w.outbox.Redeliver("wh_abc123", "msg_unknown")
		require.NoError(t, err)
		require.False(t, ok)
		_, ok, _ = w.outbox.Redeliver("wh_other1", first.MessageID)
		require.False(t, ok)
		time.Sleep(31 * 24 * time.Hour)
		_, ok, _ = w.outbox.Redeliver("wh_abc123", first.MessageID)
		require.False(t, ok, "the log has forgotten it")
	})
}

// TestRedeliverInFlight: a message that is being sent is tried again if that fails.
func TestRedeliverInFlight(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answerWith(func(res http.ResponseWriter, _ *http.Request) { time.Sleep(2 * time.Second); res.WriteHeader(404) })
		w.start()
		w.put(1, effect("goal", "g"))
		time.Sleep(time.Second)
		d := w.only("wh_abc123")
		_, ok, err := w.outbox.Redeliver("wh_abc123", d.MessageID)
		require.NoError(t, err)
		require.True(t, ok)
		time.Sleep(time.Minute)
		require.Equal(t, "HTTP 404,HTTP 404", errorsOf(w.only("wh_abc123")))
	})
}

// TestAttemptsKept: a message that is redelivered for ever does not grow for ever.
func TestAttemptsKept(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.start()
		w.put(1, effect("goal", "g"))
		time.Sleep(time.Second)
		id := w.only("wh_abc123").MessageID
		for range 50 {
			_, ok, err := w.outbox.Redeliver("wh_abc123", id)
			require.NoError(t, err)
			require.True(t, ok)
			time.Sleep(time.Second)
		}
		require.Len(t, w.requests(), 51)
		require.Len(t, w.only("wh_abc123").Attempts, maxAttemptsKept)
	})
}

// TestTest: one attempt, at once, also of an inactive webhook; it counts nowhere.
func TestTest(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answerWith(func(res http.ResponseWriter, _ *http.Request) { time.Sleep(84 * time.Millisecond) })
		w.open()
		w.people.change("wh_abc123", func(h *analytics.Webhook) { h.Active = false })
		res, err := w.outbox.Test(t.Context(), w.people.Webhooks(testSite)[0])
		require.NoError(t, err)
		got := w.requests()
		require.Len(t, got, 1)
		require.Equal(t, analytics.TestResult{Success: true, MessageID: got[0].id, Status: 200, Duration: 84 * time.Millisecond}, res)
		require.Regexp(t, `^msg_[0-9a-z]{20}$`, res.MessageID)
		require.Regexp(t, `^{"type":"test","event":"test","timestamp":"2000-01-01T00:00:00.000Z",`+
			`"data":{"siteId":"site_abc123","webhookId":"wh_abc123","message":".+"}}$`, got[0].body)
		require.Equal(t, "test", got[0].header.Get("X-ZTA-Event"))
		again, err := w.outbox.Test(t.Context(), w.people.Webhooks(testSite)[0])
		require.NoError(t, err)
		require.NotEqual(t, res.MessageID, again.MessageID)

		w.status(503)
		res, err = w.outbox.Test(t.Context(), w.people.Webhooks(testSite)[0])
		require.NoError(t, err)
		require.False(t, res.Success)
		require.Equal(t, "HTTP 503", res.Error)
		time.Sleep(time.Hour)
		require.Len(t, w.requests(), 3, "one attempt")
		require.Empty(t, w.deliveries("wh_abc123"))
		require.Zero(t, w.outbox.Status("wh_abc123"))
	})
}

// TestForget: nothing is left of a webhook, not even of a message on its way.
func TestForget(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answerWith(func(http.ResponseWriter, *http.Request) { time.Sleep(2 * time.Second) })
		w.start()
		w.put(1, effects("goal", "g", 20)...)
		time.Sleep(3 * time.Second)
		require.NotZero(t, w.keys(queuePrefix))
		w.people.remove("wh_abc123")
		require.NoError(t, w.outbox.Forget(testSite, "wh_abc123"))
		time.Sleep(time.Minute)
		require.Zero(t, w.keys(queuePrefix))
		require.Zero(t, w.keys(messagePrefix))
		require.Zero(t, w.keys(statusPrefix))
		require.Zero(t, w.outbox.Status("wh_abc123"))
		require.Less(t, len(w.requests()), 12)
		require.NoError(t, w.outbox.Forget(testSite, "wh_abc123"))

		w.addHook("wh_next12", testURL, "goal")
		w.put(2, effects("goal", "h", 20)...)
		w.flush()
		w.people.remove("wh_next12") // and Forget never comes
		time.Sleep(time.Minute)
		require.Zero(t, w.keys(queuePrefix))
		require.Zero(t, w.keys(messagePrefix))

		w.addHook("wh_last12", testURL, "goal")
		w.put(3, effects("goal", "i", 20)...)
		w.flush()
		require.NoError(t, w.outbox.ForgetSite(testSite))
		require.Zero(t, w.keys("outbox/"))
		synctest.Wait()
		require.Zero(t, w.outbox.Cursor(testSite))
	})
}
