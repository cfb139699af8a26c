package report

import (
	"fmt"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// goalFinder finds what sessions of one table complete (metrics.md §3). It belongs to one goroutine.
type goalFinder struct {
	t         *Table
	w         Window
	goals     []*analytics.Goal
	rows      *matchSet // by number of the goal
	durations []int     // the numbers of the duration goals
	filter    *Filtering
}

func newGoalFinder(t *Table, w Window, goals []*analytics.Goal, f Filters) *goalFinder {
	m := &goalFinder{t: t, w: w, goals: goals}
	matchers := make([]analytics.Matcher, len(goals))
	for i, g := range goals {
		matchers[i] = g.Matcher()
		if g.Type == analytics.DurationGoal {
			m.durations = append(m.durations, i)
		}
	}
	m.rows = newMatchSet(t, matchers)
	if !f.Empty() {
		m.filter = f.On(t)
	}
	return m
}

// counts tells whether a session counts: it has a core event and satisfies the filters.
func (m *goalFinder) counts(v *Visitor, s *Session) bool {
	return s.HasCore() && (m.filter == nil || m.filter.Session(v, s))
}

// session calls core for each core event of the session in the window, and done for each completion in it, with its time (ms since the day's
// start) and its value.
func (m *goalFinder) session(s *Session, core func(ts int32), done func(goal int, ts int32, value analytics.Fixed)) {
	for _, i := range m.durations {
		g := m.goals[i]
		if int64(s.Duration()) >= 1000*g.DurationSeconds && m.w.Has(m.t.Start+int64(s.Start)) && m.tracked(g, s.Start) {
			done(i, s.Start, g.Value)
		}
	}
	for _, at := range s.Rows {
		row := &m.t.Rows[at]
		if !row.Kind.IsCore() || !m.w.Has(m.t.Time(at)) {
			continue
		}
		core(row.TS)
		for _, i := range m.rows.row(row) {
			if g := m.goals[i]; m.tracked(g, row.TS) {
				done(i, row.TS, m.value(g, row))
			}
		}
	}
}

// tracked tells whether a match at a time (ms since the day's start) counts: those before the goal's TrackedSince do not.
func (m *goalFinder) tracked(g *analytics.Goal, ts int32) bool {
	return m.t.Start+int64(ts) >= g.TrackedSince
}

// value is what a completion is worth: the event's own value, else the goal's (G4).
func (m *goalFinder) value(g *analytics.Goal, row *analytics.Row) analytics.Fixed {
	if row.Kind == analytics.Custom {
		if c := &m.t.Customs[row.Detail]; c.HasValue {
			return c.Value
		}
	}
	return g.Value
}

// countedGoalKey is everything of a goal that its numbers depend on.
func countedGoalKey(g *analytics.Goal) string {
	return fmt.Sprintf("%q %s %d %d", g.ID, goalMatchKey(g), g.Value, g.TrackedSince)
}

// goalMatchKey is what the goal matches.
func goalMatchKey(g *analytics.Goal) string {
	switch g.Type {
	case analytics.PageviewGoal:
		return pageKey(g.MatchType, g.Path)
	case analytics.EventGoal:
		return eventKey(g.EventAction, g.EventCategory, g.EventLabel)
	default:
		return fmt.Sprintf("%s %d", g.Type, g.DurationSeconds)
	}
}

func pageKey(how analytics.MatchType, path string) string {
	if how == "" {
		how = analytics.MatchExact
	}
	return fmt.Sprintf("page %s %q", how, path)
}

func eventKey(action, category, label string) string {
	return fmt.Sprintf("event %q %q %q", action, category, label)
}

// joinKeys puts the parts of a question's key together.
func joinKeys(parts ...string) string { return strings.Join(parts, "\n") }
