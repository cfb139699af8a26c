package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/ztas-io/ztas/bench/load"
)

var liveRates = []int{2_000, 10_000} // events/s that arrive meanwhile

const (
	liveSenders = 4  // connections of the background
	livePaths   = 60 // fewer than the 100 that pageBreakdown shows, so that a marker's page is always among them
	walkers     = 4  // visitors who go from marker to marker
	markers     = 40 // pages that each walker visits
	markerTime  = 10 * time.Second
)

// liveResult is the time from sending a pageview to the delta that shows it.
type liveResult struct {
	wanted    int     // events/s
	reached   float64 // events/s
	latencies []time.Duration
	deltas    int64
}

// measureLive sends pageviews to the server and looks for marked ones in the deltas of topic realtime: a walker is an active visitor who
// counts under the last page visited, so each new page of a walker is a key that was not there.
func measureLive(ctx context.Context, o options, work string, rate int) (result liveResult, err error) {
	result.wanted = rate
	server, err := startProduct(ctx, o, work, fmt.Sprintf("live-%d", rate), anyCore)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	socket, err := server.subscribe(ctx)
	if err != nil {
		return result, err
	}
	ids := load.NewIDs()
	seen := make([]chan string, walkers)
	for n := range seen {
		seen[n] = make(chan string, markers+1)
	}
	group, groupCtx := errgroup.WithContext(ctx)
	walking, finished := context.WithCancel(groupCtx)
	defer finished()
	group.Go(func() error { return readDeltas(socket, seen, walking, &result.deltas) })
	traffic := load.Traffic{Site: server.site, Batch: batchSize, Paths: livePaths, Visitors: visitors, Variants: 64}
	templates := traffic.Templates(3)
	var sent atomic.Int64
	started := time.Now()
	for n := range liveSenders {
		group.Go(func() error {
			every := time.Second * batchSize * liveSenders / time.Duration(rate)
			return sendSteadily(walking, server.addr, templates[n*16:(n+1)*16], ids, every, &sent)
		})
	}
	group.Go(func() error {
		defer socket.Close()
		defer finished()
		walks, walkCtx := errgroup.WithContext(groupCtx)
		times := make([][]time.Duration, walkers)
		for n := range walkers {
			walks.Go(func() (err error) {
				times[n], err = walk(walkCtx, server, n, ids, seen[n])
				return err
			})
		}
		err := walks.Wait()
		result.reached = float64(sent.Load()) / time.Since(started).Seconds()
		result.latencies = slices.Concat(times...)
		return err
	})
	if err := group.Wait(); err != nil {
		return result, err
	}
	slices.Sort(result.latencies)
	say("live delivery: %.0f events/s, %d markers, p50 %s, p99 %s, %d deltas", result.reached, len(result.latencies),
		result.quantile(0.5).Round(time.Millisecond), result.quantile(0.99).Round(time.Millisecond), result.deltas)
	return result, server.checkCount(ctx, sent.Load()+walkers*(markers+1))
}

// quantile is the smallest latency that at least the share q of all does not exceed.
func (r liveResult) quantile(q float64) time.Duration {
	n := int(float64(len(r.latencies))*q+0.999999) - 1
	return r.latencies[min(max(n, 0), len(r.latencies)-1)]
}

// subscribe opens a WebSocket and reads up to the snapshot of topic realtime.
func (p *product) subscribe(ctx context.Context) (*websocket.Conn, error) {
	header := http.Header{"Authorization": {"Bearer " + p.token}}
	socket, res, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+p.addr+"/ws", header)
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	res.Body.Close()
	if err := socket.WriteJSON(map[string]string{"type": "subscribe", "id": "s1", "topic": "realtime", "siteId": p.site}); err != nil {
		return nil, errors.Join(fmt.Errorf("subscribe: %w", err), socket.Close())
	}
	for {
		var frame struct{ Type, Error string }
		switch err := socket.ReadJSON(&frame); {
		case err != nil:
			return nil, errors.Join(fmt.Errorf("subscribe: %w", err), socket.Close())
		case frame.Type == "error":
			return nil, errors.Join(fmt.Errorf("subscribe: %s", frame.Error), socket.Close())
		case frame.Type == "snapshot":
			return socket, nil
		}
	}
}

// readDeltas tells each walker of the pages that appear, until the walk is over and the socket closed.
func readDeltas(socket *websocket.Conn, seen []chan string, walking context.Context, deltas *int64) error {
	for {
		var frame struct {
			Type string
			Data struct {
				PageBreakdown map[string]*int64 `json:"pageBreakdown"`
			}
		}
		_, text, err := socket.ReadMessage()
		if err != nil {
			if walking.Err() != nil {
				return nil
			}
			return fmt.Errorf("read delta: %w", err)
		}
		if err := json.Unmarshal(text, &frame); err != nil {
			return fmt.Errorf("read delta: %w", err)
		}
		if frame.Type == "delta" {
			*deltas++
		}
		for page, count := range frame.Data.PageBreakdown {
			var walker, step int
			if _, err := fmt.Sscanf(page, "/marker/%d/%d", &walker, &step); err == nil && count != nil && walker < len(seen) {
				seen[walker] <- page
			}
		}
	}
}

// walk visits one page after another, each a random while after the last one was seen, so that the visits do not fall in step with the deltas.
func walk(ctx context.Context, p *product, walker int, ids *load.IDs, seen <-chan string) ([]time.Duration, error) {
	conn, err := load.Dial(p.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return nil, fmt.Errorf("set deadline: %w", err)
	}
	var times []time.Duration
	for step := range markers + 1 {
		page := fmt.Sprintf("/marker/%d/%d", walker, step)
		visit := load.NewTemplate(fmt.Sprintf("198.51.100.%d", walker+1), "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
			load.PageviewBody(p.site, page), 1)
		if err := pause(ctx, time.Duration(rand.Int64N(int64(120*time.Millisecond)))); err != nil {
			return nil, err
		}
		sent := time.Now()
		if err := visit.Send(conn, ids, answerOf(1)); err != nil {
			return nil, err
		}
		if err := await(ctx, seen, page); err != nil {
			return nil, err
		}
		if step > 0 { // the first is for warming up
			times = append(times, time.Since(sent))
		}
	}
	return times, nil
}

func await(ctx context.Context, seen <-chan string, page string) error {
	timer := time.NewTimer(markerTime)
	defer timer.Stop()
	for {
		select {
		case got := <-seen:
			if got == page {
				return nil
			}
		case <-timer.C:
			return fmt.Errorf("%s was not seen within %s", page, markerTime)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sendSteadily sends a batch at each beat until ctx ends.
func sendSteadily(ctx context.Context, addr string, templates []load.Template, ids *load.IDs, every time.Duration, sent *atomic.Int64) error {
	conn, err := load.Dial(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	beat := time.NewTicker(every)
	defer beat.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
		}
		t := &templates[i%len(templates)]
		if err := t.Send(conn, ids, answerOf(t.Events)); err != nil {
			return err
		}
		sent.Add(int64(t.Events))
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
