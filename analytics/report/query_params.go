package report

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ztas-io/ztas/analytics"
)

// QueryParams are the parameters of a query of the Query API, as sent; "" is absent.
type QueryParams struct {
	SiteID, Period, DateFrom, DateTo, Metrics, Property, Interval, Filters, Compare, ValueOf, Order, Search, Limit, Offset string
}

// The intervals of the Query API.
const (
	intervalNone  = "none"
	intervalHour  = "hour"
	intervalDay   = "day"
	intervalWeek  = "week"
	intervalMonth = "month"
)

// The bounds of parameters.
const (
	maxQueryRows   = 1000
	maxQuerySearch = 100 // code points
	maxHourlyDays  = 7
)

const realtimePeriod = "realtime"

// Query is a resolved query. It is immutable and safe for concurrent use.
type Query struct {
	params   QueryParams // cleaned, with defaults
	property queryProperty
	metrics  []*metric
	rng      analytics.Range
	before   *analytics.Range // of the comparison; nil: none
	order    queryOrder
	limit    int
	offset   int
	goals    []*analytics.Goal // the site's, with property goal
	question *queryQuestion
}

// queryOrder says how rows are ordered.
type queryOrder struct {
	metric    *metric // nil: by the property
	ascending bool
}

// Resolve checks the parameters at the time now (UTC ms) and applies the defaults of the Query API. goals are those of the site, which must
// not change. Errors are analytics.Invalid.
func (p QueryParams) Resolve(zone analytics.Zone, now int64, goals []*analytics.Goal) (*Query, error) {
	p = p.cleaned()
	if p.SiteID == "" {
		return nil, analytics.Invalid("site_id parameter is required")
	}
	q := &Query{params: p}
	var err error
	if q.rng, err = queryRange(&p, zone, now); err != nil {
		return nil, err
	}
	for _, check := range []func() error{q.readProperty, q.readMetrics, q.readInterval, q.readOrder, q.readPage} {
		if err = check(); err != nil {
			return nil, err
		}
	}
	if p.Compare != "" && p.Compare != "previous_period" {
		return nil, analytics.Invalid("Invalid comparison")
	}
	if p.Compare != "" {
		before := movedBack(q.rng, p.Period == realtimePeriod, now)
		q.before = &before
	}
	filters, err := ParseFilters(p.Filters, goals)
	if err != nil {
		return nil, err
	}
	if q.property.by == byGoal {
		q.goals = goals
	}
	q.question, err = q.ask(filters)
	return q, err
}

// cleaned trims the texts and removes control characters (README §1), and puts in the defaults that depend on nothing.
func (p QueryParams) cleaned() QueryParams {
	for _, text := range []*string{
		&p.SiteID, &p.Period, &p.DateFrom, &p.DateTo, &p.Metrics, &p.Property, &p.Interval, &p.Filters, &p.Compare, &p.ValueOf, &p.Order,
		&p.Search, &p.Limit, &p.Offset,
	} {
		*text = cleanParam(*text)
	}
	if p.Period == "" {
		p.Period = "7d"
	}
	return p
}

func cleanParam(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

func (q *Query) readProperty() error {
	property, ok := parseQueryProperty(q.params.Property)
	if !ok {
		return analytics.Invalid("Invalid property: " + q.params.Property)
	}
	q.property = property
	return nil
}

// readMetrics reads the comma list; a metric that is named twice is answered once. By default it is visitors and pageviews, of which a property
// may have the former only.
func (q *Query) readMetrics() error {
	if q.params.Metrics == "" {
		q.params.Metrics = "visitors"
		if findMetric("pageviews", q.property.by) != nil {
			q.params.Metrics = "visitors,pageviews"
		}
	}
	for name := range strings.SplitSeq(q.params.Metrics, ",") {
		name = strings.TrimSpace(name)
		m := findMetric(name, q.property.by)
		if m == nil {
			return analytics.Invalid("Invalid metric: " + name)
		}
		if !slices.Contains(q.metrics, m) {
			q.metrics = append(q.metrics, m)
		}
	}
	return nil
}

func (q *Query) readInterval() error {
	p := &q.params
	switch p.Interval {
	case "":
		p.Interval = intervalDay
		if p.Period == realtimePeriod {
			p.Interval = intervalNone
		}
		if p.Property != "" {
			p.Interval = intervalNone
		}
		return nil
	case intervalNone, intervalDay, intervalWeek, intervalMonth:
	case intervalHour:
		if q.rng.Last-q.rng.First+1 > maxHourlyDays {
			return analytics.Invalid("Invalid interval")
		}
	default:
		return analytics.Invalid("Invalid interval")
	}
	if p.Property != "" {
		return analytics.Invalid("interval cannot be combined with property")
	}
	return nil
}

func (q *Query) readOrder() error {
	q.order.metric = q.metrics[0]
	text := q.params.Order
	if text == "" {
		return nil
	}
	name, ascending := strings.CutSuffix(text, ":asc")
	name, descending := strings.CutSuffix(name, ":desc")
	q.order = queryOrder{findMetric(name, q.property.by), ascending}
	if ascending == descending || q.order.metric == nil && (q.property.name == "" || name != q.property.name) {
		return analytics.Invalid("Invalid order: " + text)
	}
	return nil
}

// readPage reads which rows are wanted.
func (q *Query) readPage() error {
	p := &q.params
	if utf8.RuneCountInString(p.Search) > maxQuerySearch {
		return analytics.Invalid("Search must not exceed 100 characters")
	}
	q.limit = 100
	if p.Limit != "" {
		n, err := strconv.Atoi(p.Limit)
		if err != nil || n < 1 || n > maxQueryRows {
			return analytics.Invalid("Limit must be between 1 and 1000")
		}
		q.limit = n
	}
	if p.Offset != "" {
		n, err := strconv.Atoi(p.Offset)
		if err != nil || n < 0 {
			return analytics.Invalid("Offset must be 0 or greater")
		}
		q.offset = n
	}
	return nil
}

// ask makes the question whose sums answer the query.
func (q *Query) ask(filters Filters) (*queryQuestion, error) {
	ask := &queryQuestion{
		property: q.property, filters: filters, goals: q.goals, realtime: q.params.Period == realtimePeriod, zone: q.rng.Zone,
	}
	if q.params.ValueOf != "" && q.params.ValueOf != "value" {
		key, ok := queryKey(q.params.ValueOf)
		if !ok {
			return nil, analytics.Invalid("Invalid value_of: " + q.params.ValueOf)
		}
		ask.valueOf = key
	}
	wanted := q.metrics
	if q.order.metric != nil {
		wanted = append(slices.Clone(wanted), q.order.metric)
	}
	for _, m := range wanted {
		ask.values = ask.values || m.values
		ask.each = ask.each || m.each
	}
	if q.property.by == byTime {
		ask.grain = q.params.Interval
		if ask.grain == intervalWeek || ask.grain == intervalMonth {
			ask.grain = intervalDay
		}
	}
	q.rng.Interval = analytics.Daily
	if ask.grain == intervalHour {
		q.rng.Interval = analytics.Hourly
	}
	if q.before != nil {
		q.before.Interval = q.rng.Interval
	}
	ask.key = ask.name()
	return ask, nil
}
