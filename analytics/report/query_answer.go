package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Asks are the questions that the query needs: about its range and, with a comparison, about the range before. All of one answer should be
// asked on one state of the site.
func (q *Query) Asks() []Ask {
	asks := []Ask{q.over(q.rng)}
	if q.before != nil {
		asks = append(asks, q.over(*q.before))
	}
	return asks
}

func (q *Query) over(r analytics.Range) Ask {
	ask := Ask{q.question, r.First, r.Last, Window{r.From, r.To}}
	switch {
	case q.question.realtime: // the window moves on with every answer: nothing is worth keeping
		ask.Question = Moving(q.question)
		return ask
	case r.Last < q.rng.Last:
		return ask
	default:
		return Over(q.question, r)
	}
}

// Site is the site that the query is about, as it was sent.
func (q *Query) Site() analytics.SiteID { return analytics.SiteID(q.params.SiteID) }

// queryRow is a row of an answer and its counterpart in the range before.
type queryRow struct {
	name   string     // the property's value, the goal's id or the date
	title  string     // of a goal
	cell   *queryCell // never nil, like before
	before *queryCell
}

var emptyCell queryCell

// Answer makes the data of GET /api/stats-api of the sums of Asks: results, totals, rows, query.
func (q *Query) Answer(sums []Sum) Object {
	now, before := sums[0].(*QuerySum), new(QuerySum)
	if q.before != nil {
		before = sums[1].(*QuerySum)
	}
	rows := q.rows(now, before)
	count := len(rows)
	if q.property.by != byTime {
		q.sort(rows, now.m2)
		rows = rows[min(q.offset, count):]
		rows = rows[:min(q.limit, len(rows))]
	}
	results := make([]Object, len(rows))
	for i := range rows {
		results[i] = q.result(&rows[i], now.m2, before.m2)
	}
	totals := queryRow{cell: &now.total, before: &before.total}
	return Object{
		{"results", results}, {"totals", q.numbers(&totals, now.m2, before.m2)}, {"rows", count}, {"query", q.echo()},
	}
}

// rows are all rows that are shown, before order and limit.
func (q *Query) rows(now, before *QuerySum) []queryRow {
	switch {
	case q.question.grain == intervalNone:
		return []queryRow{{cell: &now.total, before: &before.total}}
	case q.property.by == byTime:
		return q.series(now, before)
	case q.property.by == byGoal:
		return q.goalRows(now, before)
	}
	var rows []queryRow
	earlier := before.rows()
	for name, cell := range now.rows() {
		if slices.ContainsFunc(q.metrics, func(m *metric) bool { return m.has(cell) }) && q.found(name) {
			rows = append(rows, queryRow{name: name, cell: cell, before: cmp.Or(earlier[name], &emptyCell)})
		}
	}
	return rows
}

// found tells whether a row is one that was searched for.
func (q *Query) found(text string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(q.params.Search))
}

// goalRows has every goal; it is found by its id and by its name.
func (q *Query) goalRows(now, before *QuerySum) []queryRow {
	var rows []queryRow
	counts, earlier := now.rows(), before.rows()
	for _, g := range q.goals {
		if q.found(g.ID) || q.found(g.Name) {
			rows = append(rows, queryRow{g.ID, g.Name, cmp.Or(counts[g.ID], &emptyCell), cmp.Or(earlier[g.ID], &emptyCell)})
		}
	}
	return rows
}

// series has one row a bucket; those of the range before are met by position.
func (q *Query) series(now, before *QuerySum) []queryRow {
	var rows []queryRow
	counts := now.rows()
	for _, s := range spots(q.rng, q.params.Interval) {
		rows = append(rows, queryRow{name: s.date, cell: s.cell(counts), before: &emptyCell})
	}
	if q.before == nil {
		return rows
	}
	earlier := before.rows()
	for i, s := range spots(*q.before, q.params.Interval) {
		if i < len(rows) {
			rows[i].before = s.cell(earlier)
		}
	}
	return rows
}

// cell is what the spot's buckets count together.
func (s spot) cell(counts map[string]*queryCell) *queryCell {
	if len(s.names) == 1 {
		return cmp.Or(counts[s.names[0]], &emptyCell)
	}
	all := new(queryCell)
	for _, name := range s.names {
		if c := counts[name]; c != nil {
			all.merge(c)
		}
	}
	return all
}

// sort orders rows by the wanted metric; ties, and without a metric all, by the property.
func (q *Query) sort(rows []queryRow, m2 int64) {
	figures := make(map[*queryCell]figure, len(rows))
	if m := q.order.metric; m != nil {
		for i := range rows {
			figures[rows[i].cell] = m.figure(rows[i].cell, m2)
		}
	}
	slices.SortFunc(rows, func(a, b queryRow) int {
		byName := strings.Compare(a.name, b.name)
		switch {
		case q.order.metric == nil && q.order.ascending:
			return byName
		case q.order.metric == nil:
			return -byName
		case q.order.ascending:
			return cmp.Or(figures[a.cell].compare(figures[b.cell]), byName)
		default:
			return cmp.Or(figures[b.cell].compare(figures[a.cell]), byName)
		}
	})
}

// result shows a row.
func (q *Query) result(row *queryRow, m2, m2Before int64) Object {
	var o Object
	switch {
	case q.question.grain == intervalNone:
	case q.property.by == byTime:
		o = append(o, Member{"date", row.name})
	default:
		o = append(o, Member{q.property.member(), row.name})
	}
	if q.property.by == byGoal {
		o = append(o, Member{"name", row.title})
	}
	return append(o, q.numbers(row, m2, m2Before)...)
}

// numbers are the metrics of a row, as they were asked for, and of its counterpart.
func (q *Query) numbers(row *queryRow, m2, m2Before int64) Object {
	o := q.figures(row.cell, m2)
	if q.before != nil {
		o = append(o, Member{"previous", q.figures(row.before, m2Before)})
	}
	return o
}

func (q *Query) figures(c *queryCell, m2 int64) Object {
	o := make(Object, 0, len(q.metrics)+1)
	for _, m := range q.metrics {
		o = append(o, Member{m.name, m.figure(c, m2).number(m.places)})
	}
	return o
}

// echo says what was understood of the query: what its numbers depend on.
func (q *Query) echo() Object {
	p := &q.params
	names := make([]string, len(q.metrics))
	for i, m := range q.metrics {
		names[i] = m.name
	}
	o := Object{{"site_id", p.SiteID}, {"period", p.Period}}
	if p.Period == "custom" {
		o = append(o, Member{"date_from", p.DateFrom}, Member{"date_to", p.DateTo})
	}
	if q.property.by == byTime {
		o = append(o, Member{"interval", p.Interval})
	} else {
		o = append(o, Member{"property", p.Property})
	}
	o = append(o, Member{"metrics", names})
	for _, m := range []Member{{"filters", p.Filters}, {"compare", p.Compare}, {"value_of", p.ValueOf}} {
		if m.Value != "" {
			o = append(o, m)
		}
	}
	return o
}
