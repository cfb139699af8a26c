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

const liveStart = int64(1_768_435_200_000)

// crowd are events of visitors of whom few come back, in the two seconds before now.
func crowd(rng *rand.Rand, now int64, n int) []analytics.Event {
	events := make([]analytics.Event, n)
	for i := range events {
		e := &events[i]
		ts := now - rng.Int64N(2000)
		if rng.IntN(20) == 0 {
			ts -= rng.Int64N(400_000)
		}
		*e = randomEvent(rng, i, ts)
		e.ReceivedAt, e.ID = now, analytics.PackEventID(fmt.Sprintf("%024x", rng.Uint64()))
		e.Visitor = analytics.VisitorID{}
		who := now/1000*100 + rng.Int64N(100)
		switch rng.IntN(12) {
		case 0: // who was here a while ago
			who -= rng.Int64N(50_000)
		case 1: // who never leaves for long
			who = rng.Int64N(50)
		}
		binary.LittleEndian.PutUint64(e.Visitor[:], uint64(who))
	}
	return events
}

// TestLivePaging folds the same events into a site whose pages stay and into one whose pages of the live window leave memory at every chance. Both
// must say the same of the last minutes, also with restarts, while a checkpoint is under way, after a way that was taken back, and when the clock is.
func TestLivePaging(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 31))
			stays := newSite(t, "UTC", 200)
			s := &pagedSite{State: newSite(t, "UTC", 200), store: &blobs{Blobs: make(testkit.Blobs)}, lives: 100}
			now, away := liveStart, 0
			for i := range 1000 {
				now += rng.Int64N(5000)
				switch jump := rng.IntN(150); {
				case seed%2 == 0: // the window moves on by little at a time
				case jump == 0:
					now -= 200_000
				case jump == 1:
					now += 700_000
				}
				pos, block := analytics.Pos(i+2), crowd(rng, now, 40)
				if rng.IntN(10) == 0 {
					astray := crowd(rng, now, 40)
					attach(t, s.State, s.store, now, astray)
					frozen := s.Freeze()
					fold(s.State, pos, now, astray)
					s.Restore(frozen)
				}
				attach(t, s.State, s.store, now, block)
				require.Equal(t, foldLanding(stays, pos, now, block), foldLanding(s.State, pos, now, block), "block %d", i)
				s.step(t, rng)
				switch dice := rng.IntN(240); {
				case dice == 0: // seldom: for a minute nothing leaves then
					require.Equal(t, realtime(t, stays, nil, now), realtime(t, s.State, s.store, now), "block %d", i)
				case dice < 24 && s.underWay == nil: // as of a site that sleeps
					c := s.BeginCheckpoint()
					s.store.save(c)
					s.Finish(c)
					stored, err := analytics.RootRealtime(s.store.root, s.store, now, true)
					require.NoError(t, err)
					require.Equal(t, realtime(t, stays, nil, now), stored, "block %d", i)
				}
				if s.Size().Live < stays.Size().Live/2 {
					away++
				}
			}
			require.Equal(t, realtime(t, stays, nil, now), realtime(t, s.State, s.store, now))
			require.Greater(t, away, 50, "half of the window was away so often")
		})
	}
}

// TestLiveWindowLeaves: of a hundred thousand visitors next to nothing stays in memory once a checkpoint has them, and nothing when they have left.
func TestLiveWindowLeaves(t *testing.T) {
	s, store := newSite(t, "UTC", 200), &blobs{Blobs: make(testkit.Blobs)}
	rng := rand.New(rand.NewPCG(1, 32))
	now, pos := liveStart, analytics.Pos(1)
	send := func(seconds, visitors int) {
		for range seconds {
			now += 1000
			pos++
			batch := crowd(rng, now, visitors)
			for i := range batch {
				binary.LittleEndian.PutUint64(batch[i].Visitor[:], rng.Uint64())
				batch[i].TS = now
			}
			attach(t, s, store, now, batch)
			fold(s, pos, now, batch)
		}
	}
	leave := func() {
		c := s.BeginCheckpoint()
		store.save(c)
		s.Finish(c)
		s.Evict(math.MaxInt64)
	}
	send(100, 1000)
	all := s.Size().Live
	require.Greater(t, all, int64(8<<20))
	leave()
	require.Less(t, s.Size().Live, all/4, "the index stays")
	active := realtime(t, s, store, now).ActiveVisitors
	require.EqualValues(t, 100_000, active)
	require.Greater(t, s.Size().Live, all, "who is looked at is counted")
	leave()
	require.Greater(t, s.Size().Live, all, "and stays")

	now += 61_000
	send(1, 1)
	leave()
	require.Less(t, s.Size().Live, all/4, "nobody looks any more")
	require.Less(t, reload(t, s, store).Size().Live, all/4, "after a restart")
	now += 500_000
	send(2, 100)
	require.Less(t, s.Size().Live, all/50, "all have left")
	require.EqualValues(t, 200, realtime(t, s, store, now).ActiveVisitors)
}
