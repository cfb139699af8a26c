package ws

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// subscription is one client's part in a stream.
type subscription struct {
	client *client
	id     string
	site   analytics.SiteID
	right  Right
	resume *resumePoint
	stream atomic.Pointer[stream]

	// Guarded by client.mu.
	waiting bool // has an entry in the queue
	missed  bool // is in client.lost
	gone    bool
	whole   bool // the next delivery is a snapshot

	// Known to the writer only.
	greeted bool
	seq     uint64
}

func (c *client) subscribe(f clientFrame) *problem {
	h := c.hub
	c.mu.Lock()
	_, known := c.subs[f.ID]
	count, who := len(c.subs), c.principal
	c.mu.Unlock()
	switch {
	case known:
		return errDuplicateID
	case count >= h.cfg.MaxSubscriptions:
		return errLimit
	}
	t := h.topics[f.Topic]
	if t == nil {
		return errUnknownTopic(f.Topic)
	}
	src, err := t.open(&h.cfg, f.Params)
	if err != nil {
		return errParams(err)
	}
	zone := analytics.UTCZone()
	site, found := h.deps.Sites.Site(analytics.SiteID(f.SiteID))
	if found {
		if zone, err = analytics.LoadZone(site.Timezone); err != nil {
			h.log.Error("zone of a site", "site", f.SiteID, "error", err)
			return errInternal
		}
	}
	if err := src.check(zone, time.Now().UnixMilli()); err != nil {
		return errParams(err)
	}
	if !found {
		return errNotFound
	}
	sub := &subscription{client: c, id: f.ID, site: site.ID, right: t.right, resume: f.Resume}
	if err := h.deps.Authorizer.Authorize(who, sub.site, sub.right); err != nil {
		return c.refusedBy(err)
	}
	c.mu.Lock()
	if c.dead || c.closing != 0 {
		c.mu.Unlock()
		return nil
	}
	if c.subs == nil {
		c.subs = make(map[string]*subscription, 2)
	}
	c.subs[sub.id] = sub
	c.mu.Unlock()
	h.metrics.subscriptions.Inc()
	h.join(sub, t, src)
	return nil
}

// refusedBy is what the client is told of an Authorizer's error.
func (c *client) refusedBy(err error) *problem {
	switch {
	case errors.Is(err, ErrSiteNotFound):
		return errNotFound
	case errors.Is(err, ErrAccessDenied):
		return errForbidden
	default:
		c.hub.log.Error("rights of a client", "error", err)
		return errInternal
	}
}

func (c *client) unsubscribe(id string) *problem {
	c.mu.Lock()
	sub := c.subs[id]
	c.mu.Unlock()
	if sub == nil || !c.end(sub, unsubscribed(id, reasonClient)) {
		return errUnknownID
	}
	sub.stream.Load().leave(sub)
	return nil
}

// end closes a subscription with a last frame; false when it was closed before. The stream is told by the caller.
func (c *client) end(sub *subscription, last []byte) bool {
	c.mu.Lock()
	if c.subs[sub.id] != sub {
		c.mu.Unlock()
		return false
	}
	delete(c.subs, sub.id)
	sub.gone = true
	c.mu.Unlock()
	c.hub.metrics.subscriptions.Dec()
	c.notice(last)
	return true
}
