package analytics

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AlertType says how an alert judges its metric.
type AlertType string

// The types of alerts.
const (
	ThresholdAlert  AlertType = "threshold"
	ComparisonAlert AlertType = "comparison"
	AnomalyAlert    AlertType = "anomaly"
)

// Alert watches a number of a site (alerts.md). It is immutable once shown.
type Alert struct {
	ID            string    `json:"id"`
	Site          SiteID    `json:"siteId"`
	Name          string    `json:"name"`
	Type          AlertType `json:"type"`
	Metric        string    `json:"metric"`
	Operator      string    `json:"operator,omitempty"` // threshold, comparison: > < >= <=
	Threshold     float64   `json:"threshold"`          // threshold, comparison; of a comparison in percent
	Period        string    `json:"period"`             // 1h, 24h, 7d
	CompareWith   string    `json:"compareWith,omitempty"`
	Sensitivity   string    `json:"sensitivity,omitempty"`
	Notifications []string  `json:"notifications"` // of email, slack, webhook
	Enabled       bool      `json:"enabled"`
	CreatedBy     string    `json:"createdBy"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
	Armed         time.Time `json:"armed"` // when the cool-down was last reset: creation, or a change of what is judged
}

// Firing is what made an alert fire: a decision that the live site took once.
type Firing struct {
	TriggerID string   `json:"triggerId"`
	AlertID   string   `json:"alertId"`
	At        int64    `json:"at"` // UTC ms
	Value     float64  `json:"value"`
	Baseline  *float64 `json:"baseline,omitempty"` // comparison: B; anomaly: the mean
	Change    *float64 `json:"change,omitempty"`   // comparison: percent
	Score     *float64 `json:"score,omitempty"`    // anomaly
}

// Trigger is a firing as the alert's history keeps it.
type Trigger struct {
	Firing
	Site           SiteID    `json:"siteId"`
	AlertName      string    `json:"alertName"`
	Metric         string    `json:"metric"`
	Condition      string    `json:"condition"`
	Threshold      *float64  `json:"threshold,omitempty"`      // nil: anomaly
	Sent           []string  `json:"sent"`                     // the channels that took the message
	AcknowledgedBy string    `json:"acknowledgedBy,omitempty"` // user; "": nobody, or the account is gone
	AcknowledgedAt time.Time `json:"acknowledgedAt,omitzero"`  // zero: not acknowledged
}

// AlertPoint is what an alert's rule saw at one moment (alerts.md, preview).
type AlertPoint struct {
	At       int64    // UTC ms
	Value    *float64 // nil: undefined
	Baseline *float64 // nil: the rule has none, or it is undefined
}

// TriggersKey begins the keys of an alert's history in the metadata.
func TriggersKey(site SiteID, alert string) string {
	return "trigger/" + string(site) + "/" + alert + "/"
}

// Key is the trigger's key in the metadata; keys sort newest first.
func (t *Trigger) Key() string {
	return TriggersKey(t.Site, t.AlertID) + fmt.Sprintf("%016x/%s", uint64(1<<63-1-t.At), t.TriggerID)
}

// AlertOfTrigger reads the alert's id in the key of a trigger; "" when it is none.
func AlertOfTrigger(key string) string {
	part := strings.Split(key, "/")
	if len(part) != 5 {
		return ""
	}
	return part[2]
}

// Condition is how the alert's rule is shown (alerts.md).
func (a *Alert) Condition() string {
	switch a.Type {
	case ThresholdAlert:
		return a.Metric + " " + a.Operator + " " + plainNumber(a.Threshold)
	case ComparisonAlert:
		return a.Metric + " " + a.Operator + " " + plainNumber(a.Threshold) + "%"
	default:
		return fmt.Sprintf("anomaly(%s, %s)", a.Metric, a.Sensitivity)
	}
}

// plainNumber writes a number without an exponent.
func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// encode writes the firing as JSON: firings are rare, and their numbers are decimals.
func (f *Firing) encode(b []byte) []byte {
	body, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("analytics: firing of %s: %v", f.AlertID, err)) // a number that is none: the judge gives numbers
	}
	return append(b, body...)
}

func (f *Firing) decode(b []byte) error {
	if err := json.Unmarshal(b, f); err != nil {
		return fmt.Errorf("firing: %w: %w", err, ErrCorrupt)
	}
	return nil
}
