package analytics_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// pagedSite is a site of which pages leave memory at every chance.
type pagedSite struct {
	*analytics.State
	store    *blobs
	evicted  int64 // bytes
	recalled int   // pages
	closed   int   // days that were seen closed
	underWay *analytics.Checkpoint
	lives    int // steps without a checkpoint until a restart, on average
}

// twoWeeks are blocks of events of many visitors, some of which come back, late, repeated or on another day.
func twoWeeks(rng *rand.Rand, blocks int) (times []int64, list [][]analytics.Event) {
	now := int64(1_768_435_200_000)
	for n := range blocks {
		now += rng.Int64N(2 * 14 * 86_400_000 / int64(blocks))
		var block []analytics.Event
		for range 60 + rng.IntN(120) {
			ts := now - rng.Int64N(60_000)
			if rng.IntN(10) == 0 {
				ts = now - rng.Int64N(80_000_000)
			}
			imported := rng.IntN(30) == 0
			if imported {
				ts = now - rng.Int64N(9*86_400_000)
			}
			e := randomEvent(rng, len(block), ts)
			e.Imported, e.ReceivedAt = imported, now
			binary.LittleEndian.PutUint32(e.Visitor[:], uint32(ts/86_400_000*100_000+rng.Int64N(1_500)))
			e.ID = ""
			if rng.IntN(4) > 0 {
				e.ID = analytics.PackEventID(fmt.Sprintf("event-%d", max(0, n*1000+len(block)-rng.IntN(2)*1000)))
			}
			block = append(block, e)
		}
		times, list = append(times, now), append(list, block)
	}
	return times, list
}

// TestPaging folds the same events into a site whose pages stay and into one whose pages leave memory whenever a checkpoint has them. Every event
// must land alike, also with a restart, while a checkpoint is under way, after a change of the zone, and in a day that is stored as closed.
func TestPaging(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 11))
			stays := newSite(t, "Europe/Berlin", 200)
			kept := &blobs{Blobs: make(testkit.Blobs)}
			s := &pagedSite{State: newSite(t, "Europe/Berlin", 200), store: &blobs{Blobs: make(testkit.Blobs)}, lives: 8}
			times, list := twoWeeks(rng, 200)
			for i, block := range list {
				pos := analytics.Pos(i + 2)
				attach(t, stays, kept, times[i], block)
				attach(t, s.State, s.store, times[i], nil)
				n, err := s.Recall(times[i], eventRecords(block), s.fetch(t, block))
				require.NoError(t, err)
				s.recalled += n
				want := foldLanding(stays, pos, times[i], block)
				require.Equal(t, want, foldLanding(s.State, pos, times[i], block), "block %d", i)
				if seed%2 == 1 && i == 100 {
					moveZone(t, stays, pos, times[i])
					moveZone(t, s.State, pos, times[i])
				}
				if i%10 == 0 {
					c := stays.BeginCheckpoint()
					kept.save(c)
					stays.Finish(c)
				}
				s.step(t, rng)
			}
			require.Greater(t, s.evicted, int64(100_000))
			require.Greater(t, s.recalled, 200)
			require.Greater(t, s.closed, 5)
			if s.underWay != nil {
				s.Finish(s.underWay)
			}
			last := reload(t, s.State, s.store)
			require.Equal(t, reload(t, stays, kept).Size().IDs, last.Size().IDs)
		})
	}
}

// TestAwayDayCloses closes a day of which only the last page is in memory, and opens it again.
func TestAwayDayCloses(t *testing.T) {
	const start, hour = int64(1_768_435_200_000), int64(3_600_000)
	s, store := newSite(t, "UTC", 200), &blobs{Blobs: make(testkit.Blobs)}
	var block []analytics.Event
	for i := range 1_000 {
		e := analytics.Event{TS: start + int64(i), ReceivedAt: start + hour, Kind: analytics.Pageview, Path: "/", ID: analytics.PackEventID(fmt.Sprintf("event-%d", i))}
		binary.LittleEndian.PutUint32(e.Visitor[:], uint32(i))
		block = append(block, e)
	}
	first := foldLanding(s, 2, start+hour, block)
	checkpoint := func() {
		c := s.BeginCheckpoint()
		store.save(c)
		s.Finish(c)
	}
	checkpoint()
	require.Greater(t, s.Evict(math.MaxInt64), int64(100_000))
	require.Less(t, s.Size().Visitors, int64(20_000))
	for h := range int64(100) {
		s.Begin(3, start+h*hour)
	}
	checkpoint()
	day := s.Zone().DayAt(start)
	rows, ok := s.View().Rows(day)
	require.True(t, ok)
	require.NotZero(t, rows.Rollup, "the day is closed")

	again := block[:1]
	again[0].ID, again[0].TS, again[0].Imported = analytics.PackEventID("another"), start+1000, true
	attach(t, s, store, start+100*hour, again)
	res := foldLanding(s, 4, start+100*hour, again)
	require.Equal(t, 1, res.Stored)
	require.Equal(t, first.Landed[0].Session, res.Landed[0].Session)
	require.EqualValues(t, 1000, res.Landed[0].DurationAfter)
}

func eventRecords(block []analytics.Event) []analytics.Record {
	records := make([]analytics.Record, len(block))
	for i := range block {
		records[i].Event = &block[i]
	}
	return records
}

// fetch opens the closed days that the events touch.
func (s *pagedSite) fetch(t *testing.T, block []analytics.Event) *blobs {
	for _, d := range s.Needs(eventRecords(block)) {
		require.NoError(t, s.Attach(d, s.store))
	}
	return s.store
}

// step begins, stores or ends a checkpoint, or starts anew.
func (s *pagedSite) step(t *testing.T, rng *rand.Rand) {
	switch {
	case s.underWay != nil && rng.IntN(2) == 0: // it was stored a while ago
		s.Finish(s.underWay)
		s.underWay = nil
		s.evicted += s.Evict(math.MaxInt64)
	case s.underWay != nil:
	case rng.IntN(3) == 0:
		s.underWay = s.BeginCheckpoint()
		s.store.save(s.underWay)
	case rng.IntN(s.lives) == 0:
		before := len(s.View().Days())
		c := s.BeginCheckpoint()
		s.store.save(c)
		loaded, err := analytics.LoadState(s.store.root, s.store, rng.Int64N(4_000))
		require.NoError(t, err)
		require.Len(t, loaded.View().Days(), before)
		s.State = loaded
	}
	for _, number := range s.View().Days() {
		if rows, ok := s.View().Rows(number); ok && rows.Rollup != 0 {
			s.closed++
		}
	}
}

func foldLanding(s *analytics.State, pos analytics.Pos, logical int64, block []analytics.Event) analytics.Result {
	res := analytics.Result{Landing: true}
	s.ApplyAll(pos, logical, eventRecords(block), &res)
	for i := range res.Landed {
		res.Landed[i].Event = nil
	}
	return res
}

func moveZone(t *testing.T, s *analytics.State, pos analytics.Pos, logical int64) {
	body := []byte(`{"timezone":"America/New_York","maxDimensionValues":200,"dedupKey":42}`)
	var res analytics.Result
	s.ApplyAll(pos, logical, []analytics.Record{{Define: &analytics.Definition{Kind: "site", ID: string(s.Site()), Revision: 2, Body: body}}}, &res)
	require.Equal(t, "America/New_York", s.Zone().Name())
}
