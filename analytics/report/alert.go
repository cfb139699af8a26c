package report

import (
	"math"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

const hourMS = 3_600_000

// anomalyDays is how many days back an anomaly looks, and leastSamples how many of them it needs.
const (
	anomalyDays  = 14
	leastSamples = 7
)

// coolDowns are the times after a firing in which an alert does not fire again, ms.
var coolDowns = map[analytics.AlertType]int64{
	analytics.ThresholdAlert: hourMS, analytics.ComparisonAlert: 24 * hourMS, analytics.AnomalyAlert: 6 * hourMS,
}

// CoolDown tells whether an alert that last fired at fired (UTC ms; 0: never) may not fire at the time t. Firings before the alert was armed
// do not count.
func CoolDown(a *analytics.Alert, fired, t int64) bool {
	return fired != 0 && fired >= a.Armed.UnixMilli() && t < fired+coolDowns[a.Type]
}

// AlertWindow is the window that the period names at the time end (UTC ms): (end − 1 h, end], or the range of README §6 at now = end.
func AlertWindow(period string, zone analytics.Zone, end int64) Window {
	if period == "1h" {
		return Window{end - hourMS + 1, end + 1}
	}
	r, err := analytics.ResolveRange(period, "", "", "", zone, end)
	if err != nil {
		return Window{end, end} // not a period of alerts: nothing is in it
	}
	return Window{r.From, end + 1}
}

// AlertPast lists the windows in the past that the alert's rule at the time t needs beside its own: the baseline of a comparison, the samples
// of an anomaly. It is the same window moved back; days are moved as local days that keep the local time of its end.
func AlertPast(a *analytics.Alert, zone analytics.Zone, t int64) []Window {
	back := func(days int) Window { return AlertWindow(a.Period, zone, daysBefore(zone, t, days)) }
	switch a.Type {
	case analytics.ComparisonAlert:
		switch {
		case a.CompareWith == "previous_week":
			return []Window{back(7)}
		case a.CompareWith == "previous_month":
			return []Window{back(28)}
		case a.Period == "1h":
			return []Window{AlertWindow(a.Period, zone, t-hourMS)}
		case a.Period == "24h":
			return []Window{back(1)}
		default:
			return []Window{back(7)}
		}
	case analytics.AnomalyAlert:
		out := make([]Window, anomalyDays)
		for i := range out {
			out[i] = back(i + 1)
		}
		return out
	}
	return nil
}

// daysBefore is the time end (UTC ms) so many local days before, at the same local time.
func daysBefore(zone analytics.Zone, end int64, days int) int64 {
	return sameTime(zone, end, analytics.DayOf(time.UnixMilli(end).In(zone.Location()))-analytics.Day(days))
}

// Measured is a metric in a window.
type Measured struct {
	Window  Window
	Value   float64
	Defined bool
}

// Verdict is what an alert's rule says at one moment.
type Verdict struct {
	Value    *float64 // nil: undefined
	Baseline *float64 // comparison: B; anomaly: the mean; nil: none
	Change   *float64 // comparison, percent with 2 decimals
	Score    *float64 // anomaly, 2 decimals
	Fires    bool     // the condition holds; the cool-down is another matter
}

// Judge judges an alert (metrics.md §5). past are the windows of AlertPast; first is the time of the site's first event, UTC ms, and
// math.MaxInt64 without one.
func Judge(a *analytics.Alert, now Measured, past []Measured, first int64) Verdict {
	var v Verdict
	if now.Defined {
		v.Value = &now.Value
	}
	switch a.Type {
	case analytics.ThresholdAlert:
		rising := a.Operator == ">" || a.Operator == ">="
		v.Fires = now.Defined && (rising || settled(now, first)) && holds(a.Operator, now.Value, a.Threshold)
	case analytics.ComparisonAlert:
		v.compare(a, now, past[0], first)
	case analytics.AnomalyAlert:
		v.anomaly(a, now, past, first)
	}
	return v
}

// settled: the site has an event at or before the start of the window.
func settled(m Measured, first int64) bool { return first <= m.Window.From }

func (v *Verdict) compare(a *analytics.Alert, now, base Measured, first int64) {
	if !base.Defined {
		return
	}
	v.Baseline = &base.Value
	if !now.Defined || base.Value == 0 {
		return
	}
	change := 100 * (now.Value - base.Value) / base.Value
	shown := twoDecimals(change)
	v.Change = &shown
	v.Fires = settled(now, first) && settled(base, first) && holds(a.Operator, change, a.Threshold)
}

func (v *Verdict) anomaly(a *analytics.Alert, now Measured, past []Measured, first int64) {
	var samples []float64
	for _, p := range past {
		if p.Defined && settled(p, first) {
			samples = append(samples, p.Value)
		}
	}
	if len(samples) < leastSamples {
		return
	}
	mean, deviation := meanOf(samples)
	v.Baseline = &mean
	if !now.Defined {
		return
	}
	score := (now.Value - mean) / max(deviation, 0.1*math.Abs(mean), 1)
	shown := twoDecimals(score)
	v.Score = &shown
	v.Fires = math.Abs(score) >= map[string]float64{"low": 4, "medium": 3, "high": 2}[a.Sensitivity]
}

// meanOf returns the mean and the population standard deviation.
func meanOf(samples []float64) (mean, deviation float64) {
	for _, x := range samples {
		mean += x
	}
	mean /= float64(len(samples))
	for _, x := range samples {
		deviation += (x - mean) * (x - mean) / float64(len(samples))
	}
	return mean, math.Sqrt(deviation)
}

func holds(operator string, v, threshold float64) bool {
	switch operator {
	case ">":
		return v > threshold
	case ">=":
		return v >= threshold
	case "<":
		return v < threshold
	case "<=":
		return v <= threshold
	}
	return false
}

func twoDecimals(v float64) float64 { return math.Floor(v*100+0.5) / 100 }
