package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// BenchmarkTable makes a day's table of its parts, as a question about a day does that nobody asked about lately.
func BenchmarkTable(b *testing.B) {
	rows, bounds := benchRows()
	var parts [][]byte
	r := *rows
	for from := 0; from < rows.Len(); from += 62_500 {
		r.List = rows.List[from : from+62_500]
		parts = append(parts, analytics.EncodePart(withOwnDetails(r)))
		for _, row := range r.List {
			r.FirstVisitor, r.FirstSession = max(r.FirstVisitor, row.Visitor+1), max(r.FirstSession, row.Session+1)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		t := NewTable(1, 0, bounds)
		t.Reserve(rows.Len())
		for _, data := range parts {
			part, err := analytics.DecodePartInto(t.Room(), data, analytics.CoreSections)
			require.NoError(b, err)
			t.AppendPart(part, nil)
		}
		require.Equal(b, rows.Len(), t.Len())
	}
	b.ReportMetric(float64(rows.Len())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// withOwnDetails leaves of r's details those of its rows.
func withOwnDetails(r analytics.Rows) *analytics.Rows {
	customs, engagements := r.Customs, r.Engagements
	r.Customs, r.Engagements = nil, nil
	for i := range r.List {
		switch row := &r.List[i]; row.Kind {
		case analytics.Custom:
			r.Customs = append(r.Customs, customs[row.Detail])
		case analytics.Engagement:
			r.Engagements = append(r.Engagements, engagements[row.Detail])
		}
	}
	return &r
}
