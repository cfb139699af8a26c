package report_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestSlices: a day is the sum of its slices, wherever they are cut, of rows in memory and of parts; also where two events of a visitor have the same
// time, so that ids are asked for.
func TestSlices(t *testing.T) {
	filters := []string{"", "event==buy;prop:plan!=pro", "goal==goal_180s", "exit_page!=/p1"}
	checks, slices := 0, 0
	for seed := range uint64(6) {
		g := newStatsStream(t, seed)
		r := testkit.NewReader(filterSite, g.zone.Name(), 10_000)
		for range 300 {
			e := g.next()
			e.TS -= e.TS % 20_000
			r.Events(e)
		}
		view := r.State.View()
		for _, day := range view.Days() {
			rows, ok := view.Rows(day)
			require.True(t, ok)
			for _, text := range filters {
				q, err := analytics.StatsParams{Period: "7d", Interval: "hour"}.Resolve(g.zone, g.now)
				require.NoError(t, err)
				checks++
				slices += checkSlices(t, g, rows, report.Stats(q, mustFilters(t, text)), fmt.Sprintf("seed %d day %v %q", seed, day, text))
			}
		}
	}
	t.Logf("%d days in %d slices", checks, slices)
	require.Greater(t, slices, 2*checks)
}

func checkSlices(t *testing.T, g *statsStream, rows analytics.DayRows, q report.Question, what string) (slices int) {
	t.Helper()
	whole := report.NewTable(filterSite.Partition(), rows.Day, rows.Bounds)
	w := report.Window{From: whole.Start + g.rng.Int64N(3_600_000), To: whole.End - g.rng.Int64N(3_600_000)}
	for _, run := range rows.Runs {
		whole.Append(run, 0)
	}
	want := q.New(whole, w)
	report.AddAll(whole, want)
	want.Seal()

	got, taken := q.New(nil, w), 0
	size := whole.Size() / (1 + g.rng.IntN(12))
	for first, more := uint32(0), true; more; {
		s := report.NewSlice(filterSite.Partition(), rows.Day, rows.Bounds, first, size)
		for _, run := range rows.Runs {
			for from := 0; from < run.Len(); {
				part := *run
				part.List = run.List[:min(run.Len(), from+1+g.rng.IntN(40))]
				low, end := ^uint32(0), uint32(0)
				for _, row := range part.List[from:] {
					low, end = min(low, row.Visitor), max(end, row.Visitor+1)
				}
				before := s.Len()
				if s.TakesSome(low, end) {
					s.Append(&part, from)
				}
				if g.rng.IntN(3) == 0 && s.Len() == before {
					s.Append(&part, from) // whether it is left out or not
					require.Equal(t, before, s.Len(), what)
				}
				from = part.Len()
			}
		}
		sum := q.New(s, w)
		report.AddAll(s, sum)
		require.NoError(t, s.Err())
		got.Merge(sum)
		slices, taken = slices+1, taken+s.Len()
		first, more = s.Next()
	}
	got.Seal()
	require.Equal(t, whole.Len(), taken, what)
	require.Empty(t, cmp.Diff(want, got, cmpopts.IgnoreUnexported(report.StatsSum{})), what)
	return slices
}

// TestSlicesOfParts: the ids and arrivals of the rows that a slice takes of a part are read when they are asked for, and are theirs.
func TestSlicesOfParts(t *testing.T) {
	g := newStatsStream(t, 3)
	r := testkit.NewReader(filterSite, g.zone.Name(), 10_000)
	for range 300 {
		r.Events(g.next())
	}
	view := r.State.View()
	rows, ok := view.Rows(view.Days()[0])
	require.True(t, ok)
	data := analytics.EncodePart(rows.Runs[0])
	decode := func(sections analytics.PartSections) *analytics.Rows {
		part, err := analytics.DecodePart(data, sections)
		require.NoError(t, err)
		return part
	}
	whole, arrived := make(map[string]int64), make(map[string]int64)
	part := decode(analytics.AllSections)
	for i := range part.List {
		id := part.EventID(filterSite.Partition(), i).Text()
		whole[id], arrived[id] = part.Base+int64(part.List[i].TS), part.Arrivals[i].Received
	}
	loads := 0
	for first, more := uint32(0), true; more; {
		s := report.NewSlice(filterSite.Partition(), rows.Day, rows.Bounds, first, 2_000)
		s.AppendPart(decode(analytics.CoreSections), func() (*analytics.Rows, error) {
			loads++
			return decode(analytics.Sections(analytics.SectionRows) | analytics.IDSections), nil
		})
		require.Zero(t, loads, "nobody asked")
		for i := range uint32(s.Len()) {
			came, id := s.Arrived(i), s.EventID(i).Text()
			require.Equal(t, arrived[id], came)
			require.Equal(t, whole[id], s.Time(i))
			delete(whole, id)
		}
		require.NoError(t, s.Err())
		require.Equal(t, min(s.Len(), 1), loads)
		loads = 0
		first, more = s.Next()
	}
	require.Empty(t, whole)
}
