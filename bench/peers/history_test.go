package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The history has exactly the events asked for, each once, within its days, in order, at whole seconds, and is made the same again.
func TestHistory(t *testing.T) {
	h := newHistory(10_007, time.Date(2026, 3, 30, 13, 5, 0, 0, time.UTC))
	require.Equal(t, time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), h.from)
	require.Equal(t, time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC), h.to)
	read := func() (all []past) {
		require.NoError(t, h.batches(func(events []past) error {
			require.LessOrEqual(t, len(events), batchSize)
			all = append(all, events...)
			return nil
		}))
		return all
	}
	all := read()
	require.Len(t, all, h.events)
	ids, days := map[uint64]bool{}, map[string]int{}
	last := h.from
	for _, e := range all {
		require.False(t, ids[e.id])
		ids[e.id] = true
		require.False(t, e.at.Before(last) || !e.at.Before(h.to), "%s after %s", e.at, last)
		require.Zero(t, e.at.Nanosecond())
		days[e.at.Format(time.DateOnly)]++
		last = e.at
	}
	require.Len(t, days, historyDays)
	require.Equal(t, all, read())
}

// Visitors of a day are told apart by address and browser.
func TestVisitorsDiffer(t *testing.T) {
	seen := map[[2]string]bool{}
	for n := range 50_000 {
		address, agent := visitor(n)
		seen[[2]string{address, agent}] = true
	}
	require.Len(t, seen, 50_000)
}
