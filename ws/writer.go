package ws

import (
	"errors"
	"net"
	"time"

	"github.com/gorilla/websocket"
)

// pump sends what waits, as far as the socket takes it. What it does not take gets a goroutine, and so does the end.
func (c *client) pump(s *scratch) {
	for {
		e, ok := c.next()
		switch {
		case !ok:
			return
		case e.kind == entryClose:
			c.startWaiting(e)
			return
		}
		s.waits, s.held = false, false
		if err := c.send(e, s); err != nil {
			c.broken(err)
			return
		}
		if s.held {
			c.startWaiting(entry{kind: entryRest})
			return
		}
	}
}

// write sends e and what waits, however long the socket takes.
func (c *client) write(e entry) {
	defer c.hub.running.Done()
	s := scratches.Get().(*scratch)
	defer s.release()
	for ok := true; ok; e, ok = c.next() {
		s.waits = true
		if err := c.send(e, s); err != nil {
			c.broken(err)
			return
		}
	}
}

// next takes the first entry that still matters; when there is none, the writer has ended.
func (c *client) next() (entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.dead {
		if len(c.queue) == 0 {
			if len(c.lost) == 0 {
				break
			}
			for _, sub := range c.lost {
				sub.missed = false
				if !sub.gone {
					sub.waiting, sub.whole = true, true
					c.queue = append(c.queue, entry{kind: entryNews, sub: sub})
				}
			}
			c.lost = nil
			continue
		}
		e := c.queue[0]
		c.queue[0] = entry{}
		c.queue = c.queue[1:]
		c.queued -= e.size
		if !c.full() {
			c.space.Broadcast()
		}
		if len(c.queue) <= c.hub.cfg.QueueFrames/2 && c.queued <= c.hub.cfg.QueueBytes/2 { // one frame less is no break
			c.fullSince = time.Time{}
		}
		if e.kind == entryNews {
			e.sub.waiting = false
			if e.sub.gone {
				continue
			}
			e.whole, e.sub.whole = e.sub.whole, false
		}
		return e, true
	}
	c.writing, c.queue = false, c.first[:0]
	return entry{}, false
}

func (c *client) send(e entry, s *scratch) error {
	switch e.kind {
	case entryRest:
		return c.wire.push(nil, time.Now().Add(c.hub.cfg.WriteTimeout))
	case entryNews:
		return c.deliver(e, s)
	case entryPing:
		c.pinging.Store(true)
		return c.put(wirePing, s.begin(), s)
	case entryPong:
		return c.put(wirePong, append(s.begin(), e.data...), s)
	case entryClose:
		return c.sendClose(s)
	default:
		return c.text(append(s.begin(), e.data...), s)
	}
}

// deliver sends the news of a subscription as they are now, after its greeting.
func (c *client) deliver(e entry, s *scratch) error {
	sub := e.sub
	from := sub.stream.Load()
	whole, first, seq := e.whole, !sub.greeted, sub.seq
	if first {
		if r := sub.resume; r != nil && r.Epoch == from.epoch && r.Seq > 0 {
			seq = r.Seq
		} else {
			whole = true
		}
	}
	n := from.since(seq, whole)
	if first {
		sub.greeted = true
		greeting := subscribedFrame{"subscribed", sub.id, from.key.topic, string(from.key.site), from.epoch, n.seq, n.snapshot == nil}
		if err := c.text(append(s.begin(), frame(greeting)...), s); err != nil {
			return err
		}
	}
	sub.seq = n.seq
	if n.snapshot != nil {
		return c.text(appendSnapshot(s.begin(), sub.id, from.epoch, n.seq, n.snapshot), s)
	}
	for _, tail := range n.tails {
		if err := c.text(appendDelta(s.begin(), sub.id, tail), s); err != nil {
			return err
		}
	}
	return nil
}

// text sends a text frame that was begun in s.
func (c *client) text(begun []byte, s *scratch) error {
	if err := c.put(wireText, begun, s); err != nil {
		return err
	}
	c.hub.metrics.framesSent.Inc()
	return nil
}

// put sends a frame that was begun in s. When it may not wait, s knows whether a part is held back.
func (c *client) put(kind byte, begun []byte, s *scratch) error {
	frame := s.frame(kind, begun)
	if s.waits {
		return c.wire.push(frame, time.Now().Add(c.hub.cfg.WriteTimeout))
	}
	done, err := c.wire.try(frame, s.try)
	s.held = s.held || !done
	return err
}

// sendClose writes the close frame and gives the client a moment to answer.
func (c *client) sendClose(s *scratch) error {
	c.mu.Lock()
	code := c.closing
	c.mu.Unlock()
	message := websocket.FormatCloseMessage(code, closeReason(code))
	err := c.wire.push(s.frame(wireClose, append(s.begin(), message...)), time.Now().Add(c.hub.cfg.CloseGrace))
	if err != nil && !errors.Is(err, websocket.ErrCloseSent) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.SetReadDeadline(time.Now().Add(c.hub.cfg.CloseGrace))
	close(c.closed)
	c.dead = true
	return nil
}

// broken ends a connection that cannot be written to.
func (c *client) broken(err error) {
	var timeout net.Error
	slow := errors.As(err, &timeout) && timeout.Timeout()
	c.mu.Lock()
	slow = slow && c.closing == 0
	if c.closing == 0 {
		c.closing = closeSlow // for the reader: do not wait for frames
	}
	c.dead = true
	close(c.closed)
	c.space.Broadcast()
	c.mu.Unlock()
	if slow {
		c.hub.metrics.slowClients.Inc()
		c.wire.abandon()
	}
	if !errors.Is(err, websocket.ErrCloseSent) { // the reader saw to that, and waits for the client
		_ = c.conn.Close()
	}
}
