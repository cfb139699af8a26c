package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Decimal4 is a decimal in units of 10^-4. Its JSON is a number without zeros at its end.
type Decimal4 int64

// MarshalJSON writes the number.
func (d Decimal4) MarshalJSON() ([]byte, error) { return []byte(decimal(big.NewInt(int64(d)), 4)), nil }

// UnmarshalJSON reads the number; more decimals are an error.
func (d *Decimal4) UnmarshalJSON(b []byte) error {
	n, err := parseDecimal(b, 10_000)
	*d = Decimal4(n)
	return err
}

// Decimal2 is a decimal in units of 10^-2.
type Decimal2 int32

// MarshalJSON writes the number.
func (d Decimal2) MarshalJSON() ([]byte, error) { return []byte(decimal(big.NewInt(int64(d)), 2)), nil }

// UnmarshalJSON reads the number; more decimals are an error.
func (d *Decimal2) UnmarshalJSON(b []byte) error {
	n, err := parseDecimal(b, 100)
	*d = Decimal2(n)
	return err
}

// parseDecimal reads a number in plain notation as a count of 1/scale.
func parseDecimal(b []byte, scale int64) (int64, error) {
	const longest = 24 // characters
	if len(b) > longest || bytes.ContainsAny(b, "eE") {
		return 0, fmt.Errorf("decimal %.40q", b)
	}
	v, ok := new(big.Rat).SetString(string(b))
	if ok {
		v.Mul(v, big.NewRat(scale, 1))
	}
	if !ok || !v.IsInt() || !v.Num().IsInt64() {
		return 0, fmt.Errorf("decimal %q", b)
	}
	return v.Num().Int64(), nil
}

// Properties are custom properties, ascending by key. Their JSON is a flat object with the values as the tracker sent them.
type Properties []analytics.Property

// MarshalJSON writes the object.
func (p Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	text := func(s string) error {
		err := enc.Encode(s)
		b.Truncate(max(0, b.Len()-1)) // the line feed
		return err
	}
	b.WriteByte('{')
	for i, x := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := text(x.Key); err != nil {
			return nil, fmt.Errorf("encode a property's key: %w", err)
		}
		b.WriteByte(':')
		if x.Type != analytics.StringProperty && json.Valid([]byte(x.Text)) {
			b.WriteString(x.Text)
			continue
		}
		if err := text(x.Text); err != nil {
			return nil, fmt.Errorf("encode property %s: %w", x.Key, err)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads the object.
func (p *Properties) UnmarshalJSON(b []byte) error {
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(b, &sent); err != nil {
		return fmt.Errorf("decode properties: %w", err)
	}
	*p = make(Properties, 0, len(sent))
	for key, raw := range sent {
		x := analytics.Property{Key: key, Text: string(raw)}
		switch {
		case raw[0] == '"':
			if err := json.Unmarshal(raw, &x.Text); err != nil {
				return fmt.Errorf("decode property %s: %w", key, err)
			}
		case x.Text == "true" || x.Text == "false":
			x.Type = analytics.BoolProperty
		case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
			x.Type = analytics.NumberProperty
		default:
			return fmt.Errorf("property %s is not flat", key)
		}
		*p = append(*p, x)
	}
	slices.SortFunc(*p, func(a, b analytics.Property) int { return strings.Compare(a.Key, b.Key) })
	return nil
}
