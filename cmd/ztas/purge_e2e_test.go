package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/store"
)

// publicStats asks as anybody.
func (r *rig) publicStats(query string) (status int, data map[string]any) {
	r.t.Helper()
	res, err := r.http.Get(r.base() + "/api/public/stats?" + query)
	require.NoError(r.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	var body struct{ Data map[string]any }
	require.NoError(r.t, json.Unmarshal(text, &body))
	if res.StatusCode == http.StatusOK {
		require.Equal(r.t, "public, max-age=300", res.Header.Get("Cache-Control"))
	}
	return res.StatusCode, body.Data
}

// visit sends a pageview and returns the status of the answer.
func (r *rig) visit(site, id, path, who string) int {
	r.t.Helper()
	event := map[string]any{"siteId": site, "id": id, "type": "pageview", "path": path, "referrer": "https://news.example.org/"}
	answer, err := r.insist(encode(event), who)
	require.NoError(r.t, err)
	require.NotEqual(r.t, http.StatusBadRequest, answer.Status, answer.Error)
	return answer.Status
}

// requirePublicAsStats compares what anybody sees with GET /api/stats.
func (r *rig) requirePublicAsStats(token, site, query string) {
	r.t.Helper()
	status, public := r.publicStats(query)
	require.Equal(r.t, http.StatusOK, status)
	var stats map[string]any
	require.NoError(r.t, r.api(token).send(r.t.Context(), http.MethodGet, "/api/stats?period=7d&interval=day&limit=10&siteId="+site, nil, &stats))
	summary := stats["summary"].(map[string]any)
	for _, number := range []string{"uniqueVisitors", "pageviews", "bounceRate", "avgSessionDuration"} {
		require.Equal(r.t, summary[number], public[number], number)
	}
	rows := func(list any, names ...string) (rows [][]any) { // the same members, by other names
		for _, row := range list.([]any) {
			var cells []any
			for _, name := range names {
				cells = append(cells, row.(map[string]any)[name])
			}
			rows = append(rows, cells)
		}
		return rows
	}
	require.Equal(r.t, rows(stats["topPages"], "path", "pageviews", "uniqueVisitors"), rows(public["pages"], "path", "pageviews", "uniqueVisitors"))
	require.Equal(r.t, rows(stats["topReferrers"], "domain", "visits"), rows(public["referrers"], "source", "visits"))
	require.Equal(r.t, rows(stats["browsers"], "name", "visits"), rows(public["browsers"], "name", "count"))
	require.Equal(r.t, rows(stats["countries"], "code", "name", "visits"), rows(public["countries"], "code", "name", "count"))
	require.Equal(r.t, rows(stats["timeseries"], "date", "pageviews", "uniqueVisitors"), rows(public["daily"], "date", "pageviews", "uniqueVisitors"))
	sessions, devices := 0.0, 0.0
	for _, bucket := range rows(stats["timeseries"], "sessions") {
		sessions += bucket[0].(float64)
	}
	for _, row := range rows(public["devices"], "count") {
		devices += row[0].(float64)
	}
	require.Equal(r.t, sessions, devices)
}

// TestDeletedSite: what is public equals what its people see; a deleted site takes nothing, tells nothing, and is as before when it is restored;
// a purge leaves nothing of it in the data directory.
func TestDeletedSite(t *testing.T) {
	server, r, other := newHookServer(t)
	token := server.api.token
	const domain, secretPath, guest = "purged.example.org", "/a-path-that-nobody-else-has", "guest@purged.example.net"
	send := func(method, path string, body, out any) {
		t.Helper()
		require.NoError(t, r.api(token).send(t.Context(), method, path, body, out), "%s %s", method, path)
	}
	var created struct{ ID string }
	send(http.MethodPost, "/api/sites", map[string]any{"domain": domain, "public": true, "timezone": calmZone(t)}, &created)
	site := created.ID
	hook := newReceiver(t)
	made := r.create(token, "/api/webhooks", map[string]any{"siteId": site, "url": hook.URL, "events": []string{"pageview"}})
	hook.sign(made["secret"].(string))
	share := r.create(token, "/api/sites/"+site+"/shares", map[string]any{"allowedPeriods": []string{"7d"}})["token"].(string)
	r.create(token, "/api/teams", map[string]any{"siteId": site, "email": guest, "role": "viewer"})
	r.create(token, "/api/annotations", map[string]any{"siteId": site, "date": "2026-01-12"})
	r.create(token, "/api/alerts", map[string]any{"siteId": site, "name": "Spike", "type": "threshold", "metric": "pageviews", "operator": ">",
		"threshold": 1, "period": "1h", "notifications": []string{"webhook"}})
	require.Equal(t, 200, r.visit(site, "visit-first", secretPath, agent))
	require.Equal(t, 200, r.visit(site, "visit-second", "/", agent))
	require.Equal(t, 200, r.visit(site, "visit-third", "/", agent+" somebody else"))
	require.Equal(t, 200, r.visit(other, "visit-first", "/", agent))
	hook.await(t, 10*time.Second, "pageviews", func(got []received, _ []string) bool { return len(got) == 3 })
	r.requirePublicAsStats(token, site, "siteId="+site)
	r.requirePublicAsStats(token, site, "token="+share)
	live := dialLive(t, r, token, site, nil, &liveState{ID: "now", Topic: "realtime"})
	live.await(t, "now", "snapshot", func(s liveState) bool { return s.Snapshots > 0 })

	since := time.Now()
	send(http.MethodDelete, "/api/sites/"+site, nil, nil)
	require.Equal(t, 404, r.visit(site, "visit-lost", "/", agent))
	r.wantStatus(token, http.MethodGet, "/api/stats?siteId="+site, nil, 404)
	for _, query := range []string{"siteId=" + site, "token=" + share} {
		status, _ := r.publicStats(query)
		require.Equal(t, 404, status)
	}
	end := live.await(t, "now", "the end", func(s liveState) bool { return s.Ended != "" })
	require.Less(t, end.At.Sub(since), endWithin+liveDelay)

	send(http.MethodPost, "/api/sites/"+site+"/restore", nil, nil)
	require.Equal(t, 200, r.visit(site, "visit-fourth", "/", agent))
	hook.await(t, 10*time.Second, "the pageview after the return", func(got []received, _ []string) bool { return len(got) == 4 })
	require.Equal(t, "/", hook.events("pageview")[3].body.Data["path"])
	r.requirePublicAsStats(token, site, "token="+share)

	send(http.MethodDelete, "/api/sites/"+site, nil, nil)
	send(http.MethodDelete, "/api/sites/"+site+"?purge=true&confirm="+domain, nil, nil)
	require.Equal(t, 404, r.visit(site, "visit-late", "/", agent))
	require.Equal(t, 200, r.visit(other, "visit-second", "/", agent))
	server.stop()
	requireNothingOf(t, server.data, made["id"].(string), site, domain, secretPath, guest, hook.URL, share)
}

// requireNothingOf looks for texts in all keys and values of a stopped server's metadata, and in the bytes of all its files.
func requireNothingOf(t *testing.T, data string, texts ...string) {
	t.Helper()
	for path, content := range filesIn(t, data) {
		for _, text := range texts {
			require.False(t, strings.Contains(string(content), text), "%s in %s", text, path)
		}
	}
	st, err := store.Open(store.DefaultConfig(filepath.Join(data, "store")))
	require.NoError(t, err)
	defer func() { require.NoError(t, st.Close()) }()
	keys := 0
	require.NoError(t, metaStore{st}.Scan("", func(key string, val []byte) error {
		keys++
		require.False(t, slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(key+" "+string(val), text) }), key)
		return nil
	}))
	require.Greater(t, keys, 5)
}
