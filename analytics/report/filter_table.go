package report

import "github.com/ztas-io/ztas/analytics"

// Filtering is filters applied to one table: every predicate is asked once for each number of the table's dictionaries. It belongs to one
// goroutine; the table may grow meanwhile.
type Filtering struct {
	t       *Table
	empty   bool
	clients *memo // by number of the entry's client; nil: not filtered, like the next four
	origins *memo // by number of the entry's origin
	entries *memo // by number of a path, like the next two
	exits   *memo
	pages   *memo
	direct  bool // a session that a custom event entered satisfies the filters on origins
	events  *eventFilter
	goals   []goalFilter
}

// On applies the filters to a table.
func (f Filters) On(t *Table) *Filtering {
	x := &Filtering{t: t, empty: f.Empty(), direct: true}
	for _, c := range f.clauses {
		switch {
		case clientValues[c.on] != nil:
			value := clientValues[c.on]
			x.clients = x.clients.and(func(i uint32) bool { return c.match(value(&t.Clients[i])) != c.negated })
		case originValues[c.on] != nil:
			value := originValues[c.on]
			x.origins = x.origins.and(func(i uint32) bool { return c.match(value(t.Origin(i))) != c.negated })
			x.direct = x.direct && c.match(value(direct)) != c.negated
		case c.on == "entry_page":
			x.entries = x.entries.and(c.text(t))
		case c.on == "exit_page":
			x.exits = x.exits.and(c.text(t))
		case c.on == "page":
			x.pages = x.pages.and(c.text(t))
		case c.on == "goal":
			x.goals = append(x.goals, newGoalFilter(c, t))
		default:
			x.events = x.events.and(c, t)
		}
	}
	return x
}

// text tells by a text's number whether the clause holds for it.
func (c clause) text(t *Table) func(i uint32) bool {
	return func(i uint32) bool { return c.match(shown(t.Texts[i])) != c.negated }
}

// Session tells whether a session satisfies all filters. One without core event satisfies the empty ones only (data-model.md, Session view).
// All rows of the session count, in any window.
func (x *Filtering) Session(v *Visitor, s *Session) bool {
	if x.empty {
		return true
	}
	if !s.HasCore() {
		return false
	}
	entry, exit := &v.T.Rows[s.Entry], &v.T.Rows[s.Exit]
	switch {
	case x.clients != nil && !x.clients.has(entry.Client):
	case x.origins != nil && !x.origin(entry):
	case x.entries != nil && !x.entries.has(entry.Path):
	case x.exits != nil && !x.exits.has(exit.Path):
	case x.pages != nil && !x.anyPage(s):
	case x.events != nil && !x.events.session(v.T, s):
	default:
		return x.goalsHold(s)
	}
	return false
}

func (x *Filtering) origin(entry *analytics.Row) bool {
	if entry.Kind != analytics.Pageview {
		return x.direct
	}
	return x.origins.has(entry.Origin)
}

// anyPage tells whether one pageview of the session satisfies all filters on page.
func (x *Filtering) anyPage(s *Session) bool {
	for _, i := range s.Rows {
		if row := &x.t.Rows[i]; row.Kind == analytics.Pageview && x.pages.has(row.Path) {
			return true
		}
	}
	return false
}

func (x *Filtering) goalsHold(s *Session) bool {
	for i := range x.goals {
		if g := &x.goals[i]; g.completed(x.t, s) == g.negated {
			return false
		}
	}
	return true
}

// Row tells whether a row of a session that satisfies the filters is in the filtered table: under filters on page the pageviews and engagements
// of such paths, under those on event and prop:KEY the custom events that satisfy them, and all rows of other kinds.
func (x *Filtering) Row(row uint32) bool {
	switch r := &x.t.Rows[row]; r.Kind {
	case analytics.Pageview, analytics.Engagement:
		return x.pages == nil || x.pages.has(r.Path)
	case analytics.Custom:
		return x.events == nil || x.events.of(r.Detail)&eventFits != 0
	default:
		return true
	}
}

// memo keeps a predicate's answers by number.
type memo struct {
	match func(i uint32) bool
	known []int8 // 0: not asked yet, 1: yes, -1: no
}

// and is the memo of both predicates; m may be nil.
func (m *memo) and(match func(i uint32) bool) *memo {
	if m == nil {
		return &memo{match: match}
	}
	before := m.match
	return &memo{match: func(i uint32) bool { return before(i) && match(i) }}
}

func (m *memo) has(i uint32) bool {
	if int(i) < len(m.known) && m.known[i] != 0 {
		return m.known[i] > 0
	}
	return m.ask(i)
}

func (m *memo) ask(i uint32) bool {
	if int(i) >= len(m.known) {
		m.known = append(m.known, make([]int8, int(i)+1-len(m.known))...)
	}
	m.known[i] = -1
	if m.match(i) {
		m.known[i] = 1
	}
	return m.known[i] > 0
}
