package report

import "github.com/ztas-io/ztas/analytics"

// RowCounts tells for each window how many rows the stored days have that it reaches into. As long as that stays the same, so does what a question says
// about the window: a day's numbers change with its rows only.
func RowCounts(view *analytics.View, windows []Window) []int {
	counts := make([]int, len(windows))
	for _, day := range view.Days() {
		rows, ok := view.Rows(day)
		if !ok {
			continue
		}
		n := rows.Len()
		for i, w := range windows {
			if w.From < rows.Span[1] && rows.Span[0] < w.To {
				counts[i] += n
			}
		}
	}
	return counts
}
