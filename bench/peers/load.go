package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/bench/load"
)

// way is one way to hand in a hit.
type way struct {
	name     string
	product  product
	requests func(n int) []request
	status   int    // of the only right answer
	body     string // of the only right answer; "" takes any
	closes   bool   // every hit needs a connection of its own
	promise  string // what the answer means
}

// result is what a run did.
type result struct {
	answered int64
	refused  int64 // answers 429 and 5xx: the hit was not taken
	elapsed  time.Duration
	waits    []time.Duration // of every request, ascending
}

func (r result) rate() float64 { return float64(r.answered) / r.elapsed.Seconds() }

// quantile returns the wait that a share q of the requests did not exceed.
func quantile(ascending []time.Duration, q float64) time.Duration {
	if len(ascending) == 0 {
		return 0
	}
	return ascending[min(int(q*float64(len(ascending))), len(ascending)-1)]
}

// stamps hands out numbers that no two requests share.
var stamps = func() *atomic.Uint64 {
	var n atomic.Uint64
	n.Store(uint64(time.Now().UnixNano()))
	return &n
}()

// send is a closed loop: a number of connections, each of which sends its next request when the answer to the last one is there, for a time.
// pace is the least time between two requests of one connection. The first wrong answer ends the run with its error.
func (w way) send(ctx context.Context, connections int, d, pace time.Duration) (result, error) {
	var over atomic.Bool
	stop := context.AfterFunc(ctx, func() { over.Store(true) })
	defer stop()
	timer := time.AfterFunc(d, func() { over.Store(true) })
	defer timer.Stop()
	all := w.requests(variants * connections)
	waits, errs := make([][]time.Duration, connections), make([]error, connections)
	var refused atomic.Int64
	var group sync.WaitGroup
	started := time.Now()
	for n := range connections {
		group.Go(func() {
			s := sender{way: w, addr: w.product.server().addr, requests: all[n*variants : (n+1)*variants], pace: pace, refused: &refused}
			waits[n], errs[n] = s.run(&over)
			if errs[n] != nil {
				over.Store(true)
			}
		})
	}
	group.Wait()
	r := result{elapsed: time.Since(started), refused: refused.Load()}
	for n := range connections {
		if errs[n] != nil {
			return r, fmt.Errorf("%s: %w", w.name, errs[n])
		}
		r.waits = append(r.waits, waits[n]...)
	}
	r.answered = int64(len(r.waits))
	slices.Sort(r.waits)
	return r, ctx.Err()
}

const (
	variants   = 16 // different requests of one connection
	answerTime = 60 * time.Second
)

// sender is one connection's loop.
type sender struct {
	way
	addr     string
	requests []request
	pace     time.Duration
	refused  *atomic.Int64
	conn     *load.Conn
}

func (s *sender) run(over *atomic.Bool) (waits []time.Duration, err error) {
	defer func() {
		if s.conn != nil {
			s.conn.Close()
		}
	}()
	waits = make([]time.Duration, 0, 1<<12)
	for i := 0; i == 0 || !over.Load(); i++ {
		r := &s.requests[i%len(s.requests)]
		r.stamp(stamps.Add(1))
		sent := time.Now()
		taken, err := s.exchange(r.bytes)
		if err != nil {
			return waits, err
		}
		wait := time.Since(sent)
		if taken {
			waits = append(waits, wait)
		} else {
			s.refused.Add(1)
		}
		if s.pace > wait {
			time.Sleep(s.pace - wait)
		}
	}
	return waits, nil
}

// exchange sends a request. taken is false if the server said that it did not take the hit.
func (s *sender) exchange(request []byte) (taken bool, err error) {
	if s.conn == nil {
		if s.conn, err = load.Dial(s.addr); err != nil {
			return false, err
		}
	}
	if err := s.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return false, fmt.Errorf("set deadline: %w", err)
	}
	status, body, err := s.conn.Exchange(request)
	if err != nil {
		return false, err
	}
	taken = status != http.StatusTooManyRequests && status < http.StatusInternalServerError
	if taken && (status != s.status || s.body != "" && string(body) != s.body) {
		return false, fmt.Errorf("answer %d %.200q, expected %d %q", status, body, s.status, s.body)
	}
	if s.closes {
		err, s.conn = s.conn.Close(), nil
	}
	return taken, err
}

// stampMark stands in a request where its number goes: 16 hexadecimal digits.
const stampMark = "################"

// request is a request that can be sent any number of times, with another number each time.
type request struct {
	bytes []byte
	at    int // where the number goes; -1: nowhere
}

func newRequest(head, body string) request {
	if body != "" {
		head += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	text := []byte(head + "\r\n" + body)
	return request{text, bytes.Index(text, []byte(stampMark))}
}

func (r *request) stamp(n uint64) {
	if r.at >= 0 {
		copy(r.bytes[r.at:], fmt.Appendf(nil, "%016x", n))
	}
}
