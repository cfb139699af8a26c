package actors_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/store"
)

// doubtfulStore fails every third commit of a checkpoint. The checkpoint is there all the same: at once, or once the store can write again.
type doubtfulStore struct {
	*store.Memory
	later  bool
	commit atomic.Int64
	unseen []actors.Checkpoint // belongs to whoever commits; one site does
}

func (s *doubtfulStore) Commit(checkpoints []actors.Checkpoint) error {
	if err := s.Memory.Commit(s.unseen); err != nil {
		return err
	}
	s.unseen = nil
	if len(checkpoints) > 0 && s.commit.Add(1)%3 == 0 {
		if s.later {
			s.unseen = checkpoints
		} else if err := s.Memory.Commit(checkpoints); err != nil {
			return err
		}
		return errors.New("input/output error")
	}
	return s.Memory.Commit(checkpoints)
}

// TestCommitFailsButIsThere: a checkpoint whose commit failed although the store has it is what the site goes on from. Otherwise the next one
// would name blobs that this one freed, and the site could never be read again.
func TestCommitFailsButIsThere(t *testing.T) {
	const requests = 180 // a life; some checkpoints become one
	for _, later := range []bool{false, true} {
		t.Run(fmt.Sprintf("later=%v", later), func(t *testing.T) {
			r := newRig(t)
			doubtful := &doubtfulStore{Memory: r.store, later: later}
			r.cfg.Debt = actors.Debt{SiteRecords: 30, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
			for life := range 3 {
				r.build(r.log, doubtful)
				require.NoError(t, r.sys.Start())
				require.Eventually(t, r.sys.Ready, 10*time.Second, time.Millisecond)
				for i := range requests { // a day passes every six requests, so that checkpoints close days and merge their parts
					now := r.now.Add(4 * 3_600_000)
					var records []analytics.Record
					for j := range 10 {
						rec := pageview(fmt.Sprintf("event-%d-%d-%d", life, i, j), j, now)
						if i%4 == 0 { // an import opens a closed day again
							rec.Event.Imported, rec.Event.TS = true, now-int64(5+j%3)*86_400_000
						}
						records = append(records, rec)
					}
					r.submit("site_aaaaaa", records...)
				}
				rows := 0
				require.NoError(t, r.sys.Rows(t.Context(), "site_aaaaaa", func(_ analytics.Day, run *analytics.Rows) error {
					rows += run.Len()
					return nil
				}))
				require.Equal(t, 10*requests*(life+1), rows)
				r.stop()
			}
			require.Greater(t, doubtful.commit.Load(), int64(9))
		})
	}
}
