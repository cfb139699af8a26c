package alerting

import (
	"context"
	"fmt"
	"math"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// previewDays is how far back a preview goes.
const previewDays = 30

// Preview judges an alert's rule, cool-down included, at every full local hour of the last 30 days and now; oldest first. It keeps and sends
// nothing. Errors: *analytics.Unavailable.
func (e *Evaluator) Preview(ctx context.Context, site analytics.SiteID, a *analytics.Alert) (series, firings []analytics.AlertPoint, err error) {
	zone, ok := e.deps.Zones.Zone(site)
	metric, known := report.AlertMetric(a, e.deps.Definitions)
	if !ok || !known {
		return nil, nil, nil
	}
	first, any, err := e.deps.System.FirstEvent(ctx, site)
	if err != nil {
		return nil, nil, fmt.Errorf("first event: %w", err)
	}
	if !any {
		first = math.MaxInt64
	}
	moments := previewMoments(zone, e.deps.Now().UnixMilli())
	values, err := e.measureAll(ctx, a, &metric, zone, moments)
	if err != nil {
		return nil, nil, err
	}
	fired := int64(0)
	for _, t := range moments {
		var past []report.Measured
		for _, w := range report.AlertPast(a, zone, t) {
			past = append(past, values[w])
		}
		v := report.Judge(a, values[report.AlertWindow(a.Period, zone, t)], past, first)
		point := analytics.AlertPoint{At: t, Value: v.Value, Baseline: v.Baseline}
		series = append(series, point)
		if v.Fires && (fired == 0 || !report.CoolDown(&analytics.Alert{Type: a.Type}, fired, t)) {
			fired = t
			firings = append(firings, point)
		}
	}
	return series, firings, nil
}

// previewMoments are the full local hours of the last 30 days, and now.
func previewMoments(zone analytics.Zone, now int64) []int64 {
	var out []int64
	today := zone.DayAt(now)
	for d := today - previewDays; d <= today; d++ {
		hours := zone.Hours(d)
		for _, hour := range hours[:len(hours)-1] {
			if hour > now-previewDays*24*3_600_000 && hour < now {
				out = append(out, hour)
			}
		}
	}
	return append(out, now)
}

// measureAll measures every window that some moment needs, each once, on one state of the site.
func (e *Evaluator) measureAll(
	ctx context.Context, a *analytics.Alert, metric *report.Metric, zone analytics.Zone, moments []int64,
) (map[report.Window]report.Measured, error) {
	values := make(map[report.Window]report.Measured)
	var list []measure
	need := func(w report.Window) {
		if _, ok := values[w]; !ok {
			values[w] = report.Measured{}
			list = append(list, measure{metric: metric, window: w})
		}
	}
	for _, t := range moments {
		need(report.AlertWindow(a.Period, zone, t))
		for _, w := range report.AlertPast(a, zone, t) {
			need(w)
		}
	}
	measured, err := e.read(ctx, a.Site, zone, a.Period == "1h", list)
	if err != nil {
		return nil, err
	}
	for _, m := range measured {
		values[m.Window] = m
	}
	return values, nil
}
