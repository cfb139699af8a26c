package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// compatAnswer is what a client of another product was told.
type compatAnswer struct {
	Status  int
	Body    string // in a browser its content type
	Dropped string // x-plausible-dropped
}

const compatAlias = "0f7a2f0e-1c1d-4c8c-9b7e-2f4d6a8b0c1d"

// TestForeignTrackers runs the real trackers of Plausible, Umami and GoatCounter's pixel, in Chromium and in Node, against the real program,
// and compares what it answers and then reports with what they were made to do.
func TestForeignTrackers(t *testing.T) {
	if os.Getenv("ZTAS_E2E") == "" {
		t.Skip("make e2e runs it: it needs Node, Chromium and the clients")
	}
	r := newRig(t)
	r.start()
	zone := calmZone(t) // at midnight a browser becomes another visitor
	_, token := r.site(zone)
	api := r.api(token)
	get := func(target string, into any) {
		t.Helper()
		require.NoError(t, api.send(t.Context(), http.MethodGet, target, nil, into), target)
	}
	create := func(domain string, settings map[string]any) (id string) {
		t.Helper()
		var site struct{ ID string }
		body := map[string]any{"domain": domain, "timezone": zone}
		if settings != nil {
			body["settings"] = settings
		}
		require.NoError(t, api.send(t.Context(), http.MethodPost, "/api/sites", body, &site))
		return site.ID
	}
	shop := create("shop.example.com", map[string]any{"aliases": []string{compatAlias}, "allowedDomains": []string{"blog.example.org"}})
	blog := create("blog.example.org", nil)

	answers := runForeignTrackers(t, r.base())
	const plain, gif = "text/plain; charset=utf-8", "image/gif"
	const umami = `{"cache":"","sessionId":"","visitId":""}`
	require.Equal(t, map[string]compatAnswer{
		"plausible pageview": {202, plain, ""}, "plausible engagement": {202, plain, ""}, "plausible next page": {202, plain, ""},
		"plausible event": {202, plain, ""}, "plausible bot": {202, plain, "1"},
		"hash pageview": {202, plain, ""}, "hash engagement": {202, plain, ""}, "hash next page": {202, plain, ""},
		"old pageview": {202, plain, ""}, "old hash, popstate": {202, plain, ""}, "old hash, hashchange": {202, plain, ""}, "old event": {202, plain, ""},
		"pixel": {200, gif, ""}, "pixel by referer": {200, gif, ""}, "beacon": {200, gif, ""}, "click": {200, gif, ""},
		"umami pageview": {200, umami, ""}, "umami event": {200, umami, ""}, "umami event of a page": {200, umami, ""},
		"umami identify": {200, umami, ""}, "umami default agent": {200, umami, ""}, "umami bot": {200, `{"beep":"boop"}`, ""},
	}, answers)

	require.Equal(t, map[string]int{
		"/pricing News email": 1, "/signup": 1, "/post": 1, "/post#more": 2, // plausible-tracker counts a fragment twice
		"/pixel": 1, "/by-referer": 1, "/beacon chatgpt.com": 1, "/from-node": 1,
	}, exportedPages(get, shop))
	require.Equal(t, map[string]int{"/app#start": 1, "/app#end": 1, "/post": 1, "/post#more": 2}, exportedPages(get, blog))
	require.Equal(t, []string{
		`Download /post#more null {"file":"a.pdf"}`, `Signup /signup 19.99 {"plan":"pro","seats":3,"trial":false}`, `add /cart null {"sku":"A1"}`,
		`from_default_agent / null null`, `menu-open / null null`, `node_event / null {"n":1.5,"plan":"pro"}`,
	}, exportedEvents(t, get, shop))
	require.Equal(t, []string{`Download /post#more null {"file":"a.pdf"}`}, exportedEvents(t, get, blog))

	var stats struct {
		Summary  struct{ Pageviews, UniqueVisitors, AvgTimeOnPage int }
		Filtered struct {
			Bot struct{ Total, Search, Other int }
		}
	}
	get("/api/stats?siteId="+shop+"&period=7d", &stats)
	require.Equal(t, [3]int{9, 3, 5}, [3]int{stats.Summary.Pageviews, stats.Summary.UniqueVisitors, stats.Summary.AvgTimeOnPage}, "one browser, two of Umami's agents; 5 s on /pricing")
	require.Equal(t, [3]int{2, 1, 1}, [3]int{stats.Filtered.Bot.Total, stats.Filtered.Bot.Search, stats.Filtered.Bot.Other})

	var depth struct {
		ScrollDepth []struct{ Depth, Visitors int }
	}
	get("/api/heatmaps?siteId="+shop+"&path=/pricing&type=scroll", &depth)
	require.NotEmpty(t, depth.ScrollDepth)
	require.Equal(t, struct{ Depth, Visitors int }{100, 1}, depth.ScrollDepth[len(depth.ScrollDepth)-1], "scrolled to the end")
	r.stop()
}

// runForeignTrackers runs the clients and returns their answers by step.
func runForeignTrackers(t *testing.T, server string) map[string]compatAnswer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "node", "run.mjs")
	run.Dir = "../../web/compat"
	run.Env = append(os.Environ(), "SERVER="+server, "WEBSITE="+compatAlias)
	var stderr strings.Builder
	run.Stderr = &stderr
	out, err := run.Output()
	require.NoError(t, err, "%s%s", out, stderr.String())
	answers := map[string]compatAnswer{}
	require.NoError(t, json.Unmarshal(out, &answers), "%s", out)
	return answers
}

type getter func(target string, into any)

// exportedPages counts the pageviews by path and campaign.
func exportedPages(get getter, site string) map[string]int {
	var rows []struct {
		Page   string `json:"page_path"`
		Source string `json:"utm_source"`
		Medium string `json:"utm_medium"`
	}
	get("/api/export?type=pageviews&period=7d&siteId="+site, &rows)
	counts := map[string]int{}
	for _, row := range rows {
		counts[strings.TrimSpace(row.Page+" "+row.Source+" "+row.Medium)]++
	}
	return counts
}

// exportedEvents lists the events with path, value and properties.
func exportedEvents(t *testing.T, get getter, site string) (list []string) {
	var rows []struct {
		Name string `json:"event_name"`
		Page string `json:"page_path"`
		Data struct {
			Value      json.RawMessage
			Properties map[string]any
		} `json:"event_data"`
	}
	get("/api/export?type=events&period=7d&siteId="+site, &rows)
	for _, row := range rows {
		properties, err := json.Marshal(row.Data.Properties)
		require.NoError(t, err)
		list = append(list, row.Name+" "+row.Page+" "+string(row.Data.Value)+" "+string(properties))
	}
	slices.Sort(list)
	return list
}
