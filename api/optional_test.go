package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

func TestNumeral(t *testing.T) {
	const no = -1
	f := func(text string, integer, decimal int64) {
		t.Helper()
		var body struct {
			N optional[numeral] `json:"n"`
		}
		require.NoError(t, decodeJSON([]byte(`{"n":`+text+`}`), &body))
		i, ok := body.N.value.integer(0, 1000)
		if !ok {
			i = no
		}
		d, ok := body.N.value.decimal(1000)
		if !ok {
			d = no
		}
		require.Equal(t, []any{integer, analytics.Fixed(decimal)}, []any{i, d}, text)
	}
	f("0", 0, 0)
	f("-0", 0, 0)
	f("5", 5, 50_000)
	f("5.0", 5, 50_000)
	f("0.5e1", 5, 50_000)
	f("1E3", 1000, 10_000_000)
	f("1000.0001", no, no)
	f("1001", no, no)
	f("0.1", no, 1000)
	f("0.0001", no, 1)
	f("1e-4", no, 1)
	f("1.00010", no, 10_001)
	f("0.00001", no, no)
	f("-0.0001", no, no)
	f("0.3", no, 3000) // no binary fraction
	f("999.9999", no, 9_999_999)
	f("1e400", no, no)
	f("1e-400", no, no)
	f("1e99999999999999999999", no, no)
	f("0."+strings.Repeat("0", 100)+"1", no, no)
	f("1"+strings.Repeat("0", 100), no, no)
}

func TestOptional(t *testing.T) {
	type body struct {
		Name optional[string]  `json:"name"`
		N    optional[numeral] `json:"n"`
		On   optional[bool]    `json:"on"`
	}
	f := func(text string, sent, null bool) {
		t.Helper()
		var b body
		require.NoError(t, decodeJSON([]byte(text), &b))
		require.Equal(t, []bool{sent, sent, sent}, []bool{b.Name.sent, b.N.sent, b.On.sent})
		require.Equal(t, []bool{null, null, null}, []bool{b.Name.value == nil, b.N.value == nil, b.On.value == nil})
		require.Equal(t, !null, b.On.or(false) == b.On.or(true)) // what stands for null and absence is only seen then
	}
	f(`{}`, false, true)
	f(`{"name":null,"n":null,"on":null}`, true, true)
	f(`{"name":"","n":0,"on":false}`, true, false)
	for text, message := range map[string]string{
		`{"name":1}`: "name must be a string", `{"n":"1"}`: "n must be a number", `{"n":true}`: "n must be a number", `{"on":1}`: "on must be a boolean",
	} {
		require.EqualError(t, decodeJSON([]byte(text), new(body)), message)
	}
}
