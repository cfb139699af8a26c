package actors_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// simSite is one site as those who use it know it.
type simSite struct {
	id       analytics.SiteID
	mu       sync.Mutex
	stream   *testkit.Stream
	arrived  map[string]int64 // id → when it was first sent, UTC ms
	acked    map[string]bool  // ids of acknowledged events
	stored   int64            // events that an answer says are stored by it
	perhaps  int64            // events in requests without an answer
	views    int64            // pageviews among the events that are acknowledged
	revision int64            // of the newest definition that was acknowledged
	zone     analytics.Zone   // of it
	erased   bool             // somebody began to erase it
	clients  []*simClient
}

// simClient sends one request after the other, and sends one without an answer again until it has one.
type simClient struct {
	site *simSite
	rng  *rand.Rand
	open []analytics.Event // sent, not answered
	done []analytics.Event // the last ones that were
}

// poisonPath is the path of events that panic the fold.
const poisonPath = "/poison"

// run sends up to n requests, or until the process dies.
func (c *simClient) run(w *simWorld, n int) {
	for range n {
		c.step(w)
		if w.life.isDead() || c.site.isErased() {
			return
		}
		time.Sleep(time.Duration(c.rng.Int64N(int64(w.pace))))
	}
}

// finish sends what has no answer until it has one.
func (c *simClient) finish(w *simWorld) {
	for tries := 0; len(c.open) > 0 && !c.site.isErased(); tries++ {
		if tries > 100 {
			w.fail("%s: a request is refused for ever", c.site.id)
			return
		}
		c.step(w)
	}
}

// step sends one request, and waits a moment when it was refused.
func (c *simClient) step(w *simWorld) {
	if !c.send(w) {
		time.Sleep(time.Second)
	}
}

func (c *simClient) send(w *simWorld) (taken bool) {
	if len(c.open) == 0 {
		if len(c.done) > 0 && c.rng.IntN(6) == 0 { // a client that did not hear the answer, and has lost the order
			c.open = w.known(c.site, c.done)
			c.rng.Shuffle(len(c.open), func(i, j int) { c.open[i], c.open[j] = c.open[j], c.open[i] })
		} else {
			c.open = w.events(c.site)
		}
		if len(c.open) == 0 {
			return true
		}
	}
	records := make([]analytics.Record, len(c.open))
	for i := range c.open {
		records[i].Event = &c.open[i]
	}
	before := time.Now()
	receipt, err := w.sys.Submit(w.ctx, c.site.id, records)
	c.site.mu.Lock()
	defer c.site.mu.Unlock()
	if err != nil {
		var busy *analytics.Unavailable
		if !errors.As(err, &busy) || busy.RetryAfter <= 0 {
			w.fail("%s: refused without a word when to come again: %v", c.site.id, err)
		}
		c.site.perhaps += int64(len(c.open))
		c.open = withIDs(c.open) // one without id would be another event
		return false
	}
	if took := time.Since(before); took > w.answerIn+time.Second {
		w.fail("%s: an answer took %v", c.site.id, took)
	}
	c.site.stored += int64(len(c.open) - receipt.Duplicates)
	for i := range c.open {
		c.site.book(&c.open[i])
	}
	c.done, c.open = c.open, nil
	return true
}

// book notes an acknowledged event; the caller holds the lock.
func (s *simSite) book(e *analytics.Event) {
	if e.ID != "" {
		if s.acked[e.ID.Text()] {
			return
		}
		s.acked[e.ID.Text()] = true
	}
	if e.Kind == analytics.Pageview && e.Path != poisonPath {
		s.views++
	}
}

// known lists the events whose ids the server surely knows.
func (w *simWorld) known(s *simSite, list []analytics.Event) []analytics.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := w.now()
	return slices.DeleteFunc(withIDs(list), func(e analytics.Event) bool { return now-s.arrived[e.ID.Text()] > keepIDs.Milliseconds() })
}

func withIDs(list []analytics.Event) []analytics.Event {
	var out []analytics.Event
	for _, e := range list {
		if e.ID != "" {
			out = append(out, e)
		}
	}
	return out
}

func (s *simSite) isErased() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.erased
}

// keepIDs is for how long an id is surely known (F7), with a reserve for a request that waits to be sent again.
const keepIDs = 40 * time.Hour

// events makes the next request of a site and lets the clock catch up with it. Ids that may be forgotten are not sent again.
func (w *simWorld) events(s *simSite) []analytics.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.clock.Lock()
	defer w.clock.Unlock()
	s.stream.Now = max(s.stream.Now, w.nowLocked())
	list := s.stream.Batch()
	if behind := s.stream.Now - w.nowLocked(); behind > 0 {
		w.offset += time.Duration(behind) * time.Millisecond
	}
	var out []analytics.Event
	for _, e := range list {
		if e.ID == "" && s.stream.IntN(3) > 0 {
			e.ID = analytics.PackEventID(fmt.Sprintf("given-%s-%d-%d", s.id, s.stream.Now, len(s.arrived)+len(out)))
		}
		if e.ID != "" {
			first, again := s.arrived[e.ID.Text()]
			if again && w.nowLocked()-first > keepIDs.Milliseconds() {
				continue
			}
			if !again {
				s.arrived[e.ID.Text()] = w.nowLocked()
				if w.poison && s.stream.IntN(60) == 0 {
					e.Path = poisonPath
				}
			}
		}
		out = append(out, e)
	}
	return out
}
