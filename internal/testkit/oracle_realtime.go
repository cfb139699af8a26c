package testkit

import "fmt"

// Active counts distinct visitors with any event in the span, and pageviews there.
func (o *Oracle) Active(s Span) (visitors, pageviews int64) {
	o.t.Helper()
	n := one(o, func(n *[2]int64) []any { return []any{&n[0], &n[1]} },
		fmt.Sprintf("SELECT COUNT(DISTINCT substr(visitor_id,1,%d)), COALESCE(SUM(type='pageview'),0) FROM events WHERE ", idLength)+s.within("ts"))
	return n[0], n[1]
}

// Latest counts each visitor of the span once, by what an expression says of its latest event e and that event's session s (columns null
// where it has no core event). At most 100 keys, the rest as (other).
func (o *Oracle) Latest(s Span, expr string) []Line {
	o.t.Helper()
	o.refresh()
	return ask(o, (*Line).one, fmt.Sprintf(`WITH l AS (
 SELECT *, ROW_NUMBER() OVER (PARTITION BY substr(visitor_id,1,%d) ORDER BY ts DESC, event_id DESC) rn FROM events WHERE %s),
k AS (SELECT %s key, COUNT(*) n FROM l e LEFT JOIN sess s USING (session_id) WHERE rn=1 GROUP BY 1),
r AS (SELECT key, n, ROW_NUMBER() OVER (ORDER BY n DESC, key) i FROM k)
SELECT CASE WHEN i<=100 THEN key ELSE '(other)' END shown, SUM(n) FROM r GROUP BY 1 ORDER BY 2 DESC, 1`, idLength, s.within("ts"), expr))
}

// RecentView is one of the latest pageviews.
type RecentView struct {
	Path    string
	TS      int64 // UTC ms
	Country string
}

// Recent returns the latest ten pageviews of a span, newest first.
func (o *Oracle) Recent(s Span) []RecentView {
	o.t.Helper()
	return ask(o, func(v *RecentView) []any { return []any{&v.Path, &v.TS, &v.Country} },
		"SELECT path, ts, country FROM events WHERE type='pageview' AND "+s.within("ts")+" ORDER BY ts DESC, event_id DESC LIMIT 10")
}
