package api

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

func TestCreateKey(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	stranger, _ := w.user("stranger@example.com")
	site, foreign := w.addSite(owner, "example.com"), w.addSite(stranger, "foreign.example.com")

	var got keyView
	a := w.call("POST", "/api/api-keys", token, map[string]any{"name": " Production\nServer ", "scope": "read"})
	a.read(201, &got)
	require.Regexp(t, `^zta_live_[a-z0-9]{36}$`, got.Key)
	a.wantData(201, `{"id":"`+got.ID+`","name":"ProductionServer","key":"`+got.Key+
		`","scope":"read","siteId":null,"lastUsed":null,"createdAt":"2026-01-15T16:30:20.000Z","expiresAt":null}`)
	w.call("POST", "/api/api-keys", token, map[string]any{"name": "b", "scope": "write", "expiresIn": 3650, "siteId": site}).read(201, &got)
	require.Equal(t, "2036-01-13T16:30:20.000Z", *got.ExpiresAt)
	require.Equal(t, site, *got.SiteID)
	require.Equal(t, 201, w.call("POST", "/api/api-keys", token, `{"name":"c","scope":"admin","expiresIn":null,"siteId":null}`).code)
	w.call("POST", "/api/api-keys", token, map[string]any{"name": strings.Repeat("ü", 100), "scope": " read ", "expiresIn": 1}).read(201, &got)
	require.Equal(t, "2026-01-16T16:30:20.000Z", *got.ExpiresAt)
	w.call("POST", "/api/api-keys", token, `{"name":"d","scope":"read","expiresIn":3e1}`).read(201, &got)
	require.Equal(t, "2026-02-14T16:30:20.000Z", *got.ExpiresAt)

	const scope = "Invalid scope. Must be: read, write, or admin"
	w.wantErrors("POST", "/api/api-keys", token,
		notJSON("no body", nil),
		bad("no name", `{"scope":"read"}`, "API key name is required"), bad("null name", `{"name":null,"scope":"read"}`, "API key name is required"),
		bad("blank name", `{"name":" ","scope":"read"}`, "API key name is required"),
		bad("long name", map[string]any{"name": strings.Repeat("ü", 101), "scope": "read"}, "API key name must not exceed 100 characters"),
		bad("name is a number", `{"name":1,"scope":"read"}`, "name must be a string"),
		bad("no scope", `{"name":"a"}`, scope), bad("unknown scope", `{"name":"a","scope":"Admin"}`, scope), bad("none", `{"name":"a","scope":"none"}`, scope),
		bad("0 days", `{"name":"a","scope":"read","expiresIn":0}`, "Invalid expiration"),
		bad("negative", `{"name":"a","scope":"read","expiresIn":-1}`, "Invalid expiration"),
		bad("too many days", `{"name":"a","scope":"read","expiresIn":3651}`, "Invalid expiration"),
		bad("a fraction", `{"name":"a","scope":"read","expiresIn":1.5}`, "Invalid expiration"),
		bad("a text", `{"name":"a","scope":"read","expiresIn":"30"}`, "expiresIn must be a number"),
		bad("scope is a list", `{"name":"a","scope":[]}`, "scope must be a string"),
		bad("huge", `{"name":"a","scope":"read","expiresIn":1e400}`, "Invalid expiration"),
		bad("site is a number", `{"name":"a","scope":"read","siteId":1}`, "siteId must be a string"),
		errorRow{"blank site", `{"name":"a","scope":"read","siteId":" "}`, 404, "Site not found", "not_found"}, // not all sites
		errorRow{"missing site", `{"name":"a","scope":"read","siteId":"site_00000000000000000000"}`, 404, "Site not found", "not_found"},
		errorRow{"foreign site", map[string]any{"name": "a", "scope": "read", "siteId": foreign}, 403, "Access denied", "forbidden"},
	)
}

func TestKeyLimit(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.Auth.MaxKeysPerUser = 1 })
	_, token := w.user("owner@example.com")
	require.Equal(t, 201, w.call("POST", "/api/api-keys", token, `{"name":"a","scope":"read"}`).code)
	w.call("POST", "/api/api-keys", token, `{"name":"a","scope":"read"}`).wantError(403, "API key limit reached", "limit_reached")
}

// A key never makes one that may more, and one that is bound to a site makes none.
func TestKeysMakeNoWiderKeys(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, _ := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	_, whole := w.key(owner, auth.AdminScope, "", 0)
	_, bound := w.key(owner, auth.AdminScope, site, 0)
	_, writing := w.key(owner, auth.Write, "", 0)
	_, reading := w.key(owner, auth.Read, "", 0)
	var made keyView
	w.call("POST", "/api/api-keys", whole, `{"name":"a","scope":"admin"}`).read(201, &made)
	w.call("GET", "/api/auth/me", made.Key, nil).read(200, &struct{}{})
	for _, r := range [][2]string{
		{"GET", "/api/api-keys"}, {"POST", "/api/api-keys"}, {"PATCH", "/api/api-keys/" + made.ID}, {"PATCH", "/api/api-keys"},
		{"DELETE", "/api/api-keys/" + made.ID}, {"DELETE", "/api/api-keys?id=" + made.ID},
	} {
		body := map[string]any{"id": made.ID, "name": "a", "scope": "read"}
		w.call(r[0], r[1], bound, body).wantError(403, "This API key cannot access other sites", "forbidden")
		w.call(r[0], r[1], writing, body).wantError(403, "Insufficient permissions. This key has write access.", "insufficient_scope")
		w.call(r[0], r[1], reading, body).wantError(403, "Insufficient permissions. This key has read-only access.", "insufficient_scope")
	}
	require.Len(t, w.accounts.Keys(owner), 5)
}

func TestListKeys(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	stranger, other := w.user("stranger@example.com")
	w.call("GET", "/api/api-keys", token, nil).wantData(200, `[]`)
	first, text := w.key(owner, auth.Read, "", 0)
	w.clock.Add(time.Minute)
	site := w.addSite(owner, "example.com")
	second, expired := w.key(owner, auth.Write, site, 1)
	revoked, _ := w.key(owner, auth.Write, "", 0)
	w.key(stranger, auth.Read, "", 0)
	require.NoError(t, w.accounts.RevokeKey(owner, revoked))
	w.clock.Add(48 * time.Hour)
	require.Equal(t, 200, w.call("GET", "/api/auth/me", text, nil).code)
	w.call("GET", "/api/api-keys", token, nil).wantData(200, `[
		{"id":"`+second+`","name":"key","key":"`+expired[:13]+`...","scope":"write","siteId":"`+string(site)+`","lastUsed":null,
		 "createdAt":"2026-01-15T16:31:20.000Z","expiresAt":"2026-01-16T16:31:20.000Z"},
		{"id":"`+first+`","name":"key","key":"`+text[:13]+`...","scope":"read","siteId":null,"lastUsed":"2026-01-17T16:31:00.000Z",
		 "createdAt":"2026-01-15T16:30:20.000Z","expiresAt":null}]`)
	w.call("GET", "/api/auth/me", expired, nil).wantError(401, "API key has expired", "unauthorized")
	w.call("GET", "/api/auth/me", "zta_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5phebia", nil).wantError(401, "Invalid API key", "unauthorized")
	require.Equal(t, 200, w.call("GET", "/api/api-keys", other, nil).code)
}

func TestRenameKey(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	stranger, _ := w.user("stranger@example.com")
	id, text := w.key(owner, auth.Read, "", 0)
	foreign, _ := w.key(stranger, auth.Read, "", 0)
	want := `{"id":"` + id + `","name":"new","key":"` + text[:13] + `...","scope":"read","siteId":null,"lastUsed":null,"createdAt":"2026-01-15T16:30:20.000Z","expiresAt":null}`
	w.call("PATCH", "/api/api-keys", token, map[string]any{"id": id, "name": "new"}).wantData(200, want)
	w.call("PATCH", "/api/api-keys/"+id, token, map[string]any{"name": "new"}).wantData(200, want)
	w.call("PATCH", "/api/api-keys/"+id, token, map[string]any{"id": id, "name": "new"}).wantData(200, want)

	w.wantErrors("PATCH", "/api/api-keys", token,
		notJSON("no body", nil),
		bad("no id", `{"name":"new"}`, "ID required"), bad("id is a number", `{"id":1}`, "id must be a string"),
		bad("no name", map[string]any{"id": id}, "API key name is required"),
		bad("null name", map[string]any{"id": id, "name": nil}, "API key name is required"),
		bad("long", map[string]any{"id": id, "name": strings.Repeat("a", 101)}, "API key name must not exceed 100 characters"),
		bad("scope", map[string]any{"id": id, "name": "a", "scope": "read"}, "Only the name can be changed"),
		bad("site", map[string]any{"id": id, "name": "a", "siteId": nil}, "Only the name can be changed"),
		bad("expiry", map[string]any{"id": id, "expiresIn": 5}, "Only the name can be changed"),
		errorRow{"unknown", `{"id":"key_00000000000000000000","name":"a"}`, 404, "API key not found", "not_found"},
		errorRow{"foreign", map[string]any{"id": foreign, "name": "a"}, 404, "API key not found", "not_found"},
	)
	w.wantErrors("PATCH", "/api/api-keys/"+id, token, bad("mismatch", map[string]any{"id": foreign, "name": "a"}, "ID mismatch"))
}

func TestRevokeKey(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	stranger, _ := w.user("stranger@example.com")
	foreign, _ := w.key(stranger, auth.Read, "", 0)
	const revoked = `{"success":true,"message":"API key revoked successfully"}`
	for _, target := range []string{"/api/api-keys?id=", "/api/api-keys/"} {
		id, text := w.key(owner, auth.Read, "", 0)
		require.Equal(t, 200, w.call("GET", "/api/auth/me", text, nil).code)
		w.call("DELETE", target+id, token, nil).wantData(200, revoked)
		w.call("GET", "/api/auth/me", text, nil).wantError(401, "Invalid API key", "unauthorized")
		w.call("DELETE", target+id, token, nil).wantError(404, "API key not found", "not_found")
	}
	w.call("DELETE", "/api/api-keys", token, nil).wantError(400, "ID required", "validation_failed")
	w.call("DELETE", "/api/api-keys/"+foreign+"?id=other", token, nil).wantError(400, "ID mismatch", "validation_failed")
	w.call("DELETE", "/api/api-keys/"+foreign, token, nil).wantError(404, "API key not found", "not_found")
	id, text := w.key(owner, auth.AdminScope, "", 0) // a key may end itself
	w.call("DELETE", "/api/api-keys/"+id, text, nil).wantData(200, revoked)
}
