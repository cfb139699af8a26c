package report

import "github.com/ztas-io/ztas/analytics"

// HeatmapMoveSum counts the points of the mouse on a page. It keeps at most 20,000 bins a day.
type HeatmapMoveSum struct {
	heatCut
	page      *heatPage // nil: a sum of several days
	pageviews int64
	rows      int64
	points    int64
	bins      heatTally[heatBin]
}

func newHeatmapMoveSum(page *heatPage) *HeatmapMoveSum {
	return &HeatmapMoveSum{page: page, bins: make(heatTally[heatBin])}
}

// Add adds the visitor's pageviews and movements on the page.
func (s *HeatmapMoveSum) Add(v *Visitor, sign int64) {
	for _, row := range v.Rows {
		switch kind := v.T.Rows[row].Kind; {
		case kind != analytics.Pageview && kind != analytics.Move || !s.page.has(v.T, row):
		case kind == analytics.Pageview:
			s.pageviews += sign
		default:
			m := &v.T.Moves[v.T.Rows[row].Detail]
			s.rows += sign
			s.points += sign * int64(len(m.Points))
			for _, p := range m.Points {
				s.bins.add(binOf(p[0], p[1], m.ViewportW, moveBin), sign)
			}
		}
	}
}

// Merge adds another day.
func (s *HeatmapMoveSum) Merge(day Sum) {
	o := day.(*HeatmapMoveSum)
	s.pageviews += o.pageviews
	s.rows += o.rows
	s.points += o.points
	s.bins.merge(o.bins)
	s.heard(o.cut)
	s.heard(s.bins.trim(heatBound(s.page), compareBins))
}

// Seal drops the bins with the fewest points beyond the bound.
func (s *HeatmapMoveSum) Seal() {
	s.heard(s.bins.trim(heatBound(s.page), compareBins))
	s.page = nil
}

// Size is about the memory that the sum takes.
func (s *HeatmapMoveSum) Size() int { return 64 + s.bins.size() }

// Pageviews is M1 of the page.
func (s *HeatmapMoveSum) Pageviews() int64 { return s.pageviews }

// Rows is the number of events of type move.
func (s *HeatmapMoveSum) Rows() int64 { return s.rows }

// Points is the number of points of all of them.
func (s *HeatmapMoveSum) Points() int64 { return s.points }

// MoveBin is one bin of the heatmap of movements (H4).
type MoveBin struct {
	X          int64   `json:"x"`
	Y          int64   `json:"y"`
	Intensity  int64   `json:"intensity"` // points
	Percentage float64 `json:"percentage"`
}

// Bins lists the bins with the most points.
func (s *HeatmapMoveSum) Bins(f Frame, limit int) []MoveBin {
	ranked := s.bins.ranked(compareBins)
	list := make([]MoveBin, min(limit, len(ranked)))
	for i := range list {
		b := MoveBin{Intensity: s.bins[ranked[i]], Percentage: analytics.Percent(s.bins[ranked[i]], s.points)}
		b.X, b.Y = ranked[i].centre(f, moveBin)
		list[i] = b
	}
	return list
}
