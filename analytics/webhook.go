package analytics

import "time"

// The types of webhook events (webhooks.md).
const (
	WebhookPageview   = "pageview"
	WebhookEvent      = "event"
	WebhookGoal       = "goal"
	WebhookSessionEnd = "session_end"
	WebhookAlert      = "alert"
	WebhookActivity   = "activity"
)

// Webhook is where a site's events are sent to. It is immutable once shown; what changes with every delivery is kept apart.
type Webhook struct {
	ID              string    `json:"id"`
	Site            SiteID    `json:"siteId"`
	URL             string    `json:"url"`
	Events          []string  `json:"events"`
	Description     string    `json:"description,omitempty"`
	Active          bool      `json:"active"`
	DisabledReason  string    `json:"disabledReason,omitempty"` // "", gone, failures
	Secret          []byte    `json:"secret"`                   // sealed: encrypted by whoever stores it
	PreviousSecret  []byte    `json:"previousSecret,omitempty"` // sealed
	PreviousExpires time.Time `json:"previousExpires,omitzero"`
	CreatedBy       string    `json:"createdBy,omitempty"`
	CreatedAt       time.Time `json:"createdAt"`
	UpdatedAt       time.Time `json:"updatedAt"`
}
