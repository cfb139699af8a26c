package report

import (
	"cmp"

	"github.com/ztas-io/ztas/analytics"
)

// HeatmapScrollSum counts how far visitors scrolled on a page. Its size does not depend on their number: there are at most 10,001 depths
// (hundredths of a percent) and 128,001 heights.
type HeatmapScrollSum struct {
	page      *heatPage // nil: a sum of several days
	pageviews int64
	depths    heatTally[int32] // visitors by their greatest depth, hundredths of a percent
	folds     heatTally[int64] // scroll rows by the height of their viewport, units
}

func newHeatmapScrollSum(page *heatPage) *HeatmapScrollSum {
	return &HeatmapScrollSum{page: page, depths: make(heatTally[int32]), folds: make(heatTally[int64])}
}

// Add adds the visitor's pageviews and scrolls on the page.
func (s *HeatmapScrollSum) Add(v *Visitor, sign int64) {
	greatest := int32(-1)
	for _, row := range v.Rows {
		switch kind := v.T.Rows[row].Kind; {
		case kind != analytics.Pageview && kind != analytics.Scroll || !s.page.has(v.T, row):
		case kind == analytics.Pageview:
			s.pageviews += sign
		default:
			scroll := &v.T.Scrolls[v.T.Rows[row].Detail]
			greatest = max(greatest, scroll.Depth)
			if scroll.ViewportW != 0 {
				s.folds.add(normal(scroll.ViewportH, scroll.ViewportW), sign)
			}
		}
	}
	if greatest >= 0 {
		s.depths.add(greatest, sign)
	}
}

// Merge adds another day.
func (s *HeatmapScrollSum) Merge(day Sum) {
	o := day.(*HeatmapScrollSum)
	s.pageviews += o.pageviews
	s.depths.merge(o.depths)
	s.folds.merge(o.folds)
}

// Seal lets go of the table.
func (s *HeatmapScrollSum) Seal() { s.page = nil }

// Size is about the memory that the sum takes.
func (s *HeatmapScrollSum) Size() int { return 64 + s.depths.size() + s.folds.size() }

// Pageviews is M1 of the page.
func (s *HeatmapScrollSum) Pageviews() int64 { return s.pageviews }

// Visitors is the number of distinct visitors with a scroll.
func (s *HeatmapScrollSum) Visitors() int64 { return s.reached(0) }

func (s *HeatmapScrollSum) reached(depth int32) (visitors int64) {
	for d, n := range s.depths {
		if d >= depth {
			visitors += n
		}
	}
	return visitors
}

// ScrollDepth says how many visitors came how far (H9).
type ScrollDepth struct {
	Depth      int32   `json:"depth"` // percent of the page
	Percentage float64 `json:"percentage"`
	Visitors   int64   `json:"visitors"`
}

// Depths tells how many visitors reached each quarter of the page.
func (s *HeatmapScrollSum) Depths() []ScrollDepth {
	list := make([]ScrollDepth, 5)
	base := s.Visitors()
	for i := range list {
		visitors := s.reached(int32(i) * 2500)
		list[i] = ScrollDepth{int32(i) * 25, analytics.Percent(visitors, base), visitors}
	}
	return list
}

// AvgDepth is the mean of the visitors' greatest depths, percent.
func (s *HeatmapScrollSum) AvgDepth() float64 {
	sum := int64(0)
	for d, n := range s.depths {
		sum += int64(d) * n
	}
	return heatRatio(sum, 1, 100*s.Visitors())
}

// FoldHeight is the lower median of what the first screen shows, px of the frame; 0 when nobody says it.
func (s *HeatmapScrollSum) FoldHeight(f Frame) int64 {
	return f.scaled(s.folds.median(cmp.Compare[int64]))
}
