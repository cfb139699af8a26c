package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// IDs hands out event ids: numbers from a start of the run's own on. Safe for concurrent use.
type IDs struct{ next atomic.Uint64 }

// NewIDs starts at the time of day, so that two runs against one site do not meet.
func NewIDs() *IDs {
	ids := new(IDs)
	ids.next.Store(uint64(time.Now().UnixNano()))
	return ids
}

// Take returns the first of n ids in a row.
func (i *IDs) Take(n int) uint64 { return i.next.Add(uint64(n)) - uint64(n) }

// Send gives the request new ids and sends it over the connection; any answer but 200 with the body want is an error.
func (t *Template) Send(c *Conn, ids *IDs, want string) error {
	t.stamp(ids.Take(len(t.ids)))
	status, body, err := c.Exchange(t.Bytes)
	if err != nil {
		return err
	}
	if status != http.StatusOK || string(body) != want {
		return fmt.Errorf("answer %d %.200q, expected 200 %q", status, body, want)
	}
	return nil
}

// Post gives the request the ids from first on, which may be those of an earlier call, and returns what Exchange does.
func (t *Template) Post(c *Conn, first uint64) (status int, body []byte, err error) {
	t.stamp(first)
	return c.Exchange(t.Bytes)
}

// Fleet is a number of connections to one server, each with requests of its own.
type Fleet struct {
	conns    []*Conn
	requests [][]Template
	ids      *IDs
	want     string
}

// Result is what a run did.
type Result struct {
	Requests int64
	Events   int64
	Elapsed  time.Duration
}

// NewFleet connects. Every connection sends all templates in turn, each starting at another one; want is the body of every right answer.
func NewFleet(addr string, connections int, templates []Template, ids *IDs, want string) (*Fleet, error) {
	f := &Fleet{ids: ids, want: want}
	for n := range connections {
		c, err := Dial(addr)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		own := make([]Template, 0, variantsPerConn)
		for i := range min(variantsPerConn, len(templates)) {
			own = append(own, templates[(n*variantsPerConn+i)%len(templates)].clone())
		}
		f.conns, f.requests = append(f.conns, c), append(f.requests, own)
	}
	return f, nil
}

const variantsPerConn = 16

// Run sends for d, then waits for the answers under way. The first wrong answer ends the run with its error.
func (f *Fleet) Run(ctx context.Context, d time.Duration) (Result, error) {
	var requests, events atomic.Int64
	var over atomic.Bool
	timer := time.AfterFunc(d, func() { over.Store(true) })
	defer timer.Stop()
	group, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, func() { over.Store(true) })
	defer stop()
	started := time.Now()
	for n, c := range f.conns {
		if err := c.SetDeadline(started.Add(d + answerTime)); err != nil {
			return Result{}, fmt.Errorf("set deadline: %w", err)
		}
		group.Go(func() error {
			var sent, stored int64
			defer func() { requests.Add(sent); events.Add(stored) }()
			for i := 0; !over.Load(); i++ {
				t := &f.requests[n][i%len(f.requests[n])]
				if err := t.Send(c, f.ids, f.want); err != nil {
					return err
				}
				sent++
				stored += int64(t.Events)
			}
			return nil
		})
	}
	err := group.Wait()
	return Result{requests.Load(), events.Load(), time.Since(started)}, err
}

// Close closes the connections.
func (f *Fleet) Close() error {
	var errs []error
	for _, c := range f.conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
