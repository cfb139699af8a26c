package api

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

func TestUnknownRoutesAndMethods(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/api", "/api/", "/api/nothing", "/api/stats/", "/api/auth/Login", "/api/sites/a/b", "/api//stats"} {
		w.call("GET", target, "", nil).wantError(404, "Not found", "not_found")
	}
	f := func(method, target, allow string) {
		t.Helper()
		a := w.call(method, target, "", nil)
		a.wantError(405, "Method not allowed", "method_not_allowed")
		require.ElementsMatch(t, strings.Split(allow, ", "), strings.Split(a.head.Get("Allow"), ", "))
	}
	f("POST", "/api/stats", "GET, HEAD")
	f("PUT", "/api/sites", "GET, HEAD, POST, PATCH, DELETE")
	f("GET", "/api/track", "POST")
	f("HEAD", "/api/track", "POST")
	f("HEAD", "/count", "GET, POST")
	f("HEAD", "/ws", "GET")
	f("POST", "/api/api-keys/key_abc123", "PATCH, DELETE")
	f("GET", "/api/auth/login", "POST")
}

// RFC 9110 §9.3.2: HEAD is answered like GET, without a body.
func TestHeadIsGetWithoutBody(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	addr := w.serve(func(*http.Server) {})
	ask := func(method, target, token string) (int, http.Header, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+target, http.NoBody)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		a, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		require.NoError(t, err)
		for _, each := range []string{"Date", "X-Request-Id", "Content-Length"} { // a long answer to GET has no length
			a.Header.Del(each)
		}
		return a.StatusCode, a.Header, string(body)
	}
	for _, route := range w.srv.routes() {
		if route.method != http.MethodGet || route.site == ownChecks {
			continue
		}
		target := strings.ReplaceAll(route.path, ":id", string(site)) + "?siteId=" + string(site)
		for _, token := range []string{token, ""} {
			code, header, _ := ask("GET", target, token)
			gotCode, gotHeader, body := ask("HEAD", target, token)
			require.Equal(t, []any{code, header, ""}, []any{gotCode, gotHeader, body}, target)
		}
	}
	code, _, _ := ask("HEAD", "/api/stats?siteId="+string(site), token)
	require.Equal(t, 200, code)
}

func TestOtherPathsAreTheDashboards(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/", "/sites/site_abc123", "/js/analytics.js", "/apiary"} {
		a := w.call("GET", target, "", nil)
		require.Equal(t, []any{200, "page " + target}, []any{a.code, a.text})
		require.Empty(t, a.head.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "nosniff", a.head.Get("X-Content-Type-Options"))
		require.NotEmpty(t, a.head.Get("X-Request-Id"))
	}
	w.srv.deps.Web = nil
	require.Equal(t, 404, w.call("GET", "/", "", nil).code)
}

// README §8: the headers are on every answer of the API, whatever it says.
func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWorld(t)
	owner, token := w.user("owner@example.com")
	w.addSite(owner, "example.com")
	seen := map[string]bool{}
	for _, a := range []answer{
		w.call("GET", "/api/health", "", nil), w.call("GET", "/api/nothing", "", nil), w.call("PUT", "/api/sites", "", nil),
		w.call("GET", "/api/sites", "", nil), w.call("GET", "/api/sites", token, nil), w.call("POST", "/api/auth/login", "", nil),
		w.call("OPTIONS", "/api/stats", "", nil),
	} {
		require.Equal(t, "*", a.head.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "GET, POST, PATCH, DELETE, OPTIONS", a.head.Get("Access-Control-Allow-Methods"))
		require.Equal(t, "Authorization, Content-Type", a.head.Get("Access-Control-Allow-Headers"))
		require.Equal(t, "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, X-Request-Id",
			a.head.Get("Access-Control-Expose-Headers"))
		require.Equal(t, "86400", a.head.Get("Access-Control-Max-Age"))
		require.Equal(t, "nosniff", a.head.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", a.head.Get("Referrer-Policy"))
		require.Empty(t, a.head.Get("Access-Control-Allow-Credentials"))
		require.Empty(t, a.head.Get("Set-Cookie"))
		require.False(t, seen[a.head.Get("X-Request-Id")])
		seen[a.head.Get("X-Request-Id")] = true
	}
}

func TestPreflight(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/api/track", "/api/sites", "/api/api-keys/key_abc123", "/api/auth/login"} {
		a := w.call("OPTIONS", target, "", nil, func(r *http.Request) {
			r.Header.Set("Origin", "https://example.com")
			r.Header.Set("Access-Control-Request-Method", "POST")
		})
		require.Equal(t, []any{204, ""}, []any{a.code, a.text})
	}
	w.call("OPTIONS", "/api/nothing", "", nil).wantError(404, "Not found", "not_found")
}

// The order of README §3: route, size, authentication, then the rest.
func TestBodyTooLarge(t *testing.T) {
	w := newWorld(t)
	owner, token := w.user("owner@example.com")
	_, key := w.key(owner, auth.Read, "", 0)
	large := `{"name":"` + strings.Repeat("x", maxBody) + `"}`
	fits := `{"name":"` + strings.Repeat("x", maxBody-11) + `"}`
	require.Len(t, fits, maxBody)
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	const message, word = "Request body too large", "payload_too_large"
	w.call("POST", "/api/nothing", "", large).wantError(404, "Not found", "not_found")
	w.call("POST", "/api/sites", "", large).wantError(413, message, word)
	w.call("POST", "/api/auth/login", "", large).wantError(413, message, word)
	w.call("POST", "/api/sites", "", large, chunked).wantError(401, "Invalid or expired token", "unauthorized")
	w.call("POST", "/api/sites", key, large, chunked).wantError(403, "Insufficient permissions. This key has read-only access.", "insufficient_scope")
	w.call("POST", "/api/sites", token, large, chunked).wantError(413, message, word)
	w.call("POST", "/api/sites", token, fits).wantError(400, "Domain is required", "validation_failed")
	w.call("POST", "/api/sites", token, fits, chunked).wantError(400, "Domain is required", "validation_failed")
}

func TestHostileJSON(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	for _, body := range []string{
		strings.Repeat("[", 30000), `{"a":` + strings.Repeat("[", 30000), `{"a":` + strings.Repeat(`{"a":`, 10001), "{\"domain\":\"\xff\xfe", "\ufeff{}", `{"a":1,}`,
		`{'a':1}`, "{\"a\":\"\x01\"}", `"x"`, `1e400`, `true`,
	} {
		w.call("POST", "/api/sites", token, body).wantError(400, "Invalid JSON body", "bad_request")
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	w := newWorld(t)
	_, token := w.user("owner@example.com")
	w.srv.deps.Tickets = nil // a broken invariant
	a := w.call("POST", "/api/ws/ticket", token, nil)
	a.wantError(500, "Internal server error", "internal_error")
	require.Equal(t, "*", a.head.Get("Access-Control-Allow-Origin"))
	require.Contains(t, w.logs.String(), "issueTicket")
	require.Contains(t, w.logs.String(), a.head.Get("X-Request-Id"))
	require.NotContains(t, w.logs.String(), token)
}

func TestAFailingStoreIsAnInternalError(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	w.meta.failing.Store(true)
	for target, body := range map[string]any{
		"/api/sites": `{"domain":"example.com"}`, "/api/api-keys": `{"name":"a","scope":"read"}`, "/api/auth/logout": nil,
		"/api/auth/login":    map[string]any{"email": "owner@example.com", "password": password},
		"/api/auth/register": map[string]any{"email": "new@example.com", "password": password},
	} {
		w.call("POST", target, token, body).wantError(500, "Internal server error", "internal_error")
	}
	w.meta.failing.Store(false)
	require.Equal(t, 201, w.call("POST", "/api/sites", token, `{"domain":"example.com"}`).code)
}

func TestTicket(t *testing.T) {
	w := newWorld(t)
	owner, token := w.user("owner@example.com")
	w.call("POST", "/api/ws/ticket", token, nil).wantData(201,
		`{"ticket":"wst_h5j2k8l4m1n7b3v9c6x0","expiresAt":"2026-01-15T16:30:50.000Z","url":"wss://analytics.example.com/ws"}`)
	id, key := w.key(owner, auth.Read, "", 0)
	require.Equal(t, 201, w.call("POST", "/api/ws/ticket", key, nil).code)
	require.Equal(t, owner, w.tickets.issued[0].UserID)
	require.Equal(t, id, w.tickets.issued[1].KeyID)
	w.srv.cfg.PublicURL = "http://127.0.0.1:8080"
	require.Equal(t, "ws://127.0.0.1:8080/ws", w.srv.socketURL())
}

func TestHealthAndReady(t *testing.T) {
	w := newWorld(t)
	w.clock.Add(86400*time.Second + 900*time.Millisecond)
	w.call("GET", "/api/health", "", nil).wantData(200, `{"status":"ok","version":"1.0.0","uptime":86400}`)
	w.call("GET", "/api/ready", "", nil).wantData(200, `{"status":"ready"}`)
	*w.ready = false
	a := w.call("GET", "/api/ready", "", nil)
	a.wantError(503, "Service temporarily unavailable", "unavailable")
	require.Equal(t, "1", a.head.Get("Retry-After"))
	require.Equal(t, 200, w.call("GET", "/api/health", "", nil).code)
}

func TestSetup(t *testing.T) {
	w := newWorld(t)
	w.call("GET", "/api/setup", "", nil).wantData(200, `{"needsSetup":true,"registrationEnabled":true}`)
	w.user("owner@example.com")
	w.call("GET", "/api/setup", "", nil).wantData(200, `{"needsSetup":false,"registrationEnabled":true}`)
}

// serve runs the server's own http.Server on a free port.
func (w *world) serve(change func(*http.Server)) string {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	server := w.srv.HTTPServer("")
	change(server)
	ended := make(chan struct{})
	go func() { defer close(ended); server.Serve(Listen(listener)) }()
	w.t.Cleanup(func() { server.Close(); <-ended })
	return listener.Addr().String()
}

// The times of a connection end slow clients, not sockets that were upgraded.
func TestSocketOutlivesTheTimesOfARequest(t *testing.T) {
	w := newWorld(t)
	upgrader := websocket.Upgrader{}
	w.srv.deps.WebSocket = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			kind, text, err := conn.ReadMessage()
			if err != nil || conn.WriteMessage(kind, text) != nil {
				return
			}
		}
	})
	engine, err := w.srv.router()
	require.NoError(t, err)
	w.srv.handler = engine
	const short = 250 * time.Millisecond // enough for the request on a busy machine
	addr := w.serve(func(s *http.Server) { s.ReadTimeout, s.WriteTimeout, s.ReadHeaderTimeout = short, short, short })
	conn, response, err := websocket.DefaultDialer.Dial("ws://"+addr+"/ws", nil)
	require.NoError(t, err)
	defer conn.Close()
	require.Equal(t, 101, response.StatusCode)
	timer := time.NewTimer(3 * short)
	defer timer.Stop()
	<-timer.C
	require.NoError(t, conn.WriteMessage(websocket.TextMessage, []byte("still here")))
	_, text, err := conn.ReadMessage()
	require.NoError(t, err)
	require.Equal(t, "still here", string(text))
}

func TestSlowHeadersEndTheConnection(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, []any{5 * time.Second, 20 * time.Second, 45 * time.Second, 2 * time.Minute, 32 << 10}, func() []any {
		s := w.srv.HTTPServer("")
		return []any{s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout, s.MaxHeaderBytes}
	}())
	addr := w.serve(func(s *http.Server) { s.ReadHeaderTimeout = 250 * time.Millisecond })
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /api/health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = io.ReadAll(conn) // ends when the server hangs up
	require.NoError(t, err)
}

func TestLargeHeadersAreRefused(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(func(*http.Server) {})
	r, err := http.NewRequest("GET", "http://"+addr+"/api/health", nil)
	require.NoError(t, err)
	r.Header.Set("X-Large", strings.Repeat("x", 1<<20))
	response, err := http.DefaultClient.Do(r)
	if err == nil { // otherwise the server hung up while we were writing, which is good too
		defer response.Body.Close()
		require.Equal(t, 431, response.StatusCode)
	}
}

func TestClientIP(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	counted := func(remote string, forwarded ...string) string {
		a := w.call("POST", "/api/auth/login", "", `{}`, func(r *http.Request) {
			r.RemoteAddr = remote
			for _, f := range forwarded {
				r.Header.Add("X-Forwarded-For", f)
			}
		})
		return a.head.Get("RateLimit-Remaining")
	}
	require.Equal(t, "9", counted("10.1.2.3:1", "198.51.100.9, 192.0.2.1, 10.9.9.9"))
	require.Equal(t, "8", counted("[::1]:1", "203.0.113.1", "192.0.2.1", "10.9.9.9"))
	require.Equal(t, "7", counted("192.0.2.1:99", "198.51.100.9")) // not a proxy of ours: what it says does not count
	require.Equal(t, "6", counted("10.1.2.3:1", "192.0.2.1"))
	require.Equal(t, "9", counted("10.1.2.3:1", "192.0.2.2"))
}

func TestNewServerRefusesWhatIsIncomplete(t *testing.T) {
	w := newWorld(t)
	for _, change := range []func(*Deps){
		func(d *Deps) { d.Reader = nil }, func(d *Deps) { d.Track = nil }, func(d *Deps) { d.Compat = nil }, func(d *Deps) { d.WebSocket = nil }, func(d *Deps) { d.Log = nil },
		func(d *Deps) { d.Config.PublicURL = "" },
	} {
		d := w.srv.deps
		change(&d)
		_, err := NewServer(d)
		require.Error(t, err)
	}
}

func TestConfigValidate(t *testing.T) {
	f := func(change func(*Config), want string) {
		t.Helper()
		c := testConfig()
		change(&c)
		err := c.Validate()
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	f(func(*Config) {}, "")
	f(unlimited, "")
	for _, link := range []string{"", "analytics.example.com", "ftp://a.example", "https://", "https://a.example/", "https://a.example/x", "https://u@a.example", "https://a.example?q", ":"} {
		f(func(c *Config) { c.PublicURL, c.Auth.Issuer = link, link }, "PUBLIC_URL")
	}
	f(func(c *Config) { c.Auth.Issuer = "https://b.example" }, "issuer")
	f(func(c *Config) { c.RetentionDays = 29 }, "RETENTION_DAYS")
	f(func(c *Config) { c.RetentionDays = 3651 }, "RETENTION_DAYS")
	f(func(c *Config) { c.MaxSitesPerUser = 0 }, "MAX_SITES_PER_USER")
	f(func(c *Config) { c.MaxDimensionValues = 0 }, "MAX_DIMENSION_VALUES")
	f(func(c *Config) { c.RateLogin = -1 }, "RATE_LIMIT_LOGIN")
	f(func(c *Config) { c.Auth.Secret = nil }, "JWT_SECRET")
}
