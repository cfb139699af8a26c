package report

import "github.com/ztas-io/ztas/analytics"

// matchSet tells which of several matchers match a row of one table. It asks about each path and each action of the table once, so that a
// regular expression costs by distinct path, and a row costs one look-up however many matchers there are. It belongs to one goroutine.
type matchSet struct {
	t        *Table
	matchers []analytics.Matcher
	paths    textLists
	actions  textLists
	scratch  []int
}

func newMatchSet(t *Table, matchers []analytics.Matcher) *matchSet {
	m := &matchSet{t: t, matchers: matchers}
	m.paths.find = func(text string) []int {
		return m.those(func(x *analytics.Matcher) bool { return x.Kind == analytics.Pageview && x.Path(text) })
	}
	m.actions.find = func(text string) []int {
		return m.those(func(x *analytics.Matcher) bool { return x.Kind == analytics.Custom && x.Action == text })
	}
	return m
}

func (m *matchSet) those(satisfy func(*analytics.Matcher) bool) (list []int) {
	for i := range m.matchers {
		if satisfy(&m.matchers[i]) {
			list = append(list, i)
		}
	}
	return list
}

// row gives the numbers of the matchers that match a row, ascending. The list is good until the next call.
func (m *matchSet) row(row *analytics.Row) []int {
	switch row.Kind {
	case analytics.Pageview:
		return m.paths.of(m.t, row.Path)
	case analytics.Custom:
		return m.custom(&m.t.Customs[row.Detail])
	default:
		return nil
	}
}

func (m *matchSet) custom(c *analytics.CustomRow) []int {
	m.scratch = m.scratch[:0]
	for _, i := range m.actions.of(m.t, c.Action) {
		x := &m.matchers[i]
		if (x.Category == "" || x.Category == m.t.Texts[c.Category]) && (x.Label == "" || x.Label == m.t.Texts[c.Label]) {
			m.scratch = append(m.scratch, i)
		}
	}
	return m.scratch
}

// textLists keeps a list for each text of a table, found when it is first asked for.
type textLists struct {
	find  func(text string) []int
	lists [][]int
	at    []uint32 // by text: 0: not asked yet, 1: empty, else 2 + its list
}

func (l *textLists) of(t *Table, text uint32) []int {
	if int(text) >= len(l.at) {
		l.at = append(l.at, make([]uint32, len(t.Texts)-len(l.at))...)
	}
	if l.at[text] == 0 {
		l.at[text] = 1
		if list := l.find(t.Texts[text]); len(list) > 0 {
			l.lists = append(l.lists, list)
			l.at[text] = uint32(len(l.lists)) + 1
		}
	}
	if n := l.at[text]; n > 1 {
		return l.lists[n-2]
	}
	return nil
}
