package analytics_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestLargeTexts: rows with long texts become parts early, in memory, by a checkpoint and when their day closes, so that no part outgrows what can be
// read, and none waits in memory for others.
func TestLargeTexts(t *testing.T) {
	const start, hour = int64(1_768_435_200_000), int64(3_600_000)
	const part = 16 << 20
	s, store := newSite(t, "UTC", 200), &blobs{Blobs: make(testkit.Blobs)}
	day := s.Zone().DayAt(start)
	pos, events := analytics.Pos(1), 0
	send := func(n int) {
		block := make([]analytics.Event, n)
		for i := range block {
			events++
			e := analytics.Event{
				TS: start + int64(events), ReceivedAt: start + hour, Kind: analytics.Custom, Action: "save", Path: "/",
				ID: analytics.PackEventID(fmt.Sprintf("event-%d", events)), Visitor: analytics.VisitorID{byte(events)},
			}
			for k := range 10 {
				e.Properties = append(e.Properties, analytics.Property{Key: fmt.Sprintf("k%d", k), Text: fmt.Sprintf("%0450d", 10*events+k)})
			}
			block[i] = e
		}
		pos++
		fold(s, pos, start+hour, block)
	}
	checkpoint := func() {
		c := s.BeginCheckpoint()
		store.save(c)
		s.Finish(c)
	}
	// check reads all parts and tells how many there are, and how many runs are in memory.
	check := func() (parts, runs int) {
		t.Helper()
		d, ok := s.View().Rows(day)
		require.True(t, ok)
		require.Equal(t, events, d.Len())
		for _, p := range d.Parts {
			data, err := store.Blob(p.Blob)
			require.NoError(t, err)
			rows, err := analytics.DecodePart(data, analytics.AllSections)
			require.NoError(t, err)
			texts := 0
			for _, text := range rows.Texts {
				texts += len(text)
			}
			require.Less(t, texts, part+5000)
		}
		return len(d.Parts), len(d.Runs)
	}

	send(400) // 1.8 MB
	require.Greater(t, s.Size().Loose, int64(1_800_000), "a checkpoint takes them out of memory")
	checkpoint()
	parts, runs := check()
	require.Equal(t, 1, parts)
	require.Zero(t, runs)

	send(4000) // 18 MB: the head is full once
	parts, runs = check()
	require.Equal(t, 1, parts)
	require.Equal(t, 2, runs)
	for range 8 {
		send(400)
		checkpoint()
	}
	parts, _ = check()
	require.Equal(t, 10, parts)

	for h := range int64(100) {
		s.Begin(pos, start+h*hour)
	}
	checkpoint()
	parts, runs = check()
	require.Equal(t, 3, parts, "34 MB, merged")
	require.Zero(t, runs)
}
