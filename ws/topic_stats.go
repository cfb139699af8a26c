package ws

import (
	"context"
	"strconv"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// stats is the source of topic stats.
type stats struct{ params analytics.StatsParams }

// defaultStatsPeriod is that of the topic; REST has another one.
const defaultStatsPeriod = "24h"

func openStats(_ *Config, p params) (source, error) {
	var s stats
	var filters string
	for _, f := range []struct {
		name string
		to   *string
	}{
		{"period", &s.params.Period}, {"startDate", &s.params.StartDate}, {"endDate", &s.params.EndDate},
		{"interval", &s.params.Interval}, {"limit", &s.params.Limit}, {"filters", &filters},
	} {
		var err error
		if *f.to, err = p.text(f.name); err != nil {
			return nil, err
		}
	}
	if filters != "" {
		return nil, analytics.Invalid("Invalid filter: " + filters)
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
	return p.Period + "&" + p.StartDate + "&" + p.EndDate + "&" + p.Interval + "&" + p.Limit
}

func (s stats) check(zone analytics.Zone, now int64) error {
	_, err := s.params.Resolve(zone, now)
	return err
}

func (s stats) load(ctx context.Context, from Reader, site analytics.SiteID, zone analytics.Zone, now time.Time) (any, time.Time, error) {
	q, err := s.params.Resolve(zone, now.UnixMilli())
	if err != nil {
		return nil, time.Time{}, err
	}
	report, err := from.Stats(ctx, site, q)
	if err != nil {
		return nil, time.Time{}, err
	}
	return report, nextStats(q.Range, now.UnixMilli()), nil
}

// nextStats is when the range moves: at the next hour or day of the zone, never for a range of the past.
func nextStats(r analytics.Range, now int64) time.Time {
	today := r.Zone.DayAt(now)
	if r.To <= now && r.Last < today {
		return time.Time{}
	}
	if r.Interval == analytics.Hourly {
		for _, hour := range r.Zone.Hours(today) {
			if hour > now {
				return time.UnixMilli(hour)
			}
		}
	}
	return time.UnixMilli(r.Zone.DayStart(today + 1))
}
