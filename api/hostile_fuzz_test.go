package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// FuzzQuery sends a query to every route that only reads, as the owner: whatever stands in it, the answer is none of the server's own errors.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{
		"", "siteId=SITE", "siteId=SITE&period=7d&limit=100&offset=0", "siteId=SITE&startDate=2026-01-01&endDate=2026-01-15T10:00:00Z", "site_id=SITE&property=page&metrics=visitors",
		"siteId=SITE&type=events&format=csv&limit=1", "siteId=SITE&path=/&type=click&device=mobile", "siteId=SITE&filters=path==/a;country!=DE,US", "siteId=SITE&steps=5&anchor=end",
		"siteId=SITE&limit=1e9&offset=-1", "siteId=%00&siteId=a&period=%ff", "token=x", "siteId=SITE&startDate=9999-12-31&endDate=0000-00-00", "%zz&;&=&a=b=c",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		w := newWorld(t, unlimited)
		owner, token := w.user("owner@example.com")
		site := w.addSite(owner, "example.com")
		w.visited(site, w.clock.Now())
		for _, r := range w.srv.routes() {
			if r.method == http.MethodGet && r.path != "/ws" {
				w.hostile(http.MethodGet, strings.ReplaceAll(r.path, ":id", string(site)), strings.ReplaceAll(query, "SITE", string(site)), token, "")
			}
		}
	})
}

// FuzzBody sends a body to every route that takes one, as the owner.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"siteId":"SITE","name":"a","type":"pageview","path":"/a","domain":"a.example.com","email":"a@example.com","password":"a-long-password","scope":"read"}`,
		`{"siteId":"SITE","name":"a","steps":[{"name":"a","type":"event","eventAction":"b"},{"name":"c","type":"pageview","path":"/*"}],"timeWindow":60}`,
		`{"siteId":"SITE","name":"a","type":"threshold","metric":"pageviews","operator":">","value":1e400,"notifications":["email",null]}`,
		`{"siteId":"SITE","url":"https://hooks.example.com/","events":["goal"],"filters":"device==mobile","date":"2026-01-12"}`,
		`{"queries":[{"id":"a","site_id":"SITE","metrics":["visitors"]}],"settings":{"dataRetention":90,"excludedPaths":[1]}}`,
		`{"siteId":"SITE","format":"csv","data":"date,pageviews\n20260101,1"}`, `{"siteId":null,"name":{},"steps":0,"settings":[]}`, "{}", "[]", "", "\x00", `{"a":`, "\xff",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := newWorld(t, unlimited)
		owner, token := w.user("owner@example.com")
		site := w.addSite(owner, "example.com")
		body = strings.ReplaceAll(body, "SITE", string(site))
		for _, r := range w.srv.routes() {
			if (r.method == http.MethodPost || r.method == http.MethodPatch) && r.site != ownChecks && !strings.HasPrefix(r.path, "/api/auth/") {
				w.hostile(r.method, strings.ReplaceAll(r.path, ":id", string(site)), "", token, body)
			}
		}
		w.wantNoControls()
	})
}

// hostile sends a request that may be anything.
func (w *world) hostile(method, path, query, token, body string) {
	w.t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL = &url.URL{Path: path, RawQuery: query}
	r.RequestURI = r.URL.RequestURI()
	r.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	w.srv.ServeHTTP(rec, r)
	if rec.Code >= 500 {
		w.t.Fatalf("%s %s?%q %q: %d %s\n%s", method, path, query, body, rec.Code, rec.Body, w.logs)
	}
}

// FuzzToken: no text but a token that was given out is one.
func FuzzToken(f *testing.F) {
	for _, token := range []string{
		"", "zta_live_", "zta_live_0000000000000000000000000000000000", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.x", "a.b.c", "...", "rt_x", "wst_x",
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyX2FiYzEyMyIsImV4cCI6OTk5OTk5OTk5OX0.AAAA",
	} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		w := newWorld(t, unlimited)
		w.user("owner@example.com")
		_, p := w.access.Authenticate(token)
		require.NotNil(t, p, "%q", token)
		require.Equal(t, http.StatusUnauthorized, p.Status)
	})
}

// FuzzClientIP: behind a trusted proxy the client is an address, whatever the header says.
func FuzzClientIP(f *testing.F) {
	for _, forwarded := range []string{"", "198.51.100.1", "198.51.100.1, 10.0.0.1", "[2001:db8::1]:443", "::ffff:10.0.0.1", "unknown, 1.2.3.4:5", ",,,", "10.0.0.1", "fe80::1%eth0"} {
		f.Add(forwarded)
	}
	clientIP := NewClientIP([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	f.Fuzz(func(t *testing.T, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.1.2.3:4711"
		r.Header["X-Forwarded-For"] = []string{forwarded}
		_, err := netip.ParseAddr(clientIP(r))
		require.NoError(t, err)
		r.RemoteAddr = "203.0.113.9:4711"
		require.Equal(t, "203.0.113.9", clientIP(r), "no proxy of ours")
	})
}

// FuzzDiagnosedOrigin: the diagnostics take any header Origin, and keep a short text of it.
func FuzzDiagnosedOrigin(f *testing.F) {
	for _, origin := range []string{"https://shop.example.net", "null", "", "https://", "::", "\xff\x00", "https://" + strings.Repeat("ü", 1000)} {
		f.Add(origin)
	}
	f.Fuzz(func(t *testing.T, origin string) {
		d := NewDiagnostics(time.Now)
		d.refused("site_abc123", trackNow, origin)
		rows := topRows(d.of(analytics.SiteID("site_abc123")).hours[0].refused.counts)
		require.Len(t, rows, 1)
		require.LessOrEqual(t, len([]rune(rows[0].text)), maxDiagnosedOrigin)
		require.False(t, strings.ContainsFunc(rows[0].text, isControl))
	})
}
