package analytics

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// statsDims are the dimensions that statistics show.
var statsDims = [...]Dim{DimPage, DimReferrer, DimCountry, DimDevice, DimChannel, DimBrowser, DimOS}

// leastBase is how many closed days are worth keeping their sum.
const leastBase = 8

// StatsBase is the sum of the first days of a range, made once: a year of a site with many pages is millions of rows. It may stand on another, of the
// first of these days; then its dimensions are those of the days behind that. It is immutable and safe for concurrent use.
type StatsBase struct {
	tally  tally
	ranked [dims][]rollupRow // of each dimension that is shown, what its own values add up to with those below, in the order of a top list
}

// BaseKey names the days that a base sums: equal keys of one site have equal bases.
type BaseKey struct {
	first, last Day
	from, to    int64
	zone        string
	quiet       bool   // of open days, too
	state       uint64 // hash of what the days are
}

// Replaces tells whether nobody is likely to ask for the base of another key any more once there is one of this: the same days, of which some changed
// or more are closed.
func (k BaseKey) Replaces(o BaseKey) bool {
	return k != o && k.first == o.first && o.last <= k.last && k.zone == o.zone && k.quiet == o.quiet
}

// WithState is the key of the same question when its days have changed.
func (k BaseKey) WithState(state uint64) BaseKey {
	k.state = state
	return k
}

// Bases gives the base of a key, which it may keep; sum makes it. With no sum it gives what is kept, or nil.
type Bases func(key BaseKey, sum func(load Rollups) (*StatsBase, error)) (*StatsBase, error)

// quietFor is how long an open day must not have changed, ms, for a sum to be made of it. It decides what is computed again, not what is true.
const quietFor = 2_000

// base gives the sum of the days of a range that change no more, or had not changed for a while at the time now; nil when it is not worth it.
// Days that are closed have a sum of their own, since the others change now and then. The range is by day.
func (v *View) base(r Range, bases Bases, now int64) (*StatsBase, error) {
	key := BaseKey{first: r.First, last: r.Last, from: r.From, to: r.To, zone: r.Zone.Name()}
	for _, d := range v.days {
		if d.day >= r.First && d.day <= key.last {
			key.last, key.to = d.day-1, 0 // the range ends behind them
		}
	}
	if bases == nil || r.Interval != Daily || key.last-key.first+1 < leastBase {
		return nil, nil
	}
	names := v.closedNames(key)
	key.state = xxhash.Sum64(names)
	quiet := v.quiet(key, r, names, now)
	closed, err := bases(key, func(load Rollups) (*StatsBase, error) { return v.closedBase(key, r, bases, load) })
	if err != nil || quiet.last == key.last {
		return closed, err
	}
	return bases(quiet, func(load Rollups) (*StatsBase, error) {
		return v.baseOf(closed.grow(), key.last+1, quiet.last, r, load)
	})
}

// closedBase is the base of days that change no more. One of fewer days that is kept is extended: most of a year closed long before its last days.
func (v *View) closedBase(key BaseKey, r Range, bases Bases, load Rollups) (*StatsBase, error) {
	fewer := key
	for fewer.to = 0; fewer.last > key.first && key.last-fewer.last < leastBase; {
		fewer.last--
		fewer.state = xxhash.Sum64(v.closedNames(fewer))
		kept, err := bases(fewer, nil)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			more, err := v.baseOf(kept.grow(), fewer.last+1, key.last, r, load)
			if err != nil {
				return nil, err
			}
			return more.flat(), nil
		}
	}
	t := new(tally)
	t.init()
	return v.baseOf(t, key.first, key.last, r, load)
}

// closedNames is what the closed days of a key are: equal names are equal days.
func (v *View) closedNames(key BaseKey) []byte {
	names := make([]byte, 0, 8*(key.last-key.first+leastBase))
	for i := range v.closed {
		if c := &v.closed[i]; c.day >= key.first && c.day <= key.last {
			names = binary.LittleEndian.AppendUint64(names, c.rollup)
		}
	}
	return names
}

// quiet is the key of the days behind those of key that had not changed for a while at the time now, together with those. names are what the days of
// key are; the keys are equal when there is none.
func (v *View) quiet(key BaseKey, r Range, names []byte, now int64) BaseKey {
	for _, d := range v.days {
		if d.day <= key.last {
			continue
		}
		if d.day >= r.Last || max(now, v.logical)-d.touched < quietFor {
			break
		}
		key.last, key.quiet = d.day, true
		for _, n := range [...]int64{int64(d.day), d.touched, int64(d.rows()), d.ignored()} { // any record changes one of them
			names = binary.LittleEndian.AppendUint64(names, uint64(n))
		}
	}
	key.state = xxhash.Sum64(names)
	return key
}

// baseOf makes a base of what is in t and some days more.
func (v *View) baseOf(t *tally, first, last Day, r Range, load Rollups) (*StatsBase, error) {
	for d := first; d <= last; d++ {
		if err := v.addDay(t, d, r, load); err != nil {
			return nil, err
		}
	}
	b := &StatsBase{tally: *t}
	for _, dim := range statsDims {
		rows := make([]rollupRow, 0, len(t.dims[dim]))
		for value := range t.dims[dim] {
			if n := t.count(dim, value); n.A > 0 {
				rows = append(rows, rollupRow{value, n})
			}
		}
		slices.SortFunc(rows, byRank)
		b.ranked[dim] = rows
	}
	return b, nil
}

// grow is a tally that goes on from the base.
func (b *StatsBase) grow() *tally {
	t := new(tally)
	t.init()
	t.standOn(b)
	return t
}

// standOn has an empty tally go on from the base.
func (t *tally) standOn(b *StatsBase) {
	own, room := t.dims, t.room
	*t = b.tally
	t.base, t.series, t.dims, t.room = b, slices.Clip(t.series), own, room
}

// flat is the same base standing on no other.
func (b *StatsBase) flat() *StatsBase {
	lower, f := b.tally.base, &StatsBase{tally: b.tally}
	f.tally.base = nil
	for _, dim := range statsDims {
		sums := maps.Clone(lower.tally.dims[dim])
		for value, n := range b.tally.dims[dim] {
			sums[value] = sums[value].plus(n)
		}
		f.tally.dims[dim] = sums
		rows, more := make([]rollupRow, 0, len(sums)), b.ranked[dim]
		for _, row := range lower.ranked[dim] {
			if b.tally.above(lower, dim, row.value) {
				continue
			}
			for len(more) > 0 && byRank(more[0], row) < 0 {
				rows, more = append(rows, more[0]), more[1:]
			}
			rows = append(rows, row)
		}
		f.ranked[dim] = append(rows, more...)
	}
	return f
}

// Size is about how much memory the base takes, in bytes.
func (b *StatsBase) Size() int {
	n := 4096 + 64*len(b.tally.series)
	for _, dim := range statsDims {
		n += int(mapBytes(b.tally.dims[dim])) + int(sliceBytes(b.ranked[dim]))
		for _, row := range b.ranked[dim] {
			n += len(row.value)
		}
	}
	return n
}
