package analytics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestClockJumpsAndReturns has the clock be 400 days ahead for ten blocks and come back (R7): realtime shows what comes then, and an id that is
// sent again is known, on its own day and over midnight, before and after a restart.
func TestClockJumpsAndReturns(t *testing.T) {
	s := newSite(t, "UTC", 10_000)
	store := &blobs{Blobs: make(testkit.Blobs)}
	noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	pos := analytics.Pos(1)
	send := func(id string, at time.Time) analytics.Result {
		pos++
		return fold(s, pos, at.UnixMilli(), []analytics.Event{{ID: analytics.PackEventID(id), TS: at.UnixMilli(), ReceivedAt: at.UnixMilli(),
			Kind: analytics.Pageview, Path: "/", Visitor: analytics.VisitorID{id[len(id)-1]}, Country: "DE"}})
	}
	send("event-before", noon)
	for i := range 10 {
		send(fmt.Sprintf("event-in-jump-%d", i), noon.AddDate(0, 0, 400).Add(time.Duration(i)*time.Second))
	}
	c := s.BeginCheckpoint()
	store.save(c)
	s.Finish(c)
	for _, restart := range []bool{false, true} {
		if restart {
			s = reload(t, s, store)
		}
		back := noon.Add(time.Minute)
		require.Len(t, send("event-before", noon.AddDate(0, 0, 1)).Duplicates, 1, "on another day")
		require.Len(t, send("event-before", back).Duplicates, 1, "on its own day")
		send(fmt.Sprintf("event-back-%t", restart), back)
		r := realtime(t, s, store, back.UnixMilli())
		require.Positive(t, r.ActiveVisitors)
		require.Positive(t, r.PageviewsLast5Min)
		require.NotEmpty(t, r.RecentPageviews)
		for _, p := range r.RecentPageviews {
			require.Contains(t, p.Timestamp, "2026-01-15")
		}
	}
}

// TestFirstEventWhileWatched: somebody looks at a site that has no event yet; the first one takes no walk over all seconds since 1970.
func TestFirstEventWhileWatched(t *testing.T) {
	s := newSite(t, "UTC", 10_000)
	noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC).UnixMilli()
	require.Zero(t, realtime(t, s, nil, noon).ActiveVisitors)
	folded := make(chan struct{})
	go func() {
		defer close(folded)
		fold(s, 1, noon+1, []analytics.Event{{
			ID: analytics.PackEventID("event-first"), TS: noon + 1, ReceivedAt: noon + 1, Kind: analytics.Pageview, Path: "/", Country: "DE",
		}})
	}()
	select {
	case <-folded:
		require.EqualValues(t, 1, realtime(t, s, nil, noon+1).ActiveVisitors)
	case <-time.After(5 * time.Second):
		t.Fatal("the first event is not folded")
	}
}

// TestQuietSite: days of a site to which a block comes once a day close in time, and ids age, by the word of a producer whose clock is steady.
func TestQuietSite(t *testing.T) {
	s, store := newSite(t, "UTC", 10_000), &blobs{Blobs: make(testkit.Blobs)}
	noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for n := range 60 {
		at := noon.AddDate(0, 0, n).UnixMilli()
		s.Trust(at)
		fold(s, analytics.Pos(n+2), at, []analytics.Event{{ID: analytics.PackEventID(fmt.Sprintf("event-%d", n)), TS: at, ReceivedAt: at,
			Kind: analytics.Pageview, Path: "/", Visitor: analytics.VisitorID{byte(n)}, Country: "DE"}})
		c := s.BeginCheckpoint()
		store.save(c)
		s.Finish(c)
	}
	open := 0
	for _, number := range s.View().Days() {
		if rows, ok := s.View().Rows(number); ok && rows.Rollup == 0 {
			open++
		}
	}
	require.Equal(t, 4, open, "today and the three days before")
	require.Equal(t, 60, len(s.View().Days()))
}
