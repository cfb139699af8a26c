package outbox

import (
	"encoding/json"
	"math"

	"github.com/ztas-io/ztas/analytics"
)

// alertData is the data of webhook event alert (webhooks.md).
type alertData struct {
	Site      analytics.SiteID    `json:"siteId"`
	AlertID   string              `json:"alertId"`
	AlertName string              `json:"alertName"`
	TriggerID *string             `json:"triggerId"`
	Type      analytics.AlertType `json:"type"`
	Condition string              `json:"condition"`
	Metric    string              `json:"metric"`
	Operator  *string             `json:"operator"`
	Threshold *float64            `json:"threshold"`
	Value     *float64            `json:"currentValue"`
	Baseline  *float64            `json:"baseline"`
	Change    *float64            `json:"changePercent"`
	Test      bool                `json:"test,omitempty"`
}

func newAlertData(a *analytics.Alert) alertData {
	d := alertData{Site: a.Site, AlertID: a.ID, AlertName: a.Name, Type: a.Type, Condition: a.Condition(), Metric: a.Metric}
	if a.Type != analytics.AnomalyAlert {
		operator, threshold := a.Operator, a.Threshold
		d.Operator, d.Threshold = &operator, &threshold
	}
	return d
}

func (d *alertData) encode() (json.RawMessage, error) {
	data, err := json.Marshal(d)
	return data, wrap("encode an alert", err)
}

// AlertEffect is the effect of an alert's firing: the webhook message, the texts of the other channels, and the stored trigger. arrived is the UTC ms
// when the firing became known.
func AlertEffect(a *analytics.Alert, f analytics.Firing, w Words, arrived int64) (Effect, error) {
	t := NewTrigger(a, f)
	d := newAlertData(a)
	d.Condition, d.TriggerID, d.Value, d.Baseline, d.Change = t.Condition, &f.TriggerID, &f.Value, f.Baseline, twoDecimals(f.Change)
	data, err := d.encode()
	if err != nil {
		return Effect{}, err
	}
	text := w.fired(a, &f)
	return Effect{
		Cause: f.TriggerID, Type: analytics.WebhookAlert, At: f.At, Data: data, Arrived: arrived, Writes: []Op{put(t.Key(), t)},
		Alert: &AlertNotice{
			Channels: a.Notifications, CreatedBy: a.CreatedBy, Subject: w.subject(a), Text: text, Slack: text, TriggerKey: t.Key(),
		},
	}, nil
}

// NewTrigger is a firing as the alert's history keeps it, before any channel took it.
func NewTrigger(a *analytics.Alert, f analytics.Firing) *analytics.Trigger {
	t := &analytics.Trigger{Firing: f, Site: a.Site, AlertName: a.Name, Metric: a.Metric, Condition: a.Condition(), Sent: []string{}}
	if a.Type != analytics.AnomalyAlert {
		threshold := a.Threshold
		t.Threshold = &threshold
	}
	return t
}

// twoDecimals rounds half up, as metrics.md does.
func twoDecimals(x *float64) *float64 {
	if x == nil {
		return nil
	}
	y := math.Floor(*x*100+0.5) / 100
	return &y
}
