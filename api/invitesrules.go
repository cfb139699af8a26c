package api

import (
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// invite asks the person with an address into a site's team, on behalf of somebody. user is the account with the address, "" = none. A pending
// invitation of the address gets the new role, token and expiry.
func (d *Directory) invite(id analytics.SiteID, by, email, user string, role auth.Role) (*Invitation, string, error) {
	d.change.Lock()
	defer d.change.Unlock()
	e, err := d.open(id)
	if err != nil {
		return nil, "", err
	}
	if err := e.mayInvite(by, role); err != nil {
		return nil, "", err
	}
	if _, member := e.members[user]; member {
		return nil, "", errAlreadyMember
	}
	now := d.instant()
	pending := d.invites.pending(id, now)
	next := &Invitation{ID: auth.NewID("invite"), Site: id, Email: email, InvitedBy: by, InvitedAt: now}
	again := false
	for _, i := range pending {
		if i.Email == email {
			if err := e.mayInvite(by, i.Role); err != nil { // it would take the owner's invitation away
				return nil, "", err
			}
			*next, again = *i, true
		}
	}
	if !again && len(e.members)+len(pending) >= d.cfg.MaxMembers {
		return nil, "", errTeamFull
	}
	token, hash := newInviteToken()
	next.Role, next.TokenHash, next.ExpiresAt = role, hash, now.Add(inviteLife)
	return next, token, d.changeTeam(teamChange{keep: []*Invitation{next}, drop: d.invites.outdated(now)})
}

// mayInvite tells whether somebody may ask others into a role, now.
func (d *Directory) mayInvite(id analytics.SiteID, by string, role auth.Role) error {
	e, err := d.open(id)
	if err != nil {
		return err
	}
	return e.mayInvite(by, role)
}

func (e *entry) mayInvite(by string, role auth.Role) error {
	switch caller := e.members[by].Role; {
	case caller == auth.NoRole: // removed a moment ago
		return errDenied
	case caller < auth.Admin:
		return errOnlyInviters
	case role == auth.Admin && caller < auth.Owner:
		return errOnlyOwnerAdmin
	}
	return nil
}

// cancelInvite takes a pending invitation back, on behalf of somebody.
func (d *Directory) cancelInvite(id analytics.SiteID, by, invite string) (*Invitation, error) {
	d.change.Lock()
	defer d.change.Unlock()
	e, err := d.open(id)
	if err != nil {
		return nil, err
	}
	i, ok := d.pendingInvite(id, invite)
	switch caller := e.members[by].Role; {
	case !ok:
		return nil, errNoTeamMember
	case caller < auth.Admin:
		return nil, errDenied
	case i.Role == auth.Admin && caller < auth.Owner:
		return nil, errRemoveAdmin
	}
	return i, d.changeTeam(teamChange{drop: []*Invitation{i}})
}

// pendingInvite finds a pending invitation of a site by its id.
func (d *Directory) pendingInvite(site analytics.SiteID, id string) (*Invitation, bool) {
	i, ok := d.invites.get(id)
	if !ok || i.Site != site || !i.pending(d.now()) {
		return nil, false
	}
	return i, true
}

// invited finds the pending invitation that a token belongs to, on a site that is not deleted.
func (d *Directory) invited(token string) (*Invitation, *analytics.Site, bool) {
	i, ok := d.invites.byToken(token)
	if !ok || !i.pending(d.now()) {
		return nil, nil, false
	}
	site, ok := d.Site(i.Site)
	return i, site, ok
}

// Invites tells whether a token is that of a pending invitation for an address, normalised: who has one may register although registration is
// closed.
func (d *Directory) Invites(token, email string) bool {
	i, _, ok := d.invited(token)
	return ok && i.Email == email
}

// acceptInvite makes an account a member of the team that invites its address.
func (d *Directory) acceptInvite(token, user, email string) (*Invitation, *entry, error) {
	d.change.Lock()
	defer d.change.Unlock()
	i, e, err := d.answerable(token, email)
	if err != nil {
		return nil, nil, err
	}
	if _, member := e.members[user]; member {
		return nil, nil, errAlreadyMember
	}
	now := d.instant()
	used := *i
	used.AcceptedAt = now
	next := e.withTeam(func(members map[string]Membership) { members[user] = Membership{i.Role, now} })
	err = d.changeTeam(teamChange{entry: next, put: []string{user}, keep: []*Invitation{&used}})
	return &used, next, err
}

// declineInvite takes an invitation back on behalf of who was invited.
func (d *Directory) declineInvite(token, email string) (*Invitation, error) {
	d.change.Lock()
	defer d.change.Unlock()
	i, _, err := d.answerable(token, email)
	if err != nil {
		return nil, err
	}
	return i, d.changeTeam(teamChange{drop: []*Invitation{i}})
}

// answerable finds an invitation that its receiver may accept or decline now. The caller holds change.
func (d *Directory) answerable(token, email string) (*Invitation, *entry, error) {
	i, ok := d.invites.byToken(token)
	if !ok {
		return nil, nil, errNoInvite
	}
	e, err := d.open(i.Site)
	switch {
	case err != nil:
		return nil, nil, err
	case i.Email != email:
		return nil, nil, errOtherAddress
	case !i.AcceptedAt.IsZero():
		return nil, nil, errAccepted
	case !i.pending(d.now()):
		return nil, nil, errInviteExpired
	}
	return i, e, nil
}

// instant is now as the contract shows it: UTC, in milliseconds.
func (d *Directory) instant() time.Time { return d.now().UTC().Truncate(time.Millisecond) }
