package actors

import (
	"context"
	"errors"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// LatestEvent returns the stored event with the latest time, of several the one that came last; nil without one.
func (s *System) LatestEvent(ctx context.Context, site analytics.SiteID) (*report.StoredEvent, error) {
	var err error
	for range tries(ctx) {
		var view *analytics.View
		if view, err = s.view(ctx, site); err == nil {
			var e *report.StoredEvent
			e, err = report.LatestEvent(site, view, func(blob uint64, want analytics.PartSections) (*analytics.Rows, error) {
				return s.part(site, blob, want)
			})
			if err == nil {
				return e, nil
			}
		}
		if !errors.Is(err, ErrNoBlob) && !errors.Is(err, errRetry) {
			break
		}
	}
	return nil, s.readError(site, err)
}

// InFlight is the number of blocks that are committed or wait for it, and are not yet folded.
func (s *System) InFlight() int { return s.batcher.inFlight() }

// Uncovered is the number of records in the log that no durable checkpoint covers: what a restart folds again.
func (s *System) Uncovered() int { return s.coverage.uncovered() }
