package analytics

import (
	"slices"
	"strings"
)

// Dim is a dimension: something by which pageviews or sessions are counted.
type Dim uint8

// The dimensions. Their order is part of the stored format: append only.
const (
	DimPage Dim = iota // pageviews and visitors by path; the others count sessions by an attribute of their entry (or exit)
	DimSource
	DimChannel
	DimReferrer
	DimUTMSource
	DimUTMMedium
	DimUTMCampaign
	DimUTMTerm
	DimUTMContent
	DimCountry
	DimRegion
	DimDevice
	DimBrowser
	DimBrowserVersion
	DimOS
	DimOSVersion
	DimEntryPage
	DimExitPage
	dims // their number
)

// other is the id of "(other)": what a capped dimension does not count by itself.
const other = 0

// OtherValue is how the rest of a capped dimension is reported.
const OtherValue = "(other)"

// dimension counts by (value, local hour) for one local day. The first cap values are exact; a later one is counted by a sketch of fixed
// size and takes the place of the smallest exact value when its guaranteed count exceeds that one's (data-model.md, Dimension cap).
type dimension struct {
	cap    int
	values []string // id → value; frozen copies share it
	shared bool     // a frozen copy has the values: they are copied before one is replaced
	cells  table[*cellPage]
	exact  int           // values that are counted by themselves
	floor  uint64        // no exact value counts less; a lower bound, raised when it is looked for
	sketch *heavyHitters // nil until the cap was reached
	index  *placeIndex   // of exact values; nil while there are only a few; derived
	least  *smallest     // nil until it is asked for; derived
}

func newDimension(limit int) *dimension {
	d := &dimension{cap: limit}
	d.grow(OtherValue)
	d.exact = 0
	return d
}

// fewValues is up to how many values, "(other)" included, are looked through: most dimensions of most sites have no more, and eighteen maps would
// be a fifth of a small site's memory.
const fewValues = 9

// find returns the id of an exact value.
func (d *dimension) find(value string) (id int, ok bool) {
	if d.index != nil {
		places := d.index.probe(textHash(value))
		for at, ok := places.next(); ok; at, ok = places.next() {
			if d.values[at] == value {
				return int(at), true
			}
		}
		return other, false
	}
	for id := other + 1; id < len(d.values); id++ {
		if d.values[id] == value {
			return id, true
		}
	}
	return other, false
}

// grow gives a new value the next id.
func (d *dimension) grow(value string) int {
	id := len(d.values)
	value = strings.Clone(value)
	d.values = append(d.values, value)
	if id%cellsPerPage == 0 {
		d.cells.grow(new(cellPage))
	}
	d.cells.write(id / cellsPerPage) // the page is stored with its values
	d.exact++
	if d.index != nil {
		d.index.add(textHash(value), uint32(id))
	} else if len(d.values) > fewValues {
		d.makeIndex()
	}
	return id
}

// replace gives the id of a value that counts nothing to a new one: nothing refers to it.
func (d *dimension) replace(id int, value string) {
	if d.shared {
		d.values, d.shared = slices.Clone(d.values), false
	}
	d.values[id] = strings.Clone(value)
	d.index.add(textHash(value), uint32(id))
}

// id returns the id under which an arrival of value counts now, from then on for good: other when the dimension is full.
func (d *dimension) id(value string) int {
	if id, ok := d.find(value); ok {
		return id
	}
	if d.exact < d.cap {
		return d.grow(value)
	}
	if d.sketch == nil {
		d.sketch = newHeavyHitters()
		d.makeIndex()
	}
	count := d.sketch.add(value)
	if count <= d.floor {
		return other
	}
	id, n := d.smallest()
	d.floor = uint64(n)
	if count <= d.floor {
		return other
	}
	d.index.remove(textHash(d.values[id]), uint32(id))
	d.sketch.remove(value)
	if p := d.cells.write(id / cellsPerPage); p.sum[id%cellsPerPage].a == 0 {
		d.replace(id, value)
	} else {
		p.flags[id%cellsPerPage] |= flagDisplaced
		d.exact--
		id = d.grow(value)
	}
	d.cells.write(id/cellsPerPage).estimate(id%cellsPerPage, count-1) // this arrival is counted now
	if d.least != nil {
		d.least.fell(id, int64(count-1))
	}
	return id
}

// smallest finds the exact value with the lowest rank, of equal ones the youngest.
func (d *dimension) smallest() (id int, count int64) {
	if d.least == nil {
		d.least = new(smallest)
		for i := other + 1; i < len(d.values); i++ {
			if n, ok := d.rank(i); ok {
				d.least.fell(i, n)
			}
		}
	}
	least := d.least.find(d.rank)
	return least.id, least.count
}

// rank is by which an id keeps its place; ok is false for a value that was displaced.
func (d *dimension) rank(id int) (n int64, ok bool) {
	p := d.cells.read(id / cellsPerPage)
	return p.rank(id % cellsPerPage), p.flags[id%cellsPerPage]&flagDisplaced == 0
}

// add changes the counts of an id in a local hour.
func (d *dimension) add(id, hour int, a, b int32) {
	d.cells.write(id/cellsPerPage).add(id%cellsPerPage, hour, a, b)
	if a >= 0 || id == other || d.least == nil && d.floor == 0 {
		return
	}
	n, ok := d.rank(id)
	if !ok {
		return
	}
	d.floor = min(d.floor, uint64(n))
	if d.least != nil {
		d.least.fell(id, n)
	}
}

// freeze returns an immutable copy without index; full ones can be thawed again.
func (d *dimension) freeze(full bool) *dimension {
	d.shared = true
	f := &dimension{
		cap: d.cap, values: d.values[:len(d.values):len(d.values)], shared: true, cells: d.cells.freeze(), exact: d.exact, floor: d.floor,
	}
	if full {
		f.sketch = d.sketch.clone()
	}
	return f
}

// thaw makes a writable copy of a frozen one. was is what that was frozen from, which is not used any more: as long as no value had lost its place,
// its index is good when it has no more values.
func (d *dimension) thaw(was *dimension) *dimension {
	t := d.freeze(true)
	t.cells = t.cells.thaw()
	if was.sketch == nil && len(was.values) == len(t.values) {
		t.index = was.index
	} else {
		t.reindex()
	}
	return t
}

// reindex makes what is derived.
func (d *dimension) reindex() {
	if d.index = nil; len(d.values) > fewValues || d.sketch != nil {
		d.makeIndex()
	}
	if d.sketch != nil && d.sketch.index == nil {
		d.sketch.reindex()
	}
}

func (d *dimension) makeIndex() {
	d.index = newPlaceIndex(len(d.values))
	for id := other + 1; id < len(d.values); id++ {
		if d.cells.read(id / cellsPerPage).flags[id%cellsPerPage]&flagDisplaced == 0 {
			d.index.add(textHash(d.values[id]), uint32(id))
		}
	}
}

// each calls f for every value that has counts in the hours from first on, "(other)" included.
func (d *dimension) each(first int, f func(value string, n Count)) {
	rest := Count{}
	for id, value := range d.values {
		p := d.cells.read(id / cellsPerPage)
		n := p.since(id%cellsPerPage, first)
		if id == other || p.flags[id%cellsPerPage]&flagDisplaced != 0 {
			rest.A += n.A
			rest.B += n.B
			continue
		}
		n.Estimated = p.flags[id%cellsPerPage]&flagEstimated != 0
		if n.A != 0 || n.B != 0 {
			f(value, n)
		}
	}
	if rest.A != 0 || rest.B != 0 {
		f(OtherValue, rest)
	}
}

// Count is what a dimension knows of a value. Of pages, A are pageviews and B visitors; of all others A are sessions.
type Count struct {
	A, B      int64
	Estimated bool
}
