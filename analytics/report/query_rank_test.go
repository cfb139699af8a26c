package report

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRanking: the rows that are kept are the first ones of all rows in order, whatever came first, ties included.
func TestRanking(t *testing.T) {
	visitors := slices.IndexFunc(metrics, func(m metric) bool { return m.name == "visitors" })
	for seed := range uint64(200) {
		dice := rand.New(rand.NewPCG(seed, 11))
		q := &Query{order: queryOrder{ascending: dice.IntN(2) == 0}}
		if dice.IntN(4) > 0 {
			q.order.metric = &metrics[visitors]
		}
		all := make([]queryRow, dice.IntN(60))
		best := ranking{q: q, most: 1 + dice.IntN(70)}
		for _, i := range dice.Perm(len(all)) {
			all[i] = queryRow{name: fmt.Sprint("v", i), cell: queryCell{visitors: dice.Int64N(5)}}
			best.add(&all[i], 0)
		}
		for i := range all {
			if q.order.metric != nil {
				all[i].figure = q.order.metric.figure(&all[i].cell, 0)
			}
		}
		slices.SortFunc(all, func(a, b queryRow) int { return q.compare(&a, &b) })
		require.Equal(t, len(all), best.count, "seed %d", seed)
		want := all[:min(best.most, len(all))]
		got := best.sorted()
		require.Len(t, got, len(want), "seed %d", seed)
		for i := range want {
			require.Equal(t, want[i].name, got[i].name, "seed %d", seed)
		}
	}
}

// TestNumbering: every value has the number of its first coming, in lists of any length.
func TestNumbering(t *testing.T) {
	for _, n := range []int{1, 16, 5_000} {
		list, want := []string{"first"}, map[string]int{"first": 0}
		var numbers numbering[string]
		dice := rand.New(rand.NewPCG(uint64(n), 3))
		for range 4 * n {
			value := fmt.Sprint(dice.IntN(n))
			known, ok := want[value]
			if !ok {
				known = len(want)
				want[value] = known
			}
			got, fresh := numbers.of(&list, value)
			require.Equal(t, known, got)
			require.Equal(t, !ok, fresh)
		}
		require.Len(t, list, len(want))
	}
}
