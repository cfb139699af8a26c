package report

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestQueryCells: rows count as plain cells do, however large or small they become, and empty ones are packed away.
func TestQueryCells(t *testing.T) {
	for seed := range uint64(50) {
		dice := rand.New(rand.NewPCG(seed, 5))
		var c queryCells
		var want []queryCell
		steps := []int64{1, 1, 1, 100, 254, 255, 256, 70_000, 1<<32 - 1, 1 << 32, 1 << 40}
		for range 200 + dice.IntN(3*cellPage) {
			if len(want) == 0 || dice.IntN(2) == 0 {
				c.add()
				want = append(want, queryCell{})
			}
			i := dice.IntN(len(want))
			by, field := steps[dice.IntN(len(steps))], dice.IntN(9)
			for _, sign := range []int64{1, -1, 1}[:1+dice.IntN(3)] {
				for _, cell := range []*queryCell{c.edit(i), &want[i]} {
					change(cell, field, sign*by)
				}
				c.put(i)
				require.Equal(t, counters(&want[i]), countersAt(&c, i), "seed %d", seed)
			}
		}
		var kept []queryCell
		for i := range want {
			if want[i].tidy(); !want[i].empty() {
				kept = append(kept, want[i])
			}
		}
		last := -1
		n := c.pack(len(want), func(to, from int) {
			require.Equal(t, last+1, to)
			require.Equal(t, counters(&want[from]), countersAt(&c, to))
			last = to
		})
		require.Len(t, kept, n)
		large := 0
		for i := range kept {
			require.Equal(t, counters(&kept[i]), countersAt(&c, i), "seed %d", seed)
			if !kept[i].isSmall() {
				large++
			}
		}
		require.Len(t, c.large, large, "none is kept large that is small")
	}
}

func change(c *queryCell, field int, by int64) {
	counts := []*int64{&c.visitors, &c.pageviews, &c.events, &c.sessions, &c.bounced, &c.durationMS, &c.timeMS, &c.timeFirsts}
	if field < len(counts) {
		*counts[field] += by
		return
	}
	sign := int64(1)
	if by < 0 {
		sign = -1
	}
	c.addValue(amount{fixed: analytics.Fixed(sign * by)}, sign, true)
}

func countersAt(c *queryCells, i int) []int64 {
	cell := c.at(i)
	return counters(&cell)
}

func counters(c *queryCell) []int64 {
	n := []int64{c.visitors, c.pageviews, c.events, c.sessions, c.bounced, c.durationMS, c.timeMS, c.timeFirsts}
	if v := c.values; v != nil {
		return append(n, v.n, v.total().Int64(), v.percentile(50).Int64())
	}
	return append(n, 0, 0, 0)
}
