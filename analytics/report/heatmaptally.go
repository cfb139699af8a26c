package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unsafe"
)

// heatTally counts by key. It has no entries of zero, so that what was added and taken away leaves nothing behind (R3).
type heatTally[K comparable] map[K]int64

// add adds n, which may be negative.
func (c heatTally[K]) add(key K, n int64) {
	if now := c[key] + n; now != 0 {
		c[key] = now
	} else {
		delete(c, key)
	}
}

// merge adds another tally, which stays as it is.
func (c heatTally[K]) merge(o heatTally[K]) {
	for key, n := range o {
		c.add(key, n)
	}
}

// trim keeps the greatest counts, of equal ones those with the smallest keys. It tells whether there were more.
func (c heatTally[K]) trim(bound int, compare func(a, b K) int) (cut bool) {
	if len(c) <= bound {
		return false
	}
	for _, key := range c.ranked(compare)[bound:] {
		delete(c, key)
	}
	return true
}

// heatCut is part of every sum that keeps the greatest counts only.
type heatCut struct{ cut bool }

// Estimated tells whether counts were left out: then what is listed may lack some of them. The totals are exact.
func (c *heatCut) Estimated() bool { return c.cut }

// heard notes that counts were left out.
func (c *heatCut) heard(cut bool) { c.cut = c.cut || cut }

// ranked lists the keys by count descending, then by key ascending.
func (c heatTally[K]) ranked(compare func(a, b K) int) []K {
	return slices.SortedFunc(maps.Keys(c), func(a, b K) int { return cmp.Or(cmp.Compare(c[b], c[a]), compare(a, b)) })
}

// top is the key with the greatest count, of equal ones the smallest; the zero value of none.
func (c heatTally[K]) top(compare func(a, b K) int) (best K) {
	most := int64(0)
	for key, n := range c {
		if n > most || n == most && compare(key, best) < 0 {
			best, most = key, n
		}
	}
	return best
}

// size is about how many bytes the tally takes, without what its keys point to.
func (c heatTally[K]) size() int {
	var key K
	return 48 + len(c)*(int(unsafe.Sizeof(key))+8)*3/2
}

// median is the lower median, the element floor((n-1)/2) of the ascending list; 0 of none.
func (c heatTally[K]) median(compare func(a, b K) int) (value K) {
	total := int64(0)
	for _, n := range c {
		total += n
	}
	rank := (total - 1) / 2
	for _, value = range slices.SortedFunc(maps.Keys(c), compare) {
		if rank -= c[value]; rank < 0 {
			return value
		}
	}
	return value
}

// heatBin is a square of the normalised page.
type heatBin struct{ x, y int32 }

// compareBins is the order of ties: y, then x.
func compareBins(a, b heatBin) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x)) }

// Sides of bins in units (H2).
const (
	clickBin = 10
	moveBin  = 20
)

func binOf(x, y, vw int32, side int64) heatBin {
	return heatBin{int32(normal(x, vw) / side), int32(normal(y, vw) / side)}
}

// centre is where a frame shows the bin, px.
func (b heatBin) centre(f Frame, side int64) (x, y int64) {
	return f.scaled(int64(b.x)*side + side/2), f.scaled(int64(b.y)*side + side/2)
}

// heatSpot is what clicks have in common. Each type of heatmap leaves zero what it does not ask for.
type heatSpot struct {
	bin                     heatBin
	rage                    int32 // number of the click in its burst
	selector, element, text string
}

func compareSpots(a, b heatSpot) int {
	return cmp.Or(strings.Compare(a.selector, b.selector), strings.Compare(a.element, b.element), strings.Compare(a.text, b.text),
		compareBins(a.bin, b.bin), cmp.Compare(a.rage, b.rage))
}
