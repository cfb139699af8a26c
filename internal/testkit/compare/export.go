package compare

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// exports compares the rows of exports with their order, and the days of the summary.
func (w *World) exports() {
	w.Helper()
	r := w.ranged().Range
	views, customs := []testkit.ViewRow{}, []testkit.ViewRow{}
	err := w.r.Tables(context.Background(), w.site, r.First, r.Last, true, func(t *report.Table) error {
		window := report.Window{From: r.From, To: r.To}
		facts, err := report.FactsOfViews(t)
		require.NoError(w, err)
		rows, err := report.Newest(t, analytics.Pageview, window)
		require.NoError(w, err)
		for _, at := range rows {
			views = append(views, testkit.ViewRow{TS: t.Time(at), EventID: t.EventID(at).Text(), Path: t.Texts[t.Rows[at].Path],
				TimeOnPageMS: facts.TimeOnPage(at), Bounced: facts.Bounced(at)})
		}
		rows, err = report.Newest(t, analytics.Custom, window)
		for _, at := range rows {
			customs = append(customs, testkit.ViewRow{TS: t.Time(at), EventID: t.EventID(at).Text(), Path: t.Texts[t.Rows[at].Path]})
		}
		return err
	})
	require.NoError(w, err)
	w.asked += 2
	if w.moved { // days that were cut in different zones overlap
		slices.SortFunc(views, newestFirst)
		slices.SortFunc(customs, newestFirst)
	}
	w.same(append([]testkit.ViewRow{}, w.o.ExportViews(span(r))...), views, "pageviews")
	w.same(append([]testkit.ViewRow{}, w.o.ExportEvents(span(r))...), customs, "events")

	days := w.sum(report.Daily(w.s.Zone), r).(*report.DailySum).Days
	for i, b := range testkit.Buckets(r.Zone.Location(), span(r), "day") {
		n, d := w.o.Numbers("", b.Span), days[r.First+analytics.Day(i)]
		w.same(n, testkit.Numbers{Pageviews: d.Pageviews, Visitors: d.Visitors, Sessions: d.Sessions, Bounces: d.Bounced, DurationMS: d.DurationMS,
			EngagedMS: d.TimeMS, Engagements: d.TimedPages, Customs: d.Customs}, b.Date)
	}
}

func newestFirst(a, b testkit.ViewRow) int {
	return cmp.Or(cmp.Compare(b.TS, a.TS), strings.Compare(b.EventID, a.EventID))
}
