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
)

// pages are steps over these paths.
func pages(paths ...string) (steps []any) {
	for _, path := range paths {
		steps = append(steps, object{"name": "to " + path, "type": "pageview", "path": path})
	}
	return steps
}

func TestCreateFunnel(t *testing.T) {
	w, site, token := goalWorld(t)
	goal := w.defined("/api/goals", token, object{"siteId": site, "name": "a", "type": "pageview", "path": "/thank-you"})
	f := func(body, want string, opts ...func(*http.Request)) {
		t.Helper()
		a := w.call("POST", "/api/funnels", token, strings.Replace(body, "{", `{"siteId":"`+string(site)+`",`, 1), opts...)
		var got struct{ ID string }
		a.read(201, &got)
		require.Regexp(t, `^funnel_[a-z0-9]{20}$`, got.ID)
		a.wantData(201, `{"id":"`+got.ID+`","siteId":"`+string(site)+`",`+want+`,"totalVisitors":0,"completions":0,"conversionRate":0,
			"trackedSince":"2026-01-15T16:30:20.000Z","createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:20.000Z"}`)
	}
	f(`{"name":"Signup Funnel","timeWindow":3600,"steps":[{"name":"Homepage","type":"pageview","path":"/"},
		{"name":"Pricing Page","type":"pageview","path":"/pricing"},{"name":"Signup Form","type":"pageview","path":"/signup"},
		{"name":"Signup Complete","type":"goal","goalId":"`+goal+`"}]}`,
		`"name":"Signup Funnel","timeWindow":3600,"backfillProgress":0,
		"steps":[{"id":"step_1","name":"Homepage","type":"pageview","path":"/","matchType":"exact"},
		{"id":"step_2","name":"Pricing Page","type":"pageview","path":"/pricing","matchType":"exact"},
		{"id":"step_3","name":"Signup Form","type":"pageview","path":"/signup","matchType":"exact"},
		{"id":"step_4","name":"Signup Complete","type":"goal","goalId":"`+goal+`"}]`)
	f(`{"name":" a\n","timeWindow":null,"backfill":false,"steps":[{"id":"step_9","name":" s ","type":"event","eventAction":" a ","eventCategory":""},
		{"name":"t","type":"event","eventAction":"b","eventCategory":"c","path":"x","unknown":1},
		{"name":"u","type":"pageview","path":"x","matchType":"contains"}]}`,
		`"name":"a","timeWindow":3600,"backfillProgress":null,
		"steps":[{"id":"step_1","name":"s","type":"event","eventAction":"a","eventCategory":null},
		{"id":"step_2","name":"t","type":"event","eventAction":"b","eventCategory":"c"},
		{"id":"step_3","name":"u","type":"pageview","path":"x","matchType":"contains"}]`, odd)
	for window, body := range map[int]string{60: "60", 2_592_000: "2592000.0"} {
		f(`{"name":"a","timeWindow":`+body+`,"steps":[{"name":"a","type":"pageview","path":"/"},{"name":"b","type":"pageview","path":"/"}]}`,
			`"name":"a","backfillProgress":0,"steps":[{"id":"step_1","name":"a","type":"pageview","path":"/","matchType":"exact"},
			{"id":"step_2","name":"b","type":"pageview","path":"/","matchType":"exact"}],"timeWindow":`+fmt.Sprint(window))
	}
	body := object{"siteId": site, "name": strings.Repeat("ü", 100), "steps": pages(strings.Split(strings.Repeat("/ ", 9)+"/", " ")...)}
	require.Equal(t, 201, w.call("POST", "/api/funnels", token, body).code)
	require.Empty(t, w.reader.asked)
}

func TestCreateFunnelErrors(t *testing.T) {
	w, site, token := goalWorld(t)
	stranger, strangerToken := w.user("stranger@example.com")
	foreign := w.addSite(stranger, "foreign.example.com")
	other := w.defined("/api/goals", strangerToken, object{"siteId": foreign, "name": "a", "type": "pageview", "path": "/"})
	seconds := w.defined("/api/goals", token, object{"siteId": site, "name": "a", "type": "duration", "durationSeconds": 5})
	const (
		few, many   = "Funnel must have at least 2 steps", "Funnel cannot have more than 10 steps"
		badWindow   = "Invalid time window"
		badType     = "Invalid step type. Must be: pageview, event, or goal"
		noGoal      = "Goal not found: goal_00000000000000000000"
		missingGoal = "goal_00000000000000000000"
	)
	row := func(message string, change object) errorRow {
		body := object{"siteId": site, "name": "a", "steps": pages("/", "/a")}
		for k, v := range change {
			body[k] = v
		}
		return bad(message+fmt.Sprint(change), body, message)
	}
	// step is a bad second step: a good one with some members in others' places.
	step := func(message string, change object) errorRow {
		s := object{"name": "s", "type": "pageview", "path": "/"}
		for k, v := range change {
			s[k] = v
		}
		return row(message, object{"steps": []any{pages("/")[0], s}})
	}
	goal := func(site analytics.SiteID, id string) object {
		return object{"siteId": site, "name": "a", "steps": []any{pages("/")[0], object{"name": "g", "type": "goal", "goalId": id}}}
	}
	w.wantErrors("POST", "/api/funnels", token,
		notJSON("no body", nil),
		row("Site ID required", object{"siteId": nil}), row("siteId must be a string", object{"siteId": 1}),
		row("Funnel name is required", object{"name": nil}), row("Funnel name is required", object{"name": " "}),
		row("Funnel name must not exceed 100 characters", object{"name": strings.Repeat("ü", 101)}), row("name must be a string", object{"name": 1}),
		row(few, object{"steps": nil}), row(few, object{"steps": []any{}}), row(few, object{"steps": pages("/")}),
		row(many, object{"steps": pages(strings.Split(strings.Repeat("/ ", 10)+"/", " ")...)}),
		row("steps must be a array", object{"steps": object{}}), row("steps[1] must be a object", object{"steps": []any{pages("/")[0], "x"}}),
		row("steps[0] must be a object", object{"steps": []any{nil, nil}}), step("steps[1].name must be a string", object{"name": 1}),
		row(badWindow, object{"timeWindow": 59}), row(badWindow, object{"timeWindow": 2_592_001}), row(badWindow, object{"timeWindow": 60.5}),
		row(badWindow, object{"timeWindow": -60}), row("timeWindow must be a number", object{"timeWindow": "60"}),
		row("backfill must be a boolean", object{"backfill": 1}),
		step("Step name is required", object{"name": nil}), step("Step name is required", object{"name": " "}),
		step("Step name must not exceed 100 characters", object{"name": strings.Repeat("ü", 101)}),
		step(badType, object{"type": nil}), step(badType, object{"type": "duration"}),
		step("Path is required for pageview steps", object{"path": nil}), step("Path must start with /", object{"path": "a"}),
		step("Path must not exceed 2048 characters", object{"path": "/" + strings.Repeat("a", 2048)}),
		step("Invalid match type. Must be: exact, contains, or regex", object{"matchType": "x"}),
		step("Invalid regular expression", object{"matchType": "regex", "path": "("}),
		step("Invalid regular expression", object{"matchType": "regex", "path": strings.Repeat("a", 513)}),
		step("Event action is required for event steps", object{"type": "event"}),
		step("Event action must not exceed 120 characters", object{"type": "event", "eventAction": strings.Repeat("a", 121)}),
		step("Event category must not exceed 120 characters", object{"type": "event", "eventAction": "a", "eventCategory": strings.Repeat("a", 121)}),
		step("Goal is required for goal steps", object{"type": "goal"}), step("Goal is required for goal steps", object{"type": "goal", "goalId": ""}),
		step("Duration goals cannot be used as funnel steps", object{"type": "goal", "goalId": seconds}),
		errorRow{"missing goal", goal(site, missingGoal), 404, noGoal, "not_found"},
		errorRow{"foreign goal", goal(site, other), 404, "Goal not found: " + other, "not_found"},
		// syntax, then existence of the site and of what the body names on it, then access
		errorRow{"missing site", goal(missingSite, missingGoal), 404, "Site not found", "not_found"},
		errorRow{"missing goal of a foreign site", goal(foreign, missingGoal), 404, noGoal, "not_found"},
		errorRow{"foreign site", goal(foreign, other), 403, "Access denied", "forbidden"},
	)
	require.Empty(t, w.catalog.Funnels(site))
}

func TestFunnelLimit(t *testing.T) {
	w, site, token := goalWorld(t, func(c *Config) { c.MaxFunnels = 1 })
	body := object{"siteId": site, "name": "a", "steps": pages("/", "/a")}
	w.defined("/api/funnels", token, body)
	w.call("POST", "/api/funnels", token, body).wantError(403, "Funnel limit reached", "limit_reached")
	require.Equal(t, 100, DefaultConfig().MaxFunnels)
}

// exampleFunnel is the funnel of metrics.md §7 and lets it count the example's events. Its last step is a goal.
func exampleFunnel(t *testing.T) (w *world, site analytics.SiteID, token, goal, funnel string) {
	w, site, token = goalWorld(t)
	w.example(site)
	goal = w.defined("/api/goals", token, object{"siteId": site, "name": "a", "type": "pageview", "path": "/thank-you"})
	steps := append(pages("/", "/pricing", "/signup"), object{"name": "done", "type": "goal", "goalId": goal})
	funnel = w.defined("/api/funnels", token, object{"siteId": site, "name": "f", "timeWindow": 600, "steps": steps})
	w.backfill.round(t.Context())
	return w, site, token, goal, funnel
}

// funnelNumbers is what tests read of a funnel.
type funnelNumbers struct {
	ID                         string
	TotalVisitors, Completions int64
	ConversionRate             float64
	TrackedSince               *string
	BackfillProgress           *float64
}

func TestReadFunnels(t *testing.T) {
	w, site, token, _, funnel := exampleFunnel(t)
	w.clock.Add(time.Second)
	later := w.defined("/api/funnels", token, object{"siteId": site, "name": "l", "steps": pages("/", "/pricing"), "backfill": false})
	list := func(query string) (list []funnelNumbers) {
		t.Helper()
		w.call("GET", "/api/funnels?siteId="+string(site)+query, token, nil).read(200, &list)
		require.Equal(t, []string{later, funnel}, []string{list[0].ID, list[1].ID})
		require.Zero(t, list[0].TotalVisitors) // it counts from its creation on
		require.NotNil(t, list[0].TrackedSince)
		require.Nil(t, list[0].BackfillProgress)
		return list
	}
	want := funnelNumbers{ID: funnel, TotalVisitors: 3, Completions: 1, ConversionRate: 33.33}
	require.Equal(t, want, list("&" + onExampleDay)[1])
	require.Equal(t, want, list("")[1])
	require.Equal(t, "2025-12-17", w.reader.asks[0].First.String())
	require.Equal(t, funnelNumbers{ID: funnel}, list("&startDate=2026-01-10&endDate=2026-01-11")[1])
	require.Equal(t, funnelNumbers{ID: funnel, TotalVisitors: 1}, list("&filters=" + url.QueryEscape("device==mobile"))[1])

	var got funnelNumbers
	w.call("GET", "/api/funnels/"+funnel, token, nil).read(200, &got)
	require.Equal(t, want, got)
	w.call("GET", "/api/funnels/"+funnel+"?startDate=2026-01-10&endDate=2026-01-11", token, nil).read(200, &got)
	require.Equal(t, funnelNumbers{ID: funnel}, got)
	empty := w.addSite(w.sites.team(site)[0].UserID, "empty.example.com")
	w.call("GET", "/api/funnels?siteId="+string(empty), token, nil).wantData(200, `[]`)
}

func TestFunnelStats(t *testing.T) {
	w, _, token, _, funnel := exampleFunnel(t)
	a := w.call("GET", "/api/funnels/"+funnel+"/stats?startDate=2026-01-14", token, nil)
	a.wantData(200, `{"funnel":{"id":"`+funnel+`","name":"f","timeWindow":600},
		"range":{"start":"2026-01-14T05:00:00.000Z","end":"2026-01-15T16:30:20.000Z","timezone":"America/New_York","interval":"day"},
		"stats":{"totalVisitors":3,"completions":1,"overallConversionRate":33.33,"avgTimeToComplete":142},
		"steps":[
		{"stepNumber":1,"name":"to /","visitors":3,"dropOff":0,"dropOffRate":0,"progressRate":100,"stepConversionRate":100,"avgTimeOnStep":51},
		{"stepNumber":2,"name":"to /pricing","visitors":2,"dropOff":1,"dropOffRate":33.33,"progressRate":66.67,
			"stepConversionRate":66.67,"avgTimeOnStep":65},
		{"stepNumber":3,"name":"to /signup","visitors":2,"dropOff":0,"dropOffRate":0,"progressRate":66.67,"stepConversionRate":100,"avgTimeOnStep":31},
		{"stepNumber":4,"name":"done","visitors":1,"dropOff":1,"dropOffRate":50,"progressRate":33.33,"stepConversionRate":50,"avgTimeOnStep":null}],
		"timeseries":[{"date":"2026-01-14","visitors":3,"completions":1,"conversionRate":33.33},
		{"date":"2026-01-15","visitors":0,"completions":0,"conversionRate":0}],
		"topPaths":[{"path":["to /","to /pricing","to /signup","done"],"count":1,"avgTime":142},
		{"path":["to /","to /pricing","to /signup"],"count":1,"avgTime":120},
		{"path":["to /"],"count":1,"avgTime":0}]}`)
	var got struct {
		Stats      struct{ TotalVisitors, Completions int64 }
		Timeseries []object
	}
	f := func(query string, visitors, completions int64) {
		t.Helper()
		w.call("GET", "/api/funnels/"+funnel+"/stats?"+query, token, nil).read(200, &got)
		require.Equal(t, []int64{visitors, completions}, []int64{got.Stats.TotalVisitors, got.Stats.Completions})
	}
	f("", 3, 1)
	require.Len(t, got.Timeseries, 30)
	f("device=desktop", 1, 1)
	f("device=mobile", 1, 0)
	f("device=tablet&"+onExampleDay, 1, 0)
	f("filters="+url.QueryEscape("country==US"), 1, 1)
	f("filters="+url.QueryEscape("country==US")+"&device=mobile", 0, 0)
}

func TestFunnelReadErrors(t *testing.T) {
	w, site, token := goalWorld(t)
	stranger, strangerToken := w.user("stranger@example.com")
	foreign := w.addSite(stranger, "foreign.example.com")
	own := w.defined("/api/funnels", token, object{"siteId": site, "name": "a", "steps": pages("/", "/")})
	other := w.defined("/api/funnels", strangerToken, object{"siteId": foreign, "name": "a", "steps": pages("/", "/")})
	const none = "funnel_00000000000000000000"
	f := func(target, message string) {
		t.Helper()
		w.call("GET", target, token, nil).wantError(400, message, "validation_failed")
	}
	for _, id := range []string{own, other, none} {
		f("/api/funnels/"+id+"?period=8d", "Invalid time period")
		f("/api/funnels/"+id+"/stats?period=8d", "Invalid time period")
		f("/api/funnels/"+id+"/stats?device=watch", "Invalid device")
		f("/api/funnels/"+id+"/stats?filters=foo", "Invalid filter: foo")
	}
	f("/api/funnels", "Site ID required")
	f("/api/funnels?siteId="+string(foreign)+"&filters=foo", "Invalid filter: foo")
	f("/api/funnels?siteId="+string(foreign)+"&endDate=2026-01-01", "startDate is required when endDate is given")
	for _, tail := range []string{"", "/stats"} {
		w.call("GET", "/api/funnels/"+none+tail, token, nil).wantError(404, "Funnel not found", "not_found")
		w.call("GET", "/api/funnels/"+other+tail, token, nil).wantError(403, "Access denied", "forbidden")
	}
	_, bound := w.key(stranger, auth.AdminScope, foreign, 0)
	w.call("GET", "/api/funnels/"+own, bound, nil).wantError(403, "This API key cannot access "+string(site), "forbidden")
}

func TestChangeFunnel(t *testing.T) {
	w, _, token, goal, funnel := exampleFunnel(t)
	const whole, anew = true, false
	f := func(body object, tracked bool, check func(f *analytics.Funnel)) {
		t.Helper()
		w.clock.Add(time.Second)
		before, _ := w.catalog.Funnel(funnel)
		var got funnelNumbers
		w.call("PATCH", "/api/funnels/"+funnel, token, body).read(200, &got)
		now, _ := w.catalog.Funnel(funnel)
		require.Equal(t, []any{w.clock.Now(), before.CreatedAt}, []any{now.UpdatedAt, now.CreatedAt})
		if tracked == whole {
			require.Zero(t, now.TrackedSince)
			require.EqualValues(t, 3, got.TotalVisitors)
		} else {
			require.Equal(t, w.clock.Now().UnixMilli(), now.TrackedSince)
			require.Zero(t, got.TotalVisitors)
		}
		check(now)
		w.backfill.round(t.Context())
	}
	f(object{"id": funnel, "siteId": "site_x", "name": " g "}, whole, func(f *analytics.Funnel) {
		require.Equal(t, []any{"g", 4}, []any{f.Name, len(f.Steps)})
	})
	f(object{"timeWindow": 600}, whole, func(*analytics.Funnel) {})
	f(object{"timeWindow": nil}, anew, func(f *analytics.Funnel) { require.EqualValues(t, 3600, f.TimeWindow) })
	f(object{"steps": pages("/", "/pricing")}, anew, func(f *analytics.Funnel) { require.Len(t, f.Steps, 2) })
	f(object{"steps": pages("/", "/pricing")}, whole, func(*analytics.Funnel) {})
	f(object{"steps": append(pages("/"), object{"name": "done", "type": "goal", "goalId": goal})}, anew, func(*analytics.Funnel) {})

	// a goal that matches something else lets the funnels that use it start anew, one that is only renamed does not
	w.clock.Add(time.Second)
	require.Equal(t, 200, w.call("PATCH", "/api/goals/"+goal, token, object{"name": "b", "value": 7}).code)
	now, _ := w.catalog.Funnel(funnel)
	require.Zero(t, now.TrackedSince)
	require.Equal(t, 200, w.call("PATCH", "/api/goals/"+goal, token, object{"path": "/signup"}).code)
	now, _ = w.catalog.Funnel(funnel)
	require.Equal(t, w.clock.Now().UnixMilli(), now.TrackedSince)
	w.start() // as stored
	now, _ = w.catalog.Funnel(funnel)
	require.Equal(t, w.clock.Now().UnixMilli(), now.TrackedSince)
	w.backfill.round(t.Context())
	var got funnelNumbers
	w.call("GET", "/api/funnels/"+funnel, token, nil).read(200, &got)
	require.Equal(t, funnelNumbers{ID: funnel, TotalVisitors: 3, Completions: 2, ConversionRate: 66.67}, got)

	f(object{"backfill": false}, whole, func(f *analytics.Funnel) { require.False(t, f.Backfill) })
	f(object{"timeWindow": 700}, anew, func(*analytics.Funnel) {})
	w.call("GET", "/api/funnels/"+funnel, token, nil).read(200, &got)
	require.NotNil(t, got.TrackedSince)

	w.wantErrors("PATCH", "/api/funnels/"+funnel, token,
		notJSON("no body", nil), bad("mismatch", object{"id": "funnel_00000000000000000000"}, "ID mismatch"),
		bad("null name", object{"name": nil}, "Funnel name is required"), bad("null steps", object{"steps": nil}, "Funnel must have at least 2 steps"),
		bad("window", object{"timeWindow": 1}, "Invalid time window"), bad("step", object{"steps": []any{object{}, object{}}}, "Step name is required"),
		errorRow{
			"goal", object{"steps": append(pages("/"), object{"name": "g", "type": "goal", "goalId": "goal_x"})},
			404, "Goal not found: goal_x", "not_found",
		},
	)
	w.wantErrors("PATCH", "/api/funnels", token,
		bad("no id", object{"name": "b"}, "ID required"),
		errorRow{"unknown", object{"id": "funnel_00000000000000000000", "name": "b"}, 404, "Funnel not found", "not_found"},
		bad("unknown and wrong", object{"id": "funnel_00000000000000000000", "name": ""}, "Funnel name is required"),
	)
	require.Equal(t, 200, w.call("PATCH", "/api/funnels", token, object{"id": funnel, "name": "h"}).code)
}

func TestDeleteFunnel(t *testing.T) {
	w, site, token := goalWorld(t)
	for _, target := range []string{"/api/funnels?id=", "/api/funnels/"} {
		id := w.defined("/api/funnels", token, object{"siteId": site, "name": "a", "steps": pages("/", "/")})
		w.call("DELETE", target+id, token, nil).wantData(200, `{"success":true,"message":"Funnel deleted successfully"}`)
		w.call("DELETE", target+id, token, nil).wantError(404, "Funnel not found", "not_found")
		w.call("GET", "/api/funnels/"+id, token, nil).wantError(404, "Funnel not found", "not_found")
	}
	w.call("DELETE", "/api/funnels", token, nil).wantError(400, "ID required", "validation_failed")
	w.call("DELETE", "/api/funnels/funnel_abc123?id=funnel_def456", token, nil).wantError(400, "ID mismatch", "validation_failed")
	require.Empty(t, w.catalog.Funnels(site))
}
