package analytics_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// FuzzDecodeBlock: any bytes give a block or ErrCorrupt, and what was read writes the same records again.
func FuzzDecodeBlock(f *testing.F) {
	e := analytics.Event{ID: analytics.PackEventID("c1f0a2b3c4d5"), Kind: analytics.Custom, Path: "/", Action: "buy", HasValue: true, Value: -5,
		Properties: []analytics.Property{{Key: "plan", Text: "pro"}, {Key: "n", Type: analytics.NumberProperty, Text: "1"}}}
	click := analytics.Event{Kind: analytics.Click, X: 3, ViewportW: 800, ViewportH: 600, Selector: "#a", HasSinceLoad: true}
	scroll := analytics.Event{Kind: analytics.Scroll, Depth: 9950, Dwell: []analytics.Pair{{0, 500}}}
	var data []byte
	for _, r := range []analytics.Record{{Event: &e}, {Event: &click}, {Event: &scroll},
		{Filtered: &analytics.Filtered{Reason: analytics.DropPath, Count: 3, ReceivedAt: 5}},
		{Define: &analytics.Definition{Kind: "site", ID: "site_abc123", Revision: 1, Body: []byte("{}")}},
		{Skip: &analytics.Skip{Pos: 7, Index: 2}}} {
		data = r.Encode(data)
	}
	block := analytics.Block{Producer: 1, Sequence: 2, LogicalTime: 3, Sections: []analytics.Section{{Site: "site_abc123", Count: 6, Data: data}}}
	f.Add(block.Encode(), data)
	block.Steady = true
	f.Add(block.Encode(), data)
	f.Fuzz(func(t *testing.T, block, section []byte) {
		if b, err := analytics.DecodeBlock(block); err == nil {
			again, err := analytics.DecodeBlock(b.Encode())
			require.NoError(t, err)
			require.Equal(t, b, again)
		} else {
			require.ErrorIs(t, err, analytics.ErrCorrupt)
		}
		records, err := analytics.DecodeRecords(section, 0)
		if err != nil {
			require.ErrorIs(t, err, analytics.ErrCorrupt)
			return
		}
		once := encodeAll(records) // without what a kind does not have
		again, err := analytics.DecodeRecords(once, len(records))
		require.NoError(t, err)
		require.Equal(t, once, encodeAll(again))
	})
}

func encodeAll(records []analytics.Record) (b []byte) {
	for i := range records {
		b = records[i].Encode(b)
	}
	return b
}

// anyBlob is the only blob, whatever it is called.
type anyBlob []byte

func (b anyBlob) Blob(uint64) ([]byte, error) { return b, nil }

func (b anyBlob) BlobRange(_ uint64, off, n uint32) ([]byte, error) {
	return testkit.Blobs{0: b}.BlobRange(0, off, n)
}

// FuzzLoadState: any bytes give a state or an error, never a panic or endless memory.
func FuzzLoadState(f *testing.F) {
	s := newSite(f, "Europe/Berlin", 50)
	g := newStream(3)
	var events []analytics.Event
	for range 40 {
		events = append(events, g.event())
	}
	fold(s, 2, g.now, events)
	store := &blobs{Blobs: make(testkit.Blobs)}
	c := s.BeginCheckpoint()
	store.save(c)
	for _, blob := range store.Blobs {
		f.Add(store.root, blob)
	}
	f.Fuzz(func(t *testing.T, root, blob []byte) {
		_, err := analytics.LoadState(root, anyBlob(blob), 0)
		if err != nil && !errors.Is(err, analytics.ErrCorrupt) {
			t.Fatalf("an error of another kind: %v", err)
		}
		if _, err := analytics.DecodeRollup(blob); err != nil {
			require.ErrorIs(t, err, analytics.ErrCorrupt)
		}
	})
}

// FuzzPart: bytes of a part give rows or an error, never a panic; what was read is written and read again the same.
func FuzzPart(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 3))
	r := testkit.NewReader("site_abc123", "UTC", 100)
	for n := range 300 {
		r.Events(randomEvent(rng, n, 1_768_435_200_000+rng.Int64N(80_000_000)))
	}
	rows, ok := r.State.View().Rows(r.State.Zone().DayAt(1_768_435_200_000 + 40_000_000))
	if !ok {
		f.Fatal("no rows")
	}
	f.Add(analytics.EncodePart(rows.Runs[0]))
	f.Fuzz(func(t *testing.T, data []byte) {
		part, err := analytics.DecodePart(data, analytics.AllSections)
		if err != nil {
			require.ErrorIs(t, err, analytics.ErrCorrupt)
			return
		}
		again, err := analytics.DecodePart(analytics.EncodePart(part), analytics.AllSections)
		require.NoError(t, err)
		if part.Len() == 0 {
			return
		}
		require.Equal(t, part.List, again.List)
		require.Equal(t, part.Texts, again.Texts)
	})
}

// TestPartBounce: a part with an is_bounce that no event has is damaged.
func TestPartBounce(t *testing.T) {
	r := testkit.NewReader("site_abc123", "UTC", 100)
	e := analytics.Event{TS: 1_768_435_200_000, ReceivedAt: 1_768_435_200_000, Kind: analytics.Engagement, Path: "/", TimeOnPage: 1000, Seq: 1, IsBounce: analytics.True}
	r.Events(e)
	rows, ok := r.State.View().Rows(r.State.Zone().DayAt(e.TS))
	require.True(t, ok)
	part := *rows.Runs[0]
	_, err := analytics.DecodePart(analytics.EncodePart(&part), analytics.AllSections)
	require.NoError(t, err)
	part.Engagements = []analytics.EngagementRow{{TimeOnPage: 1000, Seq: 1, IsBounce: analytics.True + 1}}
	_, err = analytics.DecodePart(analytics.EncodePart(&part), analytics.AllSections)
	require.ErrorIs(t, err, analytics.ErrCorrupt)
}
