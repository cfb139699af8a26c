package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

const (
	agentOfMac   = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
	agentOfPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1"
)

func TestDeviceOf(t *testing.T) {
	f := func(userAgent, want string) {
		t.Helper()
		require.Equal(t, want, deviceOf(userAgent))
	}
	f(agentOfMac, "Chrome on macOS")
	f(agentOfPhone, "Safari on iPhone")
	f("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1", "Safari on iPad")
	f("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0", "Firefox on Windows")
	f("curl/8.5.0", "")
	f("Mozilla/5.0 (X11; Linux x86_64)", "") // a system alone is no device
	f("", "")
}

// from makes a request come from an address with a user agent.
func from(remote, userAgent string) func(*http.Request) {
	return func(r *http.Request) {
		r.RemoteAddr = remote
		r.Header.Set("User-Agent", userAgent)
	}
}

// signIn logs in over HTTP.
func (w *world) signIn(email string, opts ...func(*http.Request)) (token, session string) {
	w.t.Helper()
	var g grantAnswer
	w.call("POST", "/api/auth/login", "", map[string]any{"email": email, "password": password}, opts...).read(200, &g)
	p, problem := w.access.Authenticate(g.Token)
	require.Nil(w.t, problem)
	return g.Token, p.SessionID
}

func TestListSessions(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("stranger@example.com")
	var g grantAnswer
	w.call("POST", "/api/auth/register", "", map[string]any{"email": "owner@example.com", "password": password}, from("192.0.2.1:4711", agentOfMac)).read(201, &g)
	me := func() (session string) {
		p, problem := w.access.Authenticate(g.Token)
		require.Nil(t, problem)
		return p.SessionID
	}()
	w.clock.Add(time.Hour)
	phone, phoneID := w.signIn("owner@example.com", from("[2001:db8:1:2::3]:443", agentOfPhone))
	w.clock.Add(time.Hour)
	_, unknownID := w.signIn("owner@example.com", from("203.0.113.9:1", "curl/8.5.0"))
	w.clock.Add(45 * time.Second) // 18:31:05
	unknown := `{"id":"` + unknownID + `","createdAt":"2026-01-15T18:30:20.000Z","lastActiveAt":"2026-01-15T18:30:00.000Z","device":"Unknown Device","ipAddress":"203.0.***.***","isCurrent":false}`
	list := func(lastActive string) string {
		return `[{"id":"` + me + `","createdAt":"2026-01-15T16:30:20.000Z","lastActiveAt":"` + lastActive + `","device":"Chrome on macOS","ipAddress":"192.0.***.***","isCurrent":true},` +
			unknown + `,{"id":"` + phoneID + `","createdAt":"2026-01-15T17:30:20.000Z","lastActiveAt":"2026-01-15T17:30:00.000Z","device":"Safari on iPhone","ipAddress":"2001:db8:***","isCurrent":false}]`
	}
	w.call("GET", "/api/user/sessions", g.Token, nil).wantData(200, list("2026-01-15T18:31:00.000Z"))
	require.NoError(t, w.accounts.StoreUse())
	w.start() // all of it is durable
	w.clock.Add(54 * time.Second)
	w.call("GET", "/api/user/sessions", g.Token, nil).wantData(200, list("2026-01-15T18:31:00.000Z"))
	w.clock.Add(time.Second)
	w.call("GET", "/api/user/sessions", g.Token, nil).wantData(200, list("2026-01-15T18:32:00.000Z"))

	// a refresh is a use, keeps what is known of the login, and the list's order follows
	w.clock.Add(time.Minute)
	require.True(t, w.alive(phone))
	var views []sessionView
	w.call("GET", "/api/user/sessions", phone, nil).read(200, &views)
	require.Equal(t, phoneID, views[0].ID)
	require.True(t, views[0].IsCurrent)
	for _, v := range w.meta.all() { // no address and no user agent is stored
		for _, secret := range []string{"192.0.2.1", "203.0.113.9", "2001:db8:1", "Mozilla", "curl"} {
			require.NotContains(t, string(v), secret)
		}
	}
}

func TestRefreshKeepsTheDevice(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("owner@example.com")
	g, err := w.accounts.Login(t.Context(), "owner@example.com", password, auth.Client{Device: "Chrome on macOS", Address: "192.0.***.***"})
	require.NoError(t, err)
	w.clock.Add(time.Hour)
	next, err := w.accounts.Refresh(g.RefreshToken)
	require.NoError(t, err)
	var views []sessionView
	w.call("GET", "/api/user/sessions", next.Token, nil).read(200, &views)
	require.Equal(t, sessionView{
		g.SessionID, "2026-01-15T16:30:20.000Z", "2026-01-15T17:30:00.000Z", "Chrome on macOS", "192.0.***.***", true,
	}, views[0])
}

func TestRevokeSession(t *testing.T) {
	w := newWorld(t, unlimited)
	id, first := w.user("owner@example.com")
	_, stranger := w.user("stranger@example.com")
	_, key := w.key(id, auth.AdminScope, "", 0)
	_, strangerID := w.signIn("stranger@example.com")
	firstID := func() string {
		p, _ := w.access.Authenticate(first)
		return p.SessionID
	}()
	f := func(query string, code int, message string) {
		t.Helper()
		word := map[int]string{400: "validation_failed", 404: "not_found"}[code]
		w.call("DELETE", "/api/user/sessions"+query, first, nil).wantError(code, message, word)
	}
	const none, own = "Session ID or all=true required", "Use logout to end the current session"
	f("", 400, none)
	f("?all=false", 400, none)
	f("?sessionId=&id=", 400, none)
	f("?all=yes", 400, "all must be a boolean")
	f("?sessionId=sess_a&id=sess_b", 400, "ID mismatch")
	f("/sess_a?sessionId=sess_b", 400, "ID mismatch")
	f("?sessionId="+firstID, 400, own)
	f("/"+firstID, 400, own)
	f("?sessionId=sess_00000000000000000000", 404, "Session not found")
	f("?id=nonsense", 404, "Session not found")
	f("?sessionId="+strangerID, 404, "Session not found") // another user's
	w.call("DELETE", "/api/user/sessions?all=true", key, nil).wantError(403, "This endpoint requires a user session", "forbidden")

	const revoked = `{"success":true,"message":"Session revoked"}`
	_, thrice := w.signIn("owner@example.com")
	w.call("DELETE", "/api/user/sessions/"+thrice+"?sessionId="+thrice+"&id="+thrice, first, nil, odd).wantData(200, revoked)
	for _, target := range []func(id string) string{
		func(id string) string { return "?sessionId=" + id }, func(id string) string { return "?id=" + id },
		func(id string) string { return "/" + id },
	} {
		token, id := w.signIn("owner@example.com")
		p, problem := w.access.Authenticate(token)
		require.Nil(t, problem)
		require.True(t, w.access.Active(p))
		w.call("DELETE", "/api/user/sessions"+target(id), first, nil).wantData(200, revoked)
		w.call("GET", "/api/auth/me", token, nil).wantError(401, "Invalid or expired token", "unauthorized") // the very next request
		require.False(t, w.access.Active(p))                                                                 // what sockets ask
		f(target(id), 404, "Session not found")
	}
	require.Equal(t, []bool{true, true, true}, []bool{w.alive(first), w.alive(stranger), w.alive(key)})

	second, _ := w.signIn("owner@example.com")
	third, _ := w.signIn("owner@example.com")
	w.call("DELETE", "/api/user/sessions?all=true", first, nil).wantData(200, `{"success":true,"message":"Revoked 2 session(s)"}`)
	require.Equal(t, []bool{true, false, false, true, true},
		[]bool{w.alive(first), w.alive(second), w.alive(third), w.alive(stranger), w.alive(key)})
	w.call("DELETE", "/api/user/sessions?all=true", first, nil).wantData(200, `{"success":true,"message":"Revoked 0 session(s)"}`)
}
