package outbox

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// outcome is how one attempt ended.
type outcome struct {
	at         int64 // UTC ms, of its start
	duration   time.Duration
	status     int    // HTTP status; 0: no answer
	err        string // word of the contract; "": it was taken
	retry      bool   // another attempt makes sense
	retryAfter time.Duration
	response   string
	noAttempt  bool // nothing was sent
}

// Words of errors that are no answer's.
const (
	errorOverflow     = "overflow"
	errorInactive     = "inactive"
	errorUnsubscribed = "unsubscribed"
	errorSecret       = "secret"
)

// firstWait and maxWait bound the time between attempts: firstWait·5^(n−2) before attempt n, at most maxWait.
const (
	firstWait = 5 * time.Second
	maxWait   = time.Hour
)

// holdWait is how often a message of a deleted site looks whether the site is restored.
const holdWait = time.Minute

// deliver makes one attempt at a message and writes down how it went.
func (o *Outbox) deliver(ctx context.Context, l *lane, it *item) {
	r, ok, err := o.read(l.name, it.id)
	if err != nil {
		o.log.Error("a message could not be read", "lane", l.name, "message", it.id, "error", err)
		o.postpone(l, it, firstWait)
		return
	}
	if !ok {
		o.settle(l, it, true) // forgotten meanwhile
		return
	}
	if _, ok := o.deps.Sites.Site(r.Site); !ok {
		o.hold(l, it, r)
		return
	}
	hook, out := o.attempt(ctx, l, r)
	if ctx.Err() != nil {
		o.postpone(l, it, firstWait) // the end of the program is no answer
		return
	}
	if hook == nil && l.channel() == "" {
		if err := o.Forget(r.Site, l.name); err != nil {
			o.log.Error("messages of a deleted webhook could not be removed", "webhook", l.name, "error", err)
		}
	}
	o.finish(l, it, r, out)
}

// hold keeps a message of a deleted site until the site is restored, or purged, but no longer than a log keeps messages.
func (o *Outbox) hold(l *lane, it *item, r *record) {
	now := o.nowMS()
	if r.Created < now-o.cfg.LogAge.Milliseconds() {
		o.finish(l, it, r, outcome{at: now, err: errorInactive, noAttempt: true})
		return
	}
	o.postpone(l, it, holdWait)
}

// postpone leaves a message as it is stored and tries again after a while.
func (o *Outbox) postpone(l *lane, it *item, wait time.Duration) {
	it.due = o.nowMS() + wait.Milliseconds()
	o.settle(l, it, false)
}

// attempt sends a message. hook is nil when the lane is no webhook, or when the webhook does not exist any more.
func (o *Outbox) attempt(ctx context.Context, l *lane, r *record) (hook *analytics.Webhook, out outcome) {
	defer func() {
		if !out.noAttempt {
			o.metrics.attempt.Observe(out.duration.Seconds())
		}
	}()
	switch l.channel() {
	case ChannelEmail:
		return nil, o.attemptMail(ctx, r)
	case ChannelSlack:
		return nil, o.attemptSlack(ctx, r)
	}
	hooks := o.deps.Hooks.Webhooks(r.Site)
	i := slices.IndexFunc(hooks, func(w *analytics.Webhook) bool { return w.ID == l.name })
	switch {
	case i < 0:
		return nil, outcome{at: o.nowMS(), err: errorInactive, noAttempt: true}
	case !hooks[i].Active:
		return hooks[i], outcome{at: o.nowMS(), err: errorInactive, noAttempt: true}
	case !slices.Contains(hooks[i].Events, r.Event): // an admin may have changed the URL since: activities are the owner's
		return hooks[i], outcome{at: o.nowMS(), err: errorUnsubscribed, noAttempt: true}
	}
	return hooks[i], o.post(ctx, hooks[i], r.ID, r.Event, r.Body)
}

// post makes one signed request to a webhook.
func (o *Outbox) post(ctx context.Context, w *analytics.Webhook, id, event, body string) outcome {
	now := o.deps.Now()
	header, err := o.header(w, id, event, body, now)
	if err != nil {
		o.log.Error("a message cannot be signed", "webhook", w.ID, "error", err)
		return outcome{at: now.UnixMilli(), err: errorSecret, retry: true, noAttempt: true}
	}
	return o.send(ctx, w.URL, header, body)
}

// header names and signs a message (webhooks.md, Message).
func (o *Outbox) header(w *analytics.Webhook, id, event, body string, now time.Time) (http.Header, error) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	secret, err := o.deps.Hooks.Reveal(w.Secret)
	if err != nil {
		return nil, fmt.Errorf("open the secret: %w", err)
	}
	signature, err := sign(secret, id, stamp, body)
	if err != nil {
		return nil, err
	}
	if len(w.PreviousSecret) > 0 && now.Before(w.PreviousExpires) {
		previous, err := o.deps.Hooks.Reveal(w.PreviousSecret)
		if err != nil {
			return nil, fmt.Errorf("open the previous secret: %w", err)
		}
		older, err := sign(previous, id, stamp, body)
		if err != nil {
			return nil, err
		}
		signature += " " + older
	}
	return http.Header{ // the keys as the contract writes them
		"webhook-id": {id}, "webhook-timestamp": {stamp}, "webhook-signature": {signature},
		"X-ZTA-Event": {event}, "X-ZTA-Webhook-ID": {w.ID}, "X-ZTA-Signature": {signLegacy(secret, body)},
	}, nil
}

// budget is how many attempts a message of the lane has.
func (o *Outbox) budget(l *lane) int {
	if l.channel() == ChannelEmail {
		return o.cfg.MailAttempts
	}
	return o.cfg.MaxAttempts
}

// wait is the time until the next attempt after n that failed.
func (o *Outbox) wait(n int, retryAfter time.Duration) time.Duration {
	d := min(float64(firstWait)*math.Pow(5, float64(n-1)), float64(maxWait))
	return max(time.Duration(d*o.jitter()), min(retryAfter, maxWait))
}
