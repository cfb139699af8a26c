package report

import (
	"cmp"
	"slices"
	"strings"
)

// JourneyReport is the data of GET /api/journeys.
type JourneyReport struct {
	Sessions int64         `json:"sessions"`
	Nodes    []JourneyNode `json:"nodes"`
	Links    []JourneyLink `json:"links"`
}

// JourneyNode is a page at a step. Its sessions without a link onwards ended there.
type JourneyNode struct {
	Step     int    `json:"step"`
	Path     string `json:"path"`
	Sessions int64  `json:"sessions"`
}

// JourneyLink is a way from a page at a step to one at the next.
type JourneyLink struct {
	Step     int    `json:"step"`
	From     string `json:"from"`
	To       string `json:"to"`
	Sessions int64  `json:"sessions"`
}

// otherPaths stands for the pages that are not shown.
const otherPaths = "(other)"

// Report turns the sum into the answer; limit is the most pages of a step, besides "(other)".
func (s *JourneySum) Report(limit int) JourneyReport {
	shown := s.shown(limit)
	name := func(step int, path string) string {
		if shown[JourneyStop{step, path}] {
			return path
		}
		return otherPaths
	}
	nodes, links := make(map[JourneyStop]int64), make(map[JourneyMove]int64)
	for stop, n := range s.Nodes {
		nodes[JourneyStop{stop.Step, name(stop.Step, stop.Path)}] += n
	}
	for move, n := range s.Links {
		links[JourneyMove{move.Step, name(move.Step, move.From), name(move.Step+1, move.To)}] += n
	}
	out := JourneyReport{Sessions: s.Sessions, Nodes: sortedNodes(nodes), Links: []JourneyLink{}}
	for move, n := range links {
		out.Links = append(out.Links, JourneyLink{move.Step, move.From, move.To, n})
	}
	slices.SortFunc(out.Links, func(a, b JourneyLink) int {
		return cmp.Or(
			cmp.Compare(a.Step, b.Step), cmp.Compare(b.Sessions, a.Sessions), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	return out
}

// shown are the pages with most sessions at each step.
func (s *JourneySum) shown(limit int) map[JourneyStop]bool {
	out := make(map[JourneyStop]bool)
	at := make(map[int]int) // pages shown, by step
	for _, node := range sortedNodes(s.Nodes) {
		if at[node.Step]++; at[node.Step] <= limit {
			out[JourneyStop{node.Step, node.Path}] = true
		}
	}
	return out
}

// sortedNodes orders pages by step, then most sessions first, then by path.
func sortedNodes(m map[JourneyStop]int64) []JourneyNode {
	out := []JourneyNode{}
	for stop, n := range m {
		out = append(out, JourneyNode{stop.Step, stop.Path, n})
	}
	slices.SortFunc(out, func(a, b JourneyNode) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(b.Sessions, a.Sessions), strings.Compare(a.Path, b.Path))
	})
	return out
}
