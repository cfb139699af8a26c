package ws

import (
	"errors"
	"net"
	"time"

	"github.com/gorilla/websocket"
)

// entryKind tells what an entry of a client's queue stands for.
type entryKind uint8

const (
	entryRest  entryKind = iota // of a frame that the socket did not take at once
	entryFrame                  // data, as it is
	entryNews                   // whatever sub has not been sent when its turn comes
	entryPing
	entryPong // with data
	entryClose
)

// entry waits in a client's queue.
type entry struct {
	kind entryKind
	data []byte
	sub  *subscription
	size int // bytes, of news as expected

	whole bool // news are a snapshot; known when the entry is taken
}

// reply queues an answer to the client's own frame. It waits while the queue is full: a client that does not read is not read either.
// For the reader only.
func (c *client) reply(data []byte) {
	c.push(entry{kind: entryFrame, data: data, size: len(data)}, true)
}

// notice queues a frame that the client did not ask for; in a full queue, waiting news make room for it.
func (c *client) notice(data []byte) {
	c.mu.Lock()
	if c.full() {
		for i := len(c.queue) - 1; i >= 0; i-- {
			if e := c.queue[i]; e.kind == entryNews {
				c.queue = append(c.queue[:i], c.queue[i+1:]...)
				c.queued -= e.size
				e.sub.waiting = false
				c.lose(e.sub)
				break
			}
		}
	}
	c.enqueue(entry{kind: entryFrame, data: data, size: len(data)})
	c.mu.Unlock()
}

// push queues an entry; in a full queue it waits, or gives up.
func (c *client) push(e entry, wait bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.full() && c.closing == 0 && !c.dead {
		c.noteFull()
		if !wait {
			return
		}
		c.space.Wait()
	}
	c.enqueue(e)
}

// notify says that there is news for a subscription, about size bytes. It never waits: news that wait already will tell of this change too, and
// in a full queue a snapshot will, later.
func (c *client) notify(sub *subscription, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell(sub, size)
}

// bring notifies, and writes the news itself where the socket can be tried (tries) and the client has no writer: a change for thousands touches each
// of them once.
func (c *client) bring(sub *subscription, size int, tries bool, s *scratch) {
	c.mu.Lock()
	writes := tries && !c.writing
	c.writing = c.writing || writes
	c.tell(sub, size)
	c.mu.Unlock()
	if writes {
		c.pump(s)
	}
}

// tell belongs to the holder of mu.
func (c *client) tell(sub *subscription, size int) {
	if sub.waiting || sub.gone || c.closing != 0 || c.dead {
		return
	}
	if sub.missed || c.full() {
		c.noteFull()
		c.lose(sub)
		return
	}
	sub.waiting = true
	c.enqueue(entry{kind: entryNews, sub: sub, size: size})
}

// lose drops a delta of the subscription.
func (c *client) lose(sub *subscription) {
	c.hub.metrics.droppedDeltas.Inc()
	if !sub.missed && !sub.gone {
		sub.missed = true
		c.lost = append(c.lost, sub)
	}
}

func (c *client) full() bool {
	return len(c.queue) >= c.hub.cfg.QueueFrames || c.queued >= c.hub.cfg.QueueBytes
}

func (c *client) noteFull() {
	if c.fullSince.IsZero() && c.full() {
		c.fullSince = time.Now()
	}
}

// enqueue belongs to the holder of mu.
func (c *client) enqueue(e entry) {
	if c.closing != 0 || c.dead {
		return
	}
	c.queue = append(c.queue, e)
	c.queued += e.size
	c.noteFull()
	c.startWriter()
}

func (c *client) startWriter() {
	if c.writing {
		return
	}
	c.writing = true
	if c.wire.raw != nil {
		c.hub.pumps.add(c)
	} else {
		c.startWaiting(entry{kind: entryRest})
	}
}

// startWaiting begins a goroutine that writes e, waiting for the socket, and then what is queued.
func (c *client) startWaiting(e entry) {
	c.hub.running.Add(1)
	go c.write(e)
}

// close ends the connection with a code. Answers and notices that wait are sent before, unless the client is slow; news are not. Further calls
// change nothing. It does not wait.
func (c *client) close(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing != 0 || c.dead {
		return
	}
	kept := c.queue[:0]
	for _, e := range c.queue {
		if e.kind != entryNews && code != closeSlow {
			kept = append(kept, e)
		}
	}
	c.queue, c.lost = append(kept, entry{kind: entryClose}), nil
	c.closing = code
	c.space.Broadcast()
	if code == closeSlow && c.writing { // what is being written has had its time
		c.wire.hurry(time.Now().Add(c.hub.cfg.CloseGrace))
	}
	c.startWriter()
}

func (c *client) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing != 0 || c.dead
}

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
