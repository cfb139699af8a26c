package api

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

const maxInviteMessage = 500 // characters

// inviteView is an invitation in the answer that makes it, the only one with the link.
type inviteView struct {
	ID        string           `json:"id"`
	SiteID    analytics.SiteID `json:"siteId"`
	Email     string           `json:"email"`
	Role      auth.Role        `json:"role"`
	Status    string           `json:"status"`
	InvitedAt string           `json:"invitedAt"`
	ExpiresAt string           `json:"expiresAt"`
	InvitedBy string           `json:"invitedBy"`
	InviteURL string           `json:"inviteUrl"`
}

// sendInvite serves POST /api/teams.
func (s *Server) sendInvite(x *exchange) (action, error) {
	var body struct {
		SiteID  optional[string] `json:"siteId"`
		Email   optional[string] `json:"email"`
		Role    optional[string] `json:"role"`
		Message optional[string] `json:"message"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if x.siteID = analytics.SiteID(textOf(&body.SiteID)); x.siteID == "" {
		return nil, errSiteRequired
	}
	if textOf(&body.Email) == "" {
		return nil, invalid("Email address is required")
	}
	email, err := auth.NormalizeEmail(textOf(&body.Email))
	if err != nil {
		return nil, err
	}
	role, err := teamRole(&body.Role)
	if err != nil {
		return nil, err
	}
	message := textOf(&body.Message)
	if tooLong(message, maxInviteMessage) {
		return nil, invalid("Message must not exceed 500 characters")
	}
	return func() error {
		i, token, err := s.invite(x, email, role)
		if err != nil {
			return err
		}
		link := s.cfg.PublicURL + "/accept-invite?token=" + url.QueryEscape(token)
		s.postbox.send(inviteMail(i, s.nameOf(x.caller.UserID), x.site.Name, message, link))
		s.activity(x, Activity{
			Action: "team.member_invited", Site: i.Site, Target: ActivityTarget{Type: userTarget, Name: i.Email},
			Metadata: map[string]any{"role": i.Role, "invitation": i.ID},
		})
		data(x.c, http.StatusCreated, inviteView{
			i.ID, i.Site, i.Email, i.Role, "pending", instant(i.InvitedAt), instant(i.ExpiresAt), i.InvitedBy, link,
		})
		return nil
	}, nil
}

// invite counts an invitation and stores it.
func (s *Server) invite(x *exchange, email string, role auth.Role) (*Invitation, string, error) {
	if err := s.sites.mayInvite(x.siteID, x.caller.UserID, role); err != nil { // those who may not are told that first, and count nothing
		return nil, "", err
	}
	counted, err := s.limits.invites.take(x, x.siteID, s.now())
	if err != nil {
		return nil, "", err
	}
	user := ""
	if u, ok := s.deps.Accounts.UserByEmail(email); ok {
		user = u.ID
	}
	i, token, err := s.sites.invite(x.siteID, x.caller.UserID, email, user, role)
	if err != nil {
		counted.undo()
		return nil, "", err
	}
	counted.tell(x.c.Writer.Header())
	return i, token, nil
}

// nameOf is how a letter calls a user.
func (s *Server) nameOf(user string) string {
	u, ok := s.deps.Accounts.User(user)
	switch {
	case !ok:
		return "Somebody"
	case u.Name != nil:
		return *u.Name + " (" + u.Email + ")"
	default:
		return u.Email
	}
}

// previewInvite serves GET /api/invite.
func (s *Server) previewInvite(x *exchange) (action, error) {
	token := cleanText(x.c.Query("token"))
	if token == "" {
		return nil, errTokenRequired
	}
	return func() error {
		i, site, ok := s.sites.invited(token)
		if !ok {
			return errNoInvite
		}
		data(x.c, http.StatusOK, gin.H{
			"invite": gin.H{"email": i.Email, "role": i.Role, "expiresAt": instant(i.ExpiresAt)}, "team": gin.H{"name": site.Name},
		})
		return nil
	}, nil
}

var errTokenRequired = invalid("Token required")

// answerInvite serves POST /api/invite.
func (s *Server) answerInvite(x *exchange) (action, error) {
	var body struct {
		Token  optional[string] `json:"token"`
		Action optional[string] `json:"action"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	token := textOf(&body.Token)
	if token == "" {
		return nil, errTokenRequired
	}
	what := cleanText(body.Action.or("accept"))
	if what != "accept" && what != "decline" {
		return nil, invalid("Invalid action. Must be: accept or decline")
	}
	return func() error {
		u, ok := s.deps.Accounts.User(x.caller.UserID)
		if !ok { // deleted a moment ago
			return unauthorized("Invalid or expired token")
		}
		if what == "decline" {
			return s.declineInvite(x, u, token)
		}
		return s.acceptInvite(x, u, token)
	}, nil
}

func (s *Server) acceptInvite(x *exchange, u *auth.User, token string) error {
	i, e, err := s.sites.acceptInvite(token, u.ID, u.Email)
	if err != nil {
		return err
	}
	s.activity(x, Activity{
		Action: "team.member_accepted", Site: i.Site, Target: ActivityTarget{Type: userTarget, ID: u.ID},
		Metadata: map[string]any{"role": i.Role, "invitation": i.ID},
	})
	data(x.c, http.StatusOK, gin.H{
		"success": true, "message": "Invite accepted",
		"team": joinedView{e.ID, e.Name, i.Role, len(e.members)},
	})
	return nil
}

func (s *Server) declineInvite(x *exchange, u *auth.User, token string) error {
	i, err := s.sites.declineInvite(token, u.Email)
	if err != nil {
		return err
	}
	s.activity(x, Activity{
		Action: "team.invitation_declined", Site: i.Site, Target: ActivityTarget{Type: userTarget, ID: u.ID},
		Metadata: map[string]any{"role": i.Role, "invitation": i.ID},
	})
	done(x.c, "Invite declined")
	return nil
}

// joinedView is the team that one has just joined.
type joinedView struct {
	SiteID      analytics.SiteID `json:"siteId"`
	Name        string           `json:"name"`
	Role        auth.Role        `json:"role"`
	MemberCount int              `json:"memberCount"`
}
