package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	bench "github.com/ztas-io/ztas/bench/load"
)

// TestLoadYear fills a site with ten million events of a year, and measures P9 (what they take of the disk), P11 (how long a restart takes) and P5
// (how long a question about all of it takes while events arrive).
func TestLoadYear(t *testing.T) {
	loadPart(t, "P5", "P9", "P11")
	r := newRig(t, "TRUSTED_PROXIES=127.0.0.1")
	r.hurry()
	r.start()
	const zone = "America/New_York"
	site, token := r.site(zone)
	where, err := time.LoadLocation(zone)
	require.NoError(t, err)
	now := time.Now().In(where)
	from := time.Date(now.Year(), now.Month(), now.Day()-364, 0, 0, 0, 0, where)
	h := newHistory(t, where, from, now.Add(-time.Hour), scaled(t, 10_000_000))
	api := newClient(r.base(), token)
	began, used := time.Now(), r.cpu()
	h.fill(t.Context(), t, api, site)
	took, used := time.Since(began), r.cpu()-used
	y := &yearSite{rig: r, t: t, site: site, token: token, history: h, events: float64(h.events)}
	figure(t, "–", fmt.Sprintf("%.3g million events of a year imported over HTTP, events/s, made and sent on the same cores", y.events/1e6),
		thousands(y.events/took.Seconds())+"/s", "", "")
	figure(t, "–", "the same, events for a second of the server's CPU", thousands(y.events/used.Seconds())+"/s", "", "")
	y.requireExact()

	y.disk()
	y.restartClean()
	y.reads()
	y.restartKilled()
	y.requireExact()
}

// yearSite is the server with the year.
type yearSite struct {
	*rig
	t           *testing.T
	site, token string
	history     *history
	events      float64
	tracked     int // pageviews that came beside the history
}

// year is the question about all of it.
func (y *yearSite) year() string { return "/api/stats?period=365d&siteId=" + y.site }

// requireExact compares what the site says of the history with what was made up.
func (y *yearSite) requireExact() {
	y.t.Helper()
	var s statsReport
	y.read(y.token, y.year()+"&limit=100", &s)
	require.EqualValues(y.t, y.history.pageviews()+y.tracked, s.Summary.Pageviews)
	require.Len(y.t, s.Pages, min(100, len(y.history.views)))
	for _, p := range s.Pages {
		if n, ok := y.history.views[p.Path]; ok {
			require.EqualValues(y.t, n, p.Pageviews, p.Path)
		} else {
			require.NotZero(y.t, y.tracked, p.Path)
		}
	}
}

// disk is P9: a stopped server has nothing under way.
func (y *yearSite) disk() {
	y.stop()
	whole, log := diskUse(y.t, y.data), diskUse(y.t, filepath.Join(y.data, "log"))
	perEvent := func(n int64) string { return fmt.Sprintf("%.1f B", float64(n)/y.events) }
	figure(y.t, "P9", "disk an event after checkpoint, the whole data directory", perEvent(whole), "≤ 35 B", "≤ 18 B")
	figure(y.t, "P9", "of it the log", perEvent(log), "", "")
}

// restartClean is P11 after a stop.
func (y *yearSite) restartClean() {
	figure(y.t, "P11", "start to serving after a stop", seconds(y.startWithin(time.Minute)), "≤ 2 s", "≤ 1 s")
}

// reads is P5. Meanwhile calls that ask nothing show what the machine alone takes: the clients, the way there and back, and whoever waits for a core.
func (y *yearSite) reads() {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: 30 * time.Second}
	defer c.CloseIdleConnections()
	get := func(path string) func(ctx context.Context, _ int) error {
		return func(ctx context.Context, _ int) error { return y.get(ctx, c, path) }
	}
	ask := get(y.year())
	var times []time.Duration
	for range 6 {
		began := time.Now()
		require.NoError(y.t, ask(y.t.Context(), 0))
		times = append(times, time.Since(began))
	}
	figure(y.t, "P5", "GET /api/stats over the year, the first after a start", millis(times[0]), "", "")
	perSecond := min(50, 0.25/slices.Min(times[1:]).Seconds()) // a quarter of one core, so that a read does not wait for the one before
	measure := func(d time.Duration) (got, idle bench.Latencies) {
		var wg sync.WaitGroup
		var err, idleErr error
		wg.Go(func() { idle, idleErr = bench.OpenLoop(y.t.Context(), perSecond, d, 8, get("/api/ready")) })
		got, err = bench.OpenLoop(y.t.Context(), perSecond, d, 8, ask)
		wg.Wait()
		require.NoError(y.t, errors.Join(err, idleErr))
		return got, idle
	}
	show := func(when string, got, idle bench.Latencies) {
		what := fmt.Sprintf("GET /api/stats over the year, %.2g a second, %s", perSecond, when)
		figure(y.t, "P5", what+", p50", millis(got.Quantile(0.5)), "", "")
		figure(y.t, "P5", fmt.Sprintf("the same, p99 of %d reads", len(got)), millis(got.Quantile(0.99)), "≤ 5 ms", "≤ 1 ms")
		figure(y.t, "P5", "GET /api/ready, which computes nothing, as often meanwhile, p50", millis(idle.Quantile(0.5)), "", "")
		figure(y.t, "P5", "the same, p99", millis(idle.Quantile(0.99)), "", "")
	}
	time.Sleep(3 * time.Second) // the import ended a moment ago: what changed within two seconds is summed for each read
	got, idle := measure(10 * time.Second)
	show("nothing arrives", got, idle)
	for _, rate := range []int{1_000, 10_000} {
		const lead, length = time.Second, 20 * time.Second
		arrived := y.whileTracking(rate, lead+length+time.Second, func() {
			<-time.After(lead)
			got, idle = measure(length)
		})
		show(fmt.Sprintf("%s events/s arrive at the site", thousands(arrived)), got, idle)
	}
}

// get is a call whose answer nobody reads. One that takes too long is no error: its latency tells.
func (y *yearSite) get(ctx context.Context, c *http.Client, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, y.base()+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+y.token)
	res, err := c.Do(req)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		y.t.Logf("no answer in %v", c.Timeout)
		return nil
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// whileTracking calls f while so many events a second arrive for d, in requests of ten, and returns how many really did.
func (y *yearSite) whileTracking(perSecond int, d time.Duration, f func()) (arrived float64) {
	y.t.Helper()
	const batch, workers = 10, 16
	traffic := bench.Traffic{Site: y.site, Batch: batch, Paths: 1000, Visitors: 10_000, Variants: 64}
	ids := bench.NewIDs()
	conns, templates := make([]*bench.Conn, workers), make([][]bench.Template, workers)
	turn := make([]int, workers)
	for w := range workers {
		c, err := bench.Dial(y.addr)
		require.NoError(y.t, err)
		defer c.Close()
		conns[w], templates[w] = c, traffic.Templates(uint64(w))
	}
	var wg sync.WaitGroup
	var got bench.Latencies
	var err error
	began := time.Now()
	wg.Go(func() {
		got, err = bench.OpenLoop(y.t.Context(), float64(perSecond)/batch, d, workers, func(_ context.Context, w int) error {
			turn[w]++
			return templates[w][turn[w]%len(templates[w])].Send(conns[w], ids, trackedAnswer(batch))
		})
		arrived = float64(len(got)*batch) / time.Since(began).Seconds()
	})
	f()
	wg.Wait()
	require.NoError(y.t, err)
	y.tracked += len(got) * batch
	return arrived
}

// trackedAnswer is the only right answer to a request of new, valid events.
func trackedAnswer(events int) string {
	return fmt.Sprintf(`{"data":{"success":true,"count":%d,"duplicates":0,"rejected":[]}}`, events)
}

// restartKilled is P11 at its worst: the process is killed with about as many records in the log that no checkpoint covers as it lets come together.
// It has memory enough that nothing else asks for checkpoints.
func (y *yearSite) restartKilled() {
	const sites, batch, conns = 8, 100, 4
	y.stop()
	y.env = append(y.env, "MEMORY_LIMIT=1GiB")
	y.start()
	enough := min(900_000, int(y.events))
	api := newClient(y.base(), y.token)
	fleets := make([]*bench.Fleet, sites)
	ids := bench.NewIDs()
	for i := range fleets {
		id, err := makeSite(api, fmt.Sprintf("neighbour-%d.example.net", i), "UTC")
		require.NoError(y.t, err)
		traffic := bench.Traffic{Site: id, Batch: batch, Paths: 1000, Visitors: 10_000, Variants: 64}
		fleet, err := bench.NewFleet(y.addr, conns, traffic.Templates(uint64(i)), ids, trackedAnswer(batch))
		require.NoError(y.t, err)
		fleets[i] = fleet
	}
	var seen []int
	for n := 0; n < enough; {
		require.Less(y.t, len(seen), 400, "so many records were without a checkpoint: %v", seen)
		_, err := fleets[len(seen)%sites].Run(y.t.Context(), 250*time.Millisecond)
		require.NoError(y.t, err)
		var sys systemReport
		require.NoError(y.t, api.call(y.t.Context(), http.MethodGet, "/api/system", nil, &sys))
		n = int(sys.Log.Events)
		seen = append(seen, n)
	}
	for _, f := range fleets {
		require.NoError(y.t, f.Close())
	}
	y.kill()
	took := y.startWithin(time.Minute)
	what := fmt.Sprintf("start to serving after kill -9, %s records without a checkpoint", thousands(float64(seen[len(seen)-1])))
	figure(y.t, "P11", what, seconds(took), "≤ 2 s", "≤ 1 s")
	figure(y.t, "P11", "the same, server CPU", seconds(y.cpu()), "", "")
}
