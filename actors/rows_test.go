package actors_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// storedRow is what a row says without its run.
type storedRow struct {
	Day     analytics.Day
	TS      int64
	Kind    analytics.Kind
	ID      string // "" when the server made it: it names a place in the log
	Path    string
	Visitor analytics.VisitorID
	Session uint32
}

func clientID(id analytics.EventID) string {
	if text := id.Text(); !strings.HasPrefix(text, "evt_") {
		return text
	}
	return ""
}

// TestRows: all rows come in the order of the log of their day, with the names of visitors, from parts and from memory, also after a restart.
func TestRows(t *testing.T) {
	for seed := range uint64(3) {
		stream := testkit.RandomStream(seed)
		r := newRig(t)
		r.cfg.Debt = actors.Debt{SiteRecords: 100, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
		r.start()
		plain := testkit.NewReader(askedSite, stream.Zone.Name(), 10_000)
		body, err := json.Marshal(analytics.SiteDefinition{Timezone: stream.Zone.Name(), MaxDimensionValues: 10_000, DedupKey: 42})
		require.NoError(t, err)
		require.NoError(t, r.sys.Define(t.Context(), askedSite, analytics.Definition{Kind: "site", ID: string(askedSite), Revision: 1, Body: body}))
		for step := range 80 {
			events := stream.Batch()
			r.now.Store(stream.Now)
			records := make([]analytics.Record, len(events))
			for i := range events {
				records[i].Event = &events[i]
			}
			r.submit(askedSite, records...)
			plain.Apply(stream.Now, records...)
			if step == 60 {
				r.stop()
				r.start()
			}
		}
		var want, got []storedRow
		err = plain.Tables(context.Background(), askedSite, -1<<30, 1<<30, false, func(x *report.Table) error {
			for i := range x.Rows {
				row := &x.Rows[i]
				want = append(want, storedRow{x.Day, x.Time(uint32(i)), row.Kind, clientID(x.EventID(uint32(i))), x.Texts[row.Path], x.VisitorIDs[row.Visitor], row.Session})
			}
			return x.Err()
		})
		require.NoError(t, err)
		var day analytics.Day
		var names []analytics.VisitorID
		var last analytics.Arrival
		parts := 0
		err = r.sys.Rows(t.Context(), askedSite, func(number analytics.Day, run *analytics.Rows) error {
			if number != day {
				day, names, last = number, nil, analytics.Arrival{}
			}
			parts++
			require.LessOrEqual(t, int(run.FirstVisitor), len(names))
			names = append(names[:run.FirstVisitor], run.Visitors...)
			for i := range run.List {
				row, at := &run.List[i], run.Arrivals[i]
				require.True(t, at.Pos > last.Pos || at.Pos == last.Pos && at.Index > last.Index, "%v after %v", at, last)
				last = at
				got = append(got, storedRow{
					number, run.Base + int64(row.TS), row.Kind, clientID(run.EventID(askedSite.Partition(), i)), run.Texts[row.Path], names[row.Visitor], row.Session,
				})
			}
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, want, got, "seed %d", seed)
		require.Greater(t, parts, 2)
		r.stop()
	}
}
