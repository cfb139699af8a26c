package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/api/auth"
)

// who may call a route.
type who uint8

const (
	anyone  who = iota // public, or the handler authenticates by itself
	session            // a user's login session
	caller             // a login session or an API key
)

// siteSource says where a route finds the site that its role is asked for.
type siteSource uint8

const (
	noSite      siteSource = iota
	siteInQuery            // siteId, required
	siteInPath             // :id
	siteByHand             // the handler sets exchange.siteID: it is in the body, or that of another resource
	allSites               // no single one: a key that is bound to a site is refused
	ownChecks              // the handler reads the body and asks for the right by itself (AuthorizeIngest)
)

// route is one line of the table.
type route struct {
	method, path string
	who          who
	role         auth.Role // needed on the site; NoRole: none
	scope        auth.Scope
	site         siteSource
	limit        limit
	handle       handler
}

// routes is the whole API: README §5 of the contract as a table.
func (s *Server) routes() []route {
	const (
		no, viewer, admin       = auth.NoRole, auth.Viewer, auth.Admin
		member                  = auth.Member
		none, read, whole       = auth.NoScope, auth.Read, auth.AdminScope
		write                   = auth.Write
		get, post, patch, erase = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	)
	return []route{
		{post, "/api/auth/register", anyone, no, none, noSite, registerPerIP, s.register},
		{post, "/api/auth/login", anyone, no, none, noSite, loginPerIP, s.login},
		{post, "/api/auth/refresh", anyone, no, none, noSite, refreshPerIP, s.refresh},
		{post, "/api/auth/forgot", anyone, no, none, noSite, forgotPerIP, s.forgot},
		{get, "/api/auth/verify-reset-token", anyone, no, none, noSite, verifyResetPerIP, s.verifyResetToken},
		{post, "/api/auth/reset", anyone, no, none, noSite, resetPerIP, s.resetPassword},
		{post, "/api/auth/change-password", session, no, none, noSite, perUser, s.changePassword},
		{patch, "/api/user/password", session, no, none, noSite, perUser, s.changePassword},
		{get, "/api/user/status", caller, no, read, noSite, perUser, s.userStatus},
		{patch, "/api/user", session, no, none, noSite, perUser, s.changeUser},
		{erase, "/api/user", session, no, none, noSite, perUser, s.deleteUser},
		{get, "/api/user/export", session, no, none, noSite, perUser, s.exportUser},
		{get, "/api/user/sessions", session, no, none, noSite, perUser, s.listSessions},
		{erase, "/api/user/sessions", session, no, none, noSite, perUser, s.revokeSession},
		{erase, "/api/user/sessions/:id", session, no, none, noSite, perUser, s.revokeSession},
		{post, "/api/auth/logout", session, no, none, noSite, perUser, s.logout},
		{get, "/api/auth/me", caller, no, read, noSite, perUser, s.me},

		{post, "/api/track", anyone, no, none, ownChecks, noLimit, raw(s.deps.Track.Track)},
		{post, "/api/event", anyone, no, none, ownChecks, noLimit, raw(s.deps.Compat.Plausible)},
		{post, "/api/send", anyone, no, none, ownChecks, noLimit, raw(s.deps.Compat.Umami)},
		{get, "/count", anyone, no, none, ownChecks, noLimit, raw(s.deps.Compat.GoatCounter)},
		{post, "/count", anyone, no, none, ownChecks, noLimit, raw(s.deps.Compat.GoatCounter)},
		{get, "/count/:site", anyone, no, none, ownChecks, noLimit, raw(s.deps.Compat.GoatCounter)},
		{post, "/count/:site", anyone, no, none, ownChecks, noLimit, raw(s.deps.Compat.GoatCounter)},
		{post, "/api/import/events", caller, admin, whole, ownChecks, noLimit, raw(s.deps.Track.ImportEvents)},

		{post, "/api/import", caller, admin, whole, siteByHand, perUser, s.importDaily},
		{get, "/api/import", caller, admin, read, siteByHand, perUser, s.listImports},
		{erase, "/api/import", caller, admin, whole, siteByHand, perUser, s.deleteImport},
		{erase, "/api/import/:id", caller, admin, whole, siteByHand, perUser, s.deleteImport},

		{get, "/api/stats", caller, viewer, read, siteInQuery, perUser, s.stats},
		{get, "/api/export", caller, viewer, read, siteInQuery, perUser, s.export}, // member: export says it in its own words
		{get, "/api/realtime", caller, viewer, read, siteInQuery, perUser, s.realtime},
		{get, "/api/stats-api", caller, viewer, read, siteByHand, perUser, s.statsAPI},
		{post, "/api/query", caller, no, read, noSite, perUser, s.query},

		{get, "/api/sites", caller, no, read, noSite, perUser, s.listSites},
		{post, "/api/sites", caller, no, whole, allSites, perUser, s.createSite},
		{get, "/api/sites/:id", caller, viewer, read, siteInPath, perUser, s.getSite},
		{patch, "/api/sites", caller, admin, whole, siteByHand, perUser, s.changeSite},
		{patch, "/api/sites/:id", caller, admin, whole, siteByHand, perUser, s.changeSite},
		{erase, "/api/sites", caller, no, whole, siteByHand, perUser, s.deleteSite}, // owner: those three say it in words of their own,
		{erase, "/api/sites/:id", caller, no, whole, siteByHand, perUser, s.deleteSite},
		{post, "/api/sites/:id/restore", caller, no, whole, siteByHand, perUser, s.restoreSite}, // and of deleted sites too
		{get, "/api/sites/:id/diagnostics", caller, admin, read, siteInPath, perUser, s.diagnostics},
		{get, "/api/sites/:id/sample", caller, admin, read, siteInPath, perUser, s.sample},
		{get, "/api/sites/:id/shares", caller, admin, whole, siteInPath, perUser, s.listShares},
		{post, "/api/sites/:id/shares", caller, admin, whole, siteInPath, perUser, s.createShare},
		{erase, "/api/sites/:id/shares", caller, admin, whole, siteInPath, perUser, s.revokeShare},
		{erase, "/api/sites/:id/shares/:shareId", caller, admin, whole, siteInPath, perUser, s.revokeShare},

		{get, "/api/public/stats", anyone, no, none, noSite, publicPerIP, s.publicStats},
		{get, "/public/:token", anyone, no, none, noSite, publicPerIP, s.publicPage},

		{get, "/api/annotations", caller, viewer, read, siteInQuery, perUser, s.listAnnotations},
		{post, "/api/annotations", caller, member, write, siteByHand, perUser, s.createAnnotation},
		{patch, "/api/annotations", caller, member, write, siteByHand, perUser, s.changeAnnotation},
		{erase, "/api/annotations", caller, member, write, siteByHand, perUser, s.deleteAnnotation},
		{patch, "/api/annotations/:id", caller, member, write, siteByHand, perUser, s.changeAnnotation},
		{erase, "/api/annotations/:id", caller, member, write, siteByHand, perUser, s.deleteAnnotation},

		{get, "/api/teams", caller, no, read, noSite, perUser, s.listTeams},               // with siteId it asks for the role by itself
		{post, "/api/teams", caller, viewer, whole, siteByHand, perInviter, s.sendInvite}, // admin and owner: these say it in their own words
		{patch, "/api/teams", caller, viewer, whole, siteByHand, perUser, s.changeRole},
		{patch, "/api/teams/:id", caller, viewer, whole, siteByHand, perUser, s.changeRole},
		{erase, "/api/teams", caller, viewer, whole, siteInQuery, perUser, s.removeMember},
		{erase, "/api/teams/:id", caller, viewer, whole, siteInQuery, perUser, s.removeMember},
		{post, "/api/teams/transfer", caller, viewer, whole, siteByHand, perUser, s.transferSite},
		{get, "/api/invite", anyone, no, none, noSite, invitePreviewPerIP, s.previewInvite},
		{post, "/api/invite", session, no, none, noSite, perUser, s.answerInvite},

		{get, "/api/goals", caller, viewer, read, siteInQuery, perUser, s.listGoals},
		{post, "/api/goals", caller, admin, write, siteByHand, perUser, s.createGoal},
		{patch, "/api/goals", caller, admin, write, siteByHand, perUser, s.changeGoal},
		{erase, "/api/goals", caller, admin, write, siteByHand, perUser, s.deleteGoal},
		{get, "/api/goals/:id", caller, viewer, read, siteByHand, perUser, s.getGoal},
		{patch, "/api/goals/:id", caller, admin, write, siteByHand, perUser, s.changeGoal},
		{erase, "/api/goals/:id", caller, admin, write, siteByHand, perUser, s.deleteGoal},
		{get, "/api/goals/:id/stats", caller, viewer, read, siteByHand, perUser, s.goalStats},

		{get, "/api/funnels", caller, viewer, read, siteInQuery, perUser, s.listFunnels},
		{post, "/api/funnels", caller, admin, write, siteByHand, perUser, s.createFunnel},
		{patch, "/api/funnels", caller, admin, write, siteByHand, perUser, s.changeFunnel},
		{erase, "/api/funnels", caller, admin, write, siteByHand, perUser, s.deleteFunnel},
		{get, "/api/funnels/:id", caller, viewer, read, siteByHand, perUser, s.getFunnel},
		{patch, "/api/funnels/:id", caller, admin, write, siteByHand, perUser, s.changeFunnel},
		{erase, "/api/funnels/:id", caller, admin, write, siteByHand, perUser, s.deleteFunnel},
		{get, "/api/funnels/:id/stats", caller, viewer, read, siteByHand, perUser, s.funnelStats},

		{get, "/api/segments", caller, viewer, read, siteInQuery, perUser, s.listSegments},
		{post, "/api/segments", caller, member, write, siteByHand, perUser, s.createSegment},
		{patch, "/api/segments", caller, member, write, siteByHand, perUser, s.changeSegment},
		{erase, "/api/segments", caller, member, write, siteByHand, perUser, s.deleteSegment},
		{patch, "/api/segments/:id", caller, member, write, siteByHand, perUser, s.changeSegment},
		{erase, "/api/segments/:id", caller, member, write, siteByHand, perUser, s.deleteSegment},

		{get, "/api/heatmaps", caller, viewer, read, siteByHand, perUser, s.heatmap},
		{get, "/api/heatmaps/pages", caller, viewer, read, siteInQuery, perUser, s.heatmapPages},
		{get, "/api/heatmaps/elements", caller, viewer, read, siteByHand, perUser, s.heatmapElements},
		{get, "/api/heatmaps/rage-clicks", caller, viewer, read, siteByHand, perUser, s.rageClicks},
		{get, "/api/heatmaps/dead-clicks", caller, viewer, read, siteByHand, perUser, s.deadClicks},
		{get, "/api/heatmaps/screenshots", caller, viewer, read, siteInQuery, perUser, s.listPictures},
		{post, "/api/heatmaps/screenshots", caller, admin, write, siteByHand, perUser, s.addPicture},
		{erase, "/api/heatmaps/screenshots", caller, admin, write, siteByHand, perUser, s.deletePicture},
		{get, "/api/heatmaps/screenshots/:id", caller, viewer, read, siteByHand, perUser, s.showPicture},
		{erase, "/api/heatmaps/screenshots/:id", caller, admin, write, siteByHand, perUser, s.deletePicture},

		{get, "/api/journeys", caller, viewer, read, siteInQuery, perUser, s.journeys},

		{get, "/api/alerts", caller, viewer, read, siteInQuery, perUser, s.listAlerts},
		{post, "/api/alerts", caller, admin, write, siteByHand, perUser, s.createAlert},
		{patch, "/api/alerts", caller, admin, write, siteByHand, perUser, s.changeAlert},
		{erase, "/api/alerts", caller, admin, write, siteByHand, perUser, s.deleteAlert},
		{post, "/api/alerts/preview", caller, admin, read, siteByHand, perUser, s.previewAlert},
		{get, "/api/alerts/:id", caller, viewer, read, siteByHand, perUser, s.getAlert},
		{patch, "/api/alerts/:id", caller, admin, write, siteByHand, perUser, s.changeAlert},
		{erase, "/api/alerts/:id", caller, admin, write, siteByHand, perUser, s.deleteAlert},
		{get, "/api/alerts/:id/history", caller, viewer, read, siteByHand, perUser, s.alertHistory},
		{post, "/api/alerts/:id/acknowledge", caller, member, write, siteByHand, perUser, s.acknowledgeAlert},
		{post, "/api/alerts/:id/test", caller, admin, write, siteByHand, perUser, s.testAlert},

		{get, "/api/webhooks", caller, admin, read, siteInQuery, perUser, s.listWebhooks},
		{post, "/api/webhooks", caller, admin, whole, siteByHand, perUser, s.createWebhook},
		{patch, "/api/webhooks", caller, admin, whole, siteByHand, perUser, s.changeWebhook},
		{erase, "/api/webhooks", caller, admin, whole, siteByHand, perUser, s.deleteWebhook},
		{get, "/api/webhooks/:id", caller, admin, read, siteByHand, perUser, s.getWebhook},
		{patch, "/api/webhooks/:id", caller, admin, whole, siteByHand, perUser, s.changeWebhook},
		{erase, "/api/webhooks/:id", caller, admin, whole, siteByHand, perUser, s.deleteWebhook},
		{post, "/api/webhooks/:id/test", caller, admin, whole, siteByHand, perUser, s.testWebhook},
		{post, "/api/webhooks/:id/rotate-secret", caller, admin, whole, siteByHand, perUser, s.rotateSecret},
		{get, "/api/webhooks/:id/deliveries", caller, admin, read, siteByHand, perUser, s.listDeliveries},
		{post, "/api/webhooks/:id/deliveries/:messageId/redeliver", caller, admin, whole, siteByHand, perUser, s.redeliver},

		{get, "/api/activity-log", caller, no, read, noSite, perUser, s.listActivity}, // with siteId: owner, in words of its own
		{get, "/api/activity-log/export", caller, no, read, noSite, perUser, s.exportActivity},

		{get, "/api/api-keys", caller, no, whole, allSites, perUser, s.listKeys},
		{post, "/api/api-keys", caller, no, whole, allSites, perUser, s.createKey},
		{patch, "/api/api-keys", caller, no, whole, allSites, perUser, s.renameKey},
		{patch, "/api/api-keys/:id", caller, no, whole, allSites, perUser, s.renameKey},
		{erase, "/api/api-keys", caller, no, whole, allSites, perUser, s.revokeKey},
		{erase, "/api/api-keys/:id", caller, no, whole, allSites, perUser, s.revokeKey},

		{post, "/api/ws/ticket", caller, no, read, noSite, perUser, s.issueTicket},
		{get, "/ws", anyone, no, none, ownChecks, noLimit, raw(gin.WrapH(s.deps.WebSocket))},

		{post, "/api/demo", session, no, none, noSite, perUser, s.createDemo},
		{get, "/api/system", caller, no, read, noSite, perUser, s.system}, // operators: it asks by itself
		{get, "/api/setup", anyone, no, none, noSite, noLimit, s.setup},
		{get, healthPath, anyone, no, none, noSite, noLimit, s.health},
		{get, readyPath, anyone, no, none, noSite, noLimit, s.ready},
		{get, "/api/openapi.yaml", anyone, no, none, noSite, noLimit, s.openapi},
		{get, "/docs", anyone, no, none, noSite, noLimit, s.docs},
	}
}

// raw makes an endpoint of a handler that reads and answers by itself.
func raw(h gin.HandlerFunc) handler {
	return func(x *exchange) (action, error) {
		return func() error { h(x.c); return nil }, nil
	}
}

// router builds Gin without anything that it would decide by itself: no redirects, no trusted proxies, no console.
func (s *Server) router() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.ForwardedByClientIP = false
	e.HandleMethodNotAllowed = true
	if err := e.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	e.Use(recovery(s.log), headers)
	for _, r := range s.routes() {
		e.Handle(r.method, r.path, s.endpoint(r))
		// HEAD is GET whose body net/http leaves out. A hit by GET, or a WebSocket, is nothing that HEAD may do.
		if r.method == http.MethodGet && r.site != ownChecks {
			e.HEAD(r.path, s.endpoint(r))
		}
	}
	e.NoRoute(s.noRoute)
	e.NoMethod(noMethod)
	return e, nil
}

// noRoute gives what is not the API's to the dashboard's files.
func (s *Server) noRoute(c *gin.Context) {
	if isAPI(c.Request.URL.Path) || s.deps.Web == nil {
		refuse(c, notFound("Not found"))
		return
	}
	c.Status(http.StatusOK) // Gin's guess was 404
	s.deps.Web.ServeHTTP(c.Writer, c.Request)
}

// noMethod answers preflights, and other methods that a path does not have; Gin has set Allow.
func noMethod(c *gin.Context) {
	if c.Request.Method == http.MethodOptions {
		h := c.Writer.Header()
		h.Del("Cache-Control")
		if asked := c.Request.Header["Access-Control-Request-Headers"]; len(asked) > 0 && isForeign(c.Request.URL.Path) {
			h["Access-Control-Allow-Headers"] = asked
		}
		c.AbortWithStatus(http.StatusNoContent)
		return
	}
	refuse(c, problem(http.StatusMethodNotAllowed, codeMethod, "Method not allowed"))
}
