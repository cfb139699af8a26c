package api

import (
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

// Starting is the HTTP side of a program that has its address, but is still reading its log. GET /api/health is answered, GET /api/ready with 503;
// every other request waits until Begin, so that a restart refuses no hit, and gets 503 where that takes too long. Safe for concurrent use.
type Starting struct {
	server  atomic.Pointer[Server]
	begun   chan struct{} // closed once there is a server
	held    chan struct{} // holds a token for each request that waits
	wait    time.Duration
	log     *slog.Logger
	handler http.Handler // of requests that are answered before
}

// NewStarting makes what answers until Begin.
func NewStarting(version string, now func() time.Time, log *slog.Logger) *Starting {
	s := &Starting{
		begun: make(chan struct{}), held: make(chan struct{}, maxHeld), wait: startWait, log: log.With("component", "api"),
	}
	began := now()
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(headers)
	health := func(c *gin.Context) { data(c, http.StatusOK, healthOf(version, int(now().Sub(began)/time.Second))) }
	e.GET(healthPath, health)
	e.HEAD(healthPath, health)
	e.NoRoute(func(c *gin.Context) { refuse(c, unavailable(time.Second)) })
	s.handler = e
	return s
}

// Begin hands all requests to the server, those that wait too. It is called once.
func (s *Starting) Begin(server *Server) {
	s.server.Store(server)
	close(s.begun)
}

// ServeHTTP answers one request.
func (s *Starting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if server := s.server.Load(); server != nil {
		server.ServeHTTP(w, r)
		return
	}
	if path := r.URL.Path; path != healthPath && path != readyPath {
		s.hold(r)
	}
	if server := s.server.Load(); server != nil {
		server.ServeHTTP(w, r)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// hold returns when there is a server, when the request cannot wait longer, and at once when too many do.
func (s *Starting) hold(r *http.Request) {
	select {
	case s.held <- struct{}{}:
	default:
		return
	}
	defer func() { <-s.held }()
	late := time.NewTimer(s.wait)
	defer late.Stop()
	select {
	case <-s.begun:
	case <-late.C:
	case <-r.Context().Done():
	}
}

// HTTPServer is a server for this handler that slow clients cannot hold open.
func (s *Starting) HTTPServer(addr string) *http.Server { return httpServer(addr, s, s.log) }
