package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// siteLogs is an Ingestor that keeps what each site gets, in short words.
type siteLogs struct {
	mu   sync.Mutex
	logs map[analytics.SiteID][]string
	fail map[analytics.SiteID]error
}

func (s *siteLogs) Submit(ctx context.Context, site analytics.SiteID, records []analytics.Record) (analytics.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(ctx.Err(), s.fail[site]); err != nil {
		return analytics.Receipt{}, err
	}
	for _, r := range records {
		s.logs[site] = append(s.logs[site], inShort(r))
	}
	return analytics.Receipt{}, nil
}

// take returns what has come since the last time: lines of site and record, by site.
func (s *siteLogs) take() (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for site, log := range s.logs {
		for _, line := range log {
			lines = append(lines, string(site)+" "+line)
		}
	}
	clear(s.logs)
	slices.SortStableFunc(lines, func(a, b string) int {
		return strings.Compare(strings.SplitN(a, " ", 2)[0], strings.SplitN(b, " ", 2)[0])
	})
	return lines
}

// inShort is all of a record that the trackers decide about.
func inShort(r analytics.Record) string {
	if r.Filtered != nil {
		return fmt.Sprintf("ignored %v", r.Filtered.Reason)
	}
	e := r.Event
	switch e.Kind {
	case analytics.Pageview:
		text := fmt.Sprintf("pageview %s from %s by %s", e.Path, e.Source, e.Channel)
		for _, v := range []string{e.UTM.Medium, e.UTM.Campaign, e.UTM.Term, e.UTM.Content} {
			if v != "" {
				text += " " + v
			}
		}
		return text
	case analytics.Custom:
		text := fmt.Sprintf("event %s %q", e.Path, e.Action)
		if e.HasValue {
			text += fmt.Sprintf(" = %d", e.Value)
		}
		for _, p := range e.Properties {
			text += fmt.Sprintf(" %s=%s(%s)", p.Key, []string{"text", "number", "bool"}[p.Type], p.Text)
		}
		return text
	case analytics.Engagement:
		return fmt.Sprintf("engagement %s %d ms seq %d", e.Path, e.TimeOnPage, e.Seq)
	case analytics.Scroll:
		return fmt.Sprintf("scroll %s %d of %d×%d×%d", e.Path, e.Depth, e.ViewportW, e.ViewportH, e.DocumentH)
	}
	return e.Kind.String()
}

// compatRig is the real handler with a real Directory, before a log of short lines.
type compatRig struct {
	*trackRig
	sites *Directory
	logs  *siteLogs
}

// newCompatRig has two sites of alice and one of bob.
func newCompatRig(t *testing.T, change ...func(*TrackConfig)) *compatRig {
	t.Helper()
	r := &compatRig{
		trackRig: newTrackRig(t, change...),
		sites:    &Directory{byUser: map[string]map[analytics.SiteID]bool{}},
		logs:     &siteLogs{logs: map[analytics.SiteID][]string{}, fail: map[analytics.SiteID]error{}},
	}
	r.handler.ingestor = r.logs
	r.site("site_abc123", "alice", "example.com", func(s *analytics.Settings) {
		s.Aliases = []string{"0f7a2f0e-1c1d-4c8c-9b7e-2f4d6a8b0c1d", "example.com/docs"}
		s.AllowedDomains = []string{"partner.example.net", "*.preview.example.net"}
		s.ExcludePaths = []string{"/admin"}
	})
	r.site("site_blog12", "alice", "blog.example.com", nil)
	r.site("site_bob123", "bob", "bob.example.org", func(s *analytics.Settings) { s.KeepQuery, s.Heatmaps = true, false })
	compat := NewCompatHandler(r.handler, r.sites)
	r.engine = gin.New()
	r.engine.Use(headers)
	r.engine.POST("/api/event", compat.Plausible)
	r.engine.POST("/api/send", compat.Umami)
	for _, path := range []string{"/count", "/count/:site"} {
		r.engine.GET(path, compat.GoatCounter)
		r.engine.POST(path, compat.GoatCounter)
	}
	return r
}

// site shows a site, or what it has become.
func (r *compatRig) site(id analytics.SiteID, owner, domain string, change func(*analytics.Settings)) *entry {
	e := &entry{siteRecord: siteRecord{Site: analytics.Site{ID: id, OwnerID: owner, Domain: domain, Timezone: "UTC", Settings: analytics.DefaultSettings(730)}}}
	if change != nil {
		change(&e.Settings)
	}
	r.sites.show(e)
	return e
}

// send makes a request; head are pairs of name and value.
func (r *compatRig) send(method, target, body string, head ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, target, reader)
	req.Header.Set("User-Agent", trackChrome)
	for i := 0; i < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	r.engine.ServeHTTP(w, req)
	if r.odd {
		odd(req)
	}
	holdToDocument(r.t, req, body, w)
	return w
}

const (
	googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	uuid      = "0f7a2f0e-1c1d-4c8c-9b7e-2f4d6a8b0c1d"
)

// A page that is left does not wait for the answer: an image of it is not loaded to its end.
func TestCompatSenderGoesAway(t *testing.T) {
	r := newCompatRig(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	req := httptest.NewRequestWithContext(gone, "GET", "/count/site_abc123?p=/last", nil)
	req.Header.Set("User-Agent", trackChrome)
	w := httptest.NewRecorder()
	r.engine.ServeHTTP(w, req)
	require.Equal(t, 200, w.Code)
	require.Equal(t, []string{"site_abc123 pageview /last from (direct) by direct"}, r.logs.take())
}

// TestCompat is compat.md in the bodies that the clients send.
func TestCompat(t *testing.T) {
	r := newCompatRig(t)
	plausible := func(body string, want ...string) {
		t.Helper()
		w := r.send("POST", "/api/event", body, "Content-Type", "text/plain", "Origin", "https://example.com")
		require.Equal(t, []any{202, "ok", ""}, []any{w.Code, w.Body.String(), w.Header().Get("x-plausible-dropped")}, body)
		require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
		require.Equal(t, want, r.logs.take(), body)
	}
	const p = "site_abc123 "
	plausible(`{"n":"pageview","v":36,"u":"https://example.com/pricing?ref=a","d":"example.com","r":null}`, p+"pageview /pricing from (direct) by direct")
	plausible(`{"n":"pageview","u":"https://example.com/","d":"example.com","r":"https://www.google.com/","w":1280,"h":0}`, p+"pageview / from google.com by organic")
	plausible(`{"n":"pageview","u":"https://example.com/a?utm_source=News&utm_medium=email&utm_campaign=c&utm_term=t&utm_content=x","d":"example.com","r":"https://example.com/b"}`,
		p+"pageview /a from news by email email c t x")
	plausible(`{"n":"pageview","u":"https://example.com/a?gclid=1","d":"example.com"}`, p+"pageview /a from (direct) by paid")
	plausible(`{"name":"pageview","url":"https://example.com/long","domain":"example.com","referrer":"https://t.co/x"}`, p+"pageview /long from t.co by social")
	plausible(`{"n":"pageview","name":"x","u":"https://example.com/s","url":"https://example.com/l","d":"example.com","domain":"nowhere.example"}`, p+"pageview /s from (direct) by direct")
	plausible(`{"n":null,"name":"pageview","u":"https://example.com/s","d":"example.com"}`, p+"pageview /s from (direct) by direct")
	plausible(`{"n":"pageview","u":"https://example.com/app#/route?x=1","d":"example.com"}`, p+"pageview /app#/route from (direct) by direct")
	plausible(`{"n":"pageview","u":"https://example.com/app#about","d":"example.com","h":0}`, p+"pageview /app from (direct) by direct")
	plausible(`{"n":"pageview","u":"https://example.com/app#about","d":"example.com","h":1}`, p+"pageview /app#about from (direct) by direct")
	plausible(`{"n":"Signup","u":"https://example.com/#about","d":"example.com","h":true}`, p+`event /#about "Signup"`)
	plausible(`{"n":"pageview","u":"app://localhost/screen/1","d":"example.com"}`, p+"pageview /screen/1 from (direct) by direct")
	plausible(`{"n":"pageview","u":"https://example.com/who@example.com","d":"example.com"}`, p+"pageview /[redacted] from (direct) by direct")
	plausible(`{"n":"Signup","u":"https://example.com/join","d":"example.com"}`, p+`event /join "Signup"`)
	plausible(`{"n":"Buy","u":"https://example.com/join","d":"example.com","p":{"plan":"pro","seats":3,"trial":false,"list":[1],"of":{"a":1},"no":null}}`,
		p+`event /join "Buy" plan=text(pro) seats=number(3) trial=bool(false)`)
	plausible(`{"n":"Buy","u":"https://example.com/join","d":"example.com","p":"{\"plan\":\"pro\",\"seats\":3.50}"}`, p+`event /join "Buy" plan=text(pro) seats=number(3.5)`)
	plausible(`{"name":"Buy","url":"https://example.com/join","domain":"example.com","props":{"a":"b"},"revenue":{"amount":19.99,"currency":"USD"}}`, p+`event /join "Buy" = 199900 a=text(b)`)
	plausible(`{"n":"Buy","u":"https://example.com/join","d":"example.com","p":"","$":{"amount":"1000.5","currency":"EUR"}}`, p+`event /join "Buy" = 10005000`)
	plausible(`{"n":"Buy","u":"https://example.com/join","d":"example.com","$":{}}`, p+`event /join "Buy"`)
	plausible(`{"n":"engagement","sd":63,"d":"example.com","u":"https://example.com/a","p":{"x":"y"},"e":4200,"v":36}`,
		p+"engagement /a 4200 ms seq 1", p+"scroll /a 6300 of 0×0×0")
	plausible(`{"n":"engagement","sd":0,"d":"example.com","u":"https://example.com/a","e":1,"h":1}`, p+"engagement /a 1 ms seq 2", p+"scroll /a 0 of 0×0×0")
	plausible(`{"n":"engagement","sd":100,"d":"example.com","u":"https://example.com/a#b","h":1}`, p+"engagement /a#b 0 ms seq 1", p+"scroll /a#b 10000 of 0×0×0")
	plausible(`{"n":"engagement","sd":255,"d":"example.com","u":"https://example.com/a","e":5000000}`, p+"engagement /a 3600000 ms seq 3")
	plausible(`{"n":"engagement","sd":-1,"d":"example.com","u":"https://example.com/a","e":12}`, p+"engagement /a 12 ms seq 4")
	plausible(`{"n":"pageview","u":"https://example.com/a","d":" site_abc123 "}`, p+"pageview /a from (direct) by direct")
	plausible(`{"n":"pageview","u":"https://example.com/a","d":"example.com,www.example.com,,site_abc123"}`, p+"pageview /a from (direct) by direct")

	umami := func(body string, want ...string) {
		t.Helper()
		w := r.send("POST", "/api/send", body, "Content-Type", "application/json", "Origin", "https://www.example.com:8443")
		require.Equal(t, []any{200, `{"cache":"","sessionId":"","visitId":""}`}, []any{w.Code, w.Body.String()}, body)
		require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
		require.Equal(t, want, r.logs.take(), body)
	}
	umami(`{"type":"event","payload":{"website":"`+uuid+`","screen":"1920x1080","language":"en-US","title":"Hi","hostname":"example.com","url":"https://example.com/a?utm_source=x","referrer":"https://duckduckgo.com/"}}`,
		p+"pageview /a from x by social")
	umami(`{"type":"event","payload":{"website":"`+uuid+`","url":"/b?utm_campaign=c&q=1","referrer":""}}`, p+"pageview /b from (direct) by direct c")
	umami(`{"type":"event","payload":{"website":"`+uuid+`","url":"","name":null}}`, p+"pageview / from (direct) by direct")
	umami(`{"type":"event","payload":{"website":"`+uuid+`","url":"?x=1"}}`, p+"pageview / from (direct) by direct")
	umami(`{"type":"event","payload":{"website":"`+uuid+`","url":"c","id":"visitor-1","timestamp":1}}`, p+"pageview /c from (direct) by direct")
	umami(`{"type":"event","payload":{"website":"`+uuid+`","name":"signup"}}`, p+`event / "signup"`)
	umami(`{"type":"event","payload":{"website":"`+uuid+`","url":"/p","name":"signup","data":{"plan":"pro","n":1,"deep":{"a":1}}}}`, p+`event /p "signup" n=number(1) plan=text(pro)`)
	umami(`{"type":"identify","payload":{"website":"` + uuid + `","data":{"a":1}}}`)
	umami(`{"type":"performance","payload":{"website":"nobody"}}`)

	goat := func(method, target, body string, head []string, want ...string) {
		t.Helper()
		w := r.send(method, target, body, head...)
		require.Equal(t, []any{200, "image/gif", "no-store", "*"},
			[]any{w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"), w.Header().Get("Access-Control-Allow-Origin")}, "%s %s", target, w.Body)
		require.Equal(t, string(pixel), w.Body.String())
		require.Equal(t, want, r.logs.take(), target)
	}
	for _, method := range []string{"GET", "POST"} {
		goat(method, "/count?site=site_abc123&p=/path", "", nil, p+"pageview /path from (direct) by direct")
		goat(method, "/count/example.com?p=%2Fa%3Fx%3D1&t=Title&r=https%3A%2F%2Fnews.ycombinator.com%2F&s=1920%2C1080%2C1&b=0&q=%3Futm_source%3Dn%26utm_medium%3Dcpc&rnd=ab1", "", nil,
			p+"pageview /a from n by paid cpc")
		goat(method, "/count?p=/o&r=https://t.me/x", "ignored", []string{"Origin", "https://example.com:444", "Referer", "https://bob.example.org/", "Content-Type", "image/png"},
			p+"pageview /o from t.me by social")
		goat(method, "/count?p=/o", "", []string{"Referer", "https://blog.example.com/x?y"}, "site_blog12 pageview /o from (direct) by direct")
		goat(method, "/count/site_blog12?site=site_abc123&p=/both", "", nil, p+"pageview /both from (direct) by direct")
		goat(method, "/count/site_abc123?p=click-me&e=true", "", nil, p+`event / "click-me"`)
		goat(method, "/count/site_abc123?p=click-me&e=1&r=x", "", nil, p+`event / "click-me"`)
		goat(method, "/count/site_abc123?p=/f&e=false", "", nil, p+"pageview /f from (direct) by direct")
		goat(method, "/count/site_abc123?p=no-slash?utm_source=z", "", nil, p+"pageview /no-slash from z by referral")
		goat(method, "/count/site_abc123?p=https://example.com/abs&q=a=1", "", nil, p+"pageview /abs from (direct) by direct")
		goat(method, "/count/site_abc123", "", nil, p+"pageview / from (direct) by direct")
		goat(method, "/count/site_bob123?p=%2Fa%3Fz%3D1%26b%3D2&q=%3Fz%3D1%26b%3D2%26utm_source%3Ds", "", nil, "site_bob123 pageview /a?b=2&z=1 from s by referral")
		goat(method, "/count/site_abc123?p=/x&t=a;b", "", nil, p+"pageview /x from (direct) by direct")
		goat(method, "/count/site_abc123?p=/admin/x", "", nil, p+"ignored path")
		goat(method, "/count/site_abc123?p=/x", "", []string{"User-Agent", googlebot}, p+"ignored bot_search")
	}
}

// TestCompatSeveralDomains: the hit counts for each site, in all or, when one does not take part, in none.
func TestCompatSeveralDomains(t *testing.T) {
	r := newCompatRig(t)
	const hit = `{"n":"pageview","u":"https://example.com/a","d":"%s"}`
	send := func(domains string, head ...string) *httptest.ResponseRecorder {
		return r.send("POST", "/api/event", fmt.Sprintf(hit, domains), head...)
	}
	require.Equal(t, 202, send("example.com, blog.example.com,bob.example.org").Code)
	const shown = " pageview /a from (direct) by direct"
	require.Equal(t, []string{"site_abc123" + shown, "site_blog12" + shown, "site_bob123" + shown}, r.logs.take())

	wantProblem(t, send("example.com,nowhere.example"), 404, "Invalid site ID", "not_found")
	wantProblem(t, send("example.com,blog.example.com", "Origin", "https://example.com"), 403, "Origin not allowed", "forbidden")
	require.Empty(t, r.logs.take())

	r.logs.fail["site_blog12"] = &analytics.Unavailable{RetryAfter: 2 * time.Second}
	w := send("example.com,blog.example.com")
	wantProblem(t, w, 503, "Service temporarily unavailable", "unavailable")
	require.Equal(t, "2", w.Header().Get("Retry-After"))
	require.Equal(t, []string{"site_abc123" + shown}, r.logs.take())
	clear(r.logs.fail)

	r.handler.cfg.MaxBatch = 2
	wantProblem(t, send("example.com,blog.example.com,bob.example.org"), 400, "Batch cannot exceed 2 events", "validation_failed")
	require.Equal(t, 202, send("example.com,blog.example.com").Code)
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, message, code string) {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body)
	require.JSONEq(t, failure(message, code), w.Body.String())
}

func TestCompatErrors(t *testing.T) {
	r := newCompatRig(t, func(c *TrackConfig) { c.MaxBody = 1000 })
	const bad, invalidCode, badJSON = "bad_request", "validation_failed", "Invalid JSON body"
	f := func(target, body string, status int, message, code string) {
		t.Helper()
		wantProblem(t, r.send("POST", target, body), status, message, code)
		require.Empty(t, r.logs.take())
	}
	for _, target := range []string{"/api/event", "/api/send"} {
		for _, body := range []string{"", "x", "[]", "null", `"a"`, "1", "{", `{"n":1,}`, "{}x", "\xff{}"} {
			f(target, body, 400, badJSON, bad)
		}
		f(target, `{"x":"`+strings.Repeat("x", 1000)+`"}`, 413, "Request body too large", "payload_too_large")
		wantProblem(t, r.send("POST", target, "{}", "Content-Type", "application/xml"), 400, "Unsupported content type", invalidCode)
	}
	e := func(body, message string) { t.Helper(); f("/api/event", body, 400, message, invalidCode) }
	e(`{}`, "Name is required")
	e(`{"n":" ","u":"https://example.com/","d":"example.com"}`, "Name is required")
	e(`{"n":"pageview","d":"example.com"}`, "URL is required")
	e(`{"n":"pageview","u":"/a","d":"example.com"}`, "url must be an absolute http(s) URL")
	e(`{"n":"pageview","u":"https://example.com/"}`, "Site ID required")
	e(`{"n":"pageview","u":"https://example.com/","d":" , "}`, "Site ID required")
	e(`{"n":1,"u":"https://example.com/","d":"example.com"}`, "n must be a string")
	e(`{"name":{},"u":"https://example.com/","d":"example.com"}`, "name must be a string")
	e(`{"n":"pageview","u":"https://example.com/","d":["example.com"]}`, "d must be a string")
	e(`{"n":"a","u":"https://example.com/","d":"example.com","p":[]}`, "p must be a object")
	e(`{"n":"a","u":"https://example.com/","d":"example.com","props":"{"}`, "props must be a object")
	e(`{"n":"a","u":"https://example.com/","d":"example.com","p":"[1]"}`, "p must be a object")
	e(`{"n":"a","u":"https://example.com/","d":"example.com","$":3}`, "$ must be a object")
	e(`{"n":"a","u":"https://example.com/","d":"example.com","$":{"amount":"much"}}`, "Value must be a number")
	e(`{"n":"a","u":"https://example.com/","d":"example.com","$":{"amount":1e13}}`, "Value must be a number")
	e(`{"n":"engagement","u":"https://example.com/","d":"example.com","e":"1"}`, "e must be a number")
	e(`{"n":"engagement","u":"https://example.com/","d":"example.com","sd":true}`, "sd must be a number")
	f("/api/event", `{"n":"pageview","u":"https://example.com/","d":"nowhere.example"}`, 404, "Invalid site ID", "not_found")

	u := func(body, message string) { t.Helper(); f("/api/send", body, 400, message, invalidCode) }
	u(`{"payload":{"website":"site_abc123"}}`, "Type is required")
	u(`{"type":1}`, "type must be a string")
	u(`{"type":"event"}`, "payload must be a object")
	u(`{"type":"event","payload":null}`, "payload must be a object")
	u(`{"type":"event","payload":[]}`, "payload must be a object")
	u(`{"type":"event","payload":{}}`, "Site ID required")
	u(`{"type":"event","payload":{"website":7}}`, "website must be a string")
	u(`{"type":"event","payload":{"website":"site_abc123","name":"a","data":"x"}}`, "data must be a object")
	f("/api/send", `{"type":"event","payload":{"website":"site_nothing"}}`, 404, "Invalid site ID", "not_found")

	f("/count", "", 400, "Site ID required", invalidCode)
	f("/count/nowhere.example?p=/", "", 404, "Invalid site ID", "not_found")
	f("/count/site_abc123?p=%zz", "", 400, "Invalid query", invalidCode)
	f("/count/site_abc123?p=/x", strings.Repeat("x", 1001), 413, "Request body too large", "payload_too_large")
	wantProblem(t, r.send("GET", "/count/site_abc123?p=/x", "", "Origin", "null"), 403, "Origin not allowed", "forbidden")
	wantProblem(t, r.send("GET", "/count?p=/x", "", "Origin", "https://nowhere.example"), 404, "Invalid site ID", "not_found")
}

// TestCompatKeepsTheRulesOfTrack: Origin, bots, opt-out, prefetch, heatmaps and limits.
func TestCompatKeepsTheRulesOfTrack(t *testing.T) {
	r := newCompatRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 8, 100 })
	const pageview = `{"n":"pageview","u":"https://example.com/a","d":"example.com"}`
	const visit = `{"type":"event","payload":{"website":"site_abc123","url":"/a"}}`
	dropped := func(want string, body string, head ...string) {
		t.Helper()
		w := r.send("POST", "/api/event", body, head...)
		require.Equal(t, []any{202, "ok", "1"}, []any{w.Code, w.Body.String(), w.Header().Get("x-plausible-dropped")})
		require.Equal(t, []string{want}, r.logs.take())
	}
	dropped("site_abc123 ignored bot_search", pageview, "User-Agent", googlebot)
	dropped("site_abc123 ignored prefetch", pageview, "Sec-Purpose", "prefetch;prerender")
	dropped("site_abc123 ignored path", `{"n":"pageview","u":"https://example.com/admin","d":"example.com"}`)
	w := r.send("POST", "/api/send", visit, "User-Agent", googlebot)
	require.Equal(t, []any{200, `{"beep":"boop"}`}, []any{w.Code, w.Body.String()})
	w = r.send("POST", "/api/send", visit, "Sec-Purpose", "prefetch")
	require.Equal(t, []any{200, `{"cache":"","sessionId":"","visitId":""}`}, []any{w.Code, w.Body.String()})
	require.Equal(t, []string{"site_abc123 ignored bot_search", "site_abc123 ignored prefetch"}, r.logs.take())

	// A site that wants no heatmaps has the engagement, so the hit is not ignored.
	w = r.send("POST", "/api/event", `{"n":"engagement","u":"https://bob.example.org/a","d":"bob.example.org","e":1000,"sd":50}`)
	require.Equal(t, []any{202, ""}, []any{w.Code, w.Header().Get("x-plausible-dropped")})
	require.Equal(t, []string{"site_bob123 ignored heatmaps_off", "site_bob123 engagement /a 1000 ms seq 1"}, r.logs.take())

	// A token is no reason for anything: these clients have none of ours (README §5).
	wantProblem(t, r.send("POST", "/api/event", pageview, "Origin", "https://evil.example", "Authorization", "Bearer zta_live_good"), 403, "Origin not allowed", "forbidden")
	for _, origin := range []string{"https://example.com", "http://www.EXAMPLE.com:8080", "https://partner.example.net", "https://a.b.preview.example.net"} {
		require.Equal(t, 202, r.send("POST", "/api/event", pageview, "Origin", origin, "Authorization", "Bearer nonsense").Code, origin)
		r.now += 20_000
	}
	require.Equal(t, 11.0, testutil.ToFloat64(r.handler.metrics.received))
	require.Equal(t, 5.0, testutil.ToFloat64(r.handler.metrics.stored))

	r.now += 60_000
	for range 8 {
		require.Equal(t, 202, r.send("POST", "/api/event", pageview).Code)
	}
	w = r.send("GET", "/count?site=site_abc123&p=/", "")
	wantProblem(t, w, 429, "Rate limit exceeded. Try again in 60 seconds.", "rate_limited")
	require.Equal(t, []string{"60", "8", "0"}, []string{w.Header().Get("Retry-After"), w.Header().Get("RateLimit-Limit"), w.Header().Get("RateLimit-Remaining")})
	r.logs.fail["site_bob123"] = &analytics.Unavailable{RetryAfter: 3 * time.Second}
	w = r.send("GET", "/count/site_bob123?p=/", "")
	wantProblem(t, w, 503, "Service temporarily unavailable", "unavailable")
	require.Equal(t, "3", w.Header().Get("Retry-After"))
}

// README §8: preflights of these endpoints allow every requested header, and their answers have the headers of the API.
func TestCompatHeaders(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/api/event", "/api/send", "/count", "/count/site_abc123"} {
		a := w.call("OPTIONS", target, "", nil, func(r *http.Request) {
			r.Header.Set("Origin", "https://example.com")
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "content-type,x-umami-cache")
		})
		require.Equal(t, []any{204, "", "*", "content-type,x-umami-cache"},
			[]any{a.code, a.text, a.head.Get("Access-Control-Allow-Origin"), a.head.Get("Access-Control-Allow-Headers")}, target)
		a = w.call("OPTIONS", target, "", nil)
		require.Equal(t, "Authorization, Content-Type", a.head.Get("Access-Control-Allow-Headers"))
		a = w.call("PUT", target, "", nil)
		a.wantError(405, "Method not allowed", "method_not_allowed")
		require.Equal(t, "*", a.head.Get("Access-Control-Allow-Origin"))
	}
	a := w.call("OPTIONS", "/api/track", "", nil, func(r *http.Request) { r.Header.Set("Access-Control-Request-Headers", "x-other") })
	require.Equal(t, "Authorization, Content-Type", a.head.Get("Access-Control-Allow-Headers"))
	require.Equal(t, "page /counter", w.call("GET", "/counter", "", nil).text)
	require.Equal(t, "page /count/a/b", w.call("GET", "/count/a/b", "", nil).text)
}

// Plausible numbers no engagements: those of one pageview are numbered here (track.md, seq), whoever else looks at the page.
func TestPlausibleEngagementsAreNumbered(t *testing.T) {
	r := newCompatRig(t)
	send := func(name, path, domain, agent string) []string {
		t.Helper()
		body := fmt.Sprintf(`{"n":%q,"u":"https://example.com%s","d":%q,"e":1000}`, name, path, domain)
		require.Equal(t, 202, r.send("POST", "/api/event", body, "User-Agent", agent).Code)
		return r.logs.take()
	}
	engaged := func(want int, path, agent string) {
		t.Helper()
		require.Equal(t, []string{fmt.Sprintf("site_abc123 engagement %s 1000 ms seq %d", path, want)}, send("engagement", path, "site_abc123", agent))
	}
	const other = trackChrome + " Other/1"
	send("pageview", "/a", "site_abc123", trackChrome)
	engaged(1, "/a", trackChrome)
	engaged(2, "/a", trackChrome)
	engaged(1, "/b", trackChrome)
	engaged(1, "/a", other)
	require.Equal(t, []string{"site_blog12 engagement /a 1000 ms seq 1"}, send("engagement", "/a", "site_blog12", trackChrome))
	engaged(3, "/a", trackChrome)
	send("pageview", "/b", "site_abc123", trackChrome)
	send("Signup", "/a", "site_abc123", trackChrome)
	engaged(4, "/a", trackChrome)
	send("pageview", "/a", "site_abc123", trackChrome)
	engaged(1, "/a", trackChrome)
	engaged(2, "/a", other)

	// One that is not stored has no number.
	r.logs.fail["site_abc123"] = &analytics.Unavailable{RetryAfter: time.Second}
	require.Equal(t, 503, r.send("POST", "/api/event", `{"n":"engagement","u":"https://example.com/a","d":"site_abc123","e":1000}`).Code)
	delete(r.logs.fail, "site_abc123")
	engaged(2, "/a", trackChrome)
}
