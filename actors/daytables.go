package actors

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// This file makes tables of the rows of stored days: those that tables.go keeps, and those that callers of Tables get for themselves.

// surveyRows is for how many rows a table has room before it is known how much memory all of them take.
const surveyRows = 1 << 17

// appendRows appends the rows of the day beyond those that the table has. Errors: errLarge when they take more than most bytes; those of the store.
func (s *System) appendRows(site analytics.SiteID, t *report.Table, rows *analytics.DayRows, sections analytics.PartSections, most int) error {
	missing := rows.Len() - t.Len()
	if t.Size()+missing*report.RowBytes > most {
		return errLarge
	}
	t.Reserve(min(max(0, missing), surveyRows))
	at := 0 // the number of the next row in the day
	for _, p := range rows.Parts {
		from := t.Len() - at
		at += int(p.Rows)
		if from >= int(p.Rows) {
			continue
		}
		if from > 0 { // the table ends within the part, which was in memory when it was read
			part, err := s.part(site, p.Blob, analytics.AllSections)
			if err != nil {
				return err
			}
			t.Append(part, from)
			continue
		}
		part, err := s.partInto(t.Room(), site, p.Blob, sections)
		if err != nil {
			return err
		}
		before := t.Size()
		t.AppendPart(part, s.named(site, p.Blob))
		if before == 0 {
			continue
		}
		left := rows.Len() - at
		if grew := t.Size() - before; t.Size()+grew*left/int(p.Rows) > most { // if the others are like this one
			return errLarge
		}
		t.Reserve(left)
	}
	for _, run := range rows.Runs {
		from := max(0, t.Len()-at)
		at += run.Len()
		if from < run.Len() {
			t.Append(run, from)
		}
	}
	if t.Size() > most {
		return errLarge
	}
	return nil
}

// named gives a part's rows with the ids of events, visitors and sessions, and little else.
func (s *System) named(site analytics.SiteID, blob uint64) func() (*analytics.Rows, error) {
	return func() (*analytics.Rows, error) {
		return s.part(site, blob, analytics.Sections(analytics.SectionRows)|analytics.IDSections)
	}
}

func (s *System) part(site analytics.SiteID, blob uint64, sections analytics.PartSections) (*analytics.Rows, error) {
	return s.partInto(nil, site, blob, sections)
}

// partInto reads sections of a part. Its rows are put into room, if they find place there.
func (s *System) partInto(room []analytics.Row, site analytics.SiteID, blob uint64, sections analytics.PartSections) (*analytics.Rows, error) {
	data, err := s.store.Blob(site, blob)
	if err != nil {
		return nil, fmt.Errorf("part %d of %s: %w", blob, site, err)
	}
	rows, err := analytics.DecodePartInto(room, data, sections)
	if err != nil {
		return nil, fmt.Errorf("part %d of %s: %w", blob, site, err)
	}
	return rows, nil
}

func (s *System) bounds(site analytics.SiteID, rows *analytics.DayRows) ([]int64, error) {
	if rows.Bounds != nil {
		return rows.Bounds, nil
	}
	rollup, err := s.rollupLoader(site)(rows.Rollup)
	if err != nil {
		return nil, err
	}
	return rollup.Bounds(), nil
}

// Tables gives the stored days with rows in the local days from first to last one after the other, newest first when that is wanted. Each is
// made for this call, as of one moment: that of the call, or a later one when the parts of the day were replaced meanwhile.
func (s *System) Tables(
	ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	view, err := s.steadyView(ctx, site)
	if err != nil {
		return s.readError(site, err)
	}
	days := view.Days()
	from, to := view.Zone().DayStart(first), view.Zone().DayStart(last+1)
	for i := range days {
		number := days[i]
		if newestFirst {
			number = days[len(days)-1-i]
		}
		if ctx.Err() != nil {
			return callerGone(ctx)
		}
		t, err := s.dayTable(ctx, site, &view, number, from, to)
		if err != nil {
			return s.readError(site, err)
		}
		if t == nil {
			continue
		}
		if err := f(t); err != nil {
			return err
		}
	}
	return nil
}

// dayTable makes the table of a day; nil when it has no rows in [from, to), or none any more.
func (s *System) dayTable(
	ctx context.Context, site analytics.SiteID, view **analytics.View, number analytics.Day, from, to int64,
) (t *report.Table, err error) {
	err = s.steadily(ctx, site, view, func() (err error) {
		rows, ok := (*view).Rows(number)
		if !ok || rows.Span[0] >= to || rows.Span[1] <= from {
			return nil
		}
		t, err = s.privateTable(site, &rows)
		return err
	})
	return t, err
}

// steadily reads of a view, and again of a newer one when something was replaced meanwhile.
func (s *System) steadily(ctx context.Context, site analytics.SiteID, view **analytics.View, read func() error) error {
	var err error
	for range tries(ctx) {
		if err = read(); !isReplaced(err) {
			return err
		}
		next, err := s.steadyView(ctx, site)
		if err != nil {
			return err
		}
		*view = next
	}
	return err
}

// isReplaced tells that something was read of a state that is no more.
func isReplaced(err error) bool { return errors.Is(err, ErrNoBlob) || errors.Is(err, errRetry) }

// steadyView is view, tried again while the root of a sleeping site is replaced.
func (s *System) steadyView(ctx context.Context, site analytics.SiteID) (view *analytics.View, err error) {
	for range tries(ctx) {
		if view, err = s.view(ctx, site); !isReplaced(err) {
			return view, err
		}
	}
	return nil, err
}

func (s *System) privateTable(site analytics.SiteID, rows *analytics.DayRows) (*report.Table, error) {
	bounds, err := s.bounds(site, rows)
	if err != nil {
		return nil, err
	}
	t := report.NewTable(site.Partition(), rows.Day, bounds)
	return t, s.appendRows(site, t, rows, analytics.AllSections&^analytics.Sections(analytics.SectionArrivals, analytics.SectionIDs), math.MaxInt)
}
