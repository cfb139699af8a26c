package ws

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
	subscribe := fmt.Sprintf(`{"type":"subscribe","id":"v","topic":"%s","siteId":"%s","resume":%s}`, v.topic, v.site, resume)
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

// Whatever happens, a client that follows the rules ends with the state that REST would give, and never sees a gap or a duplicate (the mirror
// checks each frame).
func TestClientsConvergeProperty(t *testing.T) {
	synctest.Test(t, func(outer *testing.T) {
		docs := newDocs()
		r := newPipeRig(outer, docs.table, func(r *rig, _ *[]topic) { r.cfg.MaxPerUser, r.cfg.MaxPerIP = 0, 0; r.cfg.KeepChanges = 5 })
		resumed, runs := 0, 0 // rapid may not ask a test in a bubble for its deadline: it gets a TB that has none
		rapid.Check(struct{ rapid.TB }{outer}, func(t *rapid.T) {
			runs++
			site := analytics.SiteID(fmt.Sprintf("site_%d", runs))
			r.world.addSite(site, "UTC")
			gen := &stateGen{items: true}
			change := func() { docs.set(site, string(gen.next(t))); r.hub.Changed(site) }
			change()
			viewers := make([]*viewer, rapid.IntRange(1, 4).Draw(t, "viewers"))
			for i := range viewers {
				v := &viewer{rig: r, topic: rapid.SampledFrom([]string{"doc", "list"}).Draw(t, "topic"), site: site}
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
			time.Sleep(time.Second)
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
			time.Sleep(time.Second)
			synctest.Wait()
			want := strip(parse(docs.states[site]), "time")
			for _, v := range viewers {
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
