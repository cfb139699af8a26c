package report_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// dumbWay is a session's way by the words of extended.md: by step, "" where it has none.
func dumbWay(p report.JourneyParams, s *dumbSession) []string {
	var paths []string
	for _, i := range s.core {
		if s.table.Rows[i].Kind == analytics.Pageview {
			paths = append(paths, s.table.Texts[s.table.Rows[i].Path])
		}
	}
	paths = slices.Compact(paths)
	if p.Anchor == report.AnchorEnd {
		slices.Reverse(paths)
	}
	if p.Path != "" {
		at := slices.Index(paths, p.Path)
		if at < 0 {
			return nil
		}
		paths = paths[at:]
	}
	if len(paths) == 0 {
		return nil
	}
	way := make([]string, p.Steps)
	copy(way, paths)
	if p.Anchor == report.AnchorEnd {
		slices.Reverse(way)
	}
	return way
}

// dumbJourneys is the answer by the words of extended.md.
func dumbJourneys(p report.JourneyParams, sessions []*dumbSession, w report.Window, limit int) report.JourneyReport {
	var ways [][]string
	for _, s := range sessions {
		if way := dumbWay(p, s); way != nil && w.Has(s.start) {
			ways = append(ways, way)
		}
	}
	for step := range p.Steps { // the rest as (other)
		n := map[string]int{}
		for _, way := range ways {
			n[way[step]]++
		}
		delete(n, "")
		var paths []string
		for path := range n {
			paths = append(paths, path)
		}
		slices.SortFunc(paths, func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a, b)) })
		for _, way := range ways {
			if way[step] != "" && !slices.Contains(paths[:min(limit, len(paths))], way[step]) {
				way[step] = "(other)"
			}
		}
	}
	out := report.JourneyReport{Sessions: int64(len(ways)), Nodes: []report.JourneyNode{}, Links: []report.JourneyLink{}}
	for step := range p.Steps {
		for _, way := range ways {
			if way[step] == "" {
				continue
			}
			at := slices.IndexFunc(out.Nodes, func(n report.JourneyNode) bool { return n.Step == step+1 && n.Path == way[step] })
			if at < 0 {
				at = len(out.Nodes)
				out.Nodes = append(out.Nodes, report.JourneyNode{Step: step + 1, Path: way[step]})
			}
			out.Nodes[at].Sessions++
			if step == 0 || way[step-1] == "" {
				continue
			}
			at = slices.IndexFunc(out.Links, func(l report.JourneyLink) bool { return l.Step == step && l.From == way[step-1] && l.To == way[step] })
			if at < 0 {
				at = len(out.Links)
				out.Links = append(out.Links, report.JourneyLink{Step: step, From: way[step-1], To: way[step]})
			}
			out.Links[at].Sessions++
		}
	}
	slices.SortFunc(out.Nodes, func(a, b report.JourneyNode) int {
		return cmp.Or(a.Step-b.Step, int(b.Sessions-a.Sessions), strings.Compare(a.Path, b.Path))
	})
	slices.SortFunc(out.Links, func(a, b report.JourneyLink) int {
		return cmp.Or(a.Step-b.Step, int(b.Sessions-a.Sessions), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	return out
}

// TestJourneys compares with the definition.
func TestJourneys(t *testing.T) {
	links := 0
	for seed := range uint64(sumCases) {
		c := newSumCase(t, seed)
		p := report.JourneyParams{
			Steps: 2 + c.rng.IntN(4), Anchor: []string{report.AnchorStart, report.AnchorEnd}[c.rng.IntN(2)],
			Path: []string{"", "", "/pricing", "/nowhere"}[c.rng.IntN(4)],
		}
		f, keep := c.filters(t)
		sum := c.check(t, report.Journeys(p, f)).(*report.JourneySum)
		limit := 1 + c.rng.IntN(6)
		got := sum.Report(limit)
		require.Equal(t, dumbJourneys(p, c.sessions(keep), c.window, limit), got, "seed %d, %+v", seed, p)
		links += len(got.Links)
	}
	require.Greater(t, links, sumCases)
}

// TestJourneyExample expects the answer of extended.md.
func TestJourneyExample(t *testing.T) {
	r, zone := exampleReader(t)
	p := report.JourneyParams{Steps: 2, Anchor: report.AnchorStart}
	sum := ask[*report.JourneySum](t, r, report.Journeys(p, report.Filters{}), exampleRange(zone, 14, 14))
	text, err := json.Marshal(sum.Report(10))
	require.NoError(t, err)
	require.Equal(t, `{"sessions":5,"nodes":[{"step":1,"path":"/","sessions":3},{"step":1,"path":"/blog/getting-started","sessions":1},`+
		`{"step":1,"path":"/pricing","sessions":1},{"step":2,"path":"/","sessions":1},{"step":2,"path":"/pricing","sessions":1}],`+
		`"links":[{"step":1,"from":"/","to":"/pricing","sessions":1},{"step":1,"from":"/pricing","to":"/","sessions":1}]}`, string(text))
}

// TestJourneyKeys expects another key of each parameter.
func TestJourneyKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, steps := range []int{2, 3} {
		for _, anchor := range []string{report.AnchorStart, report.AnchorEnd} {
			for _, path := range []string{"", "/"} {
				seen[report.Journeys(report.JourneyParams{Steps: steps, Anchor: anchor, Path: path}, report.Filters{}).Key()] = true
			}
		}
	}
	require.Len(t, seen, 8)
}
