package report

import (
	"math/bits"

	"github.com/ztas-io/ztas/analytics"
)

// HeatmapType says what is looked at on a page.
type HeatmapType string

// The types of heatmaps (heatmaps.md), and the lists beside them.
const (
	HeatmapClick      HeatmapType = "click"
	HeatmapScroll     HeatmapType = "scroll"
	HeatmapMove       HeatmapType = "move"
	HeatmapAttention  HeatmapType = "attention"
	HeatmapElements   HeatmapType = "elements"
	HeatmapRageClicks HeatmapType = "rage"
	HeatmapDeadClicks HeatmapType = "dead"
)

// Bounds of what a heatmap's sum keeps: bins with what was hit in them, bands, or paths. What is beyond a bound is left out of the lists, and
// still counts in the totals. The greatest counts are kept, of equal ones those with the smallest keys.
const (
	heatDayBound   = 20_000  // of a day, applied when its sum is sealed
	heatRangeBound = 100_000 // of several days, applied after each day in the order of merging
)

// Heatmap asks for one type of what visitors did on one page (metrics.md H1 to H10). Sums have the type
//
//	click, elements, rage, dead   *HeatmapClickSum
//	scroll                        *HeatmapScrollSum
//	move                          *HeatmapMoveSum
//	attention                     *HeatmapAttentionSum
type Heatmap struct {
	Type   HeatmapType
	Path   string // exactly as stored
	Device string // of the pageviews and interactions; "": every
}

// Key names the question; no device has a line feed.
func (h Heatmap) Key() string { return "heatmap\n" + string(h.Type) + "\n" + h.Device + "\n" + h.Path }

// LooksIntoInteractions marks the question as one that needs the details of clicks, scrolls and moves.
func (h Heatmap) LooksIntoInteractions() {}

// New makes the empty sum.
func (h Heatmap) New(t *Table, w Window) Sum {
	var page *heatPage
	if t != nil {
		page = &heatPage{w, NewTextSet(func(path string) bool { return path == h.Path }), h.Device}
	}
	switch h.Type {
	case HeatmapScroll:
		return newHeatmapScrollSum(page)
	case HeatmapMove:
		return newHeatmapMoveSum(page)
	case HeatmapAttention:
		return newHeatmapAttentionSum(page)
	default:
		return newHeatmapClickSum(h.Type, page)
	}
}

// heatPage chooses the rows of a page. It belongs to one table; sums of several days have none.
type heatPage struct {
	window Window
	paths  *TextSet
	device string
}

// has tells whether a row is one of the page's.
func (p *heatPage) has(t *Table, row uint32) bool {
	r := &t.Rows[row]
	return p.paths.Has(t, r.Path) && p.window.Has(t.Time(row)) && (p.device == "" || t.Clients[r.Client].Device == p.device)
}

// heatBound is how much a sum keeps; page is nil in sums of several days.
func heatBound(page *heatPage) int {
	if page == nil {
		return heatRangeBound
	}
	return heatDayBound
}

// Frame is the reference frame of a device, px.
type Frame struct {
	Width  int64 `json:"width"`
	Height int64 `json:"height"`
}

// referenceWidth is the width in units of a normalised page, that of the desktop frame.
const referenceWidth = 1280

// FrameOf returns the frame of a device; without device everything is shown in the desktop frame.
func FrameOf(device string) Frame {
	switch device {
	case "tablet":
		return Frame{768, 1024}
	case "mobile":
		return Frame{375, 667}
	default:
		return Frame{referenceWidth, 1024}
	}
}

// normal turns CSS px into units: floor(px·1280 / vw) (H1). Ingest lets no viewport narrower than 100 px in where there is one.
func normal(px, vw int32) int64 { return int64(px) * referenceWidth / int64(max(vw, 1)) }

// scaled turns units into px of a frame, half up (H2).
func (f Frame) scaled(units int64) int64 {
	return (2*units*f.Width + referenceWidth) / (2 * referenceWidth)
}

// heatRatio is a·scale/b with two decimals, half up; 0 when b is 0. The product may be longer than 64 bits, the result may not.
func heatRatio(a, scale, b int64) float64 {
	if b == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(a), uint64(200*scale))
	low, carry := bits.Add64(low, uint64(b), 0)
	n, _ := bits.Div64(high+carry, low, uint64(2*b))
	return float64(n) / 100
}

// meanSeconds2 is sec2(sumMS, n) of metrics.md §1.
func meanSeconds2(sumMS, n int64) float64 { return heatRatio(sumMS, 1, 1000*n) }

// isInteraction tells whether rows of a kind are what heatmaps are made of.
func isInteraction(k analytics.Kind) bool {
	return k == analytics.Click || k == analytics.Scroll || k == analytics.Move
}
