package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// exchange is one request on its way through the checks of README §3. It belongs to the request's goroutine.
type exchange struct {
	c      *gin.Context
	route  *route
	caller auth.Principal   // zero: anonymous
	siteID analytics.SiteID // as the route's parameters name it; "" = none
	site   *analytics.Site  // set before the action of a route that needs a role
	role   auth.Role        // the caller's on that site; set with it

	uncount func() // takes the request out of the route's limit again; nil: it was not counted
}

// handler is the first half of an endpoint: it reads and checks all parameters, and answers nothing. What it returns is done after the
// caller was found to have the right.
type handler func(x *exchange) (action, error)

// action is the second half of an endpoint: it does the work and answers. With an error it must not have answered.
type action func() error

const exchangeKey = "exchange"

// exchangeOf finds the exchange of a request whose caller is known; nil is none.
func exchangeOf(c *gin.Context) *exchange {
	v, _ := c.Get(exchangeKey)
	x, _ := v.(*exchange)
	return x
}

// endpoint makes Gin's handler of a route.
func (s *Server) endpoint(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		x := &exchange{c: c, route: &r}
		if err := s.answer(x); err != nil && !c.Writer.Written() {
			refuse(c, s.problemOf(c, err))
		}
	}
}

// answer runs the checks in the contract's order: size, authentication, rate limit, key scope, syntax, existence, role. The action checks
// the state.
func (s *Server) answer(x *exchange) error {
	if x.route.site != ownChecks && x.c.Request.ContentLength > x.route.maxBody() {
		return errTooLarge
	}
	if err := s.identify(x); err != nil {
		return err
	}
	if x.caller.UserID != "" {
		x.c.Set(exchangeKey, x)
		if m := x.c.Request.Method; m != http.MethodGet && m != http.MethodHead {
			defer s.writing.enter(x.caller.UserID)()
			if _, p := s.access.Authenticate(bearer(x.c.Request)); p != nil { // deleted a moment ago: nobody waits for this request
				return p
			}
		}
	}
	if err := s.count(x); err != nil {
		return err
	}
	if err := x.checkKey(); err != nil {
		return err
	}
	if err := x.readSite(); err != nil {
		return err
	}
	act, err := x.route.handle(x)
	if err != nil {
		return err
	}
	if x.route.role != auth.NoRole && x.route.site != ownChecks {
		if p := s.access.Authorize(x.caller, x.siteID, x.route.role, x.route.scope); p != nil {
			return p
		}
		site, ok := s.sites.Site(x.siteID)
		if !ok { // deleted a moment ago
			return errSiteNotFound
		}
		x.site, x.role = site, s.sites.Role(x.siteID, x.caller.UserID)
	}
	return act()
}

// longBodies are the routes whose body may be longer than maxBody, in bytes.
var longBodies = map[string]int64{"POST /api/heatmaps/screenshots": maxPicture, "POST /api/import": maxImportBody}

func (r *route) maxBody() int64 {
	if n, ok := longBodies[r.method+" "+r.path]; ok {
		return n
	}
	return maxBody
}

// identify authenticates the caller where the route wants one.
func (s *Server) identify(x *exchange) error {
	if x.route.who == anyone {
		return nil
	}
	caller, p := s.access.Authenticate(bearer(x.c.Request))
	if p != nil {
		return p
	}
	x.caller = caller
	s.access.KeyUsed(caller, x.c.Request)
	return nil
}

// count takes the request into the route's limits.
func (s *Server) count(x *exchange) error {
	if l := s.limits.routes[x.route.limit]; l != nil {
		if err := s.take(x, l); err != nil {
			return err
		}
	}
	if x.route.limit == perInviter {
		return s.limits.invites.spent(x, s.now())
	}
	return nil
}

func (s *Server) take(x *exchange, l *limiter) error {
	key := x.caller.UserID
	if x.route.limit != perUser && x.route.limit != perInviter {
		key = s.limits.hide(s.clientIP(x.c.Request))
	}
	v := l.take(key, s.now())
	l.header(x.c.Writer.Header(), v)
	if !v.allowed {
		return tooMany(v.retry)
	}
	x.uncount = func() { l.giveBack(key) }
	return nil
}

// checkKey decides what can be told from the key alone.
func (x *exchange) checkKey() error {
	switch {
	case x.caller.UserID == "":
		return nil
	case x.route.who == session && x.caller.IsKey():
		return forbidden("This endpoint requires a user session")
	}
	if p := checkScope(x.caller, x.route.scope); p != nil {
		return p
	}
	if x.route.site == allSites && x.caller.Site != "" {
		return forbidden("This API key cannot access other sites")
	}
	return nil
}

// readSite reads the site's id where the route says it is.
func (x *exchange) readSite() error {
	switch x.route.site {
	case siteInQuery:
		x.siteID = analytics.SiteID(x.c.Query("siteId"))
		if x.siteID == "" {
			return invalid("Site ID required")
		}
	case siteInPath:
		x.siteID = analytics.SiteID(x.c.Param("id"))
	}
	return nil
}

var errTooLarge = problem(http.StatusRequestEntityTooLarge, codeTooLarge, "Request body too large")

// problemOf finds the contract's answer to an error. Errors that it does not know are logged and stay inside.
func (s *Server) problemOf(c *gin.Context, err error) *Problem {
	var p *Problem
	var bad analytics.Invalid
	var busy *analytics.Unavailable
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &bad):
		return invalid(string(bad))
	case errors.As(err, &busy):
		return unavailable(busy.RetryAfter)
	case errors.Is(err, auth.ErrBusy), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return unavailable(time.Second)
	}
	for _, known := range authProblems {
		if errors.Is(err, known.err) {
			return known.problem
		}
	}
	s.log.Error("request failed", "method", c.Request.Method, "route", c.FullPath(), "request", c.Writer.Header().Get(headerRequestID), "error", err)
	return errInternal
}

var errInternal = problem(http.StatusInternalServerError, codeInternal, "Internal server error")

func unavailable(retry time.Duration) *Problem {
	p := problem(http.StatusServiceUnavailable, codeUnavailable, "Service temporarily unavailable")
	p.RetryAfter = max(retry, time.Second)
	return p
}

// authProblems are the answers to what package auth refuses.
var authProblems = []struct {
	err     error
	problem *Problem
}{
	{auth.ErrCredentials, unauthorized("Invalid credentials")},
	{auth.ErrRefresh, unauthorized("Invalid or expired refresh token")},
	{auth.ErrRegistrationClosed, forbidden("Registration is disabled")},
	{auth.ErrEmailTaken, problem(http.StatusConflict, codeConflict, "Email already registered")},
	{auth.ErrToken, unauthorized("Invalid or expired token")},
	{auth.ErrReset, invalid("Invalid or expired reset link")},
	{auth.ErrPassword, invalid("Current password is incorrect")},
	{auth.ErrPasswordSame, invalid("New password must differ from the current password")},
	{auth.ErrSessionNotFound, notFound("Session not found")},
	{auth.ErrSessionCurrent, invalid("Use logout to end the current session")},
	{auth.ErrKeyNotFound, notFound("API key not found")},
	{auth.ErrKeyLimit, problem(http.StatusForbidden, codeLimit, "API key limit reached")},
	{auth.ErrSiteGone, errSiteNotFound},
	{auth.ErrKeyScope, forbidden("Scope exceeds that of the creating key")},
}

// isAPI tells whether a path belongs to the API.
func isAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, "/api/") }
