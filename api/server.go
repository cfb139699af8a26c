package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/api/auth"
)

// Deps is what a Server is made of. Everything but Web is required.
type Deps struct {
	Config      Config
	Access      *Access
	Accounts    *auth.Accounts
	Sites       *Directory
	Catalog     *Catalog
	Backfill    *Backfiller
	Pictures    *Pictures
	Purger      *Purger
	Imports     *Imports
	Hooks       Deliverer
	Preview     Previewer
	Activity    *Activities
	Sealer      Sealer // of the webhooks' secrets
	Mailer      Mailer
	Reader      Reader
	History     History
	Diagnostics *Diagnostics
	Machine     Machine
	Demo        DemoVisits
	Track       Intake
	Compat      ForeignIntake
	Tickets     Tickets
	WebSocket   http.Handler // GET /ws: it upgrades or refuses, authenticates, and counts by CountRequest
	Web         http.Handler // every path outside the API: the dashboard and its files; nil = 404
	Ready       Readiness
	Version     string
	Now         func() time.Time
	Log         *slog.Logger
}

// Intake serves the two routes that take events. Each reads its body, checks and answers by itself.
type Intake interface {
	Track(c *gin.Context)
	ImportEvents(c *gin.Context)
}

// ForeignIntake serves the routes that take hits of other products' trackers. Each reads its request, checks and answers by itself.
type ForeignIntake interface {
	Plausible(c *gin.Context)
	Umami(c *gin.Context)
	GoatCounter(c *gin.Context)
}

// Tickets hands out tickets for WebSocket connections: single use, 30 s.
type Tickets interface {
	Issue(p auth.Principal) (ticket string, expires time.Time)
}

// Readiness tells whether the program serves: false while it starts, replays or stops.
type Readiness interface{ Ready() bool }

// Server is the HTTP side of the program. Safe for concurrent use.
type Server struct {
	deps     Deps
	cfg      Config
	access   *Access
	sites    *Directory
	limits   *limits
	now      func() time.Time
	log      *slog.Logger
	started  time.Time
	clientIP func(*http.Request) string
	postbox  *postbox
	demos    sync.Map // the users whose demo site is being made

	departures rounds   // of accounts that were deleted
	writing    inFlight // the requests that those wait for
	handler    http.Handler
}

// NewServer builds the router. It starts nothing.
func NewServer(d Deps) (*Server, error) {
	if err := d.Config.Validate(); err != nil {
		return nil, err
	}
	if d.Access == nil || d.Accounts == nil || d.Sites == nil || d.Catalog == nil || d.Backfill == nil || d.Pictures == nil || d.Imports == nil || d.History == nil || d.Diagnostics == nil || d.Machine == nil || d.Demo == nil || d.Sealer == nil || d.Mailer == nil || d.Reader == nil || d.Track == nil || d.Compat == nil ||
		d.Tickets == nil || d.Activity == nil || d.WebSocket == nil || d.Ready == nil || d.Now == nil || d.Log == nil {
		return nil, errors.New("api: a dependency is missing")
	}
	if d.Purger == nil {
		return nil, errors.New("api: a dependency is missing")
	}
	s := &Server{
		deps: d, cfg: d.Config, access: d.Access, sites: d.Sites, limits: newLimits(&d.Config), now: d.Now,
		log: d.Log.With("component", "api"), started: d.Now(),
		clientIP: NewClientIP(d.Config.TrustedProxies), departures: newRounds(),
	}
	s.postbox = newPostbox(d.Mailer, s.log)
	s.access.used = s.keyUsed
	engine, err := s.router()
	if err != nil {
		return nil, fmt.Errorf("build router: %w", err)
	}
	s.handler = engine
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if query := readableQuery(r); query != r.URL.RawQuery {
		plain, link := *r, *r.URL
		link.RawQuery, plain.URL = query, &link
		r = &plain
	}
	s.handler.ServeHTTP(w, r)
}

// CountRequest takes one request of a user into the API's limit, for transports that learn later than HTTP who calls.
func (s *Server) CountRequest(userID string) *Problem {
	l := s.limits.routes[perUser]
	if l == nil {
		return nil
	}
	if v := l.take(userID, s.now()); !v.allowed {
		return tooMany(v.retry)
	}
	return nil
}

// Times of a connection. A WebSocket leaves them behind with its upgrade; an export that streams for longer sets its own.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 20 * time.Second // header and body
	writeTimeout      = 45 * time.Second // from the end of the header: body, work (10 s at most) and answer
	idleTimeout       = 2 * time.Minute
	maxHeader         = 32 << 10 // bytes
)

// HTTPServer is a server for this handler that slow clients cannot hold open.
func (s *Server) HTTPServer(addr string) *http.Server { return httpServer(addr, s, s.log) }

func httpServer(addr string, handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr: addr, Handler: handler,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ConnContext: withConnection,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// patient is a context for work that must not stop half done because the client went away; it ends by itself.
func patient(c *gin.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Request.Context()), workTimeout)
}

// workTimeout is the longest that a request waits for the fold.
const workTimeout = 10 * time.Second
