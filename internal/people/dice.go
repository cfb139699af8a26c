package people

import (
	"math"
	"math/rand/v2"
)

// dice are random numbers that follow from what they are made for.
type dice struct{ *rand.Rand }

// What dice are made for, so that equal numbers of different things have different dice.
const (
	streamMinute = 1
	streamVisit  = 2
	streamPerson = 3
)

func newDice(seed, stream, number uint64) *dice {
	return &dice{rand.New(rand.NewPCG(mix(seed^stream*0x9e3779b97f4a7c15), mix(number+stream)))}
}

// mix spreads the bits of a number (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d *dice) chance(p float64) bool { return d.Float64() < p }
func (d *dice) below(n int) int       { return d.IntN(n) }

// around gives a log-normal number with this median.
func (d *dice) around(median, spread float64) float64 {
	return median * math.Exp(d.NormFloat64()*spread)
}

// poisson gives the number of arrivals where mean are expected; beyond 30 by its normal approximation.
func (d *dice) poisson(mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*d.NormFloat64())))
	}
	n, p, limit := 0, d.Float64(), math.Exp(-mean)
	for p > limit {
		n++
		p *= d.Float64()
	}
	return n
}

func pick(d *dice, words ...string) string { return words[d.below(len(words))] }

// weighted picks an index by weight.
func weighted[T any](d *dice, items []T, weight func(*T) float64) int {
	total := 0.0
	for i := range items {
		total += weight(&items[i])
	}
	at := d.Float64() * total
	for i := range items {
		if at -= weight(&items[i]); at < 0 {
			return i
		}
	}
	return len(items) - 1
}

func follow(d *dice, links []link) string {
	return links[weighted(d, links, func(l *link) float64 { return l.weight })].to
}
