package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// publicExample is the example of extended.md, "GET /api/public/stats".
const publicExample = `{"site":{"domain":"example.com","name":"Example Website"},"period":"7d","allowedPeriods":["7d","30d"],
 "uniqueVisitors":7125,"pageviews":14808,"bounceRate":43.95,"avgSessionDuration":98,
 "pages":[{"path":"/","pageviews":5125,"uniqueVisitors":4613},{"path":"/pricing","pageviews":3379,"uniqueVisitors":2983}],
 "referrers":[{"source":"(direct)","visits":3094},{"source":"google.com","visits":2135}],
 "devices":[{"type":"desktop","count":4902},{"type":"mobile","count":2511},{"type":"tablet","count":241}],
 "browsers":[{"name":"Chrome","count":4347},{"name":"Safari","count":2227}],
 "countries":[{"code":"US","name":"United States","count":4254},{"code":"ZZ","name":"Unknown","count":481}],
 "daily":[{"date":"2026-01-09","pageviews":2652,"uniqueVisitors":1275},{"date":"2026-01-10","pageviews":1740,"uniqueVisitors":840}]}`

// publicSource is what GET /api/stats would say of the same.
var publicSource = analytics.StatsReport{
	Summary: analytics.Summary{
		Pageviews: 14808, UniqueVisitors: 7125, Sessions: 7654, BounceRate: 43.95, AvgSessionDuration: 98, AvgTimeOnPage: 50,
	},
	Timeseries: []analytics.Bucket{
		{Date: "2026-01-09", Pageviews: 2652, UniqueVisitors: 1275, Sessions: 1370},
		{Date: "2026-01-10", Pageviews: 1740, UniqueVisitors: 840, Sessions: 902},
	},
	TopPages:     []analytics.PageRow{{Path: "/", Pageviews: 5125, UniqueVisitors: 4613}, {Path: "/pricing", Pageviews: 3379, UniqueVisitors: 2983}},
	TopReferrers: []analytics.ReferrerRow{{Domain: "(direct)", Visits: 3094}, {Domain: "google.com", Visits: 2135}},
	Browsers:     []analytics.ShareRow{{Name: "Chrome", Visits: 4347}, {Name: "Safari", Visits: 2227}},
	Countries:    []analytics.CountryRow{{Code: "US", Name: "United States", Visits: 4254}, {Code: "ZZ", Name: "Unknown", Visits: 481}},
	DeviceVisits: analytics.DeviceVisits{Desktop: 4902, Mobile: 2511, Tablet: 241},
}

// publicWorld is a site with a share.
func publicWorld(t *testing.T, change ...func(*Config)) (w *world, site analytics.SiteID, token string) {
	w = newWorld(t, append([]func(*Config){unlimited}, change...)...)
	owner, ownerToken := w.user("owner@example.com")
	site = w.addSite(owner, "example.com")
	require.Equal(t, 200, w.call("PATCH", "/api/sites/"+string(site), ownerToken, object{"name": "Example Website"}).code)
	w.reader.stats = publicSource
	_, token = w.share(site, "7d", "30d")
	return w, site, token
}

// setPublic changes whether the site is public.
func (w *world) setPublic(site analytics.SiteID, public bool) {
	w.t.Helper()
	_, _, err := w.sites.update(w.t.Context(), site, func(s *analytics.Site) error { s.Public = public; return nil })
	require.NoError(w.t, err)
}

func TestPublicStatsExample(t *testing.T) {
	w, site, token := publicWorld(t)
	a := w.call("GET", "/api/public/stats?token="+token, "", nil)
	a.wantData(200, publicExample)
	require.Equal(t, "public, max-age=300", a.head.Get("Cache-Control"))
	require.Equal(t, "*", a.head.Get("Access-Control-Allow-Origin"))
	q := w.reader.query // the question of GET /api/stats?period=7d&interval=day
	require.Equal(t, "2026-01-09", q.Range.First.String())
	require.Equal(t, analytics.Daily, q.Range.Interval)
	require.Equal(t, 10, q.Limit)
	require.Equal(t, "America/New_York", q.Range.Zone.Name())

	w.setPublic(site, true)
	w.call("GET", "/api/public/stats?siteId="+string(site), "", nil).wantData(200,
		strings.Replace(publicExample, `["7d","30d"]`, `["24h","7d","30d","90d","365d"]`, 1))
	w.call("GET", "/api/public/stats?period=30d&token="+token, "nonsense", nil).wantData(200,
		strings.Replace(publicExample, `"period":"7d"`, `"period":"30d"`, 1))
	w.reader.stats = analytics.StatsReport{DeviceVisits: analytics.DeviceVisits{Mobile: 2, Tablet: 2}}
	var empty map[string]any
	w.call("GET", "/api/public/stats?token="+token, "", nil).read(200, &empty)
	require.Equal(t, []any{map[string]any{"type": "mobile", "count": 2.0}, map[string]any{"type": "tablet", "count": 2.0}}, empty["devices"])
	for _, list := range []string{"pages", "referrers", "browsers", "countries", "daily"} {
		require.Equal(t, []any{}, empty[list], list)
	}
}

// What GET /api/stats marks as estimated is marked here, too.
func TestPublicStatsEstimated(t *testing.T) {
	w, _, token := publicWorld(t)
	w.reader.stats = analytics.StatsReport{TopPages: []analytics.PageRow{{Path: "/", Pageviews: 3, UniqueVisitors: 2, Estimated: true}}}
	var got publicReport
	w.call("GET", "/api/public/stats?token="+token, "", nil).read(200, &got)
	require.Equal(t, []publicPath{{"/", 3, 2, true}}, got.Pages)
}

func TestPublicStatsPeriods(t *testing.T) {
	w, site, _ := publicWorld(t)
	_, late := w.share(site, "90d", "30d")
	var got publicReport
	w.call("GET", "/api/public/stats?token="+late, "", nil).read(200, &got)
	require.Equal(t, "90d", got.Period) // the first that is allowed
	w.call("GET", "/api/public/stats?period=7d&token="+late, "", nil).wantError(403, "Period not allowed for this share", "forbidden")
	w.setPublic(site, true)
	for period, days := range map[string]string{
		"24h": "2026-01-14", "7d": "2026-01-09", "30d": "2025-12-17", "90d": "2025-10-18", "365d": "2025-01-16",
	} {
		w.call("GET", "/api/public/stats?siteId="+string(site)+"&period="+period, "", nil).read(200, &got)
		require.Equal(t, period, got.Period)
		require.Equal(t, days, w.reader.query.Range.First.String(), period)
	}
}

func TestPublicStatsErrors(t *testing.T) {
	w, site, token := publicWorld(t)
	const unknown = "Invalid or expired share link"
	for _, row := range []struct {
		query, message string
		status         int
	}{
		{"", "Share token required", 400}, {"token=&siteId=", "Share token required", 400}, {"period=7d", "Share token required", 400},
		{"period=1y&token=" + token, "Invalid time period", 400}, {"period=day&token=" + token, "Invalid time period", 400},
		{"period=90d&token=" + token, "Period not allowed for this share", 403},
		{"token=" + token + "x", unknown, 404}, {"token=share_00000000000000000000000000000000", unknown, 404}, {"token=%00", unknown, 404},
		{"siteId=" + string(site), unknown, 404}, // it is not public
		{"siteId=" + string(missingSite), unknown, 404},
		{"token=nonsense&siteId=" + string(site), unknown, 404},
	} {
		a := w.call("GET", "/api/public/stats?"+row.query, "", nil, odd)
		word := map[int]string{400: "validation_failed", 403: "forbidden", 404: "not_found"}[row.status]
		a.wantError(row.status, row.message, word)
		require.NotContains(t, a.head.Get("Cache-Control"), "public", row.query)
	}
	w.setPublic(site, true)
	w.call("GET", "/api/public/stats?siteId="+string(site), "", nil).read(200, new(any))
	w.remove(site)
	w.call("GET", "/api/public/stats?siteId="+string(site), "", nil).wantError(404, unknown, "not_found")
	w.call("GET", "/api/public/stats?token="+token, "", nil).wantError(404, unknown, "not_found")
}

// The token of a share opens nothing else.
func TestAShareOpensNothingElse(t *testing.T) {
	w, site, token := publicWorld(t)
	for _, path := range []string{"/api/stats?siteId=" + string(site), "/api/sites", "/api/goals?siteId=" + string(site)} {
		w.call("GET", path, token, nil).wantError(401, "Invalid or expired token", "unauthorized")
	}
}

func TestPublicStatsAreLimited(t *testing.T) {
	w, _, token := publicWorld(t, func(c *Config) { c.RatePublicStats = 60 })
	ask := func(path, from string) answer {
		return w.call("GET", path, "", nil, func(r *http.Request) { r.RemoteAddr = from })
	}
	for range 30 {
		require.Equal(t, 200, ask("/api/public/stats?token="+token, "203.0.113.9:1").code)
		require.Equal(t, 200, ask("/public/"+token, "203.0.113.9:2").code) // the page counts too
	}
	a := ask("/api/public/stats?token="+token, "203.0.113.9:3")
	a.wantError(429, "Rate limit exceeded. Try again in 60 seconds.", "rate_limited")
	require.Equal(t, "60", a.head.Get("Retry-After"))
	require.Equal(t, "60;w=60", a.head.Get("RateLimit-Policy"))
	require.Equal(t, 200, ask("/api/public/stats?token="+token, "203.0.113.10:1").code)
	w.clock.Add(time.Minute)
	require.Equal(t, 200, ask("/api/public/stats?token="+token, "203.0.113.9:3").code)
}

func TestPublicPage(t *testing.T) {
	w, site, token := publicWorld(t)
	for _, path := range []string{"/public/" + token, "/public/" + string(site), "/public/" + token + "?period=30d"} {
		w.setPublic(site, true)
		a := w.call("GET", path, "", nil)
		require.Equal(t, 200, a.code)
		require.Equal(t, "text/html; charset=utf-8", a.head.Get("Content-Type"))
		require.Equal(t, "public, max-age=300", a.head.Get("Cache-Control"))
		require.Contains(t, a.head.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotContains(t, a.head.Get("Content-Security-Policy"), "unsafe")
		for _, part := range []string{
			"<h1><bdi>Example Website</bdi></h1>", "7,125", "14,808", "43.95 %", "1 min 38 s", "/pricing", "google.com", "United States", "Chrome", "2026-01-09",
		} {
			require.Contains(t, a.text, part)
		}
		require.NotContains(t, a.text, "<script")
	}
	w.setPublic(site, false)
	for path, status := range map[string]int{
		"/public/" + string(site): 404, "/public/nothing": 404, "/public/" + token + "?period=1y": 400, "/public/" + token + "?period=90d": 403,
	} {
		a := w.call("GET", path, "", nil)
		require.Equal(t, status, a.code, path)
		require.Equal(t, "text/html; charset=utf-8", a.head.Get("Content-Type"), path)
		require.Equal(t, "no-store", a.head.Get("Cache-Control"), path)
	}
	w.reader.stats.TopPages = []analytics.PageRow{{Path: `/<script>alert("x")</script>`, Pageviews: 1, UniqueVisitors: 1}}
	require.NotContains(t, w.call("GET", "/public/"+token, "", nil).text, "<script")
}

// TestShares is "Shares" of extended.md.
func TestShares(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	shares := "/api/sites/" + string(site) + "/shares"
	w.call("GET", shares, token, nil).wantData(200, `[]`)
	var made shareView
	a := w.call("POST", shares, token, object{"allowedPeriods": []string{"7d", "30d", "7d"}})
	a.read(201, &made)
	require.Regexp(t, `^share_[a-z0-9]{20}$`, made.ID)
	require.Regexp(t, `^share_[a-z0-9]{32}$`, made.Token)
	bare := `"id":"` + made.ID + `","siteId":"` + string(site) + `","allowedPeriods":["7d","30d"],
		"createdAt":"2026-01-15T16:30:20.000Z","expiresAt":null`
	a.wantData(201, `{`+bare+`,"token":"`+made.Token+`","url":"https://analytics.example.com/public/`+made.Token+`"}`)
	w.call("GET", shares, token, nil).wantData(200, `[{`+bare+`}]`)
	for key, val := range w.meta.all() { // only its hash is stored
		require.NotContains(t, string(val)+key, made.Token)
	}
	for _, e := range []string{"share.created"} {
		list, _ := w.activities(token, "action="+e)
		require.Len(t, list, 1)
		require.Equal(t, map[string]any{"type": "share", "id": made.ID, "name": nil}, list[0].Target)
	}
	w.start()
	require.Equal(t, 200, w.call("GET", "/api/public/stats?token="+made.Token, "", nil).code)

	w.clock.Add(time.Second)
	var plain shareView
	w.call("POST", shares, token, nil).read(201, &plain)
	require.Equal(t, []string{"7d", "30d", "90d"}, plain.AllowedPeriods)
	var list []shareView
	w.call("GET", shares, token, nil).read(200, &list)
	require.Equal(t, []string{plain.ID, made.ID}, []string{list[0].ID, list[1].ID})

	w.call("DELETE", shares+"/"+made.ID, token, nil).wantData(200, `{"success":true,"message":"Share revoked"}`)
	w.call("DELETE", shares+"?id="+plain.ID, token, nil).wantData(200, `{"success":true,"message":"Share revoked"}`)
	for _, gone := range []string{made.Token, plain.Token} {
		w.call("GET", "/api/public/stats?token="+gone, "", nil).wantError(404, "Invalid or expired share link", "not_found")
	}
	w.call("DELETE", shares+"/"+made.ID, token, nil).wantError(404, "Share not found", "not_found")
	w.call("GET", shares, token, nil).wantData(200, `[]`)
}

func TestSharesExpire(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.MaxShares = 4 })
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	shares := "/api/sites/" + string(site) + "/shares"
	made := make(map[string]shareView)
	for expires, day := range map[string]string{"1d": "16", "7d": "22", "30d": "14", "90d": "15"} {
		var v shareView
		w.call("POST", shares, token, object{"expiresIn": expires}).read(201, &v)
		require.Contains(t, *v.ExpiresAt, "-"+day+"T16:30:20.000Z")
		made[expires] = v
	}
	w.call("POST", shares, token, object{}).wantError(403, "Share limit reached", "limit_reached")
	w.clock.Add(24*time.Hour - time.Millisecond)
	require.Equal(t, 200, w.call("GET", "/api/public/stats?token="+made["1d"].Token, "", nil).code)
	w.clock.Add(time.Millisecond)
	w.call("GET", "/api/public/stats?token="+made["1d"].Token, "", nil).wantError(404, "Invalid or expired share link", "not_found")
	w.call("DELETE", shares+"/"+made["1d"].ID, token, nil).wantError(404, "Share not found", "not_found")
	var list []shareView
	w.call("GET", shares, token, nil).read(200, &list)
	require.Len(t, list, 3)
	require.Equal(t, 201, w.call("POST", shares, token, `{"expiresIn":null,"allowedPeriods":null}`).code) // the expired one takes no room
	require.Equal(t, 4, w.catalog.shares.count(site))
}

func TestShareErrors(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site, other := w.addSite(owner, "example.com"), w.addSite(owner, "other.example.com")
	shares := "/api/sites/" + string(site) + "/shares"
	w.wantErrors("POST", shares, token,
		notJSON("a list", `[]`),
		bad("a year", object{"allowedPeriods": []string{"7d", "1y"}}, "Invalid allowed period: 1y"),
		bad("today", object{"allowedPeriods": []string{"day"}}, "Invalid allowed period: day"),
		bad("none", object{"allowedPeriods": []string{}}, "Invalid allowed period: "),
		bad("a text", object{"allowedPeriods": "7d"}, "allowedPeriods must be a array"),
		bad("two days", object{"expiresIn": "2d"}, "Invalid expiration"), bad("nothing", object{"expiresIn": ""}, "Invalid expiration"),
		bad("a number", object{"expiresIn": 7}, "expiresIn must be a string"),
	)
	id, _ := w.share(other, "7d")
	w.call("DELETE", shares+"/"+id, token, nil).wantError(404, "Share not found", "not_found") // it is another site's
	w.call("DELETE", shares, token, nil, odd).wantError(400, "ID required", "validation_failed")
	w.call("DELETE", shares+"/"+id+"?id=share_other", token, nil).wantError(400, "ID mismatch", "validation_failed")
	var kept []json.RawMessage
	w.call("GET", "/api/sites/"+string(other)+"/shares", token, nil).read(200, &kept)
	require.Len(t, kept, 1)
}
