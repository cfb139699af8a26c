package api

import (
	"context"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// dayTries is how often a day is read again whose stored parts were replaced by better ones meanwhile.
const dayTries = 5

// rowExport writes the rows of a range, day by day from the newest: only one day is in memory at a time, and nothing is locked while the client
// takes its rows.
type rowExport struct {
	reader Reader
	site   analytics.SiteID
	query  *exportQuery
	sink   exportSink
	known  map[analytics.Day]int // rows of each day; nil: not asked for
	skip   int                   // rows still to be passed over
	left   int                   // rows still wanted
	n      int                   // rows written
	total  int                   // rows in the range, as far as is known
}

func (e *rowExport) write(ctx context.Context) error {
	span := report.Over(nil, e.query.span)
	for day := span.Last; day >= span.First && span.Window.From < span.Window.To; day-- {
		if e.known != nil && (e.left == 0 || e.skip >= e.known[day]) {
			e.total += e.known[day]
			e.skip -= min(e.skip, e.known[day])
			continue
		}
		if e.left == 0 {
			break
		}
		if err := e.day(ctx, day, span.Window); err != nil {
			return err
		}
	}
	return e.sink.close(e.n, e.total)
}

// day writes the rows of a day. It is read again until it was there as a whole; then the rows begin.
func (e *rowExport) day(ctx context.Context, day analytics.Day, w report.Window) error {
	var err error
	for range dayTries {
		begun := false
		err = e.reader.Tables(ctx, e.site, day, day, true, func(t *report.Table) error {
			source, err := e.source(t, w)
			if err != nil {
				return err
			}
			begun = true
			return e.rows(ctx, source)
		})
		if err == nil || begun || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("export %s of %s: %w", day, e.site, err)
	}
	return nil
}

// rowSource gives the wanted rows of a day by number. A row is only good until the next.
type rowSource struct {
	len int
	row func(i int) (exportRow, error)
}

func (e *rowExport) source(t *report.Table, w report.Window) (rowSource, error) {
	if e.query.kind == exportEvents {
		rows, err := report.Newest(t, analytics.Custom, w)
		var line customRow
		return rowSource{len(rows), func(i int) (exportRow, error) { return &line, line.fill(t, rows[i]) }}, err
	}
	rows, err := report.Newest(t, analytics.Pageview, w)
	if err != nil {
		return rowSource{}, err
	}
	facts, err := report.FactsOfViews(t)
	var line viewRow
	return rowSource{len(rows), func(i int) (exportRow, error) { line.fill(t, rows[i], facts); return &line, nil }}, err
}

// pulse is how often an export looks whether its client is still there, in rows.
const pulse = 1024

func (e *rowExport) rows(ctx context.Context, s rowSource) error {
	e.total += s.len
	first := min(e.skip, s.len)
	e.skip -= first
	for i := first; i < s.len && e.left > 0; i++ {
		if i%pulse == 0 && ctx.Err() != nil {
			return fmt.Errorf("the caller went away: %w", ctx.Err())
		}
		row, err := s.row(i)
		if err != nil {
			return err
		}
		if err := e.sink.write(row); err != nil {
			return err
		}
		e.n++
		e.left--
	}
	return nil
}
