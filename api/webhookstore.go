package api

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// Webhook finds a webhook.
func (c *Catalog) Webhook(id string) (*analytics.Webhook, bool) { return c.webhooks.get(id) }

// DisableWebhook switches a webhook off, for the reason gone or failures, and tells whether it did: one that is off or deleted already stays
// so.
func (c *Catalog) DisableWebhook(id, reason string, now time.Time) (disabled bool, err error) {
	c.webhooks.change.Lock()
	defer c.webhooks.change.Unlock()
	old, ok := c.webhooks.get(id)
	if !ok || !old.Active {
		return false, nil
	}
	w := *old
	w.Active, w.DisabledReason, w.UpdatedAt = false, reason, now.UTC().Truncate(time.Millisecond)
	if err := c.webhooks.put(&w); err != nil {
		return false, err
	}
	return true, nil
}

// addWebhook keeps a new webhook if the site has room for it.
func (c *Catalog) addWebhook(w *analytics.Webhook, limit int) error {
	c.webhooks.change.Lock()
	defer c.webhooks.change.Unlock()
	if c.webhooks.count(w.Site) >= limit {
		return limitReached("Webhook")
	}
	return c.webhooks.put(w)
}

// changeWebhook puts a changed copy in the webhook's place.
func (c *Catalog) changeWebhook(id string, change func(w *analytics.Webhook) error) (*analytics.Webhook, error) {
	c.webhooks.change.Lock()
	defer c.webhooks.change.Unlock()
	old, ok := c.webhooks.get(id)
	if !ok {
		return nil, errWebhookNotFound
	}
	w := *old
	if err := change(&w); err != nil {
		return nil, err
	}
	return &w, c.webhooks.put(&w)
}

// removeWebhook forgets a webhook.
func (c *Catalog) removeWebhook(id string, check func(w *analytics.Webhook) error) (*analytics.Webhook, error) {
	c.webhooks.change.Lock()
	defer c.webhooks.change.Unlock()
	w, ok := c.webhooks.get(id)
	if !ok {
		return nil, errWebhookNotFound
	}
	if err := check(w); err != nil {
		return nil, err
	}
	return w, c.webhooks.remove(w, MetaOp{Key: auth.LeftKey(w.Site, leftWebhook+w.ID), Value: leftMark}) // its deliveries are kept under its id
}

// newHookSecret makes a webhook's secret as it is shown once: 32 random bytes.
func newHookSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
}
