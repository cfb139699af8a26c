package api

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

const (
	invitePrefix = "inv_"
	inviteRandom = 31                  // characters: 160 bits
	inviteLife   = 7 * 24 * time.Hour  // until it cannot be accepted any more
	inviteMemory = 90 * 24 * time.Hour // an invitation that ended is remembered for so long after its expiry, to tell late clicks why
)

// Invitation asks the person with an address into a site's team. A value is shared and never changed. What was declined or cancelled is
// removed; what was accepted or has expired stays for a while.
type Invitation struct {
	ID         string           `json:"id"`
	Site       analytics.SiteID `json:"siteId"`
	Email      string           `json:"email"` // normalised
	Role       auth.Role        `json:"role"`
	TokenHash  auth.Digest      `json:"tokenHash"`
	InvitedBy  string           `json:"invitedBy"`
	InvitedAt  time.Time        `json:"invitedAt"`
	ExpiresAt  time.Time        `json:"expiresAt"`
	AcceptedAt time.Time        `json:"acceptedAt,omitzero"`
}

func (i *Invitation) pending(now time.Time) bool {
	return i.AcceptedAt.IsZero() && now.Before(i.ExpiresAt)
}

// sentAt is when the invitation was sent last.
func (i *Invitation) sentAt() time.Time { return i.ExpiresAt.Add(-inviteLife) }

// newInviteToken makes a token and what is stored of it.
func newInviteToken() (token string, hash auth.Digest) {
	token = invitePrefix + auth.RandomText(inviteRandom)
	return token, sha256.Sum256([]byte(token))
}

// invitations keeps the invitations of all sites, and finds them by their tokens. Reading is safe for concurrent use; changes are made by the
// Directory, under its lock.
type invitations struct {
	*shelf[Invitation]

	mu     sync.RWMutex
	byHash map[auth.Digest]string // id by token; byToken looks whether it still is
}

func openInvitations(meta Meta) (*invitations, error) {
	all, err := openShelf(meta, "invite", func(i *Invitation) shelfHead { return shelfHead{i.Site, i.ID, i.InvitedAt} })
	if err != nil {
		return nil, err
	}
	v := &invitations{shelf: all, byHash: make(map[auth.Digest]string)}
	all.each(func(i *Invitation) { v.byHash[i.TokenHash] = i.ID })
	return v, nil
}

// byToken finds the invitation that a token belongs to.
func (v *invitations) byToken(token string) (*Invitation, bool) {
	hash := auth.Digest(sha256.Sum256([]byte(token)))
	v.mu.RLock()
	id := v.byHash[hash]
	v.mu.RUnlock()
	i, ok := v.get(id)
	if !ok || i.TokenHash != hash { // cancelled, or it has another token now
		return nil, false
	}
	return i, true
}

// pending lists a site's invitations that can be accepted, oldest first.
func (v *invitations) pending(site analytics.SiteID, now time.Time) []*Invitation {
	list := slices.DeleteFunc(v.of(site), func(i *Invitation) bool { return !i.pending(now) })
	slices.SortFunc(list, func(a, b *Invitation) int {
		return cmp.Or(a.InvitedAt.Compare(b.InvitedAt), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// outdated lists the invitations that need not be remembered any longer.
func (v *invitations) outdated(now time.Time) (list []*Invitation) {
	v.each(func(i *Invitation) {
		if now.Sub(i.ExpiresAt) > inviteMemory {
			list = append(list, i)
		}
	})
	return list
}

// ops are the changes of the store that keep and drop invitations; shown makes them seen once they are durable.
func (v *invitations) ops(keep, drop []*Invitation) ([]MetaOp, error) {
	var ops []MetaOp
	for _, i := range keep {
		op, err := v.op(i)
		if err != nil {
			return nil, fmt.Errorf("store invitation: %w", err)
		}
		ops = append(ops, op)
	}
	for _, i := range drop {
		ops = append(ops, MetaOp{Key: v.key(i)})
	}
	return ops, nil
}

func (v *invitations) shown(keep, drop []*Invitation) {
	for _, i := range keep {
		if before, ok := v.get(i.ID); ok {
			v.unlink(before)
		}
		v.show(i)
		v.mu.Lock()
		v.byHash[i.TokenHash] = i.ID
		v.mu.Unlock()
	}
	for _, i := range drop {
		v.hide(i)
		v.unlink(i)
	}
}

func (v *invitations) unlink(i *Invitation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.byHash, i.TokenHash)
}
