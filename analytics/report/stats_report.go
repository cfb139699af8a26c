package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Report makes the answer of GET /api/stats. What was ignored (filtered) and the latest pageview (UTC ms, 0: none) are no rows; they come from
// the site's counters.
func (s *StatsSum) Report(q analytics.StatsQuery, filtered analytics.FilteredReport, lastPageview int64) *analytics.StatsReport {
	n := &s.Totals
	share := func(by visit, value string) float64 { return analytics.Percent(s.Visits[by][value], n.Sessions) }
	return &analytics.StatsReport{
		Range: q.Range.Report(),
		Summary: analytics.Summary{
			Pageviews: n.Pageviews, UniqueVisitors: n.Visitors, Sessions: n.Sessions,
			BounceRate:         analytics.Percent(n.Bounced, n.Sessions),
			AvgSessionDuration: analytics.MeanSeconds(n.DurationMS, n.Sessions),
			AvgTimeOnPage:      analytics.MeanSeconds(n.TimeMS, n.TimedPages),
		},
		Timeseries:   s.timeseries(q.Range),
		TopPages:     s.topPages(q.Limit),
		TopReferrers: s.topReferrers(q.Limit),
		Countries:    s.topCountries(q.Limit),
		Browsers:     s.shares(byBrowser, q.Limit), OperatingSystems: s.shares(byOS, q.Limit),
		Devices: analytics.Devices{
			Desktop: share(byDevice, "desktop"), Mobile: share(byDevice, "mobile"), Tablet: share(byDevice, "tablet"),
		},
		DeviceVisits: analytics.DeviceVisits{
			Desktop: s.Visits[byDevice]["desktop"], Mobile: s.Visits[byDevice]["mobile"], Tablet: s.Visits[byDevice]["tablet"],
		},
		TrafficSources: analytics.TrafficSources{
			Direct: share(byChannel, "direct"), Organic: share(byChannel, "organic"), Referral: share(byChannel, "referral"),
			Social: share(byChannel, "social"), Paid: share(byChannel, "paid"), Email: share(byChannel, "email"), AI: share(byChannel, "ai"),
		},
		Filtered: filtered, LastPageview: lastPageview,
	}
}

func (s *StatsSum) timeseries(r analytics.Range) []analytics.Bucket {
	out := []analytics.Bucket{}
	for _, b := range Buckets(r) {
		n := s.Buckets[b.BucketKey]
		out = append(out, analytics.Bucket{Date: b.Date, Pageviews: n.Pageviews, UniqueVisitors: n.Visitors, Sessions: n.Sessions})
	}
	return out
}

func (s *StatsSum) topPages(limit int) []analytics.PageRow {
	rows := make([]analytics.PageRow, 0, len(s.Pages))
	for path, n := range s.Pages {
		rows = append(rows, analytics.PageRow{Path: path, Pageviews: n.Pageviews, UniqueVisitors: n.Visitors})
	}
	slices.SortFunc(rows, func(a, b analytics.PageRow) int {
		return cmp.Or(cmp.Compare(b.Pageviews, a.Pageviews), cmp.Compare(b.UniqueVisitors, a.UniqueVisitors), strings.Compare(a.Path, b.Path))
	})
	return slices.Clip(rows[:min(len(rows), limit)])
}

// visitRow is a value and its sessions.
type visitRow struct {
	value  string
	visits int64
}

// top gives the first rows of a dimension: by sessions descending, then by value.
func (s *StatsSum) top(by visit, limit int) []visitRow {
	rows := make([]visitRow, 0, len(s.Visits[by]))
	for value, n := range s.Visits[by] {
		rows = append(rows, visitRow{value, n})
	}
	slices.SortFunc(rows, func(a, b visitRow) int {
		return cmp.Or(cmp.Compare(b.visits, a.visits), strings.Compare(a.value, b.value))
	})
	return rows[:min(len(rows), limit)]
}

func (s *StatsSum) topReferrers(limit int) []analytics.ReferrerRow {
	out := []analytics.ReferrerRow{}
	for _, row := range s.top(byReferrer, limit) {
		out = append(out, analytics.ReferrerRow{Domain: shownAs(row.value, noReferrer), Visits: row.visits})
	}
	return out
}

func (s *StatsSum) topCountries(limit int) []analytics.CountryRow {
	out := []analytics.CountryRow{}
	for _, row := range s.top(byCountry, limit) {
		out = append(out, analytics.CountryRow{Code: row.value, Name: analytics.CountryName(row.value), Visits: row.visits})
	}
	return out
}

func (s *StatsSum) shares(by visit, limit int) []analytics.ShareRow {
	out := []analytics.ShareRow{}
	for _, row := range s.top(by, limit) {
		share := analytics.Percent(row.visits, s.Totals.Sessions)
		out = append(out, analytics.ShareRow{Name: row.value, Visits: row.visits, Percentage: share})
	}
	return out
}
