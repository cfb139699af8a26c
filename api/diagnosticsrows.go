package api

import (
	"cmp"
	"slices"
)

const (
	maxDiagnosedRows = 50 // of one kind, site and hour
	shownRows        = 20 // of one kind
)

// diagnosedRows count texts. When there are too many, a new one takes the place of one of the rarest: what goes on will be seen, whatever floods.
type diagnosedRows struct{ counts map[string]int64 }

func (r *diagnosedRows) add(text string, n int64) {
	if r.counts == nil {
		r.counts = make(map[string]int64)
	}
	if _, known := r.counts[text]; !known && len(r.counts) >= maxDiagnosedRows {
		delete(r.counts, r.rarest())
	}
	r.counts[text] += n
}

func (r *diagnosedRows) rarest() (text string) {
	least := int64(0)
	for t, n := range r.counts {
		if least == 0 || n < least {
			text, least = t, n
		}
	}
	return text
}

func (r *diagnosedRows) addTo(sum map[string]int64) {
	for text, n := range r.counts {
		sum[text] += n
	}
}

type diagnosedRow struct {
	text  string
	count int64
}

// topRows are those with the highest counts, of equal ones by text.
func topRows(counts map[string]int64) []diagnosedRow {
	rows := make([]diagnosedRow, 0, len(counts))
	for text, n := range counts {
		rows = append(rows, diagnosedRow{text, n})
	}
	slices.SortFunc(rows, func(a, b diagnosedRow) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.text, b.text)) })
	return rows[:min(len(rows), shownRows)]
}
