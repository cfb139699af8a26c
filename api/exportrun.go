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
	around analytics.Day // how many days before and behind a local day its rows may be stored
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

// day writes the rows of a local day. It is read again until it was there as a whole; then the rows begin.
func (e *rowExport) day(ctx context.Context, day analytics.Day, w report.Window) error {
	zone := e.query.span.Zone
	w = report.Window{From: max(w.From, zone.DayStart(day)), To: min(w.To, zone.DayStart(day+1))}
	var rows dayRows
	var err error
	for range dayTries {
		rows = nil
		err = e.reader.Tables(ctx, e.site, day-e.around, day+e.around, true, func(t *report.Table) error {
			part, err := newTableRows(t, e.query.kind, w)
			rows = append(rows, part)
			return err
		})
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err == nil {
		err = e.rows(ctx, rows)
	}
	if err != nil {
		return fmt.Errorf("export %s of %s: %w", day, e.site, err)
	}
	return nil
}

// pulse is how often an export looks whether its client is still there, in rows.
const pulse = 1024

func (e *rowExport) rows(ctx context.Context, rows dayRows) error {
	for n := 0; ; n++ {
		if n%pulse == 0 && ctx.Err() != nil {
			return fmt.Errorf("the caller went away: %w", ctx.Err())
		}
		t := rows.next()
		if t == nil {
			return rows.err()
		}
		at := t.rows[0]
		t.rows = t.rows[1:]
		e.total++
		switch {
		case e.skip > 0:
			e.skip--
			continue
		case e.left == 0:
			continue
		}
		row, err := t.fill(at)
		if err == nil {
			err = e.sink.write(row)
		}
		if err != nil {
			return err
		}
		e.n++
		e.left--
	}
}
