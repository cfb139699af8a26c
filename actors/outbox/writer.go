package outbox

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

const (
	maxBatchOps   = 1000
	maxBatchBytes = 256 << 10
	maxMessage    = 200 << 10 // bytes of a message as it is kept: with its attempts it stays below the store's bound of a transaction
	firstRetry    = 100 * time.Millisecond
	lastRetry     = 5 * time.Second
)

// handed is one call of Put.
type handed struct {
	site    analytics.SiteID
	pos     analytics.Pos
	effects []Effect
	count   uint64 // of the site's puts
}

// Put hands all effects of a block over at once, in the order of positions. A position at or below the cursor is skipped: its effects are here
// already. Position 0 is for effects that no block made; each is taken once by its cause, as long as the delivery log knows it. Put never
// waits for the disk; the effects must not be changed any more.
func (o *Outbox) Put(site analytics.SiteID, pos analytics.Pos, effects []Effect) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.cursor(site)
	if o.closed || pos != 0 && pos <= c.pos {
		return
	}
	c.pos = max(c.pos, pos)
	if len(effects) == 0 {
		return // the same block has none after a replay
	}
	c.puts++
	o.puts = append(o.puts, &handed{site, pos, effects, c.puts})
	signal(o.write)
}

// Cursor is the last position whose effects were put, in this life or, durably, in an earlier one.
func (o *Outbox) Cursor(site analytics.SiteID) analytics.Pos {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cursor(site).pos
}

func (o *Outbox) cursor(site analytics.SiteID) *cursor {
	c, ok := o.sites[site]
	if !ok {
		c = new(cursor)
		o.sites[site] = c
	}
	return c
}

// Flush returns when everything that was put for the site before is durable. Errors: the context's, ErrClosed.
func (o *Outbox) Flush(ctx context.Context, site analytics.SiteID) error {
	o.mu.Lock()
	c := o.cursor(site)
	want := c.puts
	for {
		if c.done >= want {
			o.mu.Unlock()
			return nil
		}
		durable, closed := o.durable, o.closed
		o.mu.Unlock()
		if closed {
			o.writer.Wait()
			o.mu.Lock()
			defer o.mu.Unlock()
			if c.done < want {
				return ErrClosed
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return wrap("flush the outbox", ctx.Err())
		case <-durable:
		case <-o.stop:
		}
		o.mu.Lock()
	}
}

// writeLoop makes durable what was put, until Close.
func (o *Outbox) writeLoop() {
	defer o.writer.Done()
	for {
		select {
		case <-o.write:
			o.writePuts()
		case <-o.stop:
			o.writePuts()
			return
		}
	}
}

// writePuts writes everything that was put so far.
func (o *Outbox) writePuts() {
	o.mu.Lock()
	puts := o.puts
	o.puts = nil
	o.mu.Unlock()
	b := o.newBatch()
	for _, p := range puts {
		if !b.take(p) {
			return
		}
	}
	b.commit()
}

// batch is a transaction that grows. Messages go in as they come; a put's other changes and its cursor go in together behind them, so that a
// put that needs several transactions is either finished, or made again from the log with messages that are known by their ids. An alert's trigger is
// never stored behind a message that it is to name, nor a second time (addAlert).
type batch struct {
	o        *Outbox
	ops      []Op
	at       map[string]int // index of a key in ops
	bytes    int
	messages []message
	triggers []string // keys
	finished []*handed
}

// message is a record on its way to its lane.
type message struct {
	lane   string
	record *record
}

func (o *Outbox) newBatch() *batch { return &batch{o: o, at: map[string]int{}} }

// take adds a put, and commits whenever the transaction is large. It is false when the outbox was closed and the store does not answer.
func (b *batch) take(p *handed) bool {
	hooks := b.o.deps.Hooks.Webhooks(p.site)
	now := b.o.nowMS()
	var writes []Op
	for i := range p.effects {
		e := &p.effects[i]
		if e.Alert == nil {
			writes = append(writes, e.Writes...)
		} else if !b.addAlert(p.site, e, now) {
			return false
		}
		for _, m := range b.o.hookMessages(p.site, e, hooks, now) {
			if !b.addMessage(m) {
				return false
			}
		}
	}
	if p.pos != 0 {
		writes = append(writes, Op{Key: cursorPrefix + string(p.site), Value: strconv.AppendUint(nil, uint64(p.pos), 10)})
	}
	if !b.room(writes...) {
		return false
	}
	for _, op := range writes { // as a rule in this transaction; the cursor, which is last, never before the others
		if !b.addWrite(p.site, op) {
			return false
		}
	}
	b.finished = append(b.finished, p)
	return true
}

// addAlert adds an alert's trigger with the messages of its channels, which are small, all in one transaction: what a channel took is noted in the
// trigger, and a message that was taken is not kept. A trigger that is stored has them all, and may name channels already. Messages to webhooks
// follow, and are known by their ids.
func (b *batch) addAlert(site analytics.SiteID, e *Effect, now int64) bool {
	known, ok := b.known(e.Alert.TriggerKey)
	if known || !ok {
		return ok
	}
	messages, ops := channelMessages(site, e, now), slices.Clone(e.Writes)
	for _, m := range messages {
		ops = append(ops, m.record.ops(m.lane)...)
	}
	if !b.room(ops...) {
		return false
	}
	b.add(ops...)
	b.messages, b.triggers = append(b.messages, messages...), append(b.triggers, e.Alert.TriggerKey)
	return true
}

// addWrite adds what an effect keeps besides messages.
func (b *batch) addWrite(site analytics.SiteID, op Op) bool {
	if size := bytesOf([]Op{op}); size > maxBatchBytes { // the store would refuse it for ever, and nothing of any site could be written behind it
		b.o.metrics.commits.Inc()
		b.o.log.Error("a value is too large for the store and is not kept", "site", site, "key", op.Key, "bytes", size)
		return true
	}
	if !b.room(op) {
		return false
	}
	b.add(op)
	return true
}

// addMessage adds a message unless it is known.
func (b *batch) addMessage(m message) bool {
	known, ok := b.known(messageKey(m.lane, m.record.ID))
	if known || !ok {
		return ok
	}
	ops := m.record.ops(m.lane)
	if bytesOf(ops) > maxMessage {
		b.o.metrics.delivered.WithLabelValues(outcomeTooLarge).Inc()
		b.o.log.Error("message is too large and is not sent", "site", m.record.Site, "event", m.record.Event, "bytes", bytesOf(ops))
		return true
	}
	if !b.room(ops...) {
		return false
	}
	b.add(ops...)
	b.messages = append(b.messages, m)
	return true
}

// known tells whether a key is stored or about to be; ok is false when the outbox was closed and the store does not answer.
func (b *batch) known(key string) (known, ok bool) {
	if _, known := b.at[key]; known {
		return true, true
	}
	ok = b.o.retry("look a key up", func() (err error) {
		_, known, err = b.o.deps.Meta.Get(key)
		return err
	})
	return known, ok
}

// room commits what the batch has when the changes do not fit beside it.
func (b *batch) room(ops ...Op) bool { return !b.full(bytesOf(ops), len(ops)) || b.commit() }

func (b *batch) full(bytes, ops int) bool {
	return len(b.ops) > 0 && (b.bytes+bytes > maxBatchBytes || len(b.ops)+ops > maxBatchOps)
}

func (b *batch) add(ops ...Op) {
	for _, op := range ops {
		b.bytes += len(op.Key) + len(op.Value)
		if i, ok := b.at[op.Key]; ok {
			b.ops[i] = op
			continue
		}
		b.at[op.Key] = len(b.ops)
		b.ops = append(b.ops, op)
	}
}

func bytesOf(ops []Op) (n int) {
	for _, op := range ops {
		n += len(op.Key) + len(op.Value)
	}
	return n
}

// commit makes the batch durable, shows its messages to Run and tells those who wait; the batch is then empty.
func (b *batch) commit() bool {
	if len(b.ops) > 0 && !b.o.retry("store messages", func() error { return b.o.deps.Meta.Txn(b.ops...) }) {
		return false
	}
	for _, key := range b.triggers {
		if !b.o.retry("store triggers", func() error { return b.o.dropOrphan(key) }) {
			return false
		}
	}
	b.o.show(b.messages, b.finished)
	*b = *b.o.newBatch()
	return true
}

// show puts durable messages into the queue and drops what does not fit into it.
func (o *Outbox) show(messages []message, finished []*handed) {
	o.mu.Lock()
	var changed []*lane
	for _, m := range messages {
		l := o.lane(m.lane, m.record.Site)
		o.enqueue(l, m.record.ID, queued{m.record.Site, m.record.Event, m.record.Next, m.record.Tries})
		if !slices.Contains(changed, l) {
			changed = append(changed, l)
		}
	}
	for _, p := range finished {
		o.cursor(p.site).done = p.count
	}
	close(o.durable)
	o.durable = make(chan struct{})
	drops := make([][]*item, len(changed))
	for i, l := range changed {
		if l.channel() == "" {
			drops[i] = l.overflow(o.cfg.MaxBacklog)
		}
	}
	o.mu.Unlock()
	signal(o.wake)
	for i, l := range changed {
		o.dropAll(l, drops[i])
	}
}

// retry does something until it works. It is false when the outbox was closed meanwhile.
func (o *Outbox) retry(doing string, f func() error) bool {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := f()
		if err == nil {
			return true
		}
		o.metrics.commits.Inc()
		if wait == firstRetry || wait == lastRetry {
			o.log.Error("the outbox cannot use its store, trying again", "doing", doing, "error", err)
		}
		select {
		case <-o.stop:
			return false
		case <-time.After(wait):
		}
	}
}
