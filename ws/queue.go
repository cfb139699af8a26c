package ws

import "time"

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
