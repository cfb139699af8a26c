package report

import (
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/ztas-io/ztas/analytics"
)

// queryCell holds the counters of one row of a query. The zero value is an empty row.
type queryCell struct {
	visitors   int64
	pageviews  int64
	events     int64 // custom ones, or completions
	sessions   int64
	bounced    int64
	durationMS int64
	timeMS     int64 // engaged time
	timeFirsts int64 // engagements with seq = 1
	values     *valueTally
}

// empty tells whether nothing is counted.
func (c *queryCell) empty() bool {
	return c.visitors|c.pageviews|c.events|c.sessions|c.bounced|c.durationMS|c.timeMS|c.timeFirsts == 0 && (c.values == nil || c.values.n == 0)
}

// tidy lets go of a tally that is empty again.
func (c *queryCell) tidy() {
	if c.values != nil && c.values.n == 0 {
		c.values = nil
	}
}

// merge adds another cell, which stays as it is.
func (c *queryCell) merge(o *queryCell) {
	c.visitors += o.visitors
	c.pageviews += o.pageviews
	c.events += o.events
	c.sessions += o.sessions
	c.bounced += o.bounced
	c.durationMS += o.durationMS
	c.timeMS += o.timeMS
	c.timeFirsts += o.timeFirsts
	if o.values == nil {
		return
	}
	if c.values == nil {
		c.values = new(valueTally)
	}
	c.values.merge(o.values)
}

// addValue adds a value n times. each keeps how often every value came, for percentiles.
func (c *queryCell) addValue(v analytics.Fixed, n int64, each bool) {
	if c.values == nil {
		c.values = new(valueTally)
	}
	c.values.add(v, n, each)
}

func (c *queryCell) size() int {
	if c.values == nil {
		return 72
	}
	return 136 + 40*len(c.values.counts)
}

// valueTally is what is known of the values of events.
type valueTally struct {
	n      int64
	sum    ValueSum
	counts map[analytics.Fixed]int64 // how often each came; nil when nobody asks for percentiles
}

func (t *valueTally) add(v analytics.Fixed, n int64, each bool) {
	t.n += n
	t.sum.Add(v, n)
	if each {
		t.count(v, n)
	}
}

func (t *valueTally) count(v analytics.Fixed, n int64) {
	if t.counts == nil {
		t.counts = make(map[analytics.Fixed]int64)
	}
	if t.counts[v] += n; t.counts[v] == 0 {
		delete(t.counts, v)
	}
}

func (t *valueTally) merge(o *valueTally) {
	t.n += o.n
	t.sum.Merge(o.sum)
	for v, n := range o.counts {
		t.count(v, n)
	}
}

// percentile is element ⌈percent·n/100⌉ of the ascending list of values; 0 without any.
func (t *valueTally) percentile(percent int64) analytics.Fixed {
	if t == nil || t.n == 0 {
		return 0
	}
	want := (percent*t.n + 99) / 100
	for _, v := range slices.Sorted(maps.Keys(t.counts)) {
		if want -= t.counts[v]; want <= 0 {
			return v
		}
	}
	return 0
}

// mean is the mean in hundredths, half up; 0 without values.
func (t *valueTally) mean() *big.Int {
	if t == nil || t.n == 0 {
		return new(big.Int)
	}
	sum := t.sum.fixed() // ⌊sum/(100·n) + 1/2⌋; Div rounds down, as its divisor is positive
	sum.Add(sum.Lsh(sum, 1), big.NewInt(100*t.n))
	return sum.Div(sum, big.NewInt(200*t.n))
}

// total is the sum in units of 10^-4; 0 without values.
func (t *valueTally) total() *big.Int {
	if t == nil {
		return new(big.Int)
	}
	return t.sum.fixed()
}

// maxFixed is about the largest number that Fixed holds.
const maxFixed = 9e14

// numberFixed reads the text of a JSON number with four decimals, half up. ok is false beyond about ±9·10^14.
func numberFixed(text string) (v analytics.Fixed, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n < maxFixed && n > -maxFixed {
		return analytics.Fixed(n * 10_000), true
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.Abs(f) >= maxFixed:
		return 0, false
	case math.Abs(f) < 1e-6:
		return 0, true // and no exponent is too large for what follows
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	r.Mul(r, big.NewRat(20_000, 1)).Add(r, big.NewRat(1, 1)) // ⌊(20,000·x + 1) / 2⌋
	n := new(big.Int).Div(r.Num(), new(big.Int).Lsh(r.Denom(), 1))
	return analytics.Fixed(n.Int64()), true
}
