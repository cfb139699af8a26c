package ws

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ztas-io/ztas/analytics"
)

// While a delta waits, later ones are merged into it; the hub and the other clients never wait.
func TestSlowClientGetsMergedDeltas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := newDocs()
		r := newPipeRig(t, docs.table)
		docs.set(site1, `{"n":0}`)
		fast, slow := r.login("good"), r.loginQuiet()
		mf, ms := fast.subscribe("s1", "doc", string(site1), ""), slow.subscribeQuiet("s1", "doc")
		for i := 1; i <= 100; i++ { // 100 changes in 5 s
			docs.set(site1, fmt.Sprintf(`{"n":%d,"m%d":1}`, i, i%7))
			r.hub.Changed(site1)
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		for range 100 {
			d := fast.expect("delta")
			if d.Seq-d.Prev != 1 {
				t.Fatalf("got %s", d.raw)
			}
			fast.feed(mf, d)
		}
		go slow.read()
		first, second := slow.expect("delta"), slow.expect("delta")
		if first.Seq-first.Prev != 1 || second.Seq-second.Prev != 99 {
			t.Errorf("got %s, then %s", first.raw, second.raw)
		}
		slow.feed(ms, first)
		slow.feed(ms, second)
		if fmt.Sprint(ms.state) != fmt.Sprint(mf.state) {
			t.Errorf("slow %v, fast %v", ms.state, mf.state)
		}
		slow.expectQuiet(time.Second)
		if n := r.metric("ztas_ws_dropped_deltas_total"); n != 0 {
			t.Errorf("%v dropped", n)
		}
	})
}

// A frame that is not taken within WriteTimeout ends the connection.
func TestWriteDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := newDocs()
		r := newPipeRig(t, docs.table)
		docs.set(site1, `{"n":0}`)
		slow := r.loginQuiet()
		slow.subscribeQuiet("s1", "doc")
		docs.set(site1, `{"n":1}`)
		r.hub.Changed(site1)
		time.Sleep(10*time.Second - time.Millisecond)
		synctest.Wait()
		if n := r.metric("ztas_ws_clients"); n != 1 {
			t.Errorf("%v clients before the deadline", n)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if c, s, n := r.metric("ztas_ws_clients"), r.metric("ztas_ws_subscriptions"), r.metric("ztas_ws_slow_clients_total"); c != 0 || s != 0 || n != 1 {
			t.Errorf("%v clients, %v subscriptions, %v slow clients", c, s, n)
		}
	})
}

// A full queue drops deltas; when it has drained, a fresh snapshot replaces them.
func TestOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := newDocs()
		r := newPipeRig(t, docs.table, func(r *rig, _ *[]topic) { r.cfg.QueueFrames = 4 })
		const subs = 10
		slow := r.loginQuiet()
		mirrors := map[string]*mirror{}
		for i := range subs {
			site := fmt.Sprintf("site_%d", i)
			r.world.addSite(analytics.SiteID(site), "UTC")
			docs.set(analytics.SiteID(site), `{"n":0}`)
			id := fmt.Sprint("s", i)
			mirrors[id] = slow.subscribeQuietSite(id, "doc", site)
		}
		for n := 1; n <= 3; n++ {
			for i := range subs {
				site := analytics.SiteID(fmt.Sprintf("site_%d", i))
				docs.set(site, fmt.Sprintf(`{"n":%d}`, n))
				r.hub.Changed(site)
			}
			time.Sleep(time.Second)
		}
		if n := r.metric("ztas_ws_dropped_deltas_total"); n < subs-5 {
			t.Errorf("%v dropped", n)
		}
		go slow.read()
		time.Sleep(time.Second)
		synctest.Wait()
		kinds := map[string]int{}
		for len(slow.frames) > 0 {
			f := slow.next()
			kinds[f.Type]++
			slow.feed(mirrors[f.ID], f)
		}
		if kinds["snapshot"] == 0 || kinds["delta"] == 0 {
			t.Errorf("got %v", kinds)
		}
		for id, m := range mirrors {
			if m.state.(map[string]any)["n"] != 3.0 {
				t.Errorf("%s ended at %v", id, m.state)
			}
		}
	})
}

// A queue that stays full for FullTimeout ends the connection, even if the client takes a frame now and then.
func TestFullForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, func(r *rig, _ *[]topic) { r.cfg.QueueFrames = 4; r.cfg.FramesPerMinute = 0 })
		p := r.loginQuiet()
		go func() { // asks and asks, and hardly reads the answers
			for {
				if p.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`)) != nil {
					return
				}
			}
		}()
		start := time.Now()
		var code int
		for {
			if _, _, err := p.conn.ReadMessage(); err != nil {
				if ce, ok := err.(*websocket.CloseError); ok {
					code = ce.Code
				}
				break
			}
			time.Sleep(1500 * time.Millisecond)
		}
		_ = p.conn.Close()
		if d := time.Since(start); code != 4008 || d < 10*time.Second || d > 20*time.Second {
			t.Errorf("closed with %d after %v", code, d)
		}
		if n := r.metric("ztas_ws_slow_clients_total"); n != 1 {
			t.Errorf("%v slow clients", n)
		}
	})
}

// The promise of W3: whatever is published, a client that does not read costs one entry a subscription.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := newDocs()
		r := newPipeRig(t, docs.table)
		docs.set(site1, `{"n":0,"items":[]}`)
		slow := r.loginQuiet()
		slow.subscribeQuiet("s1", "doc")
		slow.subscribeQuiet("s2", "list")
		for i := range 300 {
			docs.set(site1, fmt.Sprintf(`{"n":%d,"items":[{"id":"%d"}]}`, i, i))
			r.hub.Changed(site1)
			time.Sleep(30 * time.Millisecond)
			r.hub.mu.Lock()
			for c := range r.hub.clients {
				c.mu.Lock()
				if n := len(c.queue); n > 2 {
					t.Errorf("%d entries", n)
				}
				c.mu.Unlock()
			}
			r.hub.mu.Unlock()
		}
	})
}

// loginQuiet authenticates; nothing is read but what a test asks for.
func (r *rig) loginQuiet() *peer {
	r.t.Helper()
	p := r.connectQuiet(http.Header{"Authorization": {"Bearer good"}})
	p.readOne("hello")
	p.readOne("ready")
	return p
}

func (p *peer) readOne(kind string) serverFrame {
	p.t.Helper()
	var f serverFrame
	if err := p.conn.ReadJSON(&f); err != nil || f.Type != kind {
		p.t.Fatalf("got %+v, %v, want %s", f, err, kind)
	}
	return f
}

func (p *peer) subscribeQuiet(id, topic string) *mirror {
	p.t.Helper()
	return p.subscribeQuietSite(id, topic, string(site1))
}

func (p *peer) subscribeQuietSite(id, topic, site string) *mirror {
	p.t.Helper()
	p.send(`{"type":"subscribe","id":"` + id + `","topic":"` + topic + `","siteId":"` + site + `"}`)
	m := &mirror{}
	p.feed(m, p.readOne("subscribed"))
	p.feed(m, p.readOne("snapshot"))
	return m
}
