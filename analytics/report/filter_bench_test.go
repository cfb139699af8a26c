package report

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// benchRows are 500,000 rows of a day, of 62,500 visitors, each with one or two sessions, whose rows lie apart as those of a busy hour do.
func benchRows() (*analytics.Rows, []int64) {
	const rows, visitors, hour = 500_000, 62_500, 3_600_000
	bounds := make([]int64, 25)
	for i := range bounds {
		bounds[i] = int64(i) * hour
	}
	r := &analytics.Rows{Texts: []string{""}, Properties: [][]analytics.Property{nil}, Origins: []analytics.Origin{{}}}
	for i := range 2000 {
		r.Texts = append(r.Texts, fmt.Sprintf("/page/%d", i))
	}
	for i := range 400 {
		r.Clients = append(r.Clients, analytics.Client{
			Country: []string{"US", "DE", "GB", "FR"}[i%4], Device: []string{"desktop", "mobile", "tablet"}[i%3],
			Browser: "Chrome", BrowserVersion: fmt.Sprint(i), OS: "Windows",
		})
		r.Origins = append(r.Origins, analytics.Origin{Referrer: "google.com", Channel: "organic", Source: fmt.Sprintf("source %d", i)})
	}
	rng := rand.New(rand.NewPCG(1, 1))
	ordinals := make(map[uint32]uint32) // in the order of first rows, as the fold gives them; of visitors and of sessions
	sessions := make(map[uint32]uint32)
	for i := range rows {
		visitor := first(ordinals, rng.Uint32N(visitors))
		row := analytics.Row{TS: int32(i * 172), Visitor: visitor, Client: visitor % 400, Path: 1 + uint32(i*31)%2000}
		row.Session = first(sessions, 2*visitor+uint32(i/(rows/2)))
		switch i % 8 {
		case 0:
			row.Kind = analytics.Engagement
			row.Detail = uint32(len(r.Engagements))
			r.Engagements = append(r.Engagements, analytics.EngagementRow{TimeOnPage: 1000, Seq: 1})
		case 1:
			row.Kind = analytics.Custom
			row.Detail = uint32(len(r.Customs))
			r.Customs = append(r.Customs, analytics.CustomRow{Action: 1 + uint32(i)%20})
		default:
			row.Kind, row.Origin = analytics.Pageview, 1+visitor%400
		}
		r.List = append(r.List, row)
	}
	return r, bounds
}

// first numbers values in the order in which they are met.
func first(known map[uint32]uint32, value uint32) uint32 {
	n, ok := known[value]
	if !ok {
		n = uint32(len(known))
		known[value] = n
	}
	return n
}

// benchTable is a day with the benchmark's rows.
func benchTable(b *testing.B) *Table {
	b.Helper()
	r, bounds := benchRows()
	t := NewTable(1, 0, bounds)
	t.AppendPart(r, nil) // no two rows of a visitor have the same time, so ids are not asked for
	return t
}

var benchFilters = []string{
	"device==mobile", "channel==organic;country==US|DE", "entry_page=~^/page/1", "page==/page/1*", "event==/page/1*", "goal==goal_bench",
}

func benchParse(b *testing.B, text string) Filters {
	b.Helper()
	f, err := ParseFilters(text, []*analytics.Goal{
		{ID: "goal_bench", Type: analytics.PageviewGoal, Path: "/page/17", MatchType: analytics.MatchContains},
	})
	require.NoError(b, err)
	return f
}

// BenchmarkFilter walks a day's visitors and asks whether their sessions satisfy the filters.
func BenchmarkFilter(b *testing.B) {
	t := benchTable(b)
	for _, text := range benchFilters {
		b.Run(text, func(b *testing.B) {
			f := benchParse(b, text)
			b.ReportAllocs()
			sessions := 0
			for b.Loop() {
				x := f.On(t)
				var w Walker
				for visitor := range w.Visitors(t) {
					for i := range visitor.Sessions {
						if x.Session(visitor, &visitor.Sessions[i]) {
							sessions++
						}
					}
				}
			}
			require.Positive(b, sessions)
			b.ReportMetric(float64(t.Len())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkStats answers GET /api/stats with filters from a day's rows.
func BenchmarkStats(b *testing.B) {
	t := benchTable(b)
	for _, text := range append([]string{""}, benchFilters...) {
		b.Run("filters="+text, func(b *testing.B) {
			q := Stats(analytics.StatsQuery{Range: analytics.Range{Interval: analytics.Hourly, Zone: analytics.UTCZone()}}, benchParse(b, text))
			b.ReportAllocs()
			for b.Loop() {
				s := q.New(t, Window{t.Start, t.End})
				AddAll(t, s)
				s.Seal()
			}
			b.ReportMetric(float64(t.Len())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
