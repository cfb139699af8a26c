package analytics

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"sync"
)

// View is a site's counters at one position. It is immutable: it can be asked in any goroutine while the fold goes on.
type View struct {
	pos      Pos
	zone     Zone
	logical  int64
	lastView int64
	days     []*day // frozen, counters only
	closed   []closedDay
}

// View freezes the counters: pointers are copied, not counts.
func (s *State) View() *View {
	v := &View{pos: s.pos, zone: s.zone, logical: s.logical, lastView: s.lastView, closed: s.closed, days: make([]*day, len(s.days))}
	for i, d := range s.days {
		v.days[i] = d.freeze(false)
	}
	return v
}

// Pos returns the position that the view shows.
func (v *View) Pos() Pos { return v.pos }

// Holds tells whether a stored day may have a row of the time ts (UTC ms).
func (v *View) Holds(ts int64) bool {
	has := func(span [2]int64) bool { return ts >= span[0] && ts < span[1] }
	return slices.ContainsFunc(v.days, func(d *day) bool { return has(d.span()) }) ||
		slices.ContainsFunc(v.closed, func(c closedDay) bool { return has(c.span) })
}

// Rollups loads the rollup that a blob holds. It may block; it is called from the reader's goroutine.
type Rollups func(blob uint64) (*Rollup, error)

// tally sums the days of a range.
type tally struct {
	base     *StatsBase // of the first days; nil: none
	sum      hourTotals
	visitors int64
	dims     [dims]map[string]Count // of statsDims; beyond the base
	room     [dims]int              // how many values each of them has room for
	filtered [dropReasons]int64
	series   []Bucket
}

func (t *tally) init() {
	for _, dim := range statsDims {
		t.dims[dim] = make(map[string]Count)
	}
}

// Stats answers a question at the time now, UTC ms, which only matters for what is kept. bases may keep what days sum up to; nil: nobody does.
// Errors are those of load.
func (v *View) Stats(q StatsQuery, load Rollups, bases Bases, now int64) (*StatsReport, error) {
	base, err := v.base(q.Range, bases, now)
	if err != nil {
		return nil, err
	}
	t, first := statsTallies.Get().(*tally), q.Range.First
	if base != nil {
		t.standOn(base)
		first += Day(len(base.tally.series))
	}
	for d := first; d <= q.Range.Last && q.Range.From < q.Range.To; d++ {
		if err := v.addDay(t, d, q.Range, load); err != nil {
			return nil, err
		}
	}
	report := t.report(q, v.lastView)
	t.reset()
	statsTallies.Put(t)
	return report, nil
}

// statsTallies keeps the maps of answers that were given, empty, for the next: those of a site with thousands of pages are large.
var statsTallies = sync.Pool{New: func() any {
	t := new(tally)
	t.init()
	return t
}}

// mostKept is up to how many values a map is kept for the next answer: more than a day has, less than a year of a large site.
const mostKept = 16_384

// reset makes the tally an empty one with the room it has.
func (t *tally) reset() {
	for _, dim := range statsDims {
		if len(t.dims[dim]) > mostKept {
			t.dims[dim], t.room[dim] = make(map[string]Count), 0
		}
		clear(t.dims[dim])
	}
	*t = tally{dims: t.dims, room: t.room}
}

func (v *View) addDay(t *tally, number Day, r Range, load Rollups) error {
	for _, d := range v.days {
		if d.day == number {
			first := 0
			if r.From > d.start {
				first = d.hour(r.From)
			}
			t.addHours(d.day, d.bounds, d.hours[:len(d.bounds)-1], first, r)
			t.addFiltered(d.filtered, r)
			for _, dim := range statsDims {
				t.expect(dim, len(d.dims[dim].values))
				d.dims[dim].each(first, func(value string, n Count) { t.add(dim, value, n) })
			}
			return nil
		}
	}
	at, ok := slices.BinarySearchFunc(v.closed, number, func(c closedDay, n Day) int { return int(c.day - n) })
	if !ok {
		bounds := r.Zone.Hours(number)
		first := 0
		for first < len(bounds)-2 && bounds[first] < r.From {
			first++
		}
		t.addHours(number, bounds, make([]hourTotals, len(bounds)-1), first, r)
		return nil
	}
	roll, err := load(v.closed[at].rollup)
	if err != nil {
		return err
	}
	t.addHours(roll.day, roll.bounds, roll.hours, 0, r)
	t.addFiltered(roll.filtered, r)
	for _, dim := range statsDims {
		t.expect(dim, len(roll.dims[dim]))
		for _, row := range roll.dims[dim] {
			t.add(dim, row.value, row.n)
		}
	}
	return nil
}

// expect makes room for a number of values at once: a map that grows to thousands is copied again and again.
func (t *tally) expect(dim Dim, values int) {
	if len(t.dims[dim]) == 0 && values > t.room[dim] {
		t.dims[dim], t.room[dim] = make(map[string]Count, values), values
	}
}

func (t *tally) add(dim Dim, value string, n Count) { t.dims[dim][value] = t.dims[dim][value].plus(n) }

func (c Count) plus(n Count) Count { return Count{c.A + n.A, c.B + n.B, c.Estimated || n.Estimated} }

// count is what a value adds up to, with the bases.
func (t *tally) count(dim Dim, value string) (n Count) {
	for ; ; t = &t.base.tally {
		n = n.plus(t.dims[dim][value])
		if t.base == nil {
			return n
		}
	}
}

// above tells whether a value has counts that the ranks of a base do not know.
func (t *tally) above(base *StatsBase, dim Dim, value string) bool {
	for ; t != &base.tally; t = &t.base.tally {
		if _, ok := t.dims[dim][value]; ok {
			return true
		}
	}
	return false
}

// addHours adds a day from one of its hours on. A visitor counts once a day: by the last hour of its core events.
func (t *tally) addHours(d Day, bounds []int64, hours []hourTotals, first int, r Range) {
	daily := Bucket{Date: d.String()}
	for i := first; i < len(hours); i++ {
		h := &hours[i]
		t.sum.pageviews += h.pageviews
		t.visitors += h.lastHour
		t.sum.sessions += h.sessions
		t.sum.bounced += h.bounced
		t.sum.durationMS += h.durationMS
		t.sum.timeMS += h.timeMS
		t.sum.timeFirsts += h.timeFirsts
		daily.Pageviews += h.pageviews
		daily.UniqueVisitors += h.lastHour
		daily.Sessions += h.sessions
		if r.Interval == Hourly && bounds[i] < r.To {
			date := r.Zone.HourDate(bounds[i])
			t.series = append(t.series, Bucket{date, h.pageviews, h.visitors, h.sessions})
		}
	}
	if r.Interval == Daily {
		t.series = append(t.series, daily)
	}
}

func (t *tally) addFiltered(cells []filteredCell, r Range) {
	for _, c := range cells {
		if ms := c.quarter * quarterMS; ms >= r.From && ms < r.To {
			t.filtered[c.reason] += c.count
		}
	}
}

func (t *tally) report(q StatsQuery, lastView int64) *StatsReport {
	sessions := t.sum.sessions
	share := func(dim Dim, value string) float64 { return Percent(t.count(dim, value).A, sessions) }
	r := &StatsReport{
		Range: RangeReport{formatInstant(q.Range.From), formatInstant(q.Range.end()), q.Range.Zone.Name(), q.Range.Interval},
		Summary: Summary{
			Pageviews: t.sum.pageviews, UniqueVisitors: t.visitors, Sessions: sessions,
			BounceRate:         Percent(t.sum.bounced, sessions),
			AvgSessionDuration: MeanSeconds(t.sum.durationMS, sessions),
			AvgTimeOnPage:      MeanSeconds(t.sum.timeMS, t.sum.timeFirsts),
		},
		Timeseries: t.series, TopPages: []PageRow{}, TopReferrers: []ReferrerRow{}, Countries: []CountryRow{},
		Devices: Devices{share(DimDevice, "desktop"), share(DimDevice, "mobile"), share(DimDevice, "tablet")},
		DeviceVisits: DeviceVisits{
			t.count(DimDevice, "desktop").A, t.count(DimDevice, "mobile").A, t.count(DimDevice, "tablet").A,
		},
		TrafficSources: TrafficSources{
			Direct: share(DimChannel, "direct"), Organic: share(DimChannel, "organic"), Referral: share(DimChannel, "referral"),
			Social: share(DimChannel, "social"), Paid: share(DimChannel, "paid"), Email: share(DimChannel, "email"), AI: share(DimChannel, "ai"),
		},
		Browsers: t.shares(DimBrowser, q.Limit, sessions), OperatingSystems: t.shares(DimOS, q.Limit, sessions),
		Filtered: t.filteredReport(), LastPageview: lastView,
	}
	if r.Timeseries == nil {
		r.Timeseries = []Bucket{}
	}
	for _, row := range t.top(DimPage, q.Limit) {
		r.TopPages = append(r.TopPages, PageRow{row.value, row.n.A, row.n.B, row.n.Estimated})
	}
	for _, row := range t.top(DimReferrer, q.Limit) {
		if row.value == "" {
			row.value = "(direct)"
		}
		r.TopReferrers = append(r.TopReferrers, ReferrerRow{row.value, row.n.A, row.n.Estimated})
	}
	for _, row := range t.top(DimCountry, q.Limit) {
		r.Countries = append(r.Countries, CountryRow{row.value, CountryName(row.value), row.n.A, row.n.Estimated})
	}
	return r
}

// top returns the first rows of a dimension: by A, then B, both descending, then by value bytewise.
func (t *tally) top(dim Dim, limit int) []rollupRow {
	own, best := t.dims[dim], bestRows{limit: limit}
	for base := t.base; base != nil; base = base.tally.base {
		found := 0
		for _, row := range base.ranked[dim] {
			if found == limit {
				break // what follows ranks behind so many others
			}
			if !t.above(base, dim, row.value) {
				best.rows = append(best.rows, row)
				found++
			}
		}
	}
	best.cut()
	if best.bound != nil {
		t.addNear(&best, dim)
	} else {
		for value := range own {
			best.add(rollupRow{value, t.count(dim, value)})
		}
	}
	best.cut()
	return best.rows
}

// from is how many rows of the base and those below count so much.
func (b *StatsBase) from(dim Dim, least int64) (n int) {
	for ; b != nil; b = b.tally.base {
		n += sort.Search(len(b.ranked[dim]), func(i int) bool { return b.ranked[dim][i].n.A < least })
	}
	return n
}

// addNear adds those of the tally's own values that can rank before the bound: the heavy ones, whose counts in the bases are looked up, and of the
// others those that have so much in a base that what they lack is less than a heavy one has.
func (t *tally) addNear(best *bestRows, dim Dim) {
	own, bound := t.dims[dim], best.bound.n.A
	heavy := t.heavy(dim, bound)
	for base := t.base; base != nil; base = base.tally.base {
		for _, row := range base.ranked[dim] {
			if row.n.A <= bound-heavy {
				break
			}
			if n, ok := own[row.value]; ok && n.A < heavy && !t.base.tally.above(base, dim, row.value) {
				best.add(rollupRow{row.value, row.n.plus(n)})
			}
		}
	}
	for value, n := range own {
		if n.A >= heavy {
			best.add(rollupRow{value, t.count(dim, value)})
		}
	}
}

// heavy is how much an own value must count to be looked up in the bases: the power of two with which the fewest values are looked up, in the bases
// or in the tally. It is no more than the bound, since a value that is in no base and counts so much is looked up only as a heavy one.
func (t *tally) heavy(dim Dim, bound int64) (best int64) {
	var sizes [65]int // own values by the number of bits of their counts
	for _, n := range t.dims[dim] {
		sizes[bits.Len64(uint64(max(0, n.A)))]++
	}
	above, fewest := len(t.dims[dim])-sizes[0], math.MaxInt
	for k, n := 0, int64(1); n <= bound && n > 0; k, n = k+1, n<<1 {
		if looks := above + t.base.from(dim, bound-n+1); looks < fewest {
			best, fewest = n, looks
		}
		above -= sizes[k+1]
	}
	return best
}

// bestRows keeps the best of many rows. Most rows rank behind the bound and are never put in order.
type bestRows struct {
	rows  []rollupRow
	limit int
	bound *rollupRow // limit rows rank before it, or are it
}

func (b *bestRows) add(row rollupRow) {
	if row.n.A <= 0 || b.bound != nil && byRank(row, *b.bound) > 0 {
		return
	}
	if b.rows = append(b.rows, row); len(b.rows) >= 2*b.limit {
		b.cut()
	}
}

func (b *bestRows) cut() {
	slices.SortFunc(b.rows, byRank)
	if len(b.rows) >= b.limit && b.limit > 0 {
		b.rows = b.rows[:b.limit]
		bound := b.rows[b.limit-1]
		b.bound = &bound
	}
}

func byRank(a, b rollupRow) int {
	return cmp.Or(cmp.Compare(b.n.A, a.n.A), cmp.Compare(b.n.B, a.n.B), strings.Compare(a.value, b.value))
}

func (t *tally) shares(dim Dim, limit int, sessions int64) []ShareRow {
	out := []ShareRow{}
	for _, row := range t.top(dim, limit) {
		out = append(out, ShareRow{row.value, row.n.A, Percent(row.n.A, sessions), row.n.Estimated})
	}
	return out
}

func (t *tally) filteredReport() FilteredReport {
	f := &t.filtered
	bots := FilteredBots{Search: f[DropBotSearch], AI: f[DropBotAI], Other: f[DropBotOther]}
	bots.Total = bots.Search + bots.AI + bots.Other
	return FilteredReport{Bot: bots, OptOut: f[DropOptOut], Path: f[DropPath], HeatmapsOff: f[DropHeatmapsOff], Prefetch: f[DropPrefetch]}
}
