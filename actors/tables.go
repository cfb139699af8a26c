package actors

import (
	"context"
	"errors"
	"sync"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// maxLiveSums and maxLiveBytes are how many answers about one open day are kept current, and how large all may be; beyond it all are begun anew.
const (
	maxLiveSums  = 512
	maxLiveBytes = 16 << 20
)

// tables answers questions about the events themselves. It keeps the days that were asked about lately, and what was computed of them: a
// closed day's answers are kept as they are, those of an open day are brought up to date by the rows that came since. Safe for concurrent use.
type tables struct {
	days    *cache
	sums    *cache
	most    int        // bytes of the table of a day that is kept; larger days are asked in slices
	mostSum int        // bytes of all kept sums of closed days
	live    int        // bytes: maxLiveBytes
	mu      sync.Mutex // so that a day is made once; guards dropped
	turns   turn       // large days take turns

	dropped map[analytics.SiteID]analytics.Pos // the last block that dropped days of a site, in this life of the process
}

// dayKey names a day's table. A day that was dropped and is imported again has other rows, and readers of an older state may still be at work.
type dayKey struct {
	site         analytics.SiteID
	day          analytics.Day
	life         analytics.Pos // of the day: states of one site have the same rows when they have the same (tables.life)
	interactions bool
}

// sumKey names what a question says of a part of a closed day. The rollup stands for the day's rows: each closing makes another.
type sumKey struct {
	site     analytics.SiteID
	rollup   uint64 // blob
	zone     string // whose days and hours the answer names
	window   report.Window
	question string
}

// keptDay is a day's table with the sums that are kept current. Everything is guarded by mu.
type keptDay struct {
	mu    sync.Mutex
	table *report.Table // nil or empty when it has to be made
	sums  map[liveKey]*liveSum
	large bool // the table would be too large
}

func (k dayKey) owner() analytics.SiteID { return k.site }
func (k sumKey) owner() analytics.SiteID { return k.site }

// Size is about the bytes of the table and of the sums.
func (d *keptDay) Size() int {
	if d.table == nil {
		return 0
	}
	return d.table.Size() + d.sumBytes()
}

func (d *keptDay) sumBytes() (bytes int) {
	for _, l := range d.sums {
		bytes += l.bytes
	}
	return bytes
}

// keptSum is an answer with what its key takes.
type keptSum struct {
	report.Sum
	key int // bytes
}

// Size is about the bytes of both.
func (s keptSum) Size() int { return s.Sum.Size() + s.key }

type liveKey struct {
	window   report.Window
	question string
}

type liveSum struct {
	sum     report.Sum
	counted int // rows
	bytes   int // about what the sum took when it was last asked for
}

func newTables(tableBytes, sumBytes int64) *tables {
	return &tables{
		days: newCache(tableBytes), sums: newCache(sumBytes), most: int(tableBytes), mostSum: int(sumBytes), live: maxLiveBytes, turns: make(turn, 1),
		dropped: make(map[analytics.SiteID]analytics.Pos),
	}
}

// Sums answers several questions on one state of the site, in the caller's goroutine; the site goes on folding.
func (s *System) Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	var err error
	for range tries(ctx) {
		var view *analytics.View
		if view, err = s.view(ctx, site); err == nil {
			var sums []report.Sum
			if sums, err = s.sumsOf(ctx, site, view, asks); err == nil {
				return sums, nil
			}
		}
		if !errors.Is(err, ErrNoBlob) && !errors.Is(err, errRetry) {
			break
		}
	}
	return nil, s.readError(site, err)
}

// Days lists the site's local days of which something is kept, ascending, and its time zone. Errors: *analytics.Unavailable.
func (s *System) Days(ctx context.Context, site analytics.SiteID) (analytics.Zone, []analytics.Day, error) {
	view, err := s.steadyView(ctx, site)
	if err != nil {
		return analytics.Zone{}, nil, s.readError(site, err)
	}
	return view.Zone(), view.Days(), nil
}

// FirstEvent returns the time of the site's earliest stored event, UTC ms; ok is false without one.
func (s *System) FirstEvent(ctx context.Context, site analytics.SiteID) (ts int64, ok bool, err error) {
	view, err := s.steadyView(ctx, site)
	if err != nil {
		return 0, false, s.readError(site, err)
	}
	ts, ok = view.FirstEvent()
	return ts, ok, nil
}

// RowCounts tells for each window how many rows the stored days have that it reaches into: as long as that stays the same, so do the Sums about it.
func (s *System) RowCounts(ctx context.Context, site analytics.SiteID, windows []report.Window) ([]int, error) {
	view, err := s.steadyView(ctx, site)
	if err != nil {
		return nil, s.readError(site, err)
	}
	return report.RowCounts(view, windows), nil
}

func (s *System) sumsOf(ctx context.Context, site analytics.SiteID, view *analytics.View, asks []report.Ask) ([]report.Sum, error) {
	totals := make([]report.Sum, len(asks))
	for i, a := range asks {
		totals[i] = a.Question.New(nil, a.Window)
	}
	day := dayAsk{site: site, life: s.tables.life(site, view.Pos()), asks: asks, totals: totals}
	for _, number := range view.Days() {
		rows, ok := view.Rows(number)
		if !ok {
			continue
		}
		if ctx.Err() != nil {
			return nil, callerGone(ctx)
		}
		day.rows = &rows
		if err := s.addDay(ctx, day); err != nil {
			return nil, err
		}
	}
	for _, t := range totals {
		t.Seal()
	}
	return totals, nil
}

// kept finds the answer about a part of a closed day that was computed before.
func (t *tables) kept(a *dayAsk, p piece) (report.Sum, bool) {
	if !a.keeps(p) {
		return nil, false
	}
	kept, ok := cached[keptSum](t.sums, a.sumKey(p))
	return kept.Sum, ok
}

// keep keeps what a closed day says.
func (t *tables) keep(a *dayAsk, p piece, sum report.Sum) {
	sum.Seal()
	key := a.sumKey(p)
	t.sums.set(key, keptSum{sum, len(key.question) + 128})
}

// drop notes that the block at pos dropped days of the site; before anybody has the state behind it.
func (t *tables) drop(site analytics.SiteID, pos analytics.Pos) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped[site] = max(t.dropped[site], pos)
}

// life tells apart the states of a site before and behind a drop, by their positions: one before it has a life of its own position at most, one
// behind it that of the drop at least, whenever they ask. As long as nothing is dropped all states have the same.
func (t *tables) life(site analytics.SiteID, pos analytics.Pos) analytics.Pos {
	t.mu.Lock()
	defer t.mu.Unlock()
	return min(t.dropped[site], pos)
}

// day finds or makes the place of a day's table.
func (t *tables) day(key dayKey) *keptDay {
	t.mu.Lock()
	defer t.mu.Unlock()
	if day, ok := cached[*keptDay](t.days, key); ok {
		return day
	}
	day := &keptDay{table: report.NewTable(key.site.Partition(), key.day, []int64{0, 0})}
	t.days.set(key, day)
	return day
}

func (d *keptDay) live(q report.Question, w report.Window) *liveSum {
	key := liveKey{w, q.Key()}
	l := d.sums[key]
	if l == nil {
		if d.sums == nil || len(d.sums) >= maxLiveSums {
			d.sums = make(map[liveKey]*liveSum)
		}
		l = &liveSum{sum: q.New(d.table, w)}
		d.sums[key] = l
	}
	return l
}
