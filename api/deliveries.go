package api

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

var errDeliveryNotFound = notFound("Delivery not found")

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
		list, total, err := s.deliveries(x, w.ID, status, event, p.limit, p.offset)
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

// deliveries gives part of a webhook's log as the caller may read it: activities are the owner's, also when the webhook subscribes to them no
// longer.
func (s *Server) deliveries(
	x *exchange, webhook string, status analytics.DeliveryStatus, event string, limit, offset int,
) (list []analytics.Delivery, total int, err error) {
	if x.role >= auth.Owner {
		return s.deps.Hooks.Deliveries(webhook, status, event, limit, offset)
	}
	list, _, err = s.deps.Hooks.Deliveries(webhook, status, event, math.MaxInt, 0)
	list = slices.DeleteFunc(list, func(d analytics.Delivery) bool { return d.Event == analytics.WebhookActivity })
	total = len(list)
	list = list[min(offset, total):]
	return list[:min(limit, len(list))], total, err
}

// mayRedeliver keeps messages that the caller may not read from being sent again.
func (s *Server) mayRedeliver(x *exchange, webhook, messageID string) error {
	if x.role >= auth.Owner {
		return nil
	}
	list, _, err := s.deliveries(x, webhook, "", "", math.MaxInt, 0)
	if err == nil && !slices.ContainsFunc(list, func(d analytics.Delivery) bool { return d.MessageID == messageID }) {
		err = errDeliveryNotFound
	}
	return err
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
		id := x.c.Param("messageId")
		if err := s.mayRedeliver(x, w.ID, id); err != nil {
			return err
		}
		d, ok, err := s.deps.Hooks.Redeliver(w.ID, id)
		if err != nil {
			return err
		}
		if !ok {
			return errDeliveryNotFound
		}
		data(x.c, http.StatusOK, viewDelivery(&d))
		return nil
	}, nil
}
