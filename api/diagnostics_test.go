package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/internal/testkit"
)

const noneFiltered = `{"bot":{"total":0,"search":0,"ai":0,"other":0},"optOut":0,"path":0,"heatmapsOff":0,"prefetch":0}`

// said is what the diagnostics of a site say, as JSON.
func said(t *testing.T, d *Diagnostics, site analytics.SiteID) string {
	t.Helper()
	text, err := json.Marshal(d.report(site))
	require.NoError(t, err)
	return string(text)
}

// TestTrackIsHeard: what becomes of each hit of the ingest endpoints is told by the site's diagnostics, imports left out.
func TestTrackIsHeard(t *testing.T) {
	now := time.UnixMilli(trackNow)
	d := NewDiagnostics(func() time.Time { return now })
	r := newTrackRig(t, func(c *TrackConfig) { c.Diagnostics, c.MaxBatch, c.RateRequests, c.RateEvents = d, 3, 0, 8 })
	compat := NewCompatHandler(r.handler, oneFinder{r.site})
	r.engine.POST("/api/event", compat.Plausible)
	status := func(want int, path, body string, headers ...string) {
		t.Helper()
		w := r.post(path, []byte(body), headers...)
		require.Equal(t, want, w.Code, w.Body)
	}
	view := func(id string) string { return `{"siteId":"site_abc123","type":"pageview","id":"event-000` + id + `"}` }
	status(403, "/api/track", view("a"), "Origin", "https://Shop.Example.net")
	status(403, "/api/track", view("a"), "Origin", "null")
	status(403, "/api/event", `{"n":"pageview","d":"example.com","u":"https://example.com/"}`, "Origin", "https://shop.example.net")
	status(200, "/api/track", view("a"))
	status(200, "/api/track", view("a"))
	status(200, "/api/track", view("b"), "Sec-Purpose", "prefetch")
	status(200, "/api/track", view("b"), "User-Agent", "Googlebot/2.1 (+http://www.google.com/bot.html)")
	status(400, "/api/track", `{"siteId":"site_abc123","type":"nonsense"}`)
	status(200, "/api/track", `{"siteId":"site_abc123","events":[{"type":"nonsense"},{"type":"pageview","id":"event-000c"},{"type":"pageview","id":"event-000c"}]}`)
	status(429, "/api/track", view("d"))
	r.now += time.Minute.Milliseconds()
	status(400, "/api/track", `{"siteId":"site_abc123","events":[{},{},{},{}]}`)
	status(202, "/api/event", `{"n":"pageview","d":"example.com","u":"https://example.com/"}`)
	status(400, "/api/event", `{"n":"signup","d":"example.com","u":5}`)
	now = time.UnixMilli(r.now)
	want := func() {
		t.Helper()
		require.JSONEq(t, `{"since":"2026-01-15T16:30:20.000Z","lastEvent":"2026-01-15T16:31:20.000Z","stored":3,"duplicates":2,
			"filtered":{"bot":{"total":1,"search":1,"ai":0,"other":0},"optOut":0,"path":0,"heatmapsOff":0,"prefetch":1},
			"rejected":[{"error":"Batch cannot exceed 3 events","count":4},{"error":"Invalid event type","count":2}],
			"refused":[{"origin":"shop.example.net","error":"Origin not allowed","count":2},{"origin":"null","error":"Origin not allowed","count":1}],
			"rateLimited":1}`, said(t, d, r.site.ID))
	}
	want()
	key := []string{"Authorization", "Bearer zta_live_good"}
	status(200, "/api/import/events", `{"siteId":"site_abc123","type":"pageview","id":"event-000z","timestamp":1768494620000}`, key...)
	status(400, "/api/import/events", `{"siteId":"site_abc123","type":"pageview","id":"event-000z"}`, key...)
	status(400, "/api/import/events", `{"siteId":"site_abc123","events":[{},{},{},{}]}`, key...)
	want()
}

// oneFinder knows one site under every name.
type oneFinder struct{ site *analytics.Site }

func (f oneFinder) FindSite(string) (*analytics.Site, *Problem) { return f.site, nil }

func TestDiagnosticsLastADay(t *testing.T) {
	const site = analytics.SiteID("site_abc123")
	clock := &testClock{now: time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC)}
	start := clock.Now()
	d := NewDiagnostics(clock.Now)
	require.JSONEq(t, `{"since":"2026-01-15T16:30:20.000Z","lastEvent":null,"stored":0,"duplicates":0,"filtered":`+noneFiltered+`,"rejected":[],"refused":[],"rateLimited":0}`,
		said(t, d, site))
	for range 100 { // an event an hour
		d.took(site, clock.Now().UnixMilli(), &intake{events: 1})
		clock.Add(time.Hour)
	}
	clock.Add(-time.Hour)
	v := d.report(site)
	require.EqualValues(t, 24, v.Stored, "this hour and 23 before it")
	require.Equal(t, "2026-01-18T20:00:00.000Z", v.Since)
	require.Equal(t, "2026-01-19T19:30:20.000Z", *v.LastEvent)
	require.Len(t, d.of(site).hours, 24)

	d.took(site, start.UnixMilli(), &intake{events: 5}) // the clock was put back
	require.EqualValues(t, 29, d.report(site).Stored)
	clock.Add(48 * time.Hour)
	v = d.report(site)
	require.Zero(t, v.Stored)
	require.Equal(t, "2026-01-19T19:30:20.000Z", *v.LastEvent, "however long ago")

	_, err := d.ForgetSite(t.Context(), site, nil)
	require.NoError(t, err)
	require.Nil(t, d.report(site).LastEvent)
	var none *Diagnostics
	none.took(site, 0, &intake{})
	none.refused(site, 0, "https://example.net")
	none.rateLimited(site, 0)
	none.rejected(site, 0, "x", 1)
}

// TestDiagnosticsAreBounded: a flood of made-up origins takes no more memory than its rows, and does not hide one that goes on.
func TestDiagnosticsAreBounded(t *testing.T) {
	const site = analytics.SiteID("site_abc123")
	d := NewDiagnostics(time.Now)
	at := time.Now().UnixMilli()
	for i := range 20_000 {
		d.refused(site, at, "https://"+strconv.Itoa(i)+".example.net")
		if i%100 == 0 {
			d.refused(site, at, "https://shop.example.net")
			d.refused(site, at, "https://shop.example.net")
		}
	}
	d.refused(site, at, strings.Repeat("x", 10_000)+"\x00\xff")
	rows := d.report(site).Refused
	require.Len(t, rows, 20)
	require.Equal(t, refusedRow{"shop.example.net", "Origin not allowed", 400}, rows[0])
	require.Len(t, d.of(site).hours[0].refused.counts, maxDiagnosedRows)
	long := slices.MaxFunc(slices.Collect(maps.Keys(d.of(site).hours[0].refused.counts)), func(a, b string) int { return len(a) - len(b) })
	require.Equal(t, strings.Repeat("x", maxDiagnosedOrigin), long)
}

func TestDiagnosticsTogether(t *testing.T) {
	const site = analytics.SiteID("site_abc123")
	d := NewDiagnostics(time.Now)
	at := time.Now().UnixMilli()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 1000 {
				d.took(site, at, &intake{events: 1, duplicates: 1, repeated: 1, rejected: []rejection{{0, fmt.Sprint(i % 2)}}})
				d.report(site)
			}
		})
	}
	group.Wait()
	v := d.report(site)
	require.Equal(t, []int64{8000, 8000}, []int64{v.Stored, v.Duplicates})
	require.Equal(t, []rejectedRow{{"0", 4000}, {"1", 4000}}, v.Rejected)
}

func TestDiagnosticsEndpoint(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	w.clock.Add(time.Hour)
	w.heard.refused(site, w.clock.Now().UnixMilli(), "https://shop.example.net:8443")
	w.heard.took(site, w.clock.Now().UnixMilli(), &intake{events: 2, dropped: map[analytics.DropReason]int{analytics.DropPrefetch: 3}})
	w.call("GET", "/api/sites/"+string(site)+"/diagnostics", token, nil).wantData(200, `{"since":"2026-01-15T16:30:20.000Z",
		"lastEvent":"2026-01-15T17:30:20.000Z","stored":2,"duplicates":0,"filtered":`+strings.Replace(noneFiltered, `prefetch":0`, `prefetch":3`, 1)+`,"rejected":[],
		"refused":[{"origin":"shop.example.net:8443","error":"Origin not allowed","count":1}],"rateLimited":0}`)
	_, member := w.user("member@example.com")
	u, _ := w.accounts.UserByEmail("member@example.com")
	w.join(site, u.ID, auth.Member)
	w.call("GET", "/api/sites/"+string(site)+"/diagnostics", member, nil).wantError(http.StatusForbidden, "Access denied", "forbidden")
	w.call("GET", "/api/sites/"+string(site)+"/sample", member, nil).wantError(http.StatusForbidden, "Access denied", "forbidden")
}

// TestSample: the columns of data-model.md, those that do not apply null, and nothing of how it is stored.
func TestSample(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	target := "/api/sites/" + string(site) + "/sample"
	w.call("GET", target, token, nil).wantData(200, "null")

	reader := testkit.NewReader(site, "America/New_York", 10_000)
	w.reader.events = reader
	w.call("GET", target, token, nil).wantData(200, "null")
	at := w.clock.Now()
	visitor := analytics.VisitorID{1, 2, 3}
	reader.Apply(at.UnixMilli(),
		analytics.Record{Event: &analytics.Event{ID: analytics.PackEventID("one"), Kind: analytics.Pageview, TS: at.UnixMilli(), ReceivedAt: at.UnixMilli(), Visitor: visitor, Path: "/", Country: "US", Channel: "direct", Source: "(direct)"}},
		analytics.Record{Event: &analytics.Event{ID: analytics.PackEventID("two"), Kind: analytics.Custom, TS: at.UnixMilli() + 5, ReceivedAt: at.UnixMilli() + 5, Visitor: visitor, Path: "/pricing", Country: "US", Region: "US-NY", Device: "desktop", Browser: "Chrome", BrowserVersion: "120", OS: "Windows", OSVersion: "10", Action: "buy", HasValue: true, Value: 19_9900, Properties: []analytics.Property{{Key: "plan", Text: "pro"}}}})
	var got map[string]any
	w.call("GET", target, token, nil).read(200, &got)
	require.Regexp(t, `^visit_[a-z0-9]{20}$`, got["session_id"])
	delete(got, "session_id")
	want := map[string]any{}
	for _, name := range strings.Fields(`referrer_domain channel source utm_source utm_medium utm_campaign utm_term utm_content time_on_page_ms seq is_bounce x y
		vw vh dh selector element text since_load_ms dead rage depth dwell points`) {
		want[name] = nil
	}
	maps.Copy(want, gin.H{
		"site_id": string(site), "event_id": "two", "ts": float64(at.UnixMilli() + 5), "received_at": float64(at.UnixMilli() + 5), "type": "event",
		"visitor_id": visitor.String(), "path": "/pricing", "country": "US", "region": "US-NY", "device": "desktop", "browser": "Chrome", "os": "Windows",
		"browser_version": "120", "os_version": "10", "action": "buy", "category": "", "label": "", "value": 19.99, "properties": map[string]any{"plan": "pro"},
	})
	require.Equal(t, want, got)

	w.reader.err = &analytics.Unavailable{RetryAfter: time.Second}
	w.call("GET", target, token, nil).wantError(503, "Service temporarily unavailable", "unavailable")
}
