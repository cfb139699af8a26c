package testkit

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// FirstEvent returns the time of the earliest stored event, UTC ms; ok is false without one.
func (r *Reader) FirstEvent(context.Context, analytics.SiteID) (ts int64, ok bool, err error) {
	ts, ok = r.State.View().FirstEvent()
	return ts, ok, nil
}

// LatestEvent returns the stored event with the latest time; nil without one.
func (r *Reader) LatestEvent(_ context.Context, site analytics.SiteID) (*report.StoredEvent, error) {
	return report.LatestEvent(site, r.State.View(), func(blob uint64, want analytics.PartSections) (*analytics.Rows, error) {
		data, err := r.blobs.Blob(blob)
		if err != nil {
			return nil, err
		}
		return analytics.DecodePart(data, want)
	})
}
