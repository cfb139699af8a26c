package ws

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// A golden session of each topic with a list, and of topic query: what the dashboard's tests follow too. The last line is the state that a
// client ends with.

// topicSession is a conversation about one topic.
type topicSession struct {
	t     *testing.T
	rig   *rig
	peer  *peer
	state *mirror
	names *strings.Replacer
	lines [][]byte
}

func (s *topicSession) record(from string, raw []byte) {
	s.lines = append(s.lines, frame(sessionLine{from, json.RawMessage(s.names.Replace(string(raw)))}))
}

// get records the next delta, or what else is expected.
func (s *topicSession) get(kind string) serverFrame {
	s.t.Helper()
	f := s.peer.expect(kind)
	if kind == "delta" || kind == "snapshot" {
		s.peer.feed(s.state, f)
	}
	s.record("server", f.raw)
	return f
}

// change lets the world change, and tells the hub in its usual words.
func (s *topicSession) change(topic string, f func(w *world)) {
	s.rig.world.set(f)
	s.rig.hub.Changed(site1)
	s.rig.hub.ChangedTopic(site1, topic)
}

// goldenTopic records a subscription and what follows, at the moment of the contract's examples.
func goldenTopic(t *testing.T, topic, params string, before func(w *world), follow func(s *topicSession)) {
	t.Run(topic, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(t0))
			r := newPipeRig(t)
			r.world.set(before)
			s := &topicSession{t: t, rig: r, peer: r.login("good"), state: &mirror{}, names: strings.NewReplacer()}
			subscribe := fmt.Sprintf(`{"type":"subscribe","id":"s1","topic":"%s","siteId":"site_abc123"%s}`, topic, params)
			s.record("client", []byte(subscribe))
			s.peer.send(subscribe)
			f := s.peer.expect("subscribed")
			s.peer.feed(s.state, f)
			s.names = strings.NewReplacer(f.Epoch, "k3v9")
			s.record("server", f.raw)
			s.get("snapshot")
			time.Sleep(2 * time.Second)
			follow(s)
			s.record("state", frame(s.state.state))
			golden(t, "session_"+topic+".jsonl", s.lines)
		})
	})
}

func pageview(visitor byte, at time.Time, path string) analytics.Event {
	return analytics.Event{
		Kind: analytics.Pageview, Visitor: analytics.VisitorID{visitor}, TS: at.UnixMilli(), ReceivedAt: at.UnixMilli(), Path: path, Device: "desktop",
		Country: "US", Browser: "Chrome", OS: "macOS", Channel: "direct", Source: "(direct)",
	}
}

func goalItem(id, goal string, second int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id":%q,"goalId":%q,"goalName":"Newsletter Signup","path":"/thank-you","value":5,`+
		`"source":"partner.example.com","country":"ZZ","timestamp":"2026-01-15T16:30:%02d.189Z"}`, id, goal, second))
}

func feedItem(n int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id":"evt_%06d","type":"pageview","path":"/docs","action":"","source":"google.com","country":"FR","device":"desktop",`+
		`"browser":"Chrome","os":"macOS","timestamp":"2026-01-15T16:29:40.557Z","receivedAt":"2026-01-15T16:29:40.601Z"}`, n))
}

func activityItem(id string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id":%q,"timestamp":"2026-01-15T15:47:00.000Z","type":"alert","action":"alert.triggered","siteId":"site_abc123",`+
		`"actor":null,"target":{"type":"alert","id":"alert_abc123","name":"Traffic Spike"},"metadata":{"metric":"pageviews"},"ipAddress":null,"userAgent":null}`, id))
}

func TestGoldenTopics(t *testing.T) {
	queries := `,"params":{"queries":[{"id":"total","period":"day","metrics":["visitors","pageviews"],"interval":"none"},` +
		`{"id":"pages","period":"day","property":"page","metrics":"pageviews","limit":2},{"id":"wrong","period":"1y"}]}`
	goldenTopic(t, "query", queries, func(w *world) {
		w.fold(site1).Events(pageview(1, t0.Add(-time.Minute), "/"), pageview(1, t0.Add(-time.Second), "/docs"))
	}, func(s *topicSession) {
		s.change("query", func(w *world) { w.fold(site1).Events(pageview(2, time.Now(), "/docs")) })
		s.get("delta")
	})
	goldenTopic(t, "goals", "", func(w *world) {
		w.done = []json.RawMessage{goalItem("evt_01kf2m9x", "goal_abc123", 1)}
		w.pending = map[string]float64{"goal_def456": 0.42}
	}, func(s *topicSession) {
		s.change("goals", func(w *world) { // one event that completes two goals
			w.done = append([]json.RawMessage{goalItem("evt_01kf2n7q", "goal_def456", 22), goalItem("evt_01kf2n7q", "goal_abc123", 22)}, w.done...)
			w.pending = map[string]float64{"goal_def456": 0.43}
		})
		s.get("delta")
		s.get("delta")
		time.Sleep(time.Second)
		s.change("goals", func(w *world) { w.pending = map[string]float64{} })
		if d := s.get("delta"); string(d.Data) != `{"backfill":{"goal_def456":null}}` {
			t.Errorf("got %s", d.raw)
		}
	})
	goldenTopic(t, "feed", "", func(w *world) { w.happen(2) }, func(s *topicSession) {
		s.change("feed", func(w *world) { w.happen(1) })
		s.get("delta")
		time.Sleep(2 * time.Second)
		s.change("feed", func(w *world) { w.happen(22) })
		s.get("delta")
		s.get("delta")
	})
	goldenTopic(t, "alerts", "", func(w *world) {
		w.kept["alerts"] = []json.RawMessage{trigger("trigger_abc456", "2026-01-14T19:46:00.000Z", false)}
	}, func(s *topicSession) {
		s.change("alerts", func(w *world) {
			w.kept["alerts"] = append([]json.RawMessage{trigger("trigger_xyz789", "2026-01-15T15:47:00.000Z", false)}, w.kept["alerts"]...)
		})
		s.get("delta")
		time.Sleep(time.Second)
		s.change("alerts", func(w *world) { w.kept["alerts"][1] = trigger("trigger_abc456", "2026-01-14T19:46:00.000Z", true) })
		s.get("delta")
	})
	goldenTopic(t, "activity", "", func(*world) {}, func(s *topicSession) {
		s.change("activity", func(w *world) { w.kept["activity"] = []json.RawMessage{activityItem("activity_def456")} })
		s.get("delta")
	})
}

// happen adds core events to what is collected for topic feed.
func (w *world) happen(n int) {
	for range n {
		w.seen++
		w.events = append([]json.RawMessage{feedItem(int(w.seen))}, w.events...)
	}
	w.events = w.events[:min(len(w.events), maxItems)]
}
