package api

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// hookEvents are the event types that a webhook may subscribe to (webhooks.md).
var hookEvents = []string{
	analytics.WebhookPageview, analytics.WebhookEvent, analytics.WebhookGoal, analytics.WebhookSessionEnd, analytics.WebhookAlert,
	analytics.WebhookActivity,
}

const (
	maxHookDescription = 200    // characters
	hookTest           = "test" // the type of test messages: it can be looked for, not subscribed to
)

// webhookBody is the body of a request that makes or changes a webhook.
type webhookBody struct {
	ID          optional[string]   `json:"id"`
	SiteID      optional[string]   `json:"siteId"`
	URL         optional[string]   `json:"url"`
	Events      optional[[]string] `json:"events"`
	Description optional[string]   `json:"description"`
	Active      optional[bool]     `json:"active"`
}

// check looks at every member that was sent, in the order of the contract's errors; of a new webhook url and events must be. Whether the
// server may call the URL is not asked here.
func (b *webhookBody) check(whole, allowHTTP bool) error {
	if whole || b.URL.sent {
		if err := checkHookURL(textOf(&b.URL), allowHTTP); err != nil {
			return err
		}
	}
	if whole || b.Events.sent {
		if _, err := b.events(); err != nil {
			return err
		}
	}
	if tooLong(textOf(&b.Description), maxHookDescription) {
		return invalid("Description must not exceed 200 characters")
	}
	return nil
}

// maxHookURL is the limit of an outgoing URL, characters.
const maxHookURL = 2048

// checkHookURL tells what is wrong with the text of a URL.
func checkHookURL(text string, allowHTTP bool) error {
	if text == "" {
		return invalid("URL is required")
	}
	u, err := url.Parse(text)
	if err != nil || tooLong(text, maxHookURL) || !u.IsAbs() || u.Opaque != "" || u.Hostname() == "" || u.User != nil || strings.Contains(text, "#") {
		return invalid("Invalid webhook URL")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !allowHTTP) {
		return invalid("URL must use HTTPS")
	}
	return nil
}

// events reads the event types, each once.
func (b *webhookBody) events() ([]string, error) {
	var events []string
	for _, sent := range b.Events.or(nil) {
		event := cleanText(sent)
		if !slices.Contains(hookEvents, event) {
			return nil, invalid("Invalid event type: " + event)
		}
		if !slices.Contains(events, event) {
			events = append(events, event)
		}
	}
	if len(events) == 0 {
		return nil, invalid("At least one event is required")
	}
	return events, nil
}

// apply puts what was sent over a webhook; null takes a member away. What was sent must have passed check.
func (b *webhookBody) apply(w *analytics.Webhook) {
	if b.URL.sent {
		w.URL = textOf(&b.URL)
	}
	if b.Events.sent {
		w.Events, _ = b.events()
	}
	if b.Description.sent {
		w.Description = textOf(&b.Description)
	}
	if b.Active.sent {
		w.Active, w.DisabledReason = b.Active.or(true), ""
	}
}

// hearsActivity tells whether a webhook is the owner's alone.
func hearsActivity(w *analytics.Webhook) bool {
	return slices.Contains(w.Events, analytics.WebhookActivity)
}

// webhookView is a webhook as lists show it.
type webhookView struct {
	ID                  string           `json:"id"`
	SiteID              analytics.SiteID `json:"siteId"`
	URL                 string           `json:"url"`
	Events              []string         `json:"events"`
	Description         *string          `json:"description"`
	Active              bool             `json:"active"`
	DisabledReason      *string          `json:"disabledReason"`
	CreatedAt           string           `json:"createdAt"`
	UpdatedAt           string           `json:"updatedAt"`
	LastTriggered       *string          `json:"lastTriggered"`
	LastStatus          *int             `json:"lastStatus"`
	ConsecutiveFailures int              `json:"consecutiveFailures"`
}

func viewWebhook(w *analytics.Webhook, status analytics.HookStatus) webhookView {
	return webhookView{
		ID: w.ID, SiteID: w.Site, URL: w.URL, Events: w.Events, Description: textOrNull(w.Description), Active: w.Active,
		DisabledReason: textOrNull(w.DisabledReason), CreatedAt: instant(w.CreatedAt), UpdatedAt: instant(w.UpdatedAt),
		LastTriggered: instantOrNull(status.LastTriggered), LastStatus: statusOrNull(status.LastStatus),
		ConsecutiveFailures: status.ConsecutiveFailures,
	}
}

// statusOrNull writes nil for the HTTP status of an answer that never came.
func statusOrNull(status int) *int {
	if status == 0 {
		return nil
	}
	return &status
}
