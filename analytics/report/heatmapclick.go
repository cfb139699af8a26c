package report

import (
	"cmp"
	"maps"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// HeatmapClickSum counts the clicks on a page, for the heatmap of clicks and for the lists of elements, rage clicks and dead clicks. It keeps
// at most 20,000 different spots a day: bins together with selector, element and text.
type HeatmapClickSum struct {
	heatCut
	kind      HeatmapType
	page      *heatPage // nil: a sum of several days
	pageviews int64
	clicks    int64 // all click rows
	dead      int64 // those that are dead
	spots     heatTally[heatSpot]
	loaded    heatTally[string] // by selector: clicks that say how long after the load they were
	loadMS    heatTally[string] // by selector: the sum of that, ms
}

func newHeatmapClickSum(kind HeatmapType, page *heatPage) *HeatmapClickSum {
	return &HeatmapClickSum{
		kind: kind, page: page, spots: make(heatTally[heatSpot]), loaded: make(heatTally[string]), loadMS: make(heatTally[string]),
	}
}

// Add adds the visitor's pageviews and clicks of the page.
func (s *HeatmapClickSum) Add(v *Visitor, sign int64) {
	for _, row := range v.Rows {
		switch kind := v.T.Rows[row].Kind; {
		case kind != analytics.Pageview && kind != analytics.Click || !s.page.has(v.T, row):
		case kind == analytics.Pageview:
			s.pageviews += sign
		default:
			s.click(v.T, &v.T.Clicks[v.T.Rows[row].Detail], sign)
		}
	}
}

func (s *HeatmapClickSum) click(t *Table, c *analytics.ClickRow, sign int64) {
	s.clicks += sign
	if c.Dead {
		s.dead += sign
	}
	spot := heatSpot{selector: t.Texts[c.Selector], element: t.Texts[c.Element], text: t.Texts[c.Text]}
	switch s.kind {
	case HeatmapElements:
		if c.HasSinceLoad {
			s.loaded.add(spot.selector, sign)
			s.loadMS.add(spot.selector, sign*int64(c.SinceLoad))
		}
	case HeatmapRageClicks:
		if c.Rage < 5 {
			return
		}
		spot.bin, spot.rage = binOf(c.X, c.Y, c.ViewportW, clickBin), c.Rage
	case HeatmapDeadClicks:
		if !c.Dead {
			return
		}
		fallthrough
	default:
		spot.bin = binOf(c.X, c.Y, c.ViewportW, clickBin)
	}
	s.spots.add(spot, sign)
}

// Merge adds another day.
func (s *HeatmapClickSum) Merge(day Sum) {
	o := day.(*HeatmapClickSum)
	s.pageviews += o.pageviews
	s.clicks += o.clicks
	s.dead += o.dead
	s.spots.merge(o.spots)
	s.loaded.merge(o.loaded)
	s.loadMS.merge(o.loadMS)
	s.heard(o.cut)
	s.trim()
}

// trim keeps what the bound allows.
func (s *HeatmapClickSum) trim() {
	if !s.spots.trim(heatBound(s.page), compareSpots) {
		return
	}
	s.heard(true)
	kept := make(map[string]bool)
	for spot := range s.spots {
		kept[spot.selector] = true
	}
	gone := func(selector string, _ int64) bool { return !kept[selector] }
	maps.DeleteFunc(s.loaded, gone)
	maps.DeleteFunc(s.loadMS, gone)
}

// Seal drops the least clicked spots beyond the bound, and makes the texts its own.
func (s *HeatmapClickSum) Seal() {
	if s.page == nil {
		return
	}
	s.trim()
	own := make(map[string]string)
	copied := func(text string) string {
		if _, ok := own[text]; !ok {
			own[strings.Clone(text)] = strings.Clone(text)
		}
		return own[text]
	}
	spots := make(heatTally[heatSpot], len(s.spots))
	for spot, n := range s.spots {
		spot.selector, spot.element, spot.text = copied(spot.selector), copied(spot.element), copied(spot.text)
		spots[spot] = n
	}
	loaded, loadMS := make(heatTally[string], len(s.loaded)), make(heatTally[string], len(s.loadMS))
	for selector, n := range s.loaded {
		loaded[copied(selector)] = n
	}
	for selector, ms := range s.loadMS {
		loadMS[copied(selector)] = ms
	}
	s.spots, s.loaded, s.loadMS, s.page = spots, loaded, loadMS, nil
}

// Size is about the memory that the sum takes.
func (s *HeatmapClickSum) Size() int {
	n := 160 + s.spots.size() + s.loaded.size() + s.loadMS.size()
	for spot := range s.spots { // texts are shared between spots, so this is the most
		n += len(spot.selector) + len(spot.element) + len(spot.text)
	}
	return n
}

// Pageviews is M1 of the page.
func (s *HeatmapClickSum) Pageviews() int64 { return s.pageviews }

// Clicks is the number of clicks, of every kind.
func (s *HeatmapClickSum) Clicks() int64 { return s.clicks }

// Dead is the number of dead clicks.
func (s *HeatmapClickSum) Dead() int64 { return s.dead }

// ClickBin is one bin of the heatmap of clicks (H3).
type ClickBin struct {
	X          int64   `json:"x"`
	Y          int64   `json:"y"`
	Count      int64   `json:"count"`
	Percentage float64 `json:"percentage"`
	Element    string  `json:"element"`
	Text       string  `json:"text"`
}

// Bins lists the most clicked bins, of which each says what was clicked there most.
func (s *HeatmapClickSum) Bins(f Frame, limit int) []ClickBin {
	counts := make(heatTally[heatBin])
	for spot, n := range s.spots {
		counts.add(spot.bin, n)
	}
	ranked := counts.ranked(compareBins)
	ranked = ranked[:min(limit, len(ranked))]
	groups := make(map[heatBin]heatTally[heatSpot], len(ranked))
	for _, bin := range ranked {
		groups[bin] = make(heatTally[heatSpot])
	}
	for spot, n := range s.spots {
		if group := groups[spot.bin]; group != nil {
			group[spot] = n
		}
	}
	list := make([]ClickBin, len(ranked))
	for i, bin := range ranked {
		b := ClickBin{Count: counts[bin], Percentage: analytics.Percent(counts[bin], s.clicks)}
		b.X, b.Y = bin.centre(f, clickBin)
		b.Element, b.Text = mostClicked(groups[bin])
		list[i] = b
	}
	return list
}

// mostClicked is the most frequent element and text of the most frequent selector.
func mostClicked(spots heatTally[heatSpot]) (element, text string) {
	selectors, elements, texts := make(heatTally[string]), make(heatTally[string]), make(heatTally[string])
	for spot, n := range spots {
		selectors.add(spot.selector, n)
	}
	selector := selectors.top(cmp.Compare[string])
	for spot, n := range spots {
		if spot.selector == selector {
			elements.add(spot.element, n)
			texts.add(spot.text, n)
		}
	}
	return elements.top(cmp.Compare[string]), texts.top(cmp.Compare[string])
}
