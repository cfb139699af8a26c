package report

import (
	"encoding/json"
	"math/big"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// ValueSum is an exact sum of values. A value may be 10^12 and has four decimals, so that a thousand of them pass 64 bits; the halves are summed
// each on its own and put together in the end. The zero value is 0. Equal values added give equal sums (R1).
type ValueSum struct{ high, low int64 } // high * valueHalf + low

const (
	valueHalf   = 1_000_000_000
	fixedPlaces = 4 // of analytics.Fixed
)

// Add adds a value n times; a negative n takes it away.
func (s *ValueSum) Add(v analytics.Fixed, n int64) {
	s.high += n * (int64(v) / valueHalf)
	s.low += n * (int64(v) % valueHalf)
}

// Merge adds another sum.
func (s *ValueSum) Merge(o ValueSum) {
	s.high += o.high
	s.low += o.low
}

// fixed is the sum in units of 10^-4.
func (s ValueSum) fixed() *big.Int {
	n := new(big.Int).Mul(big.NewInt(s.high), big.NewInt(valueHalf))
	return n.Add(n, big.NewInt(s.low))
}

// Number is the sum as JSON shows it, with up to four decimals.
func (s ValueSum) Number() json.Number { return decimal(s.fixed(), fixedPlaces) }

// Mean is the mean of n values, half up to two decimals; 0 without values.
func (s ValueSum) Mean(n int64) json.Number {
	if n == 0 {
		return "0"
	}
	// floor(sum/(100·n) + 1/2) hundredths; Div rounds down, as its divisor is positive.
	sum := s.fixed()
	sum.Add(sum.Lsh(sum, 1), big.NewInt(100*n))
	return decimal(sum.Div(sum, big.NewInt(200*n)), 2)
}

// decimal writes n/10^places without zeros at its end.
func decimal(n *big.Int, places int) json.Number {
	digits := new(big.Int).Abs(n).String()
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	text := strings.TrimRight(digits[:len(digits)-places]+"."+digits[len(digits)-places:], "0")
	text = strings.TrimSuffix(text, ".")
	if n.Sign() < 0 {
		text = "-" + text
	}
	return json.Number(text)
}
