package report

import (
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Metric is a number that alerts watch (metrics.md §5).
type Metric struct {
	Question Question
	value    func(Sum) (float64, bool)
}

// Value reads the metric from a sum of its question; ok is false when it is undefined: its denominator is 0.
func (m *Metric) Value(s Sum) (v float64, ok bool) { return m.value(s) }

// AlertDefinitions are what metrics of a site may be about.
type AlertDefinitions interface {
	Goals(site analytics.SiteID) []*analytics.Goal
	Goal(id string) (*analytics.Goal, bool)
	Funnel(id string) (*analytics.Funnel, bool)
}

// AlertMetric finds the metric that an alert names; ok is false when its goal or funnel is gone.
func AlertMetric(a *analytics.Alert, d AlertDefinitions) (m Metric, ok bool) {
	if read, ok := coreMetrics[a.Metric]; ok {
		return Metric{coreNumbers{}, func(s Sum) (float64, bool) { return read(s.(*coreSum)) }}, true
	}
	if a.Metric == "conversionRate" {
		return Metric{GoalTotals(d.Goals(a.Site), Filters{}), func(s Sum) (float64, bool) {
			n := s.(*GoalTotalsSum)
			return n.OverallRate(), n.Visitors > 0
		}}, true
	}
	kind, rest, _ := strings.Cut(a.Metric, ".")
	id, what, _ := strings.Cut(rest, ".")
	switch kind {
	case "goal":
		g, ok := d.Goal(id)
		if !ok || g.Site != a.Site {
			return m, false
		}
		return Metric{GoalTotals([]*analytics.Goal{g}, Filters{}), func(s Sum) (float64, bool) {
			n := s.(*GoalTotalsSum)
			if what == "completions" {
				return float64(n.Goals[id].Completions), true
			}
			return n.Rate(n.Goals[id]), n.Visitors > 0
		}}, true
	case "funnel":
		f, ok := d.Funnel(id)
		if !ok || f.Site != a.Site {
			return m, false
		}
		return Metric{FunnelStats(f, d.Goal, "", Filters{}, analytics.Daily), func(s Sum) (float64, bool) {
			n := s.(*FunnelSum).Totals()
			return n.Rate(), n.Visitors > 0
		}}, true
	}
	return m, false
}

// MetricName is what an alert watches as people call it: a goal or a funnel by its name. Other metrics, and those of what is gone, stay as they are.
func MetricName(a *analytics.Alert, d AlertDefinitions) string {
	kind, rest, _ := strings.Cut(a.Metric, ".")
	id, what, _ := strings.Cut(rest, ".")
	name := ""
	switch kind {
	case "goal":
		if g, ok := d.Goal(id); ok && g.Site == a.Site {
			name = g.Name
		}
	case "funnel":
		if f, ok := d.Funnel(id); ok && f.Site == a.Site {
			name = f.Name
		}
	}
	switch {
	case name == "":
		return a.Metric
	case what == "completions":
		return "completions of " + name
	}
	return "the rate of " + name
}

// coreMetrics are M1 to M5.
var coreMetrics = map[string]func(*coreSum) (float64, bool){
	"pageviews":      func(s *coreSum) (float64, bool) { return float64(s.pageviews), true },
	"uniqueVisitors": func(s *coreSum) (float64, bool) { return float64(s.visitors), true },
	"sessions":       func(s *coreSum) (float64, bool) { return float64(s.sessions), true },
	"bounceRate":     func(s *coreSum) (float64, bool) { return analytics.Percent(s.bounced, s.sessions), s.sessions > 0 },
	"avgSessionDuration": func(s *coreSum) (float64, bool) {
		return float64(analytics.MeanSeconds(s.durationMS, s.sessions)), s.sessions > 0
	},
}

// coreNumbers asks for M1 to M5 without breakdowns. Its sum is a *coreSum.
type coreNumbers struct{}

// Key names the question.
func (coreNumbers) Key() string { return "core" }

// New makes an empty sum.
func (coreNumbers) New(_ *Table, w Window) Sum { return &coreSum{window: w} }

type coreSum struct {
	window                                             Window
	pageviews, visitors, sessions, bounced, durationMS int64
}

// Add adds a visitor's share.
func (s *coreSum) Add(v *Visitor, sign int64) {
	here := int64(0)
	for _, i := range v.Rows {
		if row := &v.T.Rows[i]; row.Kind.IsCore() && s.window.Has(v.T.Time(i)) {
			here = 1
			if row.Kind == analytics.Pageview {
				s.pageviews += sign
			}
		}
	}
	s.visitors += sign * here
	for i := range v.Sessions {
		x := &v.Sessions[i]
		if !x.HasCore() || !s.window.Has(v.T.Start+int64(x.Start)) {
			continue
		}
		s.sessions += sign
		s.durationMS += sign * int64(x.Duration())
		if x.Bounced() {
			s.bounced += sign
		}
	}
}

// Merge adds another day's numbers.
func (s *coreSum) Merge(day Sum) {
	d := day.(*coreSum)
	s.pageviews += d.pageviews
	s.visitors += d.visitors
	s.sessions += d.sessions
	s.bounced += d.bounced
	s.durationMS += d.durationMS
}

// Seal has nothing to drop.
func (s *coreSum) Seal() {}

// Size is about how many bytes the sum takes.
func (s *coreSum) Size() int { return 64 }
