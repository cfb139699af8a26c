package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

const site1 = analytics.SiteID("site_abc123")

func (w *world) visitors(n int64) {
	w.set(func(w *world) {
		r := w.realtime[site1]
		r.ActiveVisitors, r.PageviewsLast5Min = n, n
		w.realtime[site1] = r
		s := w.stats[site1]
		s.Summary.Pageviews = n
		w.stats[site1] = s
	})
}

func (w *world) loadCount() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loads
}

func TestFirstChangeAtOnceThenCoalesced(t *testing.T) {
	f := func(topic string, member func(s any) any, interval time.Duration) {
		t.Run(topic, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t)
				p := r.login("good")
				m := p.subscribe("s1", topic, string(site1), "")
				time.Sleep(time.Second)
				start := time.Now()
				n := int64(0)
				for range 2000 { // for two seconds, a change each ms
					n++
					r.world.visitors(n)
					r.hub.Changed(site1)
					time.Sleep(time.Millisecond)
				}
				time.Sleep(interval)
				synctest.Wait()
				var times []time.Duration
				for len(p.frames) > 0 {
					d := p.expect("delta")
					p.feed(m, d)
					at, err := time.Parse(time.RFC3339, d.At)
					if err != nil {
						t.Fatal(err)
					}
					times = append(times, at.Sub(start))
				}
				if times[0] > time.Millisecond {
					t.Errorf("the first change came after %v", times[0])
				}
				for i := 1; i < len(times); i++ {
					if gap := times[i] - times[i-1]; gap < interval-time.Millisecond || gap > interval+2*time.Millisecond {
						t.Errorf("%v between two deltas", gap)
					}
				}
				if want := int(2*time.Second/interval) + 1; len(times) < want-1 || len(times) > want+1 {
					t.Errorf("%d deltas, want about %d", len(times), want)
				}
				if got := member(m.state); got != 2000.0 {
					t.Errorf("ended at %v", got)
				}
			})
		})
	}
	f("realtime", func(s any) any { return s.(map[string]any)["activeVisitors"] }, 100*time.Millisecond)
	f("stats", func(s any) any { return s.(map[string]any)["summary"].(map[string]any)["pageviews"] }, 250*time.Millisecond)
}

// Most changes of a site are none of a topic: they must not make it load without a pause.
func TestInvisibleChangesAreCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		p.subscribe("s1", "stats", string(site1), "")
		loads := r.world.loadCount()
		for range 10_000 {
			r.hub.Changed(site1)
			time.Sleep(time.Millisecond)
		}
		if n := r.world.loadCount() - loads; n < 38 || n > 42 {
			t.Errorf("%d loads in 10 s", n)
		}
		p.expectQuiet(time.Second)
	})
}

func TestTimeAloneChangesRealtime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		r.world.visitors(2)
		m := p.subscribe("s1", "realtime", string(site1), "")
		p.expectQuiet(time.Minute) // the timestamp alone is no change
		r.world.visitors(1)        // one ages out; nobody calls Changed
		start := time.Now()
		p.feed(m, p.expect("delta"))
		if d := time.Since(start); d > 250*time.Millisecond {
			t.Errorf("seen after %v", d)
		}
		r.world.visitors(0)
		p.feed(m, p.expect("delta"))

		// An empty window rests until the next clock minute or until a recent pageview leaves.
		r.world.set(func(w *world) {
			w.realtime[site1] = analytics.RealtimeReport{RecentPageviews: []analytics.RecentPageview{{Timestamp: instant(time.Now().Add(95*time.Second - recentWindow))}}}
		})
		gone := time.Now().Add(95 * time.Second)
		r.hub.Changed(site1)
		p.feed(m, p.expect("delta"))
		before := r.world.loadCount()
		time.Sleep(time.Until(gone) - time.Millisecond)
		if n := r.world.loadCount() - before; n > 2 {
			t.Errorf("%d loads of an empty window in 95 s", n)
		}
		r.world.set(func(w *world) { w.realtime[site1] = analytics.RealtimeReport{} })
		p.feed(m, p.expect("delta"))
		if d := time.Since(gone); d < 0 || d > 250*time.Millisecond {
			t.Errorf("left after %v", d)
		}
	})
}

// TestNextRealtime: a report is of the end of the second that it is asked in, so what changes by itself is to be seen as that second begins.
func TestNextRealtime(t *testing.T) {
	at := func(s float64) time.Time { return t0.Truncate(time.Minute).Add(time.Duration(s * 1e9)) }
	next := func(now float64, pageviews ...float64) float64 {
		var r analytics.RealtimeReport
		for _, ago := range pageviews {
			r.RecentPageviews = append(r.RecentPageviews, analytics.RecentPageview{Timestamp: instant(at(now - ago))})
		}
		return realtime{tick: time.Second}.next(&r, at(now)).Sub(at(0)).Seconds()
	}
	for _, c := range []struct{ got, want float64 }{
		{next(0), 59.001},
		{next(58.9), 59.001},
		{next(59), 59.001},
		{next(59.5), 119.001},
		{next(10, 5, 1795), 14.001},
		{next(10.5, 1795), 15.001}, // it leaves at 15.5, the end of that second is 16
		{next(10.5, 1799.8), 10.7}, // a report that has it still
		{next(10.5, 1700), 59.001},
	} {
		if math.Abs(c.want-c.got) > 1e-6 {
			t.Errorf("next look at %v, want %v", c.got, c.want)
		}
	}
}

func TestTimeAloneChangesStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01T00:00Z, 19:00 in New York
		r := newPipeRig(t, func(r *rig, _ *[]topic) { r.cfg.MaxAge = 1000 * time.Hour })
		r.world.addSite("site_kolkata", "Asia/Kolkata") // 05:30
		p := r.login("good")
		f := func(site, params string, want time.Duration) {
			t.Helper()
			start := time.Now()
			m := p.subscribe("s1", "stats", site, params)
			loads := r.world.loadCount()
			d := p.expectWithin("delta", 48*time.Hour)
			p.feed(m, d)
			if got := time.Since(start); got < want || got > want+time.Second {
				t.Errorf("%s %s: delta after %v, want %v", site, params, got, want)
			}
			if n := r.world.loadCount() - loads; n > 50 {
				t.Errorf("%s %s: %d loads", site, params, n)
			}
			p.send(`{"type":"unsubscribe","id":"s1"}`)
			p.expectWithin("unsubscribed", time.Minute)
		}
		f(string(site1), ``, time.Hour)
		f("site_kolkata", ``, time.Until(time.Now().Add(30*time.Minute).Truncate(time.Hour).Add(30*time.Minute)))
		midnight := time.Date(2000, 1, 2, 5, 0, 0, 0, time.UTC)
		if time.Now().After(midnight) {
			t.Fatal("too late")
		}
		f(string(site1), `{"period":"7d"}`, time.Until(time.Date(2000, 1, 1, 5, 0, 0, 0, time.UTC)))
		f(string(site1), `{"period":"30d"}`, time.Until(midnight))
		p.subscribe("s1", "stats", string(site1), `{"startDate":"1999-06-01","endDate":"1999-06-30"}`)
		loads := r.world.loadCount()
		p.expectQuiet(50 * time.Hour)
		if n := r.world.loadCount() - loads; n != 0 {
			t.Errorf("a range of the past was loaded %d times", n)
		}
	})
}

func TestStatsParams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		p.subscribe("a", "stats", string(site1), ``)
		p.subscribe("b", "stats", string(site1), `{"period":"24h","filters":""}`)
		p.subscribe("c", "stats", string(site1), `{"period":"24h","startDate":"1999-12-01","limit":"020"}`)
		p.subscribe("d", "stats", string(site1), `{"startDate":"1999-12-01","limit":20}`)
		if n := r.streams(); n != 2 {
			t.Errorf("%d streams, want 2", n)
		}
		q := r.world.asked[0]
		if q.Limit != 10 || q.Range.Interval != analytics.Hourly || q.Range.Zone.Name() != "America/New_York" || q.Range.To-q.Range.From < 23*3600_000 {
			t.Errorf("asked %+v", q)
		}
		q = r.world.asked[len(r.world.asked)-1]
		if q.Limit != 20 || q.Range.First.String() != "1999-12-01" {
			t.Errorf("asked %+v", q)
		}
	})
}

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		r.world.visitors(1)
		first := r.login("good")
		m := first.subscribe("s1", "realtime", string(site1), "")
		leave := func(p *peer) {
			_ = p.conn.Close()
			<-p.closed
			synctest.Wait()
		}
		leave(first)
		come := func(resume string) (*peer, serverFrame) {
			p := r.login("good")
			p.send(fmt.Sprintf(`{"type":"subscribe","id":"s1","topic":"realtime","siteId":"%s","resume":%s}`, site1, resume))
			return p, p.expect("subscribed")
		}
		point := func() string { return fmt.Sprintf(`{"epoch":%q,"seq":%d}`, m.epoch, m.seq) }

		// While nobody watches, nothing is loaded.
		loads := r.world.loadCount()
		for i := range 200 {
			r.world.visitors(int64(i))
			r.hub.Changed(site1)
			time.Sleep(time.Second)
		}
		if n := r.world.loadCount() - loads; n != 0 {
			t.Errorf("%d loads for nobody", n)
		}
		r.world.set(func(w *world) {
			w.realtime[site1] = analytics.RealtimeReport{ActiveVisitors: 1, PageviewsLast5Min: 7, PageBreakdown: map[string]int64{"/a": 1}}
		})
		p, sub := come(point())
		if !sub.Resumed || sub.Epoch != m.epoch || sub.Seq <= m.seq {
			t.Fatalf("got %s", sub.raw)
		}
		p.feed(m, sub)
		d := p.expect("delta")
		if d.Prev != m.seq || d.Seq != sub.Seq {
			t.Errorf("got %s", d.raw)
		}
		p.feed(m, d)
		if got := m.state.(map[string]any)["pageviewsLast5Min"]; got != 7.0 {
			t.Errorf("got %v", got)
		}
		leave(p)

		// Nothing missed: nothing sent.
		p, sub = come(point())
		if !sub.Resumed || sub.Seq != m.seq {
			t.Errorf("got %s", sub.raw)
		}
		p.expectQuiet(time.Second)
		leave(p)

		for name, resume := range map[string]string{
			"another epoch": fmt.Sprintf(`{"epoch":"x","seq":%d}`, m.seq), "the future": fmt.Sprintf(`{"epoch":%q,"seq":%d}`, m.epoch, m.seq+1),
			"before the first": fmt.Sprintf(`{"epoch":%q,"seq":0}`, m.epoch), "nothing": `null`,
		} {
			p, sub := come(resume)
			if sub.Resumed || sub.Epoch != m.epoch {
				t.Errorf("%s: got %s", name, sub.raw)
			}
			p.expect("snapshot")
			leave(p)
		}

		// After KeepStream the state is gone.
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		if r.hub.watched.of(site1) != nil || r.streams() != 0 {
			t.Error("the stream is still there")
		}
		p, sub = come(point())
		if sub.Resumed || sub.Epoch == m.epoch {
			t.Errorf("got %s", sub.raw)
		}
		p.expect("snapshot")
	})
}

// A live stream forgets removed members that are old and many changes back; who has not heard of them gets a snapshot.
func TestResumeFromTooLongAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := newDocs()
		r := newPipeRig(t, docs.table, func(r *rig, _ *[]topic) { r.cfg.KeepChanges = 5 })
		p := r.login("good")
		docs.set(site1, `{"n":0,"gone":1}`)
		m := p.subscribe("s1", "doc", string(site1), "")
		resumes := func(id string, want bool) {
			t.Helper()
			p.send(fmt.Sprintf(`{"type":"subscribe","id":%q,"topic":"doc","siteId":"%s","resume":{"epoch":%q,"seq":1}}`, id, site1, m.epoch))
			if f := p.expect("subscribed"); f.Resumed != want {
				t.Errorf("%s: got %s", id, f.raw)
			}
			p.expect(map[bool]string{true: "delta", false: "snapshot"}[want])
		}
		change := func(n int) {
			docs.set(site1, fmt.Sprintf(`{"n":%d}`, n))
			r.hub.Changed(site1)
			time.Sleep(time.Second)
			synctest.Wait()
			for len(p.frames) > 0 {
				p.expect("delta")
			}
		}
		change(1)
		resumes("young", true)
		time.Sleep(6 * time.Minute)
		change(2)
		resumes("old", true) // but few changes back
		for n := range 10 {
			change(n + 3)
		}
		resumes("older", false)
	})
}

// Clients that missed steps and are at the same one share their merged delta, until the next step.
func TestMergedDeltasAreShared(t *testing.T) {
	s := newStream(nil, streamKey{}, &topics[0], nil)
	s.hub = &Hub{cfg: DefaultConfig()}
	publish := func(n int) {
		t.Helper()
		if err := s.publish(fmt.Appendf(nil, `{"n":%d,"m%d":1}`, n, n%3), false, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 30 {
		publish(n)
	}
	merged := s.since(10, false)
	if merged.seq != 30 || len(merged.tails) != 1 {
		t.Fatalf("got %d %q", merged.seq, merged.tails)
	}
	if again := s.since(10, false); &again.tails[0] != &merged.tails[0] {
		t.Error("encoded again")
	}
	for seq := uint64(1); seq < 29; seq++ {
		s.since(seq, false)
	}
	if n := len(s.edition.Load().merged); n != maxMerged {
		t.Errorf("%d are kept", n)
	}
	publish(99)
	if next := s.since(10, false); next.seq != 31 || !strings.Contains(string(next.tails[0]), `"n":99`) {
		t.Errorf("got %d %q", next.seq, next.tails)
	}
	s.mu.Lock()
	s.doc.restart()
	s.mu.Unlock()
	if next := s.since(10, false); next.tails != nil {
		t.Errorf("got %q after a restart", next.tails)
	}
}

func (r *rig) streams() int {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	return len(r.hub.streams)
}

func TestIdleStreamsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, func(r *rig, _ *[]topic) { r.cfg.MaxIdleStreams = 3; r.cfg.FramesPerMinute = 0 })
		p := r.login("good")
		for i := 1; i <= 20; i++ {
			p.subscribe("s", "stats", string(site1), fmt.Sprintf(`{"limit":%d}`, i))
			p.send(`{"type":"unsubscribe","id":"s"}`)
			p.expect("unsubscribed")
		}
		synctest.Wait()
		if n, idle := r.streams(), r.hub.idle.Load(); n > 3 || int64(n) != idle {
			t.Errorf("%d streams, %d counted", n, idle)
		}
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if n, idle := r.streams(), r.hub.idle.Load(); n != 0 || idle != 0 {
			t.Errorf("%d streams, %d counted", n, idle)
		}
	})
}

// Topics with a list: what a row with a list rule gives, without a line elsewhere.
func TestListTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := newDocs()
		r := newPipeRig(t, docs.table)
		p := r.login("good")
		docs.set(site1, `{"items":[{"id":"b","v":1},{"id":"a","v":1}],"skipped":0}`)
		m := p.subscribe("s1", "list", string(site1), "")
		f := func(state string, ops ...string) {
			t.Helper()
			docs.set(site1, state)
			r.hub.Changed(site1)
			time.Sleep(time.Second)
			synctest.Wait()
			var got []string
			for len(p.frames) > 0 {
				d := p.next()
				if d.Type == "delta" {
					got = append(got, d.Op+" "+string(d.Data))
				} else {
					got = append(got, d.Type)
				}
				p.feed(m, d)
			}
			if fmt.Sprint(got) != fmt.Sprint(ops) {
				t.Errorf("got %q, want %q", got, ops)
			}
			if fmt.Sprint(m.state) != fmt.Sprint(parse([]byte(state))) {
				t.Errorf("state %v, want %s", m.state, state)
			}
		}
		f(`{"items":[{"id":"d","v":1},{"id":"c","v":1},{"id":"b","v":1},{"id":"a","v":1}],"skipped":0}`, `append [{"id":"c","v":1},{"id":"d","v":1}]`)
		f(`{"items":[{"id":"d","v":1},{"id":"c","v":1},{"id":"b","v":2},{"id":"a","v":1}],"skipped":0}`, `update {"id":"b","v":2}`)
		f(`{"items":[{"id":"d","v":1},{"id":"c","v":1},{"id":"b","v":2},{"id":"a","v":1}],"skipped":3}`, `patch {"skipped":3}`)
		f(`{"items":[{"id":"e","v":1},{"id":"d","v":2},{"id":"c","v":1},{"id":"b","v":2},{"id":"a","v":1}],"skipped":4}`,
			`append [{"id":"e","v":1}]`, `update {"id":"d","v":2}`, `patch {"skipped":4}`)
		f(`{"items":[{"id":"d","v":2}],"skipped":4}`, `snapshot`) // no op can tell this
	})
}

// docs is a pair of topics whose states a test sets: "doc" (patches, member time is volatile) and "list" (items too).
type docs struct {
	mu     sync.Mutex
	states map[analytics.SiteID]json.RawMessage
}

func newDocs() *docs { return &docs{states: map[analytics.SiteID]json.RawMessage{}} }

func (d *docs) set(site analytics.SiteID, state string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.states[site] = json.RawMessage(state)
}

func (d *docs) table(_ *rig, table *[]topic) {
	interval := func(*Config) time.Duration { return 20 * time.Millisecond }
	open := func(*Config, params) (source, error) { return d, nil }
	*table = []topic{
		{name: "doc", right: RightViewer, interval: interval, open: open, volatile: []string{"time"}},
		{name: "list", right: RightOwner, interval: interval, open: open, volatile: []string{"time"}, list: &listRule{key: []string{"id"}}},
	}
}

func (d *docs) key() string                       { return "" }
func (d *docs) check(analytics.Zone, int64) error { return nil }

func (d *docs) load(_ context.Context, _ *Deps, site analytics.SiteID, _ analytics.Zone, _ time.Time) (any, time.Time, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.states[site], time.Time{}, nil
}
