package ws

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// Reader answers questions about a site's state, as it does for REST. Errors: *analytics.Unavailable.
type Reader interface {
	Stats(ctx context.Context, site analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error)
	// Realtime answers for the time now, UTC ms.
	Realtime(ctx context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error)
	// Sums answers several questions on one state of the site. The sums are sealed and may be shared: they must not be changed.
	Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error)
	// Tables gives the stored days from first to last one after the other, newest first when that is wanted. f must not change a table, and
	// must not use it after it has returned. Days without rows are left out.
	Tables(ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error) error
}

// Goals knows what sites have defined. Safe for concurrent use.
type Goals interface {
	// Goals lists a site's goals. What the list holds is shared and must not be changed.
	Goals(site analytics.SiteID) []*analytics.Goal
}

// Backfills knows which goals and funnels of a site have not counted their history yet. Safe for concurrent use; it does not block.
type Backfills interface {
	// Pending is the progress of each, 0 to 1, by id.
	Pending(site analytics.SiteID) map[string]float64
}

// Recent collects the latest events of sites that it was asked about lately, the last two minutes at least. Safe for concurrent use. The lists
// hold JSON objects of the contract, at most 50, newest first.
type Recent interface {
	Completions(ctx context.Context, site analytics.SiteID) ([]json.RawMessage, error)
	// Feed gives core events. seen counts all that came since they are collected: between two calls, what it grew by came in front.
	Feed(ctx context.Context, site analytics.SiteID) (items []json.RawMessage, seen uint64, err error)
}

// History keeps what happened on sites. Safe for concurrent use; it must not block for long. The lists hold JSON objects of the contract, newest
// first.
type History interface {
	// Latest lists at most limit of them.
	Latest(site analytics.SiteID, limit int) ([]json.RawMessage, error)
}

// Sites finds a site that is not deleted. The answer is shared and must not be changed.
type Sites interface {
	Site(id analytics.SiteID) (*analytics.Site, bool)
}

// Principal is who a connection speaks for.
type Principal struct {
	UserID  string    // of the person; for an API key its owner
	Expires time.Time // of the token or key; zero: never
	Opaque  any       // what the Authenticator and the Authorizer need to know it again
}

// Authenticator tells who a token belongs to. Safe for concurrent use; it must not block for long.
type Authenticator interface {
	// Authenticate accepts a JWT or an API key with scope read. Every error means "Invalid or expired token".
	Authenticate(token string) (Principal, error)
	// Active tells whether the login session or key behind a principal is still good. It is asked every few seconds for each connection.
	Active(p Principal) bool
}

// Authorizer tells whether a principal has a right on a site now. Safe for concurrent use; it must not block for long.
// Errors: ErrSiteNotFound, ErrAccessDenied; any other is an internal error.
type Authorizer interface {
	Authorize(p Principal, site analytics.SiteID, right Right) error
}

// Limiter counts an upgrade as one API request of a user. Safe for concurrent use.
type Limiter interface {
	// Allow counts the request; ok is false, and nothing is counted, when it is one too many until retryAfter has passed.
	Allow(userID string) (retryAfter time.Duration, ok bool)
}

// Errors that an Authorizer returns.
var (
	ErrSiteNotFound = errors.New("site not found")
	ErrAccessDenied = errors.New("access denied")
)

// Right is what a topic asks of a principal on the site; scope read is asked beside it.
type Right uint8

// The rights.
const (
	RightViewer Right = 1
	RightOwner  Right = 2
)
