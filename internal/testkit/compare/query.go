package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

var queryProperties = []string{
	"", "", "", "source", "channel", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "country", "region", "device",
	"browser", "browser_version", "os", "os_version", "entry_page", "exit_page", "page", "page", "event", "event", "prop_key", "prop_key",
	"prop:plan", "prop:size", "prop:deep.x", "goal",
}

// metricsOf lists the metrics that a property has.
func metricsOf(property string) []string {
	values := []string{"value_sum", "value_avg", "value_p50", "value_p90", "value_p99"}
	core := []string{"visitors", "pageviews", "sessions", "events", "bounce_rate", "visit_duration", "time_on_page"}
	switch {
	case property == "":
		return slices.Concat(core, []string{"views_per_visit"}, values)
	case property == "page":
		return core
	case property == "goal":
		return []string{"visitors", "events", "conversion_rate"}
	case property == "prop_key":
		return append([]string{"visitors", "events"}, values...)
	case property == "event" || strings.HasPrefix(property, "prop:"):
		return append([]string{"visitors", "events", "conversion_rate"}, values...)
	}
	return append(core, "views_per_visit")
}

// shownMetric is how a metric of a row reads; has is whether the row has anything that the metric is made of.
func shownMetric(name string, r *testkit.QueryRow) (text string, has bool) {
	count := func(n int64) (string, bool) { return fmt.Sprint(n), n != 0 }
	switch name {
	case "visitors":
		return count(r.Visitors)
	case "pageviews":
		return count(r.Pageviews)
	case "sessions":
		return count(r.Sessions)
	case "events":
		return count(r.Customs)
	case "bounce_rate":
		return testkit.Decimal(100*r.Bounces, r.Sessions, 2), r.Sessions != 0
	case "visit_duration":
		return testkit.Decimal(r.DurationMS, 1000*r.Sessions, 0), r.Sessions != 0
	case "time_on_page":
		return testkit.Decimal(r.EngagedMS, 1000*r.Engagements, 0), r.EngagedMS != 0 || r.Engagements != 0
	case "views_per_visit":
		return testkit.Decimal(r.Pageviews, r.Sessions, 2), r.Pageviews != 0 || r.Sessions != 0
	case "conversion_rate":
		return testkit.Decimal(100*r.Visitors, r.Whole, 2), r.Visitors != 0
	case "value_avg":
		return testkit.Decimal(r.Sum, 10_000*r.Values.Count, 2), r.Customs != 0
	}
	n := map[string]int64{"value_sum": r.Sum, "value_p50": r.P50, "value_p90": r.P90, "value_p99": r.P99}[name]
	return testkit.Decimal(n, 10_000, 4), r.Customs != 0
}

// query compares a query of the Query API: rows, order, paging, totals and the comparison with the range before.
func (w *World) query() {
	w.Helper()
	p, q, now := w.randomQuery()
	asked, err := p.Resolve(w.s.Zone, w.s.Now, w.goals)
	require.NoError(w, err, w.what)
	var sums []report.Sum
	for _, a := range asked.Asks() {
		sums = append(sums, w.ask(a))
	}
	data, err := json.Marshal(asked.Answer(sums))
	require.NoError(w, err)
	w.sameQuery(p, q, now, data)
}

// sameQuery compares an answer of the Query API.
func (w *World) sameQuery(p report.QueryParams, q testkit.QueryOf, now testkit.Span, data []byte) {
	w.Helper()
	var got struct {
		Results []map[string]any
		Totals  map[string]any
		Rows    int
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	require.NoError(w, d.Decode(&got))

	x := &queried{w: w, p: p, q: q, metrics: strings.Split(p.Metrics, ","), now: now}
	if p.Compare != "" {
		x.before = new(w.before(p.Period, now))
	}
	results, rows := x.rows()
	w.same(results, got.Results, "results")
	w.same(rows, got.Rows, "rows")
	totals := w.o.QueryTotals(q, now)
	var earlier testkit.QueryRow
	if x.before != nil {
		earlier = w.o.QueryTotals(q, *x.before)
	}
	w.same(x.show(nil, &totals, &earlier), got.Totals, "totals")
}

func (w *World) randomQuery() (p report.QueryParams, q testkit.QueryOf, now testkit.Span) {
	q = testkit.QueryOf{
		Property: testkit.Pick(w.s.Rand, queryProperties...), Filters: w.s.Filters(), ValueOf: testkit.Pick(w.s.Rand, "value", "value", "prop:size"),
	}
	today := w.s.Zone.DayAt(w.s.Now)
	p = report.QueryParams{SiteID: string(w.site), Property: q.Property, Filters: q.Filters, ValueOf: q.ValueOf,
		Period: testkit.Pick(w.s.Rand, "realtime", "day", "7d", "30d", "6mo", "12mo", "custom", "custom")}
	first := today
	switch p.Period {
	case "7d":
		first -= 6
	case "30d":
		first -= 29
	case "6mo", "12mo":
		months, _ := strconv.Atoi(strings.TrimSuffix(p.Period, "mo"))
		first = monthsBefore(today, months) + 1
	case "custom":
		first -= analytics.Day(w.s.IntN(12))
		p.DateFrom, p.DateTo = first.String(), (first + analytics.Day(w.s.IntN(5))).String()
	}
	now = testkit.Span{From: w.s.Zone.DayStart(first), To: w.s.Now + 1}
	if last, err := analytics.ParseDay(p.DateTo); err == nil && last < today {
		now.To = w.s.Zone.DayStart(last + 1)
	}
	metrics := metricsOf(p.Property)
	if q.Realtime = p.Period == "realtime"; q.Realtime {
		now.From = w.s.Now - 299_999
		if q.Filters == "" && slices.Contains(metricsOf(p.Property), "views_per_visit") && p.Property != "" {
			q.Filters = "page!=/nowhere" // a session without core event has no attributes
			p.Filters = q.Filters
		}
	}
	w.s.Shuffle(len(metrics), func(i, j int) { metrics[i], metrics[j] = metrics[j], metrics[i] })
	p.Metrics = strings.Join(metrics[:1+w.s.IntN(len(metrics))], ",")
	if p.Property == "" {
		p.Interval = testkit.Pick(w.s.Rand, "none", "day", "week", "month", "hour")
		if p.Interval == "hour" && today-first > 6 {
			p.Interval = "" // which is day
		}
		if q.Realtime {
			p.Interval = "none"
		}
	} else {
		p.Order = testkit.Pick(w.s.Rand, "", "", metrics[0]+":asc", metrics[len(metrics)-1]+":desc", p.Property+":desc", p.Property+":asc")
		p.Limit, p.Offset = testkit.Pick(w.s.Rand, "", "2"), testkit.Pick(w.s.Rand, "", "", "1")
		p.Search = testkit.Pick(w.s.Rand, "", "", "", "B", "/", "(NONE)")
	}
	if w.s.IntN(4) == 0 {
		p.Compare = "previous_period"
	}
	w.what = fmt.Sprintf("%+v at %d", p, w.s.Now)
	return p, q, now
}

// monthsBefore is the same date some months ago, or that month's last day.
func monthsBefore(day analytics.Day, months int) analytics.Day {
	date, err := time.Parse(time.DateOnly, day.String())
	if err != nil {
		panic(err)
	}
	begin := time.Date(date.Year(), date.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := begin.AddDate(0, 1, -1).Day()
	return analytics.DayOf(begin.AddDate(0, 0, min(date.Day(), last)-1))
}

// before is the span moved back by its number of days, its end at the same local time of day; an end that is now is a whole minute.
func (w *World) before(period string, now testkit.Span) testkit.Span {
	minute := w.s.Now / 60_000 * 60_000
	if period == "realtime" {
		return testkit.Span{From: minute - 599_999, To: minute - 299_999}
	}
	zone := w.s.Zone.Location()
	first, last := time.UnixMilli(now.From).In(zone), time.UnixMilli(now.To-1).In(zone)
	days := int(w.s.Zone.DayAt(now.To-1)-w.s.Zone.DayAt(now.From)) + 1
	from := w.s.Zone.DayStart(analytics.DayOf(first) - analytics.Day(days))
	if now.To <= w.s.Now {
		return testkit.Span{From: from, To: w.s.Zone.DayStart(analytics.DayOf(last) - analytics.Day(days) + 1)}
	}
	end := time.UnixMilli(minute).In(zone).AddDate(0, 0, -days).UnixMilli()
	return testkit.Span{From: from, To: max(from, end)}
}

// queried makes the rows that a query should have.
type queried struct {
	w       *World
	p       report.QueryParams
	q       testkit.QueryOf
	metrics []string
	now     testkit.Span
	before  *testkit.Span
}

func (x *queried) show(o map[string]any, r, before *testkit.QueryRow) map[string]any {
	if o == nil {
		o = make(map[string]any)
	}
	for _, m := range x.metrics {
		text, _ := shownMetric(m, r)
		o[m] = json.Number(text)
	}
	if x.before != nil {
		previous := make(map[string]any)
		for _, m := range x.metrics {
			text, _ := shownMetric(m, before)
			previous[m] = json.Number(text)
		}
		o["previous"] = previous
	}
	return o
}

func (x *queried) rows() (results []map[string]any, rows int) {
	x.w.Helper()
	results = []map[string]any{}
	if x.p.Property == "" {
		return x.series()
	}
	earlier := make(map[string]*testkit.QueryRow)
	if x.before != nil {
		for _, r := range x.w.o.Query(x.q, *x.before) {
			earlier[r.Key] = &r
		}
	}
	list := slices.DeleteFunc(x.w.o.Query(x.q, x.now), func(r testkit.QueryRow) bool { return !x.has(&r) })
	x.sort(list)
	rows = len(list)
	if x.p.Offset != "" {
		list = list[min(1, len(list)):]
	}
	limit := 100 // the default
	if x.p.Limit != "" {
		limit = 2
	}
	list = list[:min(limit, len(list))]
	for _, r := range list {
		o := map[string]any{x.p.Property: r.Key}
		if strings.HasPrefix(x.p.Property, "prop:") {
			o = map[string]any{"value": r.Key}
		}
		if x.p.Property == "goal" {
			o["name"] = "Goal " + strings.TrimPrefix(r.Key, "goal_")
		}
		before := earlier[r.Key]
		if before == nil {
			before = new(testkit.QueryRow)
		}
		results = append(results, x.show(o, &r, before))
	}
	return results, rows
}

// has tells whether a row is shown: it was searched for and has something of what was asked. A goal is always shown.
func (x *queried) has(r *testkit.QueryRow) bool {
	if x.p.Property == "goal" {
		name := "goal " + strings.TrimPrefix(r.Key, "goal_")
		return strings.Contains(r.Key+"\n"+name, strings.ToLower(x.p.Search))
	}
	return strings.Contains(strings.ToLower(r.Key), strings.ToLower(x.p.Search)) &&
		slices.ContainsFunc(x.metrics, func(m string) bool { _, has := shownMetric(m, r); return has })
}

func (x *queried) sort(list []testkit.QueryRow) {
	metric, ascending := x.metrics[0], strings.HasSuffix(x.p.Order, ":asc")
	if x.p.Order != "" {
		metric = x.p.Order[:strings.LastIndexByte(x.p.Order, ':')]
	}
	slices.SortFunc(list, func(a, b testkit.QueryRow) int {
		if metric == x.p.Property {
			if ascending {
				return strings.Compare(a.Key, b.Key)
			}
			return strings.Compare(b.Key, a.Key)
		}
		one, _ := shownMetric(metric, &a)
		other, _ := shownMetric(metric, &b)
		m, _ := new(big.Rat).SetString(one)
		n, _ := new(big.Rat).SetString(other)
		c := n.Cmp(m)
		if ascending {
			c = -c
		}
		if c == 0 {
			c = strings.Compare(a.Key, b.Key)
		}
		return c
	})
}

func (x *queried) series() (results []map[string]any, rows int) {
	x.w.Helper()
	results = []map[string]any{}
	one := func(s testkit.Span) *testkit.QueryRow { return new(x.w.o.Query(x.q, s)[0]) }
	if x.p.Interval == "none" {
		before := new(testkit.QueryRow)
		if x.before != nil {
			before = one(*x.before)
		}
		return append(results, x.show(nil, one(x.now), before)), 1
	}
	zone := x.w.s.Zone.Location()
	var earlier []testkit.Bucket
	if x.before != nil {
		earlier = testkit.Buckets(zone, *x.before, x.p.Interval)
	}
	for i, b := range testkit.Buckets(zone, x.now, x.p.Interval) {
		before := new(testkit.QueryRow)
		if i < len(earlier) {
			before = one(earlier[i].Span)
		}
		results = append(results, x.show(map[string]any{"date": b.Date}, one(b.Span), before))
	}
	return results, len(results)
}
