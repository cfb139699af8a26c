package report

import (
	"iter"
	"math"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// Visitor is what one visitor did on one local day. It is only good until the walker's next call.
type Visitor struct {
	T        *Table
	Ordinal  uint32
	Rows     []uint32  // all of its rows, in the contract's order (R2)
	Sessions []Session // in the order of their first rows
}

// Session is one visit (data-model.md, Session view), counted with all its rows. Times are ms since the day's start.
type Session struct {
	Ordinal     uint32
	Rows        []uint32 // in the contract's order
	First, Last int32    // of any kind
	Start       int32    // the first core event; valid with HasCore
	Pageviews   int32
	Customs     int32
	Engaged     int32  // engagements with isBounce = false
	Entry, Exit uint32 // the first and the last core row; valid with HasCore
}

// HasCore tells whether the session has a pageview or custom event. One without counts nowhere.
func (s *Session) HasCore() bool { return s.Pageviews+s.Customs > 0 }

// Bounced tells whether the session is one pageview, no custom event and no engagement (M4).
func (s *Session) Bounced() bool { return s.Pageviews == 1 && s.Customs == 0 && s.Engaged == 0 }

// Duration is the time from the first core event to the last event of any kind, ms (M5).
func (s *Session) Duration() int32 { return max(0, s.Last-s.Start) }

// Client returns what the entry says of the visitor's machine and place.
func (s *Session) Client(t *Table) *analytics.Client { return &t.Clients[t.Rows[s.Entry].Client] }

// direct is the origin of a session that a custom event entered.
var direct = analytics.Origin{Channel: "direct", Source: "(direct)"}

// Origin returns where the session came from.
func (s *Session) Origin(t *Table) analytics.Origin {
	row := &t.Rows[s.Entry]
	if row.Kind != analytics.Pageview {
		return direct
	}
	return t.Origin(row.Origin)
}

// Walker gives the visitors of tables one by one, and uses its memory again. It belongs to one goroutine.
type Walker struct {
	v       Visitor
	rows    []uint32
	grouped []uint32
	of      []int // session of each row
	ends    []int // by session: where its rows end in grouped
	index   map[uint32]int
}

// Visitor gives the visitor with an ordinal, as its rows below the number limit tell.
func (w *Walker) Visitor(t *Table, ordinal uint32, limit int) *Visitor {
	w.rows = w.rows[:0]
	for n := t.last[ordinal]; n != 0; n = t.prev[n-1] {
		if int(n-1) < limit {
			w.rows = append(w.rows, n-1)
		}
	}
	slices.Reverse(w.rows)
	return w.visitor(t, ordinal, w.rows)
}

// Visitors gives all visitors with rows, one after the other. Their rows are found by a counting sort, which takes half the time that following
// each visitor's chain does.
func (w *Walker) Visitors(t *Table) iter.Seq[*Visitor] {
	return func(yield func(*Visitor) bool) {
		ends := make([]uint32, len(t.last))
		for i := range t.Rows {
			ends[t.Rows[i].Visitor]++
		}
		sum := uint32(0)
		for v, n := range ends {
			ends[v] = sum // where the visitor's rows begin; they are put behind it
			sum += n
		}
		rows := make([]uint32, len(t.Rows))
		for i := range t.Rows {
			v := t.Rows[i].Visitor
			rows[ends[v]] = uint32(i)
			ends[v]++
		}
		begin := uint32(0)
		for v, end := range ends {
			if begin < end && !yield(w.visitor(t, uint32(v), rows[begin:end:end])) {
				return
			}
			begin = end
		}
	}
}

// visitor is the visitor with these rows, which are in the order of the log.
func (w *Walker) visitor(t *Table, ordinal uint32, rows []uint32) *Visitor {
	before := int32(math.MinInt32)
	for _, i := range rows {
		ts := t.Rows[i].TS
		if ts <= before { // rare: two events at the same time, or one that came late
			slices.SortFunc(rows, t.Compare)
			break
		}
		before = ts
	}
	w.v.T, w.v.Ordinal, w.v.Rows = t, ordinal, rows
	w.sessions(t)
	return &w.v
}

// fewSessions is up to how many sessions are looked through in turn.
const fewSessions = 16

// sessions cuts the visitor's rows into its sessions.
func (w *Walker) sessions(t *Table) {
	w.v.Sessions, w.of = w.v.Sessions[:0], w.of[:0]
	w.index = nil
	for _, row := range w.v.Rows {
		i := w.session(&t.Rows[row])
		w.of = append(w.of, i)
		w.v.Sessions[i].take(t, row)
	}
	if len(w.v.Sessions) == 1 {
		w.v.Sessions[0].Rows = w.v.Rows
		return
	}
	w.group()
}

// group gives each session its rows: a counting sort, so that many sessions cost no more than few.
func (w *Walker) group() {
	n := len(w.v.Sessions)
	w.ends = slices.Grow(w.ends[:0], n)[:n]
	clear(w.ends)
	for _, i := range w.of {
		w.ends[i]++
	}
	sum := 0
	for i, size := range w.ends {
		w.ends[i] = sum // where the session's rows begin; they are put behind it
		sum += size
	}
	w.grouped = slices.Grow(w.grouped[:0], len(w.v.Rows))[:len(w.v.Rows)]
	for k, row := range w.v.Rows {
		i := w.of[k]
		w.grouped[w.ends[i]] = row
		w.ends[i]++
	}
	begin := 0
	for i, end := range w.ends {
		w.v.Sessions[i].Rows = w.grouped[begin:end:end]
		begin = end
	}
}

func (w *Walker) session(row *analytics.Row) int {
	ordinal := row.Session
	if w.index != nil {
		if i, ok := w.index[ordinal]; ok {
			return i
		}
	} else {
		for i := len(w.v.Sessions) - 1; i >= 0; i-- { // mostly the one of the row before
			if w.v.Sessions[i].Ordinal == ordinal {
				return i
			}
		}
	}
	i := len(w.v.Sessions)
	w.v.Sessions = append(w.v.Sessions, Session{Ordinal: ordinal, First: row.TS, Last: row.TS})
	if w.index != nil {
		w.index[ordinal] = i
	} else if i == fewSessions {
		w.index = make(map[uint32]int)
		for n := range w.v.Sessions {
			w.index[w.v.Sessions[n].Ordinal] = n
		}
	}
	return i
}

// take counts a row; rows come in order.
func (s *Session) take(t *Table, at uint32) {
	row := &t.Rows[at]
	s.First, s.Last = min(s.First, row.TS), max(s.Last, row.TS)
	if row.Kind == analytics.Engagement && t.Engagements[row.Detail].IsBounce == analytics.False {
		s.Engaged++
	}
	if !row.Kind.IsCore() {
		return
	}
	if !s.HasCore() {
		s.Start, s.Entry = row.TS, at
	}
	s.Exit = at
	if row.Kind == analytics.Pageview {
		s.Pageviews++
	} else {
		s.Customs++
	}
}
