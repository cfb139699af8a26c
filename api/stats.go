package api

import (
	"context"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// stats serves GET /api/stats.
func (s *Server) stats(x *exchange) (action, error) {
	filters, err := s.filtersParam(x, x.siteID)
	if err != nil {
		return nil, err
	}
	params := analytics.StatsParams{
		Period: x.c.Query("period"), StartDate: x.c.Query("startDate"), EndDate: x.c.Query("endDate"),
		Interval: x.c.Query("interval"), Limit: x.c.Query("limit"),
	}
	q, err := params.Resolve(s.zone(x.siteID), s.now().UnixMilli())
	if err != nil {
		return nil, err
	}
	imported, err := x.boolQuery("includeImported")
	if err != nil {
		return nil, err
	}
	return func() error {
		answer, err := FilteredStats(x.c.Request.Context(), s.deps.Reader, x.siteID, q, filters)
		if err == nil && imported && filters.Empty() { // nobody knows what filters would leave of an import
			answer, err = s.addImported(x.c.Request.Context(), x.siteID, q, answer)
		}
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, answer)
		return nil
	}, nil
}

// FilteredStats answers from the counters, with filters from the events. What was ignored is no event: it is the same under any filters. Errors
// are those of the reader.
func FilteredStats(
	ctx context.Context, reader Reader, site analytics.SiteID, q analytics.StatsQuery, f report.Filters,
) (*analytics.StatsReport, error) {
	whole, err := reader.Stats(ctx, site, q)
	if err != nil || f.Empty() {
		return whole, err
	}
	sum, err := sumOf[*report.StatsSum](ctx, reader, site, report.Stats(q, f), q.Range)
	if err != nil {
		return nil, err
	}
	return sum.Report(q, whole.Filtered, whole.LastPageview), nil
}

// zone is that of the site, or UTC when there is no such site, so that parameters can be checked before the site is.
func (s *Server) zone(id analytics.SiteID) analytics.Zone {
	if site, ok := s.sites.Site(id); ok {
		if z, err := analytics.LoadZone(site.Timezone); err == nil {
			return z
		}
	}
	return analytics.UTCZone()
}
