package ws

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// feedRate is how many items a second topic feed shows.
const feedRate = 20

// feed is the source of topic feed. It remembers what it gave: which items are shown is decided once, when they are new, so that those left out
// never appear later.
type feed struct {
	pace int // items of one change, while there are too many

	begun   bool
	seen    uint64          // when last loaded
	head    json.RawMessage // the newest event then; nil: none
	items   []json.RawMessage
	skipped uint64
	shown   []showing // in the last second
	crowded time.Time // when something was last left out
}

// showing is when and how many items were shown.
type showing struct {
	at time.Time
	n  int
}

type feedState struct {
	Items   []json.RawMessage `json:"items"`
	Skipped uint64            `json:"skipped"`
	anew    bool
}

func (s *feedState) restarts() bool { return s.anew }

func openFeed(cfg *Config, _ params) (source, error) {
	return &feed{pace: max(1, int(feedRate*cfg.FeedInterval/time.Second))}, nil
}

func (*feed) key() string { return "" }

func (*feed) check(analytics.Zone, int64) error { return nil }

func (f *feed) load(ctx context.Context, d *Deps, site analytics.SiteID, _ analytics.Zone, now time.Time) (any, time.Time, error) {
	if d.Recent == nil {
		return &feedState{Items: []json.RawMessage{}}, time.Time{}, nil
	}
	items, seen, err := d.Recent.Feed(ctx, site)
	if err != nil {
		return nil, time.Time{}, err
	}
	fresh, goesOn := f.fresh(items, seen)
	anew := f.begun && !goesOn
	if goesOn {
		f.show(items, fresh, now)
	} else {
		*f = feed{pace: f.pace, begun: true, items: append([]json.RawMessage{}, items...)}
	}
	f.seen, f.head = seen, nil
	if len(items) > 0 {
		f.head = items[0]
	}
	return &feedState{f.items, f.skipped, anew}, now.Add(askAgain), nil
}

// fresh counts the events that came since the last load. goesOn is false when that cannot be told: events were not collected all the time.
func (f *feed) fresh(items []json.RawMessage, seen uint64) (n uint64, goesOn bool) {
	if !f.begun || seen < f.seen {
		return 0, false
	}
	n = seen - f.seen
	switch count := uint64(len(items)); {
	case n < count:
		return n, f.head != nil && bytes.Equal(items[n], f.head)
	case n == count:
		return n, f.head == nil || count == maxItems
	default:
		return n, count == maxItems
	}
}

// show puts the latest of the fresh events in front, as many as may be shown, and leaves out the others.
func (f *feed) show(items []json.RawMessage, fresh uint64, now time.Time) {
	n := int(min(fresh, uint64(len(items)), uint64(f.allowed(now))))
	if left := fresh - uint64(n); left > 0 {
		f.skipped += left
		f.crowded = now
	}
	if n == 0 {
		return
	}
	f.shown = append(f.shown, showing{now, n})
	next := append(append([]json.RawMessage{}, items[:n]...), f.items...)
	f.items = next[:min(len(next), maxItems)]
}

// allowed is how many items may be shown now: feedRate in any second, evenly spread while events are left out.
func (f *feed) allowed(now time.Time) int {
	for len(f.shown) > 0 && now.Sub(f.shown[0].at) >= time.Second {
		f.shown = f.shown[1:]
	}
	allowed := feedRate
	for _, s := range f.shown {
		allowed -= s.n
	}
	if !f.crowded.IsZero() && now.Sub(f.crowded) < time.Second {
		allowed = min(allowed, f.pace)
	}
	return max(0, allowed)
}
