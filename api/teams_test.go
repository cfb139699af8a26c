package api

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

const nobody = "user_00000000000000000000"

// crew is a site with a member of each role; tokens and ids are by the role's name.
type crew struct {
	*world
	site      analytics.SiteID
	id, token map[string]string
}

func newCrew(t *testing.T, change ...func(*Config)) *crew {
	t.Helper()
	c := &crew{world: newWorld(t, append([]func(*Config){unlimited}, change...)...), id: map[string]string{}, token: map[string]string{}}
	for _, name := range []string{"owner", "admin", "admin2", "member", "member2", "viewer", "viewer2", "stranger"} {
		c.id[name], c.token[name] = c.user(name + "@example.com")
	}
	c.site = c.addSite(c.id["owner"], "example.com")
	for _, name := range []string{"admin", "admin2", "member", "member2", "viewer", "viewer2"} {
		c.clock.Add(time.Second)
		role, ok := auth.ParseRole(strings.TrimSuffix(name, "2"))
		require.True(t, ok)
		c.join(c.site, c.id[name], role)
	}
	return c
}

// roleNow is the name of a role at this moment.
func (c *crew) roleNow(name string) string { return c.sites.Role(c.site, c.id[name]).String() }

func TestListTeams(t *testing.T) {
	w := newWorld(t, unlimited)
	alice, token := w.user("owner@example.com")
	bob, _ := w.user("admin@example.com")
	carol, _ := w.user("carol@example.com")
	w.call("GET", "/api/teams", token, nil).wantData(200, `[]`)
	first, second, gone := w.addSite(alice, "b.example.com"), w.addSite(bob, "a.example.com"), w.addSite(alice, "0.example.com")
	w.join(first, bob, auth.Admin)
	w.join(second, alice, auth.Admin)
	w.join(second, carol, auth.Viewer)
	w.remove(gone)
	w.sites.invite(second, bob, "new@example.com", "", auth.Viewer)
	one := `{"siteId":"` + string(first) + `","siteName":"b.example.com","role":"owner","memberCount":2}`
	two := `{"siteId":"` + string(second) + `","siteName":"a.example.com","role":"admin","memberCount":3}`
	w.call("GET", "/api/teams", token, nil).wantData(200, `[`+two+`,`+one+`]`)
	w.call("GET", "/api/teams?siteId=", token, nil).wantData(200, `[`+two+`,`+one+`]`)
	_, key := w.key(alice, auth.Read, "", 0)
	w.call("GET", "/api/teams", key, nil).wantData(200, `[`+two+`,`+one+`]`)
	_, bound := w.key(alice, auth.Read, first, 0)
	w.call("GET", "/api/teams", bound, nil).wantData(200, `[`+one+`]`)
	w.call("GET", "/api/teams?siteId="+string(second), bound, nil).wantError(403, "This API key cannot access "+string(second), "forbidden")
}

// The example of teams.md.
func TestListTeam(t *testing.T) {
	w := newWorld(t, unlimited)
	at := func(text string) { w.clock.Add(day(text).Sub(w.clock.Now())) }
	at("2024-01-15T10:00:00Z")
	alice := w.named("owner@example.com", "Alice Johnson")
	site := w.addSite(alice, "example.com")
	at("2024-03-20T14:00:00Z")
	bob := w.named("admin@example.com", "Bob Smith")
	w.join(site, bob, auth.Admin)
	_, admin := w.key(bob, auth.Read, "", 0)
	_, owner := w.key(alice, auth.Read, "", 0)
	carol, _ := w.user("carol@example.com")
	at("2026-01-13T16:00:00Z")
	invited, _, err := w.sites.invite(site, alice, "newmember@example.com", "", auth.Member)
	require.NoError(t, err)
	at("2026-01-14T09:15:59Z")
	require.Equal(t, 200, w.call("GET", "/api/auth/me", admin, nil).code)
	at("2026-01-15T16:30:20Z")
	team := []string{
		`{"id":"` + alice + `","email":"owner@example.com","name":"Alice Johnson","role":"owner","status":"active","joinedAt":"2024-01-15T10:00:00.000Z","lastActive":"2026-01-15T16:30:00.000Z"}`,
		`{"id":"` + bob + `","email":"admin@example.com","name":"Bob Smith","role":"admin","status":"active","joinedAt":"2024-03-20T14:00:00.000Z","lastActive":"2026-01-14T09:15:00.000Z"}`,
		`{"id":"` + invited.ID + `","email":"newmember@example.com","name":null,"role":"member","status":"pending","invitedAt":"2026-01-13T16:00:00.000Z","expiresAt":"2026-01-20T16:00:00.000Z","invitedBy":"` + alice + `"}`,
	}
	target := "/api/teams?siteId=" + string(site)
	w.call("GET", target, owner, nil).wantData(200, `[`+strings.Join(team, ",")+`]`)

	// Members and viewers see no invitations.
	w.join(site, carol, auth.Viewer)
	w.accounts.Logout(auth.Principal{UserID: carol}, true)
	_, viewer := w.key(carol, auth.Read, "", 0)
	for _, role := range []auth.Role{auth.Viewer, auth.Member} {
		_, err := w.sites.setRole(site, alice, carol, role)
		require.NoError(t, err)
		var list []map[string]any
		w.call("GET", target, viewer, nil).read(200, &list)
		require.Len(t, list, 3)
		for _, m := range list {
			require.Equal(t, "active", m["status"])
		}
	}
	_, err = w.sites.setRole(site, alice, carol, auth.Admin)
	require.NoError(t, err)
	var list []map[string]any
	w.call("GET", target, viewer, nil).read(200, &list)
	require.Len(t, list, 4)

	at("2026-01-20T16:00:00Z") // to the second when it expires
	w.call("GET", target, viewer, nil).read(200, &list)
	require.Len(t, list, 3)
	w.call("GET", "/api/teams?siteId=site_00000000000000000000", owner, nil).wantError(404, "Site not found", "not_found")
	w.call("GET", "/api/teams?siteId="+string(w.addSite(bob, "b.example.com")), owner, nil).wantError(403, "Access denied", "forbidden")
	w.join(site, w.named("dave@example.com", "Dave"), auth.Viewer) // has never been here
	w.call("GET", target, owner, nil).read(200, &list)
	require.Nil(t, list[len(list)-1]["lastActive"])
}

func TestChangeRole(t *testing.T) {
	c := newCrew(t)
	owner := c.token["owner"]
	body := func(user, role string) map[string]any {
		return map[string]any{"siteId": c.site, "userId": c.id[user], "role": role}
	}
	answer := func(user, role string) string {
		return `{"id":"` + c.id[user] + `","email":"` + user + `@example.com","role":"` + role + `","updatedAt":"2026-01-15T16:30:26.000Z"}`
	}
	c.call("PATCH", "/api/teams", owner, body("viewer", "member")).wantData(200, answer("viewer", "member"))
	require.Equal(t, "member", c.roleNow("viewer"))
	c.call("PATCH", "/api/teams/"+c.id["viewer"], owner, map[string]any{"siteId": c.site, "role": "admin"}).wantData(200, answer("viewer", "admin"))
	c.call("PATCH", "/api/teams", owner, map[string]any{"siteId": c.site, "id": c.id["viewer"], "role": "viewer"}).wantData(200, answer("viewer", "viewer"))
	c.call("PATCH", "/api/teams", owner, body("viewer", "viewer")).wantData(200, answer("viewer", "viewer")) // no change
	list, _ := c.activities(c.token["viewer"], "action=team.role_changed")
	require.Len(t, list, 3, "it concerns their account")
	_, key := c.key(c.id["owner"], auth.AdminScope, c.site, 0)
	c.call("PATCH", "/api/teams", key, body("viewer", "viewer")).wantData(200, answer("viewer", "viewer"))

	c.wantErrors("PATCH", "/api/teams", owner,
		notJSON("no body", nil),
		bad("no site", map[string]any{"userId": c.id["viewer"], "role": "member"}, "Site ID required"),
		bad("null site", map[string]any{"siteId": nil, "userId": c.id["viewer"], "role": "member"}, "Site ID required"),
		bad("site is a number", `{"siteId":1}`, "siteId must be a string"),
		bad("no user", map[string]any{"siteId": c.site, "role": "member"}, "User ID required"),
		bad("user is a list", map[string]any{"siteId": c.site, "userId": []int{}}, "userId must be a string"),
		bad("two users", map[string]any{"siteId": c.site, "userId": "a", "id": "b", "role": "member"}, "ID mismatch"),
		bad("no role", map[string]any{"siteId": c.site, "userId": c.id["viewer"]}, errRole.Message),
		bad("null role", map[string]any{"siteId": c.site, "userId": c.id["viewer"], "role": nil}, errRole.Message),
		bad("owner", body("viewer", "owner"), errRole.Message), bad("none", body("viewer", "none"), errRole.Message),
		bad("capitals", body("viewer", "Admin"), errRole.Message),
		bad("role is a number", map[string]any{"siteId": c.site, "userId": "a", "role": 1}, "role must be a string"),
		errorRow{"missing site", map[string]any{"siteId": missingSite, "userId": nobody, "role": "member"}, 404, "Site not found", "not_found"},
		errorRow{"nobody", map[string]any{"siteId": c.site, "userId": nobody, "role": "member"}, 404, "Team member not found", "not_found"},
		errorRow{"not on the team", body("stranger", "member"), 404, "Team member not found", "not_found"},
		errorRow{"the owner", body("owner", "admin"), 403, "Cannot change the owner's role", "forbidden"},
	)
	c.wantErrors("PATCH", "/api/teams/"+c.id["viewer"], owner, bad("mismatch", body("member", "viewer"), "ID mismatch"))
	for _, name := range []string{"admin", "member", "viewer"} {
		c.call("PATCH", "/api/teams", c.token[name], body("viewer2", "member")).wantError(403, "Only owners can change roles", "forbidden")
		c.call("PATCH", "/api/teams", c.token[name], body(name, "viewer")).wantError(403, "Only owners can change roles", "forbidden")
	}
	c.call("PATCH", "/api/teams", c.token["stranger"], body("viewer2", "member")).wantError(403, "Access denied", "forbidden")
	require.Equal(t, "viewer", c.roleNow("viewer2"))
}

// Who may remove whom: every pair of roles.
func TestRemoveMember(t *testing.T) {
	const ok, denied, owner, admins = "", "Access denied", "Cannot remove the site owner", "Only the owner can remove admins"
	for _, row := range []struct {
		caller string
		want   map[string]string // by target
	}{
		{"owner", map[string]string{"owner": owner, "admin": ok, "member": ok, "viewer": ok}},
		{"admin", map[string]string{"owner": owner, "admin": ok, "admin2": admins, "member": ok, "viewer": ok}},
		{"member", map[string]string{"owner": denied, "admin": denied, "member": ok, "member2": denied, "viewer": denied}},
		{"viewer", map[string]string{"owner": denied, "admin": denied, "member": denied, "viewer": ok, "viewer2": denied}},
		{"stranger", map[string]string{"owner": denied, "admin": denied, "member": denied, "viewer": denied}},
	} {
		for target, want := range row.want {
			c := newCrew(t)
			a := c.call("DELETE", "/api/teams?siteId="+string(c.site)+"&userId="+c.id[target], c.token[row.caller], nil)
			if want == ok {
				a.wantData(200, `{"success":true,"message":"Team member removed successfully"}`)
				require.Equal(t, "none", c.roleNow(target), row.caller+" → "+target)
				require.Empty(t, c.sites.ofUser(c.id[target]))
				c.start() // it is durable
				require.Equal(t, "none", c.roleNow(target))
				continue
			}
			a.wantError(403, want, "forbidden")
			require.NotEqual(t, "none", c.roleNow(target))
		}
	}
}

func TestRemoveMemberParameters(t *testing.T) {
	c := newCrew(t)
	owner, q := c.token["owner"], "?siteId="+string(c.site)
	const removed = `{"success":true,"message":"Team member removed successfully"}`
	c.call("DELETE", "/api/teams"+q+"&id="+c.id["admin"], owner, nil).wantData(200, removed)
	c.call("DELETE", "/api/teams/"+c.id["member"]+q, owner, nil).wantData(200, removed)
	c.call("DELETE", "/api/teams/"+c.id["viewer"]+q+"&userId="+c.id["viewer"]+"&id="+c.id["viewer"], owner, nil, odd).wantData(200, removed)
	for target, want := range map[string]string{
		"/api/teams": "Site ID required", "/api/teams?siteId=&userId=a": "Site ID required", "/api/teams/a": "Site ID required",
		"/api/teams" + q: "User ID required", "/api/teams" + q + "&userId=": "User ID required",
		"/api/teams" + q + "&userId=a&id=b": "ID mismatch", "/api/teams/a" + q + "&userId=b": "ID mismatch", "/api/teams/a" + q + "&id=b": "ID mismatch",
	} {
		c.call("DELETE", target, owner, nil).wantError(400, want, "validation_failed")
	}
	for _, id := range []string{c.id["stranger"], nobody, "invite_00000000000000000000", c.id["admin"]} {
		c.call("DELETE", "/api/teams"+q+"&userId="+id, owner, nil).wantError(404, "Team member not found", "not_found")
	}
	c.call("DELETE", "/api/teams?userId="+nobody+"&siteId="+string(missingSite), owner, nil).wantError(404, "Site not found", "not_found")
}

// What is taken away is gone with the next request: by session, by key, by key of the site.
func TestARightThatIsTakenAwayEndsAtOnce(t *testing.T) {
	c := newCrew(t)
	_, whole := c.key(c.id["admin"], auth.AdminScope, "", 0)
	_, bound := c.key(c.id["admin"], auth.AdminScope, c.site, 0)
	tokens := []string{c.token["admin"], whole, bound}
	p, problem := c.access.Authenticate(whole) // a socket holds this
	require.Nil(t, problem)
	goal := func() map[string]any {
		return map[string]any{"siteId": c.site, "name": "new", "type": "pageview", "path": "/" + auth.RandomText(8)}
	}
	stats := "/api/stats?siteId=" + string(c.site)
	for _, token := range tokens {
		require.Equal(t, 201, c.call("POST", "/api/goals", token, goal()).code)
	}
	c.call("PATCH", "/api/teams", c.token["owner"], map[string]any{"siteId": c.site, "userId": c.id["admin"], "role": "viewer"}).read(200, &struct{}{})
	for _, token := range tokens {
		c.call("POST", "/api/goals", token, goal()).wantError(403, "Access denied", "forbidden")
		require.Equal(t, 200, c.call("GET", stats, token, nil).code)
	}
	require.Nil(t, c.access.Authorize(p, c.site, auth.Viewer, auth.Read))
	c.call("DELETE", "/api/teams/"+c.id["admin"]+"?siteId="+string(c.site), c.token["owner"], nil).read(200, &struct{}{})
	for _, token := range tokens {
		c.call("GET", stats, token, nil).wantError(403, "Access denied", "forbidden")
		c.call("POST", "/api/import/events?siteId="+string(c.site), token, nil).wantError(403, "Access denied", "forbidden")
		require.Equal(t, 200, c.call("GET", "/api/auth/me", token, nil).code) // the key itself lives
	}
	c.call("POST", "/api/track?siteId="+string(c.site), whole, nil).wantError(403, "Access denied", "forbidden")
	require.Equal(t, "Access denied", c.access.Authorize(p, c.site, auth.Viewer, auth.Read).Message)
	c.call("GET", "/api/teams", c.token["admin"], nil).wantData(200, `[]`)
	c.call("GET", "/api/sites", c.token["admin"], nil).wantData(200, `[]`)
}

func TestTransfer(t *testing.T) {
	c := newCrew(t)
	owner := c.token["owner"]
	body := func(user string) map[string]any { return map[string]any{"siteId": c.site, "userId": c.id[user]} }
	c.wantErrors("POST", "/api/teams/transfer", owner,
		notJSON("no body", nil),
		bad("no site", map[string]any{"userId": c.id["viewer"]}, "Site ID required"),
		bad("no user", map[string]any{"siteId": c.site}, "User ID required"),
		bad("user is a number", map[string]any{"siteId": c.site, "userId": 5}, "userId must be a string"),
		bad("the owner", body("owner"), "This user is already the owner"),
		errorRow{"missing site", map[string]any{"siteId": missingSite, "userId": nobody}, 404, "Site not found", "not_found"},
		errorRow{"not on the team", body("stranger"), 404, "Team member not found", "not_found"},
	)
	for _, name := range []string{"admin", "member", "viewer"} {
		c.call("POST", "/api/teams/transfer", c.token[name], body(name)).wantError(403, "Only the owner can transfer ownership", "forbidden")
	}
	const done = `{"success":true,"message":"Ownership transferred"}`
	c.call("POST", "/api/teams/transfer", owner, body("viewer")).wantData(200, done)
	require.Equal(t, []string{"admin", "owner"}, []string{c.roleNow("owner"), c.roleNow("viewer")})
	site, _ := c.sites.Site(c.site)
	require.Equal(t, c.id["viewer"], site.OwnerID)
	c.call("POST", "/api/teams/transfer", owner, body("owner")).wantError(403, "Only the owner can transfer ownership", "forbidden")
	c.start() // all of it is durable
	require.Equal(t, []string{"admin", "owner", "admin"}, []string{c.roleNow("owner"), c.roleNow("viewer"), c.roleNow("admin")})
	site, _ = c.sites.Site(c.site)
	require.Equal(t, c.id["viewer"], site.OwnerID)
	_, key := c.key(c.id["viewer"], auth.AdminScope, c.site, 0)
	c.call("POST", "/api/teams/transfer", key, body("owner")).wantData(200, done)
	require.Equal(t, []string{"owner", "admin"}, []string{c.roleNow("owner"), c.roleNow("viewer")})
}

// A transfer is no way around the rules of POST /api/sites.
func TestTransferKeepsTheRulesOfOwners(t *testing.T) {
	c := newCrew(t, func(cfg *Config) { cfg.MaxSitesPerUser = 1 })
	body := func(user string) map[string]any { return map[string]any{"siteId": c.site, "userId": c.id[user]} }
	c.addSite(c.id["admin"], "example.com")
	c.call("POST", "/api/teams/transfer", c.token["owner"], body("admin")).wantError(409, "A site with this domain already exists", "conflict")
	c.addSite(c.id["member"], "other.example.com")
	c.call("POST", "/api/teams/transfer", c.token["owner"], body("member")).wantError(403, "Site limit reached", "limit_reached")
	require.Equal(t, "owner", c.roleNow("owner"))
}

func TestAFailingStoreChangesNoTeam(t *testing.T) {
	c := newCrew(t)
	i, token, err := c.sites.invite(c.site, c.id["owner"], "stranger@example.com", "", auth.Member)
	require.NoError(t, err)
	before := c.call("GET", "/api/teams?siteId="+string(c.site), c.token["owner"], nil).text
	c.meta.failing.Store(true)
	q := "?siteId=" + string(c.site) + "&userId="
	for _, a := range []answer{
		c.call("PATCH", "/api/teams", c.token["owner"], map[string]any{"siteId": c.site, "userId": c.id["viewer"], "role": "admin"}),
		c.call("DELETE", "/api/teams"+q+c.id["viewer"], c.token["owner"], nil),
		c.call("DELETE", "/api/teams"+q+i.ID, c.token["owner"], nil),
		c.call("POST", "/api/teams", c.token["owner"], map[string]any{"siteId": c.site, "email": "new@example.com", "role": "admin"}),
		c.call("POST", "/api/teams/transfer", c.token["owner"], map[string]any{"siteId": c.site, "userId": c.id["viewer"]}),
		c.call("POST", "/api/invite", c.token["stranger"], map[string]any{"token": token}),
		c.call("POST", "/api/invite", c.token["stranger"], map[string]any{"token": token, "action": "decline"}),
	} {
		a.wantError(500, "Internal server error", "internal_error")
	}
	require.Empty(t, c.letters())
	c.meta.failing.Store(false)
	require.Equal(t, before, c.call("GET", "/api/teams?siteId="+string(c.site), c.token["owner"], nil).text)
}

// An account that goes leaves no membership and no invitation behind; the sites that it owns are for others to end.
func TestForgetUser(t *testing.T) {
	c := newCrew(t)
	own := c.addSite(c.id["admin"], "own.example.com")
	_, _, err := c.sites.invite(c.site, c.id["admin"], "byadmin@example.com", "", auth.Member)
	require.NoError(t, err)
	_, _, err = c.sites.invite(c.site, c.id["owner"], "kept@example.com", "", auth.Member)
	require.NoError(t, err)
	other := c.addSite(c.id["owner"], "other.example.com")
	_, toAdmin, err := c.sites.invite(other, c.id["owner"], "admin@example.com", "", auth.Member)
	require.NoError(t, err)
	for range 2 { // it may be repeated
		require.NoError(t, c.sites.forgetUser(auth.Departure{UserID: c.id["admin"], Email: "admin@example.com", At: c.clock.Now()}))
	}
	c.start()
	require.Equal(t, "none", c.roleNow("admin"))
	require.Equal(t, auth.Owner, c.sites.Role(own, c.id["admin"]))
	require.Len(t, c.sites.ofUser(c.id["admin"]), 1)
	pending := c.sites.invites.pending(c.site, c.clock.Now())
	require.Len(t, pending, 1)
	require.Equal(t, "kept@example.com", pending[0].Email)
	_, found := c.sites.invites.byToken(toAdmin)
	require.False(t, found)
	require.Equal(t, "viewer", c.roleNow("viewer"))
}

// named makes an account with a name.
func (w *world) named(email, name string) (id string) {
	w.t.Helper()
	u, err := w.accounts.CreateUser(w.t.Context(), email, password, &name)
	require.NoError(w.t, err)
	return u.ID
}
