package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/ztas-io/ztas/internal/people"
)

// history is what people did on a site, made up and counted.
type history struct {
	stream *people.Stream
	to     time.Time
	events int
	views  map[string]int // pageviews by path
}

// newHistory makes about so many events of people in [from, to).
func newHistory(t *testing.T, zone *time.Location, from, to time.Time, events int) *history {
	cfg := people.Config{Seed: 10, Zone: zone, Rate: float64(events) / to.Sub(from).Seconds()}
	require.NoError(t, cfg.Validate())
	return &history{stream: people.NewStream(cfg, from), to: to, views: make(map[string]int)}
}

// articles are as many as a large site has, chosen by Zipf's law; people's blog alone has four.
const articles = 20_000

// articleOf gives a visitor's readings of the blog one of the articles: the same one for all events of a reading.
var articleOf = func() func(e *people.Event) uint32 {
	table, zipf := make([]uint32, 1<<17), rand.NewZipf(rand.New(rand.NewPCG(11, 1)), 1.05, 4, articles-1)
	for i := range table {
		table[i] = uint32(zipf.Uint64())
	}
	return func(e *people.Event) uint32 {
		h := fnv.New32a()
		_, _ = fmt.Fprint(h, e.Context.IP, e.Context.UserAgent, e.Path, e.Timestamp>>24) // an hour changes in 16.8
		return table[h.Sum32()%uint32(len(table))]
	}
}()

// next returns the next events, none at the end.
func (h *history) next(limit int) []people.Event {
	events, _ := h.stream.Until(h.to, limit)
	for i := range events {
		e := &events[i]
		if strings.HasPrefix(e.Path, "/blog/") || strings.HasPrefix(e.Path, "/docs/") {
			e.Path = fmt.Sprintf("%s/%d", e.Path, articleOf(e))
		}
		if e.Type == "pageview" {
			h.views[e.Path]++
		}
	}
	h.events += len(events)
	return events
}

// fill imports all of it, in the order of time but for the requests that are on their way at once.
func (h *history) fill(ctx context.Context, t *testing.T, api *client, site string) {
	t.Helper()
	bodies := make(chan []byte, 8)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(bodies)
		started, shown := time.Now(), 0
		for {
			events := h.next(demoBatch)
			if len(events) == 0 {
				return nil
			}
			if million := h.events / 1_000_000; million > shown {
				shown = million
				t.Logf("%d million events, %.0f a second", million, float64(h.events)/time.Since(started).Seconds())
			}
			body, err := json.Marshal(map[string]any{"siteId": site, "events": events})
			if err != nil {
				return err
			}
			select {
			case bodies <- body:
			case <-ctx.Done():
				return nil
			}
		}
	})
	var taken atomic.Int64
	for range 3 {
		group.Go(func() error {
			for body := range bodies {
				var answer importAnswer
				if err := api.call(ctx, http.MethodPost, "/api/import/events", body, &answer); err != nil {
					return err
				}
				if answer.Duplicates != 0 || len(answer.Rejected) != 0 {
					return fmt.Errorf("answer %+v", answer)
				}
				taken.Add(int64(answer.Count))
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	require.EqualValues(t, h.events, taken.Load())
}

// pageviews is the sum over all paths.
func (h *history) pageviews() (sum int) {
	for _, n := range h.views {
		sum += n
	}
	return sum
}
