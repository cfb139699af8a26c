package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/internal/people"
)

// told is an output that can be waited for.
type told struct {
	mu   sync.Mutex
	text strings.Builder
	news chan struct{} // one is enough
}

func newTold() *told { return &told{news: make(chan struct{}, 1)} }

// Write keeps the text and wakes who waits.
func (o *told) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	select {
	case o.news <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (o *told) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await waits until a text was written.
func (o *told) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !strings.Contains(o.String(), text) {
		select {
		case <-o.news:
		case <-deadline:
			t.Fatalf("%q was never said: %s", text, o.String())
		}
	}
}

// demoRun runs the demo in a zone until its past is there, asks it, and stops it by its signal.
func demoRun(t *testing.T, data, zone string, ask func(api *client, site string)) {
	t.Helper()
	ctx, signal := context.WithCancel(t.Context())
	out, errOut := newTold(), newTold()
	code := make(chan int, 1)
	go func() {
		code <- execute(env{ctx, out, errOut}, []string{"demo", "--listen=127.0.0.1:0", "--metrics-listen=off", "--data=" + data, "--days=2", "--rate=0.2",
			"--zone=" + zone, "--log-format=json", "--min-free-space=1"})
	}()
	out.await(t, "password  watch-it-live\n")
	errOut.await(t, "the last days: 100 %")
	_, rest, _ := strings.Cut(out.String(), "open      ")
	base, _, _ := strings.Cut(rest, "\n")
	require.NotContains(t, out.String(), "Others can reach", "a loopback address is nobody else's")

	api := newClient(base, "")
	api.http.Transport = checked(t)
	token, err := signIn(t.Context(), api, demoAccount{"demo@example.com", "watch-it-live", ""})
	require.NoError(t, err)
	api = api.with(token)
	var sites []struct{ ID, Domain, Timezone string }
	require.NoError(t, api.call(t.Context(), http.MethodGet, "/api/sites", nil, &sites))
	require.Len(t, sites, 1, "a restart finds the site again")
	require.Equal(t, demoDomain, sites[0].Domain)
	require.Equal(t, zone, sites[0].Timezone)
	var keys []struct{ Name string }
	require.NoError(t, api.call(t.Context(), http.MethodGet, "/api/api-keys", nil, &keys))
	require.Len(t, keys, 1, "old keys are revoked")
	ask(api, sites[0].ID)
	signal()
	require.Zero(t, <-code, errOut.String())
}

// TestDemo: a first start fills the last days; a second one on the same data finds account and site, and stores nothing of them twice.
func TestDemo(t *testing.T) {
	clean(t)
	t.Setenv("RATE_LIMIT_TRACK", "1") // the demo lifts it
	type report struct {
		Summary struct{ Pageviews, UniqueVisitors, Sessions int }
		Devices map[string]float64
		Sources map[string]float64 `json:"trafficSources"`
	}
	zone := calmZone(t)
	stats := func(api *client, site string) (r report) {
		here, err := time.LoadLocation(zone)
		require.NoError(t, err)
		yesterday := time.Now().In(here).AddDate(0, 0, -1).Format(time.DateOnly)
		q := url.Values{"siteId": {site}, "startDate": {yesterday}, "endDate": {yesterday}}
		require.NoError(t, api.call(t.Context(), http.MethodGet, "/api/stats?"+q.Encode(), nil, &r))
		return r
	}
	data := t.TempDir()
	var first, second report
	demoRun(t, data, zone, func(api *client, site string) { first = stats(api, site) })
	demoRun(t, data, zone, func(api *client, site string) {
		second = stats(api, site)
		for _, path := range []string{"/api/goals", "/api/funnels"} {
			var list []struct {
				Name        string
				Completions int
			}
			require.NoError(t, api.call(t.Context(), http.MethodGet, path+"?siteId="+site, nil, &list))
			require.Len(t, list, map[string]int{"/api/goals": 4, "/api/funnels": 1}[path], "a restart makes nothing again")
			for _, one := range list {
				require.Positive(t, one.Completions, one.Name)
			}
		}
		var pages []struct{ Clicks int }
		require.NoError(t, api.call(t.Context(), http.MethodGet, "/api/heatmaps/pages?period=7d&siteId="+site, nil, &pages))
		require.Positive(t, pages[0].Clicks)
	})
	require.Equal(t, first, second, "yesterday does not change")
	require.Greater(t, first.Summary.Pageviews, 50)
	require.Greater(t, first.Summary.Pageviews, first.Summary.Sessions)
	for _, device := range []string{"desktop", "mobile"} {
		require.Positive(t, first.Devices[device], device)
	}
	for _, channel := range []string{"direct", "organic", "social"} {
		require.Positive(t, first.Sources[channel], channel)
	}
}

func TestDemoSaysWhoseDataItIs(t *testing.T) {
	_, api, _ := newScript(t, says(401, `{"error":"Invalid credentials"}`), says(403, `{"error":"Registration is disabled"}`))
	_, err := signIn(t.Context(), api, demoAccount{"demo@example.com", "x", ""})
	require.ErrorContains(t, err, "belongs to another account")
}

// demoServer keeps what visitors send.
type demoServer struct {
	*httptest.Server
	got chan demoRequest
}

type demoRequest struct {
	path   string
	events []people.Event
}

func newDemoServer(t *testing.T) *demoServer {
	s := &demoServer{got: make(chan demoRequest, 100)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Events []people.Event }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		s.got <- demoRequest{r.URL.Path, body.Events}
		says(200, `{"data":{"rejected":[]}}`)(w)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestLiveVisitorsComeInTheirTime: with a clock that jumps to where it is waited for, each event is tracked when it happens, none is left
// out, and they go on exactly where the past ends.
func TestLiveVisitorsComeInTheirTime(t *testing.T) {
	server := newDemoServer(t)
	start := time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)
	site := &demoSite{id: "site_abc123", zone: time.UTC, api: newClient(server.URL, "key")}
	v, err := newDemoVisitors(site, 1, 2)
	require.NoError(t, err)
	clock := start
	v.now = func() time.Time { return clock }
	v.wait = func(ctx context.Context, d time.Duration) error {
		clock = clock.Add(d)
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.live(ctx, start) }()
	want := people.NewStream(v.config, start)
	for range 40 {
		r := <-server.got
		require.Equal(t, "/api/track", r.path)
		for _, e := range r.events {
			require.Equal(t, want.Next().ID, e.ID)
			require.Equal(t, r.events[0].Timestamp, e.Timestamp, "only what happens at one moment goes together")
		}
	}
	cancel()
	for going := true; going; {
		select {
		case <-server.got: // it was in the middle of a request
		case err := <-ended:
			require.ErrorIs(t, err, context.Canceled)
			going = false
		}
	}

	server = newDemoServer(t) // the other may still see the request that was given up
	site.api = newClient(server.URL, "key")
	require.NoError(t, v.past(t.Context(), start.Add(-20*time.Minute), start, newDemoProgress(newTold())))
	close(server.got)
	last, n := int64(0), 0
	for r := range server.got {
		require.Equal(t, "/api/import/events", r.path)
		for _, e := range r.events {
			last, n = e.Timestamp, n+1
		}
	}
	require.Less(t, last, start.UnixMilli())
	require.Greater(t, n, 1000)
}

// TestPastFillsTheGap: after a pause only the gap and the hour before it are sent.
func TestPastFillsTheGap(t *testing.T) {
	server := newDemoServer(t)
	now := time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)
	site := &demoSite{id: "site_abc123", zone: time.UTC, api: newClient(server.URL, "key"), last: now.Add(-10 * time.Minute)}
	v, err := newDemoVisitors(site, 1, 0.5)
	require.NoError(t, err)
	require.NoError(t, v.past(t.Context(), now.AddDate(0, 0, -7), now, newDemoProgress(newTold())))
	require.NoError(t, v.past(t.Context(), now, now, newDemoProgress(newTold())), "nothing to do")
	close(server.got)
	first := true
	for r := range server.got {
		if first {
			require.GreaterOrEqual(t, r.events[0].Timestamp, now.Add(-70*time.Minute).UnixMilli())
			first = false
		}
	}
	require.False(t, first)
}
