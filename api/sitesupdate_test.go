package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// TestChangeSite changes every field of a site, by sites.md.
func TestChangeSite(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	var made siteView
	w.call("POST", "/api/sites", token, object{
		"domain": "example.com", "settings": object{"keepQuery": true, "aliases": []string{"old"}},
	}).read(201, &made)
	w.clock.Add(time.Second)
	sent := object{
		"id": made.ID, "name": " Example\tWebsite ", "timezone": "America/New_York", "public": true, "domain": "EXAMPLE.com.", "mystery": 1,
		"settings": object{
			"excludePaths": []string{"/admin/*"}, "allowedDomains": []string{"Shop.example.com", "*.example.net"}, "ignoreParams": []string{"session"},
			"filterBots": false, "honorGpc": true, "honorDnt": true, "heatmaps": false, "dataRetention": 30,
			"slackWebhookUrl": "https://hooks.example.net/T0/B1",
		},
	}
	want := `{"id":"` + string(made.ID) + `","domain":"example.com","name":"ExampleWebsite","timezone":"America/New_York","public":true,"role":"owner",
		"settings":{"excludePaths":["/admin/*"],"allowedDomains":["shop.example.com","*.example.net"],"keepQuery":true,"ignoreParams":["session"],
			"filterBots":false,"honorGpc":true,"honorDnt":true,"aliases":["old"],"heatmaps":false,"dataRetention":30,
			"slackWebhookUrl":"https://hooks.example.net/T0/B1"},
		"createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:21.000Z","deletedAt":null,"purgeAt":null,
		"trackingCode":"<script defer data-site=\"` + string(made.ID) + `\" src=\"https://analytics.example.com/js/analytics.js\"></script>"}`
	w.call("PATCH", "/api/sites", token, sent, odd).wantData(200, want)

	list, _ := w.activities(token, "action=site.updated")
	require.Len(t, list, 1)
	facts, err := json.Marshal(list[0].Metadata)
	require.NoError(t, err)
	require.JSONEq(t, `{"name":{"from":"example.com","to":"ExampleWebsite"},"timezone":{"from":"UTC","to":"America/New_York"},
		"public":{"from":false,"to":true},
		"excludePaths":{"from":[],"to":["/admin/*"]},"allowedDomains":{"from":[],"to":["shop.example.com","*.example.net"]},
		"ignoreParams":{"from":[],"to":["session"]},"filterBots":{"from":true,"to":false},"honorGpc":{"from":false,"to":true},
		"honorDnt":{"from":false,"to":true},"heatmaps":{"from":true,"to":false},"dataRetention":{"from":730,"to":30},
		"slackWebhookUrl":{"from":null,"to":"https://hooks.example.net"}}`, string(facts)) // the path of the hook is a secret

	w.start() // all of it is durable
	one := "/api/sites/" + string(made.ID)
	patched := func(body any) (v siteView) {
		t.Helper()
		w.call("PATCH", one, token, body, odd).read(200, &v)
		return v
	}
	v := patched(object{}) // what is absent stays as it is
	require.Equal(t, "ExampleWebsite", v.Name)
	require.True(t, v.Public)
	require.Equal(t, 30, v.Settings.DataRetention)
	v = patched(object{"settings": object{"slackWebhookUrl": nil, "excludePaths": []string{}}})
	require.Nil(t, v.Settings.SlackWebhookURL)
	require.Empty(t, v.Settings.ExcludePaths)
	require.True(t, v.Settings.HonorGPC)
	v = patched(`{"name":null,"timezone":null,"public":null,"settings":null}`) // null is the default
	require.Equal(t, "example.com", v.Name)
	require.Equal(t, "UTC", v.Timezone)
	require.False(t, v.Public)
	require.Equal(t, analytics.DefaultSettings(730), v.Settings)
	v = patched(object{"id": made.ID, "name": strings.Repeat("é", 100)})
	require.Equal(t, strings.Repeat("é", 100), v.Name)
}

func TestChangeSiteErrors(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	one := "/api/sites/" + string(site)
	long := func(n, size int) object {
		return object{"settings": object{"excludePaths": repeated(n, strings.Repeat("a", size-3))}}
	}
	w.wantErrors("PATCH", one, token,
		notJSON("no body", nil), notJSON("a list", `[]`), notJSON("a text", `"a"`),
		bad("another id", object{"id": "site_00000000000000000000"}, "ID mismatch"), bad("id is a number", `{"id":1}`, "id must be a string"),
		bad("domain", object{"domain": "example.org"}, "Domain cannot be changed"), bad("no domain", `{"domain":null}`, "Domain cannot be changed"),
		bad("domain is a number", `{"domain":1}`, "domain must be a string"),
		bad("long name", object{"name": strings.Repeat("é", 101)}, "Site name must not exceed 100 characters"),
		bad("name is a number", `{"name":1}`, "name must be a string"),
		bad("zone", object{"timezone": "Mars/Olympus"}, "Invalid timezone"), bad("no zone", object{"timezone": ""}, "Invalid timezone"),
		bad("zone of the machine", object{"timezone": "Local"}, "Invalid timezone"),
		bad("zone with leap seconds", object{"timezone": "right/UTC"}, "Invalid timezone"), bad("zone is a number", `{"timezone":1}`, "timezone must be a string"),
		bad("public", `{"public":"yes"}`, "public must be a boolean"), bad("settings", `{"settings":[]}`, "settings must be a object"),
		bad("too many paths", long(101, 10), "Invalid setting: excludePaths"), bad("long path", long(1, 201), "Invalid setting: excludePaths"),
		bad("retention", object{"settings": object{"dataRetention": 29}}, "Invalid setting: dataRetention"),
		bad("long retention", object{"settings": object{"dataRetention": 3651}}, "Invalid setting: dataRetention"),
		bad("null in settings", `{"settings":{"filterBots":null}}`, "Invalid setting: filterBots"),
		bad("slack by http", object{"settings": object{"slackWebhookUrl": "http://hooks.example.net/"}}, "Invalid setting: slackWebhookUrl"),
		bad("slack at home", object{"settings": object{"slackWebhookUrl": "https://127.0.0.1/"}}, "Invalid setting: slackWebhookUrl"),
	)
	require.Equal(t, 200, w.call("PATCH", one, token, long(100, 200)).code)
	w.call("PATCH", "/api/sites", token, object{"name": "a"}).wantError(400, "ID required", "validation_failed")
	w.call("PATCH", "/api/sites", token, object{"id": missingSite, "domain": "example.org"}).wantError(404, "Site not found", "not_found")
	w.call("PATCH", "/api/sites/"+string(missingSite), token, object{"timezone": "Mars"}).wantError(400, "Invalid timezone", "validation_failed")
	_, read := w.key(owner, auth.Read, "", 0)
	w.call("PATCH", one, read, object{"name": "a"}).wantError(403, "Insufficient permissions. This key has read-only access.", "insufficient_scope")
	_, write := w.key(owner, auth.Write, "", 0)
	w.call("PATCH", one, write, object{"name": "a"}).wantError(403, "Insufficient permissions. This key has write access.", "insufficient_scope")
	_, bound := w.key(owner, auth.AdminScope, site, 0)
	require.Equal(t, 200, w.call("PATCH", one, bound, object{"name": "a"}).code)
	other := w.addSite(owner, "other.example.com")
	w.call("PATCH", "/api/sites/"+string(other), bound, object{"name": "a"}).wantError(403, "This API key cannot access "+string(other), "forbidden")
	w.call("POST", "/api/sites", bound, object{"domain": "third.example.com"}).wantError(403, "This API key cannot access other sites", "forbidden")
	w.remove(site)
	w.call("PATCH", one, token, object{"name": "a"}).wantError(404, "Site not found", "not_found")
}

// repeated are n texts, all different, three characters longer than text.
func repeated(n int, text string) (list []string) {
	for i := range n {
		list = append(list, text+string([]rune{'a' + rune(i/26), 'a' + rune(i%26), 'z'}))
	}
	return list
}

// A new time zone is in the log before the answer; when the log does not answer, the next change, or the next start, brings it there.
func TestChangeOfZoneIsDefined(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	one := "/api/sites/" + string(site)
	last := func() (d analytics.Definition, body analytics.SiteDefinition) {
		t.Helper()
		d = w.definer.log[len(w.definer.log)-1]
		require.NoError(t, json.Unmarshal(d.Body, &body))
		return d, body
	}
	_, before := last()
	require.Equal(t, 200, w.call("PATCH", one, token, object{"name": "Example"}).code)
	require.Len(t, w.definer.log, 1) // a name is nothing to the fold
	require.Equal(t, 200, w.call("PATCH", one, token, object{"timezone": "Asia/Kathmandu"}).code)
	d, body := last()
	require.EqualValues(t, 2, d.Revision)
	require.Equal(t, "Asia/Kathmandu", body.Timezone)
	require.Equal(t, before.DedupKey, body.DedupKey)
	require.Equal(t, 200, w.call("PATCH", one, token, object{"timezone": "Asia/Kathmandu"}).code)
	require.Len(t, w.definer.log, 2)

	w.definer.err = &analytics.Unavailable{Reason: "the disk is full", RetryAfter: 3 * time.Second}
	a := w.call("PATCH", one, token, object{"timezone": "Europe/Berlin"})
	a.wantError(503, "Service temporarily unavailable", "unavailable")
	require.Equal(t, "3", a.head.Get("Retry-After"))
	w.definer.err = nil
	require.Equal(t, 200, w.call("PATCH", one, token, object{"public": true}).code)
	d, body = last()
	require.EqualValues(t, 3, d.Revision)
	require.Equal(t, "Europe/Berlin", body.Timezone)

	w.definer.err = &analytics.Unavailable{Reason: "the disk is full", RetryAfter: time.Second}
	require.Equal(t, 503, w.call("PATCH", one, token, object{"timezone": "UTC"}).code)
	w.definer.err = nil
	w.start()
	require.NoError(t, w.sites.ResumePending(t.Context()))
	d, body = last()
	require.EqualValues(t, 4, d.Revision)
	require.Equal(t, "UTC", body.Timezone)
	require.NoError(t, w.sites.ResumePending(t.Context()))
	require.Len(t, w.definer.log, 4)
}

// TestDeleteSite: soft deletion and its way back.
func TestDeleteSite(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	viewer, viewerToken := w.user("viewer@example.com")
	site := analytics.SiteID(w.defined("/api/sites", token, object{"domain": "example.com", "public": true}))
	w.join(site, viewer, auth.Viewer)
	goal := w.defined("/api/goals", token, object{"siteId": site, "type": "event", "name": "Buy", "eventAction": "buy"})
	_, shared := w.share(site, "7d")
	_, bound := w.key(owner, auth.Write, site, 0)
	one := "/api/sites/" + string(site)
	var made siteView
	w.call("GET", one, token, nil).read(200, &made)

	w.call("POST", one+"/restore", token, nil).wantError(400, "Site is not deleted", "validation_failed")
	const denied = "Only the site owner can delete this site"
	w.call("DELETE", one, viewerToken, nil).wantError(403, denied, "forbidden")
	w.call("DELETE", "/api/sites?id="+string(site)+"&purge=false", token, nil).wantData(200, `{"success":true,"message":"Site deleted successfully",
		"deletedAt":"2026-01-15T16:30:20.000Z","purgeAt":"2026-02-14T16:30:20.000Z"}`)
	for range 2 {
		for _, path := range []string{
			one, "/api/stats?siteId=" + string(site), "/api/realtime?siteId=" + string(site),
			"/api/export?siteId=" + string(site), "/api/goals?siteId=" + string(site),
			"/api/goals/" + goal, "/api/goals/" + goal + "/stats", "/api/teams?siteId=" + string(site), one + "/shares",
			"/api/annotations?siteId=" + string(site),
			activityLog + "?siteId=" + string(site), one + "/diagnostics", "/api/alerts?siteId=" + string(site), "/api/webhooks?siteId=" + string(site),
			"/api/heatmaps/pages?siteId=" + string(site), "/api/journeys?siteId=" + string(site), "/api/stats-api?site_id=" + string(site),
			"/api/segments?siteId=" + string(site), "/api/funnels?siteId=" + string(site), "/api/import?siteId=" + string(site),
		} {
			w.call("GET", path, token, nil).wantError(404, "Site not found", "not_found")
		}
		w.call("GET", "/api/public/stats?siteId="+string(site), "", nil).wantError(404, "Invalid or expired share link", "not_found")
		w.call("GET", "/api/public/stats?token="+shared, "", nil).wantError(404, "Invalid or expired share link", "not_found")
		w.call("POST", "/api/track?siteId="+string(site), bound, object{}, odd).wantError(404, "Invalid site ID", "not_found")
		w.call("DELETE", one, token, nil).wantError(404, "Site not found", "not_found")
		w.call("GET", "/api/teams", token, nil).wantData(200, `[]`)
		w.call("GET", "/api/sites", token, nil).wantData(200, `[]`)
		w.call("GET", "/api/sites?includeDeleted=true", viewerToken, nil).wantData(200, `[]`)
		w.start() // it is durable
	}
	list, _ := w.activities(token, "type=site")
	require.ElementsMatch(t, []string{"site.deleted", "site.created"}, actions(list)) // the owner's own log has it still

	w.call("POST", one+"/restore", viewerToken, nil).wantError(403, denied, "forbidden")
	var back siteView
	w.call("POST", one+"/restore", token, nil).read(200, &back)
	require.Equal(t, made, back)
	var goals []map[string]any
	w.call("GET", "/api/goals?siteId="+string(site), viewerToken, nil).read(200, &goals)
	require.Len(t, goals, 1)
	require.Equal(t, 200, w.call("GET", "/api/public/stats?token="+shared, "", nil).code)
	w.call("POST", one+"/restore", token, nil).wantError(400, "Site is not deleted", "validation_failed")
	list, _ = w.activities(token, "siteId="+string(site)+"&type=site")
	require.ElementsMatch(t, []string{"site.restored", "site.deleted", "site.created"}, actions(list))
}

// A restored site is held to the same rules as a new one.
func TestRestoreKeepsTheRulesOfOwners(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.MaxSitesPerUser = 1 })
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	w.remove(site)
	restore := func() answer { return w.call("POST", "/api/sites/"+string(site)+"/restore", token, nil) }
	again := w.addSite(owner, "example.com")
	restore().wantError(409, "A site with this domain already exists", "conflict")
	w.remove(again)
	other := w.addSite(owner, "other.example.com")
	restore().wantError(403, "Site limit reached", "limit_reached")
	w.remove(other)
	require.Equal(t, 200, restore().code)
	w.call("POST", "/api/sites/"+string(missingSite)+"/restore", token, nil).wantError(404, "Site not found", "not_found")
}

// Extra origins follow the rules of domains: localhost only where local sites are allowed (sites.md).
func TestLocalOriginsNeedLocalSites(t *testing.T) {
	settings := func(hosts ...string) object {
		return object{"domain": "example.com", "settings": object{"allowedDomains": hosts}}
	}
	for _, local := range []bool{false, true} {
		w := newWorld(t, unlimited, func(c *Config) { c.AllowLocalSites = local })
		owner, token := w.user("owner@example.com")
		site := "/api/sites/" + string(w.addSite(owner, "other.example.com"))
		for _, host := range []string{"LocalHost", "*.localhost"} {
			body := settings("shop.example.com", host)
			if !local {
				w.call("POST", "/api/sites", token, body).wantError(400, "Invalid setting: allowedDomains", "validation_failed")
				delete(body, "domain")
				w.call("PATCH", site, token, body).wantError(400, "Invalid setting: allowedDomains", "validation_failed")
				continue
			}
			delete(body, "domain")
			require.Contains(t, w.call("PATCH", site, token, body).text, `"allowedDomains":["shop.example.com","`+strings.ToLower(host)+`"]`)
		}
	}
}

// TestSlackByHTTP: WEBHOOK_ALLOW_HTTP is for Slack URLs, too (webhooks.md, SSRF protection).
func TestSlackByHTTP(t *testing.T) {
	w, site, token := goalWorld(t, func(c *Config) { c.HooksAllowHTTP = true })
	var got struct{ Settings analytics.Settings }
	w.call("PATCH", "/api/sites/"+string(site), token, object{"settings": object{"slackWebhookUrl": "http://hooks.example.net/"}}).read(200, &got)
	require.Equal(t, "http://hooks.example.net/", *got.Settings.SlackWebhookURL)
	w.call("POST", "/api/sites", token, object{"domain": "other.example.com", "settings": object{"slackWebhookUrl": "http://hooks.example.net/"}}).read(201, &got)
	w.call("PATCH", "/api/sites/"+string(site), token, object{"settings": object{"slackWebhookUrl": "ftp://hooks.example.net/"}}).
		wantError(400, "Invalid setting: slackWebhookUrl", "validation_failed")
}
