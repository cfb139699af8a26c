package compare

import (
	"fmt"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// heatmaps compares H1 to H10 of one page.
func (w *World) heatmaps() {
	w.Helper()
	today := w.s.Zone.DayAt(w.s.Now)
	first := today - analytics.Day(w.s.IntN(10))
	r, err := analytics.ResolveRange("", first.String(), (first + analytics.Day(w.s.IntN(10))).String(), "", w.s.Zone, w.s.Now)
	require.NoError(w, err)
	h := testkit.Heat{
		Path: testkit.Pick(w.s.Rand, "/", "/pricing", "/blog/a", "/nowhere"), Device: testkit.Pick(w.s.Rand, "", "", "desktop", "tablet", "mobile"),
		Span: span(r),
	}
	w.what = fmt.Sprintf("%+v", h)
	frame, limit := report.FrameOf(h.Device), testkit.Pick(w.s.Rand, 1, 4, 500)
	ask := func(kind report.HeatmapType) report.Sum {
		return w.sum(report.Heatmap{Type: kind, Path: h.Path, Device: h.Device}, r)
	}
	w.clicks(h, ask, frame, limit)
	w.scrolls(h, ask, frame)

	move := ask(report.HeatmapMove).(*report.HeatmapMoveSum)
	total, spots := w.o.Movements(h)
	bins := []report.MoveBin{}
	for _, s := range head(spots, limit) {
		bins = append(bins, report.MoveBin{X: s.X, Y: s.Y, Intensity: s.Count, Percentage: testkit.Pct(s.Count, total)})
	}
	w.same(bins, move.Bins(frame, limit), "H4")
	w.same([2]int64{total, w.o.Views(h)}, [2]int64{move.Points(), move.Pageviews()}, "H4")

	pages := []report.HeatmapPage{}
	for _, p := range w.o.HeatPages(h.Device, h.Span) {
		pages = append(pages, report.HeatmapPage{
			Path: p.Path, Pageviews: p.Views, Clicks: p.Clicks, HasClick: p.HasClick, HasScroll: p.Scroll, HasMove: p.Move,
		})
	}
	w.same(pages, w.sum(report.HeatmapPages{Device: h.Device}, r).(*report.HeatmapPagesSum).List(), "pages")
}

func (w *World) clicks(h testkit.Heat, ask func(report.HeatmapType) report.Sum, frame report.Frame, limit int) {
	w.Helper()
	clicks, views := ask(report.HeatmapClick).(*report.HeatmapClickSum), w.o.Views(h)
	total, spots := w.o.Clicks(h)
	bins := []report.ClickBin{}
	for _, s := range head(spots, limit) {
		bins = append(bins, report.ClickBin{X: s.X, Y: s.Y, Count: s.Count, Percentage: testkit.Pct(s.Count, total), Element: s.Element, Text: s.Text})
	}
	w.same(bins, clicks.Bins(frame, limit), "H3")
	w.same([2]int64{total, views}, [2]int64{clicks.Clicks(), clicks.Pageviews()}, "H3")

	elements := []report.ClickedElement{}
	for _, g := range head(w.o.Groups(h, "1"), limit) {
		elements = append(elements, report.ClickedElement{Element: g.Element, Selector: g.Selector, Text: g.Text, Clicks: g.Count,
			ClickRate: testkit.Pct(g.Count, views), AvgClickTime: testkit.Ratio(g.SinceLoadMS, 1000*g.WithSinceLoad, 2)})
	}
	w.same(elements, ask(report.HeatmapElements).(*report.HeatmapClickSum).Elements(limit), "H7 H8")

	rage := []report.RageElement{}
	for _, g := range head(w.o.Groups(h, "c.rage>=5"), limit) {
		e := report.RageElement{X: g.X, Y: g.Y, Element: g.Element, Selector: g.Selector, Text: g.Text, Count: g.Count,
			AvgClicks: testkit.Ratio(4*g.Count+g.RageRows, g.Count, 2), MaxClicks: int32(g.MaxRage), Severity: "low"}
		if mean := 4 + float64(g.RageRows)/float64(g.Count); mean >= 10 {
			e.Severity = "high"
		} else if mean >= 6 {
			e.Severity = "medium"
		}
		rage = append(rage, e)
	}
	w.same(rage, ask(report.HeatmapRageClicks).(*report.HeatmapClickSum).RageClicks(frame, limit), "H5")

	dead, all := []report.DeadElement{}, int64(0)
	groups := w.o.Groups(h, "c.dead")
	for _, g := range groups {
		all += g.Count
	}
	for _, g := range head(groups, limit) {
		dead = append(dead, report.DeadElement{X: g.X, Y: g.Y, Element: g.Element, Selector: g.Selector, Text: g.Text, Clicks: g.Count,
			Percentage: testkit.Pct(g.Count, total)})
	}
	sum := ask(report.HeatmapDeadClicks).(*report.HeatmapClickSum)
	w.same(dead, sum.DeadClicks(frame, limit), "H6")
	w.same([2]int64{all, total}, [2]int64{sum.Dead(), sum.Clicks()}, "H6")
}

func (w *World) scrolls(h testkit.Heat, ask func(report.HeatmapType) report.Sum, frame report.Frame) {
	w.Helper()
	scroll, n := ask(report.HeatmapScroll).(*report.HeatmapScrollSum), w.o.Scrolls(h)
	depths := []report.ScrollDepth{}
	for i, reached := range n.Reached {
		depths = append(depths, report.ScrollDepth{Depth: int32(25 * i), Percentage: testkit.Pct(reached, n.Base), Visitors: reached})
	}
	w.same(depths, scroll.Depths(), "H9")
	w.same(testkit.Ratio(n.DepthSum, 100*n.Base, 2), scroll.AvgDepth(), "H9")
	w.same(n.Fold, scroll.FoldHeight(frame), "H9")

	bands, most := w.o.Attention(h), int64(0)
	for _, b := range bands {
		most = max(most, b.Micros)
	}
	areas := []report.Area{}
	for _, b := range bands {
		areas = append(areas, report.Area{Y: b.Y, Height: b.Height, Attention: testkit.Ratio(100*b.Micros, most, 2),
			AvgTime: testkit.Ratio(b.Micros, 1_000_000*b.Reach, 2), ScrollReach: testkit.Pct(b.Reach, b.Base)})
	}
	w.same(areas, ask(report.HeatmapAttention).(*report.HeatmapAttentionSum).Areas(frame), "H10")
}
