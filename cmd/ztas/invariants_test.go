package main

import (
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/backup"
)

// requireInvariants is what every fault test ends with: V1 to V7 of ARCHITECTURE.md, of a site on which every request of the book has an answer. The
// server runs. The site is purged by it, and the server does not run afterwards.
func requireInvariants(t *testing.T, r *rig, book *ledger, token, site string) {
	t.Helper()
	s := r.stats(token, site)
	book.check(r, s) // V2 and V3
	requireExact(t, book, s)
	s.requireSums(t)
	requireBalance(t, r, 0)
	requireReplay(t, r, token, site)
	requireErased(t, r, token, site)
}

// requireExact: once all that has ids is acknowledged, only events without id are uncertain.
func requireExact(t *testing.T, book *ledger, s statsReport) {
	t.Helper()
	got, withID := s.pages(), int64(0)
	for path, n := range book.acked {
		if path != anonymousPath {
			require.Zero(t, book.perhaps[path], path)
			require.Equal(t, n, got[path], path)
			withID += n
		}
	}
	require.Equal(t, s.Summary.Pageviews, withID+got[anonymousPath], "pageviews and distinct ids")
}

// requireBalance is V1 and V6, over the life that runs, of which so many records had to be quarantined. Every request of it has an answer.
func requireBalance(t *testing.T, r *rig, quarantined int) {
	t.Helper()
	m := r.metrics()
	received := m["ztas_ingest_received_events_total"]
	require.Equal(t, float64(r.answered.Load()), received, "V1: received, as the clients count")
	require.Equal(t, received, m["ztas_ingest_events_total"]+m["ztas_ingest_duplicate_events_total"]+
		m["ztas_ingest_dropped_events_total"]+m["ztas_ingest_rejected_events_total"], "V1")
	for name, want := range map[string]int{
		"ztas_actors_dead_letters_total": 0, "ztas_actors_unknown_messages_total": 0, "ztas_actors_quarantined_records_total": quarantined,
	} {
		value, ok := m[name]
		require.True(t, ok, "%s is exported", name)
		require.EqualValues(t, want, value, "V6: %s", name)
	}
}

// requireReplay is V4: what the server says while it lives is what it says after kill -9, when a checkpoint and the rest of the log are folded again, and
// after a stop; and every day's counters are what its events say when they are folded from zero.
func requireReplay(t *testing.T, r *rig, token, site string) {
	t.Helper()
	live := everyAnswer(t, r, token, site)
	r.kill()
	r.start()
	requireSameAnswers(t, live, everyAnswer(t, r, token, site), "V4: after kill -9")
	r.stop()
	out, err := exec.Command(r.program, "verify", "--data", r.data).CombinedOutput()
	require.NoError(t, err, "V4: %s", out)
	require.Contains(t, string(out), "counters and events agree", "V4")
	r.start()
	requireSameAnswers(t, live, everyAnswer(t, r, token, site), "V4: after a stop")
}

// answerPaths are the questions of which tests want the same answer again, about a site whose events are a few days old.
func answerPaths(site string) (paths []string) {
	for _, period := range []string{"7d", "30d"} {
		paths = append(paths, "/api/stats?period="+period+"&limit=100&interval=day&siteId="+site)
	}
	for _, property := range []string{
		"page", "entry_page", "exit_page", "source", "channel", "referrer", "browser", "browser_version", "os", "os_version", "device", "country", "event",
	} {
		q := url.Values{"site_id": {site}, "period": {"7d"}, "property": {property}, "metrics": {"visitors,events"}, "limit": {"1000"}}
		if property != "event" {
			q.Set("metrics", "visitors,pageviews,sessions,events,bounce_rate,visit_duration,time_on_page")
		}
		paths = append(paths, "/api/stats-api?"+q.Encode())
	}
	return append(paths, "/api/journeys?period=7d&steps=3&siteId="+site)
}

// everyAnswer asks all questions, and leaves out the moment of the answer.
func everyAnswer(t *testing.T, r *rig, token, site string) (answers map[string]any) {
	t.Helper()
	answers = map[string]any{}
	for _, path := range answerPaths(site) {
		var answer any
		r.read(token, path, &answer)
		answers[path] = timeless(answer)
	}
	return answers
}

func requireSameAnswers(t *testing.T, want, got map[string]any, when string) {
	t.Helper()
	for path, answer := range want {
		require.Equal(t, answer, got[path], "%s: %s", when, path)
	}
}

// requireErased is V7: after a purge of the only site no byte of it is in the data directory, nor in a new backup, packed or restored.
func requireErased(t *testing.T, r *rig, token, site string) {
	t.Helper()
	for _, query := range []string{"", "?purge=true&confirm=example.com"} {
		require.NoError(t, r.api(token).send(t.Context(), http.MethodDelete, "/api/sites/"+site+query, nil, nil))
	}
	copies, restored := filepath.Join(t.TempDir(), "copies"), filepath.Join(t.TempDir(), "restored")
	out, err := r.command("backup", "--data", r.data, copies)
	require.NoError(t, err, out)
	r.stop()
	names, err := backup.Copies(copies)
	require.NoError(t, err)
	require.Len(t, names, 1)
	out, err = r.command("restore", "--data", restored, copies)
	require.NoError(t, err, out)
	for path, content := range filesIn(t, copies) {
		require.NotContains(t, string(content), site, "V7: %s", path)
	}
	for _, data := range []string{r.data, restored} {
		requireNothingOf(t, data, site, `"example.com"`, anonymousPath, "/page/")
		blobs, err := filepath.Glob(filepath.Join(data, "store", "blobs", "*"))
		require.NoError(t, err)
		require.Empty(t, blobs, "V7: no site is left, so its packed days are not either")
	}
}
