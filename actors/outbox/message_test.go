package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// vector is the message of webhooks.md.
const vector = `{"type":"goal","event":"goal","timestamp":"2026-01-15T16:10:01.189Z","data":{"siteId":"site_abc123","goalId":"goal_abc123",` +
	`"goalName":"Newsletter Signup","path":"/thank-you","value":5,"visitorId":"vis_9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e",` +
	`"sessionId":"visit_k2m4p6r8t0v1x3z5b7d9"}}`

const vectorData = `{
 "siteId": "site_abc123", "goalId": "goal_abc123", "goalName": "Newsletter Signup", "path": "/thank-you", "value": 5,
 "visitorId": "vis_9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e", "sessionId": "visit_k2m4p6r8t0v1x3z5b7d9"
}`

// TestVector is the contract's test vector.
func TestVector(t *testing.T) {
	text, err := body("goal", 1768493401189, json.RawMessage(vectorData))
	require.NoError(t, err)
	require.Equal(t, vector, text)
	signature, err := sign(testSecret, "msg_2kq8v4n6x1c3b5m7", "1768493402", text)
	require.NoError(t, err)
	require.Equal(t, "v1,2iTqL5dkUfBsUULdlE4qZT1aEhQhktINIzlTI31AmZs=", signature)
	require.Equal(t, "sha256=2cf5ff5ce0121134f0321b7ec0bd2136990900ab56c2709f5fb9d67fcddc8001", signLegacy(testSecret, text))

	_, err = sign("whsec_not base64", "msg_1", "1", text)
	require.Error(t, err)
	_, err = body("goal", 0, json.RawMessage(`{"a":`))
	require.Error(t, err)
}

// TestRequest: the request on the wire is the contract's.
func TestRequest(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.start()
		e := effect("goal", "g")
		e.At, e.Data = 1768493401189, json.RawMessage(vectorData)
		w.put(1, e)
		time.Sleep(time.Second)
		got := w.requests()
		require.Len(t, got, 1)
		h := got[0].header
		require.Equal(t, vector, got[0].body)
		require.Equal(t, "application/json", h.Get("Content-Type"))
		require.Equal(t, "zta-webhooks/1", h.Get("User-Agent"))
		require.Equal(t, "goal", h.Get("X-ZTA-Event"))
		require.Equal(t, "wh_abc123", h.Get("X-ZTA-Webhook-ID"))
		require.Equal(t, signLegacy(testSecret, vector), h.Get("X-ZTA-Signature"))
		require.Regexp(t, `^msg_[0-9a-z]{20}$`, got[0].id)
		require.Equal(t, analytics.HashID("msg_", "wh_abc123", "g"), got[0].id)
		want, err := sign(testSecret, got[0].id, h.Get("webhook-timestamp"), vector)
		require.NoError(t, err)
		require.Equal(t, want, h.Get("webhook-signature"))
	})
}

// TestRotation: for 24 h messages carry both signatures, the new one first; a new attempt is signed anew.
func TestRotation(t *testing.T) {
	const next = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	inBubble(t, func(t *testing.T, w *world) {
		w.people.change("wh_abc123", func(h *analytics.Webhook) {
			h.PreviousSecret, h.Secret, h.PreviousExpires = h.Secret, []byte(next), time.Now().Add(24*time.Hour)
		})
		w.status(500)
		w.start()
		w.put(1, effect("goal", "g"))
		time.Sleep(10 * time.Second)
		w.put(2, effect("goal", "h"))
		time.Sleep(24 * time.Hour)
		w.put(3, effect("goal", "i"))
		time.Sleep(time.Second)
		stamps := map[string]bool{}
		got := w.requests()
		require.Len(t, got, 13)
		for i, r := range got {
			stamp := r.header.Get("webhook-timestamp")
			stamps[stamp] = true
			newer, err := sign(next, r.id, stamp, r.body)
			require.NoError(t, err)
			older, err := sign(testSecret, r.id, stamp, r.body)
			require.NoError(t, err)
			want := newer + " " + older
			if i == len(got)-1 {
				want = newer
			}
			require.Equal(t, want, r.header.Get("webhook-signature"))
			require.Equal(t, signLegacy(next, r.body), r.header.Get("X-ZTA-Signature"))
		}
		require.Greater(t, len(stamps), 6)
	})
}

// TestWants: who gets what.
func TestWants(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.people.remove("wh_abc123")
		w.open()
		require.Zero(t, w.outbox.Wants(testSite))
		w.addHook("wh_goals", "http://a.example.com/", "goal", "alert")
		w.addHook("wh_off", "http://b.example.com/", "pageview").Active = false
		w.addHook("wh_young", "http://c.example.com/", "goal").CreatedAt = time.Now().Add(time.Hour)
		require.Equal(t, MaskOf("goal", "alert"), w.outbox.Wants(testSite))
		require.True(t, w.outbox.Wants(testSite).Has("goal"))
		require.False(t, w.outbox.Wants(testSite).Has("pageview"))
		require.Zero(t, w.outbox.Wants("site_other1"))
		require.Zero(t, MaskOf("nonsense"))

		w.put(1, effect("goal", "g"), effect("pageview", "p"), effect("event", "e"))
		w.flush()
		require.Equal(t, 1, w.keys(messagePrefix))
		require.Equal(t, "goal", w.only("wh_goals").Event)
		w.put(2, Effect{Cause: "none", Data: json.RawMessage(`{}`)}, Effect{Cause: "broken", Type: "goal", Arrived: time.Now().UnixMilli()})
		w.flush()
		require.Equal(t, 1, w.keys(messagePrefix), "an effect without type or data has no message")
	})
}

// TestTooLarge: what no transaction could hold is counted, not kept, and holds up nothing.
func TestTooLarge(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.start()
		huge := effect("goal", "huge")
		huge.Data = json.RawMessage(`{"x":"` + strings.Repeat("y", maxMessage) + `"}`)
		large := effect("goal", "large")
		large.Data = json.RawMessage(`{"x":"` + strings.Repeat(`\"`, maxMessage/5) + `"}`)
		w.put(1, huge, large, effect("goal", "small"))
		time.Sleep(time.Second)
		require.Len(t, w.deliveries("wh_abc123"), 2)
		require.Len(t, w.requests(), 2)
		require.EqualValues(t, 1, counted(t, w.outbox, outcomeTooLarge))
		require.EqualValues(t, 2, counted(t, w.outbox, outcomeSucceeded))
	})
}

// TestLargeWithAttempts: however often a large message is tried, and whatever a receiver answers, what came of it can be stored.
func TestLargeWithAttempts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.answerWith(func(res http.ResponseWriter, _ *http.Request) {
			res.WriteHeader(500)
			res.Write([]byte(strings.Repeat("\x01", maxResponse))) // six times as much in JSON
		})
		w.start()
		large := effect("activity", "large")
		large.Data = json.RawMessage(`{"x":"` + strings.Repeat("y", maxMessage-1000) + `"}`)
		w.put(0, large)
		for n := range 4 {
			time.Sleep(3 * time.Hour)
			require.Len(t, w.requests(), (n+1)*w.cfg.MaxAttempts)
			d := w.only("wh_abc123")
			require.Equal(t, analytics.DeliveryFailed, d.Status)
			require.Equal(t, strings.Repeat("\x01", maxResponse), d.Attempts[len(d.Attempts)-1].ResponseBody)
			_, ok, err := w.outbox.Redeliver("wh_abc123", d.MessageID)
			require.NoError(t, err)
			require.True(t, ok)
		}
	})
}

// TestManyAlerts: a put whose alerts need more than one transaction, and a value that no transaction takes, hold up nothing.
func TestManyAlerts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.open()
		var list []Effect
		var last *analytics.Trigger
		for i := range 700 {
			e, trigger := w.fire(fmt.Sprintf("trigger_%d", i), testAlert("webhook", "email"))
			list, last = append(list, e), trigger
		}
		huge := Effect{Cause: "huge", Writes: []Op{{Key: "ended/x", Value: make([]byte, maxBatchBytes)}}}
		w.put(7, append(list, huge)...)
		w.put(8, effect("goal", "behind"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, w.outbox.Flush(ctx, testSite))
		require.Empty(t, w.sent(last))
		require.Equal(t, 701, w.keys(messagePrefix+"wh_abc123/"))
		require.EqualValues(t, 1, testutil.ToFloat64(w.outbox.metrics.commits))
		w.stop()
		w.open()
		require.EqualValues(t, 8, w.outbox.Cursor(testSite))
	})
}
