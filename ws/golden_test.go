package ws

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ztas-io/ztas/analytics"
)

// The files of testdata are read by the dashboard's tests too:
//
//	session.jsonl      {"from":"client"|"server","frame":…}, a conversation in order
//	session_*.jsonl    the same, of one topic each; then {"from":"state","frame":…}, the state that the client ends with
//	errors.jsonl       an error frame for each code
//	close_codes.jsonl  {"code","reason","reconnect"}
//	apply.jsonl        {"name","state","op","data","result"}, what a delta does; written by hand
var update = flag.Bool("update", false, "rewrite the golden files")

type sessionLine struct {
	From  string          `json:"from"`
	Frame json.RawMessage `json:"frame"`
}

func golden(t *testing.T, name string, lines [][]byte) {
	t.Helper()
	got := append(bytes.Join(lines, []byte("\n")), '\n')
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(mustRead(t, path)), string(got)); diff != "" {
		t.Errorf("%s differs (rewrite it with -update when the change is meant):\n%s", path, diff)
	}
}

func TestGoldenCloseCodes(t *testing.T) {
	var lines [][]byte
	for _, row := range closeCodes {
		lines = append(lines, frame(struct {
			Code      int    `json:"code"`
			Reason    string `json:"reason"`
			Reconnect string `json:"reconnect"`
		}{row.code, row.reason, row.reconnect}))
		if closeReason(row.code) != row.reason || len(row.reason) > 123 {
			t.Errorf("reason of %d", row.code)
		}
	}
	golden(t, "close_codes.jsonl", lines)
}

func TestGoldenErrors(t *testing.T) {
	var lines [][]byte
	for _, p := range []*problem{
		errBadMessage, errUnauthorized, errUnknownTopic("foo"), errParams(analytics.Invalid("Invalid time period")), errNotFound, errForbidden,
		errDuplicateID, errUnknownID, errLimit, errRateLimited(4200 * time.Millisecond), errInternal,
	} {
		id := "s1"
		if p.code == "unauthorized" || p.code == "rate_limited" {
			id = ""
		}
		lines = append(lines, failure(id, p))
	}
	golden(t, "errors.jsonl", lines)
}

// TestApplyCases runs the hand-written cases through the rules that the tests' clients follow.
func TestApplyCases(t *testing.T) {
	n := 0
	for _, line := range bytes.Split(bytes.TrimSpace(mustRead(t, "testdata/apply.jsonl")), []byte("\n")) {
		var c struct {
			Name, Op            string
			State, Data, Result any
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got, err := applyOp(c.State, c.Op, c.Data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.Result, got); diff != "" {
			t.Errorf("%s: %s", c.Name, diff)
		}
		n++
	}
	if n < 10 {
		t.Errorf("%d cases", n)
	}
}

// trigger is an item of topic alerts.
func trigger(id, at string, acknowledged bool) json.RawMessage {
	by, when := "null", "null"
	if acknowledged {
		by, when = `"user_abc123"`, `"2026-01-14T19:52:00.000Z"`
	}
	return json.RawMessage(fmt.Sprintf(`{"id":%q,"triggeredAt":%q,"metric":"pageviews","value":201,"threshold":200,"condition":"pageviews > 200",`+
		`"baseline":null,"changePercent":null,"notificationsSent":["email","slack"],"acknowledged":%t,"acknowledgedBy":%s,"acknowledgedAt":%s,`+
		`"alertId":"alert_abc123","alertName":"Traffic Spike"}`, id, at, acknowledged, by, when))
}

func TestGoldenSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(t0)) // the moment of the contract's examples
		r := newPipeRig(t)
		r.world.kept["alerts"] = []json.RawMessage{trigger("trigger_abc456", "2026-01-14T19:46:00.000Z", false)}
		r.world.tokens["good"] = Principal{UserID: "user_abc123", Expires: t0.Add(24 * time.Hour)}
		now := func(active int64, pages map[string]int64) {
			r.world.set(func(w *world) {
				w.realtime[site1] = analytics.RealtimeReport{
					ActiveVisitors: active, PageviewsLast5Min: 18, PageBreakdown: pages,
					RecentPageviews:   []analytics.RecentPageview{{Page: "/docs", Timestamp: "2026-01-15T16:29:40.557Z", Country: "FR"}},
					VisitorsPerMinute: []analytics.MinuteVisitors{{Minute: "11:30", Visitors: active}},
				}
			})
		}
		r.world.set(func(w *world) {
			w.stats[site1] = analytics.StatsReport{
				Summary:    analytics.Summary{Pageviews: 14808, UniqueVisitors: 7125, Sessions: 7654, BounceRate: 43.95, AvgSessionDuration: 98, AvgTimeOnPage: 50},
				Timeseries: []analytics.Bucket{{Date: "2026-01-15", Pageviews: 755, UniqueVisitors: 385, Sessions: 393}},
				TopPages:   []analytics.PageRow{{Path: "/", Pageviews: 5125, UniqueVisitors: 4613}}, TopReferrers: []analytics.ReferrerRow{},
				Browsers: []analytics.ShareRow{}, OperatingSystems: []analytics.ShareRow{}, Countries: []analytics.CountryRow{},
			}
		})
		var lines [][]byte
		stable := strings.NewReplacer()
		record := func(from string, raw []byte) {
			lines = append(lines, frame(sessionLine{from, json.RawMessage(stable.Replace(string(raw)))}))
		}
		var p *peer
		get := func(kind string) serverFrame {
			f := p.expect(kind)
			record("server", f.raw)
			return f
		}
		put := func(text string) {
			record("client", []byte(text))
			p.send(text)
		}
		open := func() {
			p = r.connect(nil)
			get("hello")
			put(`{"type":"auth","token":"good"}`)
			f := p.expect("ready")
			stable = strings.NewReplacer(f.ConnectionID, "c_7d1f")
			record("server", f.raw)
		}
		open()
		now(10, map[string]int64{"/docs": 5, "/signup": 1})
		put(`{"type":"subscribe","id":"s1","topic":"realtime","siteId":"site_abc123"}`)
		f := p.expect("subscribed")
		epoch := f.Epoch
		stable = strings.NewReplacer(epoch, "k3v9")
		record("server", f.raw)
		get("snapshot")
		time.Sleep(900 * time.Millisecond)
		now(9, map[string]int64{"/docs": 5})
		seq := get("delta").Seq
		_ = p.conn.Close()
		synctest.Wait()
		time.Sleep(3 * time.Second)
		now(11, map[string]int64{"/docs": 5, "/pricing": 2})
		open()
		stable = strings.NewReplacer(epoch, "k3v9")
		resume := fmt.Sprintf(`{"type":"subscribe","id":"s1","topic":"realtime","siteId":"site_abc123","resume":{"epoch":"%s","seq":%d}}`, epoch, seq)
		record("client", []byte(resume))
		p.send(resume)
		get("subscribed")
		get("delta")
		put(`{"type":"subscribe","id":"s2","topic":"stats","siteId":"site_abc123","params":{"period":"7d","limit":5}}`)
		f = p.expect("subscribed")
		stable = strings.NewReplacer(epoch, "k3v9", f.Epoch, "m2x7")
		record("server", f.raw)
		get("snapshot")
		put(`{"type":"subscribe","id":"s3","topic":"alerts","siteId":"site_abc123"}`)
		f = p.expect("subscribed")
		stable = strings.NewReplacer(f.Epoch, "q8w1")
		record("server", f.raw)
		get("snapshot")
		r.world.set(func(w *world) {
			w.kept["alerts"] = []json.RawMessage{
				trigger("trigger_xyz789", "2026-01-15T15:47:00.000Z", false), trigger("trigger_abc456", "2026-01-14T19:46:00.000Z", true),
			}
		})
		r.hub.ChangedTopic(site1, "alerts")
		get("delta")
		get("delta")
		put(`{"type":"unsubscribe","id":"s3"}`)
		get("unsubscribed")
		put(`{"type":"ping","nonce":"n1"}`)
		get("pong")
		put(`{"type":"subscribe","id":"s4","topic":"foo","siteId":"site_abc123"}`)
		get("error")
		now(0, nil)
		for {
			f := p.nextWithin(25 * time.Hour)
			if f.Type == "expiring" {
				record("server", f.raw)
				break
			}
		}
		golden(t, "session.jsonl", lines)
		for _, l := range lines {
			if bytes.Contains(l, []byte(epoch)) {
				t.Errorf("a random name is in %s", l)
			}
		}
	})
}
