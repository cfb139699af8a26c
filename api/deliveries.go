package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// deliveryView is a message in a webhook's log.
type deliveryView struct {
	MessageID     string                   `json:"messageId"`
	Event         string                   `json:"event"`
	Status        analytics.DeliveryStatus `json:"status"`
	CreatedAt     string                   `json:"createdAt"`
	NextAttemptAt *string                  `json:"nextAttemptAt"`
	Attempts      []attemptView            `json:"attempts"`
	Payload       json.RawMessage          `json:"payload"`
}

// attemptView is one request of a message. Status and body are null when no answer came.
type attemptView struct {
	ID           string  `json:"id"`
	At           string  `json:"at"`
	Status       *int    `json:"status"`
	DurationMS   int64   `json:"durationMs"`
	Error        *string `json:"error"`
	ResponseBody *string `json:"responseBody"`
}

func viewDelivery(d *analytics.Delivery) deliveryView {
	v := deliveryView{
		MessageID: d.MessageID, Event: d.Event, Status: d.Status, CreatedAt: instant(d.CreatedAt), NextAttemptAt: instantOrNull(d.NextAttempt),
		Attempts: make([]attemptView, len(d.Attempts)), Payload: d.Payload,
	}
	for i, a := range d.Attempts {
		v.Attempts[i] = attemptView{
			ID: a.ID, At: instant(a.At), Status: statusOrNull(a.Status), DurationMS: a.Duration.Milliseconds(), Error: textOrNull(a.Error),
		}
		if a.Status != 0 {
			v.Attempts[i].ResponseBody = &a.ResponseBody
		}
	}
	return v
}

// testWebhook serves POST /api/webhooks/:id/test.
func (s *Server) testWebhook(x *exchange) (action, error) {
	w, err := s.webhookOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := x.mayUse(w); err != nil {
			return err
		}
		ctx, cancel := patient(x.c)
		defer cancel()
		r, err := s.deps.Hooks.Test(ctx, w)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, struct {
			Success    bool    `json:"success"`
			MessageID  string  `json:"messageId"`
			Status     *int    `json:"status"`
			DurationMS int64   `json:"durationMs"`
			Error      *string `json:"error"`
		}{r.Success, r.MessageID, statusOrNull(r.Status), r.Duration.Milliseconds(), textOrNull(r.Error)})
		return nil
	}, nil
}

// listDeliveries serves GET /api/webhooks/:id/deliveries.
func (s *Server) listDeliveries(x *exchange) (action, error) {
	p, err := x.page()
	if err != nil {
		return nil, err
	}
	status, event := analytics.DeliveryStatus(x.c.Query("status")), x.c.Query("event")
	switch status {
	case "", analytics.DeliveryPending, analytics.DeliverySucceeded, analytics.DeliveryFailed:
	default:
		return nil, invalid("Invalid status. Must be: pending, succeeded, or failed")
	}
	if event != "" && event != hookTest && !slices.Contains(hookEvents, event) {
		return nil, invalid("Invalid event type: " + cleanText(event))
	}
	w, err := s.webhookOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := x.mayUse(w); err != nil {
			return err
		}
		list, total, err := s.deps.Hooks.Deliveries(w.ID, status, event, p.limit, p.offset)
		if err != nil {
			return err
		}
		views := make([]deliveryView, len(list))
		for i := range list {
			views[i] = viewDelivery(&list[i])
		}
		paged(x.c, views, nil, p, len(list), total)
		return nil
	}, nil
}

// redeliver serves POST /api/webhooks/:id/deliveries/:messageId/redeliver.
func (s *Server) redeliver(x *exchange) (action, error) {
	w, err := s.webhookOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := x.mayUse(w); err != nil {
			return err
		}
		d, ok, err := s.deps.Hooks.Redeliver(w.ID, x.c.Param("messageId"))
		if err != nil {
			return err
		}
		if !ok {
			return notFound("Delivery not found")
		}
		data(x.c, http.StatusOK, viewDelivery(&d))
		return nil
	}, nil
}
