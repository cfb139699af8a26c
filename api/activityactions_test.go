package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestEveryActionIsLogged does everything that activity-log.md names, once, over the API, and finds all of it in the log, and nothing twice that
// was done once.
func TestEveryActionIsLogged(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	id := func(method, target, by string, body any) string {
		t.Helper()
		var made struct{ ID string }
		a := w.call(method, target, by, body)
		require.Less(t, a.code, 300, "%s %s: %s", method, target, a.text)
		var data struct{ Data json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(a.text), &data))
		_ = json.Unmarshal(data.Data, &made) // a list has no id
		return made.ID
	}
	site := id("POST", "/api/sites", token, object{"domain": "example.com"})
	of := func(body object) object {
		body["siteId"] = site
		return body
	}
	id("PATCH", "/api/sites", token, object{"id": site, "name": "Example"})
	id("DELETE", "/api/sites?id="+site, token, nil)
	id("POST", "/api/sites/"+site+"/restore", token, nil)

	guest, guestToken := w.user("guest@example.com")
	for _, action := range []string{"decline", "accept"} {
		var invited struct{ InviteURL string }
		w.call("POST", "/api/teams", token, of(object{"email": "guest@example.com", "role": "member"})).read(201, &invited)
		_, secret, _ := strings.Cut(invited.InviteURL, "token=")
		id("POST", "/api/invite", guestToken, object{"token": secret, "action": action})
	}
	id("PATCH", "/api/teams", token, of(object{"userId": guest, "role": "admin"}))
	id("POST", "/api/teams/transfer", token, of(object{"userId": guest}))
	id("POST", "/api/teams/transfer", guestToken, of(object{"userId": owner}))
	id("DELETE", "/api/teams?siteId="+site+"&userId="+guest, token, nil)

	goal := id("POST", "/api/goals", token, of(object{"type": "event", "name": "Buy", "eventAction": "buy"}))
	id("PATCH", "/api/goals/"+goal, token, object{"name": "Bought"})
	id("DELETE", "/api/goals/"+goal, token, nil)
	funnel := id("POST", "/api/funnels", token, of(object{"name": "Way", "steps": []object{
		{"type": "pageview", "name": "a", "path": "/"}, {"type": "pageview", "name": "b", "path": "/b"},
	}}))
	id("PATCH", "/api/funnels/"+funnel, token, object{"name": "Path"})
	id("DELETE", "/api/funnels/"+funnel, token, nil)
	alert := id("POST", "/api/alerts", token, of(object{
		"name": "Many", "type": "threshold", "metric": "pageviews", "operator": ">", "threshold": 10, "period": "1h", "notifications": []string{"email"},
	}))
	id("PATCH", "/api/alerts/"+alert, token, object{"name": "More"})
	trigger := &analytics.Trigger{
		Firing: analytics.Firing{TriggerID: "trigger_aaaaaaaaaaaaaaaaaaaa", AlertID: alert, At: w.clock.Now().UnixMilli()}, Site: analytics.SiteID(site),
	}
	w.fire(trigger)
	w.appendActivity(AlertTriggered(trigger)) // as the program's wiring does
	id("POST", "/api/alerts/"+alert+"/acknowledge", token, object{"triggerId": trigger.TriggerID})
	id("DELETE", "/api/alerts/"+alert, token, nil)
	hook := id("POST", "/api/webhooks", token, of(object{"url": "https://hooks.example.com/x", "events": []string{"goal"}}))
	id("PATCH", "/api/webhooks/"+hook, token, object{"description": "Hook"})
	id("POST", "/api/webhooks/"+hook+"/rotate-secret", token, nil)
	kept, ok := w.catalog.Webhook(hook)
	require.True(t, ok)
	w.appendActivity(WebhookFailed(kept, "msg_a", "goal", "HTTP 500", 6), WebhookDisabled(kept, "failures"))
	id("DELETE", "/api/webhooks/"+hook, token, nil)

	require.Equal(t, 200, w.call("GET", "/api/export?siteId="+site+"&type=summary", token, nil).code)
	picture := id("POST", "/api/heatmaps/screenshots?siteId="+site+"&path=/", token, string(pngPicture(3, 2)))
	id("DELETE", "/api/heatmaps/screenshots?id="+picture, token, nil)
	share := id("POST", "/api/sites/"+site+"/shares", token, object{})
	id("DELETE", "/api/sites/"+site+"/shares/"+share, token, nil)
	imported := id("POST", "/api/import", token, of(object{"format": "csv", "data": december(1)}))
	id("DELETE", "/api/import?id="+imported, token, nil)

	var key struct{ ID, Key string }
	w.call("POST", "/api/api-keys", token, object{"name": "key", "scope": "read"}).read(201, &key)
	id("GET", "/api/sites", key.Key, nil)
	id("DELETE", "/api/api-keys/"+key.ID, token, nil)

	require.Equal(t, 401, w.login("owner@example.com", "not the password").code)
	require.Equal(t, 401, w.login("nobody@example.com", "not the password").code)
	var session grantAnswer
	w.login("owner@example.com", password).read(200, &session)
	id("POST", "/api/auth/logout", session.Token, object{})
	_, other := w.signIn("owner@example.com")
	id("DELETE", "/api/user/sessions/"+other, token, nil)
	id("POST", "/api/auth/change-password", token, object{"currentPassword": password, "newPassword": password + "2"})
	id("PATCH", "/api/user", token, object{"name": "Alice Johnson"})
	require.Equal(t, 200, w.call("GET", "/api/user/export", token, nil).code)
	w.letters() // the invitations
	id("POST", "/api/auth/reset", "", object{"token": w.forget("owner@example.com"), "password": password + "3"})
	token, _ = func() (string, string) {
		var g grantAnswer
		w.login("owner@example.com", password+"3").read(200, &g)
		return g.Token, ""
	}()
	require.NoError(t, w.activity.Flush(t.Context()))

	want := make(map[string]int)
	for _, names := range activityActions {
		for _, a := range names {
			want[a] = 1
		}
	}
	delete(want, "account.deleted")
	delete(want, "site.purged")
	want["team.member_invited"], want["team.ownership_transferred"] = 2, 2
	want["auth.login"] = 3
	got := make(map[string]int)
	var seen []string
	list, total := w.activities(token, "limit=100")
	require.Len(t, list, total)
	own, _ := w.activities(token, "limit=100&siteId="+site)
	for _, e := range append(list, own...) {
		if !slices.Contains(seen, e.ID) {
			seen = append(seen, e.ID)
			got[e.Action]++
		}
	}
	guestList, _ := w.activities(guestToken, "limit=100")
	for _, e := range guestList {
		if !slices.Contains(seen, e.ID) {
			got[e.Action]++
		}
	}
	require.Equal(t, want, got)
	for _, e := range list {
		if e.Action == failedLogin {
			require.Nil(t, e.Actor)
			require.Equal(t, "owner@example.com", e.Target["name"])
		}
	}
	for _, row := range w.meta.all() {
		require.NotContains(t, string(row), "nobody@example.com")
	}

	id("DELETE", "/api/sites?id="+site, token, nil)
	id("DELETE", "/api/sites?id="+site+"&purge=true&confirm=example.com", token, nil)
	id("DELETE", "/api/user", token, object{"password": password + "3"})
	require.NoError(t, w.activity.Flush(t.Context()))
	ended := make(map[string]bool)
	require.NoError(t, w.meta.Scan(entryPrefix, func(key string, val []byte) error {
		e, err := readEntry(key, val)
		if err == nil {
			ended[e.fields.Action] = true
		}
		return err
	}))
	require.True(t, ended["site.purged"])
	require.True(t, ended["account.deleted"])
	w.wantFits()
}

// wantFits expects a chain without a fault.
func (w *world) wantFits() {
	w.t.Helper()
	r, err := VerifyActivity(w.meta)
	require.NoError(w.t, err)
	require.True(w.t, r.Fits, "%+v", r)
}
