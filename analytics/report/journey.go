package report

import (
	"fmt"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// The anchors of journeys (extended.md): where a session's way is laid on.
const (
	AnchorStart = "start"
	AnchorEnd   = "end"
)

// JourneyParams say which part of the sessions' ways is shown.
type JourneyParams struct {
	Steps  int    // 2 to 5
	Anchor string // AnchorStart or AnchorEnd
	Path   string // begins (or ends) the way; "": any
}

type journeys struct {
	JourneyParams
	filters Filters
	key     string
}

// Journeys answers GET /api/journeys over the sessions that satisfy the filters. Its sum is a *JourneySum.
func Journeys(p JourneyParams, f Filters) Question {
	return &journeys{p, f, joinKeys("journeys", f.Key(), fmt.Sprintf("%d %s %q", p.Steps, p.Anchor, p.Path))}
}

// Key names the question.
func (q *journeys) Key() string { return q.key }

// New makes an empty sum.
func (q *journeys) New(t *Table, w Window) Sum {
	s := &JourneySum{Nodes: make(map[JourneyStop]int64), Links: make(map[JourneyMove]int64)}
	if t != nil {
		s.adder = &journeyAdder{q: q, t: t, w: w}
		if !q.filters.Empty() {
			s.adder.filter = q.filters.On(t)
		}
	}
	return s
}

// JourneyStop is a page at a step, counted from 1.
type JourneyStop struct {
	Step int
	Path string
}

// JourneyMove is a way from a page at a step to one at the next.
type JourneyMove struct {
	Step     int
	From, To string
}

// JourneySum is the answer of Journeys: all pages, because only the whole range tells which of them are shown.
type JourneySum struct {
	Sessions int64
	Nodes    map[JourneyStop]int64 // sessions
	Links    map[JourneyMove]int64 // sessions

	adder *journeyAdder // nil when sealed
}

// Add adds the visitor's sessions, or takes them away.
func (s *JourneySum) Add(v *Visitor, sign int64) {
	a := s.adder
	for i := range v.Sessions {
		session := &v.Sessions[i]
		if session.Pageviews == 0 || !a.w.Has(a.t.Start+int64(session.Start)) || a.filter != nil && !a.filter.Session(v, session) {
			continue
		}
		first, way, ok := a.way(session)
		if !ok {
			continue
		}
		s.Sessions += sign
		for n, text := range way {
			path := a.t.Texts[text]
			count(s.Nodes, JourneyStop{first + n, path}, sign)
			if n > 0 {
				count(s.Links, JourneyMove{first + n - 1, a.t.Texts[way[n-1]], path}, sign)
			}
		}
	}
}

// Merge adds another day's sum.
func (s *JourneySum) Merge(day Sum) {
	o := day.(*JourneySum)
	s.Sessions += o.Sessions
	for stop, n := range o.Nodes {
		count(s.Nodes, stop, n)
	}
	for move, n := range o.Links {
		count(s.Links, move, n)
	}
}

// Seal lets go of the table.
func (s *JourneySum) Seal() {
	if s.adder == nil {
		return
	}
	s.adder = nil
	texts := make(map[string]string) // so that each path is copied once
	own := func(path string) string {
		if _, ok := texts[path]; !ok {
			path = strings.Clone(path)
			texts[path] = path
		}
		return texts[path]
	}
	nodes, links := make(map[JourneyStop]int64, len(s.Nodes)), make(map[JourneyMove]int64, len(s.Links))
	for stop, n := range s.Nodes {
		nodes[JourneyStop{stop.Step, own(stop.Path)}] = n
	}
	for move, n := range s.Links {
		links[JourneyMove{move.Step, own(move.From), own(move.To)}] = n
	}
	s.Nodes, s.Links = nodes, links
}

// Size is about how many bytes the sum takes. A path's text is counted once a step.
func (s *JourneySum) Size() int {
	size := 160 + 64*len(s.Nodes) + 96*len(s.Links)
	for stop := range s.Nodes {
		size += len(stop.Path)
	}
	return size
}

// journeyAdder finds the ways of a table's sessions.
type journeyAdder struct {
	q      *journeys
	t      *Table
	w      Window
	filter *Filtering
	paths  []uint32 // texts
}

// way gives the session's paths that are shown, as numbers of texts, and the step of the first one; ok is false when it never was on the path
// asked for. The list is good until the next call.
func (a *journeyAdder) way(s *Session) (first int, way []uint32, ok bool) {
	a.paths = a.paths[:0]
	from, to := 0, 0 // the way's bounds in paths
	if a.q.Path != "" {
		from = -1
	}
	for _, at := range s.Rows {
		row := &a.t.Rows[at]
		if row.Kind != analytics.Pageview || len(a.paths) > 0 && a.paths[len(a.paths)-1] == row.Path {
			continue
		}
		a.paths = append(a.paths, row.Path)
		if a.q.Path == "" || a.t.Texts[row.Path] == a.q.Path {
			to = len(a.paths)
			if from < 0 {
				from = to - 1
			}
		}
	}
	if to == 0 {
		return 0, nil, false
	}
	if a.q.Anchor == AnchorEnd {
		from = max(0, to-a.q.Steps)
		return a.q.Steps - (to - from) + 1, a.paths[from:to], true
	}
	return 1, a.paths[from:min(from+a.q.Steps, len(a.paths))], true
}
