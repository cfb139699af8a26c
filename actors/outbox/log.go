package outbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// pruneSlack is how far a webhook's log grows beyond its bound before it is cut: a cut reads all of it.
const pruneSlack = 100

// Deliveries gives part of a webhook's log, newest first, and how many messages there are in all. An empty status or event is any.
func (o *Outbox) Deliveries(
	webhook string, status analytics.DeliveryStatus, event string, limit, offset int,
) (list []analytics.Delivery, total int, err error) {
	all, err := o.logOf(webhook)
	if err != nil {
		return nil, 0, err
	}
	list = []analytics.Delivery{}
	for _, r := range all {
		if status != "" && r.Status != status || event != "" && r.Event != event {
			continue
		}
		if total++; total > offset && len(list) < limit {
			list = append(list, r.delivery())
		}
	}
	return list, total, nil
}

// logOf reads the messages that the log shows, newest first.
func (o *Outbox) logOf(webhook string) (all []*record, err error) {
	oldest := o.deps.Now().Add(-o.cfg.LogAge).UnixMilli()
	err = o.scan(webhook, func(r *record) error {
		if r.Created >= oldest {
			all = append(all, r)
		}
		return nil
	})
	if err != nil {
		return nil, wrap("read the log of a webhook", err)
	}
	slices.SortFunc(all, newestFirst)
	return all[:min(len(all), o.cfg.MaxLog)], nil
}

func newestFirst(a, b *record) int {
	return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(a.ID, b.ID))
}

// Redeliver queues a message of the log again, with a new budget of attempts; ok is false when the log does not have it.
func (o *Outbox) Redeliver(webhook, messageID string) (d analytics.Delivery, ok bool, err error) {
	o.mu.Lock()
	l := o.lane(webhook, "")
	o.mu.Unlock()
	l.lock()
	defer l.unlock()
	r, ok, err := o.read(webhook, messageID)
	if err != nil || !ok || l.gone || r.Created < o.deps.Now().Add(-o.cfg.LogAge).UnixMilli() {
		return d, false, err
	}
	o.mu.Lock()
	it := l.items[messageID]
	if it != nil && it.place < 0 { // in flight: whatever comes of it, it is tried again until it arrives
		it.again = true
		o.mu.Unlock()
		return r.delivery(), true, nil
	}
	if it != nil {
		l.claim(it)
	}
	o.mu.Unlock()

	wasDone := r.Status != analytics.DeliveryPending
	r.Status, r.Tries, r.Next = analytics.DeliveryPending, 0, o.nowMS()
	err = o.deps.Meta.Txn(r.ops(webhook)...)
	o.mu.Lock()
	switch {
	case it != nil:
		if err == nil {
			it.due, it.tries = r.Next, 0
		}
		l.back(it, false)
		o.schedule(l)
	case err == nil:
		l.site = r.Site
		o.enqueue(l, r.ID, queued{r.Site, r.Event, r.Next, 0})
	}
	o.mu.Unlock()
	if err != nil {
		return d, false, wrap("queue a message again", err)
	}
	if wasDone && l.finished > 0 {
		l.finished--
	}
	signal(o.wake)
	return r.delivery(), true, nil
}

// Status tells what the deliveries so far left behind.
func (o *Outbox) Status(webhook string) analytics.HookStatus {
	o.mu.Lock()
	defer o.mu.Unlock()
	l, ok := o.lanes[webhook]
	if !ok || l.status.At == 0 {
		return analytics.HookStatus{}
	}
	s := l.status
	return analytics.HookStatus{LastTriggered: time.UnixMilli(s.At).UTC(), LastStatus: s.HTTP, ConsecutiveFailures: s.Fails}
}

// Reset forgets the failures that were counted.
func (o *Outbox) Reset(webhook string) {
	o.mu.Lock()
	l, ok := o.lanes[webhook]
	o.mu.Unlock()
	if !ok {
		return
	}
	l.lock()
	defer l.unlock()
	next := l.status
	next.Fails = 0
	if l.gone || next == l.status {
		return
	}
	if err := o.deps.Meta.Txn(put(statusPrefix+webhook, next)); err != nil {
		o.log.Error("the failures of a webhook could not be reset", "webhook", webhook, "error", err)
	}
	o.mu.Lock()
	l.status = next
	o.mu.Unlock()
}

// Forget drops a webhook's queue, log and status.
func (o *Outbox) Forget(_ analytics.SiteID, webhook string) error {
	o.mu.Lock()
	l := o.lane(webhook, "")
	o.mu.Unlock()
	return o.forgetLane(l)
}

// ForgetSite drops all that the outbox knows of a site that is purged, its webhooks' lanes included.
func (o *Outbox) ForgetSite(site analytics.SiteID) error {
	o.mu.Lock()
	lanes := []*lane{o.lane(channelLane(ChannelEmail, site), site), o.lane(channelLane(ChannelSlack, site), site)}
	for _, l := range o.lanes {
		if l.site == site && l.channel() == "" {
			lanes = append(lanes, l)
		}
	}
	delete(o.sites, site)
	o.mu.Unlock()
	for _, l := range lanes {
		if err := o.forgetLane(l); err != nil {
			return err
		}
	}
	return wrap("forget a site's cursor", o.deps.Meta.Txn(Op{Key: cursorPrefix + string(site)}))
}

func (o *Outbox) forgetLane(l *lane) error {
	l.lock()
	defer l.unlock()
	var keys []string
	for _, prefix := range []string{queuePrefix + l.name + "/", messagePrefix + l.name + "/"} {
		err := o.deps.Meta.Scan(prefix, func(key string, _ []byte) error {
			keys = append(keys, key)
			return nil
		})
		if err != nil {
			return wrap("read what is to be forgotten", err)
		}
	}
	if err := o.remove(append(keys, statusPrefix+l.name)); err != nil {
		return fmt.Errorf("forget %s: %w", l.name, err)
	}
	o.mu.Lock()
	if !l.gone {
		l.gone = true
		o.metrics.pending.Sub(float64(len(l.items)))
		o.schedule(l) // out of the waiting
		delete(o.lanes, l.name)
	}
	o.mu.Unlock()
	return nil
}

// remove deletes keys, in as many transactions as that takes.
func (o *Outbox) remove(keys []string) error {
	for batch := range slices.Chunk(keys, maxBatchOps) {
		ops := make([]Op, len(batch))
		for i, key := range batch {
			ops[i].Key = key
		}
		if err := o.deps.Meta.Txn(ops...); err != nil {
			return err
		}
	}
	return nil
}

// prune notes that a message is done and cuts the lane's log when it has grown too long. A channel's messages have no log: its trigger says
// what came of them. The caller holds the lane's lock.
func (o *Outbox) prune(l *lane) {
	if l.finished >= 0 {
		l.finished++
	}
	if l.channel() == "" && l.finished >= 0 && l.finished <= o.cfg.MaxLog+pruneSlack {
		return
	}
	if err := o.cut(l); err != nil {
		o.log.Error("the log of a webhook could not be cut", "lane", l.name, "error", err)
	}
}

// cut removes what the lane's log does not keep. The caller holds the lane's lock.
func (o *Outbox) cut(l *lane) error {
	var done []*record
	keep, oldest := o.cfg.MaxLog, o.deps.Now().Add(-o.cfg.LogAge).UnixMilli()
	if l.channel() != "" {
		keep = 0
	}
	err := o.scan(l.name, func(r *record) error {
		if r.Status != analytics.DeliveryPending {
			done = append(done, &record{ID: r.ID, Created: r.Created})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(done, newestFirst)
	n, _ := slices.BinarySearchFunc(done, oldest, func(r *record, oldest int64) int { // the first that is too old
		if r.Created >= oldest {
			return -1
		}
		return 0
	})
	n = min(n, keep)
	l.finished = n
	var keys []string
	for _, r := range done[n:] {
		keys = append(keys, messageKey(l.name, r.ID))
	}
	return o.remove(keys)
}

// sweep removes the messages that are too old, of all lanes.
func (o *Outbox) sweep() error {
	names := map[string]bool{}
	oldest := o.deps.Now().Add(-o.cfg.LogAge).UnixMilli()
	err := o.deps.Meta.Scan(messagePrefix, func(key string, val []byte) error {
		name, _, _ := strings.Cut(strings.TrimPrefix(key, messagePrefix), "/")
		if !names[name] && isOlder(val, oldest) {
			names[name] = true
		}
		return nil
	})
	if err != nil {
		return wrap("look for old messages", err)
	}
	for name := range names {
		o.mu.Lock()
		l := o.lane(name, "")
		o.mu.Unlock()
		l.lock()
		err := o.cut(l)
		l.unlock()
		if err != nil {
			return wrap("remove old messages", err)
		}
	}
	return nil
}

// isOlder tells whether a stored message was made before a time; one that cannot be read is left alone.
func isOlder(val []byte, ms int64) bool {
	var r struct {
		Created int64 `json:"created"`
	}
	return json.Unmarshal(val, &r) == nil && r.Created < ms
}
