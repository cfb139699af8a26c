package report

import "github.com/ztas-io/ztas/analytics"

// goalFilter is a filter on goal: at least one completion of one of its goals, or none of any.
type goalFilter struct {
	negated bool
	goals   []goalRows
}

// goalRows finds a goal's completions in a table.
type goalRows struct {
	goal    *analytics.Goal
	matcher analytics.Matcher
	paths   *memo // of a pageview goal
}

func newGoalFilter(c clause, t *Table) goalFilter {
	f := goalFilter{negated: c.negated}
	for _, g := range c.goals {
		r := goalRows{goal: g, matcher: g.Matcher()}
		r.paths = &memo{match: func(i uint32) bool { return r.matcher.Path(t.Texts[i]) }}
		f.goals = append(f.goals, r)
	}
	return f
}

// completed tells whether one of the goals was completed in a session.
func (f *goalFilter) completed(t *Table, s *Session) bool {
	for i := range f.goals {
		if f.goals[i].completed(t, s) {
			return true
		}
	}
	return false
}

func (g *goalRows) completed(t *Table, s *Session) bool {
	if g.goal.Type == analytics.DurationGoal {
		return int64(s.Duration()) >= 1000*g.goal.DurationSeconds && t.Start+int64(s.Start) >= g.goal.TrackedSince
	}
	for _, i := range s.Rows {
		if row := &t.Rows[i]; row.Kind == g.matcher.Kind && g.row(t, row) && t.Time(i) >= g.goal.TrackedSince {
			return true
		}
	}
	return false
}

// row tells whether the goal matches a row of its kind.
func (g *goalRows) row(t *Table, row *analytics.Row) bool {
	if row.Kind == analytics.Pageview {
		return g.paths.has(row.Path)
	}
	c, m := &t.Customs[row.Detail], &g.matcher
	return t.Texts[c.Action] == m.Action && (m.Category == "" || t.Texts[c.Category] == m.Category) && (m.Label == "" || t.Texts[c.Label] == m.Label)
}
