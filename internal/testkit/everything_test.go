package testkit_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const everythingSite = analytics.SiteID("site_everything")

// world is a random stream, folded by the product and told to the oracle.
type world struct {
	*testing.T
	s     *testkit.Stream
	r     *testkit.Reader
	o     *testkit.Oracle
	goals []*analytics.Goal
	what  string // is asked just now
	asked int
}

// TestEverythingEqualsSQL folds random streams and compares every number that analytics/report gives with the SQL of the contract: whole, kept
// current row by row, and of chosen visitors. ZTAS_SEEDS sets how many streams; a failure names its seed.
func TestEverythingEqualsSQL(t *testing.T) {
	seeds := uint64(defaultSeeds)
	if n, err := strconv.ParseUint(os.Getenv("ZTAS_SEEDS"), 10, 32); err == nil {
		seeds = n
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed)
			for block := range 24 {
				w.fold()
				if block%8 == 7 {
					w.compare()
				}
			}
			t.Logf("seed %d: %d rows, %d questions", seed, w.o.Len(), w.asked)
		})
	}
}

func newWorld(t *testing.T, seed uint64) *world {
	s := testkit.RandomStream(seed)
	w := &world{T: t, s: s, r: testkit.NewReader(everythingSite, s.Zone.Name(), 10_000)}
	w.goals = s.Goals()
	w.o = testkit.NewOracle(t, w.goals...)
	return w
}

// fold takes one block, and now and then a checkpoint or a restart.
func (w *world) fold() {
	batch := w.s.Batch()
	records := make([]analytics.Record, len(batch))
	for i := range batch {
		records[i].Event = &batch[i]
	}
	res := w.r.Apply(w.s.Now, records...)
	stored := 0
	for i := range batch {
		if w.o.Add(&batch[i], analytics.ServerEventID(everythingSite.Partition(), w.r.Pos(), i).Text()) {
			stored++
		}
	}
	require.Equal(w, stored, res.Stored)
	if w.s.IntN(4) == 0 {
		require.NoError(w, w.r.Checkpoint(w.s.IntN(2) == 0))
	}
}

func (w *world) compare() {
	for range 3 {
		w.stats()
		w.goal()
		w.goalTotals()
		w.alertMetrics()
		w.funnelStats()
		w.journeys()
		w.heatmaps()
		w.exports()
		w.query()
		w.query()
		w.query()
	}
	w.realtime()
}

// sum asks one question, in one of the ways in which sums come about.
func (w *world) sum(q report.Question, r analytics.Range) report.Sum {
	w.Helper()
	return w.ask(report.Over(q, r))
}

func (w *world) ask(a report.Ask) report.Sum {
	w.Helper()
	w.asked++
	way := w.s.IntN(3)
	if way == 0 {
		sums, err := w.r.Sums(context.Background(), everythingSite, a)
		require.NoError(w, err)
		return sums[0]
	}
	total := a.Question.New(nil, a.Window)
	err := w.r.Tables(context.Background(), everythingSite, a.First, a.Last, w.s.IntN(2) == 0, func(t *report.Table) error {
		window := report.Window{From: max(a.Window.From, t.Start), To: min(a.Window.To, t.End)}
		if window.From >= window.To {
			return nil
		}
		day := a.Question.New(t, window)
		if way == 1 {
			report.AddSome(t, day, report.Moving(a.Question).(report.Selective).Select(t, window))
		} else {
			w.grow(t, day)
		}
		day.Seal()
		total.Merge(day)
		return t.Err()
	})
	require.NoError(w, err)
	total.Seal()
	return total
}

// grow adds the visitors of the first rows, then brings the sum up to the table's end in two steps.
func (w *world) grow(t *report.Table, s report.Sum) {
	var walker report.Walker
	counted := w.s.IntN(t.Len() + 1)
	for v := range t.Visitors() {
		if visitor := walker.Visitor(t, uint32(v), counted); len(visitor.Rows) > 0 {
			s.Add(visitor, 1)
		}
	}
	report.Update(t, s, counted)
}

// filters makes random filters; the text is what the oracle reads.
func (w *world) filters() (report.Filters, string) {
	text := w.s.Filters()
	f, err := report.ParseFilters(text, w.goals)
	require.NoError(w, err, text)
	return f, text
}

// ranged makes a random range of README §6.
func (w *world) ranged() analytics.StatsQuery {
	today := w.s.Zone.DayAt(w.s.Now)
	first := today - analytics.Day(w.s.IntN(16))
	p := testkit.Pick(w.s.Rand, analytics.StatsParams{Period: "24h"}, analytics.StatsParams{Period: "day"}, analytics.StatsParams{Period: "7d"},
		analytics.StatsParams{Period: "7d", Interval: "hour"}, analytics.StatsParams{Period: "30d"}, analytics.StatsParams{Period: "24h", Interval: "day"},
		analytics.StatsParams{StartDate: first.String()},
		analytics.StatsParams{StartDate: first.String(), EndDate: (first + analytics.Day(w.s.IntN(4))).String()})
	p.Limit = testkit.Pick(w.s.Rand, "1", "3", "100")
	q, err := p.Resolve(w.s.Zone, w.s.Now)
	require.NoError(w, err)
	w.what = fmt.Sprintf("%+v at %d", p, w.s.Now)
	return q
}

// window makes any span, as alerts and comparisons have them.
func (w *world) window() testkit.Span {
	to := w.s.Now + 1 - w.s.Int64N(testkit.Pick[int64](w.s.Rand, 1, 60_000, 3*86_400_000))
	s := testkit.Span{From: to - testkit.Pick[int64](w.s.Rand, 300_000, 3_600_000, 86_400_000, 7*86_400_000), To: to}
	w.what = fmt.Sprintf("%+v", s)
	return s
}

func (w *world) within(q report.Question, s testkit.Span) report.Sum {
	w.Helper()
	return w.ask(report.Within(q, w.s.Zone, s.From, s.To))
}

func span(r analytics.Range) testkit.Span { return testkit.Span{From: r.From, To: r.To} }

func buckets(r analytics.Range) []testkit.Bucket {
	return testkit.Buckets(r.Zone.Location(), span(r), string(r.Interval))
}

// same compares two answers.
func (w *world) same(want, got any, about ...any) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("%s: %s\n%s (-SQL +product)", w.what, fmt.Sprint(about...), diff)
	}
}

// head is at most the first n of a list, never nil.
func head[T any](list []T, n int) []T { return append([]T{}, list[:min(len(list), n)]...) }
