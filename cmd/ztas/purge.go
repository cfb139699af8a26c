package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/actors/effects"
	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
)

// newPurger makes what erases sites for good, and sets it to work: it looks every hour for what is due, and finishes what a crash interrupted.
func (i *instance) newPurger(meta api.PurgeMeta, system *actors.System, notify *notifier, keepers ...api.SiteKeeper) *api.Purger {
	p := api.NewPurger(api.PurgeDeps{
		Sites: i.sites, Activity: i.activity, Meta: meta, Fold: system, Steady: system.Steady, Now: time.Now, Log: i.logger,
		Keepers: append(keepers, notifyKeeper{notify.outbox, notify.effects}), // it needs to know of the webhooks, which the catalog tells
	})
	i.background("purges", p.Run)
	return p
}

// notifyKeeper ends what is told of a site.
type notifyKeeper struct {
	outbox  *outbox.Outbox
	effects *effects.Effects
}

// ForgetSite drops what is queued, logged and remembered of a site's messages.
func (k notifyKeeper) ForgetSite(ctx context.Context, site analytics.SiteID, left []string) ([]string, error) {
	keys := k.effects.ForgetSite(site)
	if err := k.outbox.Flush(ctx, site); err != nil {
		return nil, fmt.Errorf("write what is under way of %s: %w", site, err)
	}
	if err := k.outbox.ForgetSite(site); err != nil {
		return nil, err
	}
	var webhooks []string
	for _, what := range left {
		if id, ok := strings.CutPrefix(what, "webhook/"); ok {
			webhooks = append(webhooks, id)
		}
	}
	return append(keys, outbox.SiteKeys(site, webhooks)...), nil
}
