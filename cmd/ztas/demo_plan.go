package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// object is a JSON body.
type object map[string]any

// demoGoals are what the made-up visitors reach; the first one ends the funnel.
var demoGoals = []object{
	{"name": "Signed up", "type": "event", "eventAction": "signup"},
	{"name": "Chose a plan", "type": "event", "eventAction": "plan_select"},
	{"name": "Read how to install", "type": "pageview", "path": "/docs/install"},
	{"name": "Read for two minutes", "type": "duration", "durationSeconds": 120},
}

// planDemo gives a new site what a team would watch: goals, a funnel, an alert, a note on the chart.
func planDemo(ctx context.Context, api *client, site string, zone *time.Location) error {
	create := func(path string, in object) (id string, err error) {
		var made struct{ ID string }
		in["siteId"] = site
		if err := api.send(ctx, http.MethodPost, path, in, &made); err != nil {
			return "", fmt.Errorf("make the demo's %s: %w", path, err)
		}
		return made.ID, nil
	}
	goals := make([]string, len(demoGoals))
	for i, goal := range demoGoals {
		id, err := create("/api/goals", maps.Clone(goal))
		if err != nil {
			return err
		}
		goals[i] = id
	}
	released := time.Now().In(zone).AddDate(0, 0, -3).Format(time.DateOnly)
	for _, thing := range []struct {
		path string
		in   object
	}{
		{"/api/funnels", object{"name": "From the prices to an account", "steps": []object{
			{"name": "Prices", "type": "pageview", "path": "/pricing"},
			{"name": "Form", "type": "pageview", "path": "/signup"},
			{"name": "Account", "type": "goal", "goalId": goals[0]},
			{"name": "Instructions", "type": "pageview", "path": "/docs/install"},
		}}},
		{"/api/alerts", object{
			"name": "Busy hour", "type": "threshold", "metric": "pageviews", "operator": ">", "threshold": 1000, "period": "1h",
			"notifications": []string{"email"},
		}},
		{"/api/annotations", object{"date": released, "title": "Version 2 is out", "description": "With the post about it on the blog."}},
	} {
		if _, err := create(thing.path, thing.in); err != nil {
			return err
		}
	}
	return nil
}
