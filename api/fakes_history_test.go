package api

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// fakeHistory is the history of the events that a fakeReader has.
type fakeHistory struct{ reader *fakeReader }

func (h fakeHistory) events() (History, error) {
	h.reader.mu.Lock()
	defer h.reader.mu.Unlock()
	events, _ := h.reader.events.(History)
	return events, h.reader.err
}

func (h fakeHistory) FirstEvent(ctx context.Context, site analytics.SiteID) (ts int64, ok bool, err error) {
	events, err := h.events()
	if err != nil || events == nil {
		return 0, false, err
	}
	return events.FirstEvent(ctx, site)
}

func (h fakeHistory) LatestEvent(ctx context.Context, site analytics.SiteID) (*report.StoredEvent, error) {
	events, err := h.events()
	if err != nil || events == nil {
		return nil, err
	}
	return events.LatestEvent(ctx, site)
}
