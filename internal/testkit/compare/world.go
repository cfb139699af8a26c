// Package compare asks a site whatever the product computes, and compares every number of the answers with the SQL of the contract.
package compare

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// Reader answers for the product: *testkit.Reader or the running system.
type Reader interface {
	Stats(ctx context.Context, site analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error)
	Realtime(ctx context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error)
	Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error)
	Tables(ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error) error
}

// World is a site of the product, and the oracle that holds the same rows. A difference fails the test. It belongs to one goroutine.
type World struct {
	testing.TB
	site  analytics.SiteID
	s     *testkit.Stream // asks: its questions, its zone and time
	r     Reader
	o     *testkit.Oracle
	goals []*analytics.Goal
	what  string // is asked just now
	moved bool   // the site's zone was changed: stored days are not local days
	asked int

	estimated, rest bool // of capped dimensions: a value was let in later; one counts less than it has
}

// New makes a world. The stream's time is that of the questions; the goals are those of the oracle.
func New(t testing.TB, site analytics.SiteID, s *testkit.Stream, r Reader, o *testkit.Oracle, goals []*analytics.Goal) *World {
	return &World{TB: t, site: site, s: s, r: r, o: o, goals: goals}
}

// Move tells that the site has another zone now: the stream's and the oracle's have to be that one, too.
func (w *World) Move(zone analytics.Zone) {
	w.s.Zone, w.moved = zone, true
	w.o.Move(zone.Location())
}

// Asked is how many questions were compared.
func (w *World) Asked() int { return w.asked }

// Compare asks for statistics, goals, alerts, funnels, journeys, heatmaps, exports and queries, at random.
func (w *World) Compare() {
	w.Helper()
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

// sum asks one question, in one of the ways in which sums come about.
func (w *World) sum(q report.Question, r analytics.Range) report.Sum {
	w.Helper()
	return w.ask(report.Over(q, r))
}

func (w *World) ask(a report.Ask) report.Sum {
	w.Helper()
	w.asked++
	way := w.s.IntN(3)
	if way == 0 || w.moved {
		sums, err := w.r.Sums(context.Background(), w.site, a)
		require.NoError(w, err)
		return sums[0]
	}
	total := a.Question.New(nil, a.Window)
	err := w.r.Tables(context.Background(), w.site, a.First, a.Last, w.s.IntN(2) == 0, func(t *report.Table) error {
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
func (w *World) grow(t *report.Table, s report.Sum) {
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
func (w *World) filters() (report.Filters, string) {
	text := w.s.Filters()
	f, err := report.ParseFilters(text, w.goals)
	require.NoError(w, err, text)
	return f, text
}

// ranged makes a random range of README §6.
func (w *World) ranged() analytics.StatsQuery {
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
func (w *World) window() testkit.Span {
	to := w.s.Now + 1 - w.s.Int64N(testkit.Pick[int64](w.s.Rand, 1, 60_000, 3*86_400_000))
	s := testkit.Span{From: to - testkit.Pick[int64](w.s.Rand, 300_000, 3_600_000, 86_400_000, 7*86_400_000), To: to}
	w.what = fmt.Sprintf("%+v", s)
	return s
}

func (w *World) within(q report.Question, s testkit.Span) report.Sum {
	w.Helper()
	return w.ask(report.Within(q, w.s.Zone, s.From, s.To))
}

func span(r analytics.Range) testkit.Span { return testkit.Span{From: r.From, To: r.To} }

func buckets(r analytics.Range) []testkit.Bucket {
	return testkit.Buckets(r.Zone.Location(), span(r), string(r.Interval))
}

// same compares two answers.
func (w *World) same(want, got any, about ...any) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("%s: %s\n%s (-SQL +product)", w.what, fmt.Sprint(about...), diff)
	}
}

// head is at most the first n of a list, never nil.
func head[T any](list []T, n int) []T { return append([]T{}, list[:min(len(list), n)]...) }
