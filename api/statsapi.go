package api

import (
	"context"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// statsAPI serves GET /api/stats-api.
func (s *Server) statsAPI(x *exchange) (action, error) {
	q, err := s.resolveQuery(report.QueryParams{
		SiteID: x.c.Query("site_id"), Period: x.c.Query("period"), DateFrom: x.c.Query("date_from"), DateTo: x.c.Query("date_to"),
		Metrics: x.c.Query("metrics"), Property: x.c.Query("property"), Interval: x.c.Query("interval"), Filters: x.c.Query("filters"),
		Compare: x.c.Query("compare"), ValueOf: x.c.Query("value_of"), Order: x.c.Query("order"), Search: x.c.Query("search"),
		Limit: x.c.Query("limit"), Offset: x.c.Query("offset"),
	})
	if err != nil {
		return nil, err
	}
	x.siteID = q.Site()
	return func() error {
		answers, err := runQueries(x.c.Request.Context(), s.deps.Reader, x.siteID, q)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, answers[0])
		return nil
	}, nil
}

// resolveQuery checks the parameters of a query as the site that it names means them.
func (s *Server) resolveQuery(p report.QueryParams) (*report.Query, error) {
	site := analytics.SiteID(cleanText(p.SiteID))
	return p.Resolve(s.zone(site), s.now().UnixMilli(), s.deps.Catalog.Goals(site))
}

// runQueries answers queries of one site on one state of it.
func runQueries(ctx context.Context, reader Reader, site analytics.SiteID, queries ...*report.Query) ([]report.Object, error) {
	sums, err := reader.Sums(ctx, site, report.AsksOf(queries)...)
	if err != nil {
		return nil, err
	}
	return report.AnswersOf(queries, sums), nil
}
