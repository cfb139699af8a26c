package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// openData opens the data of a stopped server until f returns.
func openData(t *testing.T, dir string, f func(*stopped)) {
	t.Helper()
	data, err := openStopped(t.Context(), dir, 1, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	f(data)
	require.NoError(t, stop(&data.instance))
}

// everyNumber asks a site for all that is computed of events, as JSON.
func everyNumber(t *testing.T, dir, site string, s *testkit.Stream, goals []*analytics.Goal, funnel *analytics.Funnel) string {
	t.Helper()
	goal := func(id string) (*analytics.Goal, bool) {
		for _, g := range goals {
			if g.ID == id {
				return g, true
			}
		}
		return nil, false
	}
	var answers []any
	openData(t, dir, func(data *stopped) {
		id := analytics.SiteID(site)
		q, err := analytics.StatsParams{StartDate: "2025-01-01", EndDate: "2025-12-31"}.Resolve(s.Zone, eventsNow.AddDate(2, 0, 0).UnixMilli())
		require.NoError(t, err)
		stats, err := data.system.Stats(t.Context(), id, q)
		require.NoError(t, err)
		answers = append(answers, stats)
		sum := func(question report.Question) report.Sum {
			sums, err := data.system.Sums(t.Context(), id, report.Over(question, q.Range))
			require.NoError(t, err)
			return sums[0]
		}
		f, err := report.ParseFilters("device==desktop|mobile", goals)
		require.NoError(t, err)
		answers = append(answers, sum(report.Stats(q, f)).(*report.StatsSum).Report(q, stats.Filtered, stats.LastPageview))
		answers = append(answers, sum(report.GoalTotals(goals, f)).(*report.GoalTotalsSum).Goals)
		for _, g := range goals {
			answers = append(answers, sum(report.GoalDetail(g, f, "day")).(*report.GoalDetailSum).Report(g, q.Range, 10))
		}
		answers = append(answers, sum(report.FunnelStats(funnel, goal, "", f, "day")).(*report.FunnelSum).Report(funnel, q.Range))
		for _, property := range []string{"page", "entry_page", "exit_page", "source", "event", "prop:plan", "prop:size", "goal", "browser_version", "utm_campaign"} {
			query, err := report.QueryParams{
				SiteID: site, DateFrom: "2025-01-01", DateTo: "2025-12-31", Property: property, Metrics: "visitors,events", Limit: "100",
			}.Resolve(s.Zone, eventsNow.AddDate(2, 0, 0).UnixMilli(), goals)
			require.NoError(t, err)
			sums, err := data.system.Sums(t.Context(), id, query.Asks()...)
			require.NoError(t, err)
			answers = append(answers, query.Answer(sums))
		}
		clicks := sum(report.Heatmap{Type: report.HeatmapClick, Path: "/"}).(*report.HeatmapClickSum)
		answers = append(answers, clicks.Clicks(), clicks.Bins(report.FrameOf(""), 100))
		moves := sum(report.Heatmap{Type: report.HeatmapMove, Path: "/"}).(*report.HeatmapMoveSum)
		answers = append(answers, moves.Points(), moves.Bins(report.FrameOf(""), 100))
		attention := sum(report.Heatmap{Type: report.HeatmapAttention, Path: "/"}).(*report.HeatmapAttentionSum)
		answers = append(answers, attention.Areas(report.FrameOf("")))
	})
	body, err := json.MarshalIndent(answers, "", " ")
	require.NoError(t, err)
	return strings.ReplaceAll(string(body), site, "site")
}

// eventsNow is when the random events end.
var eventsNow = time.Date(2025, 6, 10, 12, 0, 0, 0, time.UTC)

// columnsOf reads exported lines, without what an import gives anew. Sessions are numbered in the order of their first events.
func columnsOf(t *testing.T, text string) (out []report.StoredEvent) {
	t.Helper()
	sessions := map[string]string{}
	for line := range strings.Lines(text) {
		e, err := report.ParseLine([]byte(strings.TrimSuffix(line, "\n")))
		require.NoError(t, err)
		if sessions[e.SessionID] == "" {
			sessions[e.SessionID] = time.Unix(int64(len(sessions)), 0).String()
		}
		e.SiteID, e.ReceivedAt, e.SessionID, e.Position, e.Index, e.Checksum = "", 0, sessions[e.SessionID], 0, 0, ""
		out = append(out, *e)
	}
	return out
}

// TestExportAndImportOfEvents: what is exported and imported into a fresh directory gives the same rows and the same numbers.
func TestExportAndImportOfEvents(t *testing.T) {
	for seed := range uint64(3) {
		s := testkit.RandomStream(seed)
		s.Now = eventsNow.AddDate(0, 0, -20).UnixMilli()
		goals := s.Goals()
		funnel := s.Funnel(goals)
		for _, g := range goals {
			g.TrackedSince = 0
		}
		funnel.TrackedSince = 0

		first := newImportServer(t)
		from := first.site("example.com", s.Zone.Name())
		first.stop()
		stored := 0
		openData(t, first.data, func(data *stopped) {
			for range 40 {
				batch := s.Batch()
				records := make([]analytics.Record, len(batch))
				for i := range batch {
					records[i].Event = &batch[i]
				}
				receipt, err := data.system.Submit(t.Context(), analytics.SiteID(from), records)
				require.NoError(t, err)
				stored += len(batch) - receipt.Duplicates
			}
		})
		want := everyNumber(t, first.data, from, s, goals, funnel)

		files := map[string]string{}
		for _, format := range []string{"ndjson", "parquet"} {
			files[format] = filepath.Join(t.TempDir(), "events")
			args := []string{"export", "events", "--site=" + from, "--data=" + first.data, "--format=" + format}
			code, out, errOut := ztas(t.Context(), append(args, "--output="+files[format])...)
			require.Equal(t, []any{0, ""}, []any{code, out}, errOut)
			require.Equal(t, plural(stored, "event")+" written\n", errOut)
			code, _, errOut = ztas(t.Context(), append(args, "--output="+files[format])...)
			require.Equal(t, 1, code)
			require.Contains(t, errOut, "file exists")
		}
		lines, err := os.ReadFile(files["ndjson"])
		require.NoError(t, err)
		require.Equal(t, stored, bytes.Count(lines, []byte("\n")))

		for format, file := range files {
			second := newImportServer(t)
			to := second.site("example.com", s.Zone.Name())
			second.stop()
			args := []string{"import", "events", file, "--site=" + to, "--data=" + second.data, "--min-free-space=1"}
			code, out, errOut := ztas(t.Context(), args...)
			require.Equal(t, []any{0, plural(stored, "event") + " stored, 0 known before\n"}, []any{code, out}, errOut)
			require.Equal(t, want, everyNumber(t, second.data, to, s, goals, funnel), "seed %d, %s", seed, format)
			code, out, errOut = ztas(t.Context(), args...)
			require.Equal(t, []any{0, "0 events stored, " + comma(stored) + " known before\n"}, []any{code, out}, errOut)

			code, again, errOut := ztas(t.Context(), "export", "events", "--site="+to, "--data="+second.data)
			require.Zero(t, code, errOut)
			require.Equal(t, columnsOf(t, string(lines)), columnsOf(t, again))
		}
	}
}

func TestExportAndImportOfEventsRefuse(t *testing.T) {
	s := newImportServer(t)
	site := s.site("example.com", "UTC")
	f := func(want string, args ...string) {
		t.Helper()
		code, out, errOut := ztas(t.Context(), args...)
		require.Equal(t, []any{1, ""}, []any{code, out})
		require.Contains(t, errOut, want)
	}
	file := filepath.Join(t.TempDir(), "events.ndjson")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	f("data directory is in use by another ztas", "export", "events", "--site="+site, "--data="+s.data)
	f("data directory is in use by another ztas", "import", "events", file, "--site="+site, "--data="+s.data)
	s.stop()
	f("is no data directory", "export", "events", "--site="+site, "--data="+t.TempDir())
	f("there is no site site_other", "export", "events", "--site=site_other", "--data="+s.data)
	f("there is no site site_other", "import", "events", file, "--site=site_other", "--data="+s.data)
	f("no such file", "import", "events", file+"x", "--site="+site, "--data="+s.data)
	code, _, _ := ztas(t.Context(), "export", "events", "--site="+site, "--data="+s.data, "--format=xml")
	require.Equal(t, 2, code)

	e := report.StoredEvent{EventID: "event-0001", TS: 1, Type: "pageview", VisitorID: "vis_" + strings.Repeat("0", 32), SessionID: "visit_1", Path: "/"}
	good, err := e.Line()
	require.NoError(t, err)
	bad := func(want string, lines ...string) {
		t.Helper()
		require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600))
		f(want, "import", "events", file, "--site="+site, "--data="+s.data)
	}
	change := func(f func(*report.StoredEvent)) string {
		c := e
		f(&c)
		line, err := c.Line()
		require.NoError(t, err)
		return string(line)
	}
	bad("line 2: event \"event-0001\": the checksum does not fit", string(good), strings.Replace(string(good), `"path":"/"`, `"path":"/x"`, 1))
	bad("line 1: decode", "{")
	bad(`line 1: type "x"`, change(func(e *report.StoredEvent) { e.Type = "x" }))
	bad("line 1: ids of the event", change(func(e *report.StoredEvent) { e.VisitorID = "vis_00" }))
	bad("line 1: event \"event-0001\": its time or id cannot be", change(func(e *report.StoredEvent) { e.TS = time.Now().UnixMilli() + 3_600_000 }))
	bad("its time or id cannot be", change(func(e *report.StoredEvent) { e.EventID = strings.Repeat("a", 65) }))
	bad("line 1: decode properties", change(func(e *report.StoredEvent) { e.Properties = json.RawMessage(`[]`) }))

	require.NoError(t, os.WriteFile(file, good, 0o600))
	f("run the import again, nothing is stored twice", "import", "events", file, "--site="+site, "--data="+s.data, "--min-free-space=1000000GiB")
}

// TestExportInterrupted: an export that does not come to its end leaves no file, which would look like a whole one.
func TestExportInterrupted(t *testing.T) {
	s := newImportServer(t)
	site := s.site("example.com", "UTC")
	require.Equal(t, http.StatusOK, s.visit(site, "", agent))
	s.stop()
	data, err := openStopped(t.Context(), s.data, 1, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, stop(&data.instance)) }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := exportEventsCommand{Site: site, Format: "ndjson", Output: filepath.Join(t.TempDir(), "events.ndjson")}
	_, err = c.export(env{ctx: ctx}, data)
	require.ErrorContains(t, err, "context canceled")
	require.NoFileExists(t, c.Output)
	n, err := c.export(env{ctx: t.Context()}, data)
	require.NoError(t, err)
	require.Equal(t, 1, n)

	file, err := os.Create(c.Output) // one that the disk does not take to its end
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.ErrorContains(t, finish(file, nil), "finish the file: ")
	require.NoFileExists(t, c.Output)
}
