package report

import (
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// queryAdder adds the visitors of one table to a sum. It belongs to one goroutine.
type queryAdder struct {
	s      *QuerySum
	q      *queryQuestion
	t      *Table
	w      Window
	filter *Filtering // nil: none
	finder *goalFinder

	number func(s *Session) uint32 // what a session's row is numbered by; nil: its rows are counted each where it belongs
	label  func(number uint32) string
	places []int // by number of the table's dictionaries: the cell, plus 1
	none   int   // that of noNumber, likewise
	hours  []int // by local hour, likewise
	goals  []int // the cells of the goals

	sign   int64 // of the visitor under way, like the rest
	marks  []uint32
	mark   uint32
	inAll  bool
	inCore bool
}

func newQueryAdder(s *QuerySum, q *queryQuestion, t *Table, w Window) *queryAdder {
	a := &queryAdder{s: s, q: q, t: t, w: w, label: func(text uint32) string { return shown(t.Texts[text]) }}
	if !q.filters.Empty() {
		a.filter = q.filters.On(t)
	}
	switch q.property.by {
	case bySession:
		a.number, a.label = sessionName(t, q.property.name)
	case byGoal:
		a.finder = newGoalFinder(t, w, q.goals, Filters{})
		for _, g := range q.goals {
			a.goals = append(a.goals, s.cell(g.ID))
		}
	}
	return a
}

// noNumber stands for the value of sessions whose entry does not give one.
const noNumber = ^uint32(0)

// sessionName tells by which attribute sessions are counted: the number of its value in the table, and the value of a number. A session
// without core event has the client of its first row and came from nowhere (realtime.md).
func sessionName(t *Table, property string) (number func(*Session) uint32, label func(uint32) string) {
	if value := clientValues[property]; value != nil {
		number = func(s *Session) uint32 {
			if s.HasCore() {
				return t.Rows[s.Entry].Client
			}
			return t.Rows[s.Rows[0]].Client
		}
		return number, func(client uint32) string { return value(&t.Clients[client]) }
	}
	if value := originValues[property]; value != nil {
		number = func(s *Session) uint32 {
			if s.HasCore() && t.Rows[s.Entry].Kind == analytics.Pageview {
				return t.Rows[s.Entry].Origin
			}
			return noNumber
		}
		return number, func(origin uint32) string {
			if origin == noNumber {
				return value(&direct)
			}
			return value(&t.Origins[origin])
		}
	}
	number = func(s *Session) uint32 {
		switch {
		case !s.HasCore():
			return noNumber
		case property == "exit_page":
			return t.Rows[s.Exit].Path
		default:
			return t.Rows[s.Entry].Path
		}
	}
	return number, func(path uint32) string {
		if path == noNumber {
			return noValue
		}
		return shown(t.Texts[path])
	}
}

// add adds a visitor (sign 1), or takes it away (sign -1).
func (a *queryAdder) add(v *Visitor, sign int64) {
	a.sign, a.inAll, a.inCore = sign, false, false
	a.mark++
	for i := range v.Sessions {
		s := &v.Sessions[i]
		if a.filter == nil || s.HasCore() && a.filter.Session(v, s) {
			a.session(s)
		}
	}
	if a.inAll {
		a.s.total.visitors += sign
	}
	if a.inCore {
		a.s.m2 += sign
	}
}

func (a *queryAdder) session(s *Session) {
	home := -1
	if a.number != nil && (s.HasCore() || a.q.realtime) {
		home = a.place(a.number(s))
	}
	a.figures(s, home)
	for _, at := range s.Rows {
		row := &a.t.Rows[at]
		if !a.w.Has(a.t.Time(at)) || a.filter != nil && !a.filter.Row(at) {
			continue
		}
		a.inCore = a.inCore || row.Kind.IsCore()
		switch a.q.property.by {
		case byTime, bySession, byPage:
			a.row(row, home)
		case byEvent, byKeys, byKey:
			if row.Kind == analytics.Custom {
				a.event(&a.t.Customs[row.Detail])
			}
		}
	}
	if a.finder != nil {
		a.finder.session(s, func(int32) {}, a.completion)
	}
}

// row counts a row of the table in the row of the query that it belongs to, and in the total.
func (a *queryAdder) row(row *analytics.Row, home int) {
	active := row.Kind.IsCore() || a.q.realtime
	if active {
		a.inAll = true
	}
	a.count(&a.s.total, row)
	switch {
	case a.q.property.by == byPage:
		if row.Kind != analytics.Pageview && row.Kind != analytics.Custom && row.Kind != analytics.Engagement {
			return
		}
		home, active = a.place(row.Path), row.Kind == analytics.Pageview
	case a.q.property.by == byTime:
		home = a.bucket(row.TS)
	}
	if home < 0 {
		return
	}
	if active {
		a.visit(home)
	}
	a.count(&a.s.cells[home], row)
}

// count counts everything of a row but its visitor.
func (a *queryAdder) count(c *queryCell, row *analytics.Row) {
	switch row.Kind {
	case analytics.Pageview:
		c.pageviews += a.sign
	case analytics.Custom:
		c.events += a.sign
		if v, ok := a.value(&a.t.Customs[row.Detail]); ok {
			c.addValue(v, a.sign, a.q.each)
		}
	case analytics.Engagement:
		e := &a.t.Engagements[row.Detail]
		c.timeMS += a.sign * int64(e.TimeOnPage)
		if e.Seq == 1 {
			c.timeFirsts += a.sign
		}
	}
}

// value is what the value_ metrics take of an event.
func (a *queryAdder) value(e *analytics.CustomRow) (v analytics.Fixed, ok bool) {
	if !a.q.values {
		return 0, false
	}
	if a.q.valueOf == "" {
		return e.Value, e.HasValue
	}
	for _, p := range a.t.Properties[e.Properties] {
		if p.Key == a.q.valueOf && p.Type == analytics.NumberProperty {
			return numberFixed(p.Text)
		}
	}
	return 0, false
}

// event counts a custom event in its rows, and once in the total.
func (a *queryAdder) event(e *analytics.CustomRow) {
	found := false
	switch a.q.property.by {
	case byEvent:
		found = true
		a.eventIn(a.place(e.Action), e)
	case byKeys:
		for _, p := range a.t.Properties[e.Properties] {
			found = true
			a.eventIn(a.s.cell(p.Key), e)
		}
	case byKey:
		for _, p := range a.t.Properties[e.Properties] {
			if p.Key == a.q.property.key {
				found = true
				a.eventIn(a.s.cell(shown(p.Text)), e)
			}
		}
	}
	if found {
		a.inAll = true
		a.eventOf(&a.s.total, e)
	}
}

func (a *queryAdder) eventIn(cell int, e *analytics.CustomRow) {
	a.visit(cell)
	a.eventOf(&a.s.cells[cell], e)
}

func (a *queryAdder) eventOf(c *queryCell, e *analytics.CustomRow) {
	c.events += a.sign
	if v, ok := a.value(e); ok {
		c.addValue(v, a.sign, a.q.each)
	}
}

// completion counts a goal's completion.
func (a *queryAdder) completion(goal int, _ int32, _ analytics.Fixed) {
	a.inAll = true
	a.s.total.events += a.sign
	a.visit(a.goals[goal])
	a.s.cells[a.goals[goal]].events += a.sign
}

// figures counts the session itself. It counts whole and at its start, but with realtime as what of it lies in the window.
func (a *queryAdder) figures(s *Session, home int) {
	part := *s
	if a.q.realtime {
		part = a.within(s)
	}
	if !part.HasCore() || !a.w.Has(a.t.Start+int64(part.Start)) {
		return
	}
	switch a.q.property.by {
	case byTime:
		home = a.bucket(part.Start)
	case byPage:
		home = a.place(a.t.Rows[s.Entry].Path)
	case bySession:
	default:
		return
	}
	a.visitOf(&a.s.total, &part)
	if home >= 0 {
		a.visitOf(&a.s.cells[home], &part)
	}
}

func (a *queryAdder) visitOf(c *queryCell, s *Session) {
	c.sessions += a.sign
	c.durationMS += a.sign * int64(s.Duration())
	if s.Bounced() {
		c.bounced += a.sign
	}
}

// within is the session as if nothing but its rows in the window had been.
func (a *queryAdder) within(s *Session) Session {
	var part Session
	found := false
	for _, at := range s.Rows {
		if !a.w.Has(a.t.Time(at)) {
			continue
		}
		if !found {
			found, part.First, part.Last = true, a.t.Rows[at].TS, a.t.Rows[at].TS
		}
		part.take(a.t, at)
	}
	return part
}

// visit counts the visitor in a row, once.
func (a *queryAdder) visit(cell int) {
	for cell >= len(a.marks) {
		a.marks = append(a.marks, 0)
	}
	if a.marks[cell] != a.mark {
		a.marks[cell] = a.mark
		a.s.cells[cell].visitors += a.sign
	}
}

// place is the row of a value by its number in the table.
func (a *queryAdder) place(number uint32) int {
	at := &a.none
	if number != noNumber {
		for int(number) >= len(a.places) {
			a.places = append(a.places, 0)
		}
		at = &a.places[number]
	}
	if *at == 0 {
		*at = a.s.cell(a.label(number)) + 1
	}
	return *at - 1
}

// bucket is the row of a time (ms since the day's start); -1 is none.
func (a *queryAdder) bucket(ts int32) int {
	hour := 0
	switch a.q.grain {
	case intervalHour:
		hour = a.t.Hour(ts)
	case intervalDay:
	default:
		return -1
	}
	for hour >= len(a.hours) {
		a.hours = append(a.hours, 0)
	}
	if a.hours[hour] == 0 {
		date := a.t.Day.String()
		if a.q.grain == intervalHour {
			date = time.UnixMilli(a.t.Bounds[hour]).In(a.q.zone.Location()).Format("2006-01-02T15:04:05-07:00")
		}
		a.hours[hour] = a.s.cell(date) + 1
	}
	return a.hours[hour] - 1
}
