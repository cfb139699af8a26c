package main

import (
	"cmp"
	"slices"
	"time"
)

// past is a pageview of the history.
type past struct {
	hit
	id uint64
	at time.Time // UTC, a whole second: GoatCounter rounds to seconds
}

// history is made-up traffic of whole days: visits of one to five pageviews.
type history struct {
	events   int
	from, to time.Time // [from, to), UTC midnights
}

const (
	historyDays = 30
	batchSize   = 500 // the most that either API takes at once
)

// newHistory ends with yesterday.
func newHistory(events int, now time.Time) *history {
	to := now.UTC().Truncate(24 * time.Hour)
	return &history{events: events, from: to.AddDate(0, 0, -historyDays), to: to}
}

// batches gives f the events in the order of their times; days are made one at a time.
func (h *history) batches(f func([]past) error) error {
	var id uint64
	for day := range historyDays {
		n := h.events*(day+1)/historyDays - h.events*day/historyDays
		events := h.day(day, n, &id)
		for len(events) > 0 {
			size := min(batchSize, len(events))
			if err := f(events[:size]); err != nil {
				return err
			}
			events = events[size:]
		}
	}
	return nil
}

// day makes n pageviews, the same ones for the same day.
func (h *history) day(day, n int, id *uint64) []past {
	c := newCrowd(uint64(day) + 100)
	midnight := h.from.AddDate(0, 0, day)
	events := make([]past, 0, n)
	for v := 0; len(events) < n; v++ {
		first := c.hit()
		first.address, first.agent = visitor(v)
		at := midnight.Add(time.Duration(c.random.IntN(86_000)) * time.Second)
		views := min(1+c.random.IntN(5)*c.random.IntN(2), n-len(events))
		for i := range views {
			e := past{hit: first, at: at}
			if i > 0 {
				next := c.hit()
				e.path, e.referrer = next.path, ""
			}
			events = append(events, e)
			at = at.Add(time.Duration(5+c.random.IntN(60)) * time.Second)
		}
	}
	slices.SortStableFunc(events, func(a, b past) int { return cmp.Compare(a.at.Unix(), b.at.Unix()) })
	for i := range events {
		*id++
		events[i].id = *id
	}
	return events
}
