package analytics

import (
	"encoding/json"
	"time"
)

// DeliveryStatus says how far a webhook message is.
type DeliveryStatus string

// The states of a message (webhooks.md).
const (
	DeliveryPending   DeliveryStatus = "pending"
	DeliverySucceeded DeliveryStatus = "succeeded"
	DeliveryFailed    DeliveryStatus = "failed"
)

// Delivery is a webhook message in the delivery log.
type Delivery struct {
	MessageID   string
	Event       string // its type
	Status      DeliveryStatus
	CreatedAt   time.Time
	NextAttempt time.Time // zero: none is planned
	Attempts    []Attempt // oldest first
	Payload     json.RawMessage
}

// Attempt is one request of a message.
type Attempt struct {
	ID           string
	At           time.Time
	Status       int // HTTP status; 0: no answer
	Duration     time.Duration
	Error        string // "": none
	ResponseBody string // at most its first 1,024 bytes
}

// TestResult is how a webhook's test message went.
type TestResult struct {
	Success   bool
	MessageID string
	Status    int // HTTP status; 0: no answer
	Duration  time.Duration
	Error     string // "": none
}

// ChannelResult is how an alert's test message went on one channel.
type ChannelResult struct {
	Channel string // email, slack, webhook
	Success bool
	Error   string // "": none
}

// HookStatus is what the deliveries to a webhook left behind.
type HookStatus struct {
	LastTriggered       time.Time // the latest attempt that was no test; zero: none
	LastStatus          int       // its HTTP status; 0: no answer, or none yet
	ConsecutiveFailures int
}
