package ws

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
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
