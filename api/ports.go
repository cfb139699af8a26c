package api

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
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
	// Sums answers several questions on one state of the site. The sums are sealed and may be shared: they must not be changed.
	Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error)
	// Tables gives the stored days with rows in the local days from first to last one after the other, newest first when that is wanted. Each is
	// made for this call and belongs to f, which may keep it. Days without rows are left out.
	Tables(ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error) error
}

// Sites finds a site that is not deleted. The answer is shared and must not be changed.
type Sites interface {
	Site(id analytics.SiteID) (*analytics.Site, bool)
}
