package report

import (
	"encoding/json"
	"math/big"

	"github.com/ztas-io/ztas/analytics"
)

// metric is one number of the Query API.
type metric struct {
	name   string
	places int    // decimals of its figure
	of     uint16 // bit g: queries of that grouping have it
	values bool   // it needs the values of events
	each   bool   // it needs every single value
	figure func(c *queryCell, m2 int64) figure
	basis  func(c *queryCell) bool // whether the row has anything that the metric is made of
}

// figure is a metric's number times 10^places. wide holds one that may pass 64 bits; then n says nothing.
type figure struct {
	n    int64
	wide *big.Int
}

// compare orders figures of one metric.
func (f figure) compare(o figure) int {
	if f.wide != nil {
		return f.wide.Cmp(o.wide)
	}
	switch {
	case f.n < o.n:
		return -1
	case f.n > o.n:
		return 1
	}
	return 0
}

func (f figure) number(places int) json.Number {
	if f.wide != nil {
		return decimal(f.wide, places)
	}
	return decimal(big.NewInt(f.n), places)
}

const (
	everywhere  = 1<<groupings - 1
	withSession = 1<<byTime | 1<<bySession | 1<<byPage
	withValues  = ofEventRows | 1<<byTime
)

// metrics are all of them, in the contract's order.
var metrics = []metric{
	{name: "visitors", of: everywhere, figure: plain(func(c *queryCell) int64 { return c.visitors })},
	{name: "pageviews", of: withSession, figure: plain(func(c *queryCell) int64 { return c.pageviews })},
	{name: "sessions", of: withSession, figure: plain(func(c *queryCell) int64 { return c.sessions })},
	{name: "events", of: everywhere, figure: plain(func(c *queryCell) int64 { return c.events })},
	{
		name: "bounce_rate", places: 2, of: withSession, basis: hasSessions,
		figure: plain(func(c *queryCell) int64 { return roundedRatio(100*c.bounced, c.sessions) }),
	},
	{
		name: "visit_duration", of: withSession, basis: hasSessions,
		figure: plain(func(c *queryCell) int64 { return analytics.MeanSeconds(c.durationMS, c.sessions) }),
	},
	{
		name: "time_on_page", of: withSession, basis: func(c *queryCell) bool { return c.timeMS|c.timeFirsts != 0 },
		figure: plain(func(c *queryCell) int64 { return analytics.MeanSeconds(c.timeMS, c.timeFirsts) }),
	},
	{
		name: "views_per_visit", places: 2, of: 1<<byTime | 1<<bySession, basis: func(c *queryCell) bool { return c.pageviews|c.sessions != 0 },
		figure: plain(func(c *queryCell) int64 { return roundedRatio(c.pageviews, c.sessions) }),
	},
	{
		name: "conversion_rate", places: 2, of: 1<<byEvent | 1<<byKey | 1<<byGoal, basis: func(c *queryCell) bool { return c.visitors != 0 },
		figure: func(c *queryCell, m2 int64) figure { return figure{n: roundedRatio(100*c.visitors, m2)} },
	},
	valueMetric("value_sum", 4, false, func(t *valueTally) figure { return figure{wide: t.total()} }),
	valueMetric("value_avg", 2, false, func(t *valueTally) figure { return figure{wide: t.mean()} }),
	valueMetric("value_p50", 4, true, func(t *valueTally) figure { return figure{wide: t.percentile(50)} }),
	valueMetric("value_p90", 4, true, func(t *valueTally) figure { return figure{wide: t.percentile(90)} }),
	valueMetric("value_p99", 4, true, func(t *valueTally) figure { return figure{wide: t.percentile(99)} }),
}

func plain(count func(c *queryCell) int64) func(*queryCell, int64) figure {
	return func(c *queryCell, _ int64) figure { return figure{n: count(c)} }
}

func valueMetric(name string, places int, each bool, of func(*valueTally) figure) metric {
	return metric{
		name: name, places: places, of: withValues, values: true, each: each, basis: func(c *queryCell) bool { return c.events != 0 },
		figure: func(c *queryCell, _ int64) figure { return of(c.values) },
	}
}

func hasSessions(c *queryCell) bool { return c.sessions != 0 }

// roundedRatio is a/b in hundredths, half up; 0 when b is 0. With 100·a for a it is pct(a, b) of metrics.md §1.
func roundedRatio(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	return (200*a + b) / (2 * b)
}

// findMetric finds a metric that queries of the grouping have; nil is none.
func findMetric(name string, by grouping) *metric {
	for i := range metrics {
		if metrics[i].name == name && metrics[i].of>>by&1 != 0 {
			return &metrics[i]
		}
	}
	return nil
}

// has tells whether the row has anything that the metric is made of: a row that has nothing of what was asked for is not shown.
func (m *metric) has(c *queryCell) bool {
	if m.basis != nil {
		return m.basis(c)
	}
	return m.figure(c, 0).n != 0
}
