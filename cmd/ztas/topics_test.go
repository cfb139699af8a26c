package main

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// items are those of a state that is a list, newest first.
func (s liveState) items() (list []map[string]any) {
	state, _ := s.Data.(map[string]any)
	items, _ := state["items"].([]any)
	for _, item := range items {
		list = append(list, item.(map[string]any))
	}
	return list
}

// await waits until a state satisfies a condition, and returns it.
func (c *liveClient) await(t *testing.T, id, what string, enough func(s liveState) bool) liveState {
	t.Helper()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for poll := time.NewTicker(time.Millisecond); ; {
		s := c.state(id)
		if enough(s) {
			poll.Stop()
			return s
		}
		select {
		case <-c.done:
			require.NoError(t, c.broken)
			require.NoError(t, c.err, what)
		case <-limit.C:
			require.Fail(t, what, "topic %s: %v", s.Topic, s.Data)
		case <-poll.C:
		}
	}
}

// TestTopics: what visitors and people do comes over the socket as the contract says it, in time.
func TestTopics(t *testing.T) {
	const events = 20
	r := newRig(t, localHooks...)
	r.start()
	site, token := r.site(calmZone(t))
	goal := r.create(token, "/api/goals", map[string]any{"siteId": site, "name": "Signup", "type": "pageview", "path": "/thank-you", "value": 5})
	queries := []map[string]any{
		{"id": "total", "period": "day", "interval": "none"}, {"id": "pages", "property": "page", "filters": "page==/thank-you"},
		{"id": "goals", "property": "goal"}, {"id": "wrong", "period": "1y"},
	}
	c := dialLive(t, r, token, site, nil,
		&liveState{ID: "goals", Topic: "goals"}, &liveState{ID: "feed", Topic: "feed"}, &liveState{ID: "alerts", Topic: "alerts"},
		&liveState{ID: "activity", Topic: "activity"}, &liveState{ID: "query", Topic: "query", Params: map[string]any{"queries": queries}},
		&liveState{ID: "stats", Topic: "stats", Params: map[string]any{"filters": "page==/thank-you"}})
	for _, id := range []string{"goals", "feed", "alerts", "activity", "query", "stats"} {
		c.await(t, id, "snapshot", func(s liveState) bool { return s.Snapshots > 0 })
	}
	var actions []any
	for _, item := range c.state("activity").items() {
		actions = append(actions, item["action"])
	}
	require.Equal(t, []any{"goal.created", "site.created"}, actions, "newest first")

	var delays []time.Duration
	for n := range events {
		at := time.Now()
		answer, err := r.track(encode(map[string]any{"siteId": site, "id": fmt.Sprintf("topic-%05d", n), "type": "pageview", "path": "/thank-you"}),
			fmt.Sprintf("%s visitor/%d", agent, n))
		require.NoError(t, err)
		require.Equal(t, 1, answer.Count)
		c.await(t, "goals", "completion", func(s liveState) bool { return len(s.items()) == n+1 })
		c.await(t, "feed", "event", func(s liveState) bool { return len(s.items()) == n+1 })
		delays = append(delays, time.Since(at))
	}
	slices.Sort(delays)
	t.Logf("event sent → its items in goals and feed: p50 %v, p95 %v", delays[events/2], delays[events*95/100])
	require.Less(t, delays[events*95/100], 250*time.Millisecond+liveDelay)
	done, came := c.state("goals").items()[0], c.state("feed").items()[0]
	require.Equal(t, goal["id"], done["goalId"])
	require.EqualValues(t, 5, done["value"])
	require.Equal(t, done["id"], came["id"])
	require.Equal(t, "pageview", came["type"])
	require.Equal(t, "/thank-you", came["path"])

	// The numbers are those of REST.
	for i := range queries {
		queries[i]["site_id"] = site
	}
	var rest any
	require.NoError(t, r.api(token).send(t.Context(), http.MethodPost, "/api/query", map[string]any{"queries": queries}, &rest))
	c.await(t, "query", "POST /api/query", func(s liveState) bool { return reflect.DeepEqual(rest, s.Data) })
	c.requireAsREST(t, r, token, "stats", "/api/stats?siteId="+site+"&period=24h&filters=page%3D%3D%2Fthank-you")

	// A new goal that wants its history shows how far it is, and is done.
	r.create(token, "/api/goals", map[string]any{"siteId": site, "name": "Any page", "type": "pageview", "path": "/", "matchType": "contains", "backfill": true})
	c.await(t, "query", "the new goal's history", func(s liveState) bool {
		list := s.Data.(map[string]any)["goals"].(map[string]any)["results"].([]any)
		return len(list) == 2 && slices.ContainsFunc(list, func(row any) bool {
			return row.(map[string]any)["name"] == "Any page" && row.(map[string]any)["visitors"] == float64(events)
		})
	})
	c.await(t, "goals", "the end of the backfill", func(s liveState) bool {
		return len(s.Data.(map[string]any)["backfill"].(map[string]any)) == 0
	})

	// An alert fires, and is acknowledged.
	alert := r.create(token, "/api/alerts", map[string]any{"siteId": site, "name": "Spike", "type": "threshold", "metric": "pageviews",
		"operator": ">", "threshold": 1, "period": "1h", "notifications": []string{"webhook"}})
	_, err := r.track(encode(map[string]any{"siteId": site, "id": "topic-alert", "type": "pageview", "path": "/"}), agent)
	require.NoError(t, err)
	fired := c.await(t, "alerts", "trigger", func(s liveState) bool { return len(s.items()) == 1 }).items()[0]
	require.Equal(t, alert["id"], fired["alertId"])
	require.Equal(t, "Spike", fired["alertName"])
	require.Equal(t, false, fired["acknowledged"])
	r.create(token, "/api/alerts/"+alert["id"].(string)+"/acknowledge", map[string]any{"triggerId": fired["id"]})
	c.await(t, "alerts", "acknowledgement", func(s liveState) bool { return s.items()[0]["acknowledged"] == true })
	require.Equal(t, 1, c.state("alerts").Snapshots, "all by deltas")

	// A resume goes on with the lists.
	feed := c.state("feed")
	c.drop()
	_, err = r.track(encode(map[string]any{"siteId": site, "id": "topic-away", "type": "pageview", "path": "/away"}), agent)
	require.NoError(t, err)
	c = dialLive(t, r, token, site, nil, &feed)
	s := c.await(t, "feed", "what came meanwhile", func(s liveState) bool { return len(s.items()) > 0 && s.items()[0]["path"] == "/away" })
	require.True(t, s.Resumed)
	require.Zero(t, s.Snapshots)
}
