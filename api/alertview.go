package api

import (
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// alertView is an alert as the API shows it: members that its type does not have are left out.
type alertView struct {
	ID            string              `json:"id"`
	SiteID        analytics.SiteID    `json:"siteId"`
	Name          string              `json:"name"`
	Type          analytics.AlertType `json:"type"`
	Condition     string              `json:"condition"`
	Metric        string              `json:"metric"`
	Operator      string              `json:"operator,omitempty"`
	Threshold     *float64            `json:"threshold,omitempty"`
	CompareWith   string              `json:"compareWith,omitempty"`
	Sensitivity   string              `json:"sensitivity,omitempty"`
	Period        string              `json:"period"`
	Enabled       bool                `json:"enabled"`
	Notifications []string            `json:"notifications"`
	LastTriggered *string             `json:"lastTriggered"`
	TriggerCount  int                 `json:"triggerCount"`
	CreatedBy     *string             `json:"createdBy"`
	CreatedAt     string              `json:"createdAt"`
	UpdatedAt     string              `json:"updatedAt"`
}

func viewAlert(a *analytics.Alert, fired tally) alertView {
	v := alertView{
		ID: a.ID, SiteID: a.Site, Name: a.Name, Type: a.Type, Condition: a.Condition(), Metric: a.Metric, Operator: a.Operator,
		CompareWith: a.CompareWith, Sensitivity: a.Sensitivity, Period: a.Period, Enabled: a.Enabled, Notifications: a.Notifications,
		TriggerCount: fired.count, CreatedBy: textOrNull(a.CreatedBy), CreatedAt: instant(a.CreatedAt), UpdatedAt: instant(a.UpdatedAt),
	}
	if a.Type != analytics.AnomalyAlert {
		v.Threshold = &a.Threshold
	}
	if fired.last != 0 {
		v.LastTriggered = instantOrNull(time.UnixMilli(fired.last))
	}
	return v
}
