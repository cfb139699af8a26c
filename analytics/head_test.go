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
	require.LessOrEqual(t, len(h.knownOrigins), maxCommon)
	require.LessOrEqual(t, len(h.knownClients), maxCommon)
	require.Len(t, h.rows.Origins, 701)
	require.Len(t, h.rows.List, visitors)
	for n, row := range h.rows.List {
		require.Equal(t, campaign(n), h.rows.Origins[row.Origin].UTM.Campaign)
		require.Equal(t, fmt.Sprint("Browser ", n%600), h.rows.Clients[row.Client].Browser)
	}
}
