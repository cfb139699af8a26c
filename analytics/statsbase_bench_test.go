package analytics_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// BenchmarkStatsYear asks for a year of a site with 4,000 pages a day of 20,000 (P5), with and without kept sums of closed days.
func BenchmarkStatsYear(b *testing.B) {
	const dayMS = 86_400_000
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	s, store := newSite(b, "UTC", 10_000), &blobs{Blobs: make(testkit.Blobs)}
	rng := rand.New(rand.NewPCG(1, 1))
	for day := range int64(365) {
		events := make([]analytics.Event, 6000)
		for i := range events {
			ts := start + day*dayMS + int64(i)*14_000
			events[i] = analytics.Event{TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: fmt.Sprintf("/article/%d", rng.IntN(1+rng.IntN(20_000))),
				Visitor: analytics.VisitorID{byte(i), byte(i >> 8)}, Country: "DE", Browser: "Firefox", Channel: "direct", Device: "desktop"}
		}
		for age := int64(0); age < dayMS; age += 3_600_000 {
			s.Begin(analytics.Pos(2+2*day), start+day*dayMS+age)
		}
		fold(s, analytics.Pos(3+2*day), start+(day+1)*dayMS-1, events)
		c := s.BeginCheckpoint()
		store.save(c)
		s.Finish(c)
	}
	q, err := analytics.StatsParams{StartDate: "2025-01-01", EndDate: "2025-12-31"}.Resolve(s.Zone(), start+365*dayMS)
	if err != nil {
		b.Fatal(err)
	}
	rollups := make(map[uint64]*analytics.Rollup)
	load := func(blob uint64) (*analytics.Rollup, error) {
		if r, ok := rollups[blob]; ok {
			return r, nil
		}
		r, err := store.rollup(blob)
		rollups[blob] = r
		return r, err
	}
	for name, bases := range map[string]analytics.Bases{"kept": store.sums, "anew": nil} {
		b.Run(name, func(b *testing.B) {
			view := s.View()
			ask := func() {
				if _, err := view.Stats(q, load, bases, 0); err != nil {
					b.Fatal(err)
				}
			}
			ask() // reads the days
			for b.Loop() {
				ask()
			}
		})
	}
}
