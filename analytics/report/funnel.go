package report

import (
	"fmt"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

type funnelStats struct {
	steps    []analytics.Matcher
	windowMS int64
	since    int64  // UTC ms
	device   string // "": all
	filters  Filters
	interval analytics.Interval
	key      string
}

// FunnelStats answers GET /api/funnels/:id/stats (F1 to F8) and the totals of lists. goal finds the goal that a step names. Only events with the
// device count, unless it is "", and only those of sessions that satisfy the filters. The interval is that of the range that will be reported.
// Its sum is a *FunnelSum.
func FunnelStats(
	fn *analytics.Funnel, goal func(id string) (*analytics.Goal, bool), device string, f Filters, interval analytics.Interval,
) Question {
	q := &funnelStats{
		steps: fn.Matchers(goal), windowMS: 1000 * fn.TimeWindow, since: fn.TrackedSince, device: device, filters: f, interval: interval,
	}
	parts := []string{"funnel", f.Key(), fmt.Sprintf("%d %d %q %s", q.windowMS, q.since, device, interval)}
	for i := range fn.Steps {
		parts = append(parts, stepKey(&fn.Steps[i], goal))
	}
	q.key = joinKeys(parts...)
	return q
}

// stepKey is what a step matches.
func stepKey(s *analytics.Step, goal func(id string) (*analytics.Goal, bool)) string {
	switch s.Type {
	case analytics.PageviewStep:
		return pageKey(s.MatchType, s.Path)
	case analytics.EventStep:
		return eventKey(s.EventAction, s.EventCategory, "")
	default:
		if g, ok := goal(s.GoalID); ok {
			return goalMatchKey(g)
		}
		return "nothing"
	}
}

// Key names the question. Two funnels that count the same share their numbers.
func (q *funnelStats) Key() string { return q.key }

// New makes an empty sum.
func (q *funnelStats) New(t *Table, w Window) Sum {
	n := len(q.steps)
	s := &FunnelSum{Results: make([]int64, n), StepMS: make([]int64, n), PathMS: make([]int64, n), Buckets: make(map[BucketKey]FunnelCount)}
	if t != nil {
		w.From = max(w.From, q.since)
		s.adder = &funnelAdder{q: q, t: t, w: w, rows: newMatchSet(t, q.steps), times: make([][]int32, n)}
		if !q.filters.Empty() {
			s.adder.filter = q.filters.On(t)
		}
	}
	return s
}

// FunnelSum is the answer of FunnelStats. Index i of a slice is about step i+1, or about the results of that depth.
type FunnelSum struct {
	Results []int64 // visitors by the depth of their result
	StepMS  []int64 // Σ t(k+1) - t(k) over the results that are deeper than k
	PathMS  []int64 // Σ t(depth) - t1 over the results of that depth
	Buckets map[BucketKey]FunnelCount

	adder *funnelAdder // nil when sealed
}

// FunnelCount counts results.
type FunnelCount struct {
	Visitors    int64 // with any result
	Completions int64 // with one of full depth
}

func (c FunnelCount) plus(o FunnelCount) FunnelCount {
	return FunnelCount{c.Visitors + o.Visitors, c.Completions + o.Completions}
}

// Rate is the conversionRate (F2), percent.
func (c FunnelCount) Rate() float64 { return analytics.Percent(c.Completions, c.Visitors) }

// Add adds the visitor's result, or takes it away.
func (s *FunnelSum) Add(v *Visitor, sign int64) {
	steps := s.adder.result(v)
	if len(steps) == 0 {
		return
	}
	last := len(steps) - 1
	count := FunnelCount{Visitors: sign}
	if len(steps) == len(s.Results) {
		count.Completions = sign
	}
	s.Results[last] += sign
	s.PathMS[last] += sign * int64(steps[last]-steps[0])
	for k := range last {
		s.StepMS[k] += sign * int64(steps[k+1]-steps[k])
	}
	addTo(s.Buckets, s.adder.t.bucket(s.adder.q.interval, steps[0]), count)
}

// Merge adds another day's sum.
func (s *FunnelSum) Merge(day Sum) {
	o := day.(*FunnelSum)
	for i := range s.Results {
		s.Results[i] += o.Results[i]
		s.StepMS[i] += o.StepMS[i]
		s.PathMS[i] += o.PathMS[i]
	}
	addAll(s.Buckets, o.Buckets)
}

// Seal lets go of the table.
func (s *FunnelSum) Seal() { s.adder = nil }

// Size is about how many bytes the sum takes.
func (s *FunnelSum) Size() int { return 160 + 24*len(s.Results) + 64*len(s.Buckets) }

// funnelAdder finds the results of a table's visitors.
type funnelAdder struct {
	q      *funnelStats
	t      *Table
	w      Window
	rows   *matchSet // by step
	filter *Filtering

	kept  []uint32  // ordinals of the visitor's sessions that satisfy the filters, ascending
	times [][]int32 // by step: when its events were, ascending, ms since the day's start
	next  []int     // by step: the first of its events that may still be reached
	best  []int32   // the result: the times of the steps reached
	steps []int32   // the attempt under way
}

// result gives the times of the steps that the visitor's result reached; none without a result. It is good until the next call.
func (a *funnelAdder) result(v *Visitor) []int32 {
	a.keep(v)
	for k := range a.times {
		a.times[k] = a.times[k][:0]
	}
	for _, at := range v.Rows {
		row := &a.t.Rows[at]
		if !row.Kind.IsCore() || !a.counts(row) {
			continue
		}
		for _, k := range a.rows.row(row) {
			a.times[k] = append(a.times[k], row.TS)
		}
	}
	return a.deepest()
}

// keep notes which sessions satisfy the filters.
func (a *funnelAdder) keep(v *Visitor) {
	if a.filter == nil {
		return
	}
	a.kept = a.kept[:0]
	for i := range v.Sessions {
		if s := &v.Sessions[i]; s.HasCore() && a.filter.Session(v, s) {
			a.kept = append(a.kept, s.Ordinal)
		}
	}
	slices.Sort(a.kept)
}

// counts tells whether a core event counts in the funnel.
func (a *funnelAdder) counts(row *analytics.Row) bool {
	if !a.w.Has(a.t.Start+int64(row.TS)) || a.q.device != "" && a.t.Clients[row.Client].Device != a.q.device {
		return false
	}
	if a.filter == nil {
		return true
	}
	_, found := slices.BinarySearch(a.kept, row.Session)
	return found
}

// deepest finds the attempt with the greatest depth, of equal ones the earliest.
//
// An attempt takes of each step the first event after the one it took of the step before. If one attempt starts after another, then so does,
// step by step, every event that it takes: it never looks at an event that the other has passed. So over all attempts each step's events are
// walked through once, and the whole costs the number of events times that of steps, however often the visitor came by the first one. (The
// window only ends an attempt early; it does not change what is taken before.)
func (a *funnelAdder) deepest() []int32 {
	a.best = a.best[:0]
	a.next = append(a.next[:0], make([]int, len(a.times))...)
	for _, start := range a.times[0] {
		a.attempt(start)
		if len(a.steps) > len(a.best) {
			a.best, a.steps = a.steps, a.best
		}
		if len(a.best) == len(a.times) {
			break
		}
	}
	return a.best
}

// attempt notes the times of the steps that an attempt reaches which starts at t1.
func (a *funnelAdder) attempt(t1 int32) {
	a.steps = append(a.steps[:0], t1)
	for k := 1; k < len(a.times); k++ {
		events, before := a.times[k], a.steps[k-1]
		for a.next[k] < len(events) && events[a.next[k]] <= before {
			a.next[k]++
		}
		if a.next[k] == len(events) || int64(events[a.next[k]])-int64(t1) > a.q.windowMS {
			return
		}
		a.steps = append(a.steps, events[a.next[k]])
	}
}
