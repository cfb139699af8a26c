package testkit

import "fmt"

// Reference frames (metrics.md §6).
var frames = map[string]int64{"": 1280, "desktop": 1280, "tablet": 768, "mobile": 375}

// Heat is the part of a page's rows that a heatmap shows. Device "" is any.
type Heat struct {
	Path, Device string
	Span         Span
}

func (h Heat) rows(kind string) string {
	c := fmt.Sprintf("e.type='%s' AND e.path=%s AND %s", kind, quote(h.Path), h.Span.within("e.ts"))
	if h.Device != "" {
		c += " AND e.device=" + quote(h.Device)
	}
	return c
}

// shown is H2: a length of the desktop frame in the frame of the device.
func (h Heat) shown(expr string) string {
	return fmt.Sprintf("((2*(%s)*%d+1280)/2560)", expr, frames[h.Device])
}

// Spot is a bin of clicks or movements, shown in the frame, with its count.
type Spot struct {
	X, Y, Count   int64
	Element, Text string
}

// Views counts the page's pageviews.
func (o *Oracle) Views(h Heat) int64 { return o.heatCount(h, "pageview") }

func (o *Oracle) heatCount(h Heat, kind string) int64 {
	o.t.Helper()
	return one(o, func(n *int64) []any { return []any{n} }, "SELECT COUNT(*) FROM events e WHERE "+h.rows(kind))
}

// top is the most frequent value of a column among rows of a common table, the smallest of equal ones.
func top(column, from, where string) string {
	return fmt.Sprintf("(SELECT %s FROM %s WHERE %s GROUP BY 1 ORDER BY COUNT(*) DESC, 1 LIMIT 1)", column, from, where)
}

const clickBins = "WITH c AS MATERIALIZED (SELECT e.*, e.x*1280/e.vw/10 bx, e.y*1280/e.vw/10 by_ FROM events e WHERE %s)\n"

// Clicks is H3: all clicks, and the bins by count desc, y, x.
func (o *Oracle) Clicks(h Heat) (total int64, bins []Spot) {
	o.t.Helper()
	bins = ask(o, func(s *Spot) []any { return []any{&s.X, &s.Y, &s.Count, &s.Element, &s.Text} }, fmt.Sprintf(clickBins+`,
b AS (SELECT bx, by_, COUNT(*) n, %s sel FROM c GROUP BY bx, by_)
SELECT %s, %s, n, %s, %s FROM b ORDER BY n DESC, by_, bx`, h.rows("click"),
		"(SELECT i.selector FROM c i WHERE i.bx=c.bx AND i.by_=c.by_ GROUP BY 1 ORDER BY COUNT(*) DESC, 1 LIMIT 1)",
		h.shown("bx*10+5"), h.shown("by_*10+5"),
		top("i.element", "c i", "i.bx=b.bx AND i.by_=b.by_ AND i.selector=b.sel"), top("i.text", "c i", "i.bx=b.bx AND i.by_=b.by_ AND i.selector=b.sel")))
	return o.heatCount(h, "click"), bins
}

// Movements is H4.
func (o *Oracle) Movements(h Heat) (total int64, bins []Spot) {
	o.t.Helper()
	bins = ask(o, func(s *Spot) []any { return []any{&s.X, &s.Y, &s.Count} }, fmt.Sprintf(`WITH p AS (SELECT
 json_extract(j.value,'$[0]')*1280/e.vw/20 bx, json_extract(j.value,'$[1]')*1280/e.vw/20 by_ FROM events e, json_each(e.points) j WHERE %s)
SELECT %s, %s, COUNT(*) FROM p GROUP BY bx, by_ ORDER BY 3 DESC, by_, bx`, h.rows("move"), h.shown("bx*20+10"), h.shown("by_*20+10")))
	for _, b := range bins {
		total += b.Count
	}
	return total, bins
}

// Clicked is a group of clicks by selector: H5 to H8.
type Clicked struct {
	Selector                   string
	X, Y                       int64 // not of elements
	Element, Text              string
	Count                      int64 // clicks, dead clicks, or rows with rage = 5
	SinceLoadMS, WithSinceLoad int64 // of elements
	RageRows, MaxRage          int64 // of rage
}

// Groups groups the clicks that satisfy a condition by selector: "1" for elements, "c.dead" and "c.rage>=5".
func (o *Oracle) Groups(h Heat, condition string) []Clicked {
	o.t.Helper()
	count, where := "COUNT(*)", condition
	if condition == "c.rage>=5" {
		count, where = "SUM(c.rage=5)", "c.rage=5"
	}
	inner := "c.selector=g.selector AND " + condition
	return ask(o, func(g *Clicked) []any {
		return []any{&g.Selector, &g.X, &g.Y, &g.Element, &g.Text, &g.Count, &g.SinceLoadMS, &g.WithSinceLoad, &g.RageRows, &g.MaxRage}
	}, fmt.Sprintf(clickBins+`,
g AS (SELECT c.selector, %s counted, COALESCE(SUM(c.since_load_ms),0) ms, COUNT(c.since_load_ms) timed,
  COALESCE(SUM(c.rage>=5),0) rows_, COALESCE(MAX(c.rage),0) most FROM c WHERE %s GROUP BY 1 HAVING counted>0)
SELECT g.selector,
 (SELECT %s FROM c WHERE c.selector=g.selector AND %[5]s GROUP BY c.bx, c.by_ ORDER BY COUNT(*) DESC, c.by_, c.bx LIMIT 1),
 (SELECT %[6]s FROM c WHERE c.selector=g.selector AND %[5]s GROUP BY c.bx, c.by_ ORDER BY COUNT(*) DESC, c.by_, c.bx LIMIT 1),
 %[7]s, %[8]s, counted, ms, timed, rows_, most FROM g ORDER BY counted DESC, g.selector`, h.rows("click"), count, condition,
		h.shown("c.bx*10+5"), where, h.shown("c.by_*10+5"), top("c.element", "c", inner), top("c.text", "c", inner)))
}

// Scrolled is H9.
type Scrolled struct {
	Base       int64
	Reached    [5]int64 // visitors with depth >= 0, 25, 50, 75, 100
	DepthSum   int64    // of the visitors' greatest, hundredths
	Fold       int64    // shown; 0 without any row with viewport
	WithWindow int64    // rows with viewport
}

// Scrolls counts the page's scroll rows.
func (o *Oracle) Scrolls(h Heat) Scrolled {
	o.t.Helper()
	o.refresh()
	s := one(o, func(s *Scrolled) []any {
		return []any{&s.Base, &s.Reached[0], &s.Reached[1], &s.Reached[2], &s.Reached[3], &s.Reached[4], &s.DepthSum}
	}, fmt.Sprintf(`SELECT COUNT(*), COUNT(*), COALESCE(SUM(d>=2500),0), COALESCE(SUM(d>=5000),0), COALESCE(SUM(d>=7500),0), COALESCE(SUM(d>=10000),0),
 COALESCE(SUM(d),0) FROM (SELECT MAX(depth) d FROM events e WHERE %s GROUP BY visitor_id)`, h.rows("scroll")))
	for _, m := range ask(o, func(m *[2]int64) []any { return []any{&m[0], &m[1]} }, fmt.Sprintf(
		`SELECT %s, n FROM (SELECT e.vh*1280/e.vw v, ROW_NUMBER() OVER (ORDER BY e.vh*1280/e.vw) rn, COUNT(*) OVER () n FROM events e
 WHERE %s AND e.vw IS NOT NULL) WHERE rn=(n-1)/2+1`, h.shown("v"), h.rows("scroll"))) {
		s.Fold, s.WithWindow = m[0], m[1]
	}
	return s
}

// Band is one band of attention, H10. Y and Height are shown.
type Band struct{ Y, Height, Micros, Reach, Base int64 }

// Attention returns the bands with time from top to bottom.
func (o *Oracle) Attention(h Heat) []Band {
	o.t.Helper()
	o.refresh()
	return ask(o, func(b *Band) []any { return []any{&b.Y, &b.Height, &b.Micros, &b.Reach, &b.Base} }, fmt.Sprintf(`WITH RECURSIVE
d AS MATERIALIZED (SELECT e.n, json_extract(j.value,'$[0]')*1280/e.vw a, json_extract(j.value,'$[1]') ms, e.vh*1280/e.vw h
 FROM events e, json_each(e.dwell) j WHERE %[1]s AND e.vw IS NOT NULL),
b(n, a, ms, h, k) AS (SELECT n, a, ms, h, a/400 FROM d WHERE h>0 UNION ALL SELECT n, a, ms, h, k+1 FROM b WHERE (k+1)*400<a+h),
t AS (SELECT n, k, SUM(ms*(MIN(a+h,400*k+400)-MAX(a,400*k)))*1000/h us FROM b GROUP BY n, k),
r AS MATERIALIZED (SELECT MAX(depth*e.dh*1280/(10000*e.vw)) deepest FROM events e WHERE %[1]s AND e.vw IS NOT NULL GROUP BY visitor_id)
SELECT %[2]s, %[3]s, SUM(us), (SELECT COUNT(*) FROM r WHERE deepest>400*k), (SELECT COUNT(*) FROM r) FROM t GROUP BY k HAVING SUM(us)>0 ORDER BY k`,
		h.rows("scroll"), h.shown("400*k"), h.shown("400")))
}

// HeatPage is one path with interactions.
type HeatPage struct {
	Path                   string
	Views, Clicks          int64
	HasClick, Scroll, Move bool
}

// HeatPages lists the paths with interactions, by clicks desc, path.
func (o *Oracle) HeatPages(device string, s Span) []HeatPage {
	o.t.Helper()
	where := s.within("ts")
	if device != "" {
		where += " AND device=" + quote(device)
	}
	return ask(o, func(p *HeatPage) []any { return []any{&p.Path, &p.Views, &p.Clicks, &p.HasClick, &p.Scroll, &p.Move} }, fmt.Sprintf(
		`SELECT path, SUM(type='pageview'), SUM(type='click'), SUM(type='click')>0, SUM(type='scroll')>0, SUM(type='move')>0 FROM events
 WHERE %s GROUP BY path HAVING SUM(type IN ('click','scroll','move'))>0 ORDER BY 3 DESC, 1`, where))
}
