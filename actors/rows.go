package actors

import (
	"context"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
)

// Rows gives every stored row of a site: the days ascending, each as runs in the order of the log. A run names the visitors and sessions that the
// runs of its day before it do not have (analytics.Rows). f must not change a run. A day is as of the call, or of a later moment when its parts
// were replaced meanwhile; its parts are in memory at once, as they are stored. Errors: *analytics.Unavailable, and those of f.
func (s *System) Rows(ctx context.Context, site analytics.SiteID, f func(day analytics.Day, run *analytics.Rows) error) error {
	view, err := s.steadyView(ctx, site)
	if err != nil {
		return s.readError(site, err)
	}
	for _, number := range view.Days() {
		rows, parts, err := s.dayParts(ctx, site, &view, number)
		if err != nil {
			return s.readError(site, err)
		}
		for i, data := range parts {
			if ctx.Err() != nil {
				return callerGone(ctx)
			}
			part, err := analytics.DecodePart(data, analytics.AllSections)
			if err != nil {
				return s.readError(site, fmt.Errorf("part %d of %s: %w", rows.Parts[i].Blob, site, err))
			}
			if err := f(number, part); err != nil {
				return err
			}
		}
		for _, run := range rows.Runs {
			if err := f(number, run); err != nil {
				return err
			}
		}
	}
	return nil
}

// dayParts reads the stored parts of a day, all of the same state; none for a day that has no rows, or none any more.
func (s *System) dayParts(
	ctx context.Context, site analytics.SiteID, view **analytics.View, number analytics.Day,
) (rows analytics.DayRows, parts [][]byte, err error) {
	err = s.steadily(ctx, site, view, func() error {
		rows, _ = (*view).Rows(number)
		parts = make([][]byte, len(rows.Parts))
		for i := range parts {
			if parts[i], err = s.store.Blob(site, rows.Parts[i].Blob); err != nil {
				return fmt.Errorf("part %d of %s: %w", rows.Parts[i].Blob, site, err)
			}
		}
		return nil
	})
	return rows, parts, err
}
