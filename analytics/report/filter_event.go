package report

import "github.com/ztas-io/ztas/analytics"

// eventFilter is the filters on event and prop:KEY. Those with == and =~ must hold for one and the same custom event; those with != and !~
// each mean that the session has no custom event with such a value.
type eventFilter struct {
	wanted    []func(c *analytics.CustomRow) bool
	forbidden []func(c *analytics.CustomRow) bool
	t         *Table
	known     []eventBits // by number of the custom event
}

type eventBits uint8

const (
	eventKnown     eventBits = 1 << iota
	eventFits                // all that are wanted hold
	eventForbidden           // one that is forbidden holds
)

// and is the filter with one more clause; f may be nil.
func (f *eventFilter) and(c clause, t *Table) *eventFilter {
	if f == nil {
		f = &eventFilter{t: t}
	}
	holds := c.property(t)
	if c.on == "event" {
		actions := &memo{match: func(i uint32) bool { return c.match(shown(t.Texts[i])) }}
		holds = func(e *analytics.CustomRow) bool { return actions.has(e.Action) }
	}
	if c.negated {
		f.forbidden = append(f.forbidden, holds)
	} else {
		f.wanted = append(f.wanted, holds)
	}
	return f
}

// property tells whether an event carries the clause's key with a value that matches.
func (c clause) property(t *Table) func(e *analytics.CustomRow) bool {
	return func(e *analytics.CustomRow) bool {
		for _, p := range t.Properties[e.Properties] {
			if p.Key == c.propKey {
				return c.match(shown(p.Text))
			}
		}
		return false
	}
}

// of tells what is known of the custom event with a number.
func (f *eventFilter) of(detail uint32) eventBits {
	if int(detail) >= len(f.known) {
		f.known = append(f.known, make([]eventBits, len(f.t.Customs)-len(f.known))...)
	}
	if f.known[detail] == 0 {
		f.known[detail] = f.ask(&f.t.Customs[detail])
	}
	return f.known[detail]
}

func (f *eventFilter) ask(e *analytics.CustomRow) eventBits {
	bits := eventKnown | eventFits
	for _, holds := range f.wanted {
		if !holds(e) {
			bits &^= eventFits
			break
		}
	}
	for _, holds := range f.forbidden {
		if holds(e) {
			bits |= eventForbidden
			break
		}
	}
	return bits
}

// session tells whether a session satisfies the filters.
func (f *eventFilter) session(t *Table, s *Session) bool {
	found := len(f.wanted) == 0
	for _, i := range s.Rows {
		row := &t.Rows[i]
		if row.Kind != analytics.Custom {
			continue
		}
		bits := f.of(row.Detail)
		if bits&eventForbidden != 0 {
			return false
		}
		found = found || bits&eventFits != 0
	}
	return found
}
