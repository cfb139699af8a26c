package ws

import (
	"context"
	"strconv"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// stats is the source of topic stats.
type stats struct {
	params  analytics.StatsParams
	filters string
}

// defaultStatsPeriod is that of the topic; REST has another one.
const defaultStatsPeriod = "24h"

func openStats(_ *Config, p params) (source, error) {
	var s stats
	for _, f := range []struct {
		name string
		to   *string
	}{
		{"period", &s.params.Period}, {"startDate", &s.params.StartDate}, {"endDate", &s.params.EndDate},
		{"interval", &s.params.Interval}, {"limit", &s.params.Limit}, {"filters", &s.filters},
	} {
		var err error
		if *f.to, err = p.text(f.name); err != nil {
			return nil, err
		}
	}
	if _, err := report.ParseFilterParam(s.filters, nil); err != nil { // no goal makes filters wrong
		return nil, err
	}
	if s.params.StartDate != "" || s.params.EndDate != "" {
		s.params.Period = "" // dates win
	} else if s.params.Period == "" {
		s.params.Period = defaultStatsPeriod
	}
	if n, err := strconv.Atoi(s.params.Limit); err == nil {
		s.params.Limit = strconv.Itoa(n)
	}
	return s, nil
}

func (s stats) key() string {
	p := s.params
	return p.Period + "&" + p.StartDate + "&" + p.EndDate + "&" + p.Interval + "&" + p.Limit + "&" + s.filters
}

func (s stats) check(zone analytics.Zone, now int64) error {
	_, err := s.params.Resolve(zone, now)
	return err
}

func (s stats) load(ctx context.Context, d *Deps, site analytics.SiteID, zone analytics.Zone, now time.Time) (any, time.Time, error) {
	q, err := s.params.Resolve(zone, now.UnixMilli())
	if err != nil {
		return nil, time.Time{}, err
	}
	filters, err := report.ParseFilterParam(s.filters, d.Goals.Goals(site))
	if err != nil {
		return nil, time.Time{}, err
	}
	answer, err := filteredStats(ctx, d.Reader, site, q, filters)
	if err != nil {
		return nil, time.Time{}, err
	}
	return answer, nextStats(q.Range, now.UnixMilli()), nil
}

// filteredStats answers as GET /api/stats does: from the counters, with filters from the events. What was ignored is no event, so it comes
// from the counters under any filters.
func filteredStats(
	ctx context.Context, r Reader, site analytics.SiteID, q analytics.StatsQuery, f report.Filters,
) (*analytics.StatsReport, error) {
	whole, err := r.Stats(ctx, site, q)
	if err != nil || f.Empty() {
		return whole, err
	}
	sums, err := r.Sums(ctx, site, report.Over(report.Stats(q, f), q.Range))
	if err != nil {
		return nil, err
	}
	return sums[0].(*report.StatsSum).Report(q, whole.Filtered, whole.LastPageview), nil
}

// nextStats is when the range moves: at the next hour or day of the zone, never for a range of the past.
func nextStats(r analytics.Range, now int64) time.Time {
	if r.To <= now && r.Last < r.Zone.DayAt(now) {
		return time.Time{}
	}
	return time.UnixMilli(report.NextBucket(r, now))
}
