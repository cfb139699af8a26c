package actors

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
)

// Rows gives every stored row of a site: the days ascending, each as runs in the order of the log. A run names the visitors and sessions that the
// runs of its day before it do not have (analytics.Rows). f must not change a run. Meant for a system that nobody writes to: a state that is
// replaced meanwhile ends it with an error.
func (s *System) Rows(ctx context.Context, site analytics.SiteID, f func(day analytics.Day, run *analytics.Rows) error) error {
	view, err := s.steadyView(ctx, site)
	if err != nil {
		return s.readError(site, err)
	}
	for _, number := range view.Days() {
		rows, ok := view.Rows(number)
		if !ok {
			continue
		}
		for _, p := range rows.Parts {
			if err := ctx.Err(); err != nil {
				return unavailable("the caller went away: " + err.Error())
			}
			part, err := s.part(site, p.Blob, analytics.AllSections)
			if err != nil {
				return s.readError(site, err)
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
