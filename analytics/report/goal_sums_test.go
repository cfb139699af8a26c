package report_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const sumSite analytics.SiteID = "site_abc123"

// sumCase is a few visitors' random days, as tables that grew block by block.
type sumCase struct {
	rng    *rand.Rand
	zone   analytics.Zone
	tables []*report.Table
	window report.Window
	rang   analytics.Range
	growth [][]int // by table: its lengths while it grew
	people int
	paths  []string
	landed []analytics.Landed
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }

// newSumCase folds a random stream of 2 local days, one of which may have a change of the clock.
func newSumCase(t *testing.T, seed uint64) *sumCase {
	c := &sumCase{rng: newRand(seed)}
	zone, err := analytics.LoadZone("America/New_York")
	require.NoError(t, err)
	c.zone, c.people, c.paths = zone, 1+c.rng.IntN(4), sumPaths[:2+c.rng.IntN(len(sumPaths)-1)]
	reader := testkit.NewReader(sumSite, "America/New_York", 1000)
	day := analytics.DayOf(time.Date(2026, 3, 7+c.rng.IntN(2), 0, 0, 0, 0, time.UTC))
	start, end := zone.DayStart(day), zone.DayStart(day+2)
	byDay := map[analytics.Day]int{}
	for left := 5 + c.rng.IntN(70); left > 0; {
		n := min(left, 1+c.rng.IntN(20))
		left -= n
		events := make([]analytics.Event, n)
		for i := range events {
			events[i] = c.event(start, end)
		}
		c.landed = append(c.landed, reader.Events(events...).Landed...)
		c.grow(t, reader, byDay)
	}
	c.rang = analytics.Range{From: start, To: end, First: day, Last: day + 1, Zone: zone, Interval: analytics.Daily}
	switch c.rng.IntN(3) {
	case 0:
		c.rang.Interval = analytics.Hourly
	case 1: // as 24h: from a full hour on
		hours := zone.Hours(day)
		c.rang.From, c.rang.Interval = hours[c.rng.IntN(len(hours)-1)], analytics.Hourly
	}
	c.window = report.Window{From: c.rang.From, To: end}
	return c
}

// grow brings the tables up to what the reader holds.
func (c *sumCase) grow(t *testing.T, reader *testkit.Reader, byDay map[analytics.Day]int) {
	view := reader.State.View()
	for _, day := range view.Days() {
		rows, ok := view.Rows(day)
		require.True(t, ok)
		require.Len(t, rows.Runs, 1)
		if _, known := byDay[day]; !known {
			byDay[day] = len(c.tables)
			c.tables = append(c.tables, report.NewTable(sumSite.Partition(), day, rows.Bounds))
			c.growth = append(c.growth, nil)
		}
		i := byDay[day]
		if at := c.tables[i].Len(); at < rows.Runs[0].Len() {
			c.growth[i] = append(c.growth[i], at)
			c.tables[i].Append(rows.Runs[0], at)
		}
	}
}

var sumPaths = []string{"/", "/pricing", "/signup", "/thank-you", "/blog/a", "/blog/b"}

// event is a random event: times cluster, so that some are equal and others are a window or a session apart.
func (c *sumCase) event(start, end int64) analytics.Event {
	one := func(list ...string) string { return list[c.rng.IntN(len(list))] }
	e := analytics.Event{
		ID: analytics.PackEventID("random-" + strconv.FormatUint(c.rng.Uint64(), 36)), Visitor: analytics.VisitorID{byte(c.rng.IntN(c.people))},
		TS:   start + c.rng.Int64N(5)*(end-start)/5 + c.rng.Int64N(12)*300_000 + c.rng.Int64N(3)*1000,
		Path: one(c.paths...), Device: one("desktop", "mobile"), Country: one("US", "DE"), Browser: "Chrome", OS: "Linux",
		SessionKey: one("", "", "a", "b"),
	}
	e.TS = min(e.TS, end-1)
	e.ReceivedAt = e.TS
	e.Visitor[1] = byte(c.zone.DayAt(e.TS))
	switch c.rng.IntN(6) {
	case 0:
		e.Kind, e.TimeOnPage, e.Seq = analytics.Engagement, 1000, 1
	case 1, 2:
		e.Kind, e.Action, e.Category, e.Label = analytics.Custom, one("buy", "click"), one("", "shop", "app"), one("", "x")
		if c.rng.IntN(2) == 0 {
			e.HasValue, e.Value = true, analytics.Fixed(c.rng.Int64N(2e16)-1e16)
		}
	default:
		e.Kind, e.Channel, e.Source = analytics.Pageview, "referral", one("a.com", "b.com", "c.com")
	}
	return e
}

func (c *sumCase) goals() []*analytics.Goal {
	at := func() int64 { return c.window.From + c.rng.Int64N(c.window.To-c.window.From) }
	return []*analytics.Goal{
		{ID: "goal_page", Type: analytics.PageviewGoal, Path: "/thank-you", Value: 50_000},
		{ID: "goal_any", Type: analytics.PageviewGoal, MatchType: analytics.MatchContains, Path: "blog", Value: 1, TrackedSince: at()},
		{ID: "goal_re2", Type: analytics.PageviewGoal, MatchType: analytics.MatchRegex, Path: "^/(blog/a)?$", Value: 12_345},
		{ID: "goal_event", Type: analytics.EventGoal, EventAction: "buy", Value: 500_000},
		{ID: "goal_label", Type: analytics.EventGoal, EventAction: "click", EventCategory: "shop", EventLabel: "x"},
		{ID: "goal_long", Type: analytics.DurationGoal, DurationSeconds: 1 + c.rng.Int64N(1200), Value: 10_000},
		{ID: "goal_late", Type: analytics.DurationGoal, DurationSeconds: 1, TrackedSince: at()},
	}
}

// filters are random ones, and what they say of a session's entry.
func (c *sumCase) filters(t *testing.T) (report.Filters, func(row *analytics.Row, table *report.Table) bool) {
	text, says := "", func(*analytics.Row, *report.Table) bool { return true }
	switch c.rng.IntN(4) {
	case 0:
		text, says = "country==US", func(row *analytics.Row, table *report.Table) bool { return table.Clients[row.Client].Country == "US" }
	case 1:
		text, says = "entry_page!=/", func(row *analytics.Row, table *report.Table) bool { return table.Texts[row.Path] != "/" }
	}
	f, err := report.ParseFilters(text, nil)
	require.NoError(t, err)
	return f, says
}

// check expects of a question that its sum is the same however it was made, and returns it. The sums of days are merged sealed or not.
func (c *sumCase) check(t *testing.T, q report.Question) report.Sum {
	total := q.New(nil, c.window)
	for i, table := range c.tables {
		whole := q.New(table, c.window)
		report.AddAll(table, whole)
		c.checkUpdate(t, q, i, whole)
		c.checkTakenAway(t, q, table)
		if c.rng.IntN(2) == 0 {
			whole.Seal()
		}
		total.Merge(whole)
	}
	total.Seal()
	require.Positive(t, total.Size())
	return total
}

// checkUpdate cuts the table's rows at every length that it had and expects the whole sum from the last cut on.
func (c *sumCase) checkUpdate(t *testing.T, q report.Question, i int, whole report.Sum) {
	for _, counted := range c.growth[i] {
		table := c.tables[i]
		part := q.New(table, c.window)
		var w report.Walker
		for v := range table.Visitors() {
			if before := w.Visitor(table, uint32(v), counted); len(before.Rows) > 0 {
				part.Add(before, 1)
			}
		}
		report.Update(table, part, counted)
		require.Equal(t, sealed(q, whole), sealed(q, part), "R1: counted %d", counted)
	}
}

// checkTakenAway expects that adding all visitors and taking them away again leaves the empty sum (R3).
func (c *sumCase) checkTakenAway(t *testing.T, q report.Question, table *report.Table) {
	sum := q.New(table, c.window)
	report.AddAll(table, sum)
	var w report.Walker
	for _, v := range c.rng.Perm(table.Visitors()) {
		sum.Add(w.Visitor(table, uint32(v), table.Len()), -1)
	}
	empty := q.New(table, c.window)
	empty.Seal()
	sum.Seal()
	require.Equal(t, empty, sum, "R3")
}

// sealed copies a sum as one that is done.
func sealed(q report.Question, s report.Sum) report.Sum {
	out := q.New(nil, report.Window{})
	out.Merge(s)
	out.Seal()
	return out
}

// dumbSession is a session found by looking through all rows.
type dumbSession struct {
	table *report.Table
	rows  []uint32 // in the contract's order
	core  []uint32
	start int64 // UTC ms
	last  int64
}

func (s *dumbSession) entry() *analytics.Row { return &s.table.Rows[s.core[0]] }
func (s *dumbSession) entryPath() string     { return s.table.Texts[s.entry().Path] }
func (s *dumbSession) visitor() dumbVisitor  { return dumbVisitor{s.table.Day, s.entry().Visitor} }
func (s *dumbSession) source() string {
	if e := s.entry(); e.Kind == analytics.Pageview {
		return s.table.Origin(e.Origin).Source
	}
	return "(direct)"
}

type dumbVisitor struct {
	day analytics.Day
	n   uint32
}

// sessions are those with a core event that the filter keeps.
func (c *sumCase) sessions(keep func(*analytics.Row, *report.Table) bool) []*dumbSession {
	var out []*dumbSession
	for _, table := range c.tables {
		for session := range table.Rows { // no day has more sessions than rows
			s := &dumbSession{table: table}
			for i := range table.Rows {
				if table.Rows[i].Session == uint32(session) {
					at := len(s.rows)
					for at > 0 && table.Compare(uint32(i), s.rows[at-1]) < 0 {
						at--
					}
					s.rows = append(s.rows[:at], append([]uint32{uint32(i)}, s.rows[at:]...)...)
				}
			}
			for _, i := range s.rows {
				s.last = max(s.last, table.Time(i))
				if table.Rows[i].Kind.IsCore() {
					s.core = append(s.core, i)
				}
			}
			if len(s.core) > 0 && keep(&table.Rows[s.core[0]], table) {
				s.start = table.Time(s.core[0])
				out = append(out, s)
			}
		}
	}
	return out
}

// exampleReader is the worked example of metrics.md §7.
func exampleReader(t *testing.T) (*testkit.Reader, analytics.Zone) {
	zone, err := analytics.LoadZone(testkit.ExampleZone)
	require.NoError(t, err)
	r := testkit.NewReader(sumSite, testkit.ExampleZone, 1000)
	r.Events(testkit.ExampleEvents()...)
	return r, zone
}

// ask answers one question about whole days of the example.
func ask[S report.Sum](t *testing.T, r *testkit.Reader, q report.Question, rang analytics.Range) S {
	sums, err := r.Sums(context.Background(), sumSite, report.Over(q, rang))
	require.NoError(t, err)
	return sums[0].(S)
}

func exampleRange(zone analytics.Zone, first, last int) analytics.Range {
	day := func(n int) analytics.Day { return analytics.DayOf(time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC)) }
	r := analytics.Range{
		From: zone.DayStart(day(first)), To: zone.DayStart(day(last) + 1), First: day(first), Last: day(last), Zone: zone, Interval: analytics.Daily,
	}
	if first == last {
		r.Interval = analytics.Hourly
	}
	return r
}

// timeIn is how an hour of a series is written.
func timeIn(zone analytics.Zone, ms int64) string {
	return time.UnixMilli(ms).In(zone.Location()).Format("2006-01-02T15:04:05-07:00")
}
