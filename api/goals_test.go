package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/internal/testkit"
)

// object is a JSON object.
type object = map[string]any

// defined makes a goal or a funnel by a POST and returns its id.
func (w *world) defined(target, token string, body any) (id string) {
	w.t.Helper()
	var made struct{ ID string }
	w.call("POST", target, token, body).read(201, &made)
	return made.ID
}

// example lets the site have the events of metrics.md §7.
func (w *world) example(site analytics.SiteID) {
	events := testkit.NewReader(site, testkit.ExampleZone, 10_000)
	events.Events(testkit.ExampleEvents()...)
	w.reader.events = events
}

// goalNumbers is what tests read of a goal.
type goalNumbers struct {
	ID                             string
	Completions, UniqueCompletions int64
	ConversionRate                 float64
	TrackedSince                   *string
	BackfillProgress               *float64
}

// goalWorld is a site with its owner.
func goalWorld(t *testing.T, change ...func(*Config)) (w *world, site analytics.SiteID, token string) {
	w = newWorld(t, append(change, unlimited)...)
	owner, token := w.user("owner@example.com")
	return w, w.addSite(owner, "example.com"), token
}

func TestCreateGoal(t *testing.T) {
	w, site, token := goalWorld(t)
	f := func(body, want string, opts ...func(*http.Request)) {
		t.Helper()
		a := w.call("POST", "/api/goals", token, strings.Replace(body, "{", `{"siteId":"`+string(site)+`",`, 1), opts...)
		var got struct{ ID string }
		a.read(201, &got)
		require.Regexp(t, `^goal_[a-z0-9]{20}$`, got.ID)
		a.wantData(201, `{"id":"`+got.ID+`","siteId":"`+string(site)+`",`+want+`,"completions":0,"uniqueCompletions":0,"conversionRate":0,
			"createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:20.000Z","trackedSince":"2026-01-15T16:30:20.000Z"}`)
	}
	const folding = `,"backfillProgress":0`
	f(`{"name":"Newsletter Signup","type":"pageview","path":"/thank-you","value":5}`,
		`"name":"Newsletter Signup","type":"pageview","path":"/thank-you","matchType":"exact","value":5`+folding)
	f(`{"name":" A\u0000\n ","type":"pageview","path":" /a ","matchType":null,"value":null,"backfill":null,"eventAction":"x","durationSeconds":9,
		"unknown":1,"NAME":"b","Value":"five"}`,
		`"name":"A","type":"pageview","path":"/a","matchType":"exact","value":0`+folding, odd)
	f(`{"name":"a","type":"pageview","path":"blog","matchType":"contains"}`,
		`"name":"a","type":"pageview","path":"blog","matchType":"contains","value":0`+folding)
	f(`{"name":"a","type":"pageview","path":"^/(blog|docs)/","matchType":"regex","backfill":false}`,
		`"name":"a","type":"pageview","path":"^/(blog|docs)/","matchType":"regex","value":0,"backfillProgress":null`)
	f(`{"name":"Product Purchase","type":"event","eventAction":"purchase","eventCategory":"ecommerce","value":50}`,
		`"name":"Product Purchase","type":"event","eventAction":"purchase","eventCategory":"ecommerce","eventLabel":null,"value":50`+folding)
	f(`{"name":"a","type":"event","eventAction":"a","eventCategory":" ","eventLabel":"l","path":"no slash","matchType":"foo"}`,
		`"name":"a","type":"event","eventAction":"a","eventCategory":null,"eventLabel":"l","value":0`+folding, odd)
	f(`{"name":"Engaged Visitor","type":"duration","durationSeconds":120,"value":1}`,
		`"name":"Engaged Visitor","type":"duration","durationSeconds":120,"value":1`+folding)
	f(`{"name":"a","type":"duration","durationSeconds":864e2,"value":1000000000}`,
		`"name":"a","type":"duration","durationSeconds":86400,"value":1000000000`+folding)
	f(`{"name":"a","type":"duration","durationSeconds":1,"value":0.0001}`, `"name":"a","type":"duration","durationSeconds":1,"value":0.0001`+folding)
	f(`{"name":"a","type":"duration","durationSeconds":1,"value":999999999.9999}`,
		`"name":"a","type":"duration","durationSeconds":1,"value":999999999.9999`+folding)
	f(`{"name":"a","type":"duration","durationSeconds":1,"value":1.230000}`, `"name":"a","type":"duration","durationSeconds":1,"value":1.23`+folding)
	f(`{"name":"`+strings.Repeat("ü", 100)+`","type":"pageview","path":"/`+strings.Repeat("ü", 2047)+`"}`,
		`"name":"`+strings.Repeat("ü", 100)+`","type":"pageview","path":"/`+strings.Repeat("ü", 2047)+`","matchType":"exact","value":0`+folding)
	require.Empty(t, w.reader.asked) // zero counts need no question
}

func TestCreateGoalErrors(t *testing.T) {
	w, site, token := goalWorld(t)
	stranger, _ := w.user("stranger@example.com")
	foreign := w.addSite(stranger, "foreign.example.com")
	good := object{"siteId": site, "name": "a", "type": "pageview", "path": "/a"}
	// row is a bad body: the good one with some members in others' places.
	row := func(message string, change object) errorRow {
		body := object{}
		for _, o := range []object{good, change} {
			for k, v := range o {
				body[k] = v
			}
		}
		return bad(message+fmt.Sprint(change), body, message)
	}
	const (
		noSite, noName, longName = "Site ID required", "Goal name is required", "Goal name must not exceed 100 characters"
		badType, badMatch        = "Invalid goal type. Must be: pageview, event, or duration", "Invalid match type. Must be: exact, contains, or regex"
		noPath, noSlash          = "Path is required for pageview goals", "Path must start with /"
		noAction, badValue       = "Event action is required for event goals", "Invalid goal value"
		noDuration, badDuration  = "Duration is required for duration goals", "Invalid duration"
		badRegex                 = "Invalid regular expression"
	)
	event := func(message string, change object) errorRow {
		change["type"] = "event"
		if _, ok := change["eventAction"]; !ok {
			change["eventAction"] = "a"
		}
		return row(message, change)
	}
	duration := func(message string, seconds any) errorRow {
		return row(message, object{"type": "duration", "durationSeconds": seconds})
	}
	w.wantErrors("POST", "/api/goals", token,
		notJSON("no body", nil), notJSON("a list", "[]"),
		row(noSite, object{"siteId": nil}), row(noSite, object{"siteId": " "}), row("siteId must be a string", object{"siteId": 1}),
		row(noName, object{"name": nil}), row(noName, object{"name": " \n"}), row(longName, object{"name": strings.Repeat("ü", 101)}),
		row("name must be a string", object{"name": 1}),
		row(badType, object{"type": nil}), row(badType, object{"type": "Pageview"}), row("type must be a string", object{"type": true}),
		row(badValue, object{"value": -0.0001}), row(badValue, object{"value": 1_000_000_000.0001}), row(badValue, object{"value": 0.00001}),
		bad("a huge value", `{"siteId":"`+string(site)+`","name":"a","type":"pageview","path":"/","value":1e999999}`, badValue),
		bad("a tiny value", `{"siteId":"`+string(site)+`","name":"a","type":"pageview","path":"/","value":1e-999999}`, badValue),
		row("value must be a number", object{"value": "5"}), row("value must be a number", object{"value": true}),
		row(noPath, object{"path": nil}), row(noPath, object{"path": " "}), row("path must be a string", object{"path": object{}}),
		row(noSlash, object{"path": "a"}), row("Path must not exceed 2048 characters", object{"path": "/" + strings.Repeat("ü", 2048)}),
		row("Path must not exceed 2048 characters", object{"path": strings.Repeat("a", 2049), "matchType": "contains"}),
		row(badMatch, object{"matchType": "Exact"}), row(badMatch, object{"matchType": ""}), row("matchType must be a string", object{"matchType": 1}),
		row(badRegex, object{"matchType": "regex", "path": "("}), row(badRegex, object{"matchType": "regex", "path": `(?!a)`}),
		row(badRegex, object{"matchType": "regex", "path": strings.Repeat("a", 513)}),
		event(noAction, object{"eventAction": nil}), event(noAction, object{"eventAction": " "}),
		event("eventAction must be a string", object{"eventAction": 1}),
		event("Event action must not exceed 120 characters", object{"eventAction": strings.Repeat("ü", 121)}),
		event("Event category must not exceed 120 characters", object{"eventCategory": strings.Repeat("ü", 121)}),
		event("Event label must not exceed 500 characters", object{"eventLabel": strings.Repeat("ü", 501)}),
		duration(noDuration, nil), duration(badDuration, 0), duration(badDuration, 86_401), duration(badDuration, -1), duration(badDuration, 1.5),
		duration("durationSeconds must be a number", "120"),
		row("backfill must be a boolean", object{"backfill": "yes"}),
		// the first thing wrong in the order of README §3: syntax, existence, access
		errorRow{"syntax first", object{"siteId": missingSite}, 400, noName, "validation_failed"},
		errorRow{"missing site", object{"siteId": missingSite, "name": "a", "type": "pageview", "path": "/"}, 404, "Site not found", "not_found"},
		errorRow{"foreign site", object{"siteId": foreign, "name": "a", "type": "pageview", "path": "/"}, 403, "Access denied", "forbidden"},
	)
	require.Empty(t, w.catalog.Goals(site))
}

func TestGoalLimit(t *testing.T) {
	w, site, token := goalWorld(t, func(c *Config) { c.MaxGoals = 2 })
	second := w.addSite(w.sites.team(site)[0].UserID, "second.example.com")
	body := func(site analytics.SiteID) object {
		return object{"siteId": site, "name": "a", "type": "pageview", "path": "/"}
	}
	w.defined("/api/goals", token, body(site))
	id := w.defined("/api/goals", token, body(site))
	w.call("POST", "/api/goals", token, body(site)).wantError(403, "Goal limit reached", "limit_reached")
	w.defined("/api/goals", token, body(second))
	require.Equal(t, 200, w.call("DELETE", "/api/goals/"+id, token, nil).code)
	w.defined("/api/goals", token, body(site))
	require.Equal(t, 200, DefaultConfig().MaxGoals)
}

// exampleGoals defines the goals of metrics.md §7 and lets them count the example's events.
func exampleGoals(t *testing.T) (w *world, site analytics.SiteID, token string, page, purchase, engaged string) {
	w, site, token = goalWorld(t)
	w.example(site)
	page = w.defined("/api/goals", token, object{"siteId": site, "name": "Signup", "type": "pageview", "path": "/thank-you", "value": 5})
	w.clock.Add(time.Millisecond)
	purchase = w.defined("/api/goals", token, object{
		"siteId": site, "name": "Purchase", "type": "event", "eventAction": "purchase", "eventCategory": "ecommerce", "value": 50,
	})
	w.clock.Add(time.Millisecond)
	engaged = w.defined("/api/goals", token, object{"siteId": site, "name": "Engaged", "type": "duration", "durationSeconds": 120, "value": 1})
	return w, site, token, page, purchase, engaged
}

const onExampleDay = "startDate=2026-01-14&endDate=2026-01-14"

func TestListGoals(t *testing.T) {
	w, site, token, page, purchase, engaged := exampleGoals(t)
	list := func(query string) string { return "/api/goals?siteId=" + string(site) + query }
	goal := func(id, rest, counts, tracked, ms string) string {
		at := `"2026-01-15T16:30:20.00` + ms + `Z"`
		return `{"id":"` + id + `","siteId":"` + string(site) + `",` + rest + `,` + counts + `,` + strings.Replace(tracked, "NOW", at, 1) +
			`,"createdAt":` + at + `,"updatedAt":` + at + `}`
	}
	want := func(tracked string, counts ...string) string {
		return `[` + goal(engaged, `"name":"Engaged","type":"duration","durationSeconds":120,"value":1`, counts[0], tracked, "2") + `,` +
			goal(purchase, `"name":"Purchase","type":"event","eventAction":"purchase","eventCategory":"ecommerce","eventLabel":null,"value":50`,
				counts[1], tracked, "1") + `,` +
			goal(page, `"name":"Signup","type":"pageview","path":"/thank-you","matchType":"exact","value":5`, counts[2], tracked, "0") + `]`
	}
	count := func(n, visitors int, rate float64) string {
		return fmt.Sprintf(`"completions":%d,"uniqueCompletions":%d,"conversionRate":%v`, n, visitors, rate)
	}
	none := count(0, 0, 0)
	w.call("GET", list(""), token, nil).wantData(200, want(`"trackedSince":NOW,"backfillProgress":0`, none, none, none))

	w.backfill.round(t.Context())
	const all = `"trackedSince":null,"backfillProgress":null`
	w.call("GET", list("&"+onExampleDay), token, nil).wantData(200, want(all, count(2, 2, 40), count(1, 1, 20), count(1, 1, 20)))
	w.call("GET", list("&"+onExampleDay+"&filters="+url.QueryEscape("device==mobile")), token, nil).
		wantData(200, want(all, count(1, 1, 100), none, none))
	// the default is 30 days: both days of the example
	w.call("GET", list(""), token, nil).wantData(200, want(all, count(2, 2, 33.33), count(1, 1, 16.67), count(1, 1, 16.67)))
	require.Equal(t, "2025-12-17", w.reader.asks[0].First.String())
	w.call("GET", list("&period=24h"), token, nil).wantData(200, want(all, none, count(1, 1, 33.33), none)) // from 12:00 on: D, E and F

	empty := w.addSite(w.sites.team(site)[0].UserID, "empty.example.com")
	w.call("GET", "/api/goals?siteId="+string(empty), token, nil).wantData(200, `[]`)
}

func TestGetGoal(t *testing.T) {
	w, _, token, page, _, engaged := exampleGoals(t)
	w.backfill.round(t.Context())
	var got goalNumbers
	w.call("GET", "/api/goals/"+engaged+"?"+onExampleDay, token, nil).read(200, &got)
	require.Equal(t, []any{engaged, int64(2), int64(2), 40.0}, []any{got.ID, got.Completions, got.UniqueCompletions, got.ConversionRate})
	w.call("GET", "/api/goals/"+page, token, nil).read(200, &got)
	require.Equal(t, []any{page, int64(1), int64(1), 16.67}, []any{got.ID, got.Completions, got.UniqueCompletions, got.ConversionRate})
	require.Equal(t, "2025-12-17", w.reader.asks[0].First.String())
}

func TestGoalStats(t *testing.T) {
	w, site, token, page, purchase, engaged := exampleGoals(t)
	w.backfill.round(t.Context())
	var hours []string
	for h := range 24 {
		n, rate := "0", "0"
		if h == 9 {
			n, rate = "1", "100"
		}
		hours = append(hours, fmt.Sprintf(`{"date":"2026-01-14T%02d:00:00-05:00","completions":%s,"conversionRate":%s}`, h, n, rate))
	}
	w.call("GET", "/api/goals/"+page+"/stats?"+onExampleDay, token, nil).wantData(200, `{
		"goal":{"id":"`+page+`","name":"Signup","type":"pageview","path":"/thank-you"},
		"range":{"start":"2026-01-14T05:00:00.000Z","end":"2026-01-15T05:00:00.000Z","timezone":"America/New_York","interval":"hour"},
		"stats":{"completions":1,"uniqueCompletions":1,"conversionRate":20,"totalValue":5,"avgValue":5},
		"timeseries":[`+strings.Join(hours, ",")+`],
		"topSources":[{"source":"google.com","completions":1,"conversionRate":100}],
		"topPages":[{"path":"/","completions":1,"conversionRate":50}]}`)

	var got struct {
		Stats struct {
			Completions          int
			TotalValue, AvgValue float64
		}
		Timeseries, TopSources []object
		Range                  analytics.RangeReport
	}
	w.call("GET", "/api/goals/"+purchase+"/stats?"+onExampleDay, token, nil).read(200, &got)
	require.Equal(t, 99.0, got.Stats.TotalValue)
	w.call("GET", "/api/goals/"+engaged+"/stats", token, nil).read(200, &got)
	require.Len(t, got.Timeseries, 30)
	require.Equal(t, analytics.RangeReport{
		Start: "2025-12-17T05:00:00.000Z", End: "2026-01-15T16:30:20.002Z", Timezone: "America/New_York", Interval: "day",
	}, got.Range)
	require.Len(t, got.TopSources, 2)
	require.Equal(t, 2.0, got.Stats.TotalValue)
	w.call("GET", "/api/goals/"+engaged+"/stats?limit=1", token, nil).read(200, &got)
	require.Equal(t, []object{{"source": "google.com", "completions": 1.0, "conversionRate": 100.0}}, got.TopSources)
	w.call("GET", "/api/goals/"+engaged+"/stats?limit=50&filters="+url.QueryEscape("country==GB"), token, nil).read(200, &got)
	require.Equal(t, 1, got.Stats.Completions)
	require.Len(t, got.TopSources, 1)
	require.NotEmpty(t, site)
}

// What is wrong with the parameters is told before whether there is such a goal, and that before whether the caller may see it.
func TestGoalReadErrors(t *testing.T) {
	w, site, token := goalWorld(t)
	stranger, strangerToken := w.user("stranger@example.com")
	foreign := w.addSite(stranger, "foreign.example.com")
	own := w.defined("/api/goals", token, object{"siteId": site, "name": "a", "type": "pageview", "path": "/"})
	other := w.defined("/api/goals", strangerToken, object{"siteId": foreign, "name": "a", "type": "pageview", "path": "/"})
	const none = "goal_00000000000000000000"
	f := func(target, message string) {
		t.Helper()
		w.call("GET", target, token, nil).wantError(400, message, "validation_failed")
	}
	for _, id := range []string{own, other, none} {
		for _, target := range []string{"/api/goals/" + id + "?", "/api/goals/" + id + "/stats?"} {
			f(target+"period=8d", "Invalid time period")
			f(target+"startDate=yesterday", "Invalid date format")
			f(target+"startDate=2026-01-12&endDate=2026-01-11", "End date must be after start date")
			f(target+"startDate=2024-01-01&endDate=2025-12-31", "Date range cannot exceed 366 days")
			f(target+"endDate=2026-01-11", "startDate is required when endDate is given")
		}
		f("/api/goals/"+id+"/stats?filters=foo", "Invalid filter: foo")
		for _, limit := range []string{"0", "51", "-1", "ten", "1.5"} {
			f("/api/goals/"+id+"/stats?limit="+limit, "Limit must be between 1 and 50")
		}
	}
	for _, id := range []string{string(site), string(foreign), string(missingSite)} {
		f("/api/goals?siteId="+id+"&period=8d", "Invalid time period")
		f("/api/goals?siteId="+id+"&filters=foo", "Invalid filter: foo")
	}
	f("/api/goals", "Site ID required")
	for _, tail := range []string{"", "/stats"} {
		w.call("GET", "/api/goals/"+none+tail, token, nil).wantError(404, "Goal not found", "not_found")
		w.call("GET", "/api/goals/"+other+tail, token, nil).wantError(403, "Access denied", "forbidden")
	}
	w.call("GET", "/api/goals?siteId="+string(missingSite), token, nil).wantError(404, "Site not found", "not_found")
	w.call("GET", "/api/goals?siteId="+string(foreign), token, nil).wantError(403, "Access denied", "forbidden")
	_, bound := w.key(stranger, auth.AdminScope, foreign, 0)
	w.call("GET", "/api/goals/"+own, bound, nil).wantError(403, "This API key cannot access "+string(site), "forbidden")
	w.remove(site)
	w.call("GET", "/api/goals/"+own, token, nil).wantError(404, "Site not found", "not_found")
}

func TestChangeGoal(t *testing.T) {
	w, site, token := goalWorld(t)
	add := func(body object) string {
		body["siteId"], body["name"] = site, "a"
		return w.defined("/api/goals", token, body)
	}
	page := add(object{"type": "pageview", "path": "/a", "matchType": "contains", "value": 5})
	event := add(object{"type": "event", "eventAction": "a", "eventCategory": "c", "eventLabel": "l"})
	seconds := add(object{"type": "duration", "durationSeconds": 10})
	w.backfill.round(t.Context())
	const whole, anew = true, false
	f := func(id string, body object, tracked bool, check func(g *analytics.Goal)) {
		t.Helper()
		w.clock.Add(time.Second)
		before, _ := w.catalog.Goal(id)
		var got goalNumbers
		w.call("PATCH", "/api/goals/"+id, token, body).read(200, &got)
		g, _ := w.catalog.Goal(id)
		require.Equal(t, w.clock.Now(), g.UpdatedAt)
		require.Equal(t, []any{before.CreatedAt, before.CreatedBy}, []any{g.CreatedAt, g.CreatedBy})
		if tracked == whole {
			require.Equal(t, []any{int64(0), before.MatchedSince}, []any{g.TrackedSince, g.MatchedSince})
			require.Nil(t, got.TrackedSince)
		} else {
			require.Equal(t, []any{w.clock.Now().UnixMilli(), w.clock.Now()}, []any{g.TrackedSince, g.MatchedSince})
			require.Equal(t, instant(w.clock.Now()), *got.TrackedSince)
		}
		check(g)
		w.backfill.round(t.Context())
	}
	f(page, object{}, whole, func(g *analytics.Goal) { require.Equal(t, "a", g.Name) })
	f(page, object{"id": page, "name": " b ", "value": 1.5, "type": "pageview", "siteId": "site_x", "eventAction": "x"}, whole, func(g *analytics.Goal) {
		require.Equal(t, []any{"b", analytics.Fixed(15_000), site, ""}, []any{g.Name, g.Value, g.Site, g.EventAction})
	})
	f(page, object{"value": nil}, whole, func(g *analytics.Goal) { require.Zero(t, g.Value) })
	f(page, object{"path": "/a", "matchType": "contains"}, whole, func(g *analytics.Goal) {})
	f(page, object{"path": "/b"}, anew, func(g *analytics.Goal) { require.Equal(t, analytics.MatchContains, g.MatchType) })
	f(page, object{"matchType": nil}, anew, func(g *analytics.Goal) { require.Equal(t, analytics.MatchExact, g.MatchType) })
	f(event, object{"eventAction": "b"}, anew, func(g *analytics.Goal) {
		require.Equal(t, []any{"b", "c", "l"}, []any{g.EventAction, g.EventCategory, g.EventLabel})
	})
	f(event, object{"eventCategory": nil}, anew, func(g *analytics.Goal) {
		require.Equal(t, []any{"b", "", "l"}, []any{g.EventAction, g.EventCategory, g.EventLabel})
	})
	f(event, object{"eventLabel": nil}, anew, func(g *analytics.Goal) { require.Empty(t, g.EventLabel) })
	f(event, object{"eventLabel": nil, "path": "/x", "durationSeconds": 5}, whole, func(g *analytics.Goal) {
		require.Equal(t, []any{"", int64(0)}, []any{g.Path, g.DurationSeconds})
	})
	f(seconds, object{"durationSeconds": 10}, whole, func(g *analytics.Goal) {})
	f(seconds, object{"durationSeconds": 11}, anew, func(g *analytics.Goal) { require.EqualValues(t, 11, g.DurationSeconds) })
	f(seconds, object{"backfill": false}, whole, func(g *analytics.Goal) { require.False(t, g.Backfill) })
	f(seconds, object{"durationSeconds": 12}, anew, func(g *analytics.Goal) {})

	var got goalNumbers
	w.call("PATCH", "/api/goals", token, object{"id": seconds, "name": "c"}).read(200, &got)
	require.NotNil(t, got.TrackedSince) // without a backfill it stays so
	require.Nil(t, got.BackfillProgress)
	w.call("PATCH", "/api/goals", token, object{"id": seconds, "backfill": nil}).read(200, &got)
	require.Equal(t, 0.0, *got.BackfillProgress)
	w.backfill.round(t.Context())
	w.call("GET", "/api/goals/"+seconds, token, nil).read(200, &got)
	require.Nil(t, got.TrackedSince)

	w.wantErrors("PATCH", "/api/goals/"+page, token,
		notJSON("no body", nil), bad("mismatch", object{"id": event}, "ID mismatch"), bad("id is a number", object{"id": 1}, "id must be a string"),
		bad("null name", object{"name": nil}, "Goal name is required"), bad("blank name", object{"name": " "}, "Goal name is required"),
		bad("long name", object{"name": strings.Repeat("a", 101)}, "Goal name must not exceed 100 characters"),
		bad("another type", object{"type": "event"}, "Goal type cannot be changed"),
		bad("no type", object{"type": "foo"}, "Invalid goal type. Must be: pageview, event, or duration"),
		bad("value", object{"value": -1}, "Invalid goal value"), bad("null path", object{"path": nil}, "Path is required for pageview goals"),
		bad("path", object{"path": "b"}, "Path must start with /"),
		bad("match type", object{"matchType": "x"}, "Invalid match type. Must be: exact, contains, or regex"),
		bad("regex", object{"matchType": "regex", "path": "["}, "Invalid regular expression"),
	)
	w.wantErrors("PATCH", "/api/goals", token,
		bad("no id", object{"name": "b"}, "ID required"),
		errorRow{"unknown", object{"id": "goal_00000000000000000000", "name": "b"}, 404, "Goal not found", "not_found"},
		errorRow{"unknown and wrong", object{"id": "goal_00000000000000000000", "name": ""}, 400, "Goal name is required", "validation_failed"},
		bad("null action", object{"id": event, "eventAction": nil}, "Event action is required for event goals"),
		bad("null duration", object{"id": seconds, "durationSeconds": nil}, "Duration is required for duration goals"),
		bad("duration", object{"id": seconds, "durationSeconds": 0}, "Invalid duration"),
	)
	_, strangerToken := w.user("stranger@example.com")
	w.call("PATCH", "/api/goals/"+page, strangerToken, object{"type": "event"}).wantError(403, "Access denied", "forbidden") // says nothing of the goal
	g, _ := w.catalog.Goal(page)
	require.Equal(t, "b", g.Name)
}

func TestDeleteGoal(t *testing.T) {
	w, site, token := goalWorld(t)
	goal := object{"siteId": site, "name": "a", "type": "pageview", "path": "/"}
	const deleted = `{"success":true,"message":"Goal deleted successfully"}`
	for _, target := range []string{"/api/goals?id=", "/api/goals/"} {
		id := w.defined("/api/goals", token, goal)
		w.call("DELETE", target+id, token, nil).wantData(200, deleted)
		w.call("DELETE", target+id, token, nil).wantError(404, "Goal not found", "not_found")
		w.call("GET", "/api/goals/"+id, token, nil).wantError(404, "Goal not found", "not_found")
	}
	w.call("DELETE", "/api/goals", token, nil).wantError(400, "ID required", "validation_failed")
	w.call("DELETE", "/api/goals/goal_abc123?id=goal_def456", token, nil).wantError(400, "ID mismatch", "validation_failed")
	require.Empty(t, w.catalog.Goals(site))

	id := w.defined("/api/goals", token, goal)
	step := object{"name": "s", "type": "goal", "goalId": id}
	funnel := w.defined("/api/funnels", token, object{"siteId": site, "name": "f", "steps": []any{step, step}})
	w.call("DELETE", "/api/goals/"+id, token, nil).wantError(409, "Goal is used by funnel "+funnel, "conflict")
	require.Equal(t, 200, w.call("DELETE", "/api/funnels/"+funnel, token, nil).code)
	w.call("DELETE", "/api/goals/"+id, token, nil).wantData(200, deleted)
}

// An alert on what is deleted is switched off, in the same transaction.
func TestDeletingDisablesAlerts(t *testing.T) {
	w, site, token := goalWorld(t)
	goal := w.defined("/api/goals", token, object{"siteId": site, "name": "a", "type": "pageview", "path": "/"})
	step := object{"name": "s", "type": "pageview", "path": "/"}
	funnel := w.defined("/api/funnels", token, object{"siteId": site, "name": "f", "steps": []any{step, step}})
	metrics := []string{
		"goal." + goal + ".completions", "goal." + goal + ".conversionRate", "funnel." + funnel + ".conversionRate", "pageviews", "conversionRate",
	}
	made := w.clock.Now()
	for i, metric := range metrics {
		require.NoError(t, w.catalog.alerts.put(&analytics.Alert{
			ID: fmt.Sprintf("alert_00000%d", i), Site: site, Metric: metric, Enabled: true, CreatedAt: made, UpdatedAt: made,
		}))
	}
	enabled := func() (list []bool) {
		for i := range metrics {
			a, _ := w.catalog.alerts.get(fmt.Sprintf("alert_00000%d", i))
			require.Equal(t, !a.Enabled, a.UpdatedAt.After(made))
			list = append(list, a.Enabled)
		}
		return list
	}
	w.clock.Add(time.Second)
	w.meta.failing.Store(true)
	require.Equal(t, 500, w.call("DELETE", "/api/goals/"+goal, token, nil).code)
	require.Equal(t, []bool{true, true, true, true, true}, enabled())
	w.meta.failing.Store(false)
	require.Equal(t, 200, w.call("DELETE", "/api/goals/"+goal, token, nil).code)
	require.Equal(t, []bool{false, false, true, true, true}, enabled())
	require.Equal(t, 200, w.call("DELETE", "/api/funnels/"+funnel, token, nil).code)
	require.Equal(t, []bool{false, false, false, true, true}, enabled())
	w.start() // as stored
	require.Equal(t, []bool{false, false, false, true, true}, enabled())
}

func TestSiteCountsGoalsAndFunnels(t *testing.T) {
	w, site, token := goalWorld(t)
	step := object{"name": "s", "type": "pageview", "path": "/"}
	for range 3 {
		w.defined("/api/goals", token, object{"siteId": site, "name": "a", "type": "pageview", "path": "/"})
	}
	w.defined("/api/funnels", token, object{"siteId": site, "name": "f", "steps": []any{step, step}})
	var got struct{ Goals, Funnels int }
	w.call("GET", "/api/sites/"+string(site), token, nil).read(200, &got)
	require.Equal(t, []int{3, 1}, []int{got.Goals, got.Funnels})
	w.start()
	w.call("GET", "/api/sites/"+string(site), token, nil).read(200, &got)
	require.Equal(t, []int{3, 1}, []int{got.Goals, got.Funnels})
}
