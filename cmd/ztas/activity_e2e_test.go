package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/persist/store"
)

// rig is the server as the tests of a process see it.
func (s *importServer) rig() *rig {
	return &rig{t: s.t, data: s.data, addr: s.run.Addr(), http: &http.Client{Timeout: 20 * time.Second, Transport: checked(s.t)}}
}

// newHookServer is a server in this process whose webhooks may go to this machine, with a site in a zone whose day does not end soon.
func newHookServer(t *testing.T) (s *importServer, r *rig, site string) {
	t.Helper()
	for _, setting := range localHooks {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	s = newImportServer(t)
	return s, s.rig(), s.site("example.com", calmZone(t))
}

// activityDelay is how soon who subscribed hears of an entry.
const activityDelay = time.Second

// TestActivityIsTold: what a person does is in the log when it is answered, and within a second on the topic and at the webhook, as one object.
func TestActivityIsTold(t *testing.T) {
	server, r, site := newHookServer(t)
	token := server.api.token
	hook := newReceiver(t)
	made := r.create(token, "/api/webhooks", map[string]any{"siteId": site, "url": hook.URL, "events": []string{"activity"}})
	hook.sign(made["secret"].(string))
	c := dialLive(t, r, token, site, nil, &liveState{ID: "activity", Topic: "activity"})
	c.await(t, "activity", "snapshot", func(s liveState) bool { return s.Snapshots > 0 })
	hook.await(t, 10*time.Second, "its own creation", func(got []received, _ []string) bool { return len(got) > 0 })

	at := time.Now()
	goal := r.create(token, "/api/goals", map[string]any{"siteId": site, "name": "Signup", "type": "pageview", "path": "/thank-you"})
	item := c.await(t, "activity", "the goal", func(s liveState) bool { return s.items()[0]["action"] == "goal.created" }).items()[0]
	live := time.Since(at)
	hook.await(t, 10*time.Second, "the goal", func(got []received, _ []string) bool { return len(got) > 1 })
	told := hook.events("activity")[1]
	t.Logf("goal created → topic %v, webhook %v", live, told.at.Sub(at))
	require.Less(t, live, activityDelay+liveDelay)
	require.Less(t, told.at.Sub(at), activityDelay+liveDelay)
	require.True(t, told.signed)
	require.Equal(t, goal["id"], item["target"].(map[string]any)["id"])
	require.Equal(t, importAccount["email"], item["actor"].(map[string]any)["email"])
	require.Equal(t, "127.0.***.***", item["ipAddress"])
	var logged []map[string]any
	require.NoError(t, r.api(token).send(t.Context(), http.MethodGet, "/api/activity-log?action=goal.created&siteId="+site, nil, &logged))
	require.Len(t, logged, 1)
	require.Equal(t, logged[0], item)
	for field, value := range item {
		require.Equal(t, value, told.body.Data[field], field)
	}
}

// TestActivityVerify is S12: a stopped server's log is recomputed; a byte that was changed in it is found, with its position.
func TestActivityVerify(t *testing.T) {
	server := newImportServer(t)
	site := server.site("example.com", "UTC")
	for i := range 5 {
		server.rig().create(server.api.token, "/api/goals", map[string]any{"siteId": site, "name": fmt.Sprint("Goal ", i), "type": "pageview", "path": "/"})
	}
	verify := func(data string) (code int, out, errOut string) {
		return ztas(t.Context(), "activity", "verify", "--data="+data)
	}
	code, out, _ := verify(server.data)
	require.NotZero(t, code, "it is running: %s", out)
	server.stop()
	code, fits, errOut := verify(server.data)
	require.Zero(t, code, errOut)
	require.Contains(t, fits, "activity: 6 entries, of which 0 are erased and 0 are without what told of people")
	require.Regexp(t, `every entry fits; the last link is [0-9a-f]{64}\n`, fits)

	flip(t, server.data, `"Goal 3"`, `"Goal 7"`)
	code, out, _ = verify(server.data)
	require.NotZero(t, code)
	require.Contains(t, out, "activity: entry 5 does not fit: its content")
	flip(t, server.data, `"Goal 7"`, `"Goal 3"`)
	code, out, errOut = verify(server.data)
	require.Zero(t, code, errOut)
	require.Equal(t, fits, out)

	elsewhere := filepath.Join(t.TempDir(), "nothing")
	code, _, errOut = verify(elsewhere)
	require.NotZero(t, code)
	require.Contains(t, errOut, "is no data directory")
	require.NoDirExists(t, elsewhere)
}

// flip changes a text in an entry of the activity log, as somebody would who has the data and the program.
func flip(t *testing.T, data, old, changed string) {
	t.Helper()
	st, err := store.Open(store.DefaultConfig(filepath.Join(data, "store")))
	require.NoError(t, err)
	defer func() { require.NoError(t, st.Close()) }()
	meta, ops := metaStore{st}, []api.MetaOp(nil)
	require.NoError(t, meta.Scan("activity/entry/", func(key string, val []byte) error {
		if text := strings.Replace(string(val), old, changed, 1); text != string(val) {
			ops = append(ops, api.MetaOp{Key: strings.Clone(key), Value: []byte(text)})
		}
		return nil
	}))
	require.Len(t, ops, 1)
	require.NoError(t, meta.Txn(ops...))
}
