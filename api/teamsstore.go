package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// What a team refuses (teams.md).
var (
	errNoTeamMember   = notFound("Team member not found")
	errNoInvite       = notFound("Invalid or expired invite")
	errAlreadyMember  = invalid("User is already a team member")
	errAlreadyOwner   = invalid("This user is already the owner")
	errTeamFull       = problem(http.StatusForbidden, codeLimit, "Team member limit reached")
	errDenied         = forbidden("Access denied")
	errOnlyInviters   = forbidden("Only owners and admins can invite team members")
	errOnlyOwnerAdmin = forbidden("Only the owner can invite admins")
	errOnlyOwnerRoles = forbidden("Only owners can change roles")
	errOnlyTransfer   = forbidden("Only the owner can transfer ownership")
	errRemoveOwner    = forbidden("Cannot remove the site owner")
	errOwnersRole     = forbidden("Cannot change the owner's role")
	errRemoveAdmin    = forbidden("Only the owner can remove admins")
	errOtherAddress   = invalid("This invitation is for a different email address")
	errAccepted       = invalid("Invitation has already been accepted")
	errInviteExpired  = invalid("Invitation has expired")
)

// teamChange changes a site's team and its invitations together.
type teamChange struct {
	entry   *entry   // with the new team; nil: it stays as it is
	site    bool     // the site itself changed too
	put     []string // members that are new or have another role
	removed []string
	keep    []*Invitation
	drop    []*Invitation
}

// withTeam is a copy of the entry with a changed team.
func (e *entry) withTeam(change func(members map[string]Membership)) *entry {
	next := *e
	next.members = maps.Clone(e.members)
	change(next.members)
	return &next
}

// changeTeam makes a change durable, then shows it. The caller holds change.
func (d *Directory) changeTeam(c teamChange) error {
	ops, err := d.invites.ops(c.keep, c.drop)
	if err != nil {
		return err
	}
	if c.site {
		site, err := json.Marshal(c.entry.siteRecord)
		if err != nil {
			return fmt.Errorf("encode site: %w", err)
		}
		ops = append(ops, MetaOp{Key: "site/" + string(c.entry.ID), Value: site})
	}
	for _, user := range c.put {
		member, err := json.Marshal(c.entry.members[user])
		if err != nil {
			return fmt.Errorf("encode member: %w", err)
		}
		ops = append(ops, MetaOp{Key: memberKey(c.entry.ID, user), Value: member})
	}
	for _, user := range c.removed {
		ops = append(ops, MetaOp{Key: memberKey(c.entry.ID, user)})
	}
	if err := d.meta.Txn(ops...); err != nil {
		return fmt.Errorf("store team: %w", err)
	}
	d.invites.shown(c.keep, c.drop)
	if c.entry == nil {
		return nil
	}
	d.mu.Lock()
	for _, user := range c.removed {
		delete(d.byUser[user], c.entry.ID)
	}
	d.mu.Unlock()
	d.show(c.entry)
	return nil
}

func memberKey(site analytics.SiteID, user string) string {
	return "member/" + string(site) + "/" + user
}

// open finds a site that is not deleted.
func (d *Directory) open(id analytics.SiteID) (*entry, error) {
	e := d.entry(id)
	if e == nil || !e.visible() || !e.DeletedAt.IsZero() {
		return nil, errSiteNotFound
	}
	return e, nil
}

// setRole gives a member another role, on behalf of somebody; before is the one that it had.
func (d *Directory) setRole(id analytics.SiteID, by, user string, role auth.Role) (before auth.Role, err error) {
	d.change.Lock()
	defer d.change.Unlock()
	e, err := d.open(id)
	if err != nil {
		return before, err
	}
	m, ok := e.members[user]
	switch {
	case !ok:
		return before, errNoTeamMember
	case e.members[by].Role < auth.Owner:
		return before, errOnlyOwnerRoles
	case m.Role == auth.Owner:
		return before, errOwnersRole
	case m.Role == role:
		return role, nil
	}
	before, m.Role = m.Role, role
	next := e.withTeam(func(members map[string]Membership) { members[user] = m })
	return before, d.changeTeam(teamChange{entry: next, put: []string{user}})
}

// removeMember ends a membership, on behalf of somebody: their own, or another's below them.
func (d *Directory) removeMember(id analytics.SiteID, by, user string) (auth.Role, error) {
	d.change.Lock()
	defer d.change.Unlock()
	e, err := d.open(id)
	if err != nil {
		return auth.NoRole, err
	}
	m, ok := e.members[user]
	switch caller := e.members[by].Role; {
	case !ok:
		return auth.NoRole, errNoTeamMember
	case by != user && caller < auth.Admin:
		return auth.NoRole, errDenied
	case m.Role == auth.Owner:
		return auth.NoRole, errRemoveOwner
	case by != user && m.Role == auth.Admin && caller < auth.Owner:
		return auth.NoRole, errRemoveAdmin
	}
	next := e.withTeam(func(members map[string]Membership) { delete(members, user) })
	return m.Role, d.changeTeam(teamChange{entry: next, removed: []string{user}})
}

// transfer makes a member the owner and the owner an admin.
func (d *Directory) transfer(id analytics.SiteID, by, user string, users UserNames) error {
	d.change.Lock()
	defer d.change.Unlock()
	e, err := d.open(id)
	if err != nil {
		return err
	}
	m, ok := e.members[user]
	switch {
	case !ok:
		return errNoTeamMember
	case e.members[by].Role < auth.Owner:
		return errOnlyTransfer
	case m.Role == auth.Owner:
		return errAlreadyOwner
	}
	if _, ok := users.User(user); !ok { // deleted a moment ago, and not off the team yet
		return errNoTeamMember
	}
	// A transfer is no way around the rules for a new owner's sites.
	if begun, err := d.mayCreate(user, e.Domain); err != nil {
		return err
	} else if begun != nil {
		return errDomainTaken
	}
	former := e.members[by]
	m.Role, former.Role = auth.Owner, auth.Admin
	next := e.withTeam(func(members map[string]Membership) { members[user], members[by] = m, former })
	next.OwnerID = user
	return d.changeTeam(teamChange{entry: next, site: true, put: []string{user, by}})
}

// forgetUser ends all memberships of an account that was deleted, and the invitations that it has sent or got: a later one is for whoever has
// the address now. Sites that it owns stay its own: they are to be given away or purged before.
func (d *Directory) forgetUser(gone auth.Departure) error {
	d.change.Lock()
	defer d.change.Unlock()
	user := gone.UserID
	var drop []*Invitation
	d.invites.each(func(i *Invitation) {
		if i.InvitedBy == user || i.Email == gone.Email && !i.sentAt().After(gone.At) {
			drop = append(drop, i)
		}
	})
	if len(drop) > 0 {
		if err := d.changeTeam(teamChange{drop: drop}); err != nil {
			return err
		}
	}
	d.mu.RLock()
	var sites []analytics.SiteID
	for id := range d.byUser[user] {
		sites = append(sites, id)
	}
	d.mu.RUnlock()
	for _, id := range sites {
		e := d.entry(id)
		if e == nil || e.OwnerID == user {
			continue
		}
		next := e.withTeam(func(members map[string]Membership) { delete(members, user) })
		if err := d.changeTeam(teamChange{entry: next, removed: []string{user}}); err != nil {
			return err
		}
	}
	return nil
}
