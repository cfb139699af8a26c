package report

import (
	"math"
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
	ask := Ask{q.question, r.Zone, r.First, r.Last, Window{r.From, r.To}}
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
	name   string // the property's value, the goal's id or the date
	title  string // of a goal
	cell   queryCell
	before queryCell
	figure figure // what the rows are ordered by, if by a metric
}

// Answer makes the data of GET /api/stats-api of the sums of Asks: results, totals, rows, query.
func (q *Query) Answer(sums []Sum) Object {
	now, before := sums[0].(*QuerySum), new(QuerySum)
	if q.before != nil {
		before = sums[1].(*QuerySum)
	}
	rows, count := q.rows(now, before)
	results := make([]Object, len(rows))
	for i := range rows {
		results[i] = q.result(&rows[i], now.m2, before.m2)
	}
	totals := queryRow{cell: now.total, before: before.total}
	return Object{
		{"results", results}, {"totals", q.numbers(&totals, now.m2, before.m2)}, {"rows", count}, {"query", q.echo()},
	}
}

// rows are the rows that are shown, in their order, and how many there are before the limit.
func (q *Query) rows(now, before *QuerySum) (rows []queryRow, count int) {
	switch {
	case q.question.grain == intervalNone:
		return []queryRow{{cell: now.total, before: before.total}}, 1
	case q.property.by == byTime:
		rows = q.series(now, before)
		return rows, len(rows)
	}
	best := ranking{q: q, most: q.limit + min(q.offset, math.MaxInt-q.limit)}
	if q.property.by == byGoal {
		q.goalRows(now, before, func(r *queryRow) { best.add(r, now.m2) })
	} else {
		q.valueRows(now, func(r *queryRow) { best.add(r, now.m2) })
	}
	rows = best.sorted()
	rows = rows[min(q.offset, len(rows)):]
	if q.property.by != byGoal {
		meet(rows, before)
	}
	return rows, best.count
}

// valueRows gives every value of the property that has anything to show. The row is only good until the next one.
func (q *Query) valueRows(now *QuerySum, give func(*queryRow)) {
	row := new(queryRow)
	has := func(m *metric) bool { return m.has(&row.cell) }
	for i, name := range now.names {
		*row = queryRow{name: name, cell: now.cells.at(i)}
		if slices.ContainsFunc(q.metrics, has) && !row.cell.empty() && q.found(name) {
			give(row)
		}
	}
}

// meet gives the rows their counterparts.
func meet(rows []queryRow, before *QuerySum) {
	if len(before.names) == 0 {
		return
	}
	places := make(map[string]int, len(rows))
	for i := range rows {
		places[rows[i].name] = i
	}
	for i, name := range before.names {
		if at, ok := places[name]; ok {
			rows[at].before = before.cells.at(i)
		}
	}
}

// found tells whether a row is one that was searched for.
func (q *Query) found(text string) bool {
	return q.params.Search == "" || strings.Contains(strings.ToLower(text), strings.ToLower(q.params.Search))
}

// goalRows gives every goal; it is found by its id and by its name.
func (q *Query) goalRows(now, before *QuerySum, give func(*queryRow)) {
	counts, earlier := now.rows(), before.rows()
	for _, g := range q.goals {
		if q.found(g.ID) || q.found(g.Name) {
			give(&queryRow{name: g.ID, title: g.Name, cell: counts[g.ID], before: earlier[g.ID]})
		}
	}
}

// series has one row a bucket; those of the range before are met by position.
func (q *Query) series(now, before *QuerySum) []queryRow {
	var rows []queryRow
	counts := now.rows()
	for _, s := range spots(q.rng, q.params.Interval) {
		rows = append(rows, queryRow{name: s.date, cell: s.cell(counts)})
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
func (s spot) cell(counts map[string]queryCell) (all queryCell) {
	for _, name := range s.names {
		c := counts[name]
		all.merge(&c)
	}
	return all
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
	o := q.figures(&row.cell, m2)
	if q.before != nil {
		o = append(o, Member{"previous", q.figures(&row.before, m2Before)})
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
