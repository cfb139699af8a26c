package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestLatestEvent: over checkpoints, closed days and restarts it is the event that going through all of them finds.
func TestLatestEvent(t *testing.T) {
	for seed := range uint64(12) {
		stream := testkit.RandomStream(seed)
		r := testkit.NewReader("site_abc123", stream.Zone.Name(), 10_000)
		got, err := r.LatestEvent(t.Context(), "site_abc123")
		require.NoError(t, err)
		require.Nil(t, got)
		var all []analytics.Event
		for step := range 40 {
			events := stream.Batch()
			all = append(all, events...)
			records := make([]analytics.Record, len(events))
			for i := range events {
				records[i].Event = &events[i]
			}
			r.Apply(stream.Now, records...)
			if step%5 == int(seed%5) {
				require.NoError(t, r.Checkpoint(step%2 == 0))
			}
			latest := int64(0)
			for i := range all {
				latest = max(latest, all[i].TS)
			}
			if got, err = r.LatestEvent(t.Context(), "site_abc123"); len(all) == 0 {
				continue
			}
			require.NoError(t, err)
			require.Equal(t, latest, got.TS, "seed %d step %d", seed, step)
			requireStored(t, got, all)
		}
	}
}

// requireStored: the event is one of those that were sent, with its own visitor.
func requireStored(t *testing.T, got *report.StoredEvent, sent []analytics.Event) {
	t.Helper()
	for i := range sent {
		e := &sent[i]
		if e.TS == got.TS && e.Path == got.Path && e.Kind.String() == got.Type && e.Visitor.String() == got.VisitorID && e.Browser == got.Browser {
			return
		}
	}
	require.Fail(t, "the event was never sent", "%+v", got)
}
