package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ztas-io/ztas/analytics"
)

// step loads the feed at a time.
func (f *feed) step(t rapid.TB, w *world, now time.Time) *feedState {
	t.Helper()
	state, next, err := f.load(context.Background(), &Deps{Recent: w}, site1, analytics.UTCZone(), now)
	if err != nil {
		t.Fatal(err)
	}
	if d := next.Sub(now); d <= 0 || d >= 2*time.Minute {
		t.Fatalf("asks again after %v: events are collected for two minutes", d)
	}
	return state.(*feedState)
}

func newFeed(t rapid.TB) *feed {
	cfg := DefaultConfig()
	src, err := openFeed(&cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return src.(*feed)
}

func idsOf(items []json.RawMessage) []string {
	ids := make([]string, len(items))
	for i, raw := range items {
		ids[i] = parse(raw).(map[string]any)["id"].(string)
	}
	return ids
}

// Whatever comes: in any second at most 20 items are shown, they are the latest, what was left out is counted and never shown later.
func TestFeedProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, f, now := newWorld(), newFeed(t), t0
		w.happen(rapid.IntRange(0, 60).Draw(t, "stored"))
		w.seen = uint64(rapid.IntRange(0, 3).Draw(t, "seen")) // what was stored counts not
		next := 1000
		state := f.step(t, w, now)
		if state.Skipped != 0 || state.anew || len(state.Items) != len(w.events) {
			t.Fatalf("began with %+v", state)
		}
		var shown []showing
		out := map[string]bool{}
		skipped, came := uint64(0), uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			n := rapid.SampledFrom([]int{0, 1, 1, 3, 10, 30, 200}).Draw(t, "events")
			var fresh []string
			for range n {
				next++
				w.seen++
				w.events = append([]json.RawMessage{feedItem(next)}, w.events...)
				fresh = append(fresh, fmt.Sprintf("evt_%06d", next))
			}
			w.events = w.events[:min(len(w.events), maxItems)]
			came += uint64(n)
			now = now.Add(time.Duration(rapid.IntRange(200, 700).Draw(t, "ms")) * time.Millisecond)
			before := idsOf(state.Items)
			state = f.step(t, w, now)
			ids := idsOf(state.Items)
			added := n - int(state.Skipped-skipped)
			if state.anew || added < 0 || added > n || len(ids) > maxItems {
				t.Fatalf("%d of %d added, %d items", added, n, len(ids))
			}
			slices.Reverse(fresh)
			want := append(slices.Clone(fresh[:added]), before...)
			if want = want[:min(len(want), maxItems)]; !slices.Equal(ids, want) {
				t.Fatalf("got %v, want %v", ids, want)
			}
			for _, id := range fresh[added:] {
				out[id] = true
			}
			if i := slices.IndexFunc(ids, func(id string) bool { return out[id] }); i >= 0 {
				t.Fatalf("%s was left out and is shown", ids[i])
			}
			skipped = state.Skipped
			shown = append(shown, showing{now, added})
			last := 0
			for _, s := range shown {
				if now.Sub(s.at) < time.Second {
					last += s.n
				}
			}
			if last > 20 {
				t.Fatalf("%d items in a second", last)
			}
			if n > 0 && n <= 4 && added < n && last-added+n <= 20 {
				t.Fatalf("%d of %d were left out though there was room", n-added, n)
			}
		}
	})
}

// When events were not collected for a while, the feed begins anew rather than guess.
func TestFeedBeginsAnew(t *testing.T) {
	f := func(name string, stored int, change func(w *world), want bool) {
		t.Helper()
		w, f := newWorld(), newFeed(t)
		w.happen(stored)
		w.seen = 5
		f.step(t, w, t0)
		change(w)
		state := f.step(t, w, t0.Add(10*time.Second))
		if state.anew != want {
			t.Errorf("%s: anew %v, want %v", name, state.anew, want)
		}
		if want && (state.Skipped != 0 || !slices.Equal(idsOf(state.Items), idsOf(w.events))) {
			t.Errorf("%s: %+v", name, state)
		}
	}
	other := func(w *world, n int) {
		for i := range n {
			w.events = append([]json.RawMessage{feedItem(9000 + i)}, w.events...)
		}
		w.events = w.events[:min(len(w.events), maxItems)]
	}
	f("nothing happened", 10, func(*world) {}, false)
	f("nothing was stored", 0, func(w *world) { w.happen(3) }, false)
	f("some events", 10, func(w *world) { other(w, 3); w.seen += 3 }, false)
	f("more than a list", 50, func(w *world) { other(w, 50); w.seen += 70 }, false)
	f("counted from zero", 10, func(w *world) { w.seen = 0 }, true)
	f("counted from zero, and beyond", 10, func(w *world) { other(w, 20); w.seen = 8 }, true)
	f("a list that lost items", 10, func(w *world) { w.events = w.events[:3]; w.seen += 3 }, true)
	f("another list", 10, func(w *world) { w.events = nil; other(w, 10); w.seen += 3 }, true)
}

// Under load: at most 10 frames and 20 items in any second, and a resume goes on where the connection ended.
func TestFeedTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		r.world.happen(3)
		p := r.login("good")
		m := p.subscribe("s1", "feed", string(site1), "")
		time.Sleep(5 * time.Second)
		start := time.Now()
		for range 5000 { // for five seconds, a thousand a second
			r.world.set(func(w *world) { w.happen(1) })
			r.hub.Changed(site1)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		type arrival struct {
			at    time.Time
			items int
		}
		var frames []arrival
		for len(p.frames) > 0 {
			d := p.expect("delta")
			p.feed(m, d)
			at, err := time.Parse(time.RFC3339, d.At)
			if err != nil {
				t.Fatal(err)
			}
			a := arrival{at: at}
			if d.Op == "append" {
				a.items = len(parse(d.Data).([]any))
			}
			frames = append(frames, a)
		}
		if d := frames[0].at.Sub(start); d > time.Millisecond {
			t.Errorf("the first change came after %v", d)
		}
		total := 0
		for i, a := range frames {
			n, items := 0, 0
			for _, b := range frames[i:] {
				if b.at.Sub(a.at) < time.Second {
					n++
					items += b.items
				}
			}
			if n > 10 || items > 20 {
				t.Errorf("%d frames and %d items in the second after %v", n, items, a.at.Sub(start))
			}
			total += a.items
		}
		if total < 80 {
			t.Errorf("%d items in 5 s", total)
		}
		if got := m.state.(map[string]any)["skipped"]; got != float64(5000-total) {
			t.Errorf("%v skipped, %d of 5000 shown", got, total)
		}

		_ = p.conn.Close()
		<-p.closed
		r.world.set(func(w *world) { w.happen(30) })
		p = r.login("good")
		p.send(fmt.Sprintf(`{"type":"subscribe","id":"s1","topic":"feed","siteId":"%s","resume":{"epoch":%q,"seq":%d}}`, site1, m.epoch, m.seq))
		f := p.expect("subscribed")
		if !f.Resumed {
			t.Fatalf("got %s", f.raw)
		}
		p.feed(m, f)
		p.feed(m, p.expect("delta"))
		p.feed(m, p.expect("delta"))

		// Nobody watched for so long that nothing was collected: a snapshot.
		_ = p.conn.Close()
		<-p.closed
		time.Sleep(3 * time.Minute)
		r.world.set(func(w *world) { w.happen(2); w.seen = 0 })
		p = r.login("good")
		p.send(fmt.Sprintf(`{"type":"subscribe","id":"s1","topic":"feed","siteId":"%s","resume":{"epoch":%q,"seq":%d}}`, site1, m.epoch, m.seq))
		if f := p.expect("subscribed"); f.Resumed {
			t.Fatalf("got %s", f.raw)
		}
		if f := p.expect("snapshot"); parse(f.Data).(map[string]any)["skipped"] != 0.0 {
			t.Errorf("got %s", f.raw)
		}
	})
}
