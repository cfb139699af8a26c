package analytics_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestDecoder: records that are read with common clients and origins, into memory that is used again, fold to the same state as those that are
// read one by one; also with more clients than are kept.
func TestDecoder(t *testing.T) {
	plain, common := newSite(t, "UTC", 100), newSite(t, "UTC", 100)
	var decoder analytics.Decoder
	var room analytics.Room
	for block := range 30 {
		var data []byte
		const n = 100
		for i := range n {
			k := block*n + i
			e := analytics.Event{
				TS: 1_768_435_200_000 + int64(k)*1000, Kind: analytics.Pageview, Visitor: analytics.VisitorID{byte(k % 200), byte(k / 2500)},
				Path: fmt.Sprintf("/p/%d", k%150), Country: "DE", Browser: "Firefox", BrowserVersion: fmt.Sprint(k % 2500), OS: "Linux",
				Channel: "referral", Source: fmt.Sprintf("s%d.example", k%1900), ReferrerDomain: "s.example", UTM: analytics.UTM{Term: fmt.Sprint(k % 3)},
			}
			e.ReceivedAt = e.TS
			if i%7 == 0 {
				e.Kind, e.Country, e.Browser, e.BrowserVersion, e.OS = analytics.Custom, "", "", "", ""
				e.Channel, e.Source, e.ReferrerDomain, e.UTM = "", "", "", analytics.UTM{}
			}
			data = (&analytics.Record{Event: &e}).Encode(data)
		}
		fold := func(s *analytics.State, records []analytics.Record, err error) {
			require.NoError(t, err)
			require.Len(t, records, n)
			var res analytics.Result
			s.ApplyAll(analytics.Pos(block+2), 1_768_435_200_000+int64(block*n)*1000, records, &res)
			require.Equal(t, n, res.Stored)
		}
		records, err := analytics.DecodeRecords(data, n)
		fold(plain, records, err)
		records, err = decoder.Records(append([]byte(nil), data...), n/3, &room)
		fold(common, records, err)
		clear(data)
	}
	stored := func(s *analytics.State) (root []byte, blobs any) {
		root, put, _, err := s.BeginCheckpoint().Encode(nil)
		require.NoError(t, err)
		return root, put
	}
	root, blobs := stored(plain)
	gotRoot, gotBlobs := stored(common)
	require.Equal(t, root, gotRoot)
	require.Equal(t, blobs, gotBlobs)
}
