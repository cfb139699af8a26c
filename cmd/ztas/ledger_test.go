package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// request is one POST /api/track as a client remembers it, so that it can send the same again.
type request struct {
	body      []byte
	userAgent string
	valid     int              // events that pass validation
	repeated  int              // of them, with the id of an earlier one in the body
	rejected  int              // events that do not
	views     map[string]int64 // pageviews that it adds when it is stored, by path
	once      bool             // it has no ids, or is a bot's: sent again it counts again
	bot       bool
}

var (
	agents = []string{
		agent,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
	}
	botAgent  = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	referrers = []string{"", "https://google.com/", "https://partner.example.net/x", "https://t.co/abc"}
)

const anonymousPath = "/without-id"

// newRequest makes up what client n sends as its i-th request: mostly events with ids, alone or up to 50 in a batch; some repeat an id, some are
// not valid, a few requests have no id or come from a bot.
func newRequest(rng *rand.Rand, site, client string, i int) request {
	q := request{userAgent: agents[rng.IntN(len(agents))], views: map[string]int64{}}
	if kind := rng.IntN(20); kind < 2 {
		q.once, q.valid, q.bot = true, 1, kind == 0
		if q.bot {
			q.userAgent = botAgent
		} else {
			q.views[anonymousPath] = 1
		}
		q.body = encode(map[string]any{"siteId": site, "type": "pageview", "path": anonymousPath})
		return q
	}
	n := 1
	if rng.IntN(2) == 0 {
		n = 2 + rng.IntN(49)
	}
	var events []map[string]any
	for e := range n {
		path := fmt.Sprintf("/page/%d", rng.IntN(40))
		event := map[string]any{
			"siteId": site, "id": fmt.Sprintf("%s-%d-%d", client, i, e), "type": "pageview", "path": path,
			"sessionId": fmt.Sprintf("tab-%d", rng.IntN(30)), "referrer": referrers[rng.IntN(len(referrers))],
		}
		q.valid++
		switch rng.IntN(12) {
		case 0:
			event["type"], event["action"], event["value"] = "event", "signup", 2.5
		case 1:
			event["type"], event["timeOnPage"] = "engagement", 12
		case 2:
			event["type"] = "heartbeat"
		default:
			q.views[path]++
		}
		events = append(events, event)
	}
	if n == 1 {
		q.body = encode(events[0])
		return q
	}
	if rng.IntN(4) == 0 { // the first of two events with one id counts
		events = append(events, map[string]any{"id": events[0]["id"], "type": "pageview", "path": "/second"})
		q.valid, q.repeated = q.valid+1, 1
	}
	if rng.IntN(4) == 0 {
		events = append(events, map[string]any{"type": "nonsense", "path": "/never"})
		q.rejected = 1
	}
	q.body = encode(map[string]any{"siteId": site, "events": events})
	return q
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// ledger is what the clients know about the server: what was acknowledged, and what may or may not be stored. Safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	acked   map[string]int64 // pageviews by path
	perhaps map[string]int64 // pageviews by path of requests without an answer
	bots    [2]int64         // hits of bots: acknowledged, perhaps
	events  int64            // acknowledged, without what was repeated
	lost    int64            // acknowledged events that the server did not know when they came again
	doubled int64            // pageviews counted that were never sent, or once too often
	resent  int64            // events
	wrong   []string         // answers that were not as they must be
	keep    bool             // what may be sent again is kept
	kept    []request        // acknowledged, with ids, in that order
}

func newLedger() *ledger {
	return &ledger{acked: map[string]int64{}, perhaps: map[string]int64{}}
}

// await blocks until so many events are acknowledged.
func (l *ledger) await(t *testing.T, events int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.events >= events
	}, 2*time.Minute, 5*time.Millisecond, "%d events acknowledged", events)
}

// sent books a request's outcome; known tells that it was acknowledged before.
func (l *ledger) sent(q request, a trackAnswer, err error, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil && !known:
		add(l.perhaps, q.views, 1)
		if q.bot {
			l.bots[1]++
		}
		return
	case err != nil:
		return
	}
	if a.Status != 200 || a.Count != q.valid || len(a.Rejected) != q.rejected {
		l.wrong = append(l.wrong, fmt.Sprintf("%s answered %+v", q.body, a))
		return
	}
	if known {
		l.resent += int64(q.valid)
		l.lost += int64(q.valid - a.Duplicates)
		return
	}
	l.events += int64(q.valid - q.repeated)
	add(l.acked, q.views, 1)
	if q.bot {
		l.bots[0]++
	}
	if l.keep && !q.once {
		l.kept = append(l.kept, q)
	}
}

// settled books that a request without an answer is acknowledged now.
func (l *ledger) settled(q request, a trackAnswer, err error) {
	l.mu.Lock()
	add(l.perhaps, q.views, -1)
	l.mu.Unlock()
	l.sent(q, a, err, false)
}

// check compares what the server counts with the ledger: at least what was acknowledged, at most what was sent. The caller is alone.
func (l *ledger) check(r *rig, s statsReport) {
	r.t.Helper()
	got := s.pages()
	for path, n := range got {
		if most := l.acked[path] + l.perhaps[path]; n > most {
			l.doubled += n - most
			r.t.Errorf("%s counts %d pageviews of %d", path, n, most)
		}
	}
	for path, n := range l.acked {
		if got[path] < n {
			l.lost += n - got[path]
			r.t.Errorf("%s counts %d pageviews, %d are acknowledged", path, got[path], n)
		}
	}
	if n := s.Filtered.Bot.Total; n < l.bots[0] || n > l.bots[0]+l.bots[1] {
		r.t.Errorf("%d hits of bots are counted, of %d to %d", n, l.bots[0], l.bots[0]+l.bots[1])
	}
	require.Empty(r.t, l.wrong)
	require.Zero(r.t, l.lost, "acknowledged events lost (V2)")
	require.Zero(r.t, l.doubled, "events counted twice (V3)")
}

func add(to, from map[string]int64, sign int64) {
	for path, n := range from {
		to[path] += sign * n
	}
}
