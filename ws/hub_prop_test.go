package ws

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	"pgregory.net/rapid"

	"github.com/ztas-io/ztas/analytics"
)

// viewer is a client as ws.md describes it: it follows one stream, reconnects with resume, and sometimes does not read for a while.
type viewer struct {
	rig    *rig
	topic  string
	site   analytics.SiteID
	mirror mirror
	conn   *websocket.Conn
	done   chan error
	gate   atomic.Pointer[chan struct{}] // closed: it reads
	resume int                           // how often it resumed
}

func (v *viewer) connect(t *rapid.T) {
	conn, _, err := v.rig.dialer().Dial(v.rig.url, http.Header{"Authorization": {"Bearer good"}})
	if err != nil {
		t.Fatal(err)
	}
	v.conn, v.done = conn, make(chan error, 1)
	resume := "null"
	if v.mirror.epoch != "" && !v.mirror.pending {
		resume = fmt.Sprintf(`{"epoch":%q,"seq":%d}`, v.mirror.epoch, v.mirror.seq)
	}
	v.mirror.greeted = false
	subscribe := fmt.Sprintf(`{"type":"subscribe","id":"v","topic":"%s","siteId":"%s","params":%s,"resume":%s}`, v.topic, v.site, anyParams, resume)
	go func() { v.done <- v.follow(subscribe) }()
}

// follow reads until the connection ends; nil, or the broken promise.
func (v *viewer) follow(subscribe string) error {
	for {
		<-*v.gate.Load()
		_, data, err := v.conn.ReadMessage()
		if err != nil {
			return nil
		}
		f := serverFrame{raw: data}
		if err := json.Unmarshal(data, &f); err != nil {
			return err
		}
		switch f.Type {
		case "hello":
			continue
		case "ready":
			if err := v.conn.WriteMessage(websocket.TextMessage, []byte(subscribe)); err != nil {
				return nil
			}
			continue
		case "error":
			return errors.New(string(data))
		case "subscribed":
			if f.Resumed {
				v.resume++
			}
		}
		if err := v.mirror.take(f); err != nil {
			return err
		}
	}
}

func (v *viewer) leave(t *rapid.T) {
	_ = v.conn.Close()
	v.read(true)
	if err := <-v.done; err != nil {
		t.Fatalf("topic %s: %v", v.topic, err)
	}
}

func (v *viewer) read(on bool) {
	switch {
	case on && !v.reads():
		close(*v.gate.Load())
	case !on && v.reads():
		gate := make(chan struct{})
		v.gate.Store(&gate)
	}
}

func (v *viewer) reads() bool {
	select {
	case <-*v.gate.Load():
		return true
	default:
		return false
	}
}

// anyParams are those of every viewer; other topics than query ignore them.
const anyParams = `{"queries":[{"id":"week","period":"7d","metrics":["visitors","pageviews","bounce_rate"]},{"id":"pages","property":"page"},` +
	`{"id":"goals","period":"day","property":"goal"}]}`

// propTopics are the topics of the property: two whose states are made up, and the real ones that hold more than a report.
var propTopics = []string{"doc", "list", "query", "query", "goals", "feed", "alerts", "activity"}

func propTable(d *docs) rigOption {
	return func(r *rig, table *[]topic) {
		real := *table
		d.table(r, table)
		for _, row := range real {
			if slices.Contains(propTopics, row.name) {
				*table = append(*table, row)
			}
		}
	}
}

// happening changes what the real topics show: events, completions, triggers, acknowledgements, and what is rare: a goal's new name, a deleted
// alert, and a collection that begins anew.
func (w *world) happening(t *rapid.T, site analytics.SiteID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := rapid.SampledFrom([]int{0, 1, 2, 30}).Draw(t, "events")
	w.happen(n)
	for range min(n, 3) {
		who, path := rapid.ByteRange(1, 9).Draw(t, "visitor"), rapid.SampledFrom([]string{"/", "/docs", "/pricing"}).Draw(t, "path")
		w.fold(site).Events(pageview(who, time.Now(), path))
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 60}).Draw(t, "completions") {
		w.made++
		id := fmt.Sprint("evt_", w.made/2)
		w.done = append([]json.RawMessage{goalItem(id, fmt.Sprint("goal_", w.made%2), w.made%60)}, w.done...)
	}
	w.done = w.done[:min(len(w.done), maxItems)]
	w.pending = map[string]float64{}
	if p := rapid.IntRange(0, 3).Draw(t, "backfill"); p > 0 {
		w.pending[fmt.Sprint("goal_", p%2)] = float64(p) / 4
	}
	for _, topic := range []string{"alerts", "activity"} {
		list := w.kept[topic]
		for range rapid.SampledFrom([]int{0, 0, 1, 60}).Draw(t, topic) {
			w.made++
			list = append([]json.RawMessage{trigger(fmt.Sprint("trigger_", w.made), "2026-01-15T15:47:00.000Z", false)}, list...)
		}
		w.kept[topic] = list[:min(len(list), 70)]
	}
	if list := w.kept["alerts"]; len(list) > 0 && rapid.Bool().Draw(t, "acknowledge") {
		i := rapid.IntRange(0, min(len(list), maxItems)-1).Draw(t, "which")
		id := parse(list[i]).(map[string]any)["id"].(string)
		list[i] = trigger(id, "2026-01-15T15:47:00.000Z", true)
	}
	switch rapid.IntRange(0, 30).Draw(t, "rare") {
	case 0:
		w.seen = 0
	case 1:
		if len(w.done) > 0 {
			w.done[len(w.done)/2] = goalItem(parse(w.done[len(w.done)/2]).(map[string]any)["id"].(string), "goal_2", 1)
		}
	case 2:
		w.kept["alerts"] = w.kept["alerts"][:len(w.kept["alerts"])/2]
	}
}

// wantOf is what a viewer should see: what its stream has, which for all topics but feed, where it depends on the past, is also what the source
// says now.
func (r *rig) wantOf(t *rapid.T, v *viewer) any {
	row := r.hub.topics[v.topic]
	var p params
	if err := json.Unmarshal([]byte(anyParams), &p); err != nil {
		t.Fatal(err)
	}
	src, err := row.open(&r.cfg, p)
	if err != nil {
		t.Fatal(err)
	}
	r.hub.mu.Lock()
	s := r.hub.streams[streamKey{v.topic, v.site, src.key()}]
	r.hub.mu.Unlock()
	s.mu.RLock()
	has := strip(parse(s.doc.raw), "time")
	s.mu.RUnlock()
	if v.topic != "feed" {
		state, _, err := src.load(r.hub.ctx, &r.deps, v.site, analytics.UTCZone(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strip(parse(frame(state)), "time"), has); diff != "" {
			t.Fatalf("topic %s: the stream is behind: %s", v.topic, diff)
		}
	}
	return has
}

// Whatever happens, a client that follows the rules ends with the state that REST would give, and never sees a gap or a duplicate (the mirror
// checks each frame).
func TestClientsConvergeProperty(t *testing.T) {
	synctest.Test(t, func(outer *testing.T) {
		docs := newDocs()
		r := newPipeRig(outer, propTable(docs), func(r *rig, _ *[]topic) { r.cfg.MaxPerUser, r.cfg.MaxPerIP = 0, 0; r.cfg.KeepChanges = 5 })
		resumed, runs := 0, 0 // rapid may not ask a test in a bubble for its deadline: it gets a TB that has none
		rapid.Check(struct{ rapid.TB }{outer}, func(t *rapid.T) {
			runs++
			site := analytics.SiteID(fmt.Sprintf("site_%d", runs))
			r.world.addSite(site, "UTC")
			gen := &stateGen{items: true}
			change := func() {
				docs.set(site, string(gen.next(t)))
				r.world.happening(t, site)
				r.hub.Changed(site)
				r.hub.ChangedTopic(site, "alerts")
				r.hub.ChangedTopic(site, "activity")
			}
			change()
			viewers := make([]*viewer, rapid.IntRange(1, 4).Draw(t, "viewers"))
			for i := range viewers {
				v := &viewer{rig: r, topic: rapid.SampledFrom(propTopics).Draw(t, "topic"), site: site}
				gate := make(chan struct{})
				v.gate.Store(&gate)
				v.read(true)
				v.connect(t)
				viewers[i] = v
			}
			for range rapid.IntRange(1, 30).Draw(t, "steps") {
				v := rapid.SampledFrom(viewers).Draw(t, "viewer")
				switch rapid.IntRange(0, 9).Draw(t, "what") {
				case 0, 1, 2, 3, 4:
					change()
				case 5:
					v.leave(t)
					v.connect(t)
				case 6:
					v.read(false)
				case 7:
					v.read(true)
				case 8: // away for long enough that removed members, or the stream, may be forgotten
					v.leave(t)
					for range 3 {
						change()
						time.Sleep(time.Duration(rapid.IntRange(1, 150).Draw(t, "s away")) * time.Second)
					}
					v.connect(t)
				default:
					time.Sleep(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
				}
			}
			for _, v := range viewers {
				v.read(true)
			}
			time.Sleep(2 * time.Second)
			for _, v := range viewers { // those that were cut come back
				select {
				case err := <-v.done:
					if err != nil {
						t.Fatal(err)
					}
					v.connect(t)
				default:
				}
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			for _, v := range viewers {
				want := r.wantOf(t, v)
				v.leave(t)
				if diff := cmp.Diff(want, strip(v.mirror.state, "time")); diff != "" {
					t.Fatalf("topic %s: %s", v.topic, diff)
				}
				resumed += v.resume
			}
		})
		if resumed == 0 {
			outer.Error("nobody ever resumed")
		}
	})
}
