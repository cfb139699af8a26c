package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	bench "github.com/ztas-io/ztas/bench/load"
)

const (
	overloadBatch = 500
	overloadConns = 600 // bodies of 240 are as much as one site may have under way
	overloadTime  = 60 * time.Second
	askedAgain    = 1000 // acknowledged requests that are sent again
)

// TestLoadOverload is R11: for a minute a site gets ten times the events that the server can take. What it cannot take it must refuse with 503 and a
// time to come again; what it acknowledged it must know; and after five seconds it must be as before.
func TestLoadOverload(t *testing.T) {
	loadPart(t, "R11")
	r := newRig(t, "GOMAXPROCS=1") // the generator needs a core
	r.hurry()
	r.start()
	site, token := r.site(calmZone(t))
	o := newOverload(r, site)
	capacity := o.capacity(5 * time.Second)
	v := newVisitors(r, o.other(token), 8)
	before := v.visit(5 * time.Second)

	o.run(10*capacity, time.Duration(scaled(t, int(overloadTime))))
	recovered := o.recovery(max(100*time.Millisecond, 4*before.Quantile(0.99)))
	o.check(token)

	lasted := o.lasted.Seconds()
	offered, acked := float64(o.offered.Load())*overloadBatch, float64(o.acked())*overloadBatch
	t.Logf("capacity %.0f events/s; offered %.0f requests, not offered for want of a connection %d, 200: %d, 503: %d, 429: %d; most memory %s; events/s taken %.0f",
		capacity, float64(o.offered.Load()), o.unoffered.Load(), o.acked(), o.refused[1].Load(), o.refused[0].Load(), mebibytes(o.memory), acked/lasted)
	what := fmt.Sprintf("overload for %.0f s", lasted)
	figure(t, "R11", what+": events offered ÷ events that it takes alone", fmt.Sprintf("%.1f", offered/lasted/capacity), "", "")
	figure(t, "R11", what+": answers that are neither success nor 429 or 503 with Retry-After", strconv.FormatInt(o.wrong.Load(), 10), "≤ 0", "")
	figure(t, "R11", what+": events taken ÷ events that it takes alone", fmt.Sprintf("%.2f", acked/lasted/capacity), "", "")
	figure(t, "R11", what+": acknowledged and not known", strconv.FormatInt(o.lost, 10), "≤ 0", "")
	figure(t, "R11", what+": dead letters", fmt.Sprintf("%.0f", r.metrics()["ztas_actors_dead_letters_total"]), "≤ 0", "")
	figure(t, "R11", what+": as before after", seconds(recovered), "≤ 5 s", "")
	figure(t, "R11", what+": memory at most", mebibytes(o.memory), "", "")
}

// overload sends batches by the clock and remembers what was acknowledged.
type overload struct {
	*rig
	site      string
	ids       *bench.IDs
	conns     []*bench.Conn
	requests  []bench.Template // one a connection
	first     [][]uint64       // ids of acknowledged requests, by connection: what a request says beside its ids is the connection's
	offered   atomic.Int64     // requests
	unoffered atomic.Int64
	refused   [2]atomic.Int64 // by 429 and 503
	wrong     atomic.Int64
	extra     int64 // events that the site got besides
	lost      int64
	lasted    time.Duration
	memory    int64 // bytes, the most that was seen
}

func newOverload(r *rig, site string) *overload {
	r.t.Helper()
	o := &overload{rig: r, site: site, ids: bench.NewIDs(), first: make([][]uint64, overloadConns)}
	traffic := bench.Traffic{Site: site, Batch: overloadBatch, Paths: 60, Visitors: overloadConns, Variants: overloadConns}
	o.requests = traffic.Templates(1)
	return o
}

// connect opens the connections, as late as possible: the server ends those that say nothing.
func (o *overload) connect() {
	o.t.Helper()
	for range overloadConns {
		c, err := bench.Dial(o.addr)
		require.NoError(o.t, err)
		o.t.Cleanup(func() { _ = c.Close() })
		o.conns = append(o.conns, c)
	}
}

// other makes a site that is not overloaded.
func (o *overload) other(token string) string {
	o.t.Helper()
	var made struct{ ID string }
	require.NoError(o.t, newClient(o.base(), token).send(o.t.Context(), http.MethodPost, "/api/sites", map[string]string{"domain": "other.example.net"}, &made))
	return made.ID
}

// capacity is how many events a second the server takes from a few clients that wait for their answers.
func (o *overload) capacity(d time.Duration) float64 {
	o.t.Helper()
	fleet, err := bench.NewFleet(o.addr, 8, o.requests, o.ids, trackedAnswer(overloadBatch))
	require.NoError(o.t, err)
	defer fleet.Close()
	result, err := fleet.Run(o.t.Context(), d)
	require.NoError(o.t, err)
	o.extra += result.Events
	return float64(result.Events) / result.Elapsed.Seconds()
}

// run offers so many events a second. A request that is due while every connection waits for an answer is not offered: the clients are as many as
// there are connections.
func (o *overload) run(perSecond float64, d time.Duration) {
	o.t.Helper()
	o.connect()
	var next atomic.Int64
	var workers sync.WaitGroup
	every := time.Duration(float64(time.Second) * overloadBatch / perSecond)
	start := time.Now()
	for w := range o.conns {
		workers.Go(func() {
			require.NoError(o.t, o.conns[w].SetDeadline(start.Add(d+time.Minute)))
			for {
				due := start.Add(time.Duration(next.Add(1)) * every)
				if due.Sub(start) > d {
					return
				}
				if late := time.Since(due); late < 0 {
					<-time.After(-late)
				} else if late > time.Second { // the clients cannot keep up: these never came
					o.unoffered.Add(1)
					continue
				}
				o.offer(w)
			}
		})
	}
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			o.memory = max(o.memory, o.anonymous())
		case <-done:
			o.lasted = time.Since(start)
			return
		}
	}
}

// offer sends a request of a connection with new ids and books the answer.
func (o *overload) offer(w int) {
	first := o.ids.Take(overloadBatch)
	status, body, err := o.requests[w].Post(o.conns[w], first)
	o.offered.Add(1)
	again, _ := strconv.Atoi(o.conns[w].Header("Retry-After"))
	switch {
	case err == nil && status == http.StatusOK && string(body) == trackedAnswer(overloadBatch):
		o.first[w] = append(o.first[w], first)
	case err == nil && status == http.StatusTooManyRequests && again > 0:
		o.refused[0].Add(1)
	case err == nil && status == http.StatusServiceUnavailable && again > 0:
		o.refused[1].Add(1)
	default:
		if o.wrong.Add(1) <= 3 {
			o.t.Logf("answer %d %.200s, %v", status, body, err)
		}
	}
}

// acked counts the acknowledged requests.
func (o *overload) acked() (n int64) {
	for _, ids := range o.first {
		n += int64(len(ids))
	}
	return n
}

// recovery sends single pageviews for a while and tells when the last one was sent that was refused or took longer than usual.
func (o *overload) recovery(usual time.Duration) (last time.Duration) {
	o.t.Helper()
	var mu sync.Mutex
	v, began := newVisitors(o.rig, o.site, 16), time.Now()
	_, err := bench.OpenLoop(o.t.Context(), 100, 15*time.Second, len(v.conns), func(_ context.Context, w int) error {
		sent := time.Now()
		status, _, err := v.views[w].Post(v.conns[w], v.ids.Take(1))
		took := time.Since(sent)
		mu.Lock()
		defer mu.Unlock()
		if status == http.StatusOK {
			o.extra++
		}
		if status != http.StatusOK || took > usual {
			last = max(last, sent.Add(took).Sub(began))
		}
		return err
	})
	require.NoError(o.t, err)
	return last
}

// check sends acknowledged requests again, whose every event must be known, and compares totals: at least what was acknowledged, at most what was
// sent.
func (o *overload) check(token string) {
	o.t.Helper()
	for range askedAgain {
		w := rand.IntN(len(o.conns))
		if len(o.first[w]) == 0 {
			continue
		}
		require.NoError(o.t, o.conns[w].SetDeadline(time.Now().Add(time.Minute)))
		status, body, err := o.requests[w].Post(o.conns[w], o.first[w][rand.IntN(len(o.first[w]))])
		require.NoError(o.t, err)
		if known := fmt.Sprintf(`{"data":{"success":true,"count":%d,"duplicates":%[1]d,"rejected":[]}}`, overloadBatch); string(body) != known {
			o.lost += overloadBatch
			o.t.Errorf("acknowledged, sent again: %d %s", status, body)
		}
	}
	s := o.stats(token, o.site)
	s.requireSums(o.t)
	least := o.extra + o.acked()*overloadBatch
	most := least + (o.refused[0].Load()+o.refused[1].Load()+o.wrong.Load())*overloadBatch
	o.lost += max(0, least-s.Summary.Pageviews)
	require.LessOrEqual(o.t, s.Summary.Pageviews, most, "pageviews of requests that were sent")
	m := o.metrics()
	require.Equal(o.t, m["ztas_ingest_received_events_total"], m["ztas_ingest_events_total"]+m["ztas_ingest_duplicate_events_total"]+
		m["ztas_ingest_dropped_events_total"]+m["ztas_ingest_rejected_events_total"], "V1")
}

// visitors send single pageviews by the clock, each over a connection that stays open.
type visitors struct {
	rig   *rig
	conns []*bench.Conn
	views []bench.Template
	ids   *bench.IDs
}

// visitRate is how many pageviews a second visitors send.
const visitRate = 200

func newVisitors(r *rig, site string, connections int) *visitors {
	r.t.Helper()
	v := &visitors{rig: r, ids: bench.NewIDs()}
	for w := range connections {
		c, err := bench.Dial(r.addr)
		require.NoError(r.t, err)
		r.t.Cleanup(func() { _ = c.Close() })
		v.conns = append(v.conns, c)
		v.views = append(v.views, bench.NewTemplate(fmt.Sprintf("198.51.100.%d", w+1), agent, bench.PageviewBody(site, fmt.Sprintf("/page/%d", w)), 1))
	}
	return v
}

// visit sends for a while; every pageview must be stored.
func (v *visitors) visit(d time.Duration) bench.Latencies {
	v.rig.t.Helper()
	took, err := bench.OpenLoop(v.rig.t.Context(), visitRate, d, len(v.conns), func(_ context.Context, w int) error {
		if err := v.conns[w].SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			return err
		}
		return v.views[w].Send(v.conns[w], v.ids, trackedAnswer(1))
	})
	require.NoError(v.rig.t, err)
	return took
}
