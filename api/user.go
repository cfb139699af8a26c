package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// isOperator tells whether a user runs the server: one whose address OPERATORS lists, or else the first account.
func (s *Server) isOperator(u *auth.User) bool {
	if len(s.cfg.Operators) > 0 {
		return slices.ContainsFunc(s.cfg.Operators, func(email string) bool { return strings.EqualFold(strings.TrimSpace(email), u.Email) })
	}
	first, ok := s.deps.Accounts.First()
	return ok && first.ID == u.ID
}

// userStatus serves GET /api/user/status.
func (s *Server) userStatus(x *exchange) (action, error) {
	return func() error {
		u, ok := s.deps.Accounts.User(x.caller.UserID)
		if !ok { // deleted a moment ago
			return auth.ErrToken
		}
		data(x.c, http.StatusOK, gin.H{
			"id": u.ID, "email": u.Email, "name": u.Name, "status": "active", "canAccess": true, "createdAt": instant(u.CreatedAt),
			"operator": s.isOperator(u),
			"usage":    gin.H{"sites": s.sites.owned(u.ID, false), "apiKeys": len(s.deps.Accounts.Keys(u.ID))},
			"limits": gin.H{
				"sites": s.cfg.MaxSitesPerUser, "apiKeys": s.cfg.Auth.MaxKeysPerUser, "goalsPerSite": s.cfg.MaxGoals,
				"funnelsPerSite": s.cfg.MaxFunnels, "alertsPerSite": s.cfg.MaxAlerts, "webhooksPerSite": s.cfg.MaxWebhooks,
				"membersPerSite": s.cfg.MaxMembers,
			},
		})
		return nil
	}, nil
}

// owned counts the sites that a user owns, those that are deleted and not purged only when that is wanted.
func (d *Directory) owned(user string, deleted bool) (n int) {
	for _, e := range d.ofUser(user) {
		if e.OwnerID == user && (deleted || e.DeletedAt.IsZero()) {
			n++
		}
	}
	return n
}

// allOwned lists the sites that a user owns, deleted ones and those that were begun and not finished, too. In no order.
func (d *Directory) allOwned(user string) (list []analytics.SiteID) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for id := range d.byUser[user] {
		if e := d.entry(id); e != nil && e.OwnerID == user {
			list = append(list, id)
		}
	}
	return list
}

// changeUser serves PATCH /api/user.
func (s *Server) changeUser(x *exchange) (action, error) {
	var body struct {
		Name optional[string] `json:"name"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	name, err := UserName(body.Name.value)
	if err != nil {
		return nil, err
	}
	return func() error {
		u, ok := s.deps.Accounts.User(x.caller.UserID)
		if !ok { // deleted a moment ago
			return auth.ErrToken
		}
		if body.Name.sent {
			if u, err = s.deps.Accounts.RenameUser(u.ID, name); err != nil {
				return err
			}
			s.activity(x, Activity{ // the name itself is a person's, and stays out of the log
				Action: "settings.updated", Target: ActivityTarget{Type: userTarget, ID: u.ID}, Metadata: map[string]any{"changed": []string{"name"}},
			})
		}
		data(x.c, http.StatusOK, viewUser(u))
		return nil
	}, nil
}

// PasswordResetByOperator is that a command gave an account another password. Nobody acted who has an account; its owner reads of it.
func PasswordResetByOperator(user string) Activity {
	return Activity{Action: "auth.password_reset", Account: user, Target: ActivityTarget{Type: userTarget, ID: user}}
}
