package testkit

import (
	"fmt"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// FunnelResult is the result of one visitor: how deep, and the times of the steps reached (UTC ms).
type FunnelResult struct {
	Depth int
	Times [10]int64
}

// Funnel returns the results of all visitors with one (metrics.md §4), in no order. device "" is any.
func (o *Oracle) Funnel(f *analytics.Funnel, device, filters string, s Span) []FunnelResult {
	o.t.Helper()
	t := o.under(filters)
	from := fmt.Sprintf("SELECT e.* FROM %s e WHERE e.type IN ('pageview','event') AND %s AND e.ts>=%d", t.all, s.within("e.ts"), f.TrackedSince)
	if device != "" {
		from += " AND e.device=" + quote(device)
	}
	with := []string{"m AS MATERIALIZED (" + from + ")",
		fmt.Sprintf("a1 AS (SELECT e.visitor_id v, e.ts t1 FROM m e WHERE %s)", o.stepCondition(&f.Steps[0]))}
	depth, times := "1", "t1"
	for k := 2; k <= len(f.Steps); k++ {
		with = append(with, fmt.Sprintf(`a%d AS MATERIALIZED (SELECT a.*, (SELECT MIN(e.ts) FROM m e
 WHERE e.visitor_id=a.v AND %s AND e.ts>a.t%d AND e.ts<=a.t1+%d) t%[1]d FROM a%[3]d a)`, k, o.stepCondition(&f.Steps[k-1]), k-1, 1000*f.TimeWindow))
		depth += fmt.Sprintf("+(t%d IS NOT NULL)", k)
		times += fmt.Sprintf(",COALESCE(t%d,0)", k)
	}
	n := len(f.Steps)
	query := fmt.Sprintf(`WITH %s,
d AS (SELECT *, %s AS depth FROM a%d),
r AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY v ORDER BY depth DESC, t1) AS rn FROM d)
SELECT depth, %s FROM r WHERE rn=1`, strings.Join(with, ",\n"), depth, n, times)
	return ask(o, func(r *FunnelResult) []any {
		into := []any{&r.Depth}
		for i := range n {
			into = append(into, &r.Times[i])
		}
		return into
	}, query)
}

func (o *Oracle) stepCondition(s *analytics.Step) string {
	switch s.Type {
	case analytics.PageviewStep:
		return "(e.type='pageview' AND " + pathCondition(s.MatchType, s.Path) + ")"
	case analytics.EventStep:
		return "(" + customCondition(s.EventAction, s.EventCategory, "") + ")"
	}
	for _, g := range o.goals {
		if g.ID == s.GoalID {
			return goalCondition(g)
		}
	}
	return "0"
}
