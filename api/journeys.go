package api

import (
	"net/http"

	"github.com/ztas-io/ztas/analytics/report"
)

// journeys serves GET /api/journeys.
func (s *Server) journeys(x *exchange) (action, error) {
	r, err := s.rangeParam(x, x.siteID, "7d")
	if err != nil {
		return nil, err
	}
	params := report.JourneyParams{Path: cleanText(x.c.Query("path"))}
	switch steps := x.c.Query("steps"); steps {
	case "":
		params.Steps = 3
	case "2", "3", "4", "5":
		params.Steps = int(steps[0] - '0')
	default:
		return nil, invalid("Invalid steps")
	}
	switch params.Anchor = x.c.Query("anchor"); params.Anchor {
	case "":
		params.Anchor = report.AnchorStart
	case report.AnchorStart, report.AnchorEnd:
	default:
		return nil, invalid("Invalid anchor")
	}
	filters, err := s.filtersParam(x, x.siteID)
	if err != nil {
		return nil, err
	}
	limit, err := x.limitParam(50, 10)
	if err != nil {
		return nil, err
	}
	return func() error {
		sum, err := sumOf[*report.JourneySum](x.c.Request.Context(), s.deps.Reader, x.siteID, report.Journeys(params, filters), r)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, sum.Report(limit))
		return nil
	}, nil
}
