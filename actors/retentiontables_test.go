package actors_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/persist/store"
)

// TestRetainedDayBeginsAnew: a day that was dropped and is imported again has nothing of what it was.
func TestRetainedDayBeginsAnew(t *testing.T) {
	const site = analytics.SiteID("site_retain")
	r := newRig(t)
	r.start()
	defer r.stop()
	r.define(site)
	old, zone := r.now.Load(), analytics.UTCZone()
	day := zone.DayAt(old)
	views := func() int64 {
		t.Helper()
		rng := analytics.Range{
			Zone: zone, First: day, Last: day, From: zone.DayStart(day), To: zone.DayStart(day + 1), Interval: analytics.Daily,
		}
		q := analytics.StatsQuery{Range: rng, Limit: 10}
		sums, err := r.sys.Sums(t.Context(), site, report.Over(report.Stats(q, report.Filters{}), rng))
		require.NoError(t, err)
		return sums[0].(*report.StatsSum).Report(q, analytics.FilteredReport{}, 0).Summary.Pageviews
	}
	for i := range 50 {
		r.submit(site, pageview(fmt.Sprintf("old-%d", i), i, old))
	}
	require.EqualValues(t, 50, views())
	for hour := range int64(45 * 24) {
		r.now.Store(old + hour*3_600_000)
		r.submit(site, pageview(fmt.Sprintf("later-%d", hour), int(hour%50), r.now.Load()))
	}
	dropped, err := r.sys.Retain(t.Context(), site, time.UnixMilli(r.now.Load()), 30)
	require.NoError(t, err)
	require.Positive(t, dropped)
	for i := range 20 {
		imported := pageview(fmt.Sprintf("imported-%d", i), 200+i, old)
		imported.Event.Imported, imported.Event.ReceivedAt = true, r.now.Load()
		r.submit(site, imported)
	}
	require.EqualValues(t, 20, views())
}

// lateStore frees nothing, so that a reader of an old state never has to ask again, and pauses one read of a blob.
type lateStore struct {
	*store.Memory
	left    atomic.Int64 // reads up to that one; 0 and less: none is paused
	reached chan struct{}
	goOn    chan struct{}
}

func (s *lateStore) Commit(checkpoints []actors.Checkpoint) error {
	for i := range checkpoints {
		checkpoints[i].Free = nil
	}
	return s.Memory.Commit(checkpoints)
}

func (s *lateStore) Blob(site analytics.SiteID, id uint64) ([]byte, error) {
	data, err := s.Memory.Blob(site, id)
	if s.left.Add(-1) == 0 {
		close(s.reached)
		<-s.goOn
	}
	return data, err
}

// TestReadersOfADroppedDay: what a reader computes of a state that still has a day, which is dropped and imported again meanwhile, is no answer
// about the new one: whether the reader was at work when the day was dropped or began after that, and whether the new day is still open or closed
// with as many rows.
func TestReadersOfADroppedDay(t *testing.T) {
	const site, rows, hour = analytics.SiteID("site_retain"), 20, int64(3_600_000)
	for i := range 4 {
		atWork, closes := i&1 != 0, i&2 != 0
		t.Run(fmt.Sprintf("atWork=%v,closes=%v", atWork, closes), func(t *testing.T) {
			r, s := newRig(t), &lateStore{Memory: store.NewMemory(), reached: make(chan struct{}), goOn: make(chan struct{})}
			r.cfg.Debt.SiteRecords = 1 // a checkpoint follows every block
			r.build(r.log, s)
			r.run()
			defer r.stop()
			old, zone := r.now.Load()-24*hour, analytics.UTCZone() // nothing else comes for that day
			day := zone.DayAt(old)
			rng := analytics.Range{
				Zone: zone, First: day, Last: day, From: zone.DayStart(day), To: zone.DayStart(day + 1), Interval: analytics.Daily,
			}
			ask := report.Over(report.Stats(analytics.StatsQuery{Range: rng, Limit: 10}, report.Filters{}), rng)
			visitors := func(sums []report.Sum, err error) int64 {
				if assert.NoError(t, err) {
					return sums[0].(*report.StatsSum).Totals.Visitors
				}
				return 0
			}
			stored := func() {
				t.Helper()
				require.Eventually(t, func() bool { return r.sys.Uncovered() == 0 }, 10*time.Second, time.Millisecond)
			}
			send := func(name string, hours, perHour, visitors int, at func() int64) {
				t.Helper()
				for n := range hours {
					r.now.Add(hour)
					var records []analytics.Record
					for i := range perHour {
						view := pageview(fmt.Sprintf("%s-%d-%d", name, n, i), i%visitors, at())
						view.Event.Imported, view.Event.ReceivedAt = at() < r.now.Load(), r.now.Load()
						records = append(records, view)
					}
					r.submit(site, records...)
					stored()
				}
			}
			then := func() int64 { return old }
			r.define(site)
			send("old", 1, rows, rows, then)
			send("later", 45*24, 1, 1, r.now.Load)
			answer, err := r.sys.AskNow(t.Context(), site, ask)
			require.NoError(t, err)
			late := make(chan int64, 1)
			if atWork { // it has read the rollup and the part
				s.left.Store(2)
				go func() { late <- visitors(answer()) }()
				<-s.reached
			}
			dropped, err := r.sys.Retain(t.Context(), site, time.UnixMilli(r.now.Load()), 30)
			require.NoError(t, err)
			require.Positive(t, dropped)
			stored()
			if closes {
				send("new", 1, rows, 3, then)
				send("rest", 3, 1, 1, r.now.Load)
			} else {
				send("new", 1, rows/2, 3, then)
			}
			if atWork {
				close(s.goOn)
			} else {
				late <- visitors(answer())
			}
			require.EqualValues(t, rows, <-late)
			require.EqualValues(t, 3, visitors(r.sys.Sums(t.Context(), site, ask)))
		})
	}
}

// TestRetentionOfAQuietSite: a site to which a block comes once a day keeps its days no longer than others.
func TestRetentionOfAQuietSite(t *testing.T) {
	const site, keep = analytics.SiteID("site_quiet1"), 30
	r := newRig(t)
	r.start()
	defer r.stop()
	r.define(site)
	dropped := 0
	for n := range 120 {
		r.submit(site, pageview(fmt.Sprintf("event-%d", n), n, r.now.Load()))
		forgotten, err := r.sys.Retain(t.Context(), site, time.UnixMilli(r.now.Load()), keep)
		require.NoError(t, err)
		dropped += forgotten
		r.now.Add(86_400_000)
	}
	_, days, err := r.sys.Days(t.Context(), site)
	require.NoError(t, err)
	require.InDelta(t, keep, len(days), 2)
	require.Equal(t, 120, len(days)+dropped)
}

// TestLastPageviewIsStored: a site's latest pageview is one that is stored: of what was dropped not even the time is left.
func TestLastPageviewIsStored(t *testing.T) {
	const site = analytics.SiteID("site_retain")
	for _, zone := range []string{"UTC", "America/Sao_Paulo"} { // of the range: that of the stored days, and another
		t.Run(zone, func(t *testing.T) {
			r := newRig(t)
			r.start()
			defer r.stop()
			r.define(site)
			old := r.now.Load()
			last := func() int64 {
				t.Helper()
				z, err := analytics.LoadZone(zone)
				require.NoError(t, err)
				q, err := analytics.StatsParams{Period: "90d"}.Resolve(z, r.now.Load())
				require.NoError(t, err)
				answer, err := r.sys.Stats(t.Context(), site, q)
				require.NoError(t, err)
				return answer.LastPageview
			}
			retain := func() {
				t.Helper()
				dropped, err := r.sys.Retain(t.Context(), site, time.UnixMilli(r.now.Load()), 30)
				require.NoError(t, err)
				require.Positive(t, dropped)
			}
			idle := func(days int64) { // visitors leave their pages open
				t.Helper()
				for range days * 24 {
					r.now.Add(3_600_000)
					beat := pageview(fmt.Sprintf("beat-%d", r.now.Load()), 1, r.now.Load())
					beat.Event.Kind = analytics.Heartbeat
					r.submit(site, beat)
				}
			}
			r.submit(site, pageview("pageview-1", 1, old))
			idle(20)
			require.Equal(t, old, last())
			idle(20)
			retain()
			require.Zero(t, last())
			for i, hours := range []int64{30, 54, 53} {
				imported := pageview(fmt.Sprintf("imported-%d", i), i, old-hours*3_600_000)
				imported.Event.Imported, imported.Event.ReceivedAt = true, r.now.Load()
				r.submit(site, imported)
			}
			require.Equal(t, old-30*3_600_000, last())
			idle(5)
			require.Equal(t, old-30*3_600_000, last())
			idle(40)
			retain()
			require.Zero(t, last())
		})
	}
}
