package analytics_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestForget: what retention drops is gone, whether the day was open, closed or just being stored; a state with checkpoints says the same as one
// that never closed a day, also after a restart.
func TestForget(t *testing.T) {
	const dayMS = int64(86_400_000)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	based := 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 9))
		plain, stored := newSite(t, "UTC", 10_000), newSite(t, "UTC", 10_000)
		store := &blobs{Blobs: make(testkit.Blobs)}
		var pending *analytics.Checkpoint
		dropped := 0
		for pos := analytics.Pos(2); pos < 150; pos++ {
			now := start + int64(pos)*dayMS/6
			ts := now
			if rng.IntN(20) == 0 {
				ts -= rng.Int64N(12 * dayMS) // an import
			}
			event := []analytics.Event{{TS: ts, ReceivedAt: now, Kind: analytics.Pageview, Path: "/", Imported: ts < now, Visitor: analytics.VisitorID{byte(pos)}}}
			attach(t, stored, store, now, event)
			for _, s := range []*analytics.State{plain, stored} {
				for age := now - dayMS/6; age < now; age += 3_600_000 {
					s.Begin(pos, age)
				}
				fold(s, pos, now, event)
			}
			if pending == nil && rng.IntN(3) == 0 {
				pending = stored.BeginCheckpoint()
			}
			if rng.IntN(6) == 0 {
				pos++
				forget := stored.View().Expired(now, now-5*dayMS)
				require.ElementsMatch(t, plain.View().Expired(now, now-5*dayMS), forget)
				for i := range forget {
					dropped++
					for _, s := range []*analytics.State{plain, stored} {
						var res analytics.Result
						s.ApplyAll(pos, now, []analytics.Record{{Forget: &forget[i]}}, &res)
					}
				}
			}
			if pending != nil && rng.IntN(3) == 0 {
				store.save(pending)
				stored.Finish(pending)
				pending = nil
			}
			if pending == nil && rng.IntN(20) == 0 {
				stored = reload(t, stored, store)
			}
			if pos%9 != 0 {
				continue
			}
			q, err := analytics.StatsParams{StartDate: "2025-12-01", EndDate: "2026-02-15", Limit: "100"}.Resolve(plain.Zone(), now)
			require.NoError(t, err)
			want, err := plain.View().Stats(q, noRollups, nil, 0)
			require.NoError(t, err)
			got, err := stored.View().Stats(q, store.rollup, store.sums, math.MaxInt64)
			require.NoError(t, err)
			require.Equal(t, want.Summary.Pageviews, got.Summary.Pageviews, "seed %d at %d", seed, pos)
			require.Equal(t, want, got)
			require.Equal(t, plain.View().Days(), stored.View().Days())
		}
		require.Positive(t, dropped)
		based += store.based
	}
	require.Greater(t, based, 40) // answers from sums that were kept
}
