package report

import (
	"cmp"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// FunnelReport is the data of GET /api/funnels/:id/stats.
type FunnelReport struct {
	Funnel     FunnelName            `json:"funnel"`
	Range      analytics.RangeReport `json:"range"`
	Stats      FunnelSummary         `json:"stats"`
	Steps      []FunnelStep          `json:"steps"`
	Timeseries []FunnelPoint         `json:"timeseries"`
	TopPaths   []FunnelPath          `json:"topPaths"`
}

// FunnelName says which funnel a report is about.
type FunnelName struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	TimeWindow int64  `json:"timeWindow"` // s
}

// FunnelSummary holds F1, F2 and F6.
type FunnelSummary struct {
	TotalVisitors         int64   `json:"totalVisitors"`
	Completions           int64   `json:"completions"`
	OverallConversionRate float64 `json:"overallConversionRate"` // percent
	AvgTimeToComplete     *int64  `json:"avgTimeToComplete"`     // s; nil without completions
}

// FunnelStep holds F1 and F3 to F5 of a step. Rates are percent.
type FunnelStep struct {
	StepNumber         int     `json:"stepNumber"`
	Name               string  `json:"name"`
	Visitors           int64   `json:"visitors"`
	DropOff            int64   `json:"dropOff"`
	DropOffRate        float64 `json:"dropOffRate"`
	ProgressRate       float64 `json:"progressRate"`
	StepConversionRate float64 `json:"stepConversionRate"`
	AvgTimeOnStep      *int64  `json:"avgTimeOnStep"` // s; nil for the last step, or when nobody went on
}

// FunnelPoint is one bucket of the time series (F8).
type FunnelPoint struct {
	Date           string  `json:"date"`
	Visitors       int64   `json:"visitors"`
	Completions    int64   `json:"completions"`
	ConversionRate float64 `json:"conversionRate"` // percent
}

// FunnelPath is how far some visitors went (F7).
type FunnelPath struct {
	Path    []string `json:"path"` // names of the steps
	Count   int64    `json:"count"`
	AvgTime int64    `json:"avgTime"` // s
}

// Totals are what lists show of a funnel.
func (s *FunnelSum) Totals() FunnelCount {
	return FunnelCount{s.reached(0), s.reached(len(s.Results) - 1)}
}

// reached counts the visitors whose result reaches a step, counted from 0 (F1).
func (s *FunnelSum) reached(step int) int64 {
	n := int64(0)
	for _, results := range s.Results[step:] {
		n += results
	}
	return n
}

// Report turns the sum into the answer about a range.
func (s *FunnelSum) Report(fn *analytics.Funnel, r analytics.Range) FunnelReport {
	totals, last := s.Totals(), len(s.Results)-1
	out := FunnelReport{
		Funnel: FunnelName{fn.ID, fn.Name, fn.TimeWindow}, Range: r.Report(),
		Stats:      FunnelSummary{totals.Visitors, totals.Completions, totals.Rate(), meanOrNull(s.PathMS[last], totals.Completions)},
		Steps:      make([]FunnelStep, len(s.Results)),
		Timeseries: []FunnelPoint{}, TopPaths: s.paths(fn),
	}
	for k := range out.Steps {
		out.Steps[k] = s.step(fn, k)
	}
	for _, b := range Buckets(r) {
		c := s.Buckets[b.BucketKey]
		out.Timeseries = append(out.Timeseries, FunnelPoint{b.Date, c.Visitors, c.Completions, c.Rate()})
	}
	return out
}

// step is what a report says of a step, counted from 0.
func (s *FunnelSum) step(fn *analytics.Funnel, k int) FunnelStep {
	n, first := s.reached(k), s.reached(0)
	out := FunnelStep{
		StepNumber: k + 1, Name: fn.Steps[k].Name, Visitors: n, ProgressRate: analytics.Percent(n, first), StepConversionRate: 100,
	}
	if k > 0 {
		before := s.reached(k - 1)
		out.DropOff = before - n
		out.DropOffRate = analytics.Percent(out.DropOff, before)
		out.StepConversionRate = analytics.Percent(n, before)
	}
	if k < len(s.Results)-1 {
		out.AvgTimeOnStep = meanOrNull(s.StepMS[k], s.reached(k+1))
	}
	return out
}

// paths groups the results by depth: most first, then longer ones first.
func (s *FunnelSum) paths(fn *analytics.Funnel) []FunnelPath {
	out := []FunnelPath{}
	for depth := len(s.Results); depth > 0; depth-- {
		n := s.Results[depth-1]
		if n == 0 {
			continue
		}
		names := make([]string, depth)
		for k := range names {
			names[k] = fn.Steps[k].Name
		}
		out = append(out, FunnelPath{names, n, analytics.MeanSeconds(s.PathMS[depth-1], n)})
	}
	slices.SortStableFunc(out, func(a, b FunnelPath) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

func meanOrNull(sumMS, n int64) *int64 {
	if n == 0 {
		return nil
	}
	mean := analytics.MeanSeconds(sumMS, n)
	return &mean
}
