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

const defaultSettings = `{"excludePaths":[],"allowedDomains":[],"keepQuery":false,"ignoreParams":[],"filterBots":true,"honorGpc":false,
	"honorDnt":false,"aliases":[],"heatmaps":true,"dataRetention":730,"slackWebhookUrl":null}`

func TestCreateSite(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	a := w.call("POST", "/api/sites", token, `{"domain":"Example.com.","name":" Example Website ","timezone":"America/New_York"}`)
	var got siteView
	a.read(201, &got)
	require.Regexp(t, `^site_[a-z0-9]{20}$`, string(got.ID))
	a.wantData(201, `{"id":"`+string(got.ID)+`","domain":"example.com","name":"Example Website","timezone":"America/New_York","public":false,"role":"owner",
		"settings":`+defaultSettings+`,"createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:20.000Z","deletedAt":null,"purgeAt":null,
		"trackingCode":"<script defer data-site=\"`+string(got.ID)+`\" src=\"https://analytics.example.com/js/analytics.js\"></script>"}`)

	site, ok := w.sites.Site(got.ID)
	require.True(t, ok)
	require.Equal(t, owner, site.OwnerID)
	require.Equal(t, auth.Owner, w.sites.Role(got.ID, owner))
	require.NotZero(t, site.DedupKey)
	require.Len(t, w.definer.log, 1)
	var body analytics.SiteDefinition
	require.NoError(t, json.Unmarshal(w.definer.log[0].Body, &body))
	require.Equal(t, analytics.SiteDefinition{Timezone: "America/New_York", MaxDimensionValues: 10_000, DedupKey: site.DedupKey}, body)
	require.Equal(t, "site", w.definer.log[0].Kind)
	require.Equal(t, int64(1), w.definer.log[0].Revision)

	w.start() // the site is durable
	again, ok := w.sites.Site(got.ID)
	require.True(t, ok)
	require.Equal(t, site, again)
	require.Equal(t, auth.Owner, w.sites.Role(got.ID, owner))
}

func TestCreateSiteDefaults(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	var got siteView
	w.call("POST", "/api/sites", token, `{"domain":"bücher.example","name":"","timezone":"UTC","public":true,"settings":{"keepQuery":true,"aliases":["old"],"mystery":1}}`, odd).read(201, &got)
	require.Equal(t, "xn--bcher-kva.example", got.Domain)
	require.Equal(t, "xn--bcher-kva.example", got.Name)
	require.True(t, got.Public)
	require.True(t, got.Settings.KeepQuery)
	require.Equal(t, []string{"old"}, got.Settings.Aliases)
	require.True(t, got.Settings.FilterBots)
	w.call("POST", "/api/sites", token, `{"domain":"plain.example"}`).read(201, &got)
	require.Equal(t, "UTC", got.Timezone)
	long := strings.Repeat("a.", 60) + "example"
	w.call("POST", "/api/sites", token, map[string]any{"domain": long}).read(201, &got)
	require.Equal(t, long, got.Name) // the default name may be longer than a chosen one
}

func TestCreateSiteErrors(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.MaxSitesPerUser = 2 })
	owner, token := w.user("owner@example.com")
	_, other := w.user("other@example.com")
	w.addSite(owner, "example.com")
	w.wantErrors("POST", "/api/sites", token,
		notJSON("no body", nil),
		bad("no domain", `{}`, "Domain is required"), bad("blank", `{"domain":" "}`, "Domain is required"),
		bad("domain is a number", `{"domain":1}`, "domain must be a string"),
		bad("url", `{"domain":"https://example.com"}`, "Invalid domain format"),
		bad("local", `{"domain":"localhost"}`, "Invalid domain format"),
		bad("zone", `{"domain":"b.example.com","timezone":"Mars/Olympus"}`, "Invalid timezone"),
		bad("zone of the machine", `{"domain":"b.example.com","timezone":"Local"}`, "Invalid timezone"),
		bad("zone of this system's files", `{"domain":"b.example.com","timezone":"posix/Asia/Tokyo"}`, "Invalid timezone"),
		bad("zone with leap seconds", `{"domain":"b.example.com","timezone":"right/America/New_York"}`, "Invalid timezone"),
		bad("zone outside", `{"domain":"b.example.com","timezone":"../../etc/passwd"}`, "Invalid timezone"),
		bad("zone is a number", `{"domain":"b.example.com","timezone":1}`, "timezone must be a string"),
		bad("long name", map[string]any{"domain": "b.example.com", "name": strings.Repeat("é", 101)}, "Site name must not exceed 100 characters"),
		bad("public is a text", `{"domain":"b.example.com","public":"yes"}`, "public must be a boolean"),
		bad("settings is a list", `{"domain":"b.example.com","settings":[]}`, "settings must be a object"),
		bad("setting", `{"domain":"b.example.com","settings":{"dataRetention":29}}`, "Invalid setting: dataRetention"),
		errorRow{"taken", `{"domain":"EXAMPLE.com"}`, 409, "A site with this domain already exists", "conflict"},
	)
	require.Equal(t, 201, w.call("POST", "/api/sites", other, `{"domain":"example.com"}`).code) // unique among the owner's only
	require.Equal(t, 201, w.call("POST", "/api/sites", token, `{"domain":"b.example.com"}`).code)
	w.call("POST", "/api/sites", token, `{"domain":"c.example.com"}`).wantError(403, "Site limit reached", "limit_reached")
	w.remove(w.sites.ofUser(owner)[0].ID)
	require.Equal(t, 201, w.call("POST", "/api/sites", token, `{"domain":"c.example.com"}`).code) // deleted ones do not count
}

func TestListSites(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	viewer, viewerToken := w.user("viewer@example.com")
	w.call("GET", "/api/sites", token, nil).wantData(200, `[]`)
	first := w.addSite(owner, "example.com")
	w.clock.Add(time.Second)
	second := w.addSite(owner, "blog.example.com")
	deleted := w.addSite(owner, "gone.example.com")
	w.join(first, viewer, auth.Viewer)
	w.join(deleted, viewer, auth.Viewer)
	w.remove(deleted)
	w.reader.stats = analytics.StatsReport{Summary: analytics.Summary{Pageviews: 69394, UniqueVisitors: 33352}, LastPageview: 1768494580557}

	item := func(id analytics.SiteID, domain, role, created string, members string) string {
		return `{"id":"` + string(id) + `","domain":"` + domain + `","name":"` + domain + `","timezone":"America/New_York","public":false,"role":"` + role +
			`","createdAt":"` + created + `","deletedAt":null,"purgeAt":null,
			"stats":{"pageviews":69394,"visitors":33352,"lastPageview":"2026-01-15T16:29:40.557Z"},"teamMembers":` + members + `}`
	}
	one := item(first, "example.com", "owner", "2026-01-15T16:30:20.000Z", "2")
	two := item(second, "blog.example.com", "owner", "2026-01-15T16:30:21.000Z", "1")
	w.call("GET", "/api/sites", token, nil).wantData(200, `[`+one+`,`+two+`]`)
	require.Equal(t, "2025-12-17", w.reader.query.Range.First.String())
	require.Zero(t, w.reader.asked[deleted])
	gone := `{"id":"` + string(deleted) + `","domain":"gone.example.com","name":"gone.example.com","timezone":"America/New_York","public":false,"role":"owner",
		"createdAt":"2026-01-15T16:30:21.000Z","deletedAt":"2026-01-15T16:30:21.000Z","purgeAt":"2026-02-14T16:30:21.000Z",
		"stats":{"pageviews":0,"visitors":0,"lastPageview":null},"teamMembers":2}`
	var all []siteItem
	w.call("GET", "/api/sites?includeDeleted=true", token, nil).read(200, &all)
	require.Len(t, all, 3)
	require.Contains(t, w.call("GET", "/api/sites?includeDeleted=true", token, nil).text, strings.NewReplacer("\n", "", "\t", "").Replace(gone))

	view := item(first, "example.com", "viewer", "2026-01-15T16:30:20.000Z", "2")
	w.call("GET", "/api/sites?includeDeleted=true", viewerToken, nil).wantData(200, `[`+view+`]`)
	_, bound := w.key(owner, auth.Read, second, 0)
	w.call("GET", "/api/sites", bound, nil).wantData(200, `[`+two+`]`)
	w.call("GET", "/api/sites?includeDeleted=maybe", token, nil).wantError(400, "includeDeleted must be a boolean", "validation_failed")
	w.reader.stats.LastPageview = 0
	require.Contains(t, w.call("GET", "/api/sites", token, nil).text, `"lastPageview":null`)
}

func TestGetSite(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	viewer, viewerToken := w.user("viewer@example.com")
	admin, adminToken := w.user("admin@example.com")
	var made siteView
	w.call("POST", "/api/sites", token, `{"domain":"example.com","settings":{"slackWebhookUrl":"https://hooks.example.net/T0/B1"}}`).read(201, &made)
	require.Equal(t, "https://hooks.example.net/T0/B1", *made.Settings.SlackWebhookURL)
	w.clock.Add(time.Second)
	w.join(made.ID, viewer, auth.Viewer)
	w.clock.Add(time.Second)
	w.join(made.ID, admin, auth.Admin)
	w.reader.stats = analytics.StatsReport{
		Summary:      analytics.Summary{Pageviews: 69394, UniqueVisitors: 33352, Sessions: 35850, BounceRate: 44.19, AvgSessionDuration: 95},
		LastPageview: 1768494580557,
	}
	want := func(role, slack string) string {
		return `{"id":"` + string(made.ID) + `","domain":"example.com","name":"example.com","timezone":"UTC","public":false,"role":"` + role + `",
		"settings":` + strings.Replace(defaultSettings, `"slackWebhookUrl":null`, `"slackWebhookUrl":"`+slack+`"`, 1) + `,
		"createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:20.000Z","deletedAt":null,"purgeAt":null,
		"trackingCode":"<script defer data-site=\"` + string(made.ID) + `\" src=\"https://analytics.example.com/js/analytics.js\"></script>",
		"owner":{"id":"` + owner + `","email":"owner@example.com","name":null},
		"stats":{"pageviews":69394,"visitors":33352,"sessions":35850,"bounceRate":44.19,"avgSessionDuration":95,"lastPageview":"2026-01-15T16:29:40.557Z"},
		"team":[{"id":"` + owner + `","email":"owner@example.com","role":"owner"},{"id":"` + viewer + `","email":"viewer@example.com","role":"viewer"},
			{"id":"` + admin + `","email":"admin@example.com","role":"admin"}],
		"goals":0,"funnels":0,"alerts":0}`
	}
	w.call("GET", "/api/sites/"+string(made.ID), token, nil).wantData(200, want("owner", "https://hooks.example.net/T0/B1"))
	w.call("GET", "/api/sites/"+string(made.ID), adminToken, nil).wantData(200, want("admin", "https://hooks.example.net/T0/B1"))
	w.call("GET", "/api/sites/"+string(made.ID), viewerToken, nil).wantData(200, want("viewer", "configured"))
	w.remove(made.ID)
	w.call("GET", "/api/sites/"+string(made.ID), token, nil).wantError(404, "Site not found", "not_found")
}
