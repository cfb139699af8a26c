package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/store"
)

// earlierFolder has data directories of earlier programs, packed: data/ as it was after kill -9, and answers.json, what the program said before.
const earlierFolder = "testdata/earlier"

// earlier is what a program said of its data.
type earlier struct {
	Site    string         `json:"site"`
	Since   string         `json:"since"` // of the oldest events, in UTC; "": they are all of the date
	Date    string         `json:"date"`  // of the newest
	Answers map[string]any `json:"answers"`
}

// TestEarlierData is R14: a data directory that an earlier program wrote, with accounts, definitions, checkpoints and closed days in the store and events in
// the log, is opened, gives every answer that it gave then, adds up, and takes events. A format that changes without a way to read the old one fails here;
// what becomes of such a directory then must be said, and tested instead. ZTAS_WRITE_EARLIER names an archive to write, for the program as it is now: do
// it for each release.
func TestEarlierData(t *testing.T) {
	if name := os.Getenv("ZTAS_WRITE_EARLIER"); name != "" {
		writeEarlier(t, filepath.Join(earlierFolder, name))
	}
	archives, err := filepath.Glob(filepath.Join(earlierFolder, "*.tar.gz"))
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, archive := range archives {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			r := newRig(t)
			var was earlier
			require.NoError(t, json.Unmarshal(unpackEarlier(t, archive, r.data), &was))
			require.Greater(t, len(was.Answers), 15)
			r.start()
			token := r.login(t)
			requireSameAnswers(t, was.Answers, askEarlier(t, r, token, was), archive)
			another, err := makeSite(r.api(token), "another.example.com", "UTC")
			require.NoError(t, err)
			a, err := r.insist(encode(map[string]any{"siteId": another, "type": "pageview", "path": "/new"}), agent)
			require.NoError(t, err)
			require.Equal(t, 1, a.Count)
			r.stop()
			for _, args := range [][]string{{"verify"}, {"activity", "verify"}, {"doctor"}} {
				out, err := r.command(append(args, "--data", r.data)...)
				require.NoError(t, err, "%v: %s", args, out)
			}
			r.start()
			requireSameAnswers(t, was.Answers, askEarlier(t, r, token, was), "after a stop")
		})
	}
}

// askEarlier asks everything about the newest day, and about all days.
func askEarlier(t *testing.T, r *rig, token string, of earlier) map[string]any {
	t.Helper()
	site := of.Site
	var paths []string
	for _, first := range []string{of.Date, of.Since} {
		if first == "" {
			continue
		}
		days := "startDate=" + first + "&endDate=" + of.Date
		for _, path := range answerPaths(site) {
			span := days
			if strings.HasPrefix(path, "/api/stats-api") {
				span = "period=custom&date_from=" + first + "&date_to=" + of.Date
			}
			paths = append(paths, strings.NewReplacer("period=7d", span, "period=30d", span).Replace(path))
		}
		paths = append(paths, "/api/heatmaps?type=click&path=%2F&"+days+"&siteId="+site, "/api/heatmaps/elements?path=%2F&"+days+"&siteId="+site)
	}
	paths = append(paths, "/api/goals?siteId="+site, "/api/funnels?siteId="+site, "/api/segments?siteId="+site, "/api/alerts?siteId="+site,
		"/api/webhooks?siteId="+site, "/api/teams?siteId="+site, "/api/sites/"+site)
	answers := map[string]any{}
	for _, path := range paths {
		var answer any
		r.read(token, path, &answer)
		answers[path] = lasting(answer)
	}
	return answers
}

// lasting leaves out what goes on: the moment of an answer, the address of the server, and counts up to now.
func lasting(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			switch name {
			case "end", "timestamp", "lastActive", "trackingCode", "completions", "uniqueCompletions", "conversionRate", "totalVisitors": // of goals and funnels, of the last days
			default:
				out[name] = lasting(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = lasting(v[i])
		}
		return out
	}
	return v
}

// writeEarlier makes a data directory with something of everything, and packs it with what the program says of it.
func writeEarlier(t *testing.T, archive string) {
	t.Helper()
	r := newRig(t, "RETENTION_DAYS=3650", "ACTIVITY_RETENTION_DAYS=3650")
	r.start()
	site, token := r.site("UTC")
	r.create(token, "/api/goals", map[string]any{"siteId": site, "name": "Signup", "type": "event", "eventAction": "signup", "value": 5})
	r.create(token, "/api/funnels", map[string]any{"siteId": site, "name": "Way", "steps": []any{
		map[string]any{"name": "Home", "type": "pageview", "path": "/"}, map[string]any{"name": "Prices", "type": "pageview", "path": "/pricing"}}})
	r.create(token, "/api/segments", map[string]any{"siteId": site, "name": "Phones", "filters": "device==mobile"})
	r.create(token, "/api/alerts", map[string]any{"siteId": site, "name": "Spike", "type": "threshold", "metric": "pageviews", "operator": ">",
		"threshold": 1_000_000, "period": "1h", "notifications": []string{"email"}})
	r.create(token, "/api/webhooks", map[string]any{"siteId": site, "url": "https://hooks.example.com/zta", "events": []string{"alert"}})
	viewport := map[string]any{"width": 1280, "height": 800}
	send := func(part string, visitors int, ids bool) {
		for who := range visitors {
			events := []map[string]any{
				{"type": "pageview", "path": "/", "referrer": referrers[who%len(referrers)], "utm": map[string]any{"source": "news", "campaign": fmt.Sprint("c", who%3)}},
				{"type": "click", "path": "/", "x": who, "y": 9, "viewport": viewport, "selector": "a.buy", "element": "a", "text": "Buy"},
				{"type": "scroll", "path": "/", "depth": 50, "viewport": viewport, "document": map[string]any{"width": 1280, "height": 3000}},
				{"type": "engagement", "path": "/", "timeOnPage": 12.5, "seq": 1},
				{"type": "pageview", "path": "/pricing"},
				{"type": "event", "path": "/pricing", "action": "signup", "value": 2.5, "properties": map[string]any{"plan": "pro", "size": 3}},
			}
			for i := range events {
				if ids {
					events[i]["id"] = fmt.Sprintf("%s-%04d-%d", part, who, i)
				}
			}
			a, err := r.insist(encode(map[string]any{"siteId": site, "events": events}), fmt.Sprintf("%s v/%d", agents[who%len(agents)], who))
			require.NoError(t, err)
			require.Equal(t, len(events), a.Count)
		}
	}
	now := time.Now().UTC()
	made := earlier{Site: site, Since: now.AddDate(0, 0, -24).Format(time.DateOnly), Date: now.Format(time.DateOnly)}
	importEarlier(t, r, site, now)
	send("first", 100, true)
	for range 6 { // so that there are enough rows for a part; the ids that the server gives take little room
		send("more", 100, false)
	}
	other, err := makeSite(r.api(token), "other.example.com", "UTC")
	require.NoError(t, err)
	requirePurged(t, r, token, other)
	r.stop()
	requireClosedDays(t, r.data, analytics.SiteID(site))
	r.start()
	send("log", 20, true)
	made.Answers = askEarlier(t, r, token, made)
	text, err := json.Marshal(made)
	require.NoError(t, err)
	r.kill()
	packEarlier(t, archive, r.data, text)
}

// importEarlier imports 15 days of which each is closed as others follow.
func importEarlier(t *testing.T, r *rig, site string, now time.Time) {
	t.Helper()
	var lines strings.Builder
	for day := range 15 {
		at := now.AddDate(0, 0, day-24)
		for who := range 20 {
			for hit, path := range []string{"/", "/pricing", fmt.Sprint("/blog/", day)} {
				fmt.Fprintf(&lines, "192.0.2.%d - - [%s] \"GET %s HTTP/1.1\" 200 1 \"%s\" \"%s\"\n", who, at.Add(time.Duration(who*60+hit)*time.Second).
					Format("02/Jan/2006:15:04:05 -0700"), path, referrers[who%len(referrers)], agents[who%len(agents)])
			}
		}
	}
	file := filepath.Join(t.TempDir(), "access.log")
	require.NoError(t, os.WriteFile(file, []byte(lines.String()), 0o600))
	r.stop()
	out, err := r.command("import", "accesslog", file, "--site", site, "--data", r.data)
	require.NoError(t, err, out)
	require.Contains(t, out, "900", out)
	r.start()
}

// requireClosedDays requires that the data of a server that does not run has a checkpoint of the site, with closed days and parts of open ones.
func requireClosedDays(t *testing.T, data string, site analytics.SiteID) {
	t.Helper()
	st, err := store.Open(store.Config{Dir: filepath.Join(data, "store"), Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	require.NoError(t, err)
	root, ok, err := st.Root(site)
	require.NoError(t, err)
	require.True(t, ok)
	view, err := analytics.LoadView(root, actors.BlobsOf(st, site))
	require.NoError(t, err)
	closed, parts := 0, 0
	for _, day := range view.Days() {
		rows, _ := view.Rows(day)
		if rows.Rollup != 0 {
			closed++
		} else {
			parts += len(rows.Parts)
		}
	}
	require.Greater(t, closed, 10)
	require.Positive(t, parts)
	require.NoError(t, st.Close())
}

// requirePurged erases a site, before which all others are stored.
func requirePurged(t *testing.T, r *rig, token, site string) {
	t.Helper()
	var of struct{ Domain string }
	r.read(token, "/api/sites/"+site, &of)
	for _, query := range []string{"", "?purge=true&confirm=" + of.Domain} {
		require.NoError(t, r.api(token).send(t.Context(), http.MethodDelete, "/api/sites/"+site+query, nil, nil))
	}
}

func packEarlier(t *testing.T, archive, data string, answers []byte) {
	t.Helper()
	f, err := os.Create(archive)
	require.NoError(t, err)
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	require.NoError(t, err)
	w := tar.NewWriter(z)
	add := func(name string, content []byte) {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), Format: tar.FormatPAX}))
		_, err := w.Write(content)
		require.NoError(t, err)
	}
	add("answers.json", answers)
	require.NoError(t, filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(data, path)
		add("data/"+filepath.ToSlash(name), content)
		return err
	}))
	require.NoError(t, errors.Join(w.Close(), z.Close(), f.Close()))
}

func unpackEarlier(t *testing.T, archive, data string) (answers []byte) {
	t.Helper()
	f, err := os.Open(archive)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return answers
		}
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		if h.Name == "answers.json" {
			answers = content
			continue
		}
		path := filepath.Join(data, filepath.FromSlash(strings.TrimPrefix(h.Name, "data/")))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
}
