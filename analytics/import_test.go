package analytics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestImportOpensClosedDays imports eight old days one after the other, each of which is closed by a checkpoint, then all of it again: nothing is
// stored twice, no number moves, however often days close and open.
func TestImportOpensClosedDays(t *testing.T) {
	s := newSite(t, "Europe/Berlin", 10_000)
	store := &blobs{Blobs: make(testkit.Blobs)}
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	first := time.Date(2015, 5, 17, 10, 0, 0, 0, time.UTC)
	pos := analytics.Pos(1)
	day := func(n int) (events []analytics.Event) {
		for i := range 40 {
			ts := first.AddDate(0, 0, n).Add(time.Duration(i) * time.Minute).UnixMilli()
			events = append(events, analytics.Event{
				ID: analytics.PackEventID(fmt.Sprintf("import-%d-%d", n, i)), TS: ts, ReceivedAt: now.UnixMilli(), Kind: analytics.Pageview,
				Imported: true, Visitor: analytics.VisitorID{byte(i % 7), byte(n)}, Path: fmt.Sprintf("/p%d", i%3), Source: "(direct)", Channel: "direct",
			})
		}
		return events
	}
	for round := range 3 {
		for n := range 8 {
			now = now.Add(30 * time.Minute)
			events := day(n)
			attach(t, s, store, now.UnixMilli(), events)
			pos++
			res := fold(s, pos, now.UnixMilli(), events)
			if round == 0 {
				require.Equal(t, 40, res.Stored)
			} else {
				require.Len(t, res.Duplicates, 40)
			}
			c := s.BeginCheckpoint()
			store.save(c)
			s.Finish(c)
			if n%3 == 2 {
				var err error
				s, err = analytics.LoadState(store.root, store, 0)
				require.NoError(t, err)
			}
		}
		q, err := analytics.StatsParams{StartDate: "2015-05-01", EndDate: "2015-05-31"}.Resolve(s.Zone(), now.UnixMilli())
		require.NoError(t, err)
		r, err := s.View().Stats(q, store.rollup, store.sums, 0)
		require.NoError(t, err)
		require.Equal(t, analytics.Summary{
			Pageviews: 320, UniqueVisitors: 56, Sessions: 56, AvgSessionDuration: r.Summary.AvgSessionDuration,
		}, r.Summary)
		require.EqualValues(t, 112, r.TopPages[0].Pageviews)
	}
	require.Less(t, len(store.Blobs), 30, "blobs that nothing names were not freed")
}

// TestLateEventOpensClosedDay has an event, not imported, come for a day that is closed.
func TestLateEventOpensClosedDay(t *testing.T) {
	s := newSite(t, "UTC", 10_000)
	store := &blobs{Blobs: make(testkit.Blobs)}
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	event := func(id string, at time.Time) []analytics.Event {
		return []analytics.Event{{ID: analytics.PackEventID(id), TS: at.UnixMilli(), ReceivedAt: at.UnixMilli(), Kind: analytics.Pageview, Path: "/"}}
	}
	fold(s, 2, start.UnixMilli(), event("first-event", start))
	fold(s, 3, start.AddDate(0, 0, 10).UnixMilli(), event("later-event", start.AddDate(0, 0, 10)))
	for at := start; at.Before(start.AddDate(0, 0, 10)); at = at.Add(time.Hour) {
		s.Begin(3, at.UnixMilli()) // as blocks without events of the site do
	}
	c := s.BeginCheckpoint()
	store.save(c)
	s.Finish(c)
	late := event("late-event", start.Add(time.Minute))
	require.Panics(t, func() { fold(s, 4, start.AddDate(0, 0, 10).UnixMilli(), late) }, "F3")
	attach(t, s, store, start.AddDate(0, 0, 10).UnixMilli(), late)
	fold(s, 4, start.AddDate(0, 0, 10).UnixMilli(), late)
	q, err := analytics.StatsParams{StartDate: "2026-01-01", EndDate: "2026-01-01"}.Resolve(s.Zone(), start.AddDate(0, 0, 10).UnixMilli())
	require.NoError(t, err)
	r, err := s.View().Stats(q, store.rollup, store.sums, 0)
	require.NoError(t, err)
	require.EqualValues(t, 2, r.Summary.Pageviews)
	require.EqualValues(t, 1, r.Summary.Sessions)
}
