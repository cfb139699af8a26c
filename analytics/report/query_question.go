package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// queryQuestion is what a query asks of the rows. Which metrics are shown, and in which order, does not change it, so that the queries of one
// page share their sums.
type queryQuestion struct {
	property queryProperty
	grain    string // without property: none, hour or day
	filters  Filters
	goals    []*analytics.Goal // with property goal
	valueOf  string            // the property key that values come from; "": the event's value
	values   bool              // values are wanted
	each     bool              // every single one, for percentiles
	realtime bool              // sessions with a core event in the window, and only what lies in it
	zone     analytics.Zone    // of the hours' dates
	key      string
}

// Key names the question.
func (q *queryQuestion) Key() string { return q.key }

func (q *queryQuestion) name() string {
	parts := []string{"query", q.property.name, q.grain, q.zone.Name(), strconv.FormatBool(q.realtime), q.filters.Key()}
	if q.values {
		parts = append(parts, "values of "+q.valueOf, strconv.FormatBool(q.each))
	}
	for _, g := range q.goals {
		parts = append(parts, countedGoalKey(g))
	}
	for i := range parts {
		parts[i] = strconv.Quote(parts[i])
	}
	return strings.Join(parts, " ")
}

// New makes an empty sum.
func (q *queryQuestion) New(t *Table, w Window) Sum {
	s := new(QuerySum)
	if t != nil {
		s.adder = newQueryAdder(s, q, t, w)
	}
	return s
}

// QuerySum is what a query counts, by the names of its rows: the property's value, a goal's id, or the date of a bucket.
type QuerySum struct {
	names []string
	cells queryCells
	total queryCell // all rows together
	m2    int64     // visitors of the filtered table

	index numbering[string] // where a name is; nothing when sealed, like the next
	adder *queryAdder
}

// Add adds the visitor's share, or takes it away.
func (s *QuerySum) Add(v *Visitor, sign int64) { s.adder.add(v, sign) }

// Merge adds another day's sum.
func (s *QuerySum) Merge(day Sum) {
	o := day.(*QuerySum)
	s.m2 += o.m2
	s.total.merge(&o.total)
	if len(s.names) == 0 { // most rows of most answers are of one day
		s.names = make([]string, 0, len(o.names))
		s.index.reserve(len(o.names))
	}
	for i, name := range o.names {
		if cell := o.cells.at(i); !cell.empty() {
			at := s.cell(name)
			s.cells.edit(at).merge(&cell)
			s.cells.put(at)
		}
	}
}

// Seal lets go of the table, and of rows that are empty again.
func (s *QuerySum) Seal() {
	s.index, s.adder = numbering[string]{}, nil
	s.total.tidy()
	kept := s.cells.pack(len(s.names), func(to, from int) { s.names[to] = s.names[from] })
	if kept < len(s.names)/2 { // not worth its memory
		s.names = slices.Clone(s.names[:kept])
		return
	}
	clear(s.names[kept:])
	s.names = s.names[:kept]
}

// Size is about how many bytes the sum takes.
func (s *QuerySum) Size() int {
	size := 256 + s.total.size()
	for _, name := range s.names {
		size += 16 + len(name)
	}
	return size + s.cells.size()
}

// cell finds the number of a row, a new one if there is none of that name.
func (s *QuerySum) cell(name string) int {
	i, fresh := s.index.of(&s.names, name)
	if fresh {
		s.cells.add()
	}
	return i
}

// rows are the cells by name, empty ones left out.
func (s *QuerySum) rows() map[string]queryCell {
	rows := make(map[string]queryCell, len(s.names))
	for i, name := range s.names {
		if cell := s.cells.at(i); !cell.empty() {
			rows[name] = cell
		}
	}
	return rows
}
