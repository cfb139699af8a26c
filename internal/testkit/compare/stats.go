package compare

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// stats compares M1 to M6 and every list, with and without filters; without, also those of the counters.
func (w *World) stats() {
	w.Helper()
	q := w.ranged()
	f, text := w.filters()
	got := w.sum(report.Stats(q, f), q.Range).(*report.StatsSum).Report(q, analytics.FilteredReport{}, 0)
	want := w.statsBySQL(q, text)
	w.same(want, got, "stats under ", text)
	if text == "" {
		counted, err := w.r.Stats(context.Background(), w.site, q)
		require.NoError(w, err)
		counted.LastPageview = 0
		w.same(want, counted, "counted stats")
	}
}

func (w *World) statsBySQL(q analytics.StatsQuery, filters string) *analytics.StatsReport {
	w.Helper()
	all := span(q.Range)
	n := w.o.Numbers(filters, all)
	out := &analytics.StatsReport{
		Range: q.Range.Report(),
		Summary: analytics.Summary{
			Pageviews: n.Pageviews, UniqueVisitors: n.Visitors, Sessions: n.Sessions, BounceRate: testkit.Pct(n.Bounces, n.Sessions),
			AvgSessionDuration: testkit.Sec(n.DurationMS, n.Sessions), AvgTimeOnPage: testkit.Sec(n.EngagedMS, n.Engagements),
		},
		Timeseries: []analytics.Bucket{}, TopPages: []analytics.PageRow{}, TopReferrers: []analytics.ReferrerRow{},
		Browsers: []analytics.ShareRow{}, OperatingSystems: []analytics.ShareRow{}, Countries: []analytics.CountryRow{},
	}
	for _, b := range buckets(q.Range) {
		n := w.o.Numbers(filters, b.Span)
		out.Timeseries = append(out.Timeseries, analytics.Bucket{Date: b.Date, Pageviews: n.Pageviews, UniqueVisitors: n.Visitors, Sessions: n.Sessions})
	}
	for _, l := range head(w.o.Pages(filters, all), q.Limit) {
		out.TopPages = append(out.TopPages, analytics.PageRow{Path: l.Key, Pageviews: l.N[0], UniqueVisitors: l.N[1]})
	}
	visits := func(column string) []testkit.Line { return w.o.Visits(filters, all, column) }
	for _, l := range head(visits("referrer_domain"), q.Limit) {
		if l.Key == "" {
			l.Key = "(direct)"
		}
		out.TopReferrers = append(out.TopReferrers, analytics.ReferrerRow{Domain: l.Key, Visits: l.N[0]})
	}
	for _, l := range head(visits("country"), q.Limit) {
		out.Countries = append(out.Countries, analytics.CountryRow{Code: l.Key, Name: analytics.CountryName(l.Key), Visits: l.N[0]})
	}
	for _, l := range head(visits("browser"), q.Limit) {
		out.Browsers = append(out.Browsers, analytics.ShareRow{Name: l.Key, Visits: l.N[0], Percentage: testkit.Pct(l.N[0], n.Sessions)})
	}
	for _, l := range head(visits("os"), q.Limit) {
		out.OperatingSystems = append(out.OperatingSystems, analytics.ShareRow{Name: l.Key, Visits: l.N[0], Percentage: testkit.Pct(l.N[0], n.Sessions)})
	}
	share, count := make(map[string]float64), make(map[string]int64)
	for _, l := range append(visits("device"), visits("channel")...) {
		share[l.Key], count[l.Key] = testkit.Pct(l.N[0], n.Sessions), l.N[0]
	}
	out.DeviceVisits = analytics.DeviceVisits{Desktop: count["desktop"], Mobile: count["mobile"], Tablet: count["tablet"]}
	out.Devices = analytics.Devices{Desktop: share["desktop"], Mobile: share["mobile"], Tablet: share["tablet"]}
	out.TrafficSources = analytics.TrafficSources{Direct: share["direct"], Organic: share["organic"], Referral: share["referral"],
		Social: share["social"], Paid: share["paid"], Email: share["email"], AI: share["ai"]}
	return out
}

// Realtime compares what happened lately.
func (w *World) Realtime() {
	w.Helper()
	w.what = "realtime"
	now := (w.s.Now + 999) / 1000 * 1000
	got, err := w.r.Realtime(context.Background(), w.site, w.s.Now, true)
	require.NoError(w, err)
	window := testkit.Span{From: now - 299_999, To: now + 1}
	visitors, views := w.o.Active(window)
	w.same([2]int64{visitors, views}, [2]int64{got.ActiveVisitors, got.PageviewsLast5Min})
	latest := func(expr string) map[string]int64 {
		out := make(map[string]int64)
		for _, l := range w.o.Latest(window, expr) {
			out[l.Key] = l.N[0]
		}
		return out
	}
	w.same(latest("e.path"), got.PageBreakdown)
	w.same(latest("COALESCE(s.source,'(direct)')"), got.SourceBreakdown)
	w.same(latest("COALESCE(s.country,e.country)"), got.CountryBreakdown)
	recent := []analytics.RecentPageview{}
	for _, v := range w.o.Recent(testkit.Span{From: now - 1_799_999, To: now + 1}) {
		at := time.UnixMilli(v.TS).UTC().Format("2006-01-02T15:04:05.000Z")
		recent = append(recent, analytics.RecentPageview{Page: v.Path, Timestamp: at, Country: v.Country})
	}
	w.same(recent, got.RecentPageviews)
	for i, m := range got.VisitorsPerMinute {
		from := (now/60_000 - 4 + int64(i)) * 60_000
		n, _ := w.o.Active(testkit.Span{From: from, To: from + 60_000})
		w.same(n, m.Visitors, "visitors of ", m.Minute)
	}
	for i, m := range got.PageviewsPerMinute {
		from := (now/60_000 - 29 + int64(i)) * 60_000
		_, n := w.o.Active(testkit.Span{From: from, To: from + 60_000})
		w.same(n, m.Pageviews, "pageviews of ", m.Minute)
	}
}
