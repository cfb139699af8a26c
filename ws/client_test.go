package ws

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ztas-io/ztas/analytics"
)

func TestHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.connect(nil)
		h := p.expect("hello")
		if h.Version != 1 || h.AuthTimeoutMs != 10_000 || h.PingIntervalMs != 25_000 {
			t.Errorf("got %s", h.raw)
		}
		p.send(`{"type":"auth","token":"good"}`)
		f := p.expect("ready")
		if f.UserID != "user_abc123" || !strings.HasPrefix(f.ConnectionID, "c_") || f.ExpiresAt != instant(time.Now().Add(24*time.Hour)) {
			t.Errorf("got %s", f.raw)
		}
	})
}

func TestAuthFailures(t *testing.T) {
	f := func(name string, wait time.Duration, send string, errorFirst bool) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t)
				start := time.Now()
				p := r.connect(nil)
				p.expect("hello")
				if send != "" {
					p.send(send)
				}
				if errorFirst {
					id := ""
					if strings.Contains(send, "s1") {
						id = "s1"
					}
					p.expectError(id, "unauthorized", "Invalid or expired token")
				}
				p.expectClose(4001)
				if d := time.Since(start); d != wait {
					t.Errorf("closed after %v, want %v", d, wait)
				}
			})
		})
	}
	f("silence", 10*time.Second, "", true)
	f("only pings", 10*time.Second, `{"type":"ping"}`, false)
	f("bad token", 0, `{"type":"auth","token":"bad"}`, true)
	f("bad ticket", 0, `{"type":"auth","ticket":"wst_bad"}`, true)
	f("subscribes first", 0, `{"type":"subscribe","id":"s1","topic":"realtime","siteId":"site_abc123"}`, true)
	f("unsubscribes first", 0, `{"type":"unsubscribe","id":"s1"}`, true)
}

func TestTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		use := func(ticket string) *peer {
			p := r.connect(nil)
			p.expect("hello")
			p.send(`{"type":"auth","ticket":"` + ticket + `"}`)
			return p
		}
		refused := func(ticket string) {
			t.Helper()
			p := use(ticket)
			p.expectError("", "unauthorized", "Invalid or expired token")
			p.expectClose(4001)
		}
		who := Principal{UserID: "user_abc123", Expires: time.Now().Add(time.Hour)}
		ticket, expires := r.deps.Tickets.Issue(who)
		if !strings.HasPrefix(ticket, "wst_") || len(ticket) != 36 || !expires.Equal(time.Now().Add(30*time.Second)) {
			t.Errorf("ticket %q until %v", ticket, expires)
		}
		if f := use(ticket).expect("ready"); f.ExpiresAt != instant(who.Expires) {
			t.Errorf("got %s", f.raw)
		}
		refused(ticket) // used

		late, _ := r.deps.Tickets.Issue(who)
		time.Sleep(30 * time.Second)
		refused(late)

		foreign, _ := NewTickets().Issue(who)
		refused(foreign)

		revoked, _ := r.deps.Tickets.Issue(Principal{UserID: "user_gone"})
		r.world.set(func(w *world) { w.ended["user_gone"] = true })
		refused(revoked)

		past, _ := r.deps.Tickets.Issue(Principal{UserID: "user_abc123", Expires: time.Now()})
		refused(past)

		if n := len(r.deps.Tickets.open) + len(r.deps.Tickets.order); n > 6 {
			t.Errorf("%d tickets kept", n)
		}
	})
}

func TestExpiryAndExtension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		r.world.set(func(w *world) {
			w.tokens["hour"] = Principal{UserID: "user_abc123", Expires: time.Now().Add(time.Hour)}
			w.tokens["foreign"] = Principal{UserID: "user_other"}
			w.tokens["later"] = Principal{UserID: "user_abc123", Expires: time.Now().Add(2 * time.Hour)}
		})
		end := time.Now().Add(time.Hour)
		p := r.login("hour")
		time.Sleep(59*time.Minute - 2*time.Second)
		synctest.Wait()
		p.expectQuiet(time.Millisecond)
		if f := p.expect("expiring"); f.raw == nil || !strings.Contains(string(f.raw), `"at":"`+instant(end)+`"`) {
			t.Errorf("got %s", f.raw)
		}
		if left := time.Until(end); left > time.Minute || left < 58*time.Second {
			t.Errorf("warned %v before", left)
		}
		p.send(`{"type":"auth","token":"foreign"}`)
		p.expectError("", "unauthorized", "Invalid or expired token")
		p.send(`{"type":"auth","token":"bad"}`)
		p.expectError("", "unauthorized", "Invalid or expired token")
		p.send(`{"type":"auth","token":"later"}`)
		if f := p.expect("ready"); f.ExpiresAt != instant(end.Add(time.Hour)) {
			t.Errorf("got %s", f.raw)
		}
		p.expectWithin("expiring", 2*time.Hour)
		p.expectClose(4001)
		if late := time.Since(end.Add(time.Hour)); late < 0 || late > 2*time.Second {
			t.Errorf("closed %v after its end", late)
		}
	})
}

func TestMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		start := time.Now()
		p := r.login("good")
		p.expectQuiet(24*time.Hour - 62*time.Second)
		p.expect("expiring")
		p.expectClose(4001)
		if d := time.Since(start); d < 24*time.Hour || d > 24*time.Hour+2*time.Second {
			t.Errorf("closed after %v", d)
		}
	})
}

func TestErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, func(r *rig, _ *[]topic) {
			r.cfg.MaxSubscriptions = 2
			r.cfg.MaxBadMessages = 100
			r.cfg.FramesPerMinute = 0
		})
		r.world.addSite("site_secret", "UTC")
		r.world.addSite("site_abc123", "America/New_York")
		p := r.login("good")
		sub := func(id, topic, site, rest string) {
			p.send(`{"type":"subscribe","id":"` + id + `","topic":"` + topic + `","siteId":"` + site + `"` + rest + `}`)
		}
		for _, bad := range []string{
			``, `x`, `null`, `[]`, `"ping"`, `{}`, `{"type":5}`, `{"type":"nonsense"}`, `{"type":"ping"} {}`, "{\"type\":\"ping\",\"nonce\":\"\xff\"}",
			`{"type":"ping","nonce":5}`, `{"type":"ping","nonce":"` + strings.Repeat("n", 65) + `"}`, `{"type":"auth"}`, `{"type":"auth","token":7}`,
			`{"type":"auth","token":""}`, `{"type":"unsubscribe"}`, `{"type":"unsubscribe","id":""}`, `{"type":"subscribe","topic":"realtime","siteId":"site_abc123"}`,
			`{"type":"unsubscribe","id":"a b"}`, `{"type":"unsubscribe","id":"` + strings.Repeat("x", 33) + `"}`,
		} {
			p.send(bad)
			p.expectError("", "bad_message", "Invalid message")
		}
		for _, bad := range []string{`,"params":5`, `,"params":[]`, `,"resume":{}`, `,"resume":{"epoch":"e","seq":-1}`, `,"resume":{"epoch":1,"seq":1}`, `,"resume":"x"`} {
			sub("s1", "realtime", "site_abc123", bad)
			p.expectError("s1", "bad_message", "Invalid message")
		}
		p.send(`{"type":"subscribe","id":"s1","siteId":"site_abc123"}`)
		p.expectError("s1", "bad_message", "Invalid message")
		p.send(`{"type":"subscribe","id":"s1","topic":"realtime"}`)
		p.expectError("s1", "bad_message", "Invalid message")
		if err := p.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"ping"}`)); err != nil {
			t.Fatal(err)
		}
		p.expectError("", "bad_message", "Invalid message")

		sub("s1", "foo", "site_abc123", "")
		p.expectError("s1", "unknown_topic", "Unknown topic: foo")
		sub("s1", "stats", "site_none", "")
		p.expectError("s1", "not_found", "Site not found")
		for params, text := range map[string]string{
			`{"period":"8d"}`:                "Invalid time period",
			`{"period":{}}`:                  "period must be a string",
			`{"startDate":"yesterday"}`:      "Invalid date format",
			`{"endDate":"2026-01-01"}`:       "startDate is required when endDate is given",
			`{"interval":"minute"}`:          "Invalid interval",
			`{"limit":0}`:                    "Limit must be between 1 and 100",
			`{"limit":"x"}`:                  "Limit must be between 1 and 100",
			`{"filters":"foo"}`:              "Invalid filter: foo",
			`{"filters":"country==US;a==b"}`: "Invalid filter: a==b",
			`{"startDate":"1999-06-02","endDate":"1999-06-01"}`: "End date must be after start date",
			`{"startDate":"1998-01-01","endDate":"1999-12-01"}`: "Date range cannot exceed 366 days",
		} {
			sub("s1", "stats", "site_abc123", `,"params":`+params)
			p.expectError("s1", "invalid_params", text)
		}
		for _, detail := range []string{`"yes"`, `1`, `[]`} {
			sub("s1", "realtime", "site_none", `,"params":{"detail":`+detail+`}`) // syntax before existence
			p.expectError("s1", "invalid_params", "detail must be a boolean")
		}
		r.world.set(func(w *world) { w.denied["user_abc123"] = fmt.Errorf("wrapped: %w", ErrAccessDenied) })
		sub("s1", "stats", "site_abc123", "")
		p.expectError("s1", "forbidden", "Access denied")
		r.world.set(func(w *world) { w.denied["user_abc123"] = fmt.Errorf("database is gone") })
		sub("s1", "stats", "site_abc123", "")
		p.expectError("s1", "internal_error", "Internal server error")
		r.world.set(func(w *world) { delete(w.denied, "user_abc123") })

		p.send(`{"type":"unsubscribe","id":"s1"}`)
		p.expectError("s1", "unknown_id", "Unknown subscription id")

		p.subscribe("s1", "stats", "site_abc123", `{"limit":10,"unknown":[1],"period":null}`)
		sub("s1", "realtime", "site_abc123", "")
		p.expectError("s1", "duplicate_id", "Subscription id already in use")
		p.subscribe("s2", "realtime", "site_abc123", `{"detail":"true"}`)
		sub("s3", "realtime", "site_abc123", "")
		p.expectError("s3", "limit_reached", "Subscription limit reached")
		p.send(`{"type":"unsubscribe","id":"s1"}`)
		if f := p.expect("unsubscribed"); f.ID != "s1" || f.Reason != "client" {
			t.Errorf("got %s", f.raw)
		}
		p.subscribe("s1", "stats", "site_abc123", "")
		if got := r.metric("ztas_ws_subscriptions"); got != 2 {
			t.Errorf("%v subscriptions", got)
		}
		p.send(`{"type":"ping","nonce":"n1"}`)
		if f := p.expect("pong"); f.Nonce != "n1" || f.ServerTime != instant(time.Now()) {
			t.Errorf("got %s", f.raw)
		}
	})
}

func TestReaderFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		const subscribe = `{"type":"subscribe","id":"s1","topic":"realtime","siteId":"site_abc123"}`
		r.world.set(func(w *world) {
			w.fail = fmt.Errorf("read: %w", &analytics.Unavailable{Reason: "rebuild", RetryAfter: 2500 * time.Millisecond})
		})
		p.send(subscribe)
		if f := p.expectError("s1", "internal_error", "Internal server error"); f.RetryAfter != 3 {
			t.Errorf("got %s", f.raw)
		}
		r.world.set(func(w *world) { w.fail, w.panics = nil, true })
		p.send(subscribe)
		p.expectError("s1", "internal_error", "Internal server error")

		// A stream that fails later keeps its state and catches up by itself.
		r.world.set(func(w *world) { w.panics = false })
		m := p.subscribe("s1", "realtime", "site_abc123", "")
		r.world.set(func(w *world) {
			w.fail = fmt.Errorf("later")
			w.realtime["site_abc123"] = analytics.RealtimeReport{ActiveVisitors: 3}
		})
		r.hub.Changed("site_abc123")
		p.expectQuiet(3 * time.Second)
		r.world.set(func(w *world) { w.fail = nil })
		p.feed(m, p.expect("delta"))
		if got := m.state.(map[string]any)["activeVisitors"]; got != 3.0 {
			t.Errorf("got %v", got)
		}
	})
}

// Params can become wrong with time: an open range grows until it is too long.
func TestParamsBecomeInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01T00:00Z
		r := newPipeRig(t)
		p := r.login("good")
		p.subscribe("s1", "stats", "site_abc123", `{"startDate":"1998-12-31"}`) // 366 days in New York, where it is still December
		for {
			if f := p.nextWithin(24 * time.Hour); f.Type == "error" {
				if f.ID != "s1" || f.Code != "invalid_params" || f.Error != "Date range cannot exceed 366 days" {
					t.Errorf("got %s", f.raw)
				}
				break
			}
		}
		if got := r.metric("ztas_ws_subscriptions"); got != 0 {
			t.Errorf("%v subscriptions", got)
		}
		p.subscribe("s1", "realtime", "site_abc123", "")
	})
}

func TestBadMessagesClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good")
		for range 10 {
			p.send(`x`)
			p.expectError("", "bad_message", "Invalid message")
		}
		p.expectClose(4000)
	})
}

// A frame that breaks the rules of WebSocket closes with the contract's code, which the client hears even when it goes on sending. A client's own
// close frame is repeated as it is.
func TestUnrulyFramesClose(t *testing.T) {
	more := strings.Repeat("x", 100<<10)
	for name, c := range map[string]struct {
		sent string
		code int
	}{
		"not masked":           {"\x81\x02{}" + more, 4000},
		"a reserved bit":       {"\xc1\x82\x00\x00\x00\x00{}" + more, 4000},
		"an unknown opcode":    {"\x83\x80\x00\x00\x00\x00" + more, 4000},
		"a long control frame": {"\x89\xfe\x00\x7e\x00\x00\x00\x00" + more, 4000},
		"a bad close code":     {"\x88\x82\x00\x00\x00\x00\x03\xed", 4000}, // 1005
		"a close frame":        {"\x88\x82\x00\x00\x00\x00\x03\xea", 1002},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(r *rig, _ *[]topic) { r.cfg.CloseGrace = time.Minute })
			p := r.login("good")
			go func() { _, _ = p.conn.NetConn().Write([]byte(c.sent)) }() // the answer may come before all of it is sent
			p.expectClose(c.code)
		})
	}
}

func TestFrameTooLarge(t *testing.T) {
	r := newRig(t, func(r *rig, _ *[]topic) { r.cfg.CloseGrace = time.Minute }) // however slow the client is
	p := r.login("good")
	p.send(`{"type":"ping","nonce":"n","x":"` + strings.Repeat("y", 16<<10-34) + `"}`) // 16 KiB
	p.expect("pong")
	_ = p.conn.WriteMessage(websocket.TextMessage, make([]byte, 200<<10)) // the answer may come before all of it is sent
	p.expectClose(1009)
}

func TestFrameRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.login("good") // the first frame
		for range 119 {
			p.send(`{"type":"ping"}`)
			p.expect("pong")
		}
		time.Sleep(55 * time.Second)
		for range 19 {
			p.send(`{"type":"ping"}`)
			f := p.expectError("", "rate_limited", "Rate limit exceeded. Try again in 5 seconds.")
			if f.RetryAfter != 5 {
				t.Errorf("got %s", f.raw)
			}
		}
		time.Sleep(5 * time.Second)
		for range 120 { // the next minute; answers to the server's pings do not count
			p.send(`{"type":"ping"}`)
			p.expect("pong")
		}
		if err := p.conn.WriteControl(websocket.PongMessage, nil, time.Time{}); err != nil { // but one that nobody asked for does
			t.Fatal(err)
		}
		p.expect("error")
		for range 19 {
			p.send(`{"type":"ping"}`)
			p.expect("error")
		}
		p.expectClose(4029)
	})
}

func TestHeartbeat(t *testing.T) {
	t.Run("a silent client", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newPipeRig(t)
			p := r.connectQuiet(nil)
			var pings []time.Duration
			start := time.Now()
			p.conn.SetPingHandler(func(string) error { pings = append(pings, time.Since(start).Round(time.Second)); return nil })
			go p.read()
			p.expect("hello")
			p.send(`{"type":"auth","token":"good"}`)
			p.expect("ready")
			p.expectClose(4007)
			if d := time.Since(start); d != 60*time.Second {
				t.Errorf("closed after %v", d)
			}
			if len(pings) != 2 || pings[0] != 25*time.Second || pings[1] != 50*time.Second {
				t.Errorf("pings after %v", pings)
			}
		})
	})
	t.Run("a client that answers pings", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newPipeRig(t)
			r.login("good").expectQuiet(time.Hour)
		})
	})
	t.Run("a client that pings", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newPipeRig(t)
			p := r.connectQuiet(nil)
			pongs := make(chan string, 1)
			p.conn.SetPongHandler(func(payload string) error { pongs <- payload; return nil })
			go p.read()
			p.expect("hello")
			if err := p.conn.WriteControl(websocket.PingMessage, []byte("x"), time.Time{}); err != nil {
				t.Fatal(err)
			}
			if got := <-pongs; got != "x" {
				t.Errorf("pong %q", got)
			}
		})
	})
}

func TestRevocation(t *testing.T) {
	within := func(t *testing.T, start time.Time) {
		t.Helper()
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("took %v", d)
		}
	}
	f := func(name string, what func(w *world), check func(t *testing.T, p *peer)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t)
				r.world.addSite("site_other", "UTC")
				p := r.login("good")
				p.subscribe("s1", "stats", "site_abc123", "")
				p.subscribe("s2", "stats", "site_other", "")
				time.Sleep(100 * time.Millisecond)
				start := time.Now()
				r.world.set(what)
				check(t, p)
				within(t, start)
			})
		})
	}
	unsubscribed := func(t *testing.T, p *peer, id, reason string) {
		t.Helper()
		if f := p.expect("unsubscribed"); f.Reason != reason || id != "" && f.ID != id {
			t.Errorf("got %s", f.raw)
		}
	}
	f("lost role", func(w *world) { w.denied["user_abc123"] = ErrAccessDenied }, func(t *testing.T, p *peer) {
		unsubscribed(t, p, "", "forbidden")
		unsubscribed(t, p, "", "forbidden")
		p.send(`{"type":"unsubscribe","id":"s1"}`)
		p.expectError("s1", "unknown_id", "Unknown subscription id")
	})
	f("deleted site", func(w *world) { delete(w.sites, "site_abc123") }, func(t *testing.T, p *peer) {
		unsubscribed(t, p, "s1", "site_deleted")
	})
	f("revoked session", func(w *world) { w.ended["user_abc123"] = true }, func(t *testing.T, p *peer) { p.expectClose(4001) })
	f("an internal error takes nothing away", func(w *world) { w.denied["user_abc123"] = fmt.Errorf("database is gone") }, func(t *testing.T, p *peer) {
		p.expectQuiet(4900 * time.Millisecond)
	})
	t.Run("deleted site, seen by the stream", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newPipeRig(t)
			p := r.login("good")
			p.subscribe("s1", "stats", "site_abc123", "")
			r.world.set(func(w *world) { delete(w.sites, "site_abc123") })
			r.hub.Changed("site_abc123")
			unsubscribed(t, p, "s1", "site_deleted")
			if got := r.metric("ztas_ws_subscriptions"); got != 0 {
				t.Errorf("%v subscriptions", got)
			}
		})
	})
}

func TestPanicOfAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		p := r.connect(nil)
		p.expect("hello")
		p.send(`{"type":"auth","token":"panic"}`)
		p.expectClose(1011)
		r.login("good") // the others live on
	})
}

func TestAuthLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, func(r *rig, _ *[]topic) {
			r.deps.Limiter = limiterFunc(func(string) (time.Duration, bool) { return 7 * time.Second, false })
		})
		p := r.connect(nil)
		p.expect("hello")
		p.send(`{"type":"auth","token":"good"}`)
		p.expectError("", "rate_limited", "Rate limit exceeded. Try again in 7 seconds.")
		p.expectClose(4029)
	})
}

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t)
		quiet := r.connectQuiet(nil)
		p := r.login("good")
		p.subscribe("s1", "realtime", "site_abc123", "")
		done := make(chan error)
		go func() { done <- r.hub.Close(t.Context()) }()
		p.expectClose(1001)
		if err := <-done; err != nil { // the client that never reads is cut after its grace
			t.Error(err)
		}
		if got := r.metric("ztas_ws_clients"); got != 0 {
			t.Errorf("%v clients", got)
		}
		_ = quiet.conn.Close()
	})
}
