package report

import (
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// Newest lists the rows of a kind in the window, newest first: by time, then bytewise by the text of the id, both descending. Errors are those
// of the table's ids.
func Newest(t *Table, kind analytics.Kind, w Window) ([]uint32, error) {
	from, to := offset(w.From-t.Start), offset(w.To-t.Start)
	n := 0
	wanted := func(row *analytics.Row) bool { return row.Kind == kind && row.TS >= from && row.TS < to }
	for i := range t.Rows {
		if wanted(&t.Rows[i]) {
			n++
		}
	}
	rows := make([]uint32, 0, n)
	for i := range t.Rows {
		if wanted(&t.Rows[i]) {
			rows = append(rows, uint32(i))
		}
	}
	slices.SortFunc(rows, func(a, b uint32) int { return t.Compare(b, a) })
	return rows, t.Err()
}

// ViewFacts are what a session says of its pageviews (export.md).
type ViewFacts struct {
	time    []int64 // by row, ms
	bounced []uint64
}

// FactsOfViews looks at all visitors of the table. Errors are those of the table's ids.
func FactsOfViews(t *Table) (*ViewFacts, error) {
	f := &ViewFacts{make([]int64, t.Len()), make([]uint64, (t.Len()+63)/64)}
	var w Walker
	for v := range t.last {
		if t.last[v] == 0 {
			continue
		}
		visitor := w.Visitor(t, uint32(v), t.Len())
		for i := range visitor.Sessions {
			f.take(t, &visitor.Sessions[i])
		}
	}
	return f, t.Err()
}

// TimeOnPage is the time of the engagements with the pageview's path from the pageview until the session's next one, ms.
func (f *ViewFacts) TimeOnPage(row uint32) int64 { return f.time[row] }

// Bounced tells whether the pageview's session is a bounce (M4).
func (f *ViewFacts) Bounced(row uint32) bool { return f.bounced[row/64]&(1<<(row%64)) != 0 }

// take gives each engagement to the session's last pageview that is not later; one of another path counts for none.
func (f *ViewFacts) take(t *Table, s *Session) {
	view, next := -1, 0 // places in s.Rows
	for _, row := range s.Rows {
		switch r := &t.Rows[row]; r.Kind {
		case analytics.Pageview:
			if s.Bounced() {
				f.bounced[row/64] |= 1 << (row % 64)
			}
		case analytics.Engagement:
			for ; next < len(s.Rows) && t.Rows[s.Rows[next]].TS <= r.TS; next++ {
				if t.Rows[s.Rows[next]].Kind == analytics.Pageview {
					view = next
				}
			}
			if view >= 0 && t.Rows[s.Rows[view]].Path == r.Path {
				f.time[s.Rows[view]] += int64(t.Engagements[r.Detail].TimeOnPage)
			}
		}
	}
}
