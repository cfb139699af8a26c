package main

import (
	"context"
	"encoding/json"
	"errors"
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

	"github.com/ztas-io/ztas/ingest/accesslog"
)

// script is a server that gives its answers one after the other, and keeps the requests.
type script struct {
	*httptest.Server
	answers []func(http.ResponseWriter)

	mu   sync.Mutex
	sent []scriptRequest
}

type scriptRequest struct{ auth, body string }

// requests returns what has been asked so far.
func (s *script) requests() []scriptRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func newScript(t *testing.T, answers ...func(http.ResponseWriter)) (*script, *client, *[]time.Duration) {
	s := &script{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.sent = append(s.sent, scriptRequest{r.Header.Get("Authorization"), string(body)})
		answer := s.answers[0]
		if len(s.answers) > 1 {
			s.answers = s.answers[1:]
		}
		s.mu.Unlock()
		answer(w)
	}))
	t.Cleanup(s.Close)
	waits := new([]time.Duration)
	c := newClient(s.URL+"/", "secret-key")
	c.wait = func(ctx context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return ctx.Err()
	}
	return s, c, waits
}

func says(status int, body string, retryAfter ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for _, v := range retryAfter {
			w.Header().Set("Retry-After", v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func hangsUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func TestClientWaitsForABusyServer(t *testing.T) {
	s, c, waits := newScript(t, says(429, `{"error":"Rate limit exceeded."}`, "7"), says(503, `{}`, "3600"), says(503, "<html>"), hangsUp, says(200, `{"data":{"n":5}}`))
	var out struct{ N int }
	require.NoError(t, c.send(t.Context(), http.MethodPost, "/api/x", map[string]int{"a": 1}, &out))
	require.Equal(t, 5, out.N)
	require.Equal(t, []time.Duration{7 * time.Second, maxWait, 750 * time.Millisecond, time.Second}, *waits)
	require.Len(t, s.requests(), 5)
	for _, r := range s.requests() {
		require.Equal(t, scriptRequest{"Bearer secret-key", `{"a":1}`}, r, "the same request again")
	}
}

func TestClientGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		calls  int
		says   string
	}{
		"refused":      {says(400, `{"error":"Site ID required","code":"validation_failed"}`), 1, "server says 400: Site ID required"},
		"not an error": {says(500, `oops`), 1, "server says 500: Internal Server Error"},
		"not JSON":     {says(200, `oops`), 1, "read answer"},
		"busy":         {says(503, `{"error":"Service temporarily unavailable"}`), maxAttempts, "server says 503"},
		"hangs up":     {hangsUp, 10, "call server"},
	} {
		s, client, _ := newScript(t, c.answer)
		var out any
		err := client.call(t.Context(), http.MethodPost, "/", []byte("{}"), &out)
		require.ErrorContains(t, err, c.says, name)
		require.Len(t, s.requests(), c.calls, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, client, _ := newScript(t, func(w http.ResponseWriter) { cancel(); says(503, "{}")(w) })
	require.Error(t, client.call(ctx, http.MethodGet, "/", nil, nil))
	require.Len(t, s.requests(), 1, "no other try after the end")
	require.ErrorIs(t, sleep(ctx, time.Hour), context.Canceled)
}

// batchOf makes n events of lines 10, 20 …
func batchOf(n int) accesslog.Batch {
	b := accesslog.Batch{}
	for i := range n {
		b = append(b, accesslog.Event{Line: 10 * (i + 1), JSON: fmt.Appendf(nil, `{"n":%d}`, i)})
	}
	return b
}

func TestImporterCountsWhatTheServerSays(t *testing.T) {
	const ok = `{"data":{"success":true,"count":2,"duplicates":1,"rejected":[{"index":1,"error":"Invalid timestamp"},{"index":9,"error":"no such event"}]}}`
	for name, c := range map[string]struct {
		answers                      []func(http.ResponseWriter)
		events                       int
		stored, duplicates, requests int
		refused                      map[int]string
	}{
		"some rejected": {[]func(http.ResponseWriter){says(200, ok)}, 3, 1, 1, 1, map[int]string{20: "Invalid timestamp"}},
		"all rejected": {[]func(http.ResponseWriter){says(400, `{"error":"All events are invalid","details":[{"index":0,"error":"a"},{"index":1,"error":"b"}]}`)},
			2, 0, 0, 1, map[int]string{10: "a", 20: "b"}},
		"the only one rejected": {[]func(http.ResponseWriter){says(400, `{"error":"Invalid timestamp","code":"validation_failed"}`)}, 1, 0, 0, 1, map[int]string{10: "Invalid timestamp"}},
		"too large": {[]func(http.ResponseWriter){says(413, `{"error":"Request body too large"}`), says(413, `{"error":"Request body too large"}`),
			says(200, `{"data":{"count":1}}`), says(413, `{"error":"Request body too large"}`), says(200, `{"data":{"count":2}}`)},
			4, 3, 0, 5, map[int]string{20: "Request body too large"}},
		"too many": {[]func(http.ResponseWriter){says(400, `{"error":"Batch cannot exceed 2 events","code":"validation_failed"}`),
			says(400, `{"error":"Invalid timestamp","code":"validation_failed"}`), says(200, `{"data":{"count":2,"duplicates":1}}`)},
			3, 1, 1, 3, map[int]string{10: "Invalid timestamp"}},
	} {
		s, client, _ := newScript(t, c.answers...)
		refused := map[int]string{}
		i := importer{client: client, site: "site_abc123", reject: func(line int, why string) { refused[line] = why }}
		require.NoError(t, i.send(t.Context(), batchOf(c.events)), name)
		require.Equal(t, []int{c.stored, c.duplicates, len(c.refused)}, []int{i.stored, i.duplicates, i.rejected}, name)
		require.Equal(t, c.refused, refused, name)
		require.Len(t, s.requests(), c.requests, name)
		var body struct {
			SiteID string
			Events []struct{ N int }
		}
		require.NoError(t, json.Unmarshal([]byte(s.requests()[0].body), &body))
		require.Equal(t, "site_abc123", body.SiteID)
		require.Len(t, body.Events, c.events)
	}
}

func TestImporterFailsWhenTheRequestIsWrong(t *testing.T) {
	for _, c := range []struct {
		status, events int
		body           string
	}{
		{400, 1, `{"error":"Site ID required"}`},
		{400, 2, `{"error":"Invalid JSON body"}`},
		{401, 1, `{"error":"Invalid API key"}`},
		{403, 2, `{"error":"Access denied"}`},
		{404, 1, `{"error":"Invalid site ID"}`},
		{500, 1, `{"error":"Internal server error"}`},
	} {
		_, client, _ := newScript(t, says(c.status, c.body))
		i := importer{client: client, reject: func(int, string) { t.Error("no line is to blame") }}
		var refusal *apiError
		require.True(t, errors.As(i.send(t.Context(), batchOf(c.events)), &refusal))
		require.Equal(t, c.status, refusal.Status)
	}
}

// TestPlainProgress: without a terminal a line now and then, and never one without news.
func TestPlainProgress(t *testing.T) {
	var out strings.Builder
	b := &importBar{out: &out, total: 200, last: time.Now()}
	_, err := io.CopyN(io.Discard, b.count(strings.NewReader(strings.Repeat("x", 100))), 100)
	require.NoError(t, err)
	b.stored(1)
	require.Empty(t, out.String())
	b.last = b.last.Add(-plainEvery)
	b.stored(1999)
	b.stored(1)
	b.close()
	b.close()
	require.Equal(t, "importing: 50 % of the file, 2,000 events\n", out.String())
	b.total, b.last = 0, time.Time{}
	b.stored(1)
	require.Contains(t, out.String(), "importing: 2,002 events\n")
	require.Equal(t, "1 line", plural(1, "line"))
}

func TestBotMemory(t *testing.T) {
	m := botMemory{}
	for range 2 {
		require.True(t, m.isBot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"))
		require.False(t, m.isBot("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"))
	}
	require.Len(t, m, 2)
	for i := range maxBotMemory + 5 {
		m[fmt.Sprint(i)] = false
	}
	m.isBot("one more")
	require.Len(t, m, 1, "it begins anew")
}
