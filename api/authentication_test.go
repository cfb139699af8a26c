package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

// errorRow is a request with the contract's error answer.
type errorRow struct {
	name    string
	body    any
	code    int
	message string
	word    string
}

func bad(name string, body any, message string) errorRow {
	return errorRow{name, body, http.StatusBadRequest, message, "validation_failed"}
}

func notJSON(name string, body any) errorRow {
	return errorRow{name, body, http.StatusBadRequest, "Invalid JSON body", "bad_request"}
}

func (w *world) wantErrors(method, target, token string, rows ...errorRow) {
	w.t.Helper()
	for _, row := range rows {
		w.t.Run(row.name, func(t *testing.T) {
			a := w.call(method, target, token, row.body)
			a.t = t
			a.wantError(row.code, row.message, row.word)
		})
	}
}

type grantAnswer struct {
	Token, RefreshToken         string
	ExpiresAt, RefreshExpiresAt string
	User                        struct{ ID, Email, CreatedAt string }
}

func TestRegister(t *testing.T) {
	w := newWorld(t, unlimited)
	a := w.call("POST", "/api/auth/register", "", `{"email":" Owner@Example.com ","password":"tangerine-orbit-42","name":" Alice\u0000 Johnson ","unknown":1}`, odd)
	var got grantAnswer
	a.read(201, &got)
	a.wantData(201, `{"token":"`+got.Token+`","expiresAt":"2026-01-22T16:30:20.000Z","refreshToken":"`+got.RefreshToken+`",
		"refreshExpiresAt":"2026-02-14T16:30:20.000Z",
		"user":{"id":"`+got.User.ID+`","email":"owner@example.com","name":"Alice Johnson","createdAt":"2026-01-15T16:30:20.000Z"}}`)
	require.Regexp(t, `^user_[a-z0-9]{20}$`, got.User.ID)
	require.Equal(t, "no-store", a.head.Get("Cache-Control"))
	require.Equal(t, 200, w.call("GET", "/api/auth/me", got.Token, nil).code)

	w.wantErrors("POST", "/api/auth/register", "",
		errorRow{"taken", map[string]any{"email": "OWNER@example.com", "password": password}, 409, "Email already registered", "conflict"},
		notJSON("no body", nil), notJSON("cut", `{"email":`), notJSON("a list", `[]`), notJSON("null", `null`), notJSON("trailing", `{}{}`),
		bad("no email", `{}`, "Email is required"),
		bad("null email", `{"email":null,"password":"tangerine-orbit-42"}`, "Email is required"),
		bad("blank email", `{"email":"  "}`, "Email is required"),
		bad("email is a number", `{"email":5}`, "email must be a string"),
		bad("bad email", `{"email":"a@b@c","password":"tangerine-orbit-42"}`, "Invalid email format"),
		bad("no password", `{"email":"b@example.com"}`, "Password is required"),
		bad("password is a list", `{"email":"b@example.com","password":[]}`, "password must be a string"),
		bad("short", `{"email":"b@example.com","password":"1234567"}`, "Password must be at least 8 characters"),
		bad("long", map[string]any{"email": "b@example.com", "password": strings.Repeat("ab", 65)}, "Password must not exceed 128 characters"),
		bad("common", `{"email":"b@example.com","password":"Password123"}`, "Password is too common"),
		bad("the e-mail", `{"email":"b@example.com","password":"b@example.com"}`, "Password is too common"),
		bad("name is an object", `{"email":"b@example.com","password":"tangerine-orbit-42","name":{}}`, "name must be a string"),
		bad("long name", map[string]any{"email": "b@example.com", "password": password, "name": strings.Repeat("é", 101)}, "Name must not exceed 100 characters"),
	)
	require.Equal(t, 1, w.accounts.Count())
}

func TestRegistrationDisabled(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.Auth.OpenRegistration = false })
	w.call("GET", "/api/setup", "", nil).wantData(200, `{"needsSetup":true,"registrationEnabled":false}`)
	require.Equal(t, 201, w.call("POST", "/api/auth/register", "", map[string]any{"email": "a@example.com", "password": password}).code)
	w.call("GET", "/api/setup", "", nil).wantData(200, `{"needsSetup":false,"registrationEnabled":false}`)
	w.wantErrors("POST", "/api/auth/register", "",
		errorRow{"closed", map[string]any{"email": "b@example.com", "password": password}, 403, "Registration is disabled", "forbidden"},
		errorRow{"taken is not told", map[string]any{"email": "a@example.com", "password": password}, 403, "Registration is disabled", "forbidden"},
		bad("syntax first", `{"email":"b@example.com"}`, "Password is required"),
	)
}

func TestLogin(t *testing.T) {
	w := newWorld(t, unlimited)
	id, _ := w.user("owner@example.com")
	a := w.call("POST", "/api/auth/login", "", map[string]any{"email": "Owner@example.com ", "password": password})
	require.Equal(t, 200, a.code, a.text)
	var got struct {
		Token string
		Data  grantAnswer
	}
	require.NoError(t, json.Unmarshal([]byte(a.text), &got))
	require.Equal(t, got.Token, got.Data.Token)
	require.JSONEq(t, `{"token":"`+got.Token+`","data":{"token":"`+got.Token+`","expiresAt":"2026-01-22T16:30:20.000Z","refreshToken":"`+
		got.Data.RefreshToken+`","refreshExpiresAt":"2026-02-14T16:30:20.000Z",
		"user":{"id":"`+id+`","email":"owner@example.com","name":null,"createdAt":"2026-01-15T16:30:20.000Z"}}}`, a.text)

	w.wantErrors("POST", "/api/auth/login", "",
		notJSON("no body", nil),
		bad("no email", `{"password":"x"}`, "Email is required"), bad("no password", `{"email":"owner@example.com"}`, "Password is required"),
		bad("password is a number", `{"email":"owner@example.com","password":1}`, "password must be a string"),
		errorRow{"wrong", map[string]any{"email": "owner@example.com", "password": "x" + password}, 401, "Invalid credentials", "unauthorized"},
		errorRow{"unknown", map[string]any{"email": "who@example.com", "password": password}, 401, "Invalid credentials", "unauthorized"},
		errorRow{"not an address", map[string]any{"email": "@@", "password": password}, 401, "Invalid credentials", "unauthorized"},
	)
}

// Ten failures for one address within 15 minutes, whatever the IP; a success does not count and does not help.
func TestLoginFailuresAreLimited(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.RateLogin = 0 })
	w.user("owner@example.com")
	try := func(email, secret string) answer {
		return w.call("POST", "/api/auth/login", "", map[string]any{"email": email, "password": secret})
	}
	for i := range 10 {
		require.Equal(t, 200, try("owner@example.com", password).code, i)
		require.Equal(t, 401, try("Owner@example.com", "wrong-secret").code, i)
		w.clock.Add(time.Minute)
	}
	a := try("owner@example.com", password)
	a.wantError(429, "Rate limit exceeded. Try again in 300 seconds.", "rate_limited")
	require.Equal(t, "300", a.head.Get("Retry-After"))
	require.Equal(t, 401, try("other@example.com", "wrong-secret").code)
	w.clock.Add(5*time.Minute - time.Millisecond)
	try("owner@example.com", password).wantError(429, "Rate limit exceeded. Try again in 1 seconds.", "rate_limited")
	w.clock.Add(time.Millisecond)
	require.Equal(t, 200, try("owner@example.com", password).code)
	// unknown addresses are limited alike, or the limit would tell who has an account
	for range 9 {
		require.Equal(t, 401, try("other@example.com", "wrong-secret").code)
	}
	require.Equal(t, 429, try("other@example.com", "wrong-secret").code)
}

// A login refused for its address tells that limit, and does not count for the IP's.
func TestLoginRefusedForItsAddress(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.RateLoginFailures, c.RateLogin = 2, 10 })
	w.user("owner@example.com")
	try := func(email string) answer {
		return w.call("POST", "/api/auth/login", "", map[string]any{"email": email, "password": "wrong-secret"})
	}
	limit := func(a answer) []string {
		return []string{a.head.Get("RateLimit-Limit"), a.head.Get("RateLimit-Remaining"), a.head.Get("RateLimit-Reset"), a.head.Get("RateLimit-Policy")}
	}
	for range 2 {
		require.Equal(t, 401, try("owner@example.com").code)
	}
	for range 3 {
		a := try("owner@example.com")
		a.wantError(429, "Rate limit exceeded. Try again in 900 seconds.", "rate_limited")
		require.Equal(t, []string{"2", "0", "900", "2;w=900"}, limit(a))
	}
	a := try("other@example.com")
	require.Equal(t, 401, a.code)
	require.Equal(t, []string{"10", "7", "60", "10;w=60"}, limit(a))
}

func TestRefresh(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("owner@example.com")
	g, err := w.accounts.Login(t.Context(), "owner@example.com", password, auth.Client{})
	require.NoError(t, err)
	w.clock.Add(10 * 24 * time.Hour)
	w.call("GET", "/api/auth/me", g.Token, nil).wantError(401, "Invalid or expired token", "unauthorized")
	var next grantAnswer
	w.call("POST", "/api/auth/refresh", g.Token, map[string]any{"refreshToken": g.RefreshToken}).read(200, &next)
	require.Equal(t, "2026-02-01T16:30:20.000Z", next.ExpiresAt)
	require.Equal(t, "2026-02-24T16:30:20.000Z", next.RefreshExpiresAt)
	require.Equal(t, 200, w.call("GET", "/api/auth/me", next.Token, nil).code)

	const gone, word = "Invalid or expired refresh token", "unauthorized"
	w.wantErrors("POST", "/api/auth/refresh", "",
		notJSON("no body", ""),
		bad("none", `{}`, "Refresh token is required"), bad("null", `{"refreshToken":null}`, "Refresh token is required"),
		bad("empty", `{"refreshToken":""}`, "Refresh token is required"), bad("a number", `{"refreshToken":1}`, "refreshToken must be a string"),
		errorRow{"nonsense", `{"refreshToken":"rt_x"}`, 401, gone, word},
		errorRow{"used", map[string]any{"refreshToken": g.RefreshToken}, 401, gone, word},
	)
	require.Equal(t, 200, w.call("GET", "/api/auth/me", next.Token, nil).code) // within the grace time
	w.clock.Add(11 * time.Second)
	w.call("POST", "/api/auth/refresh", "", map[string]any{"refreshToken": g.RefreshToken}).wantError(401, gone, word)
	w.call("GET", "/api/auth/me", next.Token, nil).wantError(401, "Invalid or expired token", word)
	w.call("POST", "/api/auth/refresh", "", map[string]any{"refreshToken": next.RefreshToken}).wantError(401, gone, word)
}

func TestLogout(t *testing.T) {
	w := newWorld(t, unlimited)
	id, first := w.user("owner@example.com")
	login := func() string {
		g, err := w.accounts.Login(t.Context(), "owner@example.com", password, auth.Client{})
		require.NoError(t, err)
		return g.Token
	}
	alive := func(token string) bool { return w.call("GET", "/api/auth/me", token, nil).code == 200 }
	const logged = `{"success":true,"message":"Logged out"}`
	second, third := login(), login()
	w.call("POST", "/api/auth/logout", second, nil).wantData(200, logged)
	require.Equal(t, []bool{true, false, true}, []bool{alive(first), alive(second), alive(third)})
	w.wantErrors("POST", "/api/auth/logout", third,
		notJSON("cut", `{`), bad("all is a text", `{"all":"yes"}`, "all must be a boolean"))
	w.call("POST", "/api/auth/logout", third, `{"all":false}`).wantData(200, logged)
	require.True(t, alive(first))
	fourth := login()
	w.call("POST", "/api/auth/logout", first, `{"all":true}`).wantData(200, logged)
	require.False(t, alive(fourth))
	w.call("POST", "/api/auth/logout", first, nil).wantError(401, "Invalid or expired token", "unauthorized")
	_, key := w.key(id, auth.AdminScope, "", 0)
	w.call("POST", "/api/auth/logout", key, nil).wantError(403, "This endpoint requires a user session", "forbidden")
}

func TestMe(t *testing.T) {
	w := newWorld(t, unlimited)
	id, token := w.user("owner@example.com")
	p, problem := w.access.Authenticate(token)
	require.Nil(t, problem)
	user := `"user":{"id":"` + id + `","email":"owner@example.com","name":null,"createdAt":"2026-01-15T16:30:20.000Z"}`
	w.call("GET", "/api/auth/me", token, nil).wantData(200,
		`{"type":"user",`+user+`,"session":{"id":"`+p.SessionID+`","expiresAt":"2026-02-14T16:30:20.000Z"},"apiKey":null}`)
	site := w.addSite(id, "example.com")
	keyID, key := w.key(id, auth.Read, site, 1)
	w.call("GET", "/api/auth/me", key, nil).wantData(200, `{"type":"api_key",`+user+`,"session":null,"apiKey":{"id":"`+keyID+
		`","name":"key","scope":"read","siteId":"`+string(site)+`","expiresAt":"2026-01-16T16:30:20.000Z"}}`)
	keyID, key = w.key(id, auth.Write, "", 0)
	w.call("GET", "/api/auth/me", key, nil).wantData(200, `{"type":"api_key",`+user+`,"session":null,"apiKey":{"id":"`+keyID+
		`","name":"key","scope":"write","siteId":null,"expiresAt":null}}`)
}

// A token counts only in the header Authorization, as Bearer.
func TestWhereTokensAreRead(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	f := func(header string, code int) {
		t.Helper()
		a := w.call("GET", "/api/auth/me?token="+token+"&access_token="+token, "", nil, func(r *http.Request) {
			r.Header.Set("Authorization", header)
			r.AddCookie(&http.Cookie{Name: "token", Value: token})
		}, odd)
		require.Equal(t, code, a.code, header)
	}
	f("Bearer "+token, 200)
	f("bearer  "+token, 200)
	f("", 401)
	f(token, 401)
	f("Basic "+token, 401)
	f("Bearer", 401)
	f("Bearer "+token+" x", 401)
}

// Somebody who is invited may register while registration is closed: with the address and while the invitation is pending. It stays pending.
func TestRegisterInvited(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.Auth.OpenRegistration = false })
	owner, _ := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	invitation := w.invitation(site, "new@example.com")
	register := func(email string, token any) answer {
		return w.call("POST", "/api/auth/register", "", map[string]any{"email": email, "password": password, "inviteToken": token})
	}
	for _, wrong := range []any{nil, "", "inv_p0o9i8u7y6t5r4e3w2q1", invitation + "x"} {
		register("new@example.com", wrong).wantError(403, "Registration is disabled", "forbidden")
	}
	register("other@example.com", invitation).wantError(403, "Registration is disabled", "forbidden")
	register("new@example.com", 1).wantError(400, "inviteToken must be a string", "validation_failed")
	var g grantAnswer
	register(" New@Example.com ", " "+invitation+" ").read(201, &g)
	require.Equal(t, auth.NoRole, w.sites.Role(site, g.User.ID))
	w.call("POST", "/api/invite", g.Token, map[string]any{"token": invitation, "action": "accept"}).read(200, &struct{}{})
	require.Equal(t, auth.Viewer, w.sites.Role(site, g.User.ID))
	register("new2@example.com", invitation).wantError(403, "Registration is disabled", "forbidden")
	late := w.invitation(site, "late@example.com")
	w.clock.Add(inviteLife)
	register("late@example.com", late).wantError(403, "Registration is disabled", "forbidden")
}
