package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	bench "github.com/ztas-io/ztas/bench/load"
)

const (
	floodRate   = 20_000 // events a second
	floodBatch  = 100
	floodHead   = 99     // values that are frequent: the k-th comes floodTop ÷ k times; a list of 100 has a row for (other)
	floodTop    = 20_000 // of a million
	floodProbes = 20     // requests a second to the neighbour, of each kind
)

// TestLoadFlood is R10: a million pageviews, each of another visitor from another campaign on another path, with a frequent head among them, reach
// one site, then as many reach a thousand. Memory must keep to its limit, totals must be exact, the head must be found, and a neighbour must not
// notice.
func TestLoadFlood(t *testing.T) {
	loadPart(t, "R10")
	f := newFlood(t)
	f.probe("before", 10*time.Second)
	f.one(scaled(t, 1_000_000))
	f.many(scaled(t, 1_000_000), scaled(t, 1000))
	f.question(scaled(t, 1_000_000))
}

// flood is a server with a neighbour site.
type flood struct {
	*rig
	t                    *testing.T
	api                  *client
	token, key           string
	zone, site, neighbor string
	busy                 atomic.Int64 // answers of 503
}

func newFlood(t *testing.T) *flood {
	r := newRig(t, "MAX_SITES_PER_USER=5000", "MEMORY_LIMIT=256MiB")
	r.hurry()
	r.start()
	f := &flood{rig: r, t: t, zone: calmZone(t)}
	f.neighbor, f.token = r.site(f.zone)
	f.api = newClient(r.base(), f.token)
	var made struct{ Key string }
	require.NoError(t, f.api.send(t.Context(), http.MethodPost, "/api/api-keys", map[string]any{"name": "flood", "scope": "write"}, &made))
	f.key = made.Key
	var err error
	f.site, err = makeSite(f.api, "flood.example.net", f.zone)
	require.NoError(t, err)
	return f
}

// appendView appends the n-th visitor's only pageview, of the value that its path and campaign name.
func appendView(body []byte, n int, value string) []byte {
	if body[len(body)-1] != '[' {
		body = append(body, ',')
	}
	return fmt.Appendf(body, `{"type":"pageview","id":"flood-%08d","path":"/p/%s","utm":{"source":"s-%s","medium":"mail","campaign":"c-%s"},`+
		`"context":{"ip":"10.%d.%d.%d","userAgent":%q}}`, n, value, value, value, n>>16&255, n>>8&255, n&255, agent)
}

// send posts n events of a site over the worker's connection; when the server is busy it comes again, and they may be known.
func (f *flood) send(ctx context.Context, c *bench.Conn, body []byte, n int) error {
	request := fmt.Appendf(nil, "POST /api/track HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", f.key, len(body), body)
	for again := false; ; again = true {
		status, answer, err := c.Exchange(request)
		switch {
		case err != nil:
			return err
		case status == http.StatusServiceUnavailable:
			f.busy.Add(1)
			if err := sleep(ctx, 100*time.Millisecond); err != nil {
				return err
			}
		case status != http.StatusOK || string(answer) != trackedAnswer(n) && !again:
			return fmt.Errorf("answer %d %s", status, answer)
		default:
			return nil
		}
	}
}

// pour sends batches by the clock; batch makes the i-th body of so many events.
func (f *flood) pour(events int, batch func(i int) (body []byte, n int)) {
	f.t.Helper()
	const workers = 8
	conns := make([]*bench.Conn, workers)
	for w := range conns {
		c, err := bench.Dial(f.addr)
		require.NoError(f.t, err)
		defer c.Close()
		conns[w] = c
	}
	numbers := make(chan int, workers)
	go func() {
		defer close(numbers)
		for i := range (events + floodBatch - 1) / floodBatch {
			select {
			case numbers <- i:
			case <-f.t.Context().Done():
				return
			}
		}
	}()
	shown := time.Now()
	seconds := time.Duration(float64(events)/floodRate*float64(time.Second)) + time.Second // a second more, so that none is left
	_, err := bench.OpenLoop(f.t.Context(), floodRate/floodBatch, seconds, workers, func(ctx context.Context, w int) error {
		i, ok := <-numbers
		if !ok {
			return nil
		}
		if w == 0 && time.Since(shown) > 10*time.Second {
			shown = time.Now()
			f.t.Logf("%s of %s events", thousands(float64(i*floodBatch)), thousands(float64(events)))
		}
		body, n := batch(i)
		return f.send(ctx, conns[w], body, n)
	})
	require.NoError(f.t, err)
	_, left := <-numbers
	require.False(f.t, left, "all are sent")
}

// one floods one site.
func (f *flood) one(distinct int) {
	values := floodValues(distinct)
	memory := watchMemory(f.rig)
	f.whileProbing(fmt.Sprintf("while %s distinct values reach one site", thousands(float64(distinct))), func() {
		f.pour(len(values), func(i int) ([]byte, int) {
			part := values[i*floodBatch : min(len(values), (i+1)*floodBatch)]
			body := fmt.Appendf(nil, `{"siteId":%q,"events":[`, f.site)
			for j, v := range part {
				body = appendView(body, i*floodBatch+j, valueName(v))
			}
			return append(body, "]}"...), len(part)
		})
	})
	figure(f.t, "R10", "requests that were told to come again meanwhile (503)", thousands(float64(f.busy.Swap(0))), "", "")
	figure(f.t, "R10", "anonymous memory at most meanwhile", mebibytes(memory.stop()), "≤ 256 MiB", "")
	began := time.Now()
	s := f.stats(f.token, f.site)
	figure(f.t, "R10", "GET /api/stats of it", seconds(time.Since(began)), "", "")
	require.EqualValues(f.t, len(values), s.Summary.Pageviews)
	require.EqualValues(f.t, len(values), s.Summary.UniqueVisitors)
	require.EqualValues(f.t, len(values), s.Summary.Sessions)
	figure(f.t, "R10", "its pageviews, visitors and sessions, share that is exact", "100 %", "100 %", "")
	pages := s.pages()
	figure(f.t, "R10", "recall of its 99 most frequent paths in the top 100, of which one is (other)", recall(pages, distinct, "/p/"), "100 %", "")
	figure(f.t, "R10", "their counts are off by at most", worst(pages, distinct, "/p/"), "", "")
}

// question is one about everything that reached the one site. It comes last, as what it takes is given back only after a while.
func (f *flood) question(distinct int) {
	memory, began := watchMemory(f.rig), time.Now()
	campaigns := f.campaigns()
	took := time.Since(began)
	figure(f.t, "R10", "recall of the 99 most frequent campaigns of the one site, by the Query API", recall(campaigns, distinct, "c-"), "100 %", "")
	figure(f.t, "R10", "that question took", seconds(took), "", "")
	figure(f.t, "R10", "anonymous memory at most meanwhile", mebibytes(memory.stop()), "≤ 256 MiB", "")
}

// campaigns asks for the visitors of the campaigns, once, and waits for two minutes; none when there is no answer.
func (f *flood) campaigns() map[string]int64 {
	f.t.Helper()
	var answer struct {
		Results []struct {
			Campaign string `json:"utm_campaign"`
			Visitors int64
		}
	}
	patient := newClient(f.base(), f.token)
	patient.http.Timeout = 2 * time.Minute
	err := patient.once(f.t.Context(), http.MethodGet, "/api/stats-api?"+url.Values{
		"site_id": {f.site}, "period": {"day"}, "property": {"utm_campaign"}, "metrics": {"visitors"}, "limit": {"100"},
	}.Encode(), nil, &answer)
	if err != nil {
		f.t.Logf("no answer about campaigns: %v", err)
	}
	campaigns := make(map[string]int64)
	for _, c := range answer.Results {
		campaigns[c.Campaign] = c.Visitors
	}
	return campaigns
}

// many floods a thousand sites.
func (f *flood) many(distinct, sites int) {
	ids := make([]string, sites)
	atOnce(f.t, sites, func(i int) (err error) {
		ids[i], err = makeSite(f.api, fmt.Sprintf("f%d.example.net", i), f.zone)
		return err
	})
	memory := watchMemory(f.rig)
	counts := make([]int64, sites)
	batches := distinct / floodBatch
	for i := range batches {
		counts[i%sites] += floodBatch
	}
	f.whileProbing(fmt.Sprintf("while as many reach %s sites", thousands(float64(sites))), func() {
		f.pour(batches*floodBatch, func(i int) ([]byte, int) {
			body := fmt.Appendf(nil, `{"siteId":%q,"events":[`, ids[i%sites])
			for j := range floodBatch {
				n := 1<<23 + i*floodBatch + j
				body = appendView(body, n, fmt.Sprint(n))
			}
			return append(body, "]}"...), floodBatch
		})
	})
	most := memory.stop()
	figure(f.t, "R10", "requests that were told to come again meanwhile (503)", thousands(float64(f.busy.Swap(0))), "", "")
	for i, id := range ids {
		s := f.stats(f.token, id)
		require.Equal(f.t, counts[i], s.Summary.Pageviews, "site %d", i)
		require.Equal(f.t, counts[i], s.Summary.UniqueVisitors, "site %d", i)
	}
	figure(f.t, "R10", fmt.Sprintf("totals of %s sites, share that is exact", thousands(float64(sites))), "100 %", "100 %", "")
	figure(f.t, "R10", "anonymous memory at most meanwhile", mebibytes(most), "≤ 256 MiB", "")
}

// headCount is how often the k-th frequent value comes, from 1.
func headCount(distinct, k int) int { return max(1, int(float64(floodTop)*float64(distinct)/1e6)/k) }

// valueName is a value as paths and campaigns have it.
func valueName(v int) string {
	if v <= floodHead {
		return fmt.Sprintf("head-%d", v)
	}
	return fmt.Sprint(v)
}

// floodValues is what comes, in its order: 1 to floodHead are frequent, every other number comes once.
func floodValues(distinct int) []int {
	var values []int
	for k := 1; k <= floodHead; k++ {
		for range headCount(distinct, k) {
			values = append(values, k)
		}
	}
	for v := range distinct {
		values = append(values, floodHead+1+v)
	}
	rand.New(rand.NewPCG(12, 1)).Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return values
}

// recall is the share of the frequent values that are among the counted ones.
func recall(counted map[string]int64, distinct int, prefix string) string {
	found := 0
	for k := 1; k <= floodHead; k++ {
		if _, ok := counted[prefix+valueName(k)]; ok {
			found++
		}
	}
	return fmt.Sprintf("%d %%", 100*found/floodHead)
}

// worst is by how much a count of a frequent value is wrong at most, as a share of it.
func worst(counted map[string]int64, distinct int, prefix string) string {
	most := 0.0
	for k := 1; k <= floodHead; k++ {
		want := float64(headCount(distinct, k))
		if got, ok := counted[prefix+valueName(k)]; ok {
			most = max(most, max(want-float64(got), float64(got)-want)/want)
		}
	}
	return fmt.Sprintf("%.1f %%", 100*most)
}

// whileProbing calls f and measures the neighbour meanwhile.
func (f *flood) whileProbing(when string, during func()) {
	f.t.Helper()
	ctx, stop := context.WithCancel(f.t.Context())
	done := make(chan error, 1)
	var got bench.Latencies
	go func() {
		var err error
		got, err = f.ask(ctx, time.Hour)
		done <- err
	}()
	during()
	stop()
	err := <-done
	if !errors.Is(err, context.Canceled) {
		require.NoError(f.t, err)
	}
	f.showProbe(when, got)
}

// probe measures the neighbour for d.
func (f *flood) probe(when string, d time.Duration) {
	f.t.Helper()
	got, err := f.ask(f.t.Context(), d)
	require.NoError(f.t, err)
	f.showProbe(when, got)
}

func (f *flood) showProbe(when string, got bench.Latencies) {
	f.t.Helper()
	require.Greater(f.t, len(got), 20)
	figure(f.t, "R10", "track and stats of another site, "+when+", p50", millis(got.Quantile(0.5)), "", "")
	figure(f.t, "R10", "p99", millis(got.Quantile(0.99)), "≤ 100 ms", "")
}

// ask sends the neighbour pageviews and reads its statistics, in turn, by the clock.
func (f *flood) ask(ctx context.Context, d time.Duration) (bench.Latencies, error) {
	c := &client{base: f.base(), token: f.token, http: f.http}
	return bench.OpenLoop(ctx, floodProbes, d, 4, func(ctx context.Context, worker int) error {
		if worker%2 == 0 {
			return c.call(ctx, http.MethodGet, "/api/stats?period=7d&siteId="+f.neighbor, nil, nil)
		}
		answer, err := f.insist(encode(map[string]any{"siteId": f.neighbor, "type": "pageview", "path": "/quiet"}), agent)
		if err == nil && answer.Count != 1 {
			err = fmt.Errorf("answer %+v", answer)
		}
		return err
	})
}
