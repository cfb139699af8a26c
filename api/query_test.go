package api

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/internal/testkit"
)

// exampleSite is a site of the worked example of metrics.md §7, with its goals.
func (w *world) exampleSite(owner string) analytics.SiteID {
	w.t.Helper()
	site := w.addSite(owner, "example.com")
	reader := testkit.NewReader(site, testkit.ExampleZone, 1000)
	reader.Events(testkit.ExampleEvents()...)
	w.reader.events = reader
	for _, g := range testkit.ExampleGoals() {
		g.Site = site
		require.NoError(w.t, w.catalog.goals.put(g))
	}
	return site
}

const exampleDay = "&period=custom&date_from=2026-01-14&date_to=2026-01-14"

func TestStatsAPI(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.exampleSite(owner)
	f := func(query, want string) {
		t.Helper()
		a := w.call("GET", "/api/stats-api?site_id="+string(site)+exampleDay+query, token, nil)
		require.Equal(t, 200, a.code, a.text)
		require.Equal(t, "no-store", a.head.Get("Cache-Control"))
		want = `{"data":` + strings.ReplaceAll(want, "SITE", string(site)) + `}`
		require.Equal(t, want, a.text) // the order of members too
	}
	const custom = `"query":{"site_id":"SITE","period":"custom","date_from":"2026-01-14","date_to":"2026-01-14",`
	f("&property=source&metrics=visitors,pageviews,bounce_rate,views_per_visit&limit=2",
		`{"results":[{"source":"(direct)","visitors":3,"pageviews":2,"bounce_rate":66.67,"views_per_visit":0.67},`+
			`{"source":"google.com","visitors":1,"pageviews":4,"bounce_rate":0,"views_per_visit":4}],`+
			`"totals":{"visitors":5,"pageviews":13,"bounce_rate":33.33,"views_per_visit":2.17},"rows":4,`+custom+
			`"property":"source","metrics":["visitors","pageviews","bounce_rate","views_per_visit"]}}`)
	f("&interval=none", `{"results":[{"visitors":5,"pageviews":13}],"totals":{"visitors":5,"pageviews":13},"rows":1,`+custom+
		`"interval":"none","metrics":["visitors","pageviews"]}}`)
	f("&metrics=sessions&compare=previous_period&filters=device%3D%3Ddesktop",
		`{"results":[{"date":"2026-01-14","sessions":4,"previous":{"sessions":0}}],"totals":{"sessions":4,"previous":{"sessions":0}},"rows":1,`+custom+
			`"interval":"day","metrics":["sessions"],"filters":"device==desktop","compare":"previous_period"}}`)
	f("&property=goal&search=THANK",
		`{"results":[{"goal":"goal_thanks","name":"Thanks","visitors":1}],"totals":{"visitors":3},"rows":1,`+custom+
			`"property":"goal","metrics":["visitors"]}}`)
	f("&property=event&metrics=events&filters=goal%3D%3Dgoal_purchase",
		`{"results":[{"event":"purchase","events":1}],"totals":{"events":1},"rows":1,`+custom+
			`"property":"event","metrics":["events"],"filters":"goal==goal_purchase"}}`)
}

// Every message passes the handler; which parameters earn it, package report tests.
func TestStatsAPIErrors(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	stranger, _ := w.user("stranger@example.com")
	site, foreign := w.addSite(owner, "example.com"), w.addSite(stranger, "foreign.example.com")
	f := func(query string, code int, message, word string) {
		t.Helper()
		w.call("GET", "/api/stats-api?"+query, token, nil).wantError(code, message, word)
	}
	const bad = "validation_failed"
	f("", 400, "site_id parameter is required", bad)
	f("siteId="+string(site), 400, "site_id parameter is required", bad)
	for _, id := range []string{string(site), string(foreign), "site_00000000000000000000"} { // syntax goes before existence and access
		q := "site_id=" + id
		f(q+"&period=1y", 400, "Invalid period. Must be one of: realtime, day, 7d, 30d, 6mo, 12mo, custom", bad)
		f(q+"&period=custom&date_from=2026-01-01", 400, "date_from and date_to are required for custom period", bad)
		f(q+"&period=custom&date_from=x&date_to=y", 400, "Invalid date format", bad)
		f(q+"&period=custom&date_from=2026-01-02&date_to=2026-01-01", 400, "End date must be after start date", bad)
		f(q+"&period=custom&date_from=2024-01-02&date_to=2026-01-01", 400, "Date range cannot exceed 366 days", bad)
		f(q+"&metrics=foo", 400, "Invalid metric: foo", bad)
		f(q+"&property=foo", 400, "Invalid property: foo", bad)
		f(q+"&filters=foo", 400, "Invalid filter: foo", bad)
		f(q+"&interval=foo", 400, "Invalid interval", bad)
		f(q+"&interval=day&property=page", 400, "interval cannot be combined with property", bad)
		f(q+"&compare=foo", 400, "Invalid comparison", bad)
		f(q+"&order=foo", 400, "Invalid order: foo", bad)
		f(q+"&value_of=foo", 400, "Invalid value_of: foo", bad)
		f(q+"&search="+strings.Repeat("x", 101), 400, "Search must not exceed 100 characters", bad)
		f(q+"&limit=1001", 400, "Limit must be between 1 and 1000", bad)
		f(q+"&offset=-1", 400, "Offset must be 0 or greater", bad)
		f(q+"&metrics="+url.QueryEscape("<b>\r\n\x00"), 400, "Invalid metric: <b>", bad)
	}
	f("site_id=site_00000000000000000000", 404, "Site not found", "not_found")
	f("site_id="+string(foreign), 403, "Access denied", "forbidden")
	require.Empty(t, w.reader.asked)
	w.reader.err = &analytics.Unavailable{Reason: "replaying", RetryAfter: 1500 * time.Millisecond}
	a := w.call("GET", "/api/stats-api?site_id="+string(site), token, nil)
	a.wantError(503, "Service temporarily unavailable", "unavailable")
	require.Equal(t, "2", a.head.Get("Retry-After"))
}

func TestQuery(t *testing.T) {
	w := newWorld(t)
	owner, token := w.user("owner@example.com")
	stranger, _ := w.user("stranger@example.com")
	site, foreign := w.exampleSite(owner), w.addSite(stranger, "foreign.example.com")
	body := fmt.Sprintf(`{"queries":[
 {"id":"total","site_id":%[1]q,"period":"custom","date_from":"2026-01-14","date_to":"2026-01-14",
  "metrics":["visitors","pageviews"],"interval":"none"},
 {"id":"pages","site_id":%[1]q,"period":"custom","date_from":"2026-01-14","date_to":"2026-01-14",
  "property":"page","metrics":"pageviews","limit":2,"offset":null},
 {"id":"wrong","site_id":%[1]q,"period":"1y"},{"id":"typed","site_id":%[1]q,"limit":[]},{"id":"none"},{"id":"foreign","site_id":%[2]q},
 {"id":"gone","site_id":"site_00000000000000000000"},{"id":"before-access","site_id":%[2]q,"order":"foo"}]}`, site, foreign)
	a := w.call("POST", "/api/query", token, body)
	require.Equal(t, 200, a.code, a.text)
	want := `{"data":{` +
		`"total":{"results":[{"visitors":5,"pageviews":13}],"totals":{"visitors":5,"pageviews":13},"rows":1,"query":{"site_id":"SITE","period":"custom",` +
		`"date_from":"2026-01-14","date_to":"2026-01-14","interval":"none","metrics":["visitors","pageviews"]}},` +
		`"pages":{"results":[{"page":"/","pageviews":5},{"page":"/pricing","pageviews":4}],"totals":{"pageviews":13},"rows":5,"query":{"site_id":"SITE",` +
		`"period":"custom","date_from":"2026-01-14","date_to":"2026-01-14","property":"page","metrics":["pageviews"]}},` +
		`"wrong":{"error":"Invalid period. Must be one of: realtime, day, 7d, 30d, 6mo, 12mo, custom","code":"validation_failed","status":400},` +
		`"typed":{"error":"limit must be a number","code":"validation_failed","status":400},` +
		`"none":{"error":"site_id parameter is required","code":"validation_failed","status":400},` +
		`"foreign":{"error":"Access denied","code":"forbidden","status":403},` +
		`"gone":{"error":"Site not found","code":"not_found","status":404},` +
		`"before-access":{"error":"Invalid order: foo","code":"validation_failed","status":400}}}`
	require.Equal(t, strings.ReplaceAll(want, "SITE", string(site)), a.text)
	require.Equal(t, "99", a.head.Get("RateLimit-Remaining")) // one request
	require.Equal(t, map[analytics.SiteID]int{site: 1}, w.reader.asked)
	require.Len(t, w.reader.asks, 2) // asked together: one state

	w.reader.err = errors.New("secret internals")
	w.call("POST", "/api/query", token, fmt.Sprintf(`{"queries":[{"id":"a","site_id":%q},{"id":"b"}]}`, site)).wantData(200,
		`{"a":{"error":"Internal server error","code":"internal_error","status":500},`+
			`"b":{"error":"site_id parameter is required","code":"validation_failed","status":400}}`)
}

func TestQueryBody(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	f := func(body, message, word string) {
		t.Helper()
		w.call("POST", "/api/query", token, body).wantError(400, message, word)
	}
	const bad = "validation_failed"
	f("", "Invalid JSON body", "bad_request")
	f("[]", "Invalid JSON body", "bad_request")
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"q%d","site_id":%q}`, i, site))
		}
		return `{"queries":[` + strings.Join(list, ",") + `]}`
	}
	for _, body := range []string{`{}`, `{"queries":null}`, `{"queries":{}}`, `{"queries":"a"}`, `{"queries":[]}`, many(21)} {
		f(body, "queries must be an array of 1 to 20 queries", bad)
	}
	require.Equal(t, 200, w.call("POST", "/api/query", token, many(20)).code)
	for _, query := range []string{`1`, `null`, `[]`, `{}`, `{"id":1}`, `{"id":""}`, `{"id":"a b"}`, `{"id":"ü"}`,
		`{"id":"` + strings.Repeat("x", 33) + `"}`} {
		f(`{"queries":[{"id":"a"},`+query+`]}`, "Invalid query id", bad)
	}
	require.Equal(t, 200, w.call("POST", "/api/query", token, `{"queries":[{"id":"A_z-9`+strings.Repeat("x", 27)+`"}]}`).code)
	f(`{"queries":[{"id":"total"},{"id":"b"},{"id":"total"}]}`, "Duplicate query id: total", bad)
	w.call("POST", "/api/query", token, `{"queries":["`+strings.Repeat("x", maxBody)+`"]}`).wantError(413, "Request body too large", "payload_too_large")
	w.call("POST", "/api/query", "", many(1)).wantError(401, "Invalid or expired token", "unauthorized")

	typed := func(name, value, kind string) {
		t.Helper()
		w.call("POST", "/api/query", token, fmt.Sprintf(`{"queries":[{"id":"a","site_id":%q,%q:%s}]}`, site, name, value)).wantData(200,
			fmt.Sprintf(`{"a":{"error":"%s must be a %s","code":"validation_failed","status":400}}`, name, kind))
	}
	for _, name := range []string{"period", "date_from", "date_to", "property", "interval", "filters", "compare", "value_of", "order", "search"} {
		typed(name, `1`, "string")
	}
	typed("metrics", `[1]`, "string")
	typed("metrics", `{}`, "string")
	typed("limit", `true`, "number")
	typed("offset", `"x"`, "number")
}

// Each query asks for the right on its own site, as the key allows.
func TestQueryRights(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, _ := w.user("owner@example.com")
	viewer, token := w.user("viewer@example.com")
	first, second := w.addSite(owner, "first.example.com"), w.addSite(owner, "second.example.com")
	w.join(first, viewer, auth.Viewer)
	_, bound := w.key(owner, auth.Read, second, 0)
	body := fmt.Sprintf(`{"queries":[{"id":"a","site_id":%q},{"id":"b","site_id":%q}]}`, first, second)
	statuses := func(token string) (out [2]int) {
		var got map[string]struct{ Status int }
		w.call("POST", "/api/query", token, body).read(200, &got)
		return [2]int{got["a"].Status, got["b"].Status}
	}
	require.Equal(t, [2]int{0, 403}, statuses(token))
	require.Equal(t, [2]int{403, 0}, statuses(bound))
	require.Contains(t, w.call("POST", "/api/query", bound, body).text, "This API key cannot access "+string(first))
	w.remove(second)
	require.Equal(t, [2]int{0, 404}, statuses(token))
}
