package ws

import (
	"errors"
	"time"
)

// auth takes the first credentials of a connection, or later ones of the same user, which extend it.
func (c *client) auth(f clientFrame) {
	p, ok := c.credentials(f)
	c.mu.Lock()
	entered, user := c.entered, c.principal.UserID
	c.mu.Unlock()
	switch {
	case !ok || entered && p.UserID != user:
		c.reply(failure("", errUnauthorized))
		if !entered {
			c.close(closeAuth)
		}
		return
	case entered:
		c.extend(p)
		return
	}
	if l := c.hub.deps.Limiter; l != nil {
		if wait, ok := l.Allow(p.UserID); !ok {
			c.reply(failure("", errRateLimited(wait)))
			c.close(closeFrames)
			return
		}
	}
	c.admit(p)
}

func (c *client) credentials(f clientFrame) (Principal, bool) {
	auth := c.hub.deps.Authenticator
	if f.Ticket != "" {
		p, ok := c.hub.deps.Tickets.Redeem(f.Ticket)
		return p, ok && !expired(p, time.Now()) && auth.Active(p)
	}
	p, err := auth.Authenticate(f.Token)
	return p, err == nil
}

func expired(p Principal, now time.Time) bool { return !p.Expires.IsZero() && !now.Before(p.Expires) }

// admit makes the connection the principal's, unless that is one too many.
func (c *client) admit(p Principal) {
	if !c.hub.enter(p.UserID) {
		c.close(closeConnections)
		return
	}
	c.mu.Lock()
	c.entered = true
	c.principal.UserID = p.UserID
	c.mu.Unlock()
	c.alive()
	c.extend(p)
}

// extend makes the connection good until the principal expires, or MaxAge from now.
func (c *client) extend(p Principal) {
	expires := time.Now().Add(c.hub.cfg.MaxAge)
	if !p.Expires.IsZero() && p.Expires.Before(expires) {
		expires = p.Expires
	}
	c.mu.Lock()
	c.principal, c.expires, c.warned = p, expires, false
	c.mu.Unlock()
	c.reply(ready(c.id, p.UserID, expires))
}

// recheck ends what the principal may no longer see.
func (c *client) recheck(who Principal) {
	if !c.hub.deps.Authenticator.Active(who) {
		c.close(closeAuth)
		return
	}
	c.mu.Lock()
	subs := make([]*subscription, 0, len(c.subs))
	for _, sub := range c.subs {
		subs = append(subs, sub)
	}
	c.mu.Unlock()
	for _, sub := range subs {
		err := c.hub.deps.Authorizer.Authorize(who, sub.site, sub.right)
		var reason string
		switch {
		case errors.Is(err, ErrSiteNotFound):
			reason = reasonSiteDeleted
		case errors.Is(err, ErrAccessDenied):
			reason = reasonForbidden
		default: // an internal error takes nothing away
			continue
		}
		if s := sub.stream.Load(); s != nil && c.end(sub, unsubscribed(sub.id, reason)) {
			s.leave(sub)
		}
	}
}
