package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
)

// openActivities opens the activity log and lets it work until Close.
func (i *instance) openActivities(meta api.Meta) error {
	log, err := api.OpenActivities(meta, i.accounts, time.Now, i.logger)
	if err != nil {
		return fmt.Errorf("open the activity log: %w", err)
	}
	i.onClose("activity log", log.Flush)
	i.background("activity log", log.Run)
	i.activity = log
	return nil
}

// tellActivities tells topics and webhooks of every entry of a site, and of those again of which the last run may not have told.
func (i *instance) tellActivities(out *outbox.Outbox, live *liveHub) error {
	i.activity.Hear(func(l api.Logged) {
		if l.Site == "" {
			return
		}
		if hub := live.hub.Load(); hub != nil {
			hub.ChangedTopic(l.Site, "activity")
		}
		putActivity(out, l)
	})
	if err := i.activity.Repeat(func(l api.Logged) { putActivity(out, l) }); err != nil {
		return fmt.Errorf("tell of activities: %w", err)
	}
	return nil
}

// putActivity hands an entry to the webhooks that subscribe to it. That of a message which failed would fail, too, and so on.
func putActivity(out *outbox.Outbox, l api.Logged) {
	if l.Site == "" || l.Action == api.MessageFailed {
		return
	}
	out.Put(l.Site, 0, []outbox.Effect{{Cause: l.ID, Type: analytics.WebhookActivity, At: l.At, Arrived: l.At, Data: l.Entry}})
}

// Times of the look for entries that are kept no longer.
const (
	expireEvery = 24 * time.Hour
	expireTime  = 10 * time.Minute
)

// expireActivities erases, once a day, what is older than the operator wants.
func (i *instance) expireActivities(days int) {
	i.background("old activities", func(ctx context.Context) {
		t := time.NewTimer(retainTick)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			work, cancel := context.WithTimeout(ctx, expireTime)
			if err := i.activity.Expire(work, days); err != nil && ctx.Err() == nil {
				i.logger.Warn("old activities could not be erased", "error", err)
			}
			cancel()
			t.Reset(expireEvery)
		}
	})
}
