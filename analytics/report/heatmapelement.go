package report

import (
	"cmp"

	"github.com/ztas-io/ztas/analytics"
)

// heatGroup is the clicks of one selector (H7).
type heatGroup struct {
	selector        string
	clicks          int64
	bursts          int64 // rage: fifth clicks, so each burst once
	greatest        int32 // rage: the longest burst's number of clicks
	elements, texts heatTally[string]
	bins            heatTally[heatBin] // rage: of the fifth clicks
}

// groups gathers the spots by selector.
func (s *HeatmapClickSum) groups() map[string]*heatGroup {
	groups := make(map[string]*heatGroup)
	for spot, n := range s.spots {
		g := groups[spot.selector]
		if g == nil {
			g = &heatGroup{
				selector: spot.selector, elements: make(heatTally[string]), texts: make(heatTally[string]), bins: make(heatTally[heatBin]),
			}
			groups[spot.selector] = g
		}
		g.clicks += n
		g.greatest = max(g.greatest, spot.rage)
		g.elements.add(spot.element, n)
		g.texts.add(spot.text, n)
		if spot.rage == 5 {
			g.bursts += n
		}
		if spot.rage == 5 || s.kind != HeatmapRageClicks {
			g.bins.add(spot.bin, n)
		}
	}
	return groups
}

// rankedGroups lists the groups with a count, the greatest first, of equal ones by selector.
func (s *HeatmapClickSum) rankedGroups(limit int, count func(*heatGroup) int64) []*heatGroup {
	groups, counts := s.groups(), make(heatTally[string])
	for selector, g := range groups {
		counts.add(selector, count(g))
	}
	ranked := counts.ranked(cmp.Compare[string])
	list := make([]*heatGroup, min(limit, len(ranked)))
	for i := range list {
		list[i] = groups[ranked[i]]
	}
	return list
}

func (g *heatGroup) element() string { return g.elements.top(cmp.Compare[string]) }

func (g *heatGroup) text() string { return g.texts.top(cmp.Compare[string]) }

func (g *heatGroup) centre(f Frame) (x, y int64) { return g.bins.top(compareBins).centre(f, clickBin) }

// ClickedElement is one line of the list of elements (H7, H8).
type ClickedElement struct {
	Element      string  `json:"element"`
	Selector     string  `json:"selector"`
	Text         string  `json:"text"`
	Clicks       int64   `json:"clicks"`
	ClickRate    float64 `json:"clickRate"`    // percent of the pageviews
	AvgClickTime float64 `json:"avgClickTime"` // seconds since the pageview
}

// Elements lists the most clicked elements.
func (s *HeatmapClickSum) Elements(limit int) []ClickedElement {
	list := []ClickedElement{}
	for _, g := range s.rankedGroups(limit, func(g *heatGroup) int64 { return g.clicks }) {
		list = append(list, ClickedElement{
			g.element(), g.selector, g.text(), g.clicks, analytics.Percent(g.clicks, s.pageviews),
			meanSeconds2(s.loadMS[g.selector], s.loaded[g.selector]),
		})
	}
	return list
}

// RageElement is one line of the list of rage clicks (H5).
type RageElement struct {
	X         int64   `json:"x"`
	Y         int64   `json:"y"`
	Element   string  `json:"element"`
	Selector  string  `json:"selector"`
	Text      string  `json:"text"`
	Count     int64   `json:"count"` // bursts
	AvgClicks float64 `json:"avgClicks"`
	MaxClicks int32   `json:"maxClicks"`
	Severity  string  `json:"severity"` // low, medium, high
}

// RageClicks lists the elements with the most bursts.
func (s *HeatmapClickSum) RageClicks(f Frame, limit int) []RageElement {
	list := []RageElement{}
	for _, g := range s.rankedGroups(limit, func(g *heatGroup) int64 { return g.bursts }) {
		e := RageElement{
			Element: g.element(), Selector: g.selector, Text: g.text(), Count: g.bursts,
			AvgClicks: heatRatio(4*g.bursts+g.clicks, 1, g.bursts), MaxClicks: g.greatest, Severity: g.severity(),
		}
		e.X, e.Y = g.centre(f)
		list = append(list, e)
	}
	return list
}

// severity grades the mean number of clicks of a burst, 4 + clicks/bursts, as it is before it is rounded.
func (g *heatGroup) severity() string {
	switch {
	case g.clicks >= 6*g.bursts:
		return "high"
	case g.clicks >= 2*g.bursts:
		return "medium"
	default:
		return "low"
	}
}

// DeadElement is one line of the list of dead clicks (H6).
type DeadElement struct {
	X          int64   `json:"x"`
	Y          int64   `json:"y"`
	Element    string  `json:"element"`
	Selector   string  `json:"selector"`
	Text       string  `json:"text"`
	Clicks     int64   `json:"clicks"`
	Percentage float64 `json:"percentage"` // of all clicks
}

// DeadClicks lists the elements with the most dead clicks.
func (s *HeatmapClickSum) DeadClicks(f Frame, limit int) []DeadElement {
	list := []DeadElement{}
	for _, g := range s.rankedGroups(limit, func(g *heatGroup) int64 { return g.clicks }) {
		e := DeadElement{
			Element: g.element(), Selector: g.selector, Text: g.text(), Clicks: g.clicks, Percentage: analytics.Percent(g.clicks, s.clicks),
		}
		e.X, e.Y = g.centre(f)
		list = append(list, e)
	}
	return list
}
