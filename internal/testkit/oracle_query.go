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

// Query answers by a property, "" for all as one row, in no order. valueOf is value or prop:KEY.
func (o *Oracle) Query(property, filters, valueOf string, s Span) []QueryRow {
	o.t.Helper()
	t := o.under(filters)
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
		return o.byGoal(t, filters, s)
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
func (o *Oracle) QueryTotals(property, filters, valueOf string, s Span) QueryRow {
	o.t.Helper()
	t := o.under(filters)
	var rows map[string]*QueryRow
	switch {
	case property == "event":
		rows = o.byEvent(t, s, "''", "", valueOf)
	case property == "prop_key":
		rows = o.byEvent(t, s, "''", "JOIN (SELECT DISTINCT n FROM props) p USING (n)", valueOf)
	case strings.HasPrefix(property, "prop:"):
		rows = o.byEvent(t, s, "''", "JOIN props p ON p.n=e.n AND p.key="+quote(strings.TrimPrefix(property, "prop:")), valueOf)
	case property == "goal":
		row := QueryRow{Whole: o.numbers(t, s).Visitors}
		for _, g := range o.goals {
			row.Customs += o.Goal(g, filters, s).Completions
		}
		row.Visitors = o.Completing(o.goals, filters, s)
		return row
	default:
		return o.Query("", filters, valueOf, s)[0]
	}
	if len(rows) == 0 {
		rows = map[string]*QueryRow{"": {}}
	}
	return o.whole(rows, t, s)[0]
}

func (o *Oracle) whole(rows map[string]*QueryRow, t tables, s Span) []QueryRow {
	m2 := o.numbers(t, s).Visitors
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
	o.merge(rows, fmt.Sprintf(`SELECT %s, SUM(e.type='pageview'), SUM(e.type='event'), COUNT(DISTINCT CASE WHEN e.type IN ('pageview','event') THEN e.visitor_id END),
 SUM(CASE WHEN e.type='engagement' THEN e.time_on_page_ms ELSE 0 END), SUM(e.type='engagement' AND e.seq=1)
 FROM %s e JOIN %s s USING (session_id) WHERE %s GROUP BY 1`, expr, t.rows, t.sess, s.within("e.ts")),
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
 SUM(CASE WHEN type='engagement' THEN time_on_page_ms ELSE 0 END), SUM(type='engagement' AND seq=1)
 FROM %s WHERE %s GROUP BY 1`, t.rows, s.within("ts")),
		func(r *QueryRow) []any {
			return []any{&r.Pageviews, &r.Customs, &r.Visitors, &r.EngagedMS, &r.Engagements}
		})
	return rows
}

func (o *Oracle) byEvent(t tables, s Span, key, join, valueOf string) map[string]*QueryRow {
	o.t.Helper()
	rows := make(map[string]*QueryRow)
	o.merge(rows, fmt.Sprintf(`SELECT %s, COUNT(*), COUNT(DISTINCT e.visitor_id) FROM %s e %s WHERE e.type='event' AND %s GROUP BY 1`, key, t.rows, join, s.within("e.ts")),
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
	m2 := o.numbers(t, s).Visitors
	for _, g := range o.goals {
		n := o.Goal(g, filters, s)
		out = append(out, QueryRow{Key: g.ID, Numbers: Numbers{Visitors: n.Unique, Customs: n.Completions}, Whole: m2})
	}
	return out
}
