package analytics

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHeadForgets: of visitors who all come from elsewhere the newest rows do not keep more origins in memory than a Decoder does; the rows are right.
func TestHeadForgets(t *testing.T) {
	const now, visitors = 1_750_000_000_000, 2_000
	s, decoder, room := NewState("site_abc123"), new(Decoder), new(Room)
	campaign := func(n int) string { return fmt.Sprint("campaign-", n%700) } // some come again after they were forgotten
	for pos := range Pos(20) {
		var data []byte
		for i := range visitors / 20 {
			n := int(pos)*visitors/20 + i
			e := Event{
				ID: EventID(fmt.Sprint("event-", n)), TS: now, ReceivedAt: now, Kind: Pageview, Path: "/", Browser: fmt.Sprint("Browser ", n%600),
				UTM: UTM{Campaign: campaign(n)},
			}
			copy(e.Visitor[:], fmt.Sprint("visitor-", n))
			data = (&Record{Event: &e}).Encode(data)
		}
		records, err := decoder.Records(data, 0, room)
		require.NoError(t, err)
		var res Result
		s.ApplyAll(pos+1, now, records, &res)
	}
	h := s.days[0].head
	require.LessOrEqual(t, len(h.knownOrigins), fewCommon)
	require.LessOrEqual(t, len(h.knownClients), fewCommon)
	require.LessOrEqual(t, len(decoder.origins), fewCommon)
	require.LessOrEqual(t, len(decoder.clients), fewCommon)
	require.Len(t, h.rows.Origins, 701)
	require.Len(t, h.rows.List, visitors)
	for n, row := range h.rows.List {
		require.Equal(t, campaign(n), h.rows.Origins[row.Origin].UTM.Campaign)
		require.Equal(t, fmt.Sprint("Browser ", n%600), h.rows.Clients[row.Client].Browser)
	}
}

// TestKeeping: what comes again and again is kept, what does not is not, and a site that changes is noticed.
func TestKeeping(t *testing.T) {
	var k keeping
	values := make(map[int]bool)
	most := 0
	come := func(v int) {
		if values[v] {
			k.found++
			return
		}
		if k.full(len(values)) {
			clear(values)
		}
		values[v] = true
		most = max(most, len(values))
	}
	hits := func(n, distinct int) (share float64) {
		found := 0
		for i := range n {
			v := i * 7919 % distinct
			if values[v] {
				found++
			}
			come(v)
		}
		return float64(found) / float64(n)
	}
	require.Greater(t, hits(10_000, 100), 0.98, "a usual site")
	hits(1_000, 1_000_000_007) // all are new
	most = 0
	hits(400, 1_000_000_007)
	require.Equal(t, fewCommon, most)
	hits(5_000, 100)
	require.Greater(t, hits(10_000, 100), 0.98, "usual again")
}
