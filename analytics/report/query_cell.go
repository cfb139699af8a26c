package report

import (
	"cmp"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

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
func (c *queryCell) addValue(v amount, n int64, each bool) {
	if c.values == nil {
		c.values = new(valueTally)
	}
	c.values.add(v, n, each)
}

func (c *queryCell) size() int {
	if c.values == nil {
		return 72
	}
	return 152 + 40*len(c.values.counts) + 360*len(c.values.large) // of up to 313 digits
}

// amount is a value of an event: with four decimals, as Fixed has it, or whole where Fixed cannot hold it.
type amount struct {
	fixed analytics.Fixed
	large string // digits of a number of units of 10^-4; "": it is fixed
}

// big is the amount in units of 10^-4.
func (v amount) big() *big.Int {
	if v.large == "" {
		return big.NewInt(int64(v.fixed))
	}
	n, _ := new(big.Int).SetString(v.large, 10)
	return n
}

// valueTally is what is known of the values of events. The counts are nil when nobody asks for percentiles.
type valueTally struct {
	n        int64
	sum      ValueSum
	counts   map[analytics.Fixed]int64 // how often each came
	largeSum *big.Int                  // of the large ones, in units of 10^-4; nil: 0
	large    map[string]int64          // how often each of them came
}

func (t *valueTally) add(v amount, n int64, each bool) {
	t.n += n
	if v.large == "" {
		t.sum.Add(v.fixed, n)
		if each {
			t.counts = counted(t.counts, v.fixed, n)
		}
		return
	}
	t.addLarge(new(big.Int).Mul(v.big(), big.NewInt(n)))
	if each {
		t.large = counted(t.large, v.large, n)
	}
}

func (t *valueTally) addLarge(n *big.Int) {
	if t.largeSum == nil {
		t.largeSum = new(big.Int)
	}
	if t.largeSum.Add(t.largeSum, n).Sign() == 0 {
		t.largeSum = nil
	}
}

// counted counts a value n times more.
func counted[V comparable](counts map[V]int64, v V, n int64) map[V]int64 {
	if counts == nil {
		counts = make(map[V]int64)
	}
	if counts[v] += n; counts[v] == 0 {
		delete(counts, v)
	}
	return counts
}

func (t *valueTally) merge(o *valueTally) {
	t.n += o.n
	t.sum.Merge(o.sum)
	if o.largeSum != nil {
		t.addLarge(o.largeSum)
	}
	for v, n := range o.counts {
		t.counts = counted(t.counts, v, n)
	}
	for v, n := range o.large {
		t.large = counted(t.large, v, n)
	}
}

// percentile is element ⌈percent·n/100⌉ of the ascending list of values, in units of 10^-4; 0 without any.
func (t *valueTally) percentile(percent int64) *big.Int {
	if t == nil || t.n == 0 {
		return new(big.Int)
	}
	want := (percent*t.n + 99) / 100
	large := slices.SortedFunc(maps.Keys(t.large), compareLarge)
	above, _ := slices.BinarySearchFunc(large, "0", compareLarge)
	for _, v := range large[:above] {
		if want -= t.large[v]; want <= 0 {
			return amount{large: v}.big()
		}
	}
	for _, v := range slices.Sorted(maps.Keys(t.counts)) {
		if want -= t.counts[v]; want <= 0 {
			return amount{fixed: v}.big()
		}
	}
	for _, v := range large[above:] {
		if want -= t.large[v]; want <= 0 {
			return amount{large: v}.big()
		}
	}
	return new(big.Int)
}

// compareLarge orders whole numbers by their digits.
func compareLarge(a, b string) int {
	below, belowToo := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	bySize := cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	switch {
	case below && belowToo:
		return -bySize
	case below:
		return -1
	case belowToo:
		return 1
	}
	return bySize
}

// mean is the mean in hundredths, half up; 0 without values.
func (t *valueTally) mean() *big.Int {
	if t == nil || t.n == 0 {
		return new(big.Int)
	}
	sum := t.total() // ⌊sum/(100·n) + 1/2⌋; Div rounds down, as its divisor is positive
	sum.Add(sum.Lsh(sum, 1), big.NewInt(100*t.n))
	return sum.Div(sum, big.NewInt(200*t.n))
}

// total is the sum in units of 10^-4; 0 without values.
func (t *valueTally) total() *big.Int {
	if t == nil {
		return new(big.Int)
	}
	sum := t.sum.fixed()
	if t.largeSum != nil {
		sum.Add(sum, t.largeSum)
	}
	return sum
}

// maxFixed is about the largest number that Fixed holds.
const maxFixed = 9e14

// amountOf reads the text of a JSON number with four decimals, half up. ok is false beyond the range of a float64, about ±1.8·10^308.
func amountOf(text string) (v amount, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n < maxFixed && n > -maxFixed {
		return amount{fixed: analytics.Fixed(n * 10_000)}, true
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return v, false
	case math.Abs(f) < 1e-6:
		return v, true // and no exponent is too large for what follows
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return v, false
	}
	r.Mul(r, big.NewRat(20_000, 1)).Add(r, big.NewRat(1, 1)) // ⌊(20,000·x + 1) / 2⌋
	n := new(big.Int).Div(r.Num(), new(big.Int).Lsh(r.Denom(), 1))
	if n.IsInt64() {
		return amount{fixed: analytics.Fixed(n.Int64())}, true
	}
	return amount{large: n.String()}, true
}
