package report

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAmountOf(t *testing.T) {
	f := func(text, want string) { // in units of 10^-4; "" is none
		t.Helper()
		v, ok := amountOf(text)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, v.big().String(), text)
		}
	}
	f("0", "0")
	f("-2.50004999", "-25000")
	f("2.50005", "25001")
	f("-1.00005", "-10000")
	f("-0.00005", "0") // as the value of an event
	f("-0.000051", "-1")
	f("1e-400", "0")
	f("1768494620000000", "17684946200000000000") // a time in µs, which Fixed does not hold
	f("900000000000000", "9000000000000000000")
	f("-922337203685477.58080", "-9223372036854775808")
	f("-922337203685477.58086", "-9223372036854775809")
	f("922337203685477.58075", "9223372036854775808")
	f("1e21", "10000000000000000000000000")
	f("1e308", "1"+string(slices.Repeat([]byte("0"), 312)))
	f("1e309", "")
	f("x", "")
}

// TestLargeValues: sums, means and percentiles of numbers of any size are those of big numbers, and what is taken away leaves nothing.
func TestLargeValues(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	texts := []string{"-1e300", "-1e16", "-1768494620000000.5", "-3", "0", "1.25", "899999999999999", "1768494620000000", "1768494620000001", "1e16", "1e+300"}
	for range 200 {
		var left, right valueTally
		var all []*big.Int
		sum := new(big.Int)
		var added []amount
		for range 1 + dice.IntN(30) {
			v, ok := amountOf(texts[dice.IntN(len(texts))])
			require.True(t, ok)
			added, all = append(added, v), append(all, v.big())
			sum.Add(sum, v.big())
			if dice.IntN(2) == 0 {
				left.add(v, 1, true)
			} else {
				right.add(v, 1, true)
			}
		}
		left.merge(&right)
		slices.SortFunc(all, (*big.Int).Cmp)
		require.Equal(t, sum.String(), left.total().String())
		for _, percent := range []int{50, 90, 99} {
			require.Equal(t, all[(percent*len(all)+99)/100-1].String(), left.percentile(int64(percent)).String())
		}
		for _, v := range added {
			left.add(v, -1, true)
		}
		require.Zero(t, left.n)
		require.Nil(t, left.largeSum)
		require.Empty(t, left.large)
		require.Empty(t, left.counts)
	}
}
