package api

import (
	"cmp"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// tableRows are the wanted rows of a table, newest first.
type tableRows struct {
	t    *report.Table
	rows []uint32 // those that are still to come
	fill func(row uint32) (exportRow, error)
}

// newTableRows finds the rows of a kind of export in the window. What fill gives is only good until its next call.
func newTableRows(t *report.Table, kind string, w report.Window) (*tableRows, error) {
	if kind == exportEvents {
		rows, err := report.Newest(t, analytics.Custom, w)
		var line customRow
		return &tableRows{t, rows, func(at uint32) (exportRow, error) { return &line, line.fill(t, at) }}, err
	}
	rows, err := report.Newest(t, analytics.Pageview, w)
	if err != nil {
		return nil, err
	}
	facts, err := report.FactsOfViews(t)
	var line viewRow
	return &tableRows{t, rows, func(at uint32) (exportRow, error) { line.fill(t, at, facts); return &line, nil }}, err
}

// dayRows are the rows of a local day. They are nearly always in one table: in several where the site's zone was changed.
type dayRows []*tableRows

// next is the table with the newest row; nil: there is none.
func (d dayRows) next() (best *tableRows) {
	for _, x := range d {
		if len(x.rows) > 0 && (best == nil || x.newer(best)) {
			best = x
		}
	}
	return best
}

func (r *tableRows) newer(o *tableRows) bool {
	c := cmp.Compare(r.t.Time(r.rows[0]), o.t.Time(o.rows[0]))
	if c == 0 {
		c = cmp.Compare(r.t.EventID(r.rows[0]).Text(), o.t.EventID(o.rows[0]).Text())
	}
	return c > 0
}

func (d dayRows) err() error {
	for _, x := range d {
		if err := x.t.Err(); err != nil {
			return err
		}
	}
	return nil
}
