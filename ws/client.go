package ws

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ztas-io/ztas/analytics"
)

// client is one connection. Its reader is a goroutine for life. While frames wait it has one writer: a pump, or a goroutine of its own when the
// socket has no room.
type client struct {
	hub  *Hub
	conn *websocket.Conn
	wire wire // below conn

	mu        sync.Mutex
	space     sync.Cond // the queue has room again, or never will
	queue     []entry
	first     [1]entry        // what the queue begins in: one frame at a time is the rule
	queued    int             // bytes
	fullSince time.Time       // zero: not full
	lost      []*subscription // get a snapshot when the queue has drained
	writing   bool            // a writer has it, or will
	closing   int             // the close code; 0: open
	dead      bool            // nothing can be written any more
	closed    chan struct{}   // closed with the writing of the close frame
	subs      map[string]*subscription
	entered   bool // principal is valid
	principal Principal
	expires   time.Time
	warned    bool // of expiry

	id      string
	address uint64 // hash of the peer's address

	pinged  time.Time   // known to the hub's tend only
	pinging atomic.Bool // a ping was sent and not answered

	// Known to the reader only.
	badMessages int
	window      time.Time // start of the minute that frames are counted in
	frames      int
	refused     int
}

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

// begin makes a client of one whose wire is connected.
func (c *client) begin(h *Hub, conn *websocket.Conn) {
	c.hub, c.conn, c.id, c.closed, c.pinged = h, conn, "c_"+randomText(10), make(chan struct{}), time.Now()
	c.space.L = &c.mu
	c.queue = c.first[:0]
	conn.SetReadLimit(h.cfg.MaxFrameBytes)
	_ = conn.SetReadDeadline(time.Now().Add(h.cfg.AuthTimeout))
	conn.SetPingHandler(func(payload string) error {
		c.alive()
		if c.countFrame() {
			c.push(entry{kind: entryPong, data: []byte(payload)}, true)
		}
		return nil
	})
	conn.SetPongHandler(func(string) error {
		c.alive()
		if !c.pinging.CompareAndSwap(true, false) { // it answers no ping of ours
			c.countFrame()
		}
		return nil
	})
}

// read is the connection's goroutine.
func (c *client) read() {
	defer c.hub.running.Done()
	code, rest := c.receive()
	if code != 0 {
		c.close(code)
	}
	c.mu.Lock()
	closing := c.closing != 0
	c.mu.Unlock()
	if closing {
		<-c.closed
	}
	if rest { // unread bytes would reset the connection, and the close frame be lost
		_ = c.conn.NetConn().SetReadDeadline(time.Now().Add(c.hub.cfg.CloseGrace))
		_, _ = io.Copy(io.Discard, io.LimitReader(c.conn.NetConn(), 1<<20))
	}
	c.leave()
}

// maxIgnored frames are read, for the client's answer to a close frame among them, once the connection is being closed.
const maxIgnored = 100

// receive handles the client's frames until none can be read. code is the close code to send, 0 for none; rest tells that the client may still be
// sending.
func (c *client) receive() (code int, rest bool) {
	defer func() {
		if r := recover(); r != nil {
			c.hub.log.Error("frame of a client", "panic", r)
			code, rest = closeInternal, true
		}
	}()
	for ignored := 0; ; {
		kind, data, err := c.conn.ReadMessage()
		if err != nil {
			return c.readFailed(err)
		}
		c.alive()
		if c.isClosing() {
			if ignored++; ignored > maxIgnored {
				return 0, true
			}
			continue
		}
		if !c.countFrame() {
			continue
		}
		if kind != websocket.TextMessage {
			c.badMessage("")
			continue
		}
		f, err := decodeFrame(data)
		if err != nil {
			c.badMessage(f.ID)
			continue
		}
		c.handle(f)
	}
}

func (c *client) readFailed(err error) (code int, rest bool) {
	c.mu.Lock()
	closing, entered := c.closing != 0, c.entered
	c.mu.Unlock()
	var timeout net.Error
	switch {
	case errors.Is(err, websocket.ErrReadLimit): // the library has sent 1009
		return closeTooLarge, true
	case c.wire.isUnruly():
		return closeProtocol, true
	case closing || !errors.As(err, &timeout) || !timeout.Timeout():
		return 0, false
	case entered:
		return closeHeartbeat, true
	default:
		c.reply(failure("", errUnauthorized))
		return closeAuth, true
	}
}

// alive notes a frame of the client.
func (c *client) alive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entered && c.closing == 0 {
		_ = c.conn.SetReadDeadline(time.Now().Add(c.hub.cfg.ReadTimeout))
	}
}

// countFrame tells whether a frame may be handled: not more than so many in a minute, which begins with its first frame.
func (c *client) countFrame() bool {
	cfg := &c.hub.cfg
	if c.isClosing() {
		return false
	}
	if cfg.FramesPerMinute == 0 {
		return true
	}
	now := time.Now()
	if now.Sub(c.window) >= time.Minute {
		c.window, c.frames, c.refused = now, 0, 0
	}
	if c.frames < cfg.FramesPerMinute {
		c.frames++
		return true
	}
	c.refused++
	c.reply(failure("", errRateLimited(c.window.Add(time.Minute).Sub(now))))
	if c.refused >= cfg.MaxRefused {
		c.close(closeFrames)
	}
	return false
}

func (c *client) badMessage(id string) {
	c.badMessages++
	c.reply(failure(id, errBadMessage))
	if c.badMessages >= c.hub.cfg.MaxBadMessages {
		c.close(closeProtocol)
	}
}

func (c *client) handle(f clientFrame) {
	switch f.Type {
	case "ping":
		c.reply(pong(f.Nonce, time.Now()))
		return
	case "auth":
		c.auth(f)
		return
	}
	c.mu.Lock()
	entered := c.entered
	c.mu.Unlock()
	if !entered {
		c.reply(failure(f.ID, errUnauthorized))
		c.close(closeAuth)
		return
	}
	var p *problem
	if f.Type == "subscribe" {
		p = c.subscribe(f)
	} else {
		p = c.unsubscribe(f.ID)
	}
	if p != nil {
		c.reply(failure(f.ID, p))
	}
}

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

// leave is the end of the connection.
func (c *client) leave() {
	c.mu.Lock()
	c.dead = true
	subs := c.subs
	c.subs, c.queue, c.lost, c.queued = nil, nil, nil, 0
	for _, sub := range subs {
		sub.gone = true
	}
	user, silent := "", c.closing == closeHeartbeat
	if c.entered {
		user = c.principal.UserID
	}
	c.space.Broadcast()
	c.mu.Unlock()
	if silent {
		c.wire.abandon()
	}
	_ = c.conn.Close()
	for _, sub := range subs {
		c.hub.metrics.subscriptions.Dec()
		sub.stream.Load().leave(sub)
	}
	c.hub.unregister(c, user)
}

// tend is the hub's regular look at the connection.
func (c *client) tend(now time.Time, recheck bool) {
	cfg := &c.hub.cfg
	c.mu.Lock()
	if c.closing != 0 || c.dead {
		c.mu.Unlock()
		return
	}
	stuck := !c.fullSince.IsZero() && now.Sub(c.fullSince) >= cfg.FullTimeout
	entered, who, expires := c.entered, c.principal, c.expires
	warn := entered && !c.warned && !now.Before(expires.Add(-cfg.ExpiringNotice))
	c.warned = c.warned || warn
	c.mu.Unlock()
	switch {
	case stuck:
		c.hub.metrics.slowClients.Inc()
		c.close(closeSlow)
		return
	case entered && !now.Before(expires):
		c.close(closeAuth)
		return
	case warn:
		c.notice(expiring(expires))
	}
	if now.Sub(c.pinged) >= cfg.PingInterval {
		c.pinged = now
		c.push(entry{kind: entryPing}, false)
	}
	if entered && recheck {
		c.recheck(who)
	}
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
