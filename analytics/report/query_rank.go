package report

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// ranking finds the first rows of an answer: of a million campaigns it keeps as many as are shown. most is never 0.
type ranking struct {
	q     *Query
	most  int
	count int        // of all that were added
	rows  []queryRow // a heap with the last row on top, once there are more
}

// add takes a row in. m2 is the number of visitors of the filtered table.
func (r *ranking) add(row *queryRow, m2 int64) {
	r.count++
	if m := r.q.order.metric; m != nil {
		row.figure = m.figure(&row.cell, m2)
	}
	switch {
	case len(r.rows) < r.most:
		r.rows = append(r.rows, *row)
		if len(r.rows) == r.most {
			heap.Init(r)
		}
	case r.q.compare(row, &r.rows[0]) < 0:
		r.rows[0] = *row
		heap.Fix(r, 0)
	}
}

// sorted are the rows that were kept, in their order.
func (r *ranking) sorted() []queryRow {
	slices.SortFunc(r.rows, func(a, b queryRow) int { return r.q.compare(&a, &b) })
	return r.rows
}

// compare orders rows by the wanted metric; ties, and without a metric all, by the property.
func (q *Query) compare(a, b *queryRow) int {
	byName := strings.Compare(a.name, b.name)
	switch {
	case q.order.metric == nil && q.order.ascending:
		return byName
	case q.order.metric == nil:
		return -byName
	case q.order.ascending:
		return cmp.Or(a.figure.compare(b.figure), byName)
	default:
		return cmp.Or(b.figure.compare(a.figure), byName)
	}
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (r *ranking) Len() int           { return len(r.rows) }
func (r *ranking) Less(i, j int) bool { return r.q.compare(&r.rows[i], &r.rows[j]) > 0 }
func (r *ranking) Swap(i, j int)      { r.rows[i], r.rows[j] = r.rows[j], r.rows[i] }
func (r *ranking) Push(row any)       { r.rows = append(r.rows, row.(queryRow)) }
func (r *ranking) Pop() any {
	last := r.rows[len(r.rows)-1]
	r.rows = r.rows[:len(r.rows)-1]
	return last
}
