package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// clickList serves a list about the clicks on one page.
func (s *Server) clickList(x *exchange, kind report.HeatmapType, show func(*heatQuery, *report.HeatmapClickSum) any) (action, error) {
	q, err := s.heatQuery(x, "", maxLines, defaultLines)
	if err != nil {
		return nil, err
	}
	return func() error {
		sum, err := heatSum[*report.HeatmapClickSum](s, x, &q, kind)
		if err != nil {
			return err
		}
		if sum.Clicks() == 0 {
			return errNoHeatmap
		}
		q.head.Estimated = sum.Estimated()
		data(x.c, http.StatusOK, show(&q, sum))
		return nil
	}, nil
}

// heatmapElements serves GET /api/heatmaps/elements.
func (s *Server) heatmapElements(x *exchange) (action, error) {
	return s.clickList(x, report.HeatmapElements, func(q *heatQuery, sum *report.HeatmapClickSum) any {
		return elementsReport{q.head, sum.Pageviews(), sum.Elements(q.limit)}
	})
}

// rageClicks serves GET /api/heatmaps/rage-clicks.
func (s *Server) rageClicks(x *exchange) (action, error) {
	return s.clickList(x, report.HeatmapRageClicks, func(q *heatQuery, sum *report.HeatmapClickSum) any {
		return rageReport{q.head, sum.RageClicks(q.frame, q.limit)}
	})
}

// deadClicks serves GET /api/heatmaps/dead-clicks.
func (s *Server) deadClicks(x *exchange) (action, error) {
	return s.clickList(x, report.HeatmapDeadClicks, func(q *heatQuery, sum *report.HeatmapClickSum) any {
		return deadReport{q.head, sum.DeadClicks(q.frame, q.limit), sum.Dead(), analytics.Percent(sum.Dead(), sum.Clicks())}
	})
}

// heatmapPages serves GET /api/heatmaps/pages.
func (s *Server) heatmapPages(x *exchange) (action, error) {
	device, err := x.deviceParam("")
	if err != nil {
		return nil, err
	}
	r, err := s.heatRange(x, new(heatmapHead))
	if err != nil {
		return nil, err
	}
	p, err := x.page()
	if err != nil {
		return nil, err
	}
	return func() error {
		sum, err := sumOf[*report.HeatmapPagesSum](x.c.Request.Context(), s.deps.Reader, x.siteID, report.HeatmapPages{Device: device}, r)
		if err != nil {
			return err
		}
		all := sum.List()
		from := min(p.offset, len(all))
		list := all[from:min(from+p.limit, len(all))]
		var meta any
		if sum.Estimated() {
			meta = gin.H{"estimated": true}
		}
		paged(x.c, list, meta, p, len(list), len(all))
		return nil
	}, nil
}
