package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// Bounds of the requests that come while the program starts: how long one waits, and how many do.
const (
	startWait = 10 * time.Second
	maxHeld   = 1000
)

// restartDelay is the Retry-After of a program that stops: a restart takes about that long.
const restartDelay = 5 * time.Second

// Gate is the HTTP side of a program for as long as it has its address. Safe for concurrent use.
//
// Until Begin the program is reading its log: every request waits, so that a restart refuses no hit, and gets 503 where that takes too long. From End
// on the program stops: what is under way is answered, what comes gets 503. GET /api/health is always answered, GET /api/ready with 503 at both ends.
type Gate struct {
	server   atomic.Pointer[Server]
	begun    chan struct{} // closed once there is a server
	held     chan struct{} // holds a token for each request that waits
	wait     time.Duration
	ending   atomic.Bool
	ended    chan struct{} // closed with End
	underWay atomic.Int64  // requests with the server
	left     chan struct{} // holds a token when the last of them was answered after End
	log      *slog.Logger
	handler  http.Handler // of requests that the server does not get
}

// NewGate makes what answers until Begin.
func NewGate(version string, now func() time.Time, log *slog.Logger) *Gate {
	g := &Gate{
		begun: make(chan struct{}), held: make(chan struct{}, maxHeld), wait: startWait, ended: make(chan struct{}), left: make(chan struct{}, 1),
		log: log.With("component", "api"),
	}
	began := now()
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(headers)
	health := func(c *gin.Context) { data(c, http.StatusOK, healthOf(version, int(now().Sub(began)/time.Second))) }
	e.GET(healthPath, health)
	e.HEAD(healthPath, health)
	e.NoRoute(func(c *gin.Context) { refuse(c, unavailable(g.retryAfter())) })
	g.handler = e
	return g
}

func (g *Gate) retryAfter() time.Duration {
	if g.ending.Load() {
		return restartDelay
	}
	return time.Second
}

// Begin hands all requests to the server, those that wait too. It is called once.
func (g *Gate) Begin(server *Server) {
	g.server.Store(server)
	close(g.begun)
}

// End keeps new requests from the server, and those that wait for one, and returns once it has answered those that it has. WebSockets are none of
// them. Further calls only wait. The error is that of ctx: requests are still under way.
func (g *Gate) End(ctx context.Context) error {
	if g.ending.CompareAndSwap(false, true) {
		close(g.ended)
	}
	for g.underWay.Load() > 0 {
		select {
		case <-g.left:
		case <-ctx.Done():
			return fmt.Errorf("%d requests are under way: %w", g.underWay.Load(), ctx.Err())
		}
	}
	return nil
}

// enter tells whether the server may have a request; if so, leave follows.
func (g *Gate) enter() bool {
	g.underWay.Add(1)
	if g.ending.Load() { // after it was counted: End waits for every request that did not see it
		g.leave()
		return false
	}
	return true
}

func (g *Gate) leave() {
	if g.underWay.Add(-1) > 0 || !g.ending.Load() {
		return
	}
	select {
	case g.left <- struct{}{}:
	default:
	}
}

// ServeHTTP answers one request.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	server := g.server.Load()
	if path := r.URL.Path; server == nil && path != healthPath && path != readyPath {
		g.hold(r)
		server = g.server.Load()
	}
	if server != nil && g.enter() {
		defer g.leave()
		server.ServeHTTP(w, r)
		return
	}
	if g.ending.Load() {
		w.Header().Set("Connection", "close") // the next request is for another program
	}
	g.handler.ServeHTTP(w, r)
}

// hold returns when there is a server, when the request cannot wait longer, and at once when too many do.
func (g *Gate) hold(r *http.Request) {
	select {
	case g.held <- struct{}{}:
	default:
		return
	}
	defer func() { <-g.held }()
	late := time.NewTimer(g.wait)
	defer late.Stop()
	select {
	case <-g.begun:
	case <-g.ended:
	case <-late.C:
	case <-r.Context().Done():
	}
}

// HTTPServer is a server for this handler that slow clients cannot hold open.
func (g *Gate) HTTPServer(addr string) *http.Server { return httpServer(addr, g, g.log) }
