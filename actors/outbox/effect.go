package outbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Effect is something that happened on a site and that others may want to hear of.
type Effect struct {
	Cause   string          // what made it: the same after a replay, different for everything else of the site
	Type    string          // webhook event type, analytics.Webhook…; "": for no webhook
	At      int64           // UTC ms, event time
	Data    json.RawMessage // the message's data, a JSON object
	Arrived int64           // UTC ms; webhooks made later do not get it
	Alert   *AlertNotice    // nil unless an alert fired
	Writes  []Op            // made durable before the cursor moves past it: as a rule in its transaction; an alert's trigger with its messages
}

// AlertNotice is what an alert's firing says in its other channels.
type AlertNotice struct {
	Channels   []string // of the alert: email, slack, webhook
	CreatedBy  string   // who gets the mail while still a member
	Subject    string   // of the mail
	Text       string   // of the mail
	Slack      string   // message text
	TriggerKey string   // of the stored trigger whose Sent names the channels that took it
}

// The channels of alerts.
const (
	ChannelEmail   = "email"
	ChannelSlack   = "slack"
	ChannelWebhook = "webhook"
)

// Mask is a set of webhook event types.
type Mask uint8

// MaskOf makes a set. Unknown types are left out.
func MaskOf(types ...string) (m Mask) {
	for _, t := range types {
		if i := slices.Index(eventTypes, t); i >= 0 {
			m |= 1 << i
		}
	}
	return m
}

// Has tells whether a type is in the set.
func (m Mask) Has(eventType string) bool { return m&MaskOf(eventType) != 0 }

var eventTypes = []string{
	analytics.WebhookPageview, analytics.WebhookEvent, analytics.WebhookGoal, analytics.WebhookSessionEnd, analytics.WebhookAlert,
	analytics.WebhookActivity,
}

// Wants tells which types any active webhook of the site subscribes to. It looks the webhooks up: once a block is cheap.
func (o *Outbox) Wants(site analytics.SiteID) (m Mask) {
	for _, w := range o.deps.Hooks.Webhooks(site) {
		if w.Active {
			m |= MaskOf(w.Events...)
		}
	}
	return m
}

// wanted tells whether a webhook gets an effect.
func wanted(w *analytics.Webhook, e *Effect) bool {
	return w.Active && slices.Contains(w.Events, e.Type) && w.CreatedAt.UnixMilli() <= e.Arrived
}

// body renders a message: one line, without a newline at its end.
func body(eventType string, at int64, data json.RawMessage) (string, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"type":%q,"event":%q,"timestamp":%q,"data":`, eventType, eventType, instant(at))
	if err := json.Compact(&b, data); err != nil {
		return "", fmt.Errorf("data of a %s message: %w", eventType, err)
	}
	b.WriteByte('}')
	return b.String(), nil
}

// instant renders UTC milliseconds as the contract does.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
