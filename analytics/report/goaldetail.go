package report

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

type goalDetail struct {
	goal     *analytics.Goal
	filters  Filters
	interval analytics.Interval
	key      string
}

// GoalDetail answers GET /api/goals/:id/stats (G1 to G7) over the sessions that satisfy the filters. Its sum is a *GoalDetailSum; the interval is
// that of the range that will be reported.
func GoalDetail(g *analytics.Goal, f Filters, interval analytics.Interval) Question {
	return &goalDetail{g, f, interval, joinKeys("goal", f.Key(), string(interval), countedGoalKey(g))}
}

// Key names the question.
func (q *goalDetail) Key() string { return q.key }

// New makes an empty sum.
func (q *goalDetail) New(t *Table, w Window) Sum {
	s := &GoalDetailSum{
		Buckets: make(map[BucketKey]GroupCount), Sources: make(map[string]GroupCount), Pages: make(map[string]GroupCount),
	}
	if t != nil {
		s.adder = &detailAdder{sum: s, t: t, w: w, interval: q.interval, find: newGoalFinder(t, w, []*analytics.Goal{q.goal}, q.filters)}
	}
	return s
}

// GroupCount is what a bucket, a source or an entry page contributes.
type GroupCount struct {
	Completions int64
	Completing  int64 // visitors with a completion in the group
	Visitors    int64 // of a bucket: M2; of a source or page: those of sessions that start in the range
}

func (c GroupCount) plus(o GroupCount) GroupCount {
	return GroupCount{c.Completions + o.Completions, c.Completing + o.Completing, c.Visitors + o.Visitors}
}

func (c GroupCount) times(n int64) GroupCount {
	return GroupCount{n * c.Completions, n * c.Completing, n * c.Visitors}
}

// rate is the group's conversionRate, percent.
func (c GroupCount) rate() float64 { return analytics.Percent(c.Completing, c.Visitors) }

// GoalDetailSum is the answer of GoalDetail.
type GoalDetailSum struct {
	GoalCount
	AllVisitors int64 // M2
	Buckets     map[BucketKey]GroupCount
	Sources     map[string]GroupCount // by the source of the session
	Pages       map[string]GroupCount // by the entry path of the session

	adder *detailAdder // nil when sealed
}

// Add adds the visitor's share, or takes it away.
func (s *GoalDetailSum) Add(v *Visitor, sign int64) { s.adder.add(v, sign) }

// Merge adds another day's sum.
func (s *GoalDetailSum) Merge(day Sum) {
	o := day.(*GoalDetailSum)
	s.Completions += o.Completions
	s.Visitors += o.Visitors
	s.Value.Merge(o.Value)
	s.AllVisitors += o.AllVisitors
	addAll(s.Buckets, o.Buckets)
	addAll(s.Sources, o.Sources)
	addAll(s.Pages, o.Pages)
}

// Seal lets go of the table.
func (s *GoalDetailSum) Seal() {
	if s.adder != nil {
		s.Sources, s.Pages, s.adder = cloneKeys(s.Sources), cloneKeys(s.Pages), nil
	}
}

// Size is about how many bytes the sum takes.
func (s *GoalDetailSum) Size() int {
	return 256 + 96*len(s.Buckets) + textMapSize(s.Sources, 80) + textMapSize(s.Pages, 80)
}

// detailAdder adds visitors to a GoalDetailSum.
type detailAdder struct {
	sum      *GoalDetailSum
	t        *Table
	w        Window
	interval analytics.Interval
	find     *goalFinder

	sign    int64 // of the visitor under way, like the rest
	current GroupCount
	hours   [2]uint32 // with a core event, with a completion: one bit an hour
	sources []visitGroup
	pages   []visitGroup
}

// visitGroup is what one session contributes to its source or page: Completing and Visitors are 0 or 1 and tell whether, not how many.
type visitGroup struct {
	key string
	GroupCount
}

func (a *detailAdder) add(v *Visitor, sign int64) {
	a.sign, a.hours, a.sources, a.pages = sign, [2]uint32{}, a.sources[:0], a.pages[:0]
	for i := range v.Sessions {
		if s := &v.Sessions[i]; a.find.counts(v, s) {
			a.session(s)
		}
	}
	for h := a.hours[0] | a.hours[1]; h != 0; h &= h - 1 {
		hour := bits.TrailingZeros32(h)
		c := GroupCount{Completing: sign * int64(a.hours[1]>>hour&1), Visitors: sign * int64(a.hours[0]>>hour&1)}
		addTo(a.sum.Buckets, BucketKey{a.t.Day, int32(hour)}, c)
	}
	if a.hours[0] != 0 {
		a.sum.AllVisitors += sign
	}
	if a.hours[1] != 0 {
		a.sum.Visitors += sign
	}
	addGroups(a.sum.Sources, a.sources, sign)
	addGroups(a.sum.Pages, a.pages, sign)
}

func (a *detailAdder) session(s *Session) {
	a.current = GroupCount{}
	a.find.session(s, a.seen, a.done)
	if a.w.Has(a.t.Start + int64(s.Start)) {
		a.current.Visitors = 1
	}
	if a.current != (GroupCount{}) {
		a.sources = append(a.sources, visitGroup{s.Origin(a.t).Source, a.current})
		a.pages = append(a.pages, visitGroup{a.t.Texts[a.t.Rows[s.Entry].Path], a.current})
	}
}

func (a *detailAdder) seen(ts int32) { a.hours[0] |= 1 << a.t.bucket(a.interval, ts).Hour }

func (a *detailAdder) done(_ int, ts int32, value analytics.Fixed) {
	bucket := a.t.bucket(a.interval, ts)
	a.hours[1] |= 1 << bucket.Hour
	a.current.Completions++
	a.current.Completing = 1
	a.sum.Completions += a.sign
	a.sum.Value.Add(value, a.sign)
	addTo(a.sum.Buckets, bucket, GroupCount{Completions: a.sign})
}

// addGroups adds one visitor's sessions: completions count each, the visitor once a group.
func addGroups(m map[string]GroupCount, visits []visitGroup, sign int64) {
	if len(visits) > 1 {
		slices.SortFunc(visits, func(a, b visitGroup) int { return strings.Compare(a.key, b.key) })
	}
	for i := 0; i < len(visits); {
		c := visits[i].GroupCount
		first := i
		for i++; i < len(visits) && visits[i].key == visits[first].key; i++ {
			o := visits[i].GroupCount
			c = GroupCount{c.Completions + o.Completions, max(c.Completing, o.Completing), max(c.Visitors, o.Visitors)}
		}
		addTo(m, visits[first].key, c.times(sign))
	}
}
