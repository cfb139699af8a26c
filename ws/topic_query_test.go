package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ztas-io/ztas/analytics"
)

// queryState is what the topic should show now.
func (r *rig) queryState(site analytics.SiteID, params string) any {
	r.t.Helper()
	var p map[string]json.RawMessage
	if err := json.Unmarshal([]byte(params), &p); err != nil {
		r.t.Fatal(err)
	}
	src, err := openQuery(&r.cfg, p)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.loaded(src, site)
}

// loaded asks a source for the state as of now.
func (r *rig) loaded(src source, site analytics.SiteID) any {
	r.t.Helper()
	s, _ := r.world.Site(site)
	zone, err := analytics.LoadZone(s.Timezone)
	if err != nil {
		r.t.Fatal(err)
	}
	state, _, err := src.load(context.Background(), &r.deps, site, zone, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	return parse(frame(state))
}

// event folds a pageview of now and tells the hub.
func (r *rig) event(site analytics.SiteID, e analytics.Event) {
	r.world.set(func(w *world) { w.fold(site).Events(e) })
	r.hub.Changed(site)
}

func TestQueryParams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		many := strings.Repeat(`{"id":"a"},`, 21)
		for params, text := range map[string]string{
			``:                                       "queries must be an array of 1 to 20 queries",
			`"queries":null`:                         "queries must be an array of 1 to 20 queries",
			`"queries":[]`:                           "queries must be an array of 1 to 20 queries",
			`"queries":{"id":"a"}`:                   "queries must be an array of 1 to 20 queries",
			`"queries":[` + many[:len(many)-1] + `]`: "queries must be an array of 1 to 20 queries",
			`"queries":[{"period":"7d"}]`:            "Invalid query id",
			`"queries":[{"id":"a b"}]`:               "Invalid query id",
			`"queries":[{"id":"a"},{"id":"a"}]`:      "Duplicate query id: a",
		} {
			for _, site := range []string{string(site1), "site_none"} { // syntax before existence
				p.send(`{"type":"subscribe","id":"s1","topic":"query","siteId":"` + site + `","params":{` + params + `}}`)
				p.expectError("s1", "invalid_params", text)
			}
		}
		p.send(`{"type":"subscribe","id":"s1","topic":"query","siteId":"site_none","params":{"queries":[{"id":"a"}]}}`)
		p.expectError("s1", "not_found", "Site not found")

		// What is wrong with one query is in the state, as POST /api/query shows it; whatever site a query names, it is the subscription's.
		m := p.subscribe("s1", "query", string(site1), `{"queries":[{"id":"a","period":"1y"},{"id":"b","metrics":7},{"id":"c","site_id":"site_other"}]}`)
		state := m.state.(map[string]any)
		wrong := func(text string) any {
			return map[string]any{"error": text, "code": "validation_failed", "status": 400.0}
		}
		if diff := cmp.Diff(wrong("Invalid period. Must be one of: realtime, day, 7d, 30d, 6mo, 12mo, custom"), state["a"]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(wrong("metrics must be a string"), state["b"]); diff != "" {
			t.Error(diff)
		}
		if got := state["c"].(map[string]any)["query"].(map[string]any)["site_id"]; got != string(site1) {
			t.Errorf("site %v", got)
		}

		streams := r.streams()
		p.subscribe("s2", "query", string(site1), `{"queries":[{"id":"a","metrics":["visitors","sessions"],"limit":5}]}`)
		p.subscribe("s3", "query", string(site1), `{"queries":[{"metrics":"visitors,sessions","limit":5,"site_id":"site_abc123","id":"a","x":1}]}`)
		if n := r.streams() - streams; n != 1 {
			t.Errorf("%d streams, want 1", n)
		}
	})
}

func TestQueryFollowsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		r.world.goals = []*analytics.Goal{{ID: "goal_abc123", Site: site1, Name: "Docs", Type: analytics.PageviewGoal, Path: "/docs"}}
		r.event(site1, pageview(1, time.Now(), "/"))
		p := r.login("good")
		params := `{"queries":[{"id":"day","period":"day","interval":"none"},{"id":"pages","property":"page","filters":"page==/docs"},` +
			`{"id":"goal","property":"goal"},{"id":"live","period":"realtime","compare":"previous_period"}]}`
		m := p.subscribe("s1", "query", string(site1), params)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		for len(p.frames) > 0 {
			p.feed(m, p.expect("delta"))
		}
		var times []time.Time
		start := time.Now()
		for i := range 50 { // for five seconds, one each 100 ms
			r.event(site1, pageview(byte(i), time.Now(), "/docs"))
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for len(p.frames) > 0 {
			d := p.expect("delta")
			p.feed(m, d)
			at, err := time.Parse(time.RFC3339, d.At)
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, at)
		}
		if d := times[0].Sub(start); d > time.Second {
			t.Errorf("the first change came after %v", d)
		}
		for i := 1; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap < time.Second {
				t.Errorf("%v between two deltas", gap)
			}
		}
		if len(times) < 5 {
			t.Errorf("%d deltas in 5 s", len(times))
		}
		if diff := cmp.Diff(r.queryState(site1, params), m.state); diff != "" {
			t.Error(diff)
		}
		if got := m.state.(map[string]any)["pages"].(map[string]any)["totals"].(map[string]any)["pageviews"]; got != 50.0 {
			t.Errorf("%v pageviews", got)
		}

		// A new goal is a row.
		r.world.set(func(w *world) {
			w.goals = append(w.goals, &analytics.Goal{ID: "goal_def456", Site: site1, Name: "Home", Type: analytics.PageviewGoal, Path: "/"})
		})
		r.hub.Changed(site1)
		p.feed(m, p.expect("delta"))
		if got := len(m.state.(map[string]any)["goal"].(map[string]any)["results"].([]any)); got != 2 {
			t.Errorf("%d goals", got)
		}
	})
}

// An idle topic answers a change at once.
func TestQueryFirstChangeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		m := p.subscribe("s1", "query", string(site1), `{"queries":[{"id":"a","period":"day"}]}`)
		p.expectQuiet(10 * time.Second)
		start := time.Now()
		r.event(site1, pageview(1, time.Now(), "/"))
		p.feed(m, p.expect("delta"))
		if d := time.Since(start); d > time.Millisecond {
			t.Errorf("the first change came after %v", d)
		}
	})
}

func TestTimeAloneChangesQuery(t *testing.T) {
	f := func(name, params string, at time.Duration, change func(before, after map[string]any) bool) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01T00:00Z, 19:00 in New York
				r := newPipeRig(t, func(r *rig, _ *[]topic) { r.cfg.MaxAge = 1000 * time.Hour })
				r.event(site1, pageview(1, time.Now(), "/"))
				start := time.Now()
				p := r.login("good")
				m := p.subscribe("s1", "query", string(site1), `{"queries":[{"id":"a",`+params+`}]}`)
				loads := r.world.loadCount()
				before := parse(frame(m.state)).(map[string]any)["a"].(map[string]any)
				p.feed(m, p.expectWithin("delta", 48*time.Hour))
				if d := time.Since(start); d < at || d > at+time.Second {
					t.Errorf("changed after %v, want %v", d, at)
				}
				if !change(before, m.state.(map[string]any)["a"].(map[string]any)) {
					t.Errorf("from %v to %v", before, m.state)
				}
				if n := r.world.loadCount() - loads; n > 700 {
					t.Errorf("%d loads", n)
				}
			})
		})
	}
	visitors := func(o map[string]any) any { return o["totals"].(map[string]any)["visitors"] }
	rows := func(o map[string]any) int { return len(o["results"].([]any)) }
	f("realtime", `"period":"realtime"`, 5*time.Minute, func(_, after map[string]any) bool { return visitors(after) == 0.0 })
	f("hours", `"period":"day","interval":"hour"`, time.Hour, func(before, after map[string]any) bool { return rows(after) == rows(before)+1 })
	f("days", `"period":"7d"`, 5*time.Hour, func(before, after map[string]any) bool { return cmp.Equal(visitors(before), visitors(after)) })
	f("a wrong query", `"period":"custom","date_from":"2000-01-01","date_to":"1999-12-31"},{"id":"b","period":"day"`, 5*time.Hour,
		func(before, after map[string]any) bool { return before["error"] == after["error"] })

	t.Run("nothing moves", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newPipeRig(t, func(r *rig, _ *[]topic) { r.cfg.MaxAge = 1000 * time.Hour })
			p := r.login("good")
			p.subscribe("s1", "query", string(site1), `{"queries":[{"id":"a","period":"custom","date_from":"1999-06-01","date_to":"1999-06-30"}]}`)
			loads := r.world.loadCount()
			p.expectQuiet(50 * time.Hour)
			if n := r.world.loadCount() - loads; n != 0 {
				t.Errorf("%d loads of a past range", n)
			}
		})
	})
	t.Run("comparison", func(t *testing.T) { // the end of the range before moves along by minutes
		synctest.Test(t, func(t *testing.T) {
			r := newPipeRig(t)
			r.event(site1, pageview(1, time.Now().Add(-24*time.Hour+90*time.Second), "/"))
			p := r.login("good")
			start := time.Now()
			m := p.subscribe("s1", "query", string(site1), `{"queries":[{"id":"a","period":"day","compare":"previous_period","interval":"none"}]}`)
			p.feed(m, p.expectWithin("delta", time.Hour))
			if d := time.Since(start); d < 2*time.Minute || d > 2*time.Minute+time.Second {
				t.Errorf("changed after %v", d)
			}
		})
	})
}

// TestRealtimeQueryEnds: the last event leaves the answer about five minutes in time, in whatever part of a second it came and was looked at.
func TestRealtimeQueryEnds(t *testing.T) {
	for came := time.Duration(0); came < time.Second; came += 125 * time.Millisecond {
		for looked := time.Duration(0); looked < time.Second; looked += 125 * time.Millisecond {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t)
				time.Sleep(came)
				r.event(site1, pageview(1, time.Now(), "/"))
				start := time.Now()
				time.Sleep(looked)
				p := r.login("good")
				m := p.subscribe("s1", "query", string(site1), `{"queries":[{"id":"a","period":"realtime"}]}`)
				p.feed(m, p.expectWithin("delta", time.Hour))
				if d := time.Since(start); d < 5*time.Minute || d > 5*time.Minute+time.Second {
					t.Errorf("came at %v, looked at %v later: changed after %v", came, looked, d)
				}
			})
		}
	}
}

func TestQueryRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		r.world.viewers["user_abc123"] = true
		p := r.login("good")
		for i, topic := range []string{"realtime", "stats", "goals", "feed", "alerts"} {
			p.subscribe(fmt.Sprint("s", i), topic, string(site1), "")
		}
		p.subscribe("q", "query", string(site1), `{"queries":[{"id":"a"}]}`)
		p.send(`{"type":"subscribe","id":"a","topic":"activity","siteId":"site_abc123"}`)
		p.expectError("a", "forbidden", "Access denied")
		r.world.set(func(w *world) { delete(w.viewers, "user_abc123") })
		p.subscribe("a", "activity", string(site1), "")
		r.world.set(func(w *world) { w.viewers["user_abc123"] = true })
		if f := p.expect("unsubscribed"); f.ID != "a" || f.Reason != "forbidden" {
			t.Errorf("got %s", f.raw)
		}
	})
}
