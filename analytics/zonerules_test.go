package analytics

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// storedBlobs are what a checkpoint put.
type storedBlobs map[uint64][]byte

func (b storedBlobs) Blob(id uint64) ([]byte, error) { return b[id], nil }

func (b storedBlobs) BlobRange(id uint64, off, n uint32) ([]byte, error) {
	return wholeBlob(b[id]).BlobRange(0, off, n)
}

// TestZoneRulesChange: a day that is open when the rules of its zone change goes on; an event that is in it by the new rules alone is not put into
// a second day of that name, of which one would be lost when both are closed.
func TestZoneRulesChange(t *testing.T) {
	const name = "Test/Zone"
	t.Cleanup(func() { locations.Delete(name) })
	locations.Store(name, time.FixedZone(name, 3600))
	body, err := json.Marshal(SiteDefinition{Timezone: name, MaxDimensionValues: 100, DedupKey: 1})
	require.NoError(t, err)
	s, store := NewState("site_a"), storedBlobs{}
	var res Result
	send := func(pos Pos, id string, ts int64) {
		s.ApplyAll(pos, ts, []Record{{Event: &Event{
			ID: PackEventID(id), TS: ts, ReceivedAt: ts, Kind: Pageview, Path: "/", Visitor: VisitorID{1},
		}}}, &res)
	}
	save := func() []byte {
		c := s.BeginCheckpoint()
		root, put, _, err := c.Encode(store)
		require.NoError(t, err)
		for id, data := range put {
			store[id] = data
		}
		s.Finish(c)
		return root
	}
	rows := func() (n int) {
		for _, d := range s.days {
			n += d.rows()
		}
		for _, d := range s.closed {
			for _, p := range d.parts {
				n += int(p.Rows)
			}
		}
		return n
	}
	noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC).UnixMilli()
	s.ApplyAll(1, noon, []Record{{Define: &Definition{Kind: "site", ID: "site_a", Revision: 1, Body: body}}}, &res)
	send(2, "event-one", noon)
	root := save()

	locations.Store(name, time.FixedZone(name, 0))
	s, err = LoadState(root, store, everything)
	require.NoError(t, err)
	late := time.Date(2026, 1, 15, 23, 30, 0, 0, time.UTC).UnixMilli() // behind the end that the day was made with
	send(3, "event-two", late)
	send(4, "event-one", late)
	require.Equal(t, 2, res.Stored, "an id is known")
	require.Len(t, s.days, 1)
	for hour := range int64(120) {
		s.Begin(5, late+hour*3_600_000)
	}
	root = save()
	require.Len(t, s.closed, 1)
	require.Equal(t, 2, rows())
	s, err = LoadState(root, store, everything)
	require.NoError(t, err)
	require.Equal(t, 2, rows())
}
