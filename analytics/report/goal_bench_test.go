package report_test

import (
	"testing"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// BenchmarkSums adds a day of 100,000 rows of 20,000 visitors to each sum; ns/op is of the whole day.
func BenchmarkSums(b *testing.B) {
	day := analytics.DayOf(time.Date(2026, 1, 14, 0, 0, 0, 0, time.UTC))
	zone := analytics.UTCZone()
	c := &sumCase{rng: newRand(1), zone: zone, people: 1, paths: sumPaths}
	r := testkit.NewReader(sumSite, "UTC", 1000)
	for n := 0; n < 100_000; n += 10_000 {
		events := make([]analytics.Event, 10_000)
		for i := range events {
			events[i] = c.event(zone.DayStart(day), zone.DayStart(day+1))
			who := c.rng.IntN(20_000)
			events[i].Visitor = analytics.VisitorID{byte(who), byte(who >> 8), 1}
		}
		r.Events(events...)
	}
	rang := analytics.Range{From: zone.DayStart(day), To: zone.DayStart(day + 1), First: day, Last: day, Zone: zone, Interval: analytics.Hourly}
	c.window = report.Window{From: rang.From, To: rang.To}
	goals := c.goals()
	fn := &analytics.Funnel{TimeWindow: 3600}
	for _, path := range sumPaths[:4] {
		fn.Steps = append(fn.Steps, analytics.Step{Type: analytics.PageviewStep, Path: path})
	}
	for name, q := range map[string]report.Question{
		"totals": report.GoalTotals(goals, report.Filters{}), "detail": report.GoalDetail(goals[0], report.Filters{}, analytics.Hourly),
		"funnel":   report.FunnelStats(fn, nil, "", report.Filters{}, analytics.Hourly),
		"journeys": report.Journeys(report.JourneyParams{Steps: 3}, report.Filters{}),
	} {
		b.Run(name, func(b *testing.B) {
			err := r.Tables(b.Context(), sumSite, day, day, false, func(t *report.Table) error {
				for b.Loop() {
					s := q.New(t, c.window)
					report.AddAll(t, s)
					s.Seal()
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
