package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHooksOfDeletedSite: the last that a site's webhooks hear before it is deleted is told once it is restored, and its deletion too.
func TestHooksOfDeletedSite(t *testing.T) {
	server, r, site := newHookServer(t)
	token, hook := server.api.token, newReceiver(t)
	hook.refuse = true
	made := r.create(token, "/api/webhooks", map[string]any{"siteId": site, "url": hook.URL, "events": []string{"activity"}})
	hook.sign(made["secret"].(string))
	hook.await(t, 10*time.Second, "its creation", func(_ []received, refused []string) bool { return len(refused) > 0 })
	send := func(method, path string) {
		t.Helper()
		require.NoError(t, r.api(token).send(t.Context(), method, path, nil, nil))
	}
	send(http.MethodDelete, "/api/sites/"+site)
	hook.mu.Lock()
	hook.refuse = false
	hook.mu.Unlock()
	quiet := time.NewTimer(8 * time.Second) // the second attempt would be after five
	<-quiet.C
	require.Empty(t, hook.events("activity"))
	send(http.MethodPost, "/api/sites/"+site+"/restore")
	var log []struct {
		Payload struct{ Data struct{ Action string } }
	}
	require.NoError(t, r.get(token, "/api/webhooks/"+made["id"].(string)+"/deliveries", &log))
	var queued []string
	for _, m := range log {
		queued = append(queued, m.Payload.Data.Action)
	}
	require.Contains(t, queued, "site.deleted", "before a start, which tells of the latest activities again")
	server.stop()
	server.start("login") // a start looks at the queue at once
	hook.await(t, 20*time.Second, "all of it", func(got []received, _ []string) bool {
		told := make(map[any]bool)
		for _, m := range got {
			told[m.body.Data["action"]] = true
		}
		return told["webhook.created"] && told["site.deleted"] && told["site.restored"]
	})
}

// TestEndOfLateSession: a webhook hears of the end of a session whose events come after it was made, even if the session was over before.
func TestEndOfLateSession(t *testing.T) {
	server, r, site := newHookServer(t)
	hook := newReceiver(t)
	made := r.create(server.api.token, "/api/webhooks", map[string]any{"siteId": site, "url": hook.URL, "events": []string{"session_end"}})
	hook.sign(made["secret"].(string))
	at := time.Now().Add(-3 * time.Hour).UnixMilli()
	_, err := r.insist(encode(map[string]any{"siteId": site, "id": "late-00001", "type": "pageview", "path": "/late", "timestamp": at}), agent)
	require.NoError(t, err)
	hook.await(t, 10*time.Second, "the end", func(got []received, _ []string) bool { return len(got) > 0 })
	require.Equal(t, "/late", hook.events("session_end")[0].body.Data["entryPath"])
}
