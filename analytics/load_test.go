package analytics_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// countingBlobs counts the bytes that are read.
type countingBlobs struct {
	*blobs
	read int
}

func (b *countingBlobs) BlobRange(id uint64, off, n uint32) ([]byte, error) {
	data, err := b.blobs.BlobRange(id, off, n)
	b.read += len(data)
	return data, err
}

// TestLoadView: what a sleeping site is asked costs nothing for its visitors, and the answer is the same.
func TestLoadView(t *testing.T) {
	s := newSite(t, "UTC", 100)
	const now = 1_750_000_000_000
	for pos := range analytics.Pos(20) {
		var events []analytics.Event
		for i := range 500 {
			n := 500*int(pos) + i
			e := analytics.Event{ID: analytics.EventID(fmt.Sprintf("event-%d", n)), TS: now, ReceivedAt: now, Kind: analytics.Pageview, Path: "/"}
			copy(e.Visitor[:], fmt.Sprintf("visitor-%d", n))
			events = append(events, e)
		}
		fold(s, pos+2, now, events)
	}
	store := &blobs{Blobs: testkit.Blobs{}}
	store.save(s.BeginCheckpoint())

	whole, little := &countingBlobs{blobs: store}, &countingBlobs{blobs: store}
	state, err := analytics.LoadState(store.root, whole, 0)
	require.NoError(t, err)
	view, err := analytics.LoadView(store.root, little)
	require.NoError(t, err)
	require.Equal(t, state.Pos(), view.Pos())
	require.Equal(t, state.View().Days(), view.Days())
	q, err := analytics.StatsParams{Period: "day"}.Resolve(state.View().Zone(), now)
	require.NoError(t, err)
	want, err := state.View().Stats(q, noRollups, nil, now)
	require.NoError(t, err)
	got, err := view.Stats(q, noRollups, nil, now)
	require.NoError(t, err)
	require.EqualValues(t, 10_000, got.Summary.UniqueVisitors)
	require.Equal(t, want, got)
	wantRows, _ := state.View().Rows(view.Days()[0])
	gotRows, ok := view.Rows(view.Days()[0])
	require.True(t, ok)
	require.Equal(t, wantRows.Len(), gotRows.Len())
	t.Logf("read %d of %d bytes", little.read, whole.read)
	require.Less(t, little.read, whole.read/4)
}
