package api

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// ownTeam is a site in the list of the caller's teams.
type ownTeam struct {
	SiteID      analytics.SiteID `json:"siteId"`
	SiteName    string           `json:"siteName"`
	Role        auth.Role        `json:"role"`
	MemberCount int              `json:"memberCount"`
}

// memberView is a member of a team.
type memberView struct {
	ID         string    `json:"id"`
	Email      string    `json:"email"`
	Name       *string   `json:"name"`
	Role       auth.Role `json:"role"`
	Status     string    `json:"status"`
	JoinedAt   string    `json:"joinedAt"`
	LastActive *string   `json:"lastActive"`
}

// invitedView is a person in a team's list who has not answered yet.
type invitedView struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Name      *string   `json:"name"` // null: nobody knows it yet
	Role      auth.Role `json:"role"`
	Status    string    `json:"status"`
	InvitedAt string    `json:"invitedAt"`
	ExpiresAt string    `json:"expiresAt"`
	InvitedBy string    `json:"invitedBy"`
}

// listTeams serves GET /api/teams: the caller's sites, or the team of one.
func (s *Server) listTeams(x *exchange) (action, error) {
	site := analytics.SiteID(x.c.Query("siteId"))
	return func() error {
		if site == "" {
			data(x.c, http.StatusOK, s.ownTeams(x.caller))
			return nil
		}
		if p := s.access.Authorize(x.caller, site, auth.Viewer, x.route.scope); p != nil {
			return p
		}
		data(x.c, http.StatusOK, s.team(site, s.sites.Role(site, x.caller.UserID)))
		return nil
	}, nil
}

// ownTeams lists the sites on which the caller has a role, by name.
func (s *Server) ownTeams(caller auth.Principal) []ownTeam {
	list := []ownTeam{}
	for _, e := range s.sites.ofUser(caller.UserID) {
		if !e.DeletedAt.IsZero() || caller.Site != "" && caller.Site != e.ID {
			continue
		}
		list = append(list, ownTeam{e.ID, e.Name, e.members[caller.UserID].Role, len(e.members)})
	}
	slices.SortFunc(list, func(a, b ownTeam) int {
		return cmp.Or(cmp.Compare(a.SiteName, b.SiteName), cmp.Compare(a.SiteID, b.SiteID))
	})
	return list
}

// team lists a site's members and, for those who may invite, the invitations.
func (s *Server) team(site analytics.SiteID, role auth.Role) []any {
	list := []any{}
	for _, m := range s.sites.team(site) {
		u, ok := s.deps.Accounts.User(m.UserID)
		if !ok { // deleted a moment ago
			continue
		}
		list = append(list, memberView{
			u.ID, u.Email, u.Name, m.Role, "active", instant(m.JoinedAt), instantOrNull(s.deps.Accounts.LastActive(u.ID)),
		})
	}
	if role < auth.Admin {
		return list
	}
	for _, i := range s.sites.invites.pending(site, s.now()) {
		list = append(list, invitedView{i.ID, i.Email, nil, i.Role, "pending", instant(i.InvitedAt), instant(i.ExpiresAt), i.InvitedBy})
	}
	return list
}

// errRole refuses what is not a role that can be given.
var errRole = invalid("Invalid role. Must be: admin, member, or viewer")

// teamRole reads a role below the owner's.
func teamRole(sent *optional[string]) (auth.Role, error) {
	role, ok := auth.ParseRole(textOf(sent))
	if !ok || role == auth.Owner {
		return auth.NoRole, errRole
	}
	return role, nil
}

var errUserRequired = invalid("User ID required")

// memberID joins the ids that name a member: of the path, userId, and its alias id.
func memberID(ids ...string) (id string, err error) {
	for _, other := range ids {
		switch {
		case other == "":
		case id == "":
			id = other
		case other != id:
			return "", invalid("ID mismatch")
		}
	}
	if id == "" {
		return "", errUserRequired
	}
	return id, nil
}

// memberBody names a member of a site in a body.
type memberBody struct {
	SiteID optional[string] `json:"siteId"`
	UserID optional[string] `json:"userId"`
	ID     optional[string] `json:"id"`
	Role   optional[string] `json:"role"`
}

// readMember reads a body and sets the site; the member is there, or the error says so once the rest is read.
func (s *Server) readMember(x *exchange, body *memberBody) (user string, err error) {
	if err := x.decode(body); err != nil {
		return "", err
	}
	if x.siteID = analytics.SiteID(textOf(&body.SiteID)); x.siteID == "" {
		return "", errSiteRequired
	}
	return memberID(x.c.Param("id"), textOf(&body.UserID), textOf(&body.ID))
}

// onTeam refuses an id that is on a team neither as a member nor, where these count, as an invitation. A site that does not exist is for others
// to refuse.
func (s *Server) onTeam(site analytics.SiteID, id string, invites bool) error {
	if _, ok := s.sites.Site(site); !ok || s.sites.Role(site, id) != auth.NoRole {
		return nil
	}
	if _, ok := s.sites.pendingInvite(site, id); ok && invites {
		return nil
	}
	return errNoTeamMember
}

// changeRole serves PATCH /api/teams and /api/teams/:id.
func (s *Server) changeRole(x *exchange) (action, error) {
	var body memberBody
	user, err := s.readMember(x, &body)
	if err != nil {
		return nil, err
	}
	role, err := teamRole(&body.Role)
	if err != nil {
		return nil, err
	}
	if err := s.onTeam(x.siteID, user, false); err != nil {
		return nil, err
	}
	return func() error {
		before, err := s.sites.setRole(x.siteID, x.caller.UserID, user, role)
		if err != nil {
			return err
		}
		if before != role {
			s.activity(x, Activity{
				Action: "team.role_changed", Site: x.siteID, Account: user, Target: ActivityTarget{Type: userTarget, ID: user},
				Metadata: map[string]any{"role": changed(before, role)},
			})
		}
		u, ok := s.deps.Accounts.User(user)
		if !ok { // deleted a moment ago
			return errNoTeamMember
		}
		data(x.c, http.StatusOK, gin.H{"id": u.ID, "email": u.Email, "role": role, "updatedAt": instant(s.now())})
		return nil
	}, nil
}

// removeMember serves DELETE /api/teams and /api/teams/:id: it ends a membership, or takes an invitation back.
func (s *Server) removeMember(x *exchange) (action, error) {
	id, err := memberID(x.c.Param("id"), x.c.Query("userId"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	if err := s.onTeam(x.siteID, id, true); err != nil {
		return nil, err
	}
	return func() error {
		if _, ok := s.sites.invites.get(id); ok {
			return s.cancelInvite(x, id)
		}
		role, err := s.sites.removeMember(x.siteID, x.caller.UserID, id)
		if err != nil {
			return err
		}
		s.activity(x, Activity{
			Action: "team.member_removed", Site: x.siteID, Account: id, Target: ActivityTarget{Type: userTarget, ID: id},
			Metadata: map[string]any{"role": role},
		})
		done(x.c, "Team member removed successfully")
		return nil
	}, nil
}

func (s *Server) cancelInvite(x *exchange, id string) error {
	i, err := s.sites.cancelInvite(x.siteID, x.caller.UserID, id)
	if err != nil {
		return err
	}
	s.activity(x, Activity{
		Action: "team.member_removed", Site: x.siteID, Target: ActivityTarget{Type: userTarget, Name: i.Email},
		Metadata: map[string]any{"role": i.Role, "invitation": i.ID},
	})
	done(x.c, "Invitation cancelled")
	return nil
}

// transferSite serves POST /api/teams/transfer.
func (s *Server) transferSite(x *exchange) (action, error) {
	var body memberBody
	user, err := s.readMember(x, &body)
	if err != nil {
		return nil, err
	}
	if err := s.onTeam(x.siteID, user, false); err != nil {
		return nil, err
	}
	return func() error {
		if err := s.sites.transfer(x.siteID, x.caller.UserID, user, s.deps.Accounts); err != nil {
			return err
		}
		s.activity(x, Activity{
			Action: "team.ownership_transferred", Site: x.siteID, Account: user, Target: ActivityTarget{Type: userTarget, ID: user},
		})
		done(x.c, "Ownership transferred")
		return nil
	}, nil
}
