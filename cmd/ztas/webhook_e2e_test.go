package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// receiver is a webhook's other end. It remembers every message, and refuses while it is told to.
type receiver struct {
	*httptest.Server

	mu      sync.Mutex
	secret  string
	refuse  bool
	got     []received
	refused []string // ids
	arrived chan struct{}
}

type received struct {
	id, event string
	at        time.Time
	signed    bool
	body      struct {
		Timestamp string
		Data      map[string]any
	}
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{arrived: make(chan struct{}, 10_000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		m := received{id: q.Header.Get("webhook-id"), event: q.Header.Get("X-ZTA-Event"), at: time.Now()}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.refuse {
			r.refused = append(r.refused, m.id)
			w.WriteHeader(http.StatusServiceUnavailable)
		} else {
			m.signed = signedBy(r.secret, m.id, q.Header.Get("webhook-timestamp"), body, q.Header.Get("webhook-signature"))
			_ = json.Unmarshal(body, &m.body)
			r.got = append(r.got, m)
		}
		select {
		case r.arrived <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// signedBy checks a signature by the words of the contract.
func signedBy(secret, id, timestamp string, body []byte, signature string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return signature == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sign tells the secret by which messages must be signed from now on.
func (r *receiver) sign(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = secret
}

// await waits until the messages satisfy a condition.
func (r *receiver) await(t *testing.T, within time.Duration, what string, enough func(got []received, refused []string) bool) {
	t.Helper()
	limit := time.NewTimer(within)
	defer limit.Stop()
	for {
		r.mu.Lock()
		ok := enough(r.got, r.refused)
		n, refused := len(r.got), len(r.refused)
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-r.arrived:
		case <-limit.C:
			t.Fatalf("%s: not within %v (%d messages, %d refused)", what, within, n, refused)
		}
	}
}

func (r *receiver) events(kind string) (list []received) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		if m.event == kind {
			list = append(list, m)
		}
	}
	return list
}

// create posts a definition and returns the answer's data.
func (r *rig) create(token, path string, body map[string]any) (data map[string]any) {
	r.t.Helper()
	require.NoError(r.t, r.api(token).send(context.Background(), http.MethodPost, path, body, &data), path)
	return data
}

var localHooks = []string{"WEBHOOK_ALLOW_HTTP=true", "WEBHOOK_ALLOW_PRIVATE=true"}

// TestGoalWebhook: a completed goal is told to a local receiver, signed, within 500 ms; one that was completed before a SIGKILL is told after
// the restart, under the id that it had before.
func TestGoalWebhook(t *testing.T) {
	const completions = 200
	r, hook := newRig(t, localHooks...), newReceiver(t)
	r.start()
	site, token := r.site(calmZone(t))
	r.create(token, "/api/goals", map[string]any{"siteId": site, "name": "Signup", "type": "pageview", "path": "/thank-you", "value": 5})
	made := r.create(token, "/api/webhooks", map[string]any{"siteId": site, "url": hook.URL + "/zta", "events": []string{"goal"}})
	hook.sign(made["secret"].(string))

	sent := make(map[string]time.Time)
	for n := range completions {
		visitor := fmt.Sprintf("%s visitor/%d", agent, n)
		at := time.Now()
		answer, err := r.track(encode(map[string]any{"siteId": site, "id": fmt.Sprintf("goal-%05d", n), "type": "pageview", "path": "/thank-you"}), visitor)
		require.NoError(t, err)
		require.Equal(t, 1, answer.Count)
		hook.await(t, 5*time.Second, "goal", func(got []received, _ []string) bool { return len(got) > n })
		sent[hook.events("goal")[n].id] = at
	}
	var delays []time.Duration
	for _, m := range hook.events("goal") {
		require.True(t, m.signed, "signature of %s", m.id)
		require.Equal(t, "/thank-you", m.body.Data["path"])
		require.EqualValues(t, 5, m.body.Data["value"])
		delays = append(delays, m.at.Sub(sent[m.id]))
	}
	require.Len(t, sent, completions, "ids")
	slices.Sort(delays)
	p99 := delays[len(delays)*99/100]
	t.Logf("goal completed → webhook received: p50 %v, p99 %v, n %d", delays[len(delays)/2], p99, len(delays))
	require.Less(t, p99, 500*time.Millisecond)

	hook.mu.Lock()
	hook.refuse = true
	hook.mu.Unlock()
	_, err := r.track(encode(map[string]any{"siteId": site, "id": "goal-killed", "type": "pageview", "path": "/thank-you"}), agent+" killed")
	require.NoError(t, err)
	hook.await(t, 5*time.Second, "first attempt", func(_ []received, refused []string) bool { return len(refused) > 0 })
	r.kill()
	hook.mu.Lock()
	hook.refuse = false
	id := hook.refused[0]
	hook.mu.Unlock()
	r.start()
	hook.await(t, 20*time.Second, "after the kill", func(got []received, _ []string) bool { return len(got) == completions+1 })
	last := hook.events("goal")[completions]
	require.Equal(t, id, last.id)
	require.True(t, last.signed)
}

// TestKilledBeforeDelivery kills the server right after each answer: whatever was acknowledged as a completion is told in the end, each under one
// id.
func TestKilledBeforeDelivery(t *testing.T) {
	const rounds = 8
	r, hook := newRig(t, localHooks...), newReceiver(t)
	r.start()
	site, token := r.site(calmZone(t))
	r.create(token, "/api/goals", map[string]any{"siteId": site, "name": "Signup", "type": "event", "eventAction": "signup"})
	made := r.create(token, "/api/webhooks", map[string]any{"siteId": site, "url": hook.URL, "events": []string{"goal", "event"}})
	hook.sign(made["secret"].(string))
	for n := range rounds {
		body := encode(map[string]any{"siteId": site, "id": fmt.Sprintf("killed-%05d", n), "type": "event", "action": "signup", "path": fmt.Sprint("/", n)})
		_, err := r.track(body, agent)
		require.NoError(t, err)
		r.kill()
		r.start()
	}
	paths := func(kind string) map[any][]string {
		ids := make(map[any][]string)
		for _, m := range hook.events(kind) {
			if path := m.body.Data["path"]; !slices.Contains(ids[path], m.id) {
				ids[path] = append(ids[path], m.id)
			}
		}
		return ids
	}
	hook.await(t, 30*time.Second, "every completion", func(got []received, _ []string) bool {
		seen := make(map[string]bool)
		for _, m := range got {
			seen[m.id] = true
		}
		return len(seen) == 2*rounds
	})
	for _, kind := range []string{"goal", "event"} {
		require.Len(t, paths(kind), rounds)
		for path, ids := range paths(kind) {
			require.Len(t, ids, 1, "%s of %v", kind, path)
		}
	}
}

// TestAlertFires: an alert on pageviews > N fires within a second of the N+1st pageview, once, in its history, and as a webhook.
func TestAlertFires(t *testing.T) {
	const threshold = 20
	r, hook := newRig(t, localHooks...), newReceiver(t)
	r.start()
	site, token := r.site(calmZone(t))
	made := r.create(token, "/api/webhooks", map[string]any{"siteId": site, "url": hook.URL, "events": []string{"alert"}})
	hook.sign(made["secret"].(string))
	alert := r.create(token, "/api/alerts", map[string]any{"siteId": site, "name": "Spike", "type": "threshold", "metric": "pageviews",
		"operator": ">", "threshold": threshold, "period": "1h", "notifications": []string{"webhook"}})
	view := func(n int) time.Time {
		_, err := r.track(encode(map[string]any{"siteId": site, "id": fmt.Sprintf("alert-%05d", n), "type": "pageview", "path": "/"}), agent)
		require.NoError(t, err)
		return time.Now()
	}
	for n := range threshold {
		view(n)
	}
	quiet := time.NewTimer(1200 * time.Millisecond) // two judgements
	<-quiet.C
	require.Empty(t, hook.events("alert"), "at the threshold")
	at := view(threshold)
	hook.await(t, 5*time.Second, "alert", func(got []received, _ []string) bool { return len(got) > 0 })
	fired := hook.events("alert")[0]
	t.Logf("N+1st pageview → alert received: %v", fired.at.Sub(at))
	require.Less(t, fired.at.Sub(at), 1100*time.Millisecond)
	require.True(t, fired.signed)
	require.EqualValues(t, threshold+1, fired.body.Data["currentValue"])
	for n := range 50 {
		view(threshold + 1 + n)
	}
	again := time.NewTimer(1500 * time.Millisecond)
	<-again.C
	r.kill()
	r.start()
	view(1000)
	once := time.NewTimer(1500 * time.Millisecond)
	<-once.C
	ids := make(map[string]bool)
	for _, m := range hook.events("alert") {
		ids[m.id] = true
	}
	require.Len(t, ids, 1, "it cools down, over a restart too")
	var history []struct {
		ID                string
		Value             float64
		NotificationsSent []string
	}
	require.NoError(t, r.get(token, "/api/alerts/"+alert["id"].(string)+"/history", &history))
	require.Len(t, history, 1)
	require.EqualValues(t, threshold+1, history[0].Value)
	require.Equal(t, fired.body.Data["triggerId"], history[0].ID)
	require.Equal(t, []string{"webhook"}, history[0].NotificationsSent)
}
