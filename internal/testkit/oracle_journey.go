package testkit

import "fmt"

// Node is one path of a step of journeys; Link leads from a step to the next.
type (
	Node struct {
		Step     int64
		Path     string
		Sessions int64
	}
	Link struct {
		Step     int64
		From, To string
		Sessions int64
	}
)

// Journeys follows the sessions that start in the span (extended.md). path "" is none; fromEnd is anchor=end.
func (o *Oracle) Journeys(filters string, s Span, steps int, fromEnd bool, path string, limit int) (sessions int64, nodes []Node, links []Link) {
	o.t.Helper()
	t := o.under(filters)
	step, anchor := "w.i-a.i+1", "MIN(i)"
	if fromEnd {
		step, anchor = fmt.Sprintf("w.i-a.i+%d", steps), "MAX(i)"
	}
	at := "1"
	if path != "" {
		at = "path=" + quote(path)
	}
	with := fmt.Sprintf(`WITH v AS (SELECT e.session_id, e.ts, e.event_id, e.path,
  LAG(e.path) OVER (PARTITION BY e.session_id ORDER BY e.ts, e.event_id) before
 FROM %s e JOIN %s s USING (session_id) WHERE e.type='pageview' AND %s),
w AS MATERIALIZED (SELECT session_id, path, ROW_NUMBER() OVER (PARTITION BY session_id ORDER BY ts, event_id) i
 FROM v WHERE before IS NULL OR before<>path),
a AS MATERIALIZED (SELECT session_id, %s i FROM w WHERE %s GROUP BY 1),
s AS MATERIALIZED (SELECT w.session_id, w.path, %s step FROM w JOIN a USING (session_id) WHERE step BETWEEN 1 AND %d),
n AS MATERIALIZED (SELECT step, path, COUNT(*) n, ROW_NUMBER() OVER (PARTITION BY step ORDER BY COUNT(*) DESC, path) rank FROM s GROUP BY 1, 2),
c AS MATERIALIZED (SELECT s.session_id, s.step, CASE WHEN n.rank<=%d THEN s.path ELSE '(other)' END path FROM s JOIN n USING (step, path))
`, t.all, t.sess, s.within("s.start"), anchor, at, step, steps, limit)
	sessions = one(o, func(n *int64) []any { return []any{n} }, with+`SELECT COUNT(*) FROM a`)
	nodes = ask(o, func(n *Node) []any { return []any{&n.Step, &n.Path, &n.Sessions} },
		with+`SELECT step, path, COUNT(*) FROM c GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2`)
	links = ask(o, func(l *Link) []any { return []any{&l.Step, &l.From, &l.To, &l.Sessions} },
		with+`SELECT x.step, x.path, y.path, COUNT(*) FROM c x JOIN c y ON y.session_id=x.session_id AND y.step=x.step+1
 GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3`)
	return sessions, nodes, links
}
