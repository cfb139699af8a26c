package compare

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

const everythingSite = analytics.SiteID("site_everything")

// TestEverythingEqualsSQL folds random streams and compares every number that analytics/report gives with the SQL of the contract: whole, kept
// current row by row, and of chosen visitors. ZTAS_SEEDS sets how many streams; a failure names its seed.
func TestEverythingEqualsSQL(t *testing.T) {
	seeds := uint64(defaultSeeds)
	if n, err := strconv.ParseUint(os.Getenv("ZTAS_SEEDS"), 10, 32); err == nil {
		seeds = n
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			s := testkit.RandomStream(seed)
			r := testkit.NewReader(everythingSite, s.Zone.Name(), 10_000)
			goals := s.Goals()
			o := testkit.NewOracle(t, goals...)
			w := New(t, everythingSite, s, r, o, goals)
			for block := range 24 {
				fold(t, s, r, o)
				if block%8 == 7 {
					for range 3 {
						w.Compare()
					}
					w.Realtime()
				}
			}
			t.Logf("seed %d: %d rows, %d questions", seed, o.Len(), w.Asked())
		})
	}
}

// fold takes one block, and now and then a checkpoint or a restart.
func fold(t *testing.T, s *testkit.Stream, r *testkit.Reader, o *testkit.Oracle) {
	batch := s.Batch()
	records := make([]analytics.Record, len(batch))
	for i := range batch {
		records[i].Event = &batch[i]
	}
	res := r.Apply(s.Now, records...)
	stored := 0
	for i := range batch {
		if o.Add(&batch[i], analytics.ServerEventID(everythingSite.Partition(), r.Pos(), i).Text()) {
			stored++
		}
	}
	require.Equal(t, stored, res.Stored)
	if s.IntN(4) == 0 {
		require.NoError(t, r.Checkpoint(s.IntN(2) == 0))
	}
}

// TestCappedEqualsSQL folds random streams into sites whose dimensions have room for one to five values a day.
func TestCappedEqualsSQL(t *testing.T) {
	seeds := uint64(defaultSeeds/2 + 1)
	if n, err := strconv.ParseUint(os.Getenv("ZTAS_SEEDS"), 10, 32); err == nil {
		seeds = n
	}
	estimated, rest := 0, 0
	for seed := range seeds {
		s := testkit.RandomStream(seed)
		r := testkit.NewReader(everythingSite, s.Zone.Name(), 1+int(seed%5))
		o := testkit.NewOracle(t)
		w := New(t, everythingSite, s, r, o, nil)
		for range 24 {
			fold(t, s, r, o)
			w.Capped()
		}
		for range 20 {
			w.Capped()
		}
		if w.estimated {
			estimated++
		}
		if w.rest {
			rest++
		}
	}
	require.Positive(t, rest)
	require.Positive(t, estimated)
	t.Logf("of %d streams %d have values that were let in later, %d have a rest", seeds, estimated, rest)
}
