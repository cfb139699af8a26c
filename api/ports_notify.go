package api

import (
	"context"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Deliverer sends messages to webhooks, mail and Slack, and remembers what became of them. Safe for concurrent use.
type Deliverer interface {
	// CheckURL looks whether the server may call a URL (webhooks.md, SSRF protection); it asks the DNS. Errors: analytics.Invalid with the
	// contract's message.
	CheckURL(ctx context.Context, rawURL string) error
	// Test sends a webhook one message of type test, at once and once. An error is one of the server; a refused message is none.
	Test(ctx context.Context, w *analytics.Webhook) (analytics.TestResult, error)
	// TestAlert sends a marked message through all channels of the alert, in their order, until ctx ends.
	TestAlert(ctx context.Context, a *analytics.Alert) ([]analytics.ChannelResult, error)
	// Deliveries gives part of a webhook's log, newest first, and how many messages there are in all. An empty status or event is any.
	Deliveries(webhook string, status analytics.DeliveryStatus, event string, limit, offset int) (list []analytics.Delivery, total int, err error)
	// Redeliver queues a message of the log again; ok is false when the log does not have it.
	Redeliver(webhook, messageID string) (d analytics.Delivery, ok bool, err error)
	// Status tells what the deliveries so far left behind.
	Status(webhook string) analytics.HookStatus
	// Reset forgets the failures that were counted.
	Reset(webhook string)
	// Forget drops a webhook's queue and log.
	Forget(site analytics.SiteID, webhook string) error
}

// Previewer judges an alert's rule over the last 30 days (alerts.md, preview): it keeps and sends nothing. Errors: *analytics.Unavailable.
type Previewer interface {
	Preview(ctx context.Context, site analytics.SiteID, a *analytics.Alert) (series, firings []analytics.AlertPoint, err error)
}

// Sealer encrypts secrets that must be readable later. Safe for concurrent use.
type Sealer interface {
	Seal(plain []byte) []byte
	// Open gives back what Seal was given, or an error when the text is not one that this key sealed.
	Open(sealed []byte) ([]byte, error)
}

// previousSecretLife is how long messages carry the signature of a secret that was replaced, too.
const previousSecretLife = 24 * time.Hour

// alertTestTime is the longest that a test of an alert's channels takes.
const alertTestTime = 10 * time.Second
