package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// HeatmapPages asks which pages have interactions. Its sums are *HeatmapPagesSum.
type HeatmapPages struct {
	Device string // "": every
}

// Key names the question.
func (q HeatmapPages) Key() string { return "heatmap-pages\n" + q.Device }

// New makes the empty sum.
func (q HeatmapPages) New(t *Table, w Window) Sum {
	s := &HeatmapPagesSum{pages: make(map[string]*pageCounts)}
	if t != nil {
		s.page = &heatPage{w, NewTextSet(func(string) bool { return true }), q.Device}
	}
	return s
}

// HeatmapPagesSum counts the rows of every page. It keeps at most 20,000 paths a day, those with the most interactions.
type HeatmapPagesSum struct {
	heatCut
	page  *heatPage // nil: a sum of several days
	pages map[string]*pageCounts
}

// pageCounts are the rows of a path by kind.
type pageCounts struct{ pageviews, clicks, scrolls, moves int64 }

func (c *pageCounts) add(o pageCounts, sign int64) {
	c.pageviews += sign * o.pageviews
	c.clicks += sign * o.clicks
	c.scrolls += sign * o.scrolls
	c.moves += sign * o.moves
}

func (c *pageCounts) interactions() int64 { return c.clicks + c.scrolls + c.moves }

// Add adds the visitor's pageviews and interactions.
func (s *HeatmapPagesSum) Add(v *Visitor, sign int64) {
	for _, row := range v.Rows {
		kind := v.T.Rows[row].Kind
		if kind != analytics.Pageview && !isInteraction(kind) || !s.page.has(v.T, row) {
			continue
		}
		one := pageCounts{}
		switch kind {
		case analytics.Click:
			one.clicks = 1
		case analytics.Scroll:
			one.scrolls = 1
		case analytics.Move:
			one.moves = 1
		default:
			one.pageviews = 1
		}
		s.add(v.T.Texts[v.T.Rows[row].Path], one, sign)
	}
}

func (s *HeatmapPagesSum) add(path string, n pageCounts, sign int64) {
	c := s.pages[path]
	if c == nil {
		c = new(pageCounts)
		s.pages[path] = c
	}
	if c.add(n, sign); *c == (pageCounts{}) {
		delete(s.pages, path)
	}
}

// Merge adds another day.
func (s *HeatmapPagesSum) Merge(day Sum) {
	o := day.(*HeatmapPagesSum)
	for path, c := range o.pages {
		s.add(path, *c, 1)
	}
	s.heard(o.cut)
	s.trim()
}

// trim keeps the paths with the most interactions, of equal ones those with the most pageviews, then the smallest.
func (s *HeatmapPagesSum) trim() {
	bound := heatBound(s.page)
	if len(s.pages) <= bound {
		return
	}
	s.heard(true)
	ranked := slices.SortedFunc(maps.Keys(s.pages), func(a, b string) int {
		x, y := s.pages[a], s.pages[b]
		return cmp.Or(cmp.Compare(y.interactions(), x.interactions()), cmp.Compare(y.pageviews, x.pageviews), strings.Compare(a, b))
	})
	for _, path := range ranked[bound:] {
		delete(s.pages, path)
	}
}

// Seal drops the paths beyond the bound, and makes the others its own.
func (s *HeatmapPagesSum) Seal() {
	if s.page == nil {
		return
	}
	s.trim()
	pages := make(map[string]*pageCounts, len(s.pages))
	for path, c := range s.pages {
		pages[strings.Clone(path)] = c
	}
	s.pages, s.page = pages, nil
}

// Size is about the memory that the sum takes.
func (s *HeatmapPagesSum) Size() int {
	n := 64
	for path := range s.pages {
		n += 72 + len(path)
	}
	return n
}

// HeatmapPage is a page with interactions.
type HeatmapPage struct {
	Path      string `json:"path"`
	Pageviews int64  `json:"pageviews"`
	Clicks    int64  `json:"clicks"`
	HasClick  bool   `json:"hasClick"`
	HasScroll bool   `json:"hasScroll"`
	HasMove   bool   `json:"hasMove"`
}

// List lists the pages with interactions, by clicks, then by path.
func (s *HeatmapPagesSum) List() []HeatmapPage {
	list := []HeatmapPage{}
	for path, c := range s.pages {
		if c.interactions() > 0 {
			list = append(list, HeatmapPage{path, c.pageviews, c.clicks, c.clicks > 0, c.scrolls > 0, c.moves > 0})
		}
	}
	slices.SortFunc(list, func(a, b HeatmapPage) int {
		return cmp.Or(cmp.Compare(b.Clicks, a.Clicks), strings.Compare(a.Path, b.Path))
	})
	return list
}
