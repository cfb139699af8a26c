package ws

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestUpgradeRefusals(t *testing.T) {
	r := newRig(t, func(r *rig, _ *[]topic) {
		r.cfg.AllowedOrigins = []string{"https://dash.example.com"}
		r.deps.Limiter = limiterFunc(func(user string) (time.Duration, bool) { return 4500 * time.Millisecond, user != "user_busy" })
	})
	r.world.tokens["busy"] = Principal{UserID: "user_busy"}
	upgrade := http.Header{
		"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	with := func(name, value string) http.Header {
		h := upgrade.Clone()
		h.Set(name, value)
		return h
	}
	f := func(name, method, query string, header http.Header, status int, body string) {
		t.Helper()
		req, err := http.NewRequest(method, "http"+strings.TrimPrefix(r.url, "ws")+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != status || strings.TrimSpace(string(got)) != body {
			t.Errorf("%s: %d %s, want %d %s", name, res.StatusCode, got, status, body)
		}
		if status == http.StatusTooManyRequests && res.Header.Get("Retry-After") != "5" {
			t.Errorf("%s: Retry-After %q", name, res.Header.Get("Retry-After"))
		}
		if status == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", name)
		}
	}
	const (
		inURL  = `{"error":"Credentials are not accepted in the URL","code":"bad_request"}`
		needed = `{"error":"WebSocket upgrade required","code":"bad_request"}`
		origin = `{"error":"Origin not allowed","code":"forbidden"}`
	)
	f("no upgrade", "GET", "", http.Header{}, 400, needed)
	f("bad key", "GET", "", with("Sec-Websocket-Key", "x"), 400, needed)
	f("old version", "GET", "", with("Sec-Websocket-Version", "8"), 400, needed)
	f("post", "POST", "", upgrade, 405, `{"error":"Method not allowed","code":"method_not_allowed"}`)
	f("token in the URL", "GET", "?token=good", upgrade, 400, inURL)
	f("ticket in the URL", "GET", "?a=1&ticket=", upgrade, 400, inURL)
	f("access_token in the URL", "GET", "?access_token=x", http.Header{}, 400, inURL)
	f("foreign origin", "GET", "", with("Origin", "https://evil.example"), 403, origin)
	f("origin that only begins alike", "GET", "", with("Origin", "https://dash.example.com.evil.example"), 403, origin)
	f("other scheme", "GET", "", with("Origin", "http://dash.example.com"), 403, origin)
	f("opaque origin", "GET", "", with("Origin", "null"), 403, origin)
	f("user over the API limit", "GET", "", with("Authorization", "Bearer busy"), 429,
		`{"error":"Rate limit exceeded. Try again in 5 seconds.","code":"rate_limited"}`)

	for _, allowed := range []string{"https://dash.example.com", "HTTPS://Dash.example.com", "http" + strings.TrimSuffix(strings.TrimPrefix(r.url, "ws"), "/ws")} {
		r.connect(http.Header{"Origin": {allowed}}).expect("hello")
	}

	if err := r.hub.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	f("closing", "GET", "", upgrade, 503, `{"error":"Service temporarily unavailable","code":"unavailable"}`)
}

func TestUpgradeServerFull(t *testing.T) {
	r := newRig(t, func(r *rig, _ *[]topic) { r.cfg.MaxConnections = 1 })
	r.connect(nil).expect("hello")
	_, res, err := r.dialer().Dial(r.url, nil)
	if err == nil || res == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("second connection: %v %v", res, err)
	}
}

func TestSubprotocol(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		offer []string
		want  string
	}{{nil, ""}, {[]string{"zta.v1"}, "zta.v1"}, {[]string{"x", "zta.v1"}, "zta.v1"}, {[]string{"x"}, ""}} {
		d := r.dialer()
		d.Subprotocols = c.offer
		conn, _, err := d.Dial(r.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.Subprotocol(); got != c.want {
			t.Errorf("offered %v, echoed %q", c.offer, got)
		}
		_ = conn.Close()
	}
}

func TestUpgradeWithHeader(t *testing.T) {
	r := newRig(t)
	p := r.connect(http.Header{"Authorization": {"Bearer good"}})
	p.expect("hello")
	if f := p.expect("ready"); f.UserID != "user_abc123" {
		t.Errorf("got %s", f.raw)
	}
	p.subscribe("s1", "realtime", "site_abc123", "")

	for _, header := range []string{"Bearer bad", "Basic Z29vZA==", "good"} {
		p := r.connect(http.Header{"Authorization": {header}})
		p.expect("hello")
		p.expectError("", "unauthorized", "Invalid or expired token")
		p.expectClose(4001)
	}
}

func TestTooManyConnections(t *testing.T) {
	t.Run("per address", func(t *testing.T) {
		r := newRig(t, func(r *rig, _ *[]topic) {
			r.cfg.MaxPerIP = 2
			r.deps.ClientIP = func(r *http.Request) string { return r.Header.Get("X-Test") }
		})
		here, there := http.Header{"X-Test": {"192.0.2.1"}}, http.Header{"X-Test": {"192.0.2.2"}}
		first := r.connect(here)
		first.expect("hello")
		r.connect(here).expect("hello")
		r.connect(here).expectClose(4009)
		r.connect(there).expect("hello")
		_ = first.conn.Close()
		<-first.closed
		eventually(t, func() bool { r.hub.mu.Lock(); defer r.hub.mu.Unlock(); return len(r.hub.clients) == 2 })
		r.connect(here).expect("hello")
	})
	t.Run("per user", func(t *testing.T) {
		r := newRig(t, func(r *rig, _ *[]topic) { r.cfg.MaxPerUser = 2 })
		r.world.tokens["other"] = Principal{UserID: "user_other"}
		first := r.login("good")
		r.login("good")
		p := r.connect(http.Header{"Authorization": {"Bearer good"}})
		p.expect("hello")
		p.expectClose(4009)
		r.login("other")
		_ = first.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
		first.expectClose(1000)
		eventually(t, func() bool { r.hub.mu.Lock(); defer r.hub.mu.Unlock(); return r.hub.byUser["user_abc123"] == 1 })
		r.login("good")
	})
}

// eventually polls a condition that another goroutine brings about without a signal.
func eventually(t testing.TB, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not happen")
		}
	}
}

type limiterFunc func(user string) (time.Duration, bool)

func (f limiterFunc) Allow(user string) (time.Duration, bool) { return f(user) }
