package main

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/actors/alerting"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
	"github.com/ztas-io/ztas/ws"
)

// The packages do not know each other; here is what one says in the words of another.

// metaStore is the store as accounts and sites see it.
type metaStore struct{ *store.Store }

// Txn translates the changes.
func (m metaStore) Txn(ops ...auth.MetaOp) error {
	out := make([]persist.Op, len(ops))
	for i, op := range ops {
		out[i] = persist.Put(op.Key, op.Value)
		if op.Value == nil {
			out[i] = persist.Op{Key: op.Key, Delete: true}
		}
	}
	return m.Store.Txn(out...)
}

// liveHub tells of changes: the alerts, and the hub once there is one: the fold runs before it.
type liveHub struct {
	hub    atomic.Pointer[ws.Hub]
	alerts *alerting.Evaluator
}

// Changed does not block.
func (l *liveHub) Changed(site analytics.SiteID) {
	l.alerts.Changed(site)
	if hub := l.hub.Load(); hub != nil {
		hub.Changed(site)
	}
}

// upgradeLimit counts upgrades in the API's limit of the user.
type upgradeLimit struct{ server atomic.Pointer[api.Server] }

// Allow counts one request.
func (u *upgradeLimit) Allow(userID string) (retryAfter time.Duration, ok bool) {
	server := u.server.Load()
	if server == nil {
		return time.Second, false
	}
	if p := server.CountRequest(userID); p != nil {
		return p.RetryAfter, false
	}
	return 0, true
}

// apiTickets are the tickets of the socket as the API hands them out.
type apiTickets struct{ tickets *ws.Tickets }

// Issue makes a ticket for the caller.
func (t apiTickets) Issue(p auth.Principal) (string, time.Time) {
	return t.tickets.Issue(wsPrincipal(p))
}

func wsPrincipal(p auth.Principal) ws.Principal {
	return ws.Principal{UserID: p.UserID, Expires: p.Expires, Opaque: p}
}

// wsAccess asks the API's access rules for the socket.
type wsAccess struct {
	access   *api.Access
	accounts *auth.Accounts
}

// Authenticate tells who presents a token.
func (a wsAccess) Authenticate(token string) (ws.Principal, error) {
	p, problem := a.access.Authenticate(token)
	if problem != nil {
		return ws.Principal{}, problem
	}
	a.access.KeyUsed(p, nil)
	return wsPrincipal(p), nil
}

// Active tells whether session or key are still good.
func (a wsAccess) Active(p ws.Principal) bool { return a.accounts.Active(p.Opaque.(auth.Principal)) }

// Authorize tells whether the caller has the right on the site.
func (a wsAccess) Authorize(p ws.Principal, site analytics.SiteID, right ws.Right) error {
	role := auth.Viewer
	if right == ws.RightOwner {
		role = auth.Owner
	}
	switch problem := a.access.Authorize(p.Opaque.(auth.Principal), site, role, auth.Read); {
	case problem == nil:
		return nil
	case problem.Status == http.StatusNotFound:
		return ws.ErrSiteNotFound
	default:
		return ws.ErrAccessDenied
	}
}

func wsConfig(cfg Config) ws.Config {
	c := ws.DefaultConfig()
	c.AllowedOrigins, c.MaxPerUser, c.MaxPerIP = cfg.WSAllowedOrigins, cfg.WSMaxPerUser, cfg.WSMaxPerIP
	return c
}

// apiConfig translates the settings. Without JWT_SECRET the key of the tokens is still to be set.
func apiConfig(cfg Config) api.Config {
	c := api.DefaultConfig()
	c.PublicURL = cfg.BaseURL()
	c.TrustedProxies = cfg.Proxies
	c.RetentionDays, c.AllowLocalSites = cfg.RetentionDays, cfg.AllowLocalSites
	c.MaxSitesPerUser, c.MaxDimensionValues = cfg.MaxSites, cfg.MaxDimensionValues
	c.MaxGoals, c.MaxFunnels, c.MaxSegments = cfg.MaxGoals, cfg.MaxFunnels, cfg.MaxSegments
	c.MaxAlerts, c.MaxWebhooks, c.HooksAllowHTTP = cfg.MaxAlerts, cfg.MaxWebhooks, cfg.WebhookAllowHTTP
	c.MaxMembers = cfg.MaxMembers
	c.MaxAnnotations, c.MaxShares, c.SitePurgeDays = cfg.MaxAnnotations, cfg.MaxShares, cfg.SitePurgeDays
	r := cfg.RateLimits
	c.RatePublicStats = r.PublicStats
	c.RateMinute, c.RateHour, c.RateLogin, c.RateLoginFailures = r.Minute, r.Hour, r.Login, r.LoginFailures
	c.RateRegister, c.RateRefresh = r.Register, r.Refresh
	c.RateForgot, c.RateVerifyReset, c.RateReset = r.Forgot, r.VerifyResetToken, r.Reset
	c.Operators = cfg.Operators
	c.RateInvitePreview, c.RateInvitesHour, c.RateInvitesDay = r.InvitePreview, r.InvitationsHour, r.InvitationsDay
	c.Auth.Issuer = c.PublicURL
	c.Auth.TokenTTL, c.Auth.RefreshTTL = cfg.JWTTTL, cfg.RefreshTTL
	c.Auth.OpenRegistration, c.Auth.MaxKeysPerUser = cfg.RegistrationEnabled, cfg.MaxAPIKeys
	c.Auth.Secret = []byte(cfg.JWTSecret)
	return c
}

func logConfig(data string, minFree Size) log.Config {
	c := log.DefaultConfig(filepath.Join(data, "log"))
	if minFree > 0 {
		c.MinFreeSpace = uint64(minFree)
	}
	return c
}

func trackConfig(cfg Config, diagnostics *api.Diagnostics, logger *slog.Logger) api.TrackConfig {
	return api.TrackConfig{
		MaxBody: int(cfg.IngestMaxBody), MaxBatch: cfg.IngestMaxBatch,
		RateRequests: cfg.RateLimits.Track, RateEvents: cfg.RateLimits.TrackSite,
		CountryHeader: cfg.GeoCountryHeader, RegionHeader: cfg.GeoRegionHeader, Logger: logger.With("component", "track"),
		Diagnostics: diagnostics,
	}
}
