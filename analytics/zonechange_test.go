package analytics_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestRetryAfterZoneChange: an event that was imported into a day that is long over, and comes again after the site's zone changed, is known
// (F7), although its time belongs to another day now; whether the first day is open or closed.
func TestRetryAfterZoneChange(t *testing.T) {
	const site = analytics.SiteID("site_moved1")
	now := time.Date(2026, 6, 20, 12, 0, 0, 0, time.UTC).UnixMilli()
	old := analytics.Event{
		ID: analytics.PackEventID("imported-1"), TS: time.Date(2026, 6, 10, 1, 30, 0, 0, time.UTC).UnixMilli(), ReceivedAt: now, Imported: true,
		Kind: analytics.Pageview, Path: "/", Channel: "direct", Source: "(direct)", Visitor: analytics.VisitorID{1},
	}
	for _, closed := range []bool{false, true} {
		for _, zone := range []string{"America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"} {
			r := testkit.NewReader(site, "UTC", 100)
			require.Equal(t, 1, r.Apply(now, analytics.Record{Event: &old}).Stored)
			if closed {
				r.Apply(now + 3_600_000)
				require.NoError(t, r.Checkpoint(true))
			}
			define(t, r, site, zone)
			res := r.Apply(now+3_600_001, analytics.Record{Event: &old})
			require.Zero(t, res.Stored, "closed %v, to %s", closed, zone)
			require.Equal(t, []int{0}, res.Duplicates)
		}
	}
}

// TestZoneChangeWithinBlock: a change of zone and the events behind it come in one block. The closed days that these touch in the new zone are
// named, so that they are attached before (F3).
func TestZoneChangeWithinBlock(t *testing.T) {
	const site = analytics.SiteID("site_moved2")
	now := time.Date(2026, 6, 20, 12, 0, 0, 0, time.UTC).UnixMilli()
	at := func(id string, day, hour int) analytics.Record {
		return analytics.Record{Event: &analytics.Event{
			ID: analytics.PackEventID(id), TS: time.Date(2026, 6, day, hour, 0, 0, 0, time.UTC).UnixMilli(), ReceivedAt: now, Imported: true,
			Kind: analytics.Pageview, Path: "/", Channel: "direct", Source: "(direct)", Visitor: analytics.VisitorID{byte(day)},
		}}
	}
	r := testkit.NewReader(site, "UTC", 100)
	r.Apply(now, at("imported-1", 9, 12), at("imported-2", 10, 12))
	r.Apply(now + 3_600_000)
	require.NoError(t, r.Checkpoint(true))
	r.Apply(now+3_600_001, at("imported-3", 10, 1)) // opens the 10th alone
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: "Pacific/Pago_Pago", MaxDimensionValues: 100, DedupKey: 42})
	require.NoError(t, err)
	moved := analytics.Record{Define: &analytics.Definition{Kind: "site", ID: string(site), Revision: 2, Body: body}}
	res := r.Apply(now+3_600_002, moved, at("imported-4", 10, 2)) // the 9th there
	require.Equal(t, 1, res.Stored)
	require.Equal(t, 1, r.Apply(now+3_600_003, at("imported-1", 9, 12), at("imported-5", 9, 12)).Stored, "what the 9th had is known")
}

func define(t *testing.T, r *testkit.Reader, site analytics.SiteID, zone string) {
	t.Helper()
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: zone, MaxDimensionValues: 100, DedupKey: 42})
	require.NoError(t, err)
	r.Apply(0, analytics.Record{Define: &analytics.Definition{Kind: "site", ID: string(site), Revision: 2, Body: body}})
}
