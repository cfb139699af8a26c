package report

import "github.com/ztas-io/ztas/analytics"

// Window is a half-open span of event time, [From, To), UTC ms.
type Window struct{ From, To int64 }

// Has tells whether a time (UTC ms) is in the window.
func (w Window) Has(ts int64) bool { return ts >= w.From && ts < w.To }

// Question says what a visitor's day adds to an answer. It is immutable.
type Question interface {
	// Key names the question: equal keys give equal sums of the same rows and window. It contains the definition and revision of goals,
	// funnels and zones that it depends on.
	Key() string
	// New makes the empty sum of the part of a day that lies in the window. With t nil it makes the empty sum of several days.
	New(t *Table, w Window) Sum
}

// Interactions is implemented by questions that look into clicks, scrolls and moves. The tables of others do not have their details.
type Interactions interface {
	Question
	LooksIntoInteractions()
}

// Sum is an answer under way. It belongs to one goroutine while it grows.
type Sum interface {
	// Add adds the visitor's share (sign 1), or takes it away again (sign -1).
	Add(v *Visitor, sign int64)
	// Merge adds the sum of the same question over another day, or another slice of the day. That one stays as it is.
	Merge(day Sum)
	// Seal drops what is only needed to add visitors. Afterwards the sum is immutable and independent of its table.
	Seal()
	// Size is about how much memory the sum takes when sealed, in bytes.
	Size() int
}

// Ask is a question about a window of a site's time.
type Ask struct {
	Question    Question
	Zone        analytics.Zone // whose days are meant
	First, Last analytics.Day  // the local days that the window touches
	Window      Window
}

// Over asks about a range of README §6. One that runs to now takes in all of today: no event is later than now.
func Over(q Question, r analytics.Range) Ask {
	a := Ask{q, r.Zone, r.First, r.Last, Window{r.From, r.Zone.DayStart(r.Last + 1)}}
	if r.To == r.From {
		a.Window.To = r.From
	}
	return a
}

// Within asks about exactly [from, to), UTC ms.
func Within(q Question, zone analytics.Zone, from, to int64) Ask {
	return Ask{q, zone, zone.DayAt(from), zone.DayAt(max(from, to-1)), Window{from, to}}
}

// Selective is implemented by questions that a few visitors of a day can answer. Their sums are made anew each time.
type Selective interface {
	Question
	// Select lists the visitors (ordinals) that may have a share.
	Select(t *Table, w Window) []uint32
}

// Moving makes a question about windows that move on: only the visitors with rows in the window are looked at, and nothing is kept.
func Moving(q Question) Question { return moving{q} }

type moving struct{ Question }

// Select lists the visitors with rows in the window.
func (moving) Select(t *Table, w Window) []uint32 {
	var out []uint32
	seen := make([]bool, len(t.last))
	from, to := w.From-t.Start, w.To-t.Start
	for i := range t.Rows {
		row := &t.Rows[i]
		if ts := int64(row.TS); ts >= from && ts < to && !seen[row.Visitor] {
			seen[row.Visitor] = true
			out = append(out, row.Visitor)
		}
	}
	return out
}

// AddSome adds the listed visitors of the table to a new sum.
func AddSome(t *Table, s Sum, visitors []uint32) {
	var w Walker
	for _, v := range visitors {
		s.Add(w.Visitor(t, v, len(t.Rows)), 1)
	}
}

// AddAll adds every visitor of the table to a new sum.
func AddAll(t *Table, s Sum) {
	var w Walker
	for v := range w.Visitors(t) {
		s.Add(v, 1)
	}
}

// Update brings a sum that counts the rows below the number counted up to the table's end.
func Update(t *Table, s Sum, counted int) {
	touched := make(map[uint32]bool)
	var w Walker
	for i := counted; i < len(t.Rows); i++ {
		v := t.Rows[i].Visitor
		if touched[v] {
			continue
		}
		touched[v] = true
		if before := w.Visitor(t, v, counted); len(before.Rows) > 0 {
			s.Add(before, -1)
		}
		s.Add(w.Visitor(t, v, len(t.Rows)), 1)
	}
}

// TextSet tells which texts of a table satisfy a predicate, and asks it once for each.
type TextSet struct {
	match func(string) bool
	known []int8 // 0: not asked yet, 1: yes, -1: no
}

// NewTextSet makes a set of the texts that satisfy match.
func NewTextSet(match func(string) bool) *TextSet { return &TextSet{match: match} }

// Has tells whether the text with the number i of the table satisfies the predicate. A set is asked about one table only.
func (s *TextSet) Has(t *Table, i uint32) bool {
	for int(i) >= len(s.known) {
		s.known = append(s.known, make([]int8, len(t.Texts)-len(s.known))...)
	}
	if s.known[i] == 0 {
		s.known[i] = -1
		if s.match(t.Texts[i]) {
			s.known[i] = 1
		}
	}
	return s.known[i] > 0
}
