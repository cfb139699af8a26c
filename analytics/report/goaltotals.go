package report

import "github.com/ztas-io/ztas/analytics"

// GoalCount is what a goal has reached in a range.
type GoalCount struct {
	Completions int64    // G1
	Visitors    int64    // G2: those who completed it
	Value       ValueSum // G4
}

type goalTotals struct {
	goals   []*analytics.Goal
	filters Filters
	key     string
}

// GoalTotals counts what each of several goals reached, the visitors (M2) and those who completed any of the goals (G8), among the sessions that
// satisfy the filters. Its sum is a *GoalTotalsSum. The goals have distinct ids.
func GoalTotals(goals []*analytics.Goal, f Filters) Question {
	parts := []string{"goals", f.Key()}
	for _, g := range goals {
		parts = append(parts, countedGoalKey(g))
	}
	return &goalTotals{goals, f, joinKeys(parts...)}
}

// Key names the question.
func (q *goalTotals) Key() string { return q.key }

// New makes an empty sum.
func (q *goalTotals) New(t *Table, w Window) Sum {
	s := &GoalTotalsSum{Goals: make(map[string]*GoalCount, len(q.goals))}
	for _, g := range q.goals {
		s.Goals[g.ID] = new(GoalCount)
	}
	if t != nil {
		s.adder = newTotalsAdder(s, newGoalFinder(t, w, q.goals, q.filters))
	}
	return s
}

// GoalTotalsSum is the answer of GoalTotals.
type GoalTotalsSum struct {
	Goals      map[string]*GoalCount // by id, every goal that was asked about
	Visitors   int64                 // M2
	Completing int64                 // visitors with a completion of any of the goals

	adder *totalsAdder // nil when sealed
}

// Rate is a goal's conversionRate (G3), percent.
func (s *GoalTotalsSum) Rate(c *GoalCount) float64 { return analytics.Percent(c.Visitors, s.Visitors) }

// OverallRate is the conversionRate of alerts (G8), percent.
func (s *GoalTotalsSum) OverallRate() float64 { return analytics.Percent(s.Completing, s.Visitors) }

// Add adds the visitor's share, or takes it away.
func (s *GoalTotalsSum) Add(v *Visitor, sign int64) { s.adder.add(v, sign) }

// Merge adds another day's sum.
func (s *GoalTotalsSum) Merge(day Sum) {
	o := day.(*GoalTotalsSum)
	s.Visitors += o.Visitors
	s.Completing += o.Completing
	for id, c := range o.Goals {
		g := s.Goals[id]
		g.Completions += c.Completions
		g.Visitors += c.Visitors
		g.Value.Merge(c.Value)
	}
}

// Seal lets go of the table.
func (s *GoalTotalsSum) Seal() { s.adder = nil }

// Size is about how many bytes the sum takes.
func (s *GoalTotalsSum) Size() int { return 128 + 128*len(s.Goals) }

// totalsAdder adds visitors to a GoalTotalsSum.
type totalsAdder struct {
	sum    *GoalTotalsSum
	find   *goalFinder
	counts []*GoalCount // by number of the goal

	sign    int64 // of the visitor under way, like the next two
	core    bool  // has a core event in the window
	reached []int // the goals that it completed
	has     []bool
}

func newTotalsAdder(s *GoalTotalsSum, find *goalFinder) *totalsAdder {
	a := &totalsAdder{sum: s, find: find, has: make([]bool, len(find.goals))}
	for _, g := range find.goals {
		a.counts = append(a.counts, s.Goals[g.ID])
	}
	return a
}

func (a *totalsAdder) add(v *Visitor, sign int64) {
	a.sign, a.core, a.reached = sign, false, a.reached[:0]
	for i := range v.Sessions {
		if a.find.counts(v, &v.Sessions[i]) {
			a.find.session(&v.Sessions[i], a.seen, a.done)
		}
	}
	if a.core {
		a.sum.Visitors += sign
	}
	if len(a.reached) > 0 {
		a.sum.Completing += sign
	}
	for _, goal := range a.reached {
		a.counts[goal].Visitors += sign
		a.has[goal] = false
	}
}

func (a *totalsAdder) seen(int32) { a.core = true }

func (a *totalsAdder) done(goal int, _ int32, value analytics.Fixed) {
	c := a.counts[goal]
	c.Completions += a.sign
	c.Value.Add(value, a.sign)
	if !a.has[goal] {
		a.has[goal] = true
		a.reached = append(a.reached, goal)
	}
}
