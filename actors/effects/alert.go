package effects

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
)

// AlertData is the data of an alert's message (webhooks.md).
type AlertData struct {
	Site          analytics.SiteID    `json:"siteId"`
	AlertID       string              `json:"alertId"`
	AlertName     string              `json:"alertName"`
	TriggerID     string              `json:"triggerId"`
	Type          analytics.AlertType `json:"type"`
	Condition     string              `json:"condition"`
	Metric        string              `json:"metric"`
	Operator      *string             `json:"operator"`
	Threshold     *float64            `json:"threshold"`
	CurrentValue  float64             `json:"currentValue"`
	Baseline      *float64            `json:"baseline"`
	ChangePercent *float64            `json:"changePercent"`
}

// triggerOf is the firing as the history keeps it.
func triggerOf(a *analytics.Alert, f *analytics.Firing) *analytics.Trigger {
	t := &analytics.Trigger{Firing: *f, Site: a.Site, AlertName: a.Name, Metric: a.Metric, Condition: a.Condition(), Sent: []string{}}
	if a.Type != analytics.AnomalyAlert {
		t.Threshold = &a.Threshold
	}
	return t
}

// alertEffect makes the message, the texts of the other channels, and the row of the history that is stored with them. Webhooks that
// subscribe get each firing, whatever channels the alert lists.
func alertEffect(a *analytics.Alert, t *analytics.Trigger, wants outbox.Mask) (outbox.Effect, error) {
	row, err := json.Marshal(t)
	if err != nil {
		return outbox.Effect{}, fmt.Errorf("encode trigger: %w", err)
	}
	e := outbox.Effect{
		Cause: "alert\n" + t.TriggerID, At: t.At, Arrived: t.At, Data: encode(alertData(a, t)),
		Writes: []outbox.Op{{Key: t.Key(), Value: row}},
		Alert: &outbox.AlertNotice{
			Channels: slices.Clone(a.Notifications), CreatedBy: a.CreatedBy, TriggerKey: t.Key(),
			Subject: "Alert: " + a.Name, Text: alertText(a, t), Slack: alertText(a, t),
		},
	}
	if wants.Has(analytics.WebhookAlert) {
		e.Type = analytics.WebhookAlert
	}
	return e, nil
}

func alertData(a *analytics.Alert, t *analytics.Trigger) AlertData {
	d := AlertData{
		Site: a.Site, AlertID: a.ID, AlertName: a.Name, TriggerID: t.TriggerID, Type: a.Type, Condition: t.Condition, Metric: a.Metric,
		Threshold: t.Threshold, CurrentValue: t.Value, Baseline: t.Baseline, ChangePercent: t.Change,
	}
	if a.Operator != "" {
		d.Operator = &a.Operator
	}
	return d
}

func alertText(a *analytics.Alert, t *analytics.Trigger) string {
	text := fmt.Sprintf("%s: %s is %s (%s)", a.Name, a.Metric, decimal(t.Value), t.Condition)
	if t.Baseline != nil {
		text += fmt.Sprintf(", baseline %s", decimal(*t.Baseline))
	}
	return text + ", at " + time.UnixMilli(t.At).UTC().Format("2006-01-02 15:04:05 UTC")
}
