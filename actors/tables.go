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

// piece is what one question asks of one stored day: of a local day in it, which nearly always is the stored day itself.
type piece struct {
	ask    int
	window report.Window
	local  analytics.Day
	native bool // it is the stored day
}

// pieces finds what the questions ask of a stored day.
func pieces(rows *analytics.DayRows, asks []report.Ask) []piece {
	var out []piece
	for i, a := range asks {
		add := func(local analytics.Day, from, to int64, native bool) {
			w := report.Window{From: max(a.Window.From, from), To: min(a.Window.To, to)}
			if local >= a.First && local <= a.Last && w.From < w.To {
				out = append(out, piece{i, w, local, native})
			}
		}
		if rows.Zone == a.Zone.Name() {
			add(rows.Day, rows.Span[0], rows.Span[1], true)
			continue
		}
		for local := a.Zone.DayAt(rows.Span[0]); local <= a.Zone.DayAt(rows.Span[1]-1); local++ {
			add(local, a.Zone.DayStart(local), a.Zone.DayStart(local+1), false)
		}
	}
	return out
}

// dayAsk is what is asked of one stored day at once.
type dayAsk struct {
	site   analytics.SiteID
	life   analytics.Pos // of the days
	rows   *analytics.DayRows
	with   bool // interactions are looked into
	pieces []piece
	asks   []report.Ask
	totals []report.Sum // by ask
}

func (a *dayAsk) key() dayKey { return dayKey{a.site, a.rows.Day, a.life, a.with} }

func (a *dayAsk) sumKey(p piece) sumKey {
	ask := &a.asks[p.ask]
	return sumKey{a.site, a.rows.Rollup, ask.Zone.Name(), p.window, ask.Question.Key()}
}

// sections are those that the questions read of a part.
func (a *dayAsk) sections() analytics.PartSections {
	if a.with {
		return analytics.CoreSections | analytics.Sections(analytics.SectionClicks, analytics.SectionScrolls, analytics.SectionMoves)
	}
	return analytics.CoreSections
}

// addDay adds what the stored day says to the totals of the questions that ask about it.
func (s *System) addDay(ctx context.Context, a dayAsk) error {
	open := [2]dayAsk{a, a} // what needs the table: without interactions, with
	open[1].with = true
	for _, p := range pieces(a.rows, a.asks) {
		q := a.asks[p.ask].Question
		if sum, ok := s.tables.kept(&a, p); ok {
			a.totals[p.ask].Merge(sum)
			continue
		}
		with := 0
		if _, ok := q.(report.Interactions); ok {
			with = 1
		}
		open[with].pieces = append(open[with].pieces, p)
	}
	for i := range open {
		if len(open[i].pieces) == 0 {
			continue
		}
		if err := s.askDay(ctx, &open[i]); err != nil {
			return err
		}
	}
	return nil
}

// kept finds the answer about a part of a closed day that was computed before.
func (t *tables) kept(a *dayAsk, p piece) (report.Sum, bool) {
	if !a.keeps(p) {
		return nil, false
	}
	kept, ok := cached[keptSum](t.sums, a.sumKey(p))
	return kept.Sum, ok
}

// askDay asks a stored day what is not kept, or is to be brought up to date.
func (s *System) askDay(ctx context.Context, a *dayAsk) error {
	bounds, err := s.bounds(a.site, a.rows)
	if err != nil {
		return err
	}
	if large, err := s.askTable(a, bounds); err != nil || !large {
		return err
	}
	return s.askSlices(ctx, a, bounds)
}

// askTable asks a day by its table, which is kept; large tells that it would be too large.
func (s *System) askTable(a *dayAsk, bounds []int64) (large bool, err error) {
	day := s.tables.day(a.key())
	day.mu.Lock()
	defer day.mu.Unlock()
	if !day.large {
		err := s.bringUp(day, a, bounds)
		if day.large = errors.Is(err, errLarge); err != nil && !day.large {
			return false, err
		}
	}
	if day.large {
		return true, nil
	}
	for _, p := range a.pieces {
		sum := day.answer(a, p)
		if err := day.table.Err(); err != nil {
			day.table, day.sums = nil, nil
			return false, err
		}
		a.totals[p.ask].Merge(sum)
		if a.keeps(p) {
			s.tables.keep(a, p, sum)
		}
	}
	if day.sumBytes() > s.tables.live {
		day.sums = nil
	}
	s.tables.days.set(a.key(), day) // its weight changed
	return false, nil
}

// keeps tells whether what the day says is worth keeping: it is closed, and may be asked again.
func (a *dayAsk) keeps(p piece) bool {
	_, once := a.asks[p.ask].Question.(report.Selective)
	return !once && a.rows.Rollup != 0
}

// keep keeps what a closed day says.
func (t *tables) keep(a *dayAsk, p piece, sum report.Sum) {
	sum.Seal()
	key := a.sumKey(p)
	t.sums.set(key, keptSum{sum, len(key.question) + 128})
}

// answer computes a piece; d.mu is held. What an open day says is kept, and brought up to date the next time.
func (d *keptDay) answer(a *dayAsk, p piece) report.Sum {
	q := a.asks[p.ask].Question
	if _, once := q.(report.Selective); once || a.rows.Rollup != 0 || !p.native {
		return a.sum(d.table, p)
	}
	live := d.live(q, p.window)
	if live.counted == 0 {
		report.AddAll(d.table, live.sum)
	} else {
		report.Update(d.table, live.sum, live.counted)
	}
	live.counted, live.bytes = d.table.Len(), live.sum.Size()
	return live.sum
}

// sum is what the table says to a piece.
func (a *dayAsk) sum(table *report.Table, p piece) report.Sum {
	q := a.asks[p.ask].Question
	if !p.native {
		table = table.As(p.local, a.asks[p.ask].Zone.Hours(p.local))
	}
	sum := q.New(table, p.window)
	if selective, ok := q.(report.Selective); ok {
		report.AddSome(table, sum, selective.Select(table, p.window))
	} else {
		report.AddAll(table, sum)
	}
	return sum
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

// errLarge says that a day's table would be larger than may be kept.
var errLarge = errors.New("actors: the day is too large for one table")

// bringUp appends the rows that the day's table does not have yet. Errors: errLarge; those of the store.
func (s *System) bringUp(day *keptDay, a *dayAsk, bounds []int64) error {
	if day.table == nil || day.table.Len() == 0 {
		day.table, day.sums = report.NewTable(a.site.Partition(), a.rows.Day, bounds), nil
	}
	if err := s.appendRows(a.site, day.table, a.rows, a.sections(), s.tables.most); err != nil {
		day.table, day.sums = nil, nil
		return err
	}
	return nil
}
