package actors

import (
	"context"
	"math"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// sliceShare is by how much a slice of a large day is smaller than what all kept tables may take.
const sliceShare = 8

// run is a part of a day's rows, and which visitors it has: ordinals in [first, end).
type run struct {
	part       *analytics.PartRef // nil: rows are in memory
	rows       *analytics.Rows
	first, end uint32
}

// askSlices asks a day whose table would be too large: slice by slice, each with some of the visitors. Nothing is kept but the answers about closed
// days. Large days take turns, so that many questions need no more memory than one.
func (s *System) askSlices(ctx context.Context, a *dayAsk, bounds []int64) error {
	if err := s.tables.turns.await(ctx); err != nil {
		return err
	}
	defer s.tables.turns.give()
	runs := runsOf(a.rows)
	sums := a.keepable()
	var room []analytics.Row
	var t *report.Table
	for next, more := uint32(0), true; more; next, more = t.Next() {
		if ctx.Err() != nil {
			return callerGone(ctx)
		}
		s.memory.lend(s.uptime())
		t = report.NewSlice(a.site.Partition(), a.rows.Day, bounds, next, s.tables.most/sliceShare)
		if err := s.fill(a, t, runs, &room); err != nil {
			return err
		}
		for i, p := range a.pieces {
			sum := a.sum(t, p)
			if err := t.Err(); err != nil {
				return err
			}
			if sums[i] == nil {
				a.totals[p.ask].Merge(sum)
			} else if sums[i].Merge(sum); sums[i].Size() > s.tables.mostSum {
				a.totals[p.ask].Merge(sums[i])
				sums[i] = nil
			}
		}
	}
	for i, p := range a.pieces {
		if sums[i] != nil {
			a.totals[p.ask].Merge(sums[i])
			s.tables.keep(a, p, sums[i])
		}
	}
	return nil
}

// keepable makes a sum of the whole day for each piece whose answer may be kept; nil for the others.
func (a *dayAsk) keepable() []report.Sum {
	sums := make([]report.Sum, len(a.pieces))
	for i, p := range a.pieces {
		if a.keeps(p) {
			sums[i] = a.asks[p.ask].Question.New(nil, p.window)
		}
	}
	return sums
}

// runsOf lists the parts of a day's rows. Which visitors stored ones have is found when they are first read.
func runsOf(rows *analytics.DayRows) []run {
	var list []run
	for i := range rows.Parts {
		list = append(list, run{part: &rows.Parts[i], end: math.MaxUint32})
	}
	for _, r := range rows.Runs {
		list = append(list, run{rows: r})
		list[len(list)-1].span(r)
	}
	return list
}

// span notes which visitors the rows have.
func (r *run) span(rows *analytics.Rows) {
	r.first, r.end = math.MaxUint32, 0
	for i := range rows.List {
		v := rows.List[i].Visitor
		r.first, r.end = min(r.first, v), max(r.end, v+1)
	}
}

// fill appends the rows of a slice. room is memory that is used again.
func (s *System) fill(a *dayAsk, t *report.Table, runs []run, room *[]analytics.Row) error {
	for i := range runs {
		if r := &runs[i]; t.TakesSome(r.first, r.end) {
			if err := s.appendRun(a, t, r, room); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendRun appends those rows of a run that the slice takes.
func (s *System) appendRun(a *dayAsk, t *report.Table, r *run, room *[]analytics.Row) error {
	if r.part == nil {
		t.Append(r.rows, 0)
		return nil
	}
	rows, err := s.partInto(*room, a.site, r.part.Blob, a.sections())
	if err != nil {
		return err
	}
	*room = rows.List
	r.span(rows)
	t.AppendPart(rows, s.named(a.site, r.part.Blob))
	return nil
}
