package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// inviteLimits bound the letters that a user and a site may cause. Only what was sent counts. A nil one is switched off.
type inviteLimits struct {
	user *limiter // an hour
	site *limiter // a day
}

func newInviteLimits(c *Config) inviteLimits {
	return inviteLimits{newLimiter(rate{c.RateInvitesHour, time.Hour}), newLimiter(rate{c.RateInvitesDay, 24 * time.Hour})}
}

// spent refuses a user who may not invite now, before the key's scope and the request itself are looked at (README §3).
func (l inviteLimits) spent(x *exchange, now time.Time) error {
	if l.user == nil {
		return nil
	}
	if v := l.user.peek(x.caller.UserID, now); !v.allowed {
		return l.user.refuse(x, v)
	}
	return nil
}

// inviteCount is one limit in which an invitation was counted.
type inviteCount struct {
	limiter *limiter
	key     string
	verdict verdict
}

// inviteCounts are all of them.
type inviteCounts []inviteCount

// take counts an invitation.
func (l inviteLimits) take(x *exchange, site analytics.SiteID, now time.Time) (counted inviteCounts, err error) {
	for _, c := range []inviteCount{{limiter: l.user, key: x.caller.UserID}, {limiter: l.site, key: string(site)}} {
		if c.limiter == nil {
			continue
		}
		if c.verdict = c.limiter.take(c.key, now); !c.verdict.allowed {
			counted.undo()
			return nil, c.limiter.refuse(x, c.verdict)
		}
		counted = append(counted, c)
	}
	return counted, nil
}

// undo takes an invitation back that was not sent.
func (counted inviteCounts) undo() {
	for _, c := range counted {
		c.limiter.giveBack(c.key)
	}
}

// tell puts the window with the least remaining into the headers of the answer, which have the one of the route's limit (README §7).
func (counted inviteCounts) tell(h http.Header) {
	for _, c := range counted {
		if left, err := strconv.Atoi(h.Get("RateLimit-Remaining")); err != nil || c.verdict.remaining < left {
			c.limiter.header(h, c.verdict)
		}
	}
}

// refuse answers 429 with the headers of this limit instead of the route's, which does not count the request either (README §7).
func (l *limiter) refuse(x *exchange, v verdict) error {
	if x.uncount != nil {
		x.uncount()
	}
	l.header(x.c.Writer.Header(), v)
	return tooMany(v.retry)
}

// peek tells whether take would refuse now, and counts nothing.
func (l *limiter) peek(key string, now time.Time) verdict {
	v := verdict{allowed: true}
	c, ok := l.counters.GetIfPresent(key)
	if !ok {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, r := range l.rates {
		w := c.windows[i]
		left := r.window - now.Sub(w.start)
		if w.used >= r.n && left > 0 && !now.Before(w.start) && left > v.retry {
			v = verdict{limit: r.n, reset: left, retry: left}
		}
	}
	return v
}
