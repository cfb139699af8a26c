package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const heatSite = analytics.SiteID("site_abc123")

// heatDay is the day on which the tests' events happen, local time UTC.
const heatDay, heatStart = analytics.Day(20_467), int64(20_467) * 86_400_000

func heatRange(days int) analytics.Range {
	return analytics.Range{
		From: heatStart, To: heatStart + int64(days)*86_400_000, First: heatDay, Last: heatDay + analytics.Day(days-1), Zone: analytics.UTCZone(),
	}
}

// heatEvents gives events their times, one after the other, and folds them.
func heatEvents(events []analytics.Event) *testkit.Reader {
	r := testkit.NewReader(heatSite, "UTC", 100)
	for i := range events {
		e := &events[i]
		e.TS += heatStart + int64(i)*1000
		e.ReceivedAt = e.TS
		if e.Path == "" {
			e.Path = "/"
		}
		if e.Device == "" {
			e.Device = "desktop"
		}
		r.Events(*e)
	}
	return r
}

func heatSum[S report.Sum](t require.TestingT, r *testkit.Reader, q report.Question, days int) S {
	sums, err := r.Sums(context.Background(), heatSite, report.Over(q, heatRange(days)))
	require.NoError(t, err)
	return sums[0].(S)
}

func click(who byte, x, y, vw int32, selector, element, text string) analytics.Event {
	return analytics.Event{
		Kind: analytics.Click, Visitor: analytics.VisitorID{who}, X: x, Y: y, ViewportW: vw, ViewportH: 800,
		Selector: selector, Element: element, Text: text,
	}
}

func view(who byte) analytics.Event {
	return analytics.Event{Kind: analytics.Pageview, Visitor: analytics.VisitorID{who}, Channel: "direct", Source: "(direct)"}
}

func scroll(who byte, depth, vw, vh, dh int32, dwell ...analytics.Pair) analytics.Event {
	return analytics.Event{
		Kind: analytics.Scroll, Visitor: analytics.VisitorID{who}, Depth: depth, ViewportW: vw, ViewportH: vh, DocumentH: dh, Dwell: dwell,
	}
}

var desktop = report.FrameOf("desktop")

// H1 to H3: floor before binning, the bin's centre, and ties by y, then x.
func TestHeatmapClickBins(t *testing.T) {
	r := heatEvents([]analytics.Event{
		view(1), view(2), view(3),
		click(1, 646, 239, 1280, "#a", "button#a", "Buy"),
		click(1, 640, 230, 1280, "#a", "button#a", "Buy"),
		click(2, 649, 239, 1280, "#b", "a", ""),
		click(2, 969, 358, 1920, "#a", "button", "Sell"), // 646, 238
		click(2, 75, 75, 750, "#c", "i", "c"),            // 128, 128
		click(3, 128, 120, 1280, "#b", "b", "b"),
		click(3, 0, 0, 1280, "", "", ""),
		click(3, 65535, 65535, 100, "#far", "p", ""), // 838848
	})
	s := heatSum[*report.HeatmapClickSum](t, r, report.Heatmap{Type: report.HeatmapClick, Path: "/"}, 1)
	require.Equal(t, []int64{3, 8}, []int64{s.Pageviews(), s.Clicks()})
	all := []report.ClickBin{
		{X: 645, Y: 235, Count: 4, Percentage: 50, Element: "button#a", Text: "Buy"},
		{X: 125, Y: 125, Count: 2, Percentage: 25, Element: "b", Text: "b"}, // #b and #c are as frequent: the smaller selector
		{X: 5, Y: 5, Count: 1, Percentage: 12.5},
		{X: 838845, Y: 838845, Count: 1, Percentage: 12.5, Element: "p"},
	}
	require.Equal(t, all, s.Bins(desktop, 500))
	require.Equal(t, all[:2], s.Bins(desktop, 2))
	// floor((2·645·375 + 1280) / 2560) = 189, floor((2·235·375 + 1280) / 2560) = 69
	mobile, tablet := s.Bins(report.FrameOf("mobile"), 1)[0], s.Bins(report.FrameOf("tablet"), 1)[0]
	require.Equal(t, []int64{189, 69, 387, 141}, []int64{mobile.X, mobile.Y, tablet.X, tablet.Y})
	require.Equal(t, report.ClickBin{X: 1, Y: 1, Count: 1, Percentage: 12.5}, s.Bins(report.FrameOf("mobile"), 3)[2])
}

// H5: a burst is its fifth click, the others make it longer; the place is that of the fifth clicks.
func TestHeatmapRageClicks(t *testing.T) {
	burst := func(selector string, x, last int32) (list []analytics.Event) {
		for n := int32(1); n <= last; n++ {
			c := click(1, x+n, 10, 1280, selector, "e", "t")
			if n >= 5 {
				c.Rage = n
				c.X = x + 100*(n-5)
			}
			list = append(list, c)
		}
		return list
	}
	events := slices.Concat(burst("#high", 0, 12), burst("#high", 20, 7), burst("#low", 0, 5), burst("#medium", 0, 6), burst("#medium", 0, 5))
	lost := click(1, 1, 1, 1280, "#lost", "e", "t") // its fifth click was ignored
	lost.Rage = 6
	r := heatEvents(append(events, lost))
	s := heatSum[*report.HeatmapClickSum](t, r, report.Heatmap{Type: report.HeatmapRageClicks, Path: "/"}, 1)
	require.Equal(t, int64(len(events)+1), s.Clicks())
	require.Equal(t, []report.RageElement{
		{X: 5, Y: 15, Element: "e", Selector: "#high", Text: "t", Count: 2, AvgClicks: 9.5, MaxClicks: 12, Severity: "medium"},
		{X: 5, Y: 15, Element: "e", Selector: "#medium", Text: "t", Count: 2, AvgClicks: 5.5, MaxClicks: 6, Severity: "low"},
		{X: 5, Y: 15, Element: "e", Selector: "#low", Text: "t", Count: 1, AvgClicks: 5, MaxClicks: 5, Severity: "low"},
	}, s.RageClicks(desktop, 10))
	require.Len(t, s.RageClicks(desktop, 1), 1)
	for last, severity := range map[int32]string{5: "low", 6: "medium", 9: "medium", 10: "high"} {
		r := heatEvents(burst("#x", 0, last))
		list := heatSum[*report.HeatmapClickSum](t, r, report.Heatmap{Type: report.HeatmapRageClicks, Path: "/"}, 1).RageClicks(desktop, 10)
		require.Equal(t, []any{float64(last), severity}, []any{list[0].AvgClicks, list[0].Severity})
	}
}

// H6 to H8.
func TestHeatmapElementsAndDeadClicks(t *testing.T) {
	timed := func(e analytics.Event, ms int32) analytics.Event {
		e.SinceLoad, e.HasSinceLoad = ms, true
		return e
	}
	dead := func(e analytics.Event) analytics.Event { e.Dead = true; return e }
	r := heatEvents([]analytics.Event{
		view(1), view(1), view(2),
		timed(click(1, 10, 10, 1280, "#b", "b", "x"), 1004), timed(click(1, 10, 10, 1280, "#b", "a", "y"), 1005), click(1, 10, 10, 1280, "#b", "b", "y"),
		timed(dead(click(2, 30, 50, 1280, "#a", "i", "q")), 0), dead(click(2, 50, 30, 1280, "#a", "i", "p")), dead(click(2, 40, 30, 1280, "#c", "i", "p")),
		click(2, 10, 10, 1280, "#a", "i", "z"),
	})
	s := heatSum[*report.HeatmapClickSum](t, r, report.Heatmap{Type: report.HeatmapElements, Path: "/"}, 1)
	require.Equal(t, []report.ClickedElement{
		{Element: "i", Selector: "#a", Text: "p", Clicks: 3, ClickRate: 100, AvgClickTime: 0},
		{Element: "b", Selector: "#b", Text: "y", Clicks: 3, ClickRate: 100, AvgClickTime: 1}, // 1.0045
		{Element: "i", Selector: "#c", Text: "p", Clicks: 1, ClickRate: 33.33, AvgClickTime: 0},
	}, s.Elements(10))
	require.Len(t, s.Elements(2), 2)
	d := heatSum[*report.HeatmapClickSum](t, r, report.Heatmap{Type: report.HeatmapDeadClicks, Path: "/"}, 1)
	require.Equal(t, []int64{7, 3}, []int64{d.Clicks(), d.Dead()})
	require.Equal(t, []report.DeadElement{
		{X: 55, Y: 35, Element: "i", Selector: "#a", Text: "p", Clicks: 2, Percentage: 28.57}, // y before x
		{X: 45, Y: 35, Element: "i", Selector: "#c", Text: "p", Clicks: 1, Percentage: 14.29},
	}, d.DeadClicks(desktop, 10))
}

// H9: greatest depth a visitor, lower median of the heights, none of rows without a viewport.
func TestHeatmapScroll(t *testing.T) {
	r := heatEvents([]analytics.Event{
		view(1),
		scroll(1, 2499, 1280, 800, 4000), scroll(1, 5000, 1280, 800, 4000), scroll(1, 100, 1280, 801, 4000),
		scroll(2, 10_000, 0, 0, 0), scroll(3, 0, 375, 667, 4000), // 2276
		scroll(4, 7499, 1920, 1080, 4000), // 720
	})
	s := heatSum[*report.HeatmapScrollSum](t, r, report.Heatmap{Type: report.HeatmapScroll, Path: "/"}, 1)
	require.Equal(t, []report.ScrollDepth{
		{Depth: 0, Percentage: 100, Visitors: 4}, {Depth: 25, Percentage: 75, Visitors: 3}, {Depth: 50, Percentage: 75, Visitors: 3},
		{Depth: 75, Percentage: 25, Visitors: 1}, {Depth: 100, Percentage: 25, Visitors: 1},
	}, s.Depths())
	require.Equal(t, 56.25, s.AvgDepth()) // (5000 + 10000 + 0 + 7499) / 400 = 56.2475
	require.Equal(t, []int64{800, 234}, []int64{s.FoldHeight(desktop), s.FoldHeight(report.FrameOf("mobile"))})
	even := heatEvents([]analytics.Event{scroll(1, 1, 1280, 700, 4000), scroll(1, 1, 1280, 900, 4000)})
	s = heatSum[*report.HeatmapScrollSum](t, even, report.Heatmap{Type: report.HeatmapScroll, Path: "/"}, 1)
	require.Equal(t, int64(700), s.FoldHeight(desktop))
	compat := heatEvents([]analytics.Event{scroll(1, 6000, 0, 0, 0)})
	s = heatSum[*report.HeatmapScrollSum](t, compat, report.Heatmap{Type: report.HeatmapScroll, Path: "/"}, 1)
	require.Equal(t, []any{int64(1), int64(0), 60.0}, []any{s.Visitors(), s.FoldHeight(desktop), s.AvgDepth()})
}

// H10: shares by overlap, whole µs a row and band, reach by depth.
func TestHeatmapAttention(t *testing.T) {
	r := heatEvents([]analytics.Event{
		view(1),
		// [0, 600) for 3 s, [300, 900) for 1 s: bands 400·3/6 + 100/6 … of whole µs
		scroll(1, 5000, 1280, 600, 1600, analytics.Pair{0, 3000}, analytics.Pair{300, 1000}),
		scroll(2, 10_000, 1280, 600, 1200, analytics.Pair{0, 1}), // reaches 1200: bands 0, 1, 2
		scroll(3, 10_000, 0, 0, 0),     // says no viewport
		scroll(4, 10, 1280, 600, 1600), // reaches 1.6 → 1
		scroll(5, 0, 1280, 600, 1600),  // reaches nothing
	})
	s := heatSum[*report.HeatmapAttentionSum](t, r, report.Heatmap{Type: report.HeatmapAttention, Path: "/"}, 1)
	require.Equal(t, []int64{1, 2}, []int64{s.Pageviews(), s.Rows()})
	// band 0: 2,000,000 + 166,666 (floor of both) and 666; band 1: 1,000,000 + 666,666 and 333; band 2: 166,666
	require.Equal(t, []report.Area{
		{Y: 0, Height: 400, Attention: 100, AvgTime: 0.72, ScrollReach: 75},
		{Y: 400, Height: 400, Attention: 76.91, AvgTime: 0.83, ScrollReach: 50},
		{Y: 800, Height: 400, Attention: 7.69, AvgTime: 0.17, ScrollReach: 25},
	}, s.Areas(desktop))
	mobile := s.Areas(report.FrameOf("mobile"))
	require.Equal(t, []int64{0, 117, 117, 117, 234, 117},
		[]int64{mobile[0].Y, mobile[0].Height, mobile[1].Y, mobile[1].Height, mobile[2].Y, mobile[2].Height})
	nobody := heatEvents([]analytics.Event{scroll(1, 0, 1280, 600, 1600, analytics.Pair{0, 600}, analytics.Pair{5000, 0})})
	s = heatSum[*report.HeatmapAttentionSum](t, nobody, report.Heatmap{Type: report.HeatmapAttention, Path: "/"}, 1)
	require.Equal(t, []report.Area{
		{Y: 0, Height: 400, Attention: 100}, {Y: 400, Height: 400, Attention: 50}, // reached by nobody: avgTime 0
	}, s.Areas(desktop))
}

// Every sum of random events is what a plain walk over the events counts, with and without a device, of one day and of several.
func TestHeatmapRandom(t *testing.T) {
	for seed := range uint64(60) {
		events := randomHeat(rand.New(rand.NewPCG(seed, 7)), 150)
		r := heatEvents(events)
		for _, device := range []string{"", "desktop", "mobile"} {
			for _, days := range []int{1, 3} {
				compareHeat(t, fmt.Sprint("seed ", seed, " device ", device, " days ", days), r, events, device, days)
			}
		}
	}
}

// What was added can be taken away (R3): of every sum, in any order, as if it had never been.
func TestHeatmapTakeAway(t *testing.T) {
	questions := []report.Question{report.HeatmapPages{}, report.HeatmapPages{Device: "mobile"}}
	for _, kind := range []report.HeatmapType{
		report.HeatmapClick, report.HeatmapScroll, report.HeatmapMove, report.HeatmapAttention,
		report.HeatmapElements, report.HeatmapRageClicks, report.HeatmapDeadClicks,
	} {
		questions = append(questions, report.Heatmap{Type: kind, Path: "/"}, report.Heatmap{Type: kind, Path: "/", Device: "desktop"})
	}
	for seed := range uint64(10) {
		dice := rand.New(rand.NewPCG(seed, 8))
		r := heatEvents(randomHeat(dice, 200))
		err := r.Tables(context.Background(), heatSite, heatDay, heatDay, false, func(table *report.Table) error {
			for _, q := range questions {
				w := report.Window{From: table.Start, To: table.End}
				var walk report.Walker
				whole, again, none := q.New(table, w), q.New(table, w), q.New(table, w)
				report.AddAll(table, whole)
				cut := dice.IntN(table.Len() + 1)
				for v := range table.Visitors() { // the day as it was, then what came since
					if before := walk.Visitor(table, uint32(v), cut); len(before.Rows) > 0 {
						again.Add(before, 1)
						none.Add(before, 1)
					}
				}
				report.Update(table, again, cut)
				for _, v := range dice.Perm(table.Visitors()) {
					if before := walk.Visitor(table, uint32(v), cut); len(before.Rows) > 0 {
						none.Add(before, -1)
					}
				}
				fresh := q.New(table, w)
				for _, s := range []report.Sum{whole, again, none, fresh} {
					s.Seal()
				}
				require.Equal(t, whole, again, "%s: updated after row %d", q.Key(), cut)
				require.Equal(t, fresh, none, "%s: taken away", q.Key())
			}
			return nil
		})
		require.NoError(t, err)
	}
}

// Questions that differ in anything have different keys.
func TestHeatmapKeys(t *testing.T) {
	seen := map[string]report.Question{}
	for _, path := range []string{"/", "/a", ""} {
		for _, device := range []string{"", "desktop", "mobile"} {
			for _, kind := range []report.HeatmapType{report.HeatmapClick, report.HeatmapMove, report.HeatmapElements} {
				q := report.Heatmap{Type: kind, Path: path, Device: device}
				require.Nil(t, seen[q.Key()], q.Key())
				seen[q.Key()] = q
			}
		}
	}
	require.NotEqual(t, report.HeatmapPages{}.Key(), report.HeatmapPages{Device: "mobile"}.Key())
}

// Beyond the bound a day keeps the greatest counts, of equal ones the first, and several days together the same way; the totals stay.
func TestHeatmapBound(t *testing.T) {
	const bound, rangeBound = 20_000, 100_000
	var events []analytics.Event
	move := func(day int32, points []analytics.Pair) {
		events = append(events, analytics.Event{
			Kind: analytics.Move, TS: int64(day) * 86_400_000, Visitor: analytics.VisitorID{byte(day)}, ViewportW: 128, ViewportH: 800, Points: points,
		})
	}
	for row := range int32(18) { // three rows of 7,000 bins a day
		points := make([]analytics.Pair, 0, 200)
		for x := range int32(7000) {
			if points = append(points, analytics.Pair{x * 2, row * 2}); len(points) == 200 {
				move(row/3, points)
				points = make([]analytics.Pair, 0, 200)
			}
		}
	}
	move(0, []analytics.Pair{{13_998, 4}, {13_998, 4}}) // the day's last bin again
	r := heatEvents(events)
	s := heatSum[*report.HeatmapMoveSum](t, r, report.Heatmap{Type: report.HeatmapMove, Path: "/"}, 1)
	require.Equal(t, int64(21_002), s.Points())
	bins := s.Bins(desktop, 1<<20)
	require.Len(t, bins, bound)
	require.Equal(t, report.MoveBin{X: 139_990, Y: 50, Intensity: 3, Percentage: 0.01}, bins[0])
	require.Equal(t, report.MoveBin{X: 119_970, Y: 50, Intensity: 1, Percentage: 0}, bins[bound-1]) // 14,000 + 5,999 after the first
	require.Less(t, s.Size(), 2<<20)

	s = heatSum[*report.HeatmapMoveSum](t, r, report.Heatmap{Type: report.HeatmapMove, Path: "/"}, 6)
	require.Equal(t, int64(6*21_000+2), s.Points())
	require.Len(t, s.Bins(desktop, 1<<20), rangeBound)
}

// A flood of made-up selectors hides no real one, and the totals count the flood.
func TestHeatmapFlood(t *testing.T) {
	const bound = 20_000
	events := []analytics.Event{view(1)}
	for i := range bound + 10 {
		e := click(1, int32(i%1000), int32(i/1000), 1280, fmt.Sprintf("#flood%05d", i), "e", "t")
		e.Dead, e.SinceLoad, e.HasSinceLoad = true, 1000, true
		events = append(events, e)
	}
	for range 2 {
		e := click(1, 9, 9, 1280, "#real", "e", "t")
		e.SinceLoad, e.HasSinceLoad = 2000, true
		events = append(events, e)
	}
	r := heatEvents(events)
	s := heatSum[*report.HeatmapClickSum](t, r, report.Heatmap{Type: report.HeatmapElements, Path: "/"}, 1)
	list := s.Elements(1 << 20)
	require.Len(t, list, bound)
	require.Equal(t, []any{"#real", int64(2), 2.0}, []any{list[0].Selector, list[0].Clicks, list[0].AvgClickTime})
	require.Equal(t, []any{"#flood19998", 1.0}, []any{list[bound-1].Selector, list[bound-1].AvgClickTime})
	require.Equal(t, int64(bound+12), s.Clicks())
	require.Less(t, s.Size(), 10<<20)
	d := heatSum[*report.HeatmapClickSum](t, r, report.Heatmap{Type: report.HeatmapDeadClicks, Path: "/"}, 1)
	require.Equal(t, []int64{bound + 12, bound + 10}, []int64{d.Clicks(), d.Dead()})
}
