package api

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// optional is a member of a body that may be absent, null or a value: in a PATCH all three mean something else (README §1).
type optional[T any] struct {
	sent  bool
	value *T // nil: null or absent
}

// UnmarshalJSON reads a member that is there.
func (o *optional[T]) UnmarshalJSON(b []byte) error {
	o.sent = true
	return json.Unmarshal(b, &o.value)
}

// or is the value, or what stands for null and absence.
func (o *optional[T]) or(missing T) T {
	if o.value == nil {
		return missing
	}
	return *o.value
}

// textOf is a text member, cleaned; "" when it is null or absent.
func textOf(o *optional[string]) string {
	if o.value == nil {
		return ""
	}
	return cleanText(*o.value)
}

// numeral is a JSON number as it was sent, so that reading it rounds nothing.
type numeral string

// UnmarshalJSON takes a number of any size.
func (n *numeral) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '-' && (b[0] < '0' || b[0] > '9') {
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[numeral]()}
	}
	*n = numeral(b)
	return nil
}

// integer reads a whole number of at least lo and at most hi; 60.0 and 6e1 are whole too.
func (n numeral) integer(lo, hi int64) (int64, bool) {
	v, ok := n.rational()
	if !ok || !v.IsInt() || v.Cmp(big.NewRat(lo, 1)) < 0 || v.Cmp(big.NewRat(hi, 1)) > 0 {
		return 0, false
	}
	return v.Num().Int64(), true
}

// decimal reads a number of at least 0 and at most hi with at most four decimals.
func (n numeral) decimal(hi int64) (analytics.Fixed, bool) {
	v, ok := n.rational()
	if !ok || v.Sign() < 0 || v.Cmp(big.NewRat(hi, 1)) > 0 {
		return 0, false
	}
	v.Mul(v, big.NewRat(10_000, 1))
	return analytics.Fixed(v.Num().Int64()), v.IsInt()
}

// maxNumeral bounds the text and the exponent of a number that is looked at: all that are longer are out of every bound.
const maxNumeral = 64

func (n numeral) rational() (*big.Rat, bool) {
	s := strings.ToLower(string(n))
	_, exponent, _ := strings.Cut(s, "e")
	if exponent != "" {
		if e, err := strconv.Atoi(exponent); err != nil || e < -maxNumeral || e > maxNumeral {
			return nil, false
		}
	}
	if len(s) > maxNumeral {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// fixedNumber shows a decimal of at most 15 digits as a JSON number.
func fixedNumber(v analytics.Fixed) float64 { return float64(v) / 10_000 }
