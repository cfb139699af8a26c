package analytics_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// clockCases are what a server's clock can do (R7): what it says at one step after the other, in UTC.
var clockCases = []struct {
	name, zone string
	steps      []string
}{
	{"24 hours back", "Europe/Berlin", []string{"2026-03-10T12:00:00Z", "2026-03-10T12:00:01Z", "2026-03-09T12:00:02Z", "2026-03-09T12:05:00Z", "2026-03-10T12:06:00Z"}},
	{"24 hours ahead", "Europe/Berlin", []string{"2026-03-10T12:00:00Z", "2026-03-11T12:00:01Z", "2026-03-11T12:10:00Z", "2026-03-10T12:11:00Z"}},
	{"24 hours ahead for good", "UTC", []string{"2026-03-10T23:30:00Z", "2026-03-11T23:31:00Z", "2026-03-11T23:59:59.999Z", "2026-03-12T00:00:00Z"}},
	{"400 days ahead and back", "UTC", []string{"2026-03-10T12:00:00Z", "2027-04-14T12:00:01Z", "2027-04-14T12:01:00Z", "2026-03-10T12:02:00Z"}},
	{"400 days back", "UTC", []string{"2027-04-14T12:00:00Z", "2026-03-10T12:00:00Z", "2026-03-10T12:01:00Z"}},
	{"clocks go forward", "America/New_York", []string{"2026-03-08T04:59:59.999Z", "2026-03-08T05:00:00Z", "2026-03-08T06:59:59.999Z", "2026-03-08T07:00:00Z", "2026-03-09T03:59:59.999Z", "2026-03-09T04:00:00Z"}},
	{"clocks go back", "America/New_York", []string{"2026-11-01T03:59:59.999Z", "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-02T04:59:59.999Z", "2026-11-02T05:00:00Z"}},
	{"by half an hour", "Australia/Lord_Howe", []string{"2026-04-04T12:59:59.999Z", "2026-04-04T13:00:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-05T13:29:59.999Z", "2026-04-05T13:30:00Z"}},
	{"the last millisecond of a day", "Asia/Kathmandu", []string{"2026-03-10T18:14:59.998Z", "2026-03-10T18:14:59.999Z", "2026-03-10T18:15:00Z", "2026-03-10T18:15:00.001Z"}},
	{"the last millisecond, and back", "UTC", []string{"2026-03-10T23:59:59.999Z", "2026-03-11T00:00:00Z", "2026-03-10T23:59:59.999Z", "2026-03-11T00:00:00.001Z"}},
}

// TestClockCases is R7: whatever the clock does, with and without restarts, no duration is negative, every event is on exactly one day, and every day of
// a range is there once; at the end each number is what SQL says of the events as they are dated.
func TestClockCases(t *testing.T) {
	for _, c := range clockCases {
		for _, restarts := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarts %t", c.name, restarts), func(t *testing.T) { clockCase(t, c.zone, c.steps, restarts) })
		}
	}
}

func clockCase(t *testing.T, zoneName string, steps []string, restarts bool) {
	zone, err := analytics.LoadZone(zoneName)
	require.NoError(t, err)
	s, store, recount := newSite(t, zoneName, 10_000), &blobs{Blobs: make(testkit.Blobs)}, testkit.NewOracle(t)
	want, sent := map[analytics.Day]int64{}, []analytics.Event{}
	for n, step := range steps {
		at, err := time.Parse(time.RFC3339Nano, step)
		require.NoError(t, err)
		now, day := at.UnixMilli(), zone.DayAt(at.UnixMilli())
		var batch []analytics.Event
		for who := range byte(2) {
			for i, kind := range []analytics.Kind{analytics.Pageview, analytics.Custom, analytics.Engagement} {
				e := analytics.Event{
					ID: analytics.PackEventID(fmt.Sprintf("event-%d-%d-%d", n, who, i)), TS: now, ReceivedAt: now, Kind: kind, Path: fmt.Sprintf("/%d", n),
					Visitor: analytics.VisitorID{who, byte(day), byte(day >> 8)}, Country: "DE", Device: "desktop", Browser: "Chrome", OS: "Linux",
				}
				switch kind {
				case analytics.Pageview:
					e.Channel, e.Source = "direct", "(direct)"
					want[day]++
				case analytics.Custom:
					e.Action = "buy"
				default:
					e.TimeOnPage, e.Seq = 1500, 1
				}
				batch = append(batch, e)
			}
		}
		if n > 0 { // a retry across the step, under the date it had
			batch = append(batch, sent[0])
		}
		duplicates := 0
		pos := analytics.Pos(n + 2)
		for i := range batch {
			if !recount.Add(&batch[i], analytics.ServerEventID(s.Site().Partition(), pos, i).Text()) {
				duplicates++
			}
		}
		attach(t, s, store, now, batch)
		res := fold(s, pos, now, batch)
		require.Len(t, res.Duplicates, duplicates, step)
		require.Equal(t, min(n, 1), duplicates, "a retry counts once")
		sent = append(sent, batch...)
		if restarts {
			s = reload(t, s, store)
		}
		requireDays(t, s, store, zone, want)
		if n > 0 && n < len(steps)-1 {
			continue
		}
		compareView(t, &stream{zone: zone, now: now}, s.View(), store, recount)
	}
}

// requireDays expects exactly these days, each with its pageviews once.
func requireDays(t *testing.T, s *analytics.State, store *blobs, zone analytics.Zone, want map[analytics.Day]int64) {
	t.Helper()
	require.Len(t, s.View().Days(), len(want), "a day is lost or doubled")
	for day, n := range want {
		from, to := day-1, day+1
		q, err := analytics.StatsParams{StartDate: from.String(), EndDate: to.String()}.Resolve(zone, zone.DayStart(to+2))
		require.NoError(t, err)
		r, err := s.View().Stats(q, store.rollup, nil, 0)
		require.NoError(t, err)
		require.GreaterOrEqual(t, r.Summary.AvgSessionDuration, int64(0), "negative duration")
		require.GreaterOrEqual(t, r.Summary.AvgTimeOnPage, int64(0))
		require.Len(t, r.Timeseries, 3, "three days")
		for i, bucket := range r.Timeseries {
			require.Equal(t, (from + analytics.Day(i)).String(), bucket.Date[:10], "a day is lost or doubled")
			require.Equal(t, want[from+analytics.Day(i)], bucket.Pageviews, bucket.Date)
		}
		require.Equal(t, n, r.Timeseries[1].Pageviews)
	}
}
