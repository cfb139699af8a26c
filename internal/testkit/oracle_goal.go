package testkit

import (
	"fmt"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// pathCondition is that the path of e matches (metrics.md §3).
func pathCondition(how analytics.MatchType, pattern string) string {
	switch how {
	case analytics.MatchContains:
		return fmt.Sprintf("instr(e.path,%s)>0", quote(pattern))
	case analytics.MatchRegex:
		return "e.path REGEXP " + quote(pattern)
	}
	return "e.path=" + quote(pattern)
}

// customCondition is that e is a custom event with such an action, and category and label where they are set.
func customCondition(action, category, label string) string {
	c := "e.type='event' AND e.action=" + quote(action)
	if category != "" {
		c += " AND e.category=" + quote(category)
	}
	if label != "" {
		c += " AND e.label=" + quote(label)
	}
	return c
}

// goalCondition is that the event e matches a pageview or event goal.
func goalCondition(g *analytics.Goal) string {
	switch g.Type {
	case analytics.PageviewGoal:
		return "(e.type='pageview' AND " + pathCondition(g.MatchType, g.Path) + ")"
	case analytics.EventGoal:
		return "(" + customCondition(g.EventAction, g.EventCategory, g.EventLabel) + ")"
	}
	return "0"
}

// completions is a query for a goal's matches: session_id, visitor_id, ts, worth.
func completions(t tables, g *analytics.Goal, s Span) string {
	if g.Type == analytics.DurationGoal {
		return fmt.Sprintf("SELECT session_id, visitor_id, start ts, %d worth FROM %s WHERE dur_ms>=%d AND start>=%d AND %s",
			g.Value, t.sess, 1000*g.DurationSeconds, g.TrackedSince, s.within("start"))
	}
	return fmt.Sprintf("SELECT e.session_id, e.visitor_id, e.ts, COALESCE(e.value,%d) worth FROM %s e WHERE %s AND e.ts>=%d AND %s",
		g.Value, t.all, goalCondition(g), g.TrackedSince, s.within("e.ts"))
}

// GoalNumbers are G1, G2, G4 in ten-thousandths, and M2.
type GoalNumbers struct{ Completions, Unique, Value, Visitors int64 }

// Goal counts a goal over the sessions that satisfy the filters.
func (o *Oracle) Goal(g *analytics.Goal, filters string, s Span) GoalNumbers {
	o.t.Helper()
	t := o.under(filters)
	return one(o, func(n *GoalNumbers) []any { return []any{&n.Completions, &n.Unique, &n.Value, &n.Visitors} }, fmt.Sprintf(
		`SELECT COUNT(*), COUNT(DISTINCT visitor_id), COALESCE(SUM(worth),0),
 (SELECT COUNT(DISTINCT visitor_id) FROM %s WHERE type IN ('pageview','event') AND %s) FROM (%s)`, t.all, s.within("ts"), completions(t, g, s)))
}

// Completing counts the distinct visitors with a completion of any of the goals (G8).
func (o *Oracle) Completing(goals []*analytics.Goal, filters string, s Span) int64 {
	o.t.Helper()
	if len(goals) == 0 {
		return 0
	}
	var all []string
	for _, g := range goals {
		all = append(all, completions(o.under(filters), g, s))
	}
	return one(o, func(n *int64) []any { return []any{n} }, `SELECT COUNT(DISTINCT visitor_id) FROM (`+strings.Join(all, " UNION ALL ")+`)`)
}

// GoalGroups is G7 by a column of the session view: completions, distinct completing visitors, and distinct visitors of the group's sessions
// that start in the span. By completions, then key.
func (o *Oracle) GoalGroups(g *analytics.Goal, filters string, s Span, column string) []Line {
	o.t.Helper()
	t := o.under(filters)
	return ask(o, (*Line).three, fmt.Sprintf(`SELECT s.%[1]s, COUNT(*), COUNT(DISTINCT c.visitor_id),
 (SELECT COUNT(DISTINCT v.visitor_id) FROM %[2]s v WHERE v.%[1]s=s.%[1]s AND %[4]s)
 FROM (%[3]s) c JOIN %[2]s s USING (session_id) GROUP BY 1 ORDER BY 2 DESC, 1`, column, t.sess, completions(t, g, s), s.within("v.start")))
}
