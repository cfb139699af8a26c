package report_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

func at(t *testing.T, text string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return v.UnixMilli()
}

// TestAlertWindows: the windows of metrics.md §5, at a moment of the example world and around both changes of the clock.
func TestAlertWindows(t *testing.T) {
	zone, err := analytics.LoadZone("America/New_York")
	require.NoError(t, err)
	text := func(w report.Window) string {
		return time.UnixMilli(w.From).UTC().Format(time.RFC3339Nano) + " " + time.UnixMilli(w.To).UTC().Format(time.RFC3339Nano)
	}
	now := at(t, "2026-01-15T16:30:20Z")
	require.Equal(t, "2026-01-15T15:30:20.001Z 2026-01-15T16:30:20.001Z", text(report.AlertWindow("1h", zone, now)))
	require.Equal(t, "2026-01-14T17:00:00Z 2026-01-15T16:30:20.001Z", text(report.AlertWindow("24h", zone, now)))
	require.Equal(t, "2026-01-09T05:00:00Z 2026-01-15T16:30:20.001Z", text(report.AlertWindow("7d", zone, now)))

	compare := func(period, with, moment string) string {
		a := &analytics.Alert{Type: analytics.ComparisonAlert, Period: period, CompareWith: with}
		past := report.AlertPast(a, zone, at(t, moment))
		require.Len(t, past, 1)
		return text(past[0])
	}
	for _, c := range []struct{ period, with, moment, want string }{
		{"1h", "previous_period", "2026-01-15T16:30:20Z", "2026-01-15T14:30:20.001Z 2026-01-15T15:30:20.001Z"},
		{"1h", "previous_week", "2026-01-15T16:30:20Z", "2026-01-08T15:30:20.001Z 2026-01-08T16:30:20.001Z"},
		{"1h", "previous_month", "2026-01-15T16:30:20Z", "2025-12-18T15:30:20.001Z 2025-12-18T16:30:20.001Z"},
		{"24h", "previous_period", "2026-01-15T16:30:20Z", "2026-01-13T17:00:00Z 2026-01-14T16:30:20.001Z"},
		{"7d", "previous_period", "2026-01-15T16:30:20Z", "2026-01-02T05:00:00Z 2026-01-08T16:30:20.001Z"},
		{"1h", "previous_week", "2026-03-10T16:30:20Z", "2026-03-03T16:30:20.001Z 2026-03-03T17:30:20.001Z"}, // 12:30 in both, an hour of UTC apart
		{"7d", "previous_week", "2026-11-03T17:10:00Z", "2026-10-21T04:00:00Z 2026-10-27T16:10:00.001Z"},
	} {
		require.Equal(t, c.want, compare(c.period, c.with, c.moment), "%+v", c)
	}
	past := report.AlertPast(&analytics.Alert{Type: analytics.AnomalyAlert, Period: "1h"}, zone, now)
	require.Len(t, past, 14)
	require.Equal(t, "2026-01-01T15:30:20.001Z 2026-01-01T16:30:20.001Z", text(past[13]))
	require.Empty(t, report.AlertPast(&analytics.Alert{Type: analytics.ThresholdAlert, Period: "1h"}, zone, now))
}

// TestAlertWindowsBesideClockChange: a local time that a clock skips or shows twice stands for the same in every zone, and never for one of another day.
func TestAlertWindowsBesideClockChange(t *testing.T) {
	for _, c := range []struct{ zone, period, moment, from, to string }{
		{"America/New_York", "1h", "2026-03-09T02:15:00-04:00", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"}, // the clock goes from 2 to 3
		{"America/New_York", "1h", "2026-03-09T03:00:00-04:00", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"Europe/Berlin", "1h", "2026-03-30T02:15:00+02:00", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"America/New_York", "1h", "2026-11-02T01:15:00-05:00", "2026-11-01T00:15:00-04:00", "2026-11-01T01:15:00-04:00"}, // and from 2 to 1
		{"Europe/Berlin", "1h", "2026-10-26T02:15:00+01:00", "2026-10-25T01:15:00+02:00", "2026-10-25T02:15:00+02:00"},
		{"America/Santiago", "24h", "2026-09-07T00:15:00-03:00", "2026-09-05T01:00:00-04:00", "2026-09-06T01:00:00-03:00"}, // from 0 to 1
	} {
		zone, err := analytics.LoadZone(c.zone)
		require.NoError(t, err)
		past := report.AlertPast(&analytics.Alert{Type: analytics.AnomalyAlert, Period: c.period}, zone, at(t, c.moment))
		first := int64(1) // (from, to], but the range of 24 h has its first millisecond
		if c.period == "24h" {
			first = 0
		}
		local := func(ts int64) string { return time.UnixMilli(ts).In(zone.Location()).Format(time.RFC3339Nano) }
		require.Equal(t, c.from, local(past[0].From-first), "%+v", c)
		require.Equal(t, c.to, local(past[0].To-1), "%+v", c)
	}
	santiago, err := analytics.LoadZone("America/Santiago")
	require.NoError(t, err)
	for hour, ts := 0, at(t, "2026-09-13T00:30:00-03:00"); hour < 24; hour, ts = hour+1, ts+3_600_000 {
		past := report.AlertPast(&analytics.Alert{Type: analytics.ComparisonAlert, Period: "7d", CompareWith: "previous_week"}, santiago, ts)
		require.Equal(t, at(t, "2026-08-31T00:00:00-04:00"), past[0].From, "the 7 days up to the 6th, at hour %d", hour)
	}
}

// TestJudge: when alerts fire, row by row.
func TestJudge(t *testing.T) {
	m := func(from int64, v float64) report.Measured {
		return report.Measured{Window: report.Window{From: from, To: from + 10}, Value: v, Defined: true}
	}
	undefined := report.Measured{Window: report.Window{From: 1000}}
	threshold := func(op string, v float64) *analytics.Alert {
		return &analytics.Alert{Type: analytics.ThresholdAlert, Operator: op, Threshold: v}
	}
	comparison := func(op string, v float64) *analytics.Alert {
		return &analytics.Alert{Type: analytics.ComparisonAlert, Operator: op, Threshold: v}
	}
	anomaly := func(s string) *analytics.Alert { return &analytics.Alert{Type: analytics.AnomalyAlert, Sensitivity: s} }
	week := func(values ...float64) (out []report.Measured) {
		for i, v := range values {
			out = append(out, m(900-int64(i), v))
		}
		return out
	}
	steady := week(10, 12, 8, 10, 11, 9, 10) // mean 10, deviation sqrt(10/7) ≈ 1.195
	for name, c := range map[string]struct {
		alert *analytics.Alert
		now   report.Measured
		past  []report.Measured
		first int64
		fires bool
	}{
		"above":                          {threshold(">", 200), m(1000, 201), nil, 5000, true},
		"at it":                          {threshold(">", 200), m(1000, 200), nil, 0, false},
		"at it, or equal":                {threshold(">=", 200), m(1000, 200), nil, 0, true},
		"below, settled":                 {threshold("<", 5), m(1000, 0), nil, 1000, true},
		"below, not settled":             {threshold("<", 5), m(1000, 0), nil, 1001, false},
		"below or equal, not settled":    {threshold("<=", 5), m(1000, 0), nil, math.MaxInt64, false},
		"undefined":                      {threshold(">=", 0), undefined, nil, 0, false},
		"drop":                           {comparison("<", -20), m(1000, 79), week(100), 0, true},
		"drop of exactly 20 %":           {comparison("<", -20), m(1000, 80), week(100), 0, false},
		"rise":                           {comparison(">", 50), m(1000, 151), week(100), 0, true},
		"baseline 0":                     {comparison(">", 50), m(1000, 151), week(0), 0, false},
		"baseline undefined":             {comparison(">", 50), m(1000, 151), []report.Measured{undefined}, 0, false},
		"baseline before the site":       {comparison(">", 50), m(1000, 151), week(100), 901, false},
		"negative numbers never divide":  {comparison("<", -20), undefined, week(100), 0, false},
		"anomaly of 3, medium":           {anomaly("medium"), m(1000, 14), steady, 0, true},
		"anomaly of 3, low":              {anomaly("low"), m(1000, 14), steady, 0, false},
		"anomaly below, high":            {anomaly("high"), m(1000, 7.6), steady, 0, true},
		"anomaly, six samples":           {anomaly("high"), m(1000, 99), steady[:6], 0, false},
		"anomaly, one before the site":   {anomaly("high"), m(1000, 99), steady, 895, false},
		"anomaly of a flat line":         {anomaly("medium"), m(1000, 103), week(100, 100, 100, 100, 100, 100, 100), 0, false},
		"anomaly of a flat line, clear":  {anomaly("medium"), m(1000, 130), week(100, 100, 100, 100, 100, 100, 100), 0, true},
		"anomaly of zeros needs a whole": {anomaly("medium"), m(1000, 3), week(0, 0, 0, 0, 0, 0, 0), 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.fires, report.Judge(c.alert, c.now, c.past, c.first).Fires)
		})
	}
	v := report.Judge(comparison("<", -20), m(1000, 2), week(3), 0)
	require.Equal(t, []float64{2, 3, -33.33}, []float64{*v.Value, *v.Baseline, *v.Change})
	v = report.Judge(anomaly("medium"), m(1000, 16), steady, 0)
	require.Equal(t, []float64{10, 5.02}, []float64{*v.Baseline, *v.Score})
	require.Nil(t, v.Change)
	require.Nil(t, report.Judge(threshold(">", 1), undefined, nil, 0).Value)
}

// TestCoolDown: an alert fires again once its time is over, and at once when it was armed anew.
func TestCoolDown(t *testing.T) {
	const hour = 3_600_000
	for kind, wait := range map[analytics.AlertType]int64{
		analytics.ThresholdAlert: hour, analytics.ComparisonAlert: 24 * hour, analytics.AnomalyAlert: 6 * hour,
	} {
		a := &analytics.Alert{Type: kind, Armed: time.UnixMilli(1000)}
		require.False(t, report.CoolDown(a, 0, 5000), "never fired")
		require.True(t, report.CoolDown(a, 5000, 5000+wait-1), kind)
		require.False(t, report.CoolDown(a, 5000, 5000+wait), kind)
		a.Armed = time.UnixMilli(6000)
		require.False(t, report.CoolDown(a, 5000, 6001), "armed anew")
	}
}
