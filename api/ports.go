package api

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
)

// Ingestor takes records into a site's history.
type Ingestor interface {
	// Submit returns once the records are synced and folded: every read that starts afterwards sees them. The records are folded in the
	// given order. Errors: *analytics.Unavailable (not accepted, or not known in time: the caller retries with the same ids).
	Submit(ctx context.Context, site analytics.SiteID, records []analytics.Record) (analytics.Receipt, error)
}

// Reader answers questions about a site's state. Errors: *analytics.Unavailable.
type Reader interface {
	Stats(ctx context.Context, site analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error)
	// Realtime answers for the time now, UTC ms.
	Realtime(ctx context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error)
}

// Sites finds a site that is not deleted. The answer is shared and must not be changed.
type Sites interface {
	Site(id analytics.SiteID) (*analytics.Site, bool)
}
