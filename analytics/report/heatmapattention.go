package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// bandHeight is the height of an area of attention, units (H10).
const bandHeight = 400

// HeatmapAttentionSum counts how long what of a page was on screen. It keeps at most 20,000 bands a day.
type HeatmapAttentionSum struct {
	heatCut
	page      *heatPage // nil: a sum of several days
	pageviews int64
	dwelling  int64            // scroll rows with dwell
	visitors  int64            // with a scroll that says its viewport: the base of reach
	reach     heatTally[int64] // those by the number of bands that they reached
	times     heatTally[int64] // by band, µs
	row       heatTally[int64] // of one row, in µs times the height of its viewport; empty between rows
}

func newHeatmapAttentionSum(page *heatPage) *HeatmapAttentionSum {
	return &HeatmapAttentionSum{page: page, reach: make(heatTally[int64]), times: make(heatTally[int64]), row: make(heatTally[int64])}
}

// Add adds the visitor's pageviews and dwelling on the page.
func (s *HeatmapAttentionSum) Add(v *Visitor, sign int64) {
	deepest := int64(-1)
	for _, row := range v.Rows {
		switch kind := v.T.Rows[row].Kind; {
		case kind != analytics.Pageview && kind != analytics.Scroll || !s.page.has(v.T, row):
		case kind == analytics.Pageview:
			s.pageviews += sign
		default:
			scroll := &v.T.Scrolls[v.T.Rows[row].Detail]
			if len(scroll.Dwell) > 0 {
				s.dwelling += sign
			}
			if scroll.ViewportW != 0 {
				s.dwell(scroll, sign)
				deepest = max(deepest, depthReached(scroll))
			}
		}
	}
	if deepest >= 0 {
		s.visitors += sign
		s.reach.add((deepest+bandHeight-1)/bandHeight, sign) // band k is reached when deepest > 400·k
	}
}

// depthReached is floor(depth·dh·1280 / (100·vw)), units; depth is stored in hundredths of a percent.
func depthReached(scroll *analytics.ScrollRow) int64 {
	return int64(scroll.Depth) * int64(scroll.DocumentH) * referenceWidth / (10_000 * int64(scroll.ViewportW))
}

// dwell adds what a row says: each pair shows [top, top+height) for a while, which is shared out by overlap; of each band whole µs.
func (s *HeatmapAttentionSum) dwell(scroll *analytics.ScrollRow, sign int64) {
	height := max(normal(scroll.ViewportH, scroll.ViewportW), 1)
	for _, pair := range scroll.Dwell {
		top := normal(pair[0], scroll.ViewportW)
		end := top + height
		for at := top; at < end; {
			band := at / bandHeight
			next := min(end, (band+1)*bandHeight)
			s.row.add(band, (next-at)*int64(pair[1])*1000)
			at = next
		}
	}
	for band, time := range s.row {
		if us := time / height; us != 0 {
			s.times.add(band, sign*us)
		}
	}
	clear(s.row)
}

// Merge adds another day.
func (s *HeatmapAttentionSum) Merge(day Sum) {
	o := day.(*HeatmapAttentionSum)
	s.pageviews += o.pageviews
	s.dwelling += o.dwelling
	s.visitors += o.visitors
	s.reach.merge(o.reach)
	s.times.merge(o.times)
	s.heard(o.cut)
	s.heard(s.times.trim(heatBound(s.page), cmp.Compare[int64]))
}

// Seal drops the bands with the least time beyond the bound.
func (s *HeatmapAttentionSum) Seal() {
	s.heard(s.times.trim(heatBound(s.page), cmp.Compare[int64]))
	s.page, s.row = nil, nil
}

// Size is about the memory that the sum takes.
func (s *HeatmapAttentionSum) Size() int { return 96 + s.reach.size() + s.times.size() }

// Pageviews is M1 of the page.
func (s *HeatmapAttentionSum) Pageviews() int64 { return s.pageviews }

// Rows is the number of scrolls with dwell.
func (s *HeatmapAttentionSum) Rows() int64 { return s.dwelling }

// Area is one band of the page (H10).
type Area struct {
	Y           int64   `json:"y"`
	Height      int64   `json:"height"`
	Attention   float64 `json:"attention"`   // percent of the area with the most
	AvgTime     float64 `json:"avgTime"`     // seconds of those who reached it
	ScrollReach float64 `json:"scrollReach"` // percent of the visitors
}

// Areas lists the bands that were on screen, from top to bottom.
func (s *HeatmapAttentionSum) Areas(f Frame) []Area {
	most := int64(0)
	for _, us := range s.times {
		most = max(most, us)
	}
	reached := s.visitors // of the bands so far, those who reached more
	counts := slices.Sorted(maps.Keys(s.reach))
	list := []Area{}
	for _, band := range slices.Sorted(maps.Keys(s.times)) {
		for len(counts) > 0 && counts[0] <= band {
			reached -= s.reach[counts[0]]
			counts = counts[1:]
		}
		list = append(list, Area{
			f.scaled(band * bandHeight), f.scaled(bandHeight), heatRatio(s.times[band], 100, most),
			heatRatio(s.times[band], 1, 1_000_000*reached), analytics.Percent(reached, s.visitors),
		})
	}
	return list
}
