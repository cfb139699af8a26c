package report

import "github.com/ztas-io/ztas/analytics"

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
	part := s
	if a.q.realtime {
		within := a.within(s)
		part = &within
	}
	a.figures(s, part, home)
	for _, at := range s.Rows {
		row := &a.t.Rows[at]
		if !a.w.Has(a.t.Time(at)) || a.filter != nil && !a.filter.Row(at) {
			continue
		}
		a.inCore = a.inCore || row.Kind.IsCore()
		switch a.q.property.by {
		case byTime, bySession, byPage:
			a.row(row, home, part.HasCore())
		case byEvent, byKeys, byKey:
			if row.Kind == analytics.Custom {
				a.event(&a.t.Customs[row.Detail])
			}
		}
	}
	if a.finder != nil && s.HasCore() {
		a.finder.session(s, func(int32) {}, a.completion)
	}
}

// row counts a row of the table in the row of the query that it belongs to, and in the total. With realtime everyone with a row of any kind
// is a visitor, and everything else counts in live sessions only, those with a core event in the window.
func (a *queryAdder) row(row *analytics.Row, home int, live bool) {
	visits := row.Kind.IsCore() || a.q.realtime
	counts := live || !a.q.realtime
	a.inAll = a.inAll || visits
	if counts {
		a.count(&a.s.total, row)
	}
	switch a.q.property.by {
	case byPage:
		if !counts || row.Kind != analytics.Pageview && row.Kind != analytics.Custom && row.Kind != analytics.Engagement {
			return
		}
		home, visits = a.place(row.Path), row.Kind == analytics.Pageview
	case byTime:
		home = a.bucket(row.TS)
	}
	if home < 0 {
		return
	}
	if visits {
		a.visit(home)
	}
	if counts {
		a.count(a.s.cells.edit(home), row)
		a.s.cells.put(home)
	}
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
func (a *queryAdder) value(e *analytics.CustomRow) (v amount, ok bool) {
	if !a.q.values {
		return v, false
	}
	if a.q.valueOf == "" {
		return amount{fixed: e.Value}, e.HasValue
	}
	for _, p := range a.t.Properties[e.Properties] {
		if p.Key == a.q.valueOf && p.Type == analytics.NumberProperty {
			return amountOf(p.Text)
		}
	}
	return v, false
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
	a.eventOf(a.s.cells.edit(cell), e)
	a.s.cells.put(cell)
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
	a.s.cells.edit(a.goals[goal]).events += a.sign
	a.s.cells.put(a.goals[goal])
}

// figures counts the session itself, once, at its start. part is the whole of it, but with realtime what of it lies in the window.
func (a *queryAdder) figures(s, part *Session, home int) {
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
	a.visitOf(&a.s.total, part)
	if home >= 0 {
		a.visitOf(a.s.cells.edit(home), part)
		a.s.cells.put(home)
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
		a.s.cells.edit(cell).visitors += a.sign
		a.s.cells.put(cell)
	}
}
