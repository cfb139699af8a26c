package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// changes feeds everything that comes within a second and tells which operations it was.
func (p *peer) changes(m *mirror) []string {
	p.t.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	ops := []string{}
	for len(p.frames) > 0 {
		f := p.next()
		p.feed(m, f)
		if f.Type == "delta" {
			ops = append(ops, f.Op)
		} else {
			ops = append(ops, f.Type)
		}
	}
	return ops
}

func wantOps(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func (m *mirror) itemIDs() []string {
	var ids []string
	for _, it := range m.state.(map[string]any)["items"].([]any) {
		ids = append(ids, it.(map[string]any)["id"].(string))
	}
	return ids
}

func TestGoalsTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		m := p.subscribe("s1", "goals", string(site1), `{"unknown":1}`)
		if got := string(frame(m.state)); got != `{"backfill":{},"items":[]}` {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Second)
		start := time.Now()
		complete := func(items ...json.RawMessage) {
			r.world.set(func(w *world) {
				for _, it := range items {
					w.done = append([]json.RawMessage{it}, w.done...)
				}
				w.done = w.done[:min(len(w.done), maxItems)]
			})
			r.hub.Changed(site1)
		}
		complete(goalItem("evt_a", "goal_1", 1), goalItem("evt_a", "goal_2", 1)) // the same event, two goals
		d := p.expect("delta")
		if time.Since(start) > time.Millisecond || d.Op != "append" || len(parse(d.Data).([]any)) != 2 {
			t.Errorf("after %v: %s", time.Since(start), d.raw)
		}
		p.feed(m, d)
		complete(goalItem("evt_b", "goal_1", 2))
		wantOps(t, p.changes(m), "append")
		if fmt.Sprint(m.itemIDs()) != "[evt_b evt_a evt_a]" {
			t.Errorf("got %v", m.itemIDs())
		}
		r.world.set(func(w *world) { w.pending = map[string]float64{"goal_2": 0} })
		r.hub.Changed(site1)
		wantOps(t, p.changes(m), "patch")
		r.world.set(func(w *world) { w.pending = map[string]float64{} })
		r.hub.Changed(site1)
		wantOps(t, p.changes(m), "patch")
		if got := m.state.(map[string]any)["backfill"]; fmt.Sprint(got) != "map[]" {
			t.Errorf("backfill %v", got)
		}

		// An update names an item by id alone, and would hit both: a snapshot.
		r.world.set(func(w *world) { w.done[1] = goalItem("evt_a", "goal_2", 30) })
		r.hub.Changed(site1)
		wantOps(t, p.changes(m), "snapshot")

		// More than 50 at once.
		var many []json.RawMessage
		for i := range 70 {
			many = append(many, goalItem(fmt.Sprint("evt_", i), "goal_1", i%60))
		}
		complete(many...)
		wantOps(t, p.changes(m), "append")
		if ids := m.itemIDs(); len(ids) != 50 || ids[0] != "evt_69" || ids[49] != "evt_20" {
			t.Errorf("got %v", ids)
		}

		// The events go on being collected while somebody watches, though nothing changes.
		loads := r.world.loadCount()
		p.expectQuiet(10 * time.Minute)
		if n := r.world.loadCount() - loads; n < 9 || n > 11 {
			t.Errorf("%d loads in 10 min", n)
		}
	})
}

func TestAlertsTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		for i := range 60 {
			r.world.kept["alerts"] = append(r.world.kept["alerts"], trigger(fmt.Sprint("trigger_", 60-i), "2026-01-14T19:46:00.000Z", false))
		}
		p := r.login("good")
		m := p.subscribe("s1", "alerts", string(site1), "")
		if ids := m.itemIDs(); len(ids) != 50 || ids[0] != "trigger_60" {
			t.Errorf("got %v", ids)
		}
		other := p.subscribe("s2", "activity", string(site1), "")
		loads := r.world.loadCount()
		for range 100 { // what visitors do is nothing to these topics
			r.hub.Changed(site1)
			time.Sleep(10 * time.Millisecond)
		}
		if n := r.world.loadCount() - loads; n != 0 {
			t.Errorf("%d loads for events", n)
		}
		change := func(f func(list []json.RawMessage) []json.RawMessage) {
			r.world.set(func(w *world) { w.kept["alerts"] = f(w.kept["alerts"]) })
			r.hub.ChangedTopic(site1, "alerts")
		}
		start := time.Now()
		change(func(list []json.RawMessage) []json.RawMessage {
			return append([]json.RawMessage{trigger("trigger_61", "2026-01-15T15:47:00.000Z", false)}, list...)
		})
		d := p.expect("delta")
		if time.Since(start) > time.Millisecond || d.Op != "append" {
			t.Errorf("after %v: %s", time.Since(start), d.raw)
		}
		p.feed(m, d)
		seq := m.seq
		change(func(list []json.RawMessage) []json.RawMessage {
			list[3] = trigger("trigger_58", "2026-01-14T19:46:00.000Z", true)
			return list
		})
		wantOps(t, p.changes(m), "update")
		if ids := m.itemIDs(); len(ids) != 50 || ids[3] != "trigger_58" {
			t.Errorf("got %v", ids)
		}
		if it := m.state.(map[string]any)["items"].([]any)[3].(map[string]any); it["acknowledged"] != true || it["acknowledgedBy"] != "user_abc123" {
			t.Errorf("got %v", it)
		}

		// A resume tells of what was acknowledged meanwhile, by an update.
		p.send(fmt.Sprintf(`{"type":"subscribe","id":"s3","topic":"alerts","siteId":"%s","resume":{"epoch":%q,"seq":%d}}`, site1, m.epoch, seq))
		if f := p.expect("subscribed"); !f.Resumed {
			t.Errorf("got %s", f.raw)
		}
		if f := p.expect("delta"); f.Op != "update" || f.Prev != seq || f.Seq != m.seq {
			t.Errorf("got %s", f.raw)
		}
		p.send(`{"type":"unsubscribe","id":"s3"}`)
		p.expect("unsubscribed")

		// An alert was deleted with its history: only a snapshot can say so.
		change(func(list []json.RawMessage) []json.RawMessage { return list[5:] })
		wantOps(t, p.changes(m), "snapshot")
		if ids := other.state.(map[string]any)["items"].([]any); len(ids) != 0 {
			t.Errorf("activity has %v", ids)
		}

		// What cannot be read is an error of the stream, and tried again.
		r.world.set(func(w *world) { w.fail = fmt.Errorf("disk") })
		change(func(list []json.RawMessage) []json.RawMessage { return list[1:] })
		p.expectQuiet(1500 * time.Millisecond)
		r.world.set(func(w *world) { w.fail = nil })
		time.Sleep(time.Second)
		wantOps(t, p.changes(m), "snapshot")
	})
}

// A server that collects and keeps nothing shows nothing.
func TestListsWithoutSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, func(r *rig, _ *[]topic) {
			r.deps.Recent, r.deps.Backfills, r.deps.Triggers, r.deps.Activity = nil, nil, nil, nil
		})
		p := r.login("good")
		for topic, want := range map[string]string{
			"goals": `{"backfill":{},"items":[]}`, "feed": `{"items":[],"skipped":0}`, "alerts": `{"items":[]}`, "activity": `{"items":[]}`,
		} {
			if got := string(frame(p.subscribe(topic, topic, string(site1), "").state)); got != want {
				t.Errorf("%s: %s", topic, got)
			}
		}
		r.hub.Changed(site1)
		r.hub.ChangedTopic(site1, "alerts")
		p.expectQuiet(time.Minute)
	})
}

// With filters the topic shows what GET /api/stats does: the events' answer, but what was ignored and when the last one came from the counters.
func TestStatsFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		docs := pageview(1, time.Now(), "/docs")
		docs.Country = "FR"
		r.event(site1, docs)
		r.event(site1, pageview(2, time.Now(), "/"))
		p := r.login("good")
		whole := p.subscribe("s1", "stats", string(site1), "")
		m := p.subscribe("s2", "stats", string(site1), `{"filters":" country==FR "}`)
		goal := p.subscribe("s3", "stats", string(site1), `{"filters":"goal==goal_1"}`)
		if n := r.streams(); n != 3 {
			t.Errorf("%d streams", n)
		}
		pageviews := func(m *mirror) any { return m.state.(map[string]any)["summary"].(map[string]any)["pageviews"] }
		want := func(n, filtered, ofGoal int) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			for len(p.frames) > 0 {
				f := p.next()
				p.feed(map[string]*mirror{"s1": whole, "s2": m, "s3": goal}[f.ID], f)
			}
			if pageviews(whole) != float64(n) || pageviews(m) != float64(filtered) || pageviews(goal) != float64(ofGoal) {
				t.Errorf("%v, %v and %v, want %d, %d and %d", pageviews(whole), pageviews(m), pageviews(goal), n, filtered, ofGoal)
			}
		}
		want(2, 1, 0)
		docs.TS, docs.ReceivedAt, docs.Path = time.Now().UnixMilli(), time.Now().UnixMilli(), "/pricing"
		r.event(site1, docs)
		r.event(site1, pageview(2, time.Now(), "/pricing"))
		want(4, 2, 0)
		r.world.set(func(w *world) {
			w.goals = []*analytics.Goal{{ID: "goal_1", Site: site1, Type: analytics.PageviewGoal, Path: "/docs"}}
		})
		r.hub.Changed(site1)
		want(4, 2, 2)
		zone := analytics.UTCZone()
		src := must(openStats(&r.cfg, params{"filters": json.RawMessage(`"country==FR"`)}))
		state, _, err := src.load(context.Background(), &r.deps, site1, zone, time.Now())
		if err != nil || state.(*analytics.StatsReport).TopPages[0].Path != "/docs" || len(state.(*analytics.StatsReport).Countries) != 1 {
			t.Errorf("got %+v, %v", state, err)
		}
	})
}
