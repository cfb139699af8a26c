package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// heatReader folds events. Those without a visitor or a device get one.
func heatReader(zone string, events ...analytics.Event) *testkit.Reader {
	r := testkit.NewReader("site_abc123", zone, 100)
	for _, e := range events {
		e.ReceivedAt = e.TS
		if e.Device == "" {
			e.Device = "desktop"
		}
		r.Events(e)
	}
	return r
}

// heatWorld is a site in New York whose page /pricing three people visited, one of them on a telephone the day before.
type heatWorld struct {
	*world
	site  analytics.SiteID
	token string
}

func newHeatWorld(t *testing.T) *heatWorld {
	w := newWorld(t, unlimited) // 2026-01-15, 11:30:20 in New York
	owner, token := w.user("owner@example.com")
	h := &heatWorld{w, w.addSite(owner, "example.com"), token}
	now := w.clock.Now().UnixMilli()
	on := func(who byte, back time.Duration, e analytics.Event) analytics.Event {
		e.Visitor, e.TS, e.Path = analytics.VisitorID{who}, now-back.Milliseconds(), "/pricing"
		if who == 3 {
			e.Device = "mobile"
		}
		return e
	}
	view := analytics.Event{Kind: analytics.Pageview, Channel: "direct", Source: "(direct)"}
	click := func(x, y, vw int32, selector, text string, more func(*analytics.Event)) analytics.Event {
		e := analytics.Event{
			Kind: analytics.Click, X: x, Y: y, ViewportW: vw, ViewportH: 800, Selector: selector, Element: "el" + selector, Text: text,
			SinceLoad: 1500, HasSinceLoad: true,
		}
		if more != nil {
			more(&e)
		}
		return e
	}
	dead := func(e *analytics.Event) { e.Dead = true }
	rage := func(n int32) func(*analytics.Event) { return func(e *analytics.Event) { e.Rage = n } }
	minute := time.Minute
	w.reader.events = heatReader("America/New_York",
		on(3, 24*time.Hour, view), on(3, 24*time.Hour, click(187, 68, 375, "#signup", "Sign up", nil)), // 638, 232
		on(1, 9*minute, view), on(1, 8*minute, click(642, 231, 1280, "#signup", "Get Started", nil)),
		on(1, 8*minute, click(100, 100, 1280, ".hero", "", dead)),
		on(1, 7*minute, click(645, 238, 1280, "#signup", "Get Started", rage(5))),
		on(1, 7*minute, click(645, 238, 1280, "#signup", "Get Started", rage(6))),
		on(1, 6*minute, analytics.Event{
			Kind: analytics.Move, ViewportW: 1280, ViewportH: 800, Points: []analytics.Pair{{605, 245}, {619, 259}, {5, 5}},
		}),
		on(1, 5*minute, analytics.Event{
			Kind: analytics.Scroll, Depth: 5000, ViewportW: 1280, ViewportH: 800, DocumentH: 2400, Dwell: []analytics.Pair{{0, 8000}, {400, 4000}},
		}),
		on(2, 4*minute, view), on(2, 3*minute, analytics.Event{Kind: analytics.Scroll, Depth: 2500, ViewportW: 1280, ViewportH: 600, DocumentH: 2400}),
		analytics.Event{Kind: analytics.Scroll, Visitor: analytics.VisitorID{2}, TS: now - 1000, Path: "/docs", Depth: 100},
	)
	return h
}

func (h *heatWorld) get(path, query string) answer {
	h.t.Helper()
	return h.call("GET", "/api/heatmaps"+path+"?siteId="+string(h.site)+"&"+query, h.token, nil)
}

// The answers of heatmaps.md, their members in its order.
func TestHeatmaps(t *testing.T) {
	h := newHeatWorld(t)
	f := func(path, query, want string) {
		t.Helper()
		a := h.get(path, query)
		require.Equal(t, 200, a.code, a.text)
		require.Equal(t, strings.Join(strings.Fields(want), " "), strings.Join(strings.Fields(a.text), " "), query)
	}
	f("", "path=/pricing&type=click&limit=2",
		`{"data":{"type":"click","path":"/pricing","period":"7d","device":null,"totalClicks":5,"pageviews":3,"clicks":[`+
			`{"x":645,"y":235,"count":3,"percentage":60,"element":"el#signup","text":"Get Started"},`+
			`{"x":105,"y":105,"count":1,"percentage":20,"element":"el.hero","text":""}],"viewport":{"width":1280,"height":1024}}}`)
	f("", "path=/pricing&type=click&device=mobile&period=30d",
		`{"data":{"type":"click","path":"/pricing","period":"30d","device":"mobile","totalClicks":1,"pageviews":1,"clicks":[`+
			`{"x":186,"y":69,"count":1,"percentage":100,"element":"el#signup","text":"Sign up"}],"viewport":{"width":375,"height":667}}}`)
	f("", "path=/pricing&type=scroll&device=desktop",
		`{"data":{"type":"scroll","path":"/pricing","period":"7d","device":"desktop","pageviews":2,"scrollDepth":[`+
			`{"depth":0,"percentage":100,"visitors":2},{"depth":25,"percentage":100,"visitors":2},{"depth":50,"percentage":50,"visitors":1},`+
			`{"depth":75,"percentage":0,"visitors":0},{"depth":100,"percentage":0,"visitors":0}],"avgScrollDepth":37.5,"foldHeight":600}}`)
	f("", "path=/pricing&type=move&limit=1",
		`{"data":{"type":"move","path":"/pricing","period":"7d","device":null,"totalMovements":3,"pageviews":3,"movements":[`+
			`{"x":610,"y":250,"intensity":2,"percentage":66.67}],"viewport":{"width":1280,"height":1024}}}`)
	f("", "path=/pricing&type=attention&period=24h",
		`{"data":{"type":"attention","path":"/pricing","period":"24h","device":null,"pageviews":2,"areas":[`+
			`{"y":0,"height":400,"attention":66.67,"avgTime":2,"scrollReach":100},{"y":400,"height":400,"attention":100,"avgTime":3,"scrollReach":100},`+
			`{"y":800,"height":400,"attention":33.33,"avgTime":2,"scrollReach":50}]}}`)
	f("/pages", "", `{"data":[{"path":"/pricing","pageviews":3,"clicks":5,"hasClick":true,"hasScroll":true,"hasMove":true},`+
		`{"path":"/docs","pageviews":0,"clicks":0,"hasClick":false,"hasScroll":true,"hasMove":false}],`+
		`"pagination":{"total":2,"limit":50,"offset":0,"hasMore":false}}`)
	f("/pages", "limit=1", `{"data":[{"path":"/pricing","pageviews":3,"clicks":5,"hasClick":true,"hasScroll":true,"hasMove":true}],`+
		`"pagination":{"total":2,"limit":1,"offset":0,"hasMore":true}}`)
	f("/pages", "offset=5&period=24h&device=mobile", `{"data":[],"pagination":{"total":0,"limit":50,"offset":5,"hasMore":false}}`)
	f("/elements", "path=/pricing", `{"data":{"path":"/pricing","period":"7d","device":null,"pageviews":3,"elements":[`+
		`{"element":"el#signup","selector":"#signup","text":"Get Started","clicks":4,"clickRate":133.33,"avgClickTime":1.5},`+
		`{"element":"el.hero","selector":".hero","text":"","clicks":1,"clickRate":33.33,"avgClickTime":1.5}]}}`)
	f("/rage-clicks", "path=/pricing&limit=50", `{"data":{"path":"/pricing","period":"7d","device":null,"rageClicks":[`+
		`{"x":645,"y":235,"element":"el#signup","selector":"#signup","text":"Get Started","count":1,"avgClicks":6,"maxClicks":6,"severity":"medium"}]}}`)
	f("/rage-clicks", "path=/pricing&device=mobile", `{"data":{"path":"/pricing","period":"7d","device":"mobile","rageClicks":[]}}`)
	f("/dead-clicks", "path=/pricing", `{"data":{"path":"/pricing","period":"7d","device":null,"deadClicks":[`+
		`{"x":105,"y":105,"element":"el.hero","selector":".hero","text":"","clicks":1,"percentage":20}],"totalDeadClicks":1,"deadClickRate":20}}`)
	f("/dead-clicks", "path=/pricing&device=mobile",
		`{"data":{"path":"/pricing","period":"7d","device":"mobile","deadClicks":[],`+
			`"totalDeadClicks":0,"deadClickRate":0}}`)
	f("/elements", "path=/pricing&startDate=2026-01-14&endDate=2026-01-14", `{"data":{"path":"/pricing","period":"custom",`+
		`"range":{"start":"2026-01-14T05:00:00.000Z","end":"2026-01-15T05:00:00.000Z","timezone":"America/New_York","interval":"day"},`+
		`"device":null,"pageviews":1,"elements":[`+
		`{"element":"el#signup","selector":"#signup","text":"Sign up","clicks":1,"clickRate":100,"avgClickTime":1.5}]}}`)
}

// Ranges are whole local days of at most 90, and 24h is today.
func TestHeatmapRanges(t *testing.T) {
	h := newHeatWorld(t)
	f := func(query, period, first, last string) {
		t.Helper()
		a := h.get("/elements", "path=/pricing&"+query)
		require.Equal(t, 200, a.code, a.text)
		var got struct{ Data struct{ Period string } }
		require.NoError(t, json.Unmarshal([]byte(a.text), &got))
		ask := h.reader.asks[0]
		require.Equal(t, []string{period, first, last}, []string{got.Data.Period, ask.First.String(), ask.Last.String()})
		zone, err := analytics.LoadZone("America/New_York")
		require.NoError(t, err)
		require.Equal(t, []int64{zone.DayStart(ask.First), zone.DayStart(ask.Last + 1)}, []int64{ask.Window.From, ask.Window.To})
	}
	f("", "7d", "2026-01-09", "2026-01-15")
	f("period=24h", "24h", "2026-01-15", "2026-01-15")
	f("period=day", "day", "2026-01-15", "2026-01-15")
	f("period=90d", "90d", "2025-10-18", "2026-01-15")
	f("startDate=2025-10-18", "custom", "2025-10-18", "2026-01-15")
	f("period=24h&startDate=2026-01-14&endDate=2026-01-31", "custom", "2026-01-14", "2026-01-15")
}

func TestHeatmapErrors(t *testing.T) {
	h := newHeatWorld(t)
	f := func(path, query string, code int, message string) {
		t.Helper()
		word := map[int]string{400: "validation_failed", 403: "forbidden", 404: "not_found"}[code]
		h.call("GET", "/api/heatmaps"+path+"?"+query, h.token, nil).wantError(code, message, word)
	}
	stranger, _ := h.user("stranger@example.com")
	foreign := h.addSite(stranger, "foreign.example.com")
	const (
		missing = "Site ID and path are required"
		noType  = "Invalid heatmap type. Must be: click, scroll, move, or attention"
		noDays  = "Date range cannot exceed 90 days"
	)
	for _, path := range []string{"", "/elements", "/rage-clicks", "/dead-clicks"} {
		bins := map[string]string{"": "5000"}[path]
		if bins == "" {
			bins = "50"
		}
		for _, site := range []analytics.SiteID{h.site, foreign, "site_00000000000000000000"} { // syntax goes first
			q := "type=click&path=/pricing&siteId=" + string(site)
			f(path, "type=click&path=/pricing", 400, missing)
			f(path, "type=click&siteId="+string(site), 400, missing)
			f(path, "type=click&path=%20%00&siteId="+string(site), 400, missing)
			f(path, q+"&device=watch", 400, "Invalid device")
			f(path, q+"&period=8d", 400, "Invalid time period")
			f(path, q+"&period=365d", 400, noDays)
			f(path, q+"&startDate=2025-10-17", 400, noDays)
			f(path, q+"&startDate=2020-10-17", 400, noDays)
			f(path, q+"&startDate=x", 400, "Invalid date format")
			f(path, q+"&endDate=2026-01-15", 400, "startDate is required when endDate is given")
			f(path, q+"&startDate=2026-01-12&endDate=2026-01-11", 400, "End date must be after start date")
			for _, limit := range []string{"0", "-1", "x", bins + "1", "1.5"} {
				f(path, q+"&limit="+limit, 400, "Limit must be between 1 and "+bins)
			}
		}
		f(path, "type=click&path=/pricing&siteId=site_00000000000000000000", 404, "Site not found")
		f(path, "type=click&path=/pricing&siteId="+string(foreign), 403, "Access denied")
		site := "&siteId=" + string(h.site)
		f(path, "type=click&path=/docs"+site, 404, "No heatmap data found for this page")
		f(path, "type=click&path=/pricing/"+site, 404, "No heatmap data found for this page")
		f(path, "type=click&device=tablet&path=/pricing"+site, 404, "No heatmap data found for this page")
		f(path, "type=click&device=mobile&period=24h&path=/pricing"+site, 404, "No heatmap data found for this page")
		f(path, "type=click&startDate=2026-02-01&endDate=2026-02-02&path=/pricing"+site, 404, "No heatmap data found for this page")
	}
	for _, kind := range []string{"", "elements", "rage", "dead", "CLICK"} {
		f("", "type="+kind+"&path=/pricing&siteId="+string(h.site), 400, noType)
	}
	f("", "type=move&path=/docs&siteId="+string(h.site), 404, "No heatmap data found for this page")
	f("", "type=attention&path=/docs&siteId="+string(h.site), 404, "No heatmap data found for this page") // scrolls, but none with dwell
	require.Equal(t, 200, h.get("", "type=scroll&path=/docs").code)
	f("", "type=scroll&device=mobile&path=/pricing&siteId="+string(h.site), 404, "No heatmap data found for this page")
	f("/pages", "", 400, "Site ID required")
	f("/pages", "siteId="+string(h.site)+"&limit=101", 400, "Limit must be between 1 and 100")
	f("/pages", "siteId="+string(h.site)+"&offset=-1", 400, "Offset must be 0 or greater")
	f("/pages", "siteId="+string(h.site)+"&device=tv", 400, "Invalid device")
	f("/pages", "siteId="+string(h.site)+"&period=365d", 400, noDays)
	f("/pages", "siteId="+string(foreign), 403, "Access denied")
	for _, path := range []string{"", "/elements", "/rage-clicks", "/dead-clicks", "/pages"} {
		h.reader.err = &analytics.Unavailable{Reason: "replaying"}
		for _, kind := range []string{"click", "scroll", "move", "attention"} {
			h.get(path, fmt.Sprintf("type=%s&path=%s", kind, url.QueryEscape("/pricing"))).wantError(503, "Service temporarily unavailable", "unavailable")
		}
	}
}

// TestHeatmapsSayWhatTheyLack: an answer that keeps only the most frequent of very many spots says so, an exact one does not.
func TestHeatmapsSayWhatTheyLack(t *testing.T) {
	const bound = 20_000
	h := newHeatWorld(t)
	at := h.clock.Now().Add(-time.Hour).UnixMilli() // each a millisecond later than the one before
	var events []analytics.Event
	add := func(path string, e analytics.Event) {
		e.TS, e.Path, e.Visitor, e.ViewportW, e.ViewportH = at+int64(len(events)), path, analytics.VisitorID{byte(len(events))}, 1280, 400
		events = append(events, e)
	}
	for i := range int32(bound + 1) {
		add("/many", analytics.Event{Kind: analytics.Click, X: i, Selector: fmt.Sprint("#", i), Dead: true, Rage: 5})
		add(fmt.Sprint("/page/", i), analytics.Event{Kind: analytics.Move, Points: []analytics.Pair{{1, 1}}})
	}
	for i := range int32(bound/200 + 1) {
		e := analytics.Event{Kind: analytics.Move}
		for n := range int32(200) {
			e.Points = append(e.Points, analytics.Pair{20 * n, 20 * i})
		}
		add("/many", e)
	}
	for i := range int32(bound/60 + 1) {
		e := analytics.Event{Kind: analytics.Scroll, Depth: 10_000, DocumentH: 500_000}
		for n := range int32(60) {
			e.Dwell = append(e.Dwell, analytics.Pair{400 * (60*i + n), 1000})
		}
		add("/many", e)
	}
	r := testkit.NewReader("site_abc123", "America/New_York", 100)
	for i := range events {
		events[i].ReceivedAt, events[i].Device = events[i].TS, "desktop"
	}
	r.Events(events...)
	h.reader.events = r
	for _, of := range []string{"?type=click", "?type=move", "?type=attention", "/elements?", "/rage-clicks?", "/dead-clicks?"} {
		path, query, _ := strings.Cut(of, "?")
		for page, says := range map[string]string{"/many": `"device":null,"estimated":true,`, "/page/1": ""} {
			a := h.get(path, query+"&limit=1&path="+page)
			if says != "" {
				require.Equal(t, 200, a.code, "%s %s", of, a.text)
				require.Contains(t, a.text, says, of)
			} else {
				require.NotContains(t, a.text, "estimated", of)
			}
		}
	}
	require.Contains(t, h.get("/pages", "limit=1").text, `"meta":{"estimated":true}`)
}
