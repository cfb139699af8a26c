package api

import (
	"math"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
)

// triggerView is a trigger as the history shows it.
type triggerView struct {
	ID                string   `json:"id"`
	TriggeredAt       string   `json:"triggeredAt"`
	Metric            string   `json:"metric"`
	Value             float64  `json:"value"`
	Threshold         *float64 `json:"threshold"`
	Condition         string   `json:"condition"`
	Baseline          *float64 `json:"baseline"`
	ChangePercent     *float64 `json:"changePercent"`
	Score             *float64 `json:"score,omitempty"` // anomaly
	NotificationsSent []string `json:"notificationsSent"`
	Acknowledged      bool     `json:"acknowledged"`
	AcknowledgedBy    *string  `json:"acknowledgedBy"`
	AcknowledgedAt    *string  `json:"acknowledgedAt"`
}

func viewTrigger(t *analytics.Trigger) triggerView {
	return triggerView{
		ID: t.TriggerID, TriggeredAt: instant(time.UnixMilli(t.At)), Metric: t.Metric, Value: t.Value, Threshold: t.Threshold,
		Condition: t.Condition, Baseline: t.Baseline, ChangePercent: twoDecimals(t.Change), Score: twoDecimals(t.Score),
		NotificationsSent: append([]string{}, t.Sent...), Acknowledged: !t.AcknowledgedAt.IsZero(), AcknowledgedBy: textOrNull(t.AcknowledgedBy),
		AcknowledgedAt: instantOrNull(t.AcknowledgedAt),
	}
}

// twoDecimals rounds half up.
func twoDecimals(x *float64) *float64 {
	if x == nil {
		return nil
	}
	rounded := math.Floor(*x*100+0.5) / 100
	return &rounded
}

// Triggered takes a trigger, whose row is stored or about to be, into the numbers of its alert; one that is known already changes nothing.
func (c *Catalog) Triggered(t *analytics.Trigger) error {
	if _, ok := c.alerts.get(t.AlertID); !ok { // deleted meanwhile
		return nil
	}
	return c.history.fired(t)
}

// acknowledge notes that a user has seen a trigger, and tells whether that is new; who was first stays.
func (c *Catalog) acknowledge(alert, trigger, user string, now time.Time) (t *analytics.Trigger, first bool, err error) {
	c.alerts.change.Lock()
	defer c.alerts.change.Unlock()
	a, ok := c.alerts.get(alert)
	if !ok {
		return nil, false, errAlertNotFound
	}
	t, err = c.history.find(a, trigger)
	switch {
	case err != nil:
		return nil, false, err
	case t == nil:
		return nil, false, notFound("Trigger not found")
	case !t.AcknowledgedAt.IsZero():
		return t, false, nil
	}
	return t, true, c.history.acknowledge(t, user, now)
}

// alertHistory serves GET /api/alerts/:id/history.
func (s *Server) alertHistory(x *exchange) (action, error) {
	p, err := x.page()
	if err != nil {
		return nil, err
	}
	a, err := s.alertOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		list, total, err := s.deps.Catalog.history.page(a, p)
		if err != nil {
			return err
		}
		views := make([]triggerView, len(list))
		for i, t := range list {
			views[i] = viewTrigger(t)
		}
		paged(x.c, views, gin.H{"alert": gin.H{"id": a.ID, "name": a.Name}}, p, len(list), total)
		return nil
	}, nil
}

// acknowledgeAlert serves POST /api/alerts/:id/acknowledge.
func (s *Server) acknowledgeAlert(x *exchange) (action, error) {
	var body struct {
		TriggerID optional[string] `json:"triggerId"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	trigger := textOf(&body.TriggerID)
	if trigger == "" {
		return nil, invalid("Trigger ID required")
	}
	a, err := s.alertOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		t, first, err := s.deps.Catalog.acknowledge(a.ID, trigger, x.caller.UserID, s.instant())
		if err != nil {
			return err
		}
		if first {
			s.activity(x, alertActivity("alert.acknowledged", a, map[string]any{"triggerId": t.TriggerID}))
		}
		data(x.c, http.StatusOK, viewTrigger(t))
		return nil
	}, nil
}
