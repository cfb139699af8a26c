package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// tokenOf reads the token of an invitation's link.
func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	require.Equal(t, "/accept-invite", u.Path)
	return u.Query().Get("token")
}

// ask invites an address and returns the invitation and its token.
func (c *crew) ask(caller, email, role string) (inviteView, string) {
	c.t.Helper()
	var v inviteView
	c.call("POST", "/api/teams", c.token[caller], map[string]any{"siteId": c.site, "email": email, "role": role}).read(201, &v)
	return v, tokenOf(c.t, v.InviteURL)
}

func TestInvite(t *testing.T) {
	c := newCrew(t)
	body := func(members ...any) map[string]any {
		return with(map[string]any{"siteId": c.site, "email": "newmember@example.com", "role": "member"}, members...)
	}
	var got inviteView
	a := c.call("POST", "/api/teams", c.token["owner"], body("email", " NewMember@Example.com ", "message", "Come\nin "))
	a.read(201, &got)
	require.Regexp(t, `^invite_[a-z0-9]{20}$`, got.ID)
	require.Regexp(t, `^https://analytics\.example\.com/accept-invite\?token=inv_[a-z0-9]{31}$`, got.InviteURL)
	a.wantData(201, `{"id":"`+got.ID+`","siteId":"`+string(c.site)+`","email":"newmember@example.com","role":"member","status":"pending",
		"invitedAt":"2026-01-15T16:30:26.000Z","expiresAt":"2026-01-22T16:30:26.000Z","invitedBy":"`+c.id["owner"]+`","inviteUrl":"`+got.InviteURL+`"}`)

	mail := c.letters()
	require.Len(t, mail, 1)
	require.Equal(t, []string{"newmember@example.com", "Invitation to example.com"}, []string{mail[0].To, mail[0].Subject})
	for _, part := range []string{"owner@example.com", "example.com", "member", "Comein", got.InviteURL, "22 January 2026, 16:30 UTC"} {
		require.Contains(t, mail[0].Text, part)
	}
	for key, val := range c.meta.all() { // only its hash is stored
		require.NotContains(t, string(val), tokenOf(t, got.InviteURL), key)
	}
	require.NotContains(t, c.logs.String(), "inv_")

	const role = "Invalid role. Must be: admin, member, or viewer"
	c.wantErrors("POST", "/api/teams", c.token["owner"],
		notJSON("no body", nil),
		bad("no site", body("siteId", nil), "Site ID required"), bad("blank site", body("siteId", " "), "Site ID required"),
		bad("site is a number", body("siteId", 1), "siteId must be a string"),
		bad("no email", body("email", nil), "Email address is required"), bad("blank email", body("email", " \n"), "Email address is required"),
		bad("email is a list", body("email", []int{}), "email must be a string"),
		bad("bad email", body("email", "a@b@c"), "Invalid email format"), bad("dots", body("email", "a..b@example.com"), "Invalid email format"),
		bad("long email", body("email", "a@"+strings.Repeat("b", 253)), "Invalid email format"),
		bad("long local part", body("email", strings.Repeat("a", 65)+"@example.com"), "Invalid email format"),
		bad("a second header", body("email", "a@example.com>,b"), "Invalid email format"),
		bad("no role", body("role", nil), role), bad("owner", body("role", "owner"), role), bad("none", body("role", "none"), role),
		bad("role is a boolean", body("role", true), "role must be a string"),
		bad("long message", body("message", strings.Repeat("ü", 501)), "Message must not exceed 500 characters"),
		bad("message is an object", body("message", map[string]any{}), "message must be a string"),
		bad("a member", body("email", "Viewer@example.com"), "User is already a team member"),
		bad("the owner", body("email", "owner@example.com"), "User is already a team member"),
		errorRow{"missing site", body("siteId", missingSite), 404, "Site not found", "not_found"},
	)
	require.Equal(t, 201, c.call("POST", "/api/teams", c.token["owner"], body("message", strings.Repeat("ü", 500), "role", "admin")).code)
	c.call("POST", "/api/teams", c.token["admin"], body("role", "viewer")).wantError(403, "Only the owner can invite admins", "forbidden") // it would end the owner's
	require.Equal(t, 201, c.call("POST", "/api/teams", c.token["admin"], body("message", nil, "role", "viewer", "email", "other@example.com")).code)
	c.call("POST", "/api/teams", c.token["admin"], body("role", "admin")).wantError(403, "Only the owner can invite admins", "forbidden")
	for _, name := range []string{"member", "viewer"} {
		c.call("POST", "/api/teams", c.token[name], body("role", "viewer")).wantError(403, "Only owners and admins can invite team members", "forbidden")
	}
	c.call("POST", "/api/teams", c.token["stranger"], body()).wantError(403, "Access denied", "forbidden")
	gone := c.addSite(c.id["owner"], "gone.example.com")
	c.remove(gone)
	c.call("POST", "/api/teams", c.token["owner"], body("siteId", gone)).wantError(404, "Site not found", "not_found")
}

func TestInvitingAgainReplacesTheInvitation(t *testing.T) {
	c := newCrew(t)
	first, old := c.ask("owner", "new@example.com", "member")
	c.clock.Add(time.Hour)
	second, token := c.ask("admin", "NEW@example.com", "viewer")
	require.Equal(t, first.ID, second.ID)
	require.Equal(t, "viewer", second.Role.String())
	require.Equal(t, "2026-01-22T17:30:26.000Z", second.ExpiresAt)
	require.Equal(t, []string{first.InvitedAt, first.InvitedBy}, []string{second.InvitedAt, second.InvitedBy})
	require.NotEqual(t, old, token)
	c.start()
	c.call("GET", "/api/invite?token="+old, "", nil).wantError(404, "Invalid or expired invite", "not_found")
	id, mine := c.user("new@example.com")
	c.call("POST", "/api/invite", mine, map[string]any{"token": old}).wantError(404, "Invalid or expired invite", "not_found")
	require.Equal(t, 200, c.call("POST", "/api/invite", mine, map[string]any{"token": token}).code)
	require.Equal(t, auth.Viewer, c.sites.Role(c.site, id))
}

func TestMemberLimitCountsPendingInvitations(t *testing.T) {
	c := newCrew(t, func(cfg *Config) { cfg.MaxMembers = 9 }) // seven are there
	first, _ := c.ask("owner", "a@example.com", "member")
	c.ask("owner", "b@example.com", "member")
	full := func() {
		t.Helper()
		c.call("POST", "/api/teams", c.token["owner"], map[string]any{"siteId": c.site, "email": "full@example.com", "role": "member"}).
			wantError(403, "Team member limit reached", "limit_reached")
	}
	full()
	_, token := c.ask("owner", "b@example.com", "viewer") // no further place
	_, mine := c.user("b@example.com")
	c.call("POST", "/api/invite", mine, map[string]any{"token": token}).read(200, &struct{}{})
	full()
	c.call("DELETE", "/api/teams/"+first.ID+"?siteId="+string(c.site), c.token["owner"], nil).
		wantData(200, `{"success":true,"message":"Invitation cancelled"}`)
	c.ask("owner", "c@example.com", "member")
	full()
	c.clock.Add(inviteLife) // an expired one takes no place
	_, _, err := c.sites.invite(c.site, c.id["owner"], "d@example.com", "", auth.Member)
	require.NoError(t, err)
}

func TestInvitationsAreLimited(t *testing.T) {
	c := newCrew(t, func(cfg *Config) { cfg.RateInvitesHour, cfg.RateInvitesDay, cfg.MaxMembers = 10, 12, 1000 })
	send := func(caller string) answer {
		return c.call("POST", "/api/teams", c.token[caller], map[string]any{"siteId": c.site, "email": auth.RandomText(10) + "@example.com", "role": "viewer"})
	}
	for range 5 { // what was refused is no invitation
		require.Equal(t, 400, c.call("POST", "/api/teams", c.token["owner"], `{}`).code)
		require.Equal(t, 400, c.call("POST", "/api/teams", c.token["owner"], map[string]any{"siteId": c.site, "email": "viewer@example.com", "role": "viewer"}).code)
		require.Equal(t, 403, send("viewer").code)
	}
	for range 10 {
		require.Equal(t, 201, send("owner").code)
	}
	a := send("owner")
	a.wantError(429, "Rate limit exceeded. Try again in 3600 seconds.", "rate_limited")
	require.Equal(t, []string{"3600", "10", "0", "3600", "10;w=3600"}, []string{
		a.head.Get("Retry-After"), a.head.Get("RateLimit-Limit"), a.head.Get("RateLimit-Remaining"), a.head.Get("RateLimit-Reset"), a.head.Get("RateLimit-Policy"),
	})
	require.Equal(t, 429, c.call("POST", "/api/teams", c.token["owner"], `{}`).code) // before the syntax
	_, key := c.key(c.id["owner"], auth.Read, "", 0)
	c.call("POST", "/api/teams", key, `{}`).wantError(429, "Rate limit exceeded. Try again in 3600 seconds.", "rate_limited") // and the key's scope
	_, key = c.key(c.id["admin"], auth.Read, "", 0)
	c.call("POST", "/api/teams", key, `{}`).wantError(403, "Insufficient permissions. This key has read-only access.", "insufficient_scope")
	require.Equal(t, 201, send("admin").code)
	require.Equal(t, 201, send("admin").code)
	send("admin").wantError(429, "Rate limit exceeded. Try again in 86400 seconds.", "rate_limited")
	other := c.addSite(c.id["admin"], "other.example.com")
	for range 8 { // the refused one did not count for the user
		require.Equal(t, 201, c.call("POST", "/api/teams", c.token["admin"], map[string]any{"siteId": other, "email": auth.RandomText(10) + "@example.com", "role": "viewer"}).code)
	}
	c.clock.Add(time.Hour)
	send("owner").wantError(429, "Rate limit exceeded. Try again in 82800 seconds.", "rate_limited")
	c.clock.Add(23 * time.Hour)
	require.Equal(t, 201, send("owner").code)
}

// README §7: a refused request is not counted, by no limit.
func TestARefusedInvitationDoesNotCount(t *testing.T) {
	c := newCrew(t, func(cfg *Config) { cfg.RateMinute, cfg.RateInvitesHour, cfg.RateInvitesDay = 100, 2, 3 })
	send := func(caller string) int {
		return c.call("POST", "/api/teams", c.token[caller], map[string]any{"siteId": c.site, "email": auth.RandomText(10) + "@example.com", "role": "viewer"}).code
	}
	remaining := func(caller string) string {
		return c.call("GET", "/api/teams", c.token[caller], nil).head.Get("RateLimit-Remaining")
	}
	require.Equal(t, []int{201, 201, 429, 429}, []int{send("owner"), send("owner"), send("owner"), send("owner")}) // the user's
	require.Equal(t, "97", remaining("owner"))
	require.Equal(t, []int{201, 429, 429}, []int{send("admin"), send("admin"), send("admin")}) // the site's
	require.Equal(t, "98", remaining("admin"))
}

// README §7: the headers tell of the window with the least remaining, also when it is one of the invitations'.
func TestInvitationTellsWhatRemains(t *testing.T) {
	c := newCrew(t, func(cfg *Config) { cfg.RateMinute, cfg.RateInvitesHour, cfg.RateInvitesDay = 100, 10, 12 })
	f := func(caller, email, limit, remaining, reset, policy string) {
		t.Helper()
		a := c.call("POST", "/api/teams", c.token[caller], map[string]any{"siteId": c.site, "email": email, "role": "viewer"})
		require.Equal(t, []string{limit, remaining, reset, policy}, []string{
			a.head.Get("RateLimit-Limit"), a.head.Get("RateLimit-Remaining"), a.head.Get("RateLimit-Reset"), a.head.Get("RateLimit-Policy"),
		})
	}
	f("owner", "a@example.com", "10", "9", "3600", "10;w=3600")
	f("owner", "b@example.com", "10", "8", "3600", "10;w=3600")
	f("owner", "viewer@example.com", "100", "97", "60", "100;w=60") // a member: no invitation
	for i := range 7 {
		f("owner", strconv.Itoa(i)+"@example.com", "10", strconv.Itoa(7-i), "3600", "10;w=3600")
	}
	f("admin", "c@example.com", "12", "2", "86400", "12;w=86400") // of the site, the user's are 9
}

func TestPreviewInvite(t *testing.T) {
	c := newCrew(t, func(cfg *Config) { cfg.RateInvitePreview = 3 })
	_, token := c.ask("owner", "newmember@example.com", "member")
	c.call("GET", "/api/invite?token="+token, "", nil).wantData(200,
		`{"invite":{"email":"newmember@example.com","role":"member","expiresAt":"2026-01-22T16:30:26.000Z"},"team":{"name":"example.com"}}`)
	c.call("GET", "/api/invite", "", nil).wantError(400, "Token required", "validation_failed")
	c.call("GET", "/api/invite?token=%20", "", nil).wantError(400, "Token required", "validation_failed")
	a := c.call("GET", "/api/invite?token="+token, "", nil)
	a.wantError(429, "Rate limit exceeded. Try again in 60 seconds.", "rate_limited")
	other := func(r *http.Request) { r.RemoteAddr = "203.0.113.8:4711" }
	require.Equal(t, 200, c.call("GET", "/api/invite?token="+token, "", nil, other).code)
}

// Every token that cannot be accepted has one preview: none.
func TestPreviewOfUselessTokens(t *testing.T) {
	c := newCrew(t)
	_, mine := c.user("new@example.com")
	none := func(token string) {
		t.Helper()
		c.call("GET", "/api/invite?token="+token, "", nil).wantError(404, "Invalid or expired invite", "not_found")
	}
	none("inv_" + strings.Repeat("0", 31))
	none("x")
	v, cancelled := c.ask("owner", "new@example.com", "member")
	require.Equal(t, 200, c.call("DELETE", "/api/teams/"+v.ID+"?siteId="+string(c.site), c.token["owner"], nil).code)
	none(cancelled)
	_, declined := c.ask("owner", "new@example.com", "member")
	require.Equal(t, 200, c.call("POST", "/api/invite", mine, map[string]any{"token": declined, "action": "decline"}).code)
	none(declined)
	_, expired := c.ask("owner", "late@example.com", "member")
	_, accepted := c.ask("owner", "new@example.com", "member")
	require.Equal(t, 200, c.call("POST", "/api/invite", mine, map[string]any{"token": accepted}).code)
	none(accepted)
	c.clock.Add(inviteLife - time.Millisecond)
	require.Equal(t, 200, c.call("GET", "/api/invite?token="+expired, "", nil).code)
	c.clock.Add(time.Millisecond)
	none(expired)
	gone := c.invitation(c.site, "gone@example.com")
	require.Equal(t, 200, c.call("GET", "/api/invite?token="+gone, "", nil).code)
	c.remove(c.site)
	none(gone)
}

func TestAcceptInvite(t *testing.T) {
	c := newCrew(t)
	id, mine := c.user("newmember@example.com")
	_, token := c.ask("owner", "NewMember@example.com", "member")
	c.wantErrors("POST", "/api/invite", mine,
		notJSON("no body", nil),
		bad("no token", `{}`, "Token required"), bad("null", `{"token":null}`, "Token required"), bad("blank", `{"token":" "}`, "Token required"),
		bad("token is a number", `{"token":7}`, "token must be a string"),
		bad("unknown action", map[string]any{"token": token, "action": "ignore"}, "Invalid action. Must be: accept or decline"),
		bad("empty action", map[string]any{"token": token, "action": ""}, "Invalid action. Must be: accept or decline"),
		bad("action is a boolean", map[string]any{"token": token, "action": true}, "action must be a string"),
		errorRow{"unknown", `{"token":"inv_p0o9i8u7y6t5r4e3w2q1"}`, 404, "Invalid or expired invite", "not_found"},
	)
	for _, what := range []string{"accept", "decline"} {
		c.call("POST", "/api/invite", c.token["stranger"], map[string]any{"token": token, "action": what}).
			wantError(400, "This invitation is for a different email address", "validation_failed")
	}
	_, key := c.key(id, auth.AdminScope, "", 0)
	c.call("POST", "/api/invite", key, map[string]any{"token": token}).wantError(403, "This endpoint requires a user session", "forbidden")
	c.call("POST", "/api/invite", "", map[string]any{"token": token}).wantError(401, "Invalid or expired token", "unauthorized")
	require.Equal(t, auth.NoRole, c.sites.Role(c.site, id))

	c.clock.Add(time.Second)
	c.call("POST", "/api/invite", mine, map[string]any{"token": token, "action": nil}).wantData(200,
		`{"success":true,"message":"Invite accepted","team":{"siteId":"`+string(c.site)+`","name":"example.com","role":"member","memberCount":8}}`)
	for _, again := range []string{"accept", "decline"} {
		c.call("POST", "/api/invite", mine, map[string]any{"token": token, "action": again}).wantError(400, "Invitation has already been accepted", "validation_failed")
	}
	c.start()
	require.Equal(t, auth.Member, c.sites.Role(c.site, id))
	c.call("POST", "/api/invite", mine, map[string]any{"token": token}).wantError(400, "Invitation has already been accepted", "validation_failed")
	require.Equal(t, 200, c.call("GET", "/api/stats?siteId="+string(c.site), mine, nil).code)
	var team []map[string]any
	c.call("GET", "/api/teams?siteId="+string(c.site), c.token["owner"], nil).read(200, &team)
	require.Len(t, team, 8)
	require.Equal(t, []any{id, "active", "2026-01-15T16:30:27.000Z"}, []any{team[7]["id"], team[7]["status"], team[7]["joinedAt"]})

	// Who was removed may be invited again; the old token stays used.
	require.NoError(t, func() error { _, err := c.sites.removeMember(c.site, c.id["owner"], id); return err }())
	_, next := c.ask("owner", "newmember@example.com", "admin")
	c.call("POST", "/api/invite", mine, map[string]any{"token": token}).wantError(400, "Invitation has already been accepted", "validation_failed")
	c.call("POST", "/api/invite", mine, map[string]any{"token": next}).read(200, &struct{}{})
	require.Equal(t, auth.Admin, c.sites.Role(c.site, id))
}

func TestDeclineInvite(t *testing.T) {
	c := newCrew(t)
	id, mine := c.user("new@example.com")
	_, token := c.ask("owner", "new@example.com", "member")
	c.call("POST", "/api/invite", mine, map[string]any{"token": token, "action": "decline"}).wantData(200, `{"success":true,"message":"Invite declined"}`)
	for range 2 {
		c.call("POST", "/api/invite", mine, map[string]any{"token": token}).wantError(404, "Invalid or expired invite", "not_found")
		c.start()
	}
	require.Equal(t, auth.NoRole, c.sites.Role(c.site, id))
	require.Empty(t, c.sites.invites.pending(c.site, c.clock.Now()))
}

func TestInviteExpires(t *testing.T) {
	c := newCrew(t)
	_, mine := c.user("new@example.com")
	v, token := c.ask("owner", "new@example.com", "member")
	accept := func() answer { return c.call("POST", "/api/invite", mine, map[string]any{"token": token}) }
	c.clock.Add(inviteLife - 24*time.Hour) // within the session
	g, err := c.accounts.Impersonate(c.sessionUser(mine))
	require.NoError(t, err)
	mine = g.Token
	c.clock.Add(24 * time.Hour)
	accept().wantError(400, "Invitation has expired", "validation_failed")
	g, err = c.accounts.Impersonate(c.id["owner"])
	require.NoError(t, err)
	c.call("DELETE", "/api/teams/"+v.ID+"?siteId="+string(c.site), g.Token, nil).wantError(404, "Team member not found", "not_found")

	// A new invitation is another one; and what ended long ago is forgotten then.
	_, next, err := c.sites.invite(c.site, c.id["owner"], "new@example.com", "", auth.Viewer)
	require.NoError(t, err)
	require.Equal(t, 200, c.call("GET", "/api/invite?token="+next, "", nil).code)
	c.clock.Add(inviteMemory)
	_, _, err = c.sites.invite(c.site, c.id["owner"], "other@example.com", "", auth.Viewer)
	require.NoError(t, err)
	_, known := c.sites.invites.byToken(token)
	require.True(t, known)
	c.clock.Add(time.Millisecond)
	_, _, err = c.sites.invite(c.site, c.id["owner"], "third@example.com", "", auth.Viewer)
	require.NoError(t, err)
	_, known = c.sites.invites.byToken(token)
	require.False(t, known)
	c.start()
	_, known = c.sites.invites.byToken(token)
	require.False(t, known)
}

func TestInviteToADeletedSite(t *testing.T) {
	c := newCrew(t)
	_, mine := c.user("new@example.com")
	_, token := c.ask("owner", "new@example.com", "member")
	c.remove(c.site)
	c.call("POST", "/api/invite", mine, map[string]any{"token": token}).wantError(404, "Site not found", "not_found")
}

// Who may take whose invitation back.
func TestCancelInvite(t *testing.T) {
	c := newCrew(t)
	cancel := func(caller, role, want string) {
		t.Helper()
		v, _ := c.ask("owner", "new@example.com", role)
		a := c.call("DELETE", "/api/teams?siteId="+string(c.site)+"&userId="+v.ID, c.token[caller], nil)
		if want == "" {
			a.wantData(200, `{"success":true,"message":"Invitation cancelled"}`)
			require.Empty(t, c.sites.invites.pending(c.site, c.clock.Now()))
			c.call("DELETE", "/api/teams/"+v.ID+"?siteId="+string(c.site), c.token["owner"], nil).wantError(404, "Team member not found", "not_found")
			return
		}
		a.wantError(403, want, "forbidden")
	}
	for _, role := range []string{"admin", "member", "viewer"} {
		cancel("owner", role, "")
		cancel("member", role, "Access denied")
		cancel("viewer", role, "Access denied")
		cancel("stranger", role, "Access denied")
	}
	cancel("admin", "member", "")
	cancel("admin", "viewer", "")
	cancel("admin", "admin", "Only the owner can remove admins")
	v, _ := c.ask("owner", "new@example.com", "member")
	other := c.addSite(c.id["admin"], "other.example.com") // an invitation is found on its own site only
	c.call("DELETE", "/api/teams/"+v.ID+"?siteId="+string(other), c.token["admin"], nil).wantError(404, "Team member not found", "not_found")
	c.call("PATCH", "/api/teams/"+v.ID, c.token["owner"], map[string]any{"siteId": c.site, "role": "viewer"}).wantError(404, "Team member not found", "not_found")
	c.call("POST", "/api/teams/transfer", c.token["owner"], map[string]any{"siteId": c.site, "userId": v.ID}).wantError(404, "Team member not found", "not_found")
}

// A token works once, however many send it at the same time.
func TestATokenIsAcceptedOnce(t *testing.T) {
	c := newCrew(t)
	_, mine := c.user("new@example.com")
	_, token := c.ask("owner", "new@example.com", "member")
	codes := make([]int, 8)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() { codes[i] = c.call("POST", "/api/invite", mine, map[string]any{"token": token}).code })
	}
	all.Wait()
	accepted := 0
	for _, code := range codes {
		if code == 200 {
			accepted++
		}
	}
	require.Equal(t, 1, accepted)
	require.Len(t, c.sites.team(c.site), 8)
}

// A letter is plain text of people's words: nothing in them makes a header or a line of its own.
func TestInviteMailHoldsNoForeignLines(t *testing.T) {
	i := &Invitation{Email: "a@example.com", Role: auth.Viewer, ExpiresAt: day("2026-01-20T16:00:00Z")}
	m := inviteMail(i, "Alice Johnson (owner@example.com)", "Example Website", "", "https://analytics.example.com/accept-invite?token=inv_x")
	require.Equal(t, Mail{To: "a@example.com", Subject: "Invitation to Example Website", Text: `Alice Johnson (owner@example.com) invites you to the team of Example Website, a site of this analytics server, as viewer.

To accept or decline, open this link and sign in, or make an account, with this address:

    https://analytics.example.com/accept-invite?token=inv_x

The link is good until 20 January 2026, 16:00 UTC and works once. If you do not know the sender, ignore this mail: nothing happens then.
`}, m)
}

// FuzzMemberBody sends any body to what changes teams: no answer is a failure of the server.
func FuzzMemberBody(f *testing.F) {
	for _, seed := range []string{
		`{"siteId":"s","userId":"u","role":"admin"}`, `{"siteId":null}`, `{"email":"a@example.com","message":"\u0000"}`, `{"token":"inv_x","action":"decline"}`, `[`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := newWorld(t, unlimited)
		id, token := w.user("owner@example.com")
		site := w.addSite(id, "example.com")
		var members map[string]any
		if json.Unmarshal([]byte(body), &members) == nil && members != nil {
			members["siteId"] = site
			b, err := json.Marshal(members)
			require.NoError(t, err)
			body = string(b)
		}
		for _, r := range []string{"POST /api/teams", "PATCH /api/teams", "POST /api/teams/transfer", "POST /api/invite"} {
			method, target, _ := strings.Cut(r, " ")
			if a := w.call(method, target, token, body); a.code >= 500 {
				t.Errorf("%s: %d %s", r, a.code, a.text)
			}
		}
	})
}

// sessionUser is who a token belongs to.
func (w *world) sessionUser(token string) string {
	w.t.Helper()
	p, problem := w.access.Authenticate(token)
	require.Nil(w.t, problem)
	return p.UserID
}

// invitation makes one on a site past the API.
func (w *world) invitation(site analytics.SiteID, email string) (token string) {
	w.t.Helper()
	token, hash := newInviteToken()
	w.sites.change.Lock()
	defer w.sites.change.Unlock()
	require.NoError(w.t, w.sites.changeTeam(teamChange{keep: []*Invitation{{
		ID: auth.NewID("invite"), Site: site, Email: email, Role: auth.Viewer, TokenHash: hash,
		InvitedAt: w.clock.Now(), ExpiresAt: w.clock.Now().Add(inviteLife),
	}}}))
	return token
}
