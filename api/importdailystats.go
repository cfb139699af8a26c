package api

import (
	"context"
	"slices"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// History answers about the ends of a site's stored events. Errors: *analytics.Unavailable. Safe for concurrent use.
type History interface {
	// FirstEvent returns the time of the earliest stored event, UTC ms; ok is false without one.
	FirstEvent(ctx context.Context, site analytics.SiteID) (ts int64, ok bool, err error)
	// LatestEvent returns the stored event with the latest time, of several the one that came last; nil without one.
	LatestEvent(ctx context.Context, site analytics.SiteID) (*report.StoredEvent, error)
}

// addImported adds imported daily history to an answer of GET /api/stats, on the days before the site's first stored event. A day is in a range
// that its beginning is in; where buckets are hours, its numbers stand in its first.
func (s *Server) addImported(ctx context.Context, site analytics.SiteID, q analytics.StatsQuery, answer *analytics.StatsReport) (*analytics.StatsReport, error) {
	r := q.Range
	last := r.Last
	ts, any, err := s.deps.History.FirstEvent(ctx, site)
	if err != nil {
		return nil, err
	}
	if any {
		last = min(last, r.Zone.DayAt(ts)-1)
	}
	days, err := s.deps.Imports.days(site, r.First, last)
	if err != nil || len(days) == 0 {
		return answer, err
	}
	sum := *answer
	sum.Timeseries = slices.Clone(answer.Timeseries)
	for _, d := range days {
		start := r.Zone.DayStart(d.day)
		if start < r.From || start >= r.To {
			continue
		}
		sum.Summary.Pageviews += d.pageviews
		sum.Summary.UniqueVisitors += d.visitors
		sum.Summary.Sessions += d.sessions
		date := d.day.String()
		if r.Interval == analytics.Hourly {
			date = r.Zone.HourDate(start)
		}
		at := slices.IndexFunc(sum.Timeseries, func(b analytics.Bucket) bool { return b.Date == date })
		if at < 0 {
			continue
		}
		b := &sum.Timeseries[at]
		b.Pageviews += d.pageviews
		b.UniqueVisitors += d.visitors
		b.Sessions += d.sessions
	}
	return &sum, nil
}
