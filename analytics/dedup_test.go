package analytics_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestKeyWithinABlock stores events whose site is defined between them: the ids behind the definition are remembered by its key, so that what comes
// again in a later block is known.
func TestKeyWithinABlock(t *testing.T) {
	const start = 1_768_435_200_000
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: "UTC", MaxDimensionValues: 100, DedupKey: 42})
	require.NoError(t, err)
	view := func(n int) analytics.Record {
		return analytics.Record{Event: &analytics.Event{
			ID: analytics.PackEventID(fmt.Sprintf("event-%04d", n)), TS: start, ReceivedAt: start, Kind: analytics.Pageview, Path: "/",
		}}
	}
	s := analytics.NewState("site_abc123")
	records := []analytics.Record{{Define: &analytics.Definition{Kind: "site", Revision: 1, Body: body}}}
	for n := range 100 { // more than are looked up at once
		records = append(records, view(n))
	}
	var res analytics.Result
	s.ApplyAll(1, start, records, &res)
	require.Equal(t, 100, res.Stored)
	res = analytics.Result{}
	s.ApplyAll(2, start, records[1:], &res)
	require.Len(t, res.Duplicates, 100)
	require.Zero(t, res.Stored)
}
