package api

import (
	"net/http"

	"github.com/ztas-io/ztas/analytics"
)

// stats serves GET /api/stats.
func (s *Server) stats(x *exchange) (action, error) {
	if filters := cleanText(x.c.Query("filters")); filters != "" {
		return nil, invalid("Invalid filter: " + filters)
	}
	params := analytics.StatsParams{
		Period: x.c.Query("period"), StartDate: x.c.Query("startDate"), EndDate: x.c.Query("endDate"),
		Interval: x.c.Query("interval"), Limit: x.c.Query("limit"),
	}
	q, err := params.Resolve(s.zone(x.siteID), s.now().UnixMilli())
	if err != nil {
		return nil, err
	}
	return func() error {
		report, err := s.deps.Reader.Stats(x.c.Request.Context(), x.siteID, q)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, report)
		return nil
	}, nil
}

// zone is that of the site, or UTC when there is no such site, so that parameters can be checked before the site is.
func (s *Server) zone(id analytics.SiteID) analytics.Zone {
	if site, ok := s.sites.Site(id); ok {
		if z, err := zoneOf(site.Timezone); err == nil {
			return z
		}
	}
	return analytics.UTCZone()
}
