package ingest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// numberText is the text of a decoded JSON number; ok is false for any other value.
func numberText(v any) (text string, ok bool) {
	switch v := v.(type) {
	case json.Number:
		return string(v), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", false
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	}
	return "", false
}

// number is a decoded JSON number; ok is false for any other value and for one beyond its range.
func number(v any) (f float64, ok bool) {
	text, ok := numberText(v)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// maxValue is the largest value of an event.
const maxValue = 1e12

// parseFixed reads a decimal number with four places; ok is false beyond maxValue.
func parseFixed(text string) (v analytics.Fixed, ok bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > maxValue {
		return 0, false
	}
	if strings.ContainsAny(text, "eE") {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	n := shift(text, 4)
	return analytics.Fixed(n), n >= -maxValue*10_000 && n <= maxValue*10_000
}

// shift is the number text × 10^places, half up (⌊x + 1/2⌋, metrics.md §1) by its digits, not those of the nearest binary fraction. text has no
// exponent and at most 13 digits before its point.
func shift(text string, places int) (n int64) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	for i := 0; i < len(whole); i++ {
		n = 10*n + int64(whole[i]-'0')
	}
	for i := range places {
		n *= 10
		if i < len(fraction) {
			n += int64(fraction[i] - '0')
		}
	}
	rest := fraction[min(places, len(fraction)):]
	if negative {
		if strings.TrimRight(rest, "0") > "5" {
			n++
		}
		return -n
	}
	if rest >= "5" {
		n++
	}
	return n
}

// shiftClip is v × 10^places as shift rounds it, between low and high.
func shiftClip(v float64, places int, low, high int32) int32 {
	v = min(max(v, 0), maxValue)
	if v == math.Trunc(v) {
		return roundClip(v*math.Pow10(places), low, high)
	}
	return int32(min(max(shift(strconv.FormatFloat(v, 'f', -1, 64), places), int64(low)), int64(high)))
}

// roundClip rounds half up and keeps the result between low and high.
func roundClip(v float64, low, high int32) int32 {
	switch v = math.Floor(v + 0.5); {
	case v < float64(low):
		return low
	case v > float64(high):
		return high
	}
	return int32(v)
}

// floorClip rounds down and keeps the result between low and high.
func floorClip(v float64, low, high int32) int32 { return roundClip(math.Floor(v), low, high) }
