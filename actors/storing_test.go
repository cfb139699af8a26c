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
	"github.com/ztas-io/ztas/analytics/report"
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

// unsureStore stores what it says it could not, and then cannot tell, while it is unsure.
type unsureStore struct {
	*store.Memory
	unsure atomic.Bool
}

func (s *unsureStore) Commit(checkpoints []actors.Checkpoint) error {
	if err := s.Memory.Commit(checkpoints); err != nil {
		return err
	}
	if s.unsure.Load() {
		return errors.New("input/output error")
	}
	return nil
}

// TestUnsureStore: a commit fails and is there all the same. Until the store can tell, a read of what that checkpoint freed is refused, to come again;
// then it is answered.
func TestUnsureStore(t *testing.T) {
	const site, hour = analytics.SiteID("site_unsure1"), int64(3_600_000)
	r, s := newRig(t), &unsureStore{Memory: store.NewMemory()}
	r.cfg.Debt.SiteRecords = 1 // a checkpoint follows every block
	r.build(r.log, s)
	r.run()
	defer r.stop()
	first, views := r.now.Load(), 0
	send := func(imported bool, ts int64) {
		t.Helper()
		view := pageview(fmt.Sprintf("event-%d", views), views, ts)
		view.Event.Imported, view.Event.ReceivedAt = imported, r.now.Load()
		views++
		r.submit(site, view)
		require.Eventually(t, func() bool { return r.sys.Uncovered() == 0 || r.sys.CommitUnknown() }, 10*time.Second, time.Millisecond)
	}
	r.define(site)
	require.Eventually(t, func() bool { return r.sys.Uncovered() == 0 }, 10*time.Second, time.Millisecond)
	for range 5 * 24 { // ids and days age by an hour a block
		send(false, r.now.Load())
		r.now.Add(hour)
	}
	send(true, first) // its day was closed
	r.now.Add(hour)
	s.unsure.Store(true)
	send(false, r.now.Load()) // and is again

	day := analytics.UTCZone().DayAt(first).String()
	params := report.QueryParams{SiteID: string(site), Period: "custom", DateFrom: day, DateTo: day, Property: "page", Metrics: "visitors"}
	query, err := params.Resolve(analytics.UTCZone(), r.now.Load(), nil)
	require.NoError(t, err)
	ask := func() error {
		_, err := r.sys.Sums(t.Context(), site, query.Asks()...)
		return err
	}
	var busy *analytics.Unavailable
	require.ErrorAs(t, ask(), &busy)
	require.ErrorIs(t, busy, actors.ErrNoBlob)
	require.True(t, r.sys.CommitUnknown())
	s.unsure.Store(false)
	require.Eventually(t, func() bool { return ask() == nil }, 10*time.Second, 10*time.Millisecond)
	require.False(t, r.sys.CommitUnknown())
}
