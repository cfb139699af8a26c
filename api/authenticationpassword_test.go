package api

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

const forgotten = `{"success":true,"message":"If an account with that email exists, we sent a password reset link."}`

// forget asks for a reset link and reads its token from the letter.
func (w *world) forget(email string) string {
	w.t.Helper()
	w.call("POST", "/api/auth/forgot", "", map[string]any{"email": email}).wantData(200, forgotten)
	letters := w.letters()
	require.Len(w.t, letters, 1)
	found := regexp.MustCompile(`(?m)^https://analytics\.example\.com/reset-password\?token=([0-9a-f]{64})$`).FindStringSubmatch(letters[0].Text)
	require.Len(w.t, found, 2, letters[0].Text)
	return found[1]
}

func (w *world) alive(token string) bool {
	return w.call("GET", "/api/auth/me", token, nil).code == 200
}

func (w *world) login(email, secret string) answer {
	return w.call("POST", "/api/auth/login", "", map[string]any{"email": email, "password": secret})
}

func TestForgot(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	w.call("POST", "/api/auth/forgot", "", `{"email":" OWNER@example.com "}`).wantData(200, forgotten)
	letters := w.letters()
	require.Len(t, letters, 1)
	require.Equal(t, []string{"owner@example.com", "Reset your password"}, []string{letters[0].To, letters[0].Subject})
	require.Contains(t, letters[0].Text, "one hour")
	for _, unknown := range []string{"other@example.com", "@@", "no address at all", "owner@example.com, other@example.com"} {
		w.call("POST", "/api/auth/forgot", "", map[string]any{"email": unknown}).wantData(200, forgotten)
		require.Empty(t, w.letters(), unknown)
	}
	require.True(t, w.alive(token)) // nothing has changed yet
	require.Equal(t, 200, w.login("owner@example.com", password).code)

	w.wantErrors("POST", "/api/auth/forgot", "",
		notJSON("no body", nil),
		bad("none", `{}`, "Email is required"), bad("null", `{"email":null}`, "Email is required"), bad("blank", `{"email":" "}`, "Email is required"),
		bad("a number", `{"email":1}`, "email must be a string"),
	)
}

// A store that fails must not be told from an address without an account.
func TestForgotTellsNothingOfFailures(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("owner@example.com")
	w.meta.failing.Store(true)
	w.call("POST", "/api/auth/forgot", "", map[string]any{"email": "owner@example.com"}).wantData(200, forgotten)
	require.Empty(t, w.letters())
	require.Contains(t, w.logs.String(), "mail was not sent")
	require.NotContains(t, w.logs.String(), "owner@example.com")
}

func TestVerifyResetToken(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("owner@example.com")
	token := w.forget("owner@example.com")
	const good = `{"valid":true,"expiresAt":"2026-01-15T17:30:20.000Z"}`
	for range 3 { // it is not used up
		w.call("GET", "/api/auth/verify-reset-token?token="+token, "", nil).wantData(200, good)
	}
	w.start()
	w.call("GET", "/api/auth/verify-reset-token?token="+token, "", nil).wantData(200, good)
	f := func(query, message string) {
		t.Helper()
		w.call("GET", "/api/auth/verify-reset-token"+query, "", nil).wantError(400, message, "validation_failed")
	}
	const gone = "Invalid or expired reset link"
	f("", "Token is required")
	f("?token=", "Token is required")
	f("?token=%20", "Token is required")
	f("?token=nonsense", gone)
	f("?token="+strings.ToUpper(token), gone)
	f("?token="+token[:63], gone)
	f("?token="+token+"0", gone)
	w.clock.Add(time.Hour - time.Millisecond)
	w.call("GET", "/api/auth/verify-reset-token?token="+token, "", nil).wantData(200, good)
	w.clock.Add(time.Millisecond)
	f("?token="+token, gone)
}

func TestANewResetLinkVoidsTheOlder(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("owner@example.com")
	w.user("other@example.com")
	older, other := w.forget("owner@example.com"), w.forget("other@example.com")
	newer := w.forget("owner@example.com")
	require.NotEqual(t, older, newer)
	code := func(token string) int {
		return w.call("GET", "/api/auth/verify-reset-token?token="+token, "", nil).code
	}
	require.Equal(t, []int{400, 200, 200}, []int{code(older), code(newer), code(other)})
	w.start()
	require.Equal(t, []int{400, 200, 200}, []int{code(older), code(newer), code(other)})
}

func TestReset(t *testing.T) {
	w := newWorld(t, unlimited)
	id, first := w.user("owner@example.com")
	_, stranger := w.user("stranger@example.com")
	_, key := w.key(id, auth.Read, "", 0)
	g, err := w.accounts.Login(t.Context(), "owner@example.com", password, auth.Client{})
	require.NoError(t, err)
	token := w.forget("owner@example.com")

	const gone, both = "Invalid or expired reset link", "Token and password are required"
	send := func(token, secret string) map[string]any { return map[string]any{"token": token, "password": secret} }
	w.wantErrors("POST", "/api/auth/reset", "",
		notJSON("no body", nil),
		bad("none", `{}`, both), bad("no token", `{"password":"tangerine-orbit-43"}`, both), bad("no password", send(token, ""), both),
		bad("null", `{"token":null,"password":null}`, both), bad("blank token", send(" ", "tangerine-orbit-43"), both),
		bad("token is a number", `{"token":1}`, "token must be a string"),
		bad("password is a list", `{"password":[]}`, "password must be a string"),
		bad("short", send(token, "1234567"), "Password must be at least 8 characters"),
		bad("long", send(token, strings.Repeat("ab", 65)), "Password must not exceed 128 characters"),
		bad("common", send(token, "password123"), "Password is too common"),
		bad("one character", send(token, "zzzzzzzzzz"), "Password is too common"),
		bad("the address", send(token, "Owner@Example.com"), "Password is too common"),
		bad("unknown token", send("nonsense", "tangerine-orbit-43"), gone),
		bad("rules come first", send("nonsense", "short"), "Password must be at least 8 characters"),
	)
	require.True(t, w.alive(first))

	w.call("POST", "/api/auth/reset", "", send(token, "tangerine-orbit-43")).
		wantData(200, `{"success":true,"message":"Password has been reset successfully"}`)
	require.False(t, w.alive(first))
	require.False(t, w.alive(g.Token))
	w.call("POST", "/api/auth/refresh", "", map[string]any{"refreshToken": g.RefreshToken}).
		wantError(401, "Invalid or expired refresh token", "unauthorized")
	require.True(t, w.alive(stranger))
	require.True(t, w.alive(key)) // API keys stay
	w.login("owner@example.com", password).wantError(401, "Invalid credentials", "unauthorized")
	require.Equal(t, 200, w.login("owner@example.com", "tangerine-orbit-43").code)
	w.call("POST", "/api/auth/reset", "", send(token, "tangerine-orbit-44")).wantError(400, gone, "validation_failed")
	w.start() // and it stays used
	w.call("POST", "/api/auth/reset", "", send(token, "tangerine-orbit-44")).wantError(400, gone, "validation_failed")
	require.Equal(t, 200, w.login("owner@example.com", "tangerine-orbit-43").code)
}

func TestChangePassword(t *testing.T) {
	for _, route := range []struct{ method, path string }{{"POST", "/api/auth/change-password"}, {"PATCH", "/api/user/password"}} {
		t.Run(route.path, func(t *testing.T) {
			w := newWorld(t, unlimited)
			id, other := w.user("owner@example.com")
			_, stranger := w.user("stranger@example.com")
			_, key := w.key(id, auth.AdminScope, "", 0)
			g, err := w.accounts.Login(t.Context(), "owner@example.com", password, auth.Client{})
			require.NoError(t, err)
			link := w.forget("owner@example.com")

			send := func(current, next string) map[string]any {
				return map[string]any{"currentPassword": current, "newPassword": next}
			}
			const both, next = "Current password and new password are required", "tangerine-orbit-43"
			w.wantErrors(route.method, route.path, g.Token,
				notJSON("no body", nil),
				bad("none", `{}`, both), bad("no current", send("", next), both), bad("no new", send(password, ""), both),
				bad("null", `{"currentPassword":null,"newPassword":null}`, both),
				bad("a number", `{"currentPassword":1}`, "currentPassword must be a string"),
				bad("wrong", send(password+"x", next), "Current password is incorrect"),
				bad("wrong and the same", send("wrong-secret-1", "wrong-secret-1"), "Current password is incorrect"),
				bad("the same", send(password, password), "New password must differ from the current password"),
				bad("short", send(password, "1234567"), "Password must be at least 8 characters"),
				bad("long", send(password, strings.Repeat("ab", 65)), "Password must not exceed 128 characters"),
				bad("common", send(password, "password123"), "Password is too common"),
				bad("the address", send(password, "owner@example.com"), "Password is too common"),
			)
			require.True(t, w.alive(other))
			w.call(route.method, route.path, key, send(password, next)).wantError(403, "This endpoint requires a user session", "forbidden")

			w.call(route.method, route.path, g.Token, send(password, next)).
				wantData(200, `{"success":true,"message":"Password changed successfully"}`)
			require.Equal(t, []bool{true, false, true, true},
				[]bool{w.alive(g.Token), w.alive(other), w.alive(stranger), w.alive(key)})
			require.Equal(t, []int{401, 200}, []int{w.login("owner@example.com", password).code, w.login("owner@example.com", next).code})
			require.Equal(t, 200, w.call("POST", "/api/auth/refresh", "", map[string]any{"refreshToken": g.RefreshToken}).code)
			require.Equal(t, 400, w.call("GET", "/api/auth/verify-reset-token?token="+link, "", nil).code) // a link on its way ends
		})
	}
}

// README §7: by IP and minute, each route by itself; a refused request is not counted.
func TestLimitsOfPasswordRoutes(t *testing.T) {
	w := newWorld(t)
	f := func(method, target string, limit int) {
		t.Helper()
		for i := range limit {
			a := w.call(method, target, "", `{}`)
			require.Equal(t, 400, a.code, i)
			require.Equal(t, strconv.Itoa(limit-1-i), a.head.Get("RateLimit-Remaining"))
		}
		w.call(method, target, "", `{}`).wantError(429, "Rate limit exceeded. Try again in 60 seconds.", "rate_limited")
	}
	for range 2 {
		f("POST", "/api/auth/forgot", 3)
		f("POST", "/api/auth/reset", 5)
		f("GET", "/api/auth/verify-reset-token", 10)
		f("POST", "/api/auth/login", 10)
		f("POST", "/api/auth/register", 5)
		f("POST", "/api/auth/refresh", 30)
		w.clock.Add(time.Minute)
	}
}
