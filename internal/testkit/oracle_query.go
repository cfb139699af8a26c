package testkit

import (
	"fmt"
	"strings"
)

// Values are what value_ metrics take of a row's events, in ten-thousandths.
type Values struct{ Count, Sum, P50, P90, P99 int64 }

// QueryRow is one row of the Query API, before rounding. Which members a property has, extended.md says.
type QueryRow struct {
	Key string
	Numbers
	Values
	Whole int64 // M2 of the filtered table, for conversion rates
}

// QueryOf says what is asked of the Query API. Property "" is all as one row; ValueOf is value or prop:KEY; Realtime is the period.
type QueryOf struct {
	Property, Filters, ValueOf string
	Realtime                   bool
}

func (o *Oracle) queried(q QueryOf, s Span) tables {
	o.t.Helper()
	if q.Realtime {
		return o.realtime(q.Filters, s)
	}
	return o.under(q.Filters)
}

// Query answers by the property, in no order.
func (o *Oracle) Query(q QueryOf, s Span) []QueryRow {
	o.t.Helper()
	t := o.queried(q, s)
	property, valueOf := q.Property, q.ValueOf
	var rows map[string]*QueryRow
	expr, own := sessionValue(property)
	switch {
	case property == "":
		rows = map[string]*QueryRow{"": {Numbers: o.numbers(t, s)}}
		o.values(rows, t, s, "''", "", valueOf)
	case own:
		rows = o.bySession(t, s, expr)
	case property == "page":
		rows = o.byPage(t, s)
	case property == "goal":
		return o.byGoal(t, q.Filters, s)
	case property == "event":
		rows = o.byEvent(t, s, named("e.action", "(none)"), "", valueOf)
	case property == "prop_key":
		rows = o.byEvent(t, s, "p.key", "JOIN props p USING (n)", valueOf)
	default:
		rows = o.byEvent(t, s, named("p.shown", "(none)"), "JOIN props p ON p.n=e.n AND p.key="+quote(strings.TrimPrefix(property, "prop:")), valueOf)
	}
	return o.whole(rows, t, s)
}

// QueryTotals answers over all rows of a property together.
func (o *Oracle) QueryTotals(q QueryOf, s Span) QueryRow {
	o.t.Helper()
	t := o.queried(q, s)
	property, valueOf := q.Property, q.ValueOf
	var rows map[string]*QueryRow
	switch {
	case property == "event":
		rows = o.byEvent(t, s, "''", "", valueOf)
	case property == "prop_key":
		rows = o.byEvent(t, s, "''", "JOIN (SELECT DISTINCT n FROM props) p USING (n)", valueOf)
	case strings.HasPrefix(property, "prop:"):
		rows = o.byEvent(t, s, "''", "JOIN props p ON p.n=e.n AND p.key="+quote(strings.TrimPrefix(property, "prop:")), valueOf)
	case property == "goal":
		row := QueryRow{Whole: o.core(t, s)}
		for _, g := range o.goals {
			row.Customs += o.Goal(g, q.Filters, s).Completions
		}
		row.Visitors = o.Completing(o.goals, q.Filters, s)
		return row
	default:
		q.Property = ""
		return o.Query(q, s)[0]
	}
	if len(rows) == 0 {
		rows = map[string]*QueryRow{"": {}}
	}
	return o.whole(rows, t, s)[0]
}

// core is M2 of the filtered table.
func (o *Oracle) core(t tables, s Span) int64 {
	o.t.Helper()
	t.active = false
	return o.numbers(t, s).Visitors
}

func (o *Oracle) whole(rows map[string]*QueryRow, t tables, s Span) []QueryRow {
	m2 := o.core(t, s)
	out := make([]QueryRow, 0, len(rows))
	for key, row := range rows {
		row.Key, row.Whole = key, m2
		out = append(out, *row)
	}
	return out
}

// merge reads lines of a key and numbers into rows.
func (o *Oracle) merge(rows map[string]*QueryRow, query string, into func(*QueryRow) []any) {
	o.t.Helper()
	list, err := o.db.Query(query)
	if err != nil {
		o.t.Fatalf("oracle: %v\n%s", err, query)
	}
	defer list.Close()
	for list.Next() {
		var read QueryRow
		if err := list.Scan(append([]any{&read.Key}, into(&read)...)...); err != nil {
			o.t.Fatalf("oracle: %v\n%s", err, query)
		}
		row := rows[read.Key]
		if row == nil {
			row = &QueryRow{}
			rows[read.Key] = row
		}
		for i, p := range into(row) {
			*p.(*int64) = *into(&read)[i].(*int64)
		}
	}
	if err := list.Err(); err != nil {
		o.t.Fatalf("oracle: %v\n%s", err, query)
	}
}

func (o *Oracle) bySession(t tables, s Span, expr string) map[string]*QueryRow {
	o.t.Helper()
	rows := make(map[string]*QueryRow)
	o.merge(rows, fmt.Sprintf(`SELECT %s, COUNT(*), SUM(s.bounced), SUM(s.dur_ms) FROM %s s WHERE %s GROUP BY 1`, expr, t.sess, s.within("s.start")),
		func(r *QueryRow) []any { return []any{&r.Sessions, &r.Bounces, &r.DurationMS} })
	whose := t.sess
	if t.active { // a visitor is active in a session without core event in the span, too
		whose = "sess"
	}
	o.merge(rows, fmt.Sprintf(`SELECT %[1]s, SUM(e.type='pageview'), SUM(e.type='event'), COUNT(DISTINCT CASE WHEN %[5]s THEN e.visitor_id END),
 SUM(CASE WHEN %[6]s THEN e.time_on_page_ms ELSE 0 END), SUM(%[6]s AND e.seq=1)
 FROM %[2]s e JOIN %[3]s s USING (session_id) WHERE %[4]s GROUP BY 1`, expr, t.rows, whose, s.within("e.ts"), t.visits(), t.met()),
		func(r *QueryRow) []any {
			return []any{&r.Pageviews, &r.Customs, &r.Visitors, &r.EngagedMS, &r.Engagements}
		})
	return rows
}

func (o *Oracle) byPage(t tables, s Span) map[string]*QueryRow {
	o.t.Helper()
	rows := make(map[string]*QueryRow)
	o.merge(rows, fmt.Sprintf(`SELECT s.entry_path, COUNT(*), SUM(s.bounced), SUM(s.dur_ms) FROM %s s WHERE %s GROUP BY 1`, t.sess, s.within("s.start")),
		func(r *QueryRow) []any { return []any{&r.Sessions, &r.Bounces, &r.DurationMS} })
	o.merge(rows, fmt.Sprintf(`SELECT path, SUM(type='pageview'), SUM(type='event'), COUNT(DISTINCT CASE WHEN type='pageview' THEN visitor_id END),
 SUM(CASE WHEN %[3]s THEN time_on_page_ms ELSE 0 END), SUM(%[3]s AND seq=1)
 FROM %[1]s e WHERE %[2]s GROUP BY 1`, t.rows, s.within("ts"), t.met()),
		func(r *QueryRow) []any {
			return []any{&r.Pageviews, &r.Customs, &r.Visitors, &r.EngagedMS, &r.Engagements}
		})
	return rows
}

func (o *Oracle) byEvent(t tables, s Span, key, join, valueOf string) map[string]*QueryRow {
	o.t.Helper()
	rows := make(map[string]*QueryRow)
	o.merge(rows, fmt.Sprintf(`SELECT %s, COUNT(*), COUNT(DISTINCT e.visitor_id) FROM %s e %s
 WHERE e.type='event' AND %s GROUP BY 1`, key, t.rows, join, s.within("e.ts")),
		func(r *QueryRow) []any { return []any{&r.Customs, &r.Visitors} })
	o.values(rows, t, s, key, join, valueOf)
	return rows
}

func (o *Oracle) values(rows map[string]*QueryRow, t tables, s Span, key, join, valueOf string) {
	o.t.Helper()
	value := "e.value"
	if name, ok := strings.CutPrefix(valueOf, "prop:"); ok {
		value = "(SELECT number FROM props q WHERE q.n=e.n AND q.key=" + quote(name) + ")"
	}
	o.merge(rows, fmt.Sprintf(`WITH v AS (SELECT %s key, %s value FROM %s e %s WHERE e.type='event' AND %s),
r AS (SELECT key, value, ROW_NUMBER() OVER (PARTITION BY key ORDER BY value) i, COUNT(*) OVER (PARTITION BY key) n FROM v WHERE value IS NOT NULL)
SELECT key, n, SUM(value), MAX(CASE WHEN i=(50*n+99)/100 THEN value END), MAX(CASE WHEN i=(90*n+99)/100 THEN value END),
 MAX(CASE WHEN i=(99*n+99)/100 THEN value END) FROM r GROUP BY key`, key, value, t.rows, join, s.within("e.ts")),
		func(r *QueryRow) []any { return []any{&r.Values.Count, &r.Sum, &r.P50, &r.P90, &r.P99} })
}

func (o *Oracle) byGoal(t tables, filters string, s Span) []QueryRow {
	o.t.Helper()
	var out []QueryRow
	m2 := o.core(t, s)
	for _, g := range o.goals {
		n := o.Goal(g, filters, s)
		out = append(out, QueryRow{Key: g.ID, Numbers: Numbers{Visitors: n.Unique, Customs: n.Completions}, Whole: m2})
	}
	return out
}
