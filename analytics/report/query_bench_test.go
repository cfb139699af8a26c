package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// BenchmarkQuery adds a whole table of 500,000 rows.
func BenchmarkQuery(b *testing.B) {
	t := benchTable(b)
	now := time.UnixMilli(t.End - 1).UnixMilli()
	for _, p := range []QueryParams{
		{Interval: "none"}, {Interval: "hour", Period: "day"}, {Property: "source"}, {Property: "page"},
		{Property: "page", Filters: "device==mobile;page==/page/1*"}, {Property: "event"},
	} {
		p.SiteID = "site_abc123"
		b.Run(fmt.Sprintf("property=%s interval=%s filters=%s", p.Property, p.Interval, p.Filters), func(b *testing.B) {
			q, err := p.Resolve(analytics.UTCZone(), now, nil)
			require.NoError(b, err)
			for b.Loop() {
				AddAll(t, q.question.New(t, Window{t.Start, t.End}))
			}
			b.ReportMetric(float64(len(t.Rows))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
