package analytics_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestBaseGrows: when days close, the sum of those before is extended by them; the others are not read again, and nothing of the answer differs.
func TestBaseGrows(t *testing.T) {
	const dayMS, days, warm = 86_400_000, 40, 20
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	s, store := newSite(t, "UTC", 10_000), &blobs{Blobs: make(testkit.Blobs)}
	extended := 0
	for day := range int64(days) {
		var events []analytics.Event
		for i := range 30 + int(day) {
			path := fmt.Sprintf("/of-day/%d/%d", day, i%7)
			if i%3 == 0 {
				path = fmt.Sprintf("/now-and-then/%d", (int64(i)+day*day)%97)
			}
			ts := start + day*dayMS + int64(i)*60_000
			events = append(events, analytics.Event{TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: path,
				Visitor: analytics.VisitorID{byte(i), byte(day)}, Country: "DE", Browser: "Firefox", Channel: "direct", Device: "desktop"})
		}
		for age := int64(0); age < dayMS; age += 3_600_000 {
			s.Begin(analytics.Pos(2+2*day), start+day*dayMS+age)
		}
		fold(s, analytics.Pos(3+2*day), start+(day+1)*dayMS-1, events)
		if day%3 == 0 { // now and then more than one closes
			continue
		}
		c := s.BeginCheckpoint()
		store.save(c)
		s.Finish(c)

		q, err := analytics.StatsParams{StartDate: "2026-01-01", EndDate: "2026-02-28", Limit: "100"}.Resolve(s.Zone(), start+(day+1)*dayMS)
		require.NoError(t, err)
		read := 0
		load := func(blob uint64) (*analytics.Rollup, error) {
			read++
			return store.rollup(blob)
		}
		bases := func(key analytics.BaseKey, sum func(analytics.Rollups) (*analytics.StatsBase, error)) (*analytics.StatsBase, error) {
			if sum == nil {
				return store.sums(key, nil)
			}
			return store.sums(key, func(analytics.Rollups) (*analytics.StatsBase, error) { return sum(load) })
		}
		got, err := s.View().Stats(q, load, bases, 0)
		require.NoError(t, err)
		want, err := s.View().Stats(q, store.rollup, nil, 0)
		require.NoError(t, err)
		require.Equal(t, want, got, "day %d", day)
		if day >= warm && read > 0 {
			require.LessOrEqual(t, read, 2, "days read on day %d", day)
			extended++
		}
	}
	require.Greater(t, extended, 10)
}

// TestTopOfBases: the first rows of a range are those of its days together, whether what is kept of most of them has a value, of one level or two,
// and whether a value came back, is new, or counts as much as the last row that is shown.
func TestTopOfBases(t *testing.T) {
	const dayMS, closed, open = 86_400_000, 16, 4
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for seed := range seeds() {
		rng := rand.New(rand.NewPCG(seed, 1))
		s, store := newSite(t, "UTC", 10_000), &blobs{Blobs: make(testkit.Blobs)}
		spread, busy := 1+rng.IntN(60), []int{5, 30, 150}[seed%3]
		pos := analytics.Pos(1)
		for day := range int64(closed + open) {
			var paths []string
			for range rng.IntN(busy) {
				paths = append(paths, fmt.Sprintf("/%d", rng.IntN(1+rng.IntN(spread))))
			}
			if day == closed+open-1 { // what there was little of or nothing comes often, and much once
				for i := range rng.IntN(60) {
					paths = append(paths, fmt.Sprintf("/once/%d", i))
				}
				for range rng.IntN(4) {
					often := fmt.Sprintf("/%d", rng.IntN(2*spread))
					paths = append(paths, slices.Repeat([]string{often}, rng.IntN(120))...)
				}
			}
			var events []analytics.Event
			for i, path := range paths {
				ts := start + day*dayMS + int64(i)*60_000
				events = append(events, analytics.Event{TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: path, ReferrerDomain: path[1:],
					Visitor: analytics.VisitorID{byte(rng.IntN(9))}, Country: "DE", Browser: "Firefox", Channel: "direct", Device: "desktop"})
			}
			for age := int64(0); age < dayMS; age += 3_600_000 {
				pos++
				s.Begin(pos, start+day*dayMS+age)
			}
			pos++
			fold(s, pos, start+(day+1)*dayMS-1, events)
			if day < closed {
				c := s.BeginCheckpoint()
				store.save(c)
				s.Finish(c)
			}
		}
		now := start + (closed+open)*dayMS - 1
		for _, limit := range []string{"1", "2", "3", "10", "50"} {
			q, err := analytics.StatsParams{StartDate: "2026-01-01", EndDate: "2026-01-20", Limit: limit}.Resolve(s.Zone(), now)
			require.NoError(t, err)
			want, err := s.View().Stats(q, store.rollup, nil, now)
			require.NoError(t, err)
			for _, later := range []int64{0, 10_000} { // then open days have a sum, too
				got, err := s.View().Stats(q, store.rollup, store.sums, now+later)
				require.NoError(t, err)
				require.Equal(t, want, got, "seed %d, limit %s, %d ms later", seed, limit, later)
			}
		}
	}
}

// TestAnswersShareNothing: answers of several sites at once, whose sums use the same memory one after the other, are what each alone would get, and
// stay so.
func TestAnswersShareNothing(t *testing.T) {
	const sites, rounds = 4, 50
	ts := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).UnixMilli()
	q, err := analytics.StatsParams{StartDate: "2026-01-01", EndDate: "2026-01-01", Limit: "100"}.Resolve(analytics.UTCZone(), ts)
	require.NoError(t, err)
	var running sync.WaitGroup
	for site := range sites {
		s := newSite(t, "UTC", 10_000)
		events := make([]analytics.Event, 1+site*site*300)
		for i := range events {
			events[i] = analytics.Event{TS: ts + int64(i), ReceivedAt: ts + int64(i), Kind: analytics.Pageview, Path: fmt.Sprintf("/%d/%d", site, i%(1+i/2)),
				Visitor: analytics.VisitorID{byte(i), byte(i >> 8)}, Country: []string{"DE", "FR", "US", ""}[site], Channel: "direct", Device: "desktop"}
		}
		fold(s, 3, ts+100_000, events)
		view := s.View()
		first, err := view.Stats(q, nil, nil, 0)
		require.NoError(t, err)
		require.EqualValues(t, len(events), first.Summary.Pageviews)
		for _, row := range first.TopPages {
			require.True(t, strings.HasPrefix(row.Path, fmt.Sprintf("/%d/", site)), row.Path)
		}
		encoded := func(r *analytics.StatsReport) string {
			b, err := json.Marshal(r)
			assert.NoError(t, err)
			return string(b)
		}
		asBytes := encoded(first)
		running.Go(func() {
			for range rounds {
				again, err := view.Stats(q, nil, nil, 0)
				assert.NoError(t, err)
				assert.Equal(t, asBytes, encoded(again), "site %d", site)
			}
			assert.Equal(t, asBytes, encoded(first), "site %d: the first answer", site)
		})
	}
	running.Wait()
}
