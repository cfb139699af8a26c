package testkit

import (
	"math/big"
	"strconv"
	"strings"
)

// Decimal is num/den half up to some decimals, as JSON shows it; "0" when den is 0 (metrics.md §1).
func Decimal(num, den int64, places int) string {
	if den == 0 {
		return "0"
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	x := new(big.Rat).SetFrac64(num, den)
	x.Mul(x, new(big.Rat).SetInt(scale)).Add(x, big.NewRat(1, 2))
	floor, _ := new(big.Int).DivMod(x.Num(), x.Denom(), new(big.Int)) // Euclidean, and so downwards
	text := new(big.Rat).SetFrac(floor, scale).FloatString(places)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Ratio is Decimal as a number.
func Ratio(num, den int64, places int) float64 {
	f, err := strconv.ParseFloat(Decimal(num, den, places), 64)
	if err != nil {
		panic(err)
	}
	return f
}

// Pct is pct(a, b).
func Pct(a, b int64) float64 { return Ratio(100*a, b, 2) }

// Sec is sec(ms, n).
func Sec(ms, n int64) int64 { return int64(Ratio(ms, 1000*n, 0)) }
