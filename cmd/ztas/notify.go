package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/actors/alerting"
	"github.com/ztas-io/ztas/actors/effects"
	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store"
)

// notifier is what tells the world of a site's events: what follows from them, the way out, and the alerts.
type notifier struct {
	outbox  *outbox.Outbox
	effects *effects.Effects
	alerts  *alerting.Evaluator
}

// openNotifier opens what hears of events. It comes before the fold starts: a replay is heard too.
func (i *instance) openNotifier(
	cfg Config, meta outbox.Meta, system *actors.System, catalog *api.Catalog, sealer api.Sealer, registry *prometheus.Registry,
) (*notifier, error) {
	mailer, err := outbox.NewMailer(string(cfg.SMTPURL), cfg.MailFrom, i.logger)
	if err != nil {
		return nil, err
	}
	n := new(notifier)
	n.outbox, err = outbox.Open(outboxConfig(cfg), outbox.Deps{
		Meta: meta, Hooks: outboxHooks{catalog, sealer, i.activity}, Alerts: catalog, Sites: outboxSites{i.sites, i.accounts}, Mailer: mailer,
		Logger: i.logger, Registerer: registry, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	i.onClose("outbox", func(context.Context) error { n.outbox.Close(); return nil })
	zones := siteZones{i.sites}
	n.effects = effects.New(effects.Deps{
		Definitions: catalog, Outbox: n.outbox, Meta: meta, Sites: zones, Logger: i.logger, Now: time.Now,
		Triggered: func(t *analytics.Trigger) {
			if err := catalog.Triggered(t); err != nil {
				i.logger.Error("trigger could not be counted", "alert", t.AlertID, "error", err)
			}
			i.activity.Append(api.AlertTriggered(t))
		},
	})
	n.effects.SetReader(system)
	system.Watch(n.effects)
	n.alerts = alerting.New(alertingConfig(cfg), alerting.Deps{Definitions: catalog, System: system, Zones: zones, Logger: i.logger, Now: time.Now})
	return n, nil
}

// run works until Close.
func (n *notifier) run(i *instance) {
	i.background("deliveries", n.outbox.Run)
	i.background("ended sessions", n.effects.Run)
	i.background("alerts", n.alerts.Run)
}

func alertingConfig(cfg Config) alerting.Config {
	c := alerting.DefaultConfig()
	c.Interval = cfg.AlertEvalInterval
	return c
}

func outboxConfig(cfg Config) outbox.Config {
	c := outbox.DefaultConfig()
	c.Timeout, c.MaxAttempts, c.DisableAfter = cfg.WebhookTimeout, cfg.WebhookMaxAttempts, cfg.WebhookDisableAfter
	c.AllowHTTP, c.AllowPrivate = cfg.WebhookAllowHTTP, cfg.WebhookAllowPrivate
	return c
}

// outboxMeta is the store as the outbox sees it.
type outboxMeta struct{ *store.Store }

// Get finds a value.
func (m outboxMeta) Get(key string) (val []byte, ok bool, err error) {
	val, _, err = m.Store.Get(key)
	if errors.Is(err, persist.ErrNotFound) {
		return nil, false, nil
	}
	return val, err == nil, err
}

// Txn translates the changes.
func (m outboxMeta) Txn(ops ...outbox.Op) error {
	out := make([]persist.Op, len(ops))
	for i, op := range ops {
		out[i] = persist.Put(op.Key, op.Value)
		if op.Value == nil {
			out[i] = persist.Op{Key: op.Key, Delete: true}
		}
	}
	return m.Store.Txn(out...)
}

// outboxHooks are the webhooks as the outbox sees them.
type outboxHooks struct {
	catalog *api.Catalog
	sealer  api.Sealer
	log     *api.Activities
}

// Webhooks lists a site's webhooks. Those of a deleted site are as they were: what happened before is told once it is restored.
func (h outboxHooks) Webhooks(site analytics.SiteID) []*analytics.Webhook {
	return h.catalog.Webhooks(site)
}

// Reveal opens a sealed secret.
func (h outboxHooks) Reveal(sealed []byte) (string, error) {
	plain, err := h.sealer.Open(sealed)
	if err != nil {
		return "", fmt.Errorf("open the secret of a webhook: %w", err)
	}
	return string(plain), nil
}

// Disable switches a webhook off.
func (h outboxHooks) Disable(site analytics.SiteID, webhook, reason string) (disabled bool, err error) {
	disabled, err = h.catalog.DisableWebhook(webhook, reason, time.Now())
	if err != nil || !disabled {
		return false, err
	}
	if w := h.webhook(site, webhook); w != nil {
		h.log.Append(api.WebhookDisabled(w, reason))
	}
	return true, nil
}

// Failed hears of messages that failed for good.
func (h outboxHooks) Failed(site analytics.SiteID, webhook string, f outbox.Failure) {
	if w := h.webhook(site, webhook); w != nil {
		h.log.Append(api.WebhookFailed(w, f.MessageID, f.Event, f.Error, f.Attempts))
	}
}

func (h outboxHooks) webhook(site analytics.SiteID, id string) *analytics.Webhook {
	for _, w := range h.catalog.Webhooks(site) {
		if w.ID == id {
			return w
		}
	}
	return nil
}

// outboxSites are sites and people as the outbox sees them.
type outboxSites struct {
	*api.Directory
	accounts *auth.Accounts
}

// OwnerMail is the address of the site's owner.
func (s outboxSites) OwnerMail(id analytics.SiteID) string {
	site, ok := s.Site(id)
	if !ok {
		return ""
	}
	return s.mail(site.OwnerID)
}

// MemberMail is the address of a user who is still a member.
func (s outboxSites) MemberMail(id analytics.SiteID, user string) string {
	if _, ok := s.Site(id); !ok || s.Role(id, user) == auth.NoRole {
		return ""
	}
	return s.mail(user)
}

func (s outboxSites) mail(user string) string {
	if u, ok := s.accounts.User(user); ok {
		return u.Email
	}
	return ""
}

// siteZones gives the zones of sites.
type siteZones struct{ *api.Directory }

// Place is a site's domain and zone; "" and UTC of one that is gone.
func (z siteZones) Place(id analytics.SiteID) (domain string, zone analytics.Zone) {
	if site, ok := z.Site(id); ok {
		domain = site.Domain
	}
	zone, ok := z.Zone(id)
	if !ok {
		zone = analytics.UTCZone()
	}
	return domain, zone
}

// Zone finds the zone of a site that is not deleted.
func (z siteZones) Zone(id analytics.SiteID) (analytics.Zone, bool) {
	site, ok := z.Site(id)
	if !ok {
		return analytics.Zone{}, false
	}
	zone, err := analytics.LoadZone(site.Timezone)
	return zone, err == nil
}
