package report_test

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// completion is one match of a goal.
type completion struct {
	s     *dumbSession
	row   uint32 // the session's entry for a duration goal
	ts    int64
	value analytics.Fixed
}

// completions finds a goal's matches in a window by its definition (metrics.md §3).
func completions(g *analytics.Goal, sessions []*dumbSession, w report.Window) (out []completion) {
	for _, s := range sessions {
		if g.Type == analytics.DurationGoal {
			if s.last-s.start >= 1000*g.DurationSeconds && w.Has(s.start) && s.start >= g.TrackedSince {
				out = append(out, completion{s, s.core[0], s.start, g.Value})
			}
			continue
		}
		for _, i := range s.core {
			row, ts := &s.table.Rows[i], s.table.Time(i)
			value, matches := dumbMatch(g, s.table, row)
			if matches && w.Has(ts) && ts >= g.TrackedSince {
				out = append(out, completion{s, i, ts, value})
			}
		}
	}
	return out
}

func dumbMatch(g *analytics.Goal, t *report.Table, row *analytics.Row) (value analytics.Fixed, ok bool) {
	e := analytics.Event{Kind: row.Kind, Path: t.Texts[row.Path]}
	value = g.Value
	if row.Kind == analytics.Custom {
		c := t.Customs[row.Detail]
		e.Action, e.Category, e.Label = t.Texts[c.Action], t.Texts[c.Category], t.Texts[c.Label]
		if c.HasValue {
			value = c.Value
		}
	}
	m := g.Matcher()
	return value, m.Event(&e)
}

// visitors are the distinct ones with a core event in a window (M2).
func visitors(sessions []*dumbSession, w report.Window) int64 {
	seen := map[dumbVisitor]bool{}
	for _, s := range sessions {
		for _, i := range s.core {
			if w.Has(s.table.Time(i)) {
				seen[s.visitor()] = true
			}
		}
	}
	return int64(len(seen))
}

func distinct(list []completion) int64 {
	seen := map[dumbVisitor]bool{}
	for _, c := range list {
		seen[c.s.visitor()] = true
	}
	return int64(len(seen))
}

func value(list []completion) *big.Int {
	sum := new(big.Int)
	for _, c := range list {
		sum.Add(sum, big.NewInt(int64(c.value)))
	}
	return sum
}

// requireValue expects a JSON number to be exactly so many ten-thousandths.
func requireValue(t *testing.T, want *big.Int, got json.Number) {
	t.Helper()
	r, ok := new(big.Rat).SetString(string(got))
	require.True(t, ok, "%q", got)
	require.Zero(t, r.Cmp(new(big.Rat).SetFrac(want, big.NewInt(10_000))), "%s/10000 != %s", want, got)
}

// goalSeries is G6 by its definition.
func (c *sumCase) goalSeries(list []completion, sessions []*dumbSession) []report.GoalPoint {
	out := []report.GoalPoint{}
	for _, b := range c.dumbBuckets() {
		var in []completion
		for _, x := range list {
			if b.Has(x.ts) {
				in = append(in, x)
			}
		}
		out = append(out, report.GoalPoint{
			Date: b.date, Completions: int64(len(in)), ConversionRate: analytics.Percent(distinct(in), visitors(sessions, b.Window)),
		})
	}
	return out
}

type dumbBucket struct {
	report.Window
	date string
}

// dumbBuckets cuts the range into days or hours.
func (c *sumCase) dumbBuckets() (out []dumbBucket) {
	for d := c.rang.First; d <= c.rang.Last; d++ {
		bounds := c.zone.Hours(d)
		if c.rang.Interval == analytics.Daily {
			out = append(out, dumbBucket{report.Window{From: bounds[0], To: bounds[len(bounds)-1]}, d.String()})
			continue
		}
		for i, from := range bounds[:len(bounds)-1] {
			if from >= c.rang.From {
				out = append(out, dumbBucket{report.Window{From: from, To: bounds[i+1]}, timeIn(c.zone, from)})
			}
		}
	}
	return out
}

// goalGroups is G7 by its definition.
func (c *sumCase) goalGroups(list []completion, sessions []*dumbSession, limit int, key func(*dumbSession) string) []report.GoalSource {
	in := map[string][]completion{}
	for _, x := range list {
		in[key(x.s)] = append(in[key(x.s)], x)
	}
	out := []report.GoalSource{}
	for k, group := range in {
		base := map[dumbVisitor]bool{}
		for _, s := range sessions {
			if key(s) == k && c.window.Has(s.start) {
				base[s.visitor()] = true
			}
		}
		out = append(out, report.GoalSource{
			Source: k, Completions: int64(len(group)), ConversionRate: analytics.Percent(distinct(group), int64(len(base))),
		})
	}
	slices.SortFunc(out, func(a, b report.GoalSource) int {
		return cmp.Or(cmp.Compare(b.Completions, a.Completions), strings.Compare(a.Source, b.Source))
	})
	return out[:min(limit, len(out))]
}

// dumbMean rounds half up by looking for the only number of hundredths h with h - 1/2 <= x < h + 1/2.
func dumbMean(sum *big.Int, n int64) string {
	if n == 0 {
		return "0"
	}
	x := new(big.Rat).SetFrac(sum, big.NewInt(100*n)) // hundredths
	h := new(big.Int).Quo(x.Num(), x.Denom())
	h.Sub(h, big.NewInt(2))
	for new(big.Rat).Sub(x, new(big.Rat).SetInt(h)).Cmp(big.NewRat(1, 2)) >= 0 {
		h.Add(h, big.NewInt(1))
	}
	text := new(big.Rat).SetFrac(h, big.NewInt(100)).FloatString(2)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
