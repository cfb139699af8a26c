package api

import (
	"errors"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

const (
	maxHeatDays            = 90
	maxBins, defaultBins   = 5000, 500
	maxLines, defaultLines = 50, 10
)

var (
	errSiteAndPath = invalid("Site ID and path are required")
	errHeatmapType = invalid("Invalid heatmap type. Must be: click, scroll, move, or attention")
	errDevice      = invalid("Invalid device")
	errHeatDays    = invalid("Date range cannot exceed 90 days")
	errNoHeatmap   = notFound("No heatmap data found for this page")
)

// heatmapHead is what the reports about a page begin with.
type heatmapHead struct {
	Type   report.HeatmapType     `json:"type,omitempty"` // "": a list
	Path   string                 `json:"path"`
	Period string                 `json:"period"`
	Range  *analytics.RangeReport `json:"range,omitempty"` // of a custom period
	Device *string                `json:"device"`
	// Estimated tells that what is listed may lack some counts (docs/heatmaps.md). The totals are exact.
	Estimated bool `json:"estimated,omitempty"`
}

type clickReport struct {
	heatmapHead
	TotalClicks int64             `json:"totalClicks"`
	Pageviews   int64             `json:"pageviews"`
	Clicks      []report.ClickBin `json:"clicks"`
	Viewport    report.Frame      `json:"viewport"`
}

type scrollReport struct {
	heatmapHead
	Pageviews      int64                `json:"pageviews"`
	ScrollDepth    []report.ScrollDepth `json:"scrollDepth"`
	AvgScrollDepth float64              `json:"avgScrollDepth"` // percent
	FoldHeight     int64                `json:"foldHeight"`     // px
}

type moveReport struct {
	heatmapHead
	TotalMovements int64            `json:"totalMovements"`
	Pageviews      int64            `json:"pageviews"`
	Movements      []report.MoveBin `json:"movements"`
	Viewport       report.Frame     `json:"viewport"`
}

type attentionReport struct {
	heatmapHead
	Pageviews int64         `json:"pageviews"`
	Areas     []report.Area `json:"areas"`
}

type elementsReport struct {
	heatmapHead
	Pageviews int64                   `json:"pageviews"`
	Elements  []report.ClickedElement `json:"elements"`
}

type rageReport struct {
	heatmapHead
	RageClicks []report.RageElement `json:"rageClicks"`
}

type deadReport struct {
	heatmapHead
	DeadClicks      []report.DeadElement `json:"deadClicks"`
	TotalDeadClicks int64                `json:"totalDeadClicks"`
	DeadClickRate   float64              `json:"deadClickRate"` // percent of all clicks
}

// heatQuery is a good request about one page.
type heatQuery struct {
	head  heatmapHead
	frame report.Frame
	span  analytics.Range
	limit int
}

// heatQuery reads the parameters of a report about one page.
func (s *Server) heatQuery(x *exchange, kind report.HeatmapType, mostLimit, noLimit int) (q heatQuery, err error) {
	if x.siteID = analytics.SiteID(x.c.Query("siteId")); x.siteID == "" {
		return q, errSiteAndPath
	}
	if q.head.Path = cleanText(x.c.Query("path")); q.head.Path == "" {
		return q, errSiteAndPath
	}
	q.head.Type = kind
	switch kind {
	case "", report.HeatmapClick, report.HeatmapScroll, report.HeatmapMove, report.HeatmapAttention:
	default:
		return q, errHeatmapType
	}
	device, err := x.deviceParam("")
	if err != nil {
		return q, err
	}
	q.head.Device, q.frame = textOrNull(device), report.FrameOf(device)
	if q.span, err = s.heatRange(x, &q.head); err != nil {
		return q, err
	}
	q.limit, err = x.limitParam(mostLimit, noLimit)
	return q, err
}

// deviceParam reads device.
func (x *exchange) deviceParam(missing string) (string, error) {
	switch device := x.c.Query("device"); device {
	case "":
		return missing, nil
	case "desktop", "mobile", "tablet":
		return device, nil
	default:
		return "", errDevice
	}
}

// heatRange reads the range, which consists of whole local days, and writes into the head how it was named.
func (s *Server) heatRange(x *exchange, head *heatmapHead) (analytics.Range, error) {
	const fallback = "7d"
	period, start, end := x.c.Query("period"), x.c.Query("startDate"), x.c.Query("endDate")
	if period == "" {
		period = fallback
	}
	head.Period = period
	if period == "24h" {
		period = "day"
	}
	r, err := analytics.ResolveRange(period, start, end, fallback, s.zone(x.siteID), s.now().UnixMilli())
	switch {
	case errors.Is(err, analytics.Invalid("Date range cannot exceed 366 days")):
		return r, errHeatDays
	case err != nil:
		return r, err
	case r.Last-r.First+1 > maxHeatDays:
		return r, errHeatDays
	}
	r.Interval = analytics.Daily
	if start != "" {
		shown := r.Report()
		head.Period, head.Range = "custom", &shown
	}
	return r, nil
}

// heatSum asks the reader one question about a page.
func heatSum[T report.Sum](s *Server, x *exchange, q *heatQuery, kind report.HeatmapType) (T, error) {
	device := ""
	if q.head.Device != nil {
		device = *q.head.Device
	}
	question := report.Heatmap{Type: kind, Path: q.head.Path, Device: device}
	return sumOf[T](x.c.Request.Context(), s.deps.Reader, x.siteID, question, q.span)
}

// heatmap serves GET /api/heatmaps.
func (s *Server) heatmap(x *exchange) (action, error) {
	kind := report.HeatmapType(x.c.Query("type"))
	if kind == "" {
		kind = "none"
	}
	q, err := s.heatQuery(x, kind, maxBins, defaultBins)
	if err != nil {
		return nil, err
	}
	return func() error {
		answer, err := s.heatmapOf(x, &q)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, answer)
		return nil
	}, nil
}

func (s *Server) heatmapOf(x *exchange, q *heatQuery) (any, error) {
	switch q.head.Type {
	case report.HeatmapClick:
		sum, err := heatSum[*report.HeatmapClickSum](s, x, q, q.head.Type)
		if err != nil || sum.Clicks() == 0 {
			return nil, orNoHeatmap(err)
		}
		q.head.Estimated = sum.Estimated()
		return clickReport{q.head, sum.Clicks(), sum.Pageviews(), sum.Bins(q.frame, q.limit), q.frame}, nil
	case report.HeatmapScroll:
		sum, err := heatSum[*report.HeatmapScrollSum](s, x, q, q.head.Type)
		if err != nil || sum.Visitors() == 0 {
			return nil, orNoHeatmap(err)
		}
		return scrollReport{q.head, sum.Pageviews(), sum.Depths(), sum.AvgDepth(), sum.FoldHeight(q.frame)}, nil
	case report.HeatmapMove:
		sum, err := heatSum[*report.HeatmapMoveSum](s, x, q, q.head.Type)
		if err != nil || sum.Rows() == 0 {
			return nil, orNoHeatmap(err)
		}
		q.head.Estimated = sum.Estimated()
		return moveReport{q.head, sum.Points(), sum.Pageviews(), sum.Bins(q.frame, q.limit), q.frame}, nil
	default:
		sum, err := heatSum[*report.HeatmapAttentionSum](s, x, q, q.head.Type)
		if err != nil || sum.Rows() == 0 {
			return nil, orNoHeatmap(err)
		}
		q.head.Estimated = sum.Estimated()
		return attentionReport{q.head, sum.Pageviews(), sum.Areas(q.frame)}, nil
	}
}

// orNoHeatmap is the error, or without one that there is nothing to show.
func orNoHeatmap(err error) error {
	if err != nil {
		return err
	}
	return errNoHeatmap
}
