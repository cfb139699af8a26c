package analytics_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// runCrowdedVisitors folds two visitors with many pages and sessions twice; in between their page leaves memory, or not.
func runCrowdedVisitors(t *testing.T, page bool) (*analytics.StatsReport, []analytics.Landed) {
	const start, hour = int64(1_768_435_200_000), int64(3_600_000)
	s, store := newSite(t, "UTC", 2000), &blobs{Blobs: make(testkit.Blobs)}
	n := 0
	ev := func(visitor uint32, ts int64, path, key string) analytics.Event {
		n++
		e := analytics.Event{TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: path, SessionKey: key, ID: analytics.PackEventID(fmt.Sprintf("event-%d", n))}
		binary.LittleEndian.PutUint32(e.Visitor[:], visitor)
		return e
	}
	var block []analytics.Event
	for i := range 30 { // two visitors of one page see 30 pages each, in turn, in 30 sessions each
		for v := range uint32(2) {
			block = append(block, ev(v, start+int64(i%3)*hour+int64(i)*1000, fmt.Sprintf("/p%d", i), fmt.Sprintf("s%d-%d", v, i)))
		}
	}
	for i := range 100 {
		block = append(block, ev(uint32(100+i), start+1, "/", ""))
	}
	foldLanding(s, 2, start+4*hour, block)
	c := s.BeginCheckpoint()
	store.save(c)
	s.Finish(c)
	if page {
		require.Greater(t, s.Evict(math.MaxInt64), int64(0))
	}
	var again []analytics.Event
	for i := range 30 {
		for v := range uint32(2) {
			again = append(again, ev(v, start+int64(i%3)*hour+int64(i)*1000+60_000, fmt.Sprintf("/p%d", i), fmt.Sprintf("s%d-%d", v, i)))
		}
	}
	for i := range 30 {
		again = append(again, ev(0, start+3*hour+int64(i), fmt.Sprintf("/p%d", i), "x"))
	}
	attach(t, s, store, start+4*hour, again)
	res := foldLanding(s, 3, start+4*hour, again)
	r, err := s.View().Stats(analytics.StatsQuery{Range: analytics.Range{Zone: s.Zone(), First: s.Zone().DayAt(start), Last: s.Zone().DayAt(start), From: start + 2*hour, To: start + 24*hour, Interval: analytics.Daily}, Limit: 100}, nil, nil, 0)
	require.NoError(t, err)
	return r, res.Landed
}

// TestPagingOfCrowdedVisitors: visitors of so many pages and sessions that an index finds them land where they would have, had their page not been away.
func TestPagingOfCrowdedVisitors(t *testing.T) {
	a, la := runCrowdedVisitors(t, false)
	b, lb := runCrowdedVisitors(t, true)
	require.Equal(t, a, b)
	require.Equal(t, la, lb)
}
