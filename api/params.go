package api

import (
	"context"
	"fmt"
	"strconv"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// rangeParam reads the parameters of README §6, as the zone of a site means them. Without any the range is that of the fallback period.
func (s *Server) rangeParam(x *exchange, site analytics.SiteID, fallback string) (analytics.Range, error) {
	c := x.c
	return analytics.ResolveRange(c.Query("period"), c.Query("startDate"), c.Query("endDate"), fallback, s.zone(site), s.now().UnixMilli())
}

// filtersParam reads the filters of the Query API; a filter on goals means those of the site.
func (s *Server) filtersParam(x *exchange, site analytics.SiteID) (report.Filters, error) {
	return report.ParseFilters(cleanText(x.c.Query("filters")), s.deps.Catalog.Goals(site))
}

// limitParam reads limit, from 1 to the endpoint's own maximum.
func (x *exchange) limitParam(most, missing int) (int, error) {
	sent := x.c.Query("limit")
	if sent == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(sent)
	if err != nil || n < 1 || n > most {
		return 0, invalid(fmt.Sprintf("Limit must be between 1 and %d", most))
	}
	return n, nil
}

// sumOf asks the reader one question about a range.
func sumOf[T report.Sum](ctx context.Context, reader Reader, site analytics.SiteID, q report.Question, r analytics.Range) (sum T, err error) {
	sums, err := reader.Sums(ctx, site, report.Over(q, r))
	if err != nil {
		return sum, err
	}
	return sums[0].(T), nil
}
