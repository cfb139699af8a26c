package report_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// randomHeat makes events of three days that often collide: few places, names and visitors.
func randomHeat(dice *rand.Rand, n int) []analytics.Event {
	pick := func(list ...string) string { return list[dice.IntN(len(list))] }
	number := func(list ...int32) int32 { return list[dice.IntN(len(list))] }
	events := make([]analytics.Event, n)
	for i := range events {
		day := int64(i * 3 / n)
		e := analytics.Event{
			TS: day * 86_400_000, Visitor: analytics.VisitorID{byte(day), byte(dice.IntN(6))},
			Path: pick("/", "/", "/", "/a"), Device: pick("desktop", "mobile"),
			ViewportW: number(100, 333, 375, 1280, 1920), ViewportH: number(100, 667, 1080), Channel: "direct", Source: "(direct)",
		}
		switch dice.IntN(6) {
		case 0:
			e.Kind = analytics.Pageview
			e.ViewportW, e.ViewportH = 0, 0
		case 1:
			e.Kind = analytics.Move
			for range 1 + dice.IntN(20) {
				e.Points = append(e.Points, analytics.Pair{dice.Int32N(60), dice.Int32N(60)})
			}
		case 2:
			e.Kind, e.Depth, e.DocumentH = analytics.Scroll, number(0, 2500, 3333, 9999, 10_000), 1+dice.Int32N(9000)
			for range dice.IntN(4) {
				e.Dwell = append(e.Dwell, analytics.Pair{50 * dice.Int32N(100), dice.Int32N(5000)})
			}
			if dice.IntN(4) == 0 {
				e.ViewportW, e.ViewportH, e.DocumentH, e.Dwell = 0, 0, 0, nil
			}
		default:
			e.Kind, e.X, e.Y = analytics.Click, dice.Int32N(30), dice.Int32N(30)
			e.Selector, e.Element, e.Text = pick("", "#a", "#b"), pick("", "a", "b"), pick("", "x", "y")
			e.Dead, e.Rage = dice.IntN(2) == 0, number(0, 0, 5, 5, 6, 7, 20)
			e.SinceLoad, e.HasSinceLoad = dice.Int32N(90_000), dice.IntN(2) == 0
			if !e.HasSinceLoad {
				e.SinceLoad = 0
			}
		}
		events[i] = e
	}
	return events
}

// halfUp is a/b with two decimals, half up, in exact arithmetic.
func halfUp(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	n := new(big.Int).SetInt64(a)
	n.Mul(n, big.NewInt(200)).Add(n, big.NewInt(b)).Div(n, new(big.Int).Mul(big.NewInt(2), big.NewInt(b)))
	return float64(n.Int64()) / 100
}

// most is the value that a list has most often, the first by less of equal ones.
func most[T comparable](list []T, less func(a, b T) bool) T {
	list = slices.Clone(list)
	sort.Slice(list, func(i, j int) bool { return less(list[i], list[j]) })
	var best T
	count := 0
	for i := 0; i < len(list); {
		j := i
		for j < len(list) && list[j] == list[i] {
			j++
		}
		if j-i > count {
			best, count = list[i], j-i
		}
		i = j
	}
	return best
}

func smaller(a, b string) bool { return a < b }

type place struct{ x, y int64 }

func higher(a, b place) bool { return a.y < b.y || a.y == b.y && a.x < b.x }

func placeOf(e *analytics.Event, x, y int32, side int64) place {
	return place{int64(x) * 1280 / int64(e.ViewportW) / side, int64(y) * 1280 / int64(e.ViewportW) / side}
}

// texts collects one text of each event.
func texts(events []*analytics.Event, of func(*analytics.Event) string) (list []string) {
	for _, e := range events {
		list = append(list, of(e))
	}
	return list
}

func selectorOf(e *analytics.Event) string { return e.Selector }
func elementOf(e *analytics.Event) string  { return e.Element }
func textOf(e *analytics.Event) string     { return e.Text }

// heatRows are the events of the page "/" that a question is about, by kind.
func heatRows(events []analytics.Event, device string, days int) map[analytics.Kind][]*analytics.Event {
	rows := map[analytics.Kind][]*analytics.Event{}
	for i := range events {
		e := &events[i]
		if e.Path == "/" && (device == "" || e.Device == device) && e.TS < heatStart+int64(days)*86_400_000 {
			rows[e.Kind] = append(rows[e.Kind], e)
		}
	}
	return rows
}

// shownAt is H2 in a frame of width r.
func shownAt(c, r int64) int64 { return (2*c*r + 1280) / 2560 }

func compareHeat(t *testing.T, what string, r *testkit.Reader, events []analytics.Event, device string, days int) {
	t.Helper()
	rows := heatRows(events, device, days)
	frame := report.FrameOf(device)
	views := int64(len(rows[analytics.Pageview]))
	ask := func(kind report.HeatmapType) report.Heatmap {
		return report.Heatmap{Type: kind, Path: "/", Device: device}
	}
	clicks := heatSum[*report.HeatmapClickSum](t, r, ask(report.HeatmapClick), days)
	require.Equal(t, []int64{views, int64(len(rows[analytics.Click]))}, []int64{clicks.Pageviews(), clicks.Clicks()}, what)
	require.Equal(t, wantClickBins(rows[analytics.Click], frame.Width), clicks.Bins(frame, 5000), what)

	elements := heatSum[*report.HeatmapClickSum](t, r, ask(report.HeatmapElements), days)
	require.Equal(t, wantElements(rows[analytics.Click], views), elements.Elements(50), what)
	rage := heatSum[*report.HeatmapClickSum](t, r, ask(report.HeatmapRageClicks), days)
	require.Equal(t, wantRage(rows[analytics.Click], frame.Width), rage.RageClicks(frame, 50), what)
	dead := heatSum[*report.HeatmapClickSum](t, r, ask(report.HeatmapDeadClicks), days)
	require.Equal(t, wantDead(rows[analytics.Click], frame.Width), dead.DeadClicks(frame, 50), what)

	moves := heatSum[*report.HeatmapMoveSum](t, r, ask(report.HeatmapMove), days)
	require.Equal(t, []int64{views, int64(len(rows[analytics.Move]))}, []int64{moves.Pageviews(), moves.Rows()}, what)
	require.Equal(t, wantMoves(rows[analytics.Move], frame.Width), moves.Bins(frame, 5000), what)

	scrolls := heatSum[*report.HeatmapScrollSum](t, r, ask(report.HeatmapScroll), days)
	base, depths, mean, fold := wantScroll(rows[analytics.Scroll], frame.Width)
	require.Equal(t, []any{views, base, depths, mean, fold},
		[]any{scrolls.Pageviews(), scrolls.Visitors(), scrolls.Depths(), scrolls.AvgDepth(), scrolls.FoldHeight(frame)}, what)
	attention := heatSum[*report.HeatmapAttentionSum](t, r, ask(report.HeatmapAttention), days)
	require.Equal(t, views, attention.Pageviews(), what)
	require.Equal(t, wantAreas(rows[analytics.Scroll], frame.Width), attention.Areas(frame), what)

	pages := heatSum[*report.HeatmapPagesSum](t, r, report.HeatmapPages{Device: device}, days)
	require.Equal(t, wantPages(events, device, days), pages.List(), what)
}

func wantClickBins(clicks []*analytics.Event, width int64) []report.ClickBin {
	groups := map[place][]*analytics.Event{}
	for _, e := range clicks {
		p := placeOf(e, e.X, e.Y, 10)
		groups[p] = append(groups[p], e)
	}
	places := []place{}
	for p := range groups {
		places = append(places, p)
	}
	sort.Slice(places, func(i, j int) bool {
		a, b := len(groups[places[i]]), len(groups[places[j]])
		return a > b || a == b && higher(places[i], places[j])
	})
	want := []report.ClickBin{}
	for _, p := range places {
		g := groups[p]
		selector := most(texts(g, selectorOf), smaller)
		g = slices.DeleteFunc(slices.Clone(g), func(e *analytics.Event) bool { return e.Selector != selector })
		n := int64(len(groups[p]))
		want = append(want, report.ClickBin{
			X: shownAt(p.x*10+5, width), Y: shownAt(p.y*10+5, width), Count: n, Percentage: halfUp(100*n, int64(len(clicks))),
			Element: most(texts(g, elementOf), smaller), Text: most(texts(g, textOf), smaller),
		})
	}
	return want
}

// selected groups the clicks that satisfy choose by selector, most count first.
func selected(clicks []*analytics.Event, choose, counts func(*analytics.Event) bool) (list [][]*analytics.Event) {
	groups := map[string][]*analytics.Event{}
	number := map[string]int{}
	for _, e := range clicks {
		if choose(e) {
			groups[e.Selector] = append(groups[e.Selector], e)
			if counts(e) {
				number[e.Selector]++
			}
		}
	}
	for _, g := range groups {
		if number[g[0].Selector] > 0 {
			list = append(list, g)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i][0].Selector, list[j][0].Selector
		return number[a] > number[b] || number[a] == number[b] && a < b
	})
	return list
}

func every(*analytics.Event) bool     { return true }
func isDead(e *analytics.Event) bool  { return e.Dead }
func isRage(e *analytics.Event) bool  { return e.Rage >= 5 }
func isBurst(e *analytics.Event) bool { return e.Rage == 5 }

func wantElements(clicks []*analytics.Event, views int64) []report.ClickedElement {
	want := []report.ClickedElement{}
	for _, g := range selected(clicks, every, every) {
		ms, timed := int64(0), int64(0)
		for _, e := range g {
			if e.HasSinceLoad {
				ms, timed = ms+int64(e.SinceLoad), timed+1
			}
		}
		want = append(want, report.ClickedElement{
			Element: most(texts(g, elementOf), smaller), Selector: g[0].Selector, Text: most(texts(g, textOf), smaller), Clicks: int64(len(g)),
			ClickRate: halfUp(100*int64(len(g)), views), AvgClickTime: halfUp(ms, 1000*timed),
		})
	}
	return want
}

// commonPlace is the bin with the most of the chosen clicks.
func commonPlace(g []*analytics.Event, choose func(*analytics.Event) bool) place {
	var places []place
	for _, e := range g {
		if choose(e) {
			places = append(places, placeOf(e, e.X, e.Y, 10))
		}
	}
	return most(places, higher)
}

func wantRage(clicks []*analytics.Event, width int64) []report.RageElement {
	want := []report.RageElement{}
	for _, g := range selected(clicks, isRage, isBurst) {
		bursts, longest := int64(0), int32(0)
		for _, e := range g {
			longest = max(longest, e.Rage)
			if isBurst(e) {
				bursts++
			}
		}
		severity, mean := "low", 4+float64(len(g))/float64(bursts)
		if mean >= 10 {
			severity = "high"
		} else if mean >= 6 {
			severity = "medium"
		}
		p := commonPlace(g, isBurst)
		want = append(want, report.RageElement{
			X: shownAt(p.x*10+5, width), Y: shownAt(p.y*10+5, width), Element: most(texts(g, elementOf), smaller), Selector: g[0].Selector,
			Text: most(texts(g, textOf), smaller), Count: bursts, AvgClicks: halfUp(4*bursts+int64(len(g)), bursts), MaxClicks: longest, Severity: severity,
		})
	}
	return want
}

func wantDead(clicks []*analytics.Event, width int64) []report.DeadElement {
	want := []report.DeadElement{}
	for _, g := range selected(clicks, isDead, isDead) {
		p := commonPlace(g, isDead)
		want = append(want, report.DeadElement{
			X: shownAt(p.x*10+5, width), Y: shownAt(p.y*10+5, width), Element: most(texts(g, elementOf), smaller), Selector: g[0].Selector,
			Text: most(texts(g, textOf), smaller), Clicks: int64(len(g)), Percentage: halfUp(100*int64(len(g)), int64(len(clicks))),
		})
	}
	return want
}

func wantMoves(moves []*analytics.Event, width int64) []report.MoveBin {
	count, total := map[place]int64{}, int64(0)
	for _, e := range moves {
		for _, p := range e.Points {
			count[placeOf(e, p[0], p[1], 20)]++
			total++
		}
	}
	places := []place{}
	for p := range count {
		places = append(places, p)
	}
	sort.Slice(places, func(i, j int) bool {
		a, b := count[places[i]], count[places[j]]
		return a > b || a == b && higher(places[i], places[j])
	})
	want := []report.MoveBin{}
	for _, p := range places {
		want = append(want, report.MoveBin{
			X: shownAt(p.x*20+10, width), Y: shownAt(p.y*20+10, width), Intensity: count[p], Percentage: halfUp(100*count[p], total),
		})
	}
	return want
}

func wantScroll(scrolls []*analytics.Event, width int64) (base int64, depths []report.ScrollDepth, mean float64, fold int64) {
	greatest, heights := map[analytics.VisitorID]int32{}, []int64{}
	for _, e := range scrolls {
		greatest[e.Visitor] = max(greatest[e.Visitor], e.Depth)
		if e.ViewportW != 0 {
			heights = append(heights, int64(e.ViewportH)*1280/int64(e.ViewportW))
		}
	}
	base = int64(len(greatest))
	sum := int64(0)
	for _, d := range greatest {
		sum += int64(d)
	}
	for _, depth := range []int32{0, 25, 50, 75, 100} {
		n := int64(0)
		for _, d := range greatest {
			if d >= 100*depth {
				n++
			}
		}
		depths = append(depths, report.ScrollDepth{Depth: depth, Percentage: halfUp(100*n, base), Visitors: n})
	}
	if slices.Sort(heights); len(heights) > 0 {
		fold = shownAt(heights[(len(heights)-1)/2], width)
	}
	return base, depths, halfUp(sum, 100*base), fold
}

// wantAreas shares every millisecond out unit by unit of the page.
func wantAreas(scrolls []*analytics.Event, width int64) []report.Area {
	times, deepest := map[int64]int64{}, map[analytics.VisitorID]int64{}
	for _, e := range scrolls {
		if e.ViewportW == 0 {
			continue
		}
		vw := int64(e.ViewportW)
		deepest[e.Visitor] = max(deepest[e.Visitor], int64(e.Depth)*int64(e.DocumentH)*1280/(10_000*vw))
		height, units := int64(e.ViewportH)*1280/vw, map[int64]int64{}
		for _, pair := range e.Dwell {
			top := int64(pair[0]) * 1280 / vw
			for unit := top; unit < top+height; unit++ {
				units[unit/400] += int64(pair[1])
			}
		}
		for band, ms := range units {
			times[band] += ms * 1000 / height
		}
	}
	top, bands := int64(0), []int64{}
	for band, us := range times {
		if top = max(top, us); us > 0 {
			bands = append(bands, band)
		}
	}
	slices.Sort(bands)
	want := []report.Area{}
	for _, band := range bands {
		reach := int64(0)
		for _, d := range deepest {
			if d > 400*band {
				reach++
			}
		}
		want = append(want, report.Area{
			Y: shownAt(400*band, width), Height: shownAt(400, width), Attention: halfUp(100*times[band], top),
			AvgTime: halfUp(times[band], 1_000_000*reach), ScrollReach: halfUp(100*reach, int64(len(deepest))),
		})
	}
	return want
}

func wantPages(events []analytics.Event, device string, days int) []report.HeatmapPage {
	pages := []report.HeatmapPage{}
	for _, path := range []string{"/", "/a"} {
		p, any := report.HeatmapPage{Path: path}, false
		for i := range events {
			e := &events[i]
			if e.Path != path || device != "" && e.Device != device || e.TS >= heatStart+int64(days)*86_400_000 {
				continue
			}
			switch e.Kind {
			case analytics.Pageview:
				p.Pageviews++
			case analytics.Click:
				p.Clicks++
				p.HasClick, any = true, true
			case analytics.Scroll:
				p.HasScroll, any = true, true
			case analytics.Move:
				p.HasMove, any = true, true
			default:
				panic(fmt.Sprint("unexpected ", e.Kind))
			}
		}
		if any {
			pages = append(pages, p)
		}
	}
	sort.SliceStable(pages, func(i, j int) bool { return pages[i].Clicks > pages[j].Clicks })
	return pages
}
