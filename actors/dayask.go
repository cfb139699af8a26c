package actors

import (
	"context"
	"errors"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

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
