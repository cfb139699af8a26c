package outbox

import (
	"net/http"

	"github.com/ztas-io/ztas/analytics"
)

// The reasons for which a webhook is disabled.
const (
	reasonGone     = "gone"
	reasonFailures = "failures"
)

// finish writes down how an attempt went and does what follows from it.
func (o *Outbox) finish(l *lane, it *item, r *record, out outcome) {
	l.lock()
	if l.gone {
		l.unlock()
		o.settle(l, it, true)
		return
	}
	outcome := o.decide(l, it, r, out)
	next, ops := o.after(l, r, out), r.ops(l.name)
	if l.channel() == "" {
		ops = append(ops, put(statusPrefix+l.name, next))
	}
	if err := o.store(ops, r); err != nil { // sent, but nobody would know after a restart: it is sent again
		l.unlock()
		o.metrics.commits.Inc()
		o.log.Error("an attempt could not be stored", "lane", l.name, "message", r.ID, "error", err)
		o.postpone(l, it, firstWait)
		return
	}
	o.mu.Lock()
	l.status = next
	it.due, it.tries = r.Next, r.Tries
	o.mu.Unlock()
	o.metrics.delivered.WithLabelValues(outcome).Inc()
	done := r.Status != analytics.DeliveryPending
	if done {
		o.prune(l)
	}
	l.unlock()
	// Before settle lets the lane go on: what disables a webhook must stop the messages behind.
	if l.channel() == "" && r.Status == analytics.DeliveryFailed && !out.noAttempt {
		o.failed(l, r, out, next.Fails)
	} else if r.Status == analytics.DeliveryFailed {
		o.log.Warn("a message was not delivered", "lane", l.name, "message", r.ID, "error", out.err)
	}
	o.settle(l, it, done)
}

// decide notes the attempt in the record and what is to come, and names the outcome. The caller holds the lane's lock.
func (o *Outbox) decide(l *lane, it *item, r *record, out outcome) string {
	r.add(attempt{At: out.at, Status: out.status, Duration: out.duration.Milliseconds(), Error: out.err, Response: out.response})
	r.Tries, r.Next = it.tries+1, 0
	o.mu.Lock()
	again := it.again
	it.again = false
	o.mu.Unlock()
	switch {
	case out.err == "":
		r.Status, r.Tries = analytics.DeliverySucceeded, 0
		return outcomeSucceeded
	case again:
		r.Status, r.Tries, r.Next = analytics.DeliveryPending, 0, o.nowMS()
		return outcomeRetried
	case out.retry && r.Tries < o.budget(l):
		r.Status, r.Next = analytics.DeliveryPending, o.nowMS()+o.wait(r.Tries, out.retryAfter).Milliseconds()
		return outcomeRetried
	}
	r.Status, r.Tries = analytics.DeliveryFailed, 0
	switch out.err {
	case errorInactive, errorUnsubscribed:
		return outcomeInactive
	case errorOverflow:
		return outcomeOverflow
	}
	return outcomeFailed
}

// after is a webhook's status after an attempt. The caller holds the lane's lock.
func (o *Outbox) after(l *lane, r *record, out outcome) status {
	s := l.status
	if out.noAttempt {
		return s
	}
	s.Site, s.At, s.HTTP = r.Site, out.at, out.status
	switch r.Status {
	case analytics.DeliverySucceeded:
		s.Fails = 0
	case analytics.DeliveryFailed:
		s.Fails++
	}
	return s
}

// store writes a message's new state; when a channel took an alert, its trigger says so from the same moment on.
func (o *Outbox) store(ops []Op, r *record) error {
	if r.Trigger == "" || r.Channel == "" || r.Status != analytics.DeliverySucceeded {
		return o.deps.Meta.Txn(ops...)
	}
	o.triggers.Lock()
	defer o.triggers.Unlock()
	op, ok, err := o.sentOp(r.Trigger, r.Channel)
	if err != nil {
		return err
	}
	if !ok {
		return o.deps.Meta.Txn(ops...)
	}
	if err := o.deps.Meta.Txn(append(ops, op)...); err != nil {
		return err
	}
	if err := o.dropOrphan(r.Trigger); err != nil { // the attempt is stored; the next start erases it
		o.log.Error("a trigger could not be erased", "error", err)
	}
	return nil
}

// failed tells of a webhook's message that failed for good, and disables the webhook when it is gone or fails all the time.
func (o *Outbox) failed(l *lane, r *record, out outcome, fails int) {
	o.deps.Hooks.Failed(r.Site, l.name, Failure{MessageID: r.ID, Event: r.Event, Error: out.err, Attempts: len(r.Attempts)})
	reason := ""
	switch {
	case out.status == http.StatusGone:
		reason = reasonGone
	case fails >= o.cfg.DisableAfter:
		reason = reasonFailures
	}
	if reason == "" {
		return
	}
	disabled, err := o.deps.Hooks.Disable(r.Site, l.name, reason)
	switch {
	case err != nil:
		o.log.Error("a webhook could not be disabled", "webhook", l.name, "error", err)
	case disabled: // several messages may fail at the same moment: the owner hears of it once
		o.mailOwner(l, r, reason)
	}
}

// dropAll fails messages that the lane claimed because its backlog was full.
func (o *Outbox) dropAll(l *lane, items []*item) {
	for _, it := range items {
		r, ok, err := o.read(l.name, it.id)
		switch {
		case err != nil:
			o.log.Error("a message could not be read", "lane", l.name, "message", it.id, "error", err)
			o.postpone(l, it, firstWait)
		case !ok:
			o.settle(l, it, true)
		default:
			o.finish(l, it, r, outcome{at: o.nowMS(), err: errorOverflow, noAttempt: true})
		}
	}
}

// mailOwner queues the mail that tells of a disabled webhook.
func (o *Outbox) mailOwner(l *lane, r *record, reason string) {
	name, now := channelLane(ChannelEmail, r.Site), o.nowMS()
	m := newRecord(name, r.Site, &Effect{Cause: "disabled by " + r.ID}, now)
	m.Subject, m.Body = disabledMail(o.domain(r.Site), l.name, reason)
	if err := o.deps.Meta.Txn(m.ops(name)...); err != nil {
		o.log.Error("the mail about a disabled webhook could not be queued", "webhook", l.name, "error", err)
		return
	}
	o.show([]message{{name, m}}, nil)
}

func (o *Outbox) domain(id analytics.SiteID) string {
	if site, ok := o.deps.Sites.Site(id); ok {
		return site.Domain
	}
	return string(id)
}
