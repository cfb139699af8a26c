package api

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

func TestUserStatus(t *testing.T) {
	w := newWorld(t, unlimited)
	id, token := w.user("owner@example.com")
	w.clock.Add(time.Second)
	other, otherToken := w.user("other@example.com")
	w.addSite(id, "example.com")
	w.remove(w.addSite(id, "gone.example.com"))
	w.join(w.addSite(other, "other.example.com"), id, auth.Admin)
	_, key := w.key(id, auth.Read, "", 0)
	const limits = `"limits":{"sites":50,"apiKeys":50,"goalsPerSite":200,"funnelsPerSite":100,"alertsPerSite":100,"webhooksPerSite":10,"membersPerSite":50}`
	want := `{"id":"` + id + `","email":"owner@example.com","name":null,"status":"active","canAccess":true,"createdAt":"2026-01-15T16:30:20.000Z",
		"operator":true,"usage":{"sites":1,"apiKeys":1},` + limits + `}`
	w.call("GET", "/api/user/status", token, nil).wantData(200, want)
	w.call("GET", "/api/user/status", key, nil).wantData(200, want)
	w.call("GET", "/api/user/status", otherToken, nil).wantData(200, `{"id":"`+other+`","email":"other@example.com","name":null,"status":"active",
		"canAccess":true,"createdAt":"2026-01-15T16:30:21.000Z","operator":false,"usage":{"sites":1,"apiKeys":0},`+limits+`}`)

	w = newWorld(t, unlimited, func(c *Config) { c.Operators = []string{" Other@Example.com "} })
	_, token = w.user("owner@example.com")
	_, otherToken = w.user("other@example.com")
	operator := func(token string) bool {
		var got struct{ Operator bool }
		w.call("GET", "/api/user/status", token, nil).read(200, &got)
		return got.Operator
	}
	require.False(t, operator(token))
	require.True(t, operator(otherToken))
}

func TestChangeUser(t *testing.T) {
	w := newWorld(t, unlimited)
	id, token := w.user("owner@example.com")
	name := func(want string) string {
		return `{"id":"` + id + `","email":"owner@example.com","name":` + want + `,"createdAt":"2026-01-15T16:30:20.000Z"}`
	}
	w.call("PATCH", "/api/user", token, object{"name": " Alice\u0007 Johnson "}).wantData(200, name(`"Alice Johnson"`))
	w.call("PATCH", "/api/user", token, object{}).wantData(200, name(`"Alice Johnson"`))
	w.start()
	w.call("GET", "/api/auth/me", token, nil).read(200, &struct{}{})
	w.call("PATCH", "/api/user", token, object{"name": strings.Repeat("ü", 100)}).read(200, &struct{}{})
	w.call("PATCH", "/api/user", token, object{"name": nil}).wantData(200, name("null"))
	w.wantErrors("PATCH", "/api/user", token, notJSON("no body", nil),
		bad("long", object{"name": strings.Repeat("ü", 101)}, "Name must not exceed 100 characters"), bad("a number", object{"name": 1}, "name must be a string"))
}

// accountWorld is a user with something of everything, on sites of others.
func accountWorld(t *testing.T) (w *world, id, token string, foreign analytics.SiteID, foreignToken string) {
	w = newWorld(t, unlimited)
	host, foreignToken := w.user("host@example.com")
	foreign = w.addSite(host, "host.example.com")
	id, token = w.user("guest@example.com")
	w.join(foreign, id, auth.Admin)
	w.key(id, auth.Read, "", 0)
	for target, body := range map[string]object{
		"/api/goals":    {"type": "event", "name": "Buy", "eventAction": "buy"},
		"/api/funnels":  {"name": "Way", "steps": []object{{"type": "pageview", "name": "a", "path": "/"}, {"type": "pageview", "name": "b", "path": "/b"}}},
		"/api/alerts":   {"name": "Many", "type": "threshold", "metric": "pageviews", "operator": ">", "threshold": 10, "period": "1h", "notifications": []string{"email"}},
		"/api/segments": {"name": "Mine", "filters": "device==mobile", "shared": true}, "/api/annotations": {"date": "2026-01-10", "title": "Launch"},
	} {
		body["siteId"] = foreign
		w.call("POST", target, token, body).read(201, &struct{}{})
	}
	w.call("POST", "/api/teams", token, object{"siteId": foreign, "email": "next@example.com", "role": "viewer"}).read(201, &struct{}{})
	return w, id, token, foreign, foreignToken
}

// creators lists who made what of a site.
func (w *world) creators(site analytics.SiteID) map[string][]string {
	list := make(map[string][]string)
	add := func(kind, by string) { list[kind] = append(list[kind], by) }
	for _, g := range w.catalog.Goals(site) {
		add("goal", g.CreatedBy)
	}
	for _, f := range w.catalog.Funnels(site) {
		add("funnel", f.CreatedBy)
	}
	for _, a := range w.catalog.Alerts(site) {
		add("alert", a.CreatedBy)
	}
	for _, g := range w.catalog.segments.of(site) {
		add("segment", g.CreatedBy)
	}
	for _, a := range w.catalog.annotations.of(site) {
		add("annotation", a.CreatedBy)
	}
	return list
}

func TestExportUser(t *testing.T) {
	w, id, token, foreign, _ := accountWorld(t)
	a := w.call("GET", "/api/user/export", token, nil)
	require.Equal(t, `attachment; filename="account-2026-01-15.json"`, a.head.Get("Content-Disposition"))
	var got struct {
		User        struct{ ID, Email string }
		Sessions    []sessionView
		APIKeys     []map[string]any
		Memberships []ownTeam
		Segments    []segmentView
		Annotations []annotationView
		Activity    []struct{ Action string }
	}
	a.read(200, &got)
	require.Equal(t, id, got.User.ID)
	require.NotEmpty(t, got.Sessions)
	require.Len(t, got.APIKeys, 1)
	require.Regexp(t, `^zta_live_\w{4}\.\.\.$`, got.APIKeys[0]["key"])
	require.Equal(t, foreign, got.Memberships[0].SiteID)
	require.Equal(t, "Mine", got.Segments[0].Name)
	require.Equal(t, "Launch", got.Annotations[0].Title)
	done := make(map[string]bool)
	for _, e := range got.Activity {
		done[e.Action] = true
	}
	require.True(t, done["account.exported"])
	require.True(t, done["goal.created"])
	u, ok := w.accounts.User(id)
	require.True(t, ok)
	require.NotContains(t, a.text, u.PasswordHash)
}

// A deleted account takes with it what is its own, and its name from what it made for others; the next request knows it no longer.
func TestDeleteUser(t *testing.T) {
	w, id, token, foreign, foreignToken := accountWorld(t)
	require.Equal(t, map[string][]string{"goal": {id}, "funnel": {id}, "alert": {id}, "segment": {id}, "annotation": {id}}, w.creators(foreign))
	w.wantErrors("DELETE", "/api/user", token, notJSON("no body", nil),
		bad("no password", object{}, "Password is required"), bad("empty", object{"password": ""}, "Password is required"),
		bad("a number", object{"password": 1}, "password must be a string"), bad("wrong", object{"password": "tangerine-orbit-43"}, "Current password is incorrect"),
		bad("sites", object{"password": password, "deleteSites": "yes"}, "deleteSites must be a boolean"))
	alert := w.catalog.Alerts(foreign)[0]
	w.fire(&analytics.Trigger{Firing: analytics.Firing{TriggerID: "trigger_aaaaaa", AlertID: alert.ID, At: 1}, Site: foreign})
	seen := w.call("POST", "/api/alerts/"+alert.ID+"/acknowledge", token, object{"triggerId": "trigger_aaaaaa"})
	require.Contains(t, seen.text, `"acknowledged":true,"acknowledgedBy":"`+id+`"`)
	own := w.addSite(id, "own.example.com")
	gone := w.addSite(id, "gone.example.com")
	w.remove(gone)
	w.call("DELETE", "/api/user", token, object{"password": password}).wantError(409, "You still own 2 site(s)", "conflict")
	require.True(t, w.alive(token))

	w.call("DELETE", "/api/user", token, object{"password": password, "deleteSites": true}).wantData(200, `{"success":true,"message":"Account deleted"}`)
	w.call("GET", "/api/auth/me", token, nil).wantError(401, "Invalid or expired token", "unauthorized")
	require.Nil(t, w.sites.entry(own))
	require.Nil(t, w.sites.entry(gone))
	for range 2 {
		require.Equal(t, map[string][]string{"goal": {""}, "funnel": {""}, "alert": {""}, "annotation": {""}}, w.creators(foreign))
		require.Equal(t, auth.NoRole, w.sites.Role(foreign, id))
		require.Empty(t, w.sites.invites.pending(foreign, w.clock.Now()))
		require.Empty(t, w.accounts.Departures())
		require.Contains(t, w.call("GET", "/api/alerts/"+alert.ID+"/history", foreignToken, nil).text,
			`"acknowledged":true,"acknowledgedBy":null,"acknowledgedAt":"`+instant(w.clock.Now())+`"`)
		w.start() // all of it is durable
	}
	w.call("POST", "/api/alerts/"+alert.ID+"/acknowledge", foreignToken, object{"triggerId": "trigger_aaaaaa"}).read(200, &struct{}{})
	require.NotContains(t, w.call("GET", "/api/alerts/"+alert.ID+"/history", foreignToken, nil).text, `"acknowledgedBy":"`, "who was first stays")
	w.call("POST", "/api/auth/login", "", object{"email": "guest@example.com", "password": password}).wantError(401, "Invalid credentials", "unauthorized")
	for key, val := range w.meta.all() {
		require.NotContains(t, string(val), "guest@example.com", key)
		require.NotContains(t, string(val), id, key)
		require.NotContains(t, key, id)
	}
	list, _ := w.activities(foreignToken, "")
	for _, e := range list {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		require.NotContains(t, string(text), id)
	}
	report, err := VerifyActivity(w.meta)
	require.NoError(t, err)
	require.True(t, report.Fits)
	w.user("guest@example.com") // the address is free again
}

// What an error or a crash leaves of a deleted account goes later.
func TestDepartureIsFinished(t *testing.T) {
	w, id, token, foreign, _ := accountWorld(t)
	own := w.addSite(id, "own.example.com")
	w.fold.fail = errors.New("disk")
	w.call("DELETE", "/api/user", token, object{"password": password, "deleteSites": true}).wantData(200, `{"success":true,"message":"Account deleted"}`)
	require.False(t, w.alive(token))
	require.Len(t, w.accounts.Departures(), 1)
	w.fold.fail = nil
	w.start()
	require.NoError(t, w.purger.Round(t.Context())) // what was buried is finished by the purger
	for _, d := range w.accounts.Departures() {
		require.NoError(t, w.srv.finishDeparture(t.Context(), d, 0))
	}
	require.Nil(t, w.sites.entry(own))
	require.Empty(t, w.accounts.Departures())
	require.Equal(t, map[string][]string{"goal": {""}, "funnel": {""}, "alert": {""}, "annotation": {""}}, w.creators(foreign))
}

// What is removed late is the deleted account's alone: who registers its address anew keeps their invitations and what the log says of them.
func TestDepartureIsFinishedAfterTheAddressIsTaken(t *testing.T) {
	w, id, _, foreign, foreignToken := accountWorld(t)
	host, _ := w.accounts.UserByEmail("host@example.com")
	second, third := w.addSite(host.ID, "second.example.com"), w.addSite(host.ID, "third.example.com")
	invite := func(site analytics.SiteID) {
		w.call("POST", "/api/teams", foreignToken, object{"siteId": site, "email": "guest@example.com", "role": "viewer"}).read(201, &struct{}{})
	}
	invite(second)
	invite(third)
	_, err := w.accounts.Leave(id) // and the program ends
	require.NoError(t, err)
	w.start()
	w.clock.Add(time.Minute)
	_, token := w.user("guest@example.com")
	invite(foreign)
	invite(third) // again
	for _, d := range w.accounts.Departures() {
		require.NoError(t, w.srv.finishDeparture(t.Context(), d, 0))
	}
	require.Len(t, w.sites.invites.pending(foreign, w.clock.Now()), 1)
	require.Empty(t, w.sites.invites.pending(second, w.clock.Now()), "it was for the account that is gone")
	require.Len(t, w.sites.invites.pending(third, w.clock.Now()), 1)
	require.True(t, w.alive(token))
	list, _ := w.activities(foreignToken, "action=team.member_invited")
	var named []any
	for _, e := range list {
		named = append(named, e.Target["name"])
	}
	require.Equal(t, []any{"guest@example.com", "guest@example.com", nil, nil, nil}, named)
}

// awaitGone waits until an account is let in no more.
func (w *world) awaitGone(id string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { _, ok := w.accounts.User(id); return !ok }, 10*time.Second, time.Millisecond)
}

// What the account's own requests make that were under way when it was deleted goes, too: also what they make after it is gone.
func TestDeleteUserWaitsForRequestsUnderWay(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("operator@example.com")
	id, token := w.user("owner@example.com")
	begun, release := make(chan bool), make(chan bool)
	w.definer.hold = func() { close(begun); <-release }
	var both sync.WaitGroup
	both.Go(func() { require.Equal(t, 201, w.call("POST", "/api/sites", token, `{"domain":"example.com"}`).code) })
	<-begun
	both.Go(func() {
		w.call("DELETE", "/api/user", token, object{"password": password}).wantData(200, `{"success":true,"message":"Account deleted"}`)
	})
	w.awaitGone(id)
	close(release)
	both.Wait()
	require.Empty(t, w.sites.All())
	require.Empty(t, w.accounts.Departures())
	for key, val := range w.meta.all() {
		require.NotContains(t, key+string(val), id, key)
	}
}

// A site whose definition has not reached the log goes with its account, too: no later start makes it whole.
func TestDeleteUserTakesUnfinishedSites(t *testing.T) {
	w := newWorld(t, unlimited)
	w.user("operator@example.com")
	id, token := w.user("owner@example.com")
	w.definer.err = &analytics.Unavailable{}
	require.Equal(t, 503, w.call("POST", "/api/sites", token, `{"domain":"example.com"}`).code)
	w.definer.err = nil
	w.call("DELETE", "/api/user", token, object{"password": password}).wantData(200, `{"success":true,"message":"Account deleted"}`)
	w.start()
	require.NoError(t, w.sites.ResumePending(t.Context()))
	require.Empty(t, w.sites.All())
	for key, val := range w.meta.all() {
		require.NotContains(t, key+string(val), id, key)
	}
}

// A site that is handed over to an account while that is deleted stays where it is, or keeps the account from being deleted.
func TestTransferToADeletedUser(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	id, guest := w.user("guest@example.com")
	w.join(site, id, auth.Admin)
	_, err := w.accounts.Leave(id) // and nothing of it is removed elsewhere yet
	require.NoError(t, err)
	w.call("POST", "/api/teams/transfer", token, object{"siteId": site, "userId": id}).wantError(404, "Team member not found", "not_found")
	require.Equal(t, auth.Owner, w.sites.Role(site, owner))
	w.call("GET", "/api/auth/me", guest, nil).wantError(401, "Invalid or expired token", "unauthorized")
}
