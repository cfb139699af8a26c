package api

import (
	"fmt"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

var (
	errWebhookNotFound = notFound("Webhook not found")
	errActivityHook    = forbidden("Only the site owner can use activity webhooks")
)

// webhookOf finds the webhook that a request is about, and with it the site.
func (s *Server) webhookOf(x *exchange, id string) (*analytics.Webhook, error) {
	w, ok := s.deps.Catalog.webhooks.get(id)
	if !ok {
		return nil, errWebhookNotFound
	}
	x.siteID = w.Site
	return w, nil
}

// mayUse keeps activity webhooks for the owner.
func (x *exchange) mayUse(w *analytics.Webhook) error {
	if hearsActivity(w) && x.role < auth.Owner {
		return errActivityHook
	}
	return nil
}

func (s *Server) viewWebhook(w *analytics.Webhook) webhookView {
	return viewWebhook(w, s.deps.Hooks.Status(w.ID))
}

// listWebhooks serves GET /api/webhooks.
func (s *Server) listWebhooks(x *exchange) (action, error) {
	return func() error {
		views := []webhookView{}
		for _, w := range s.deps.Catalog.webhooks.of(x.siteID) {
			if x.mayUse(w) == nil {
				views = append(views, s.viewWebhook(w))
			}
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// getWebhook serves GET /api/webhooks/:id.
func (s *Server) getWebhook(x *exchange) (action, error) {
	w, err := s.webhookOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := x.mayUse(w); err != nil {
			return err
		}
		data(x.c, http.StatusOK, s.viewWebhook(w))
		return nil
	}, nil
}

// createWebhook serves POST /api/webhooks.
func (s *Server) createWebhook(x *exchange) (action, error) {
	var body webhookBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	x.siteID = analytics.SiteID(textOf(&body.SiteID))
	if x.siteID == "" {
		return nil, invalid("Site ID required")
	}
	if err := body.check(true, s.cfg.HooksAllowHTTP); err != nil {
		return nil, err
	}
	return func() error {
		now, secret := s.instant(), newHookSecret()
		w := &analytics.Webhook{
			ID: auth.NewID("wh"), Site: x.siteID, Active: true, Secret: s.deps.Sealer.Seal([]byte(secret)), CreatedBy: x.caller.UserID,
			CreatedAt: now, UpdatedAt: now,
		}
		body.apply(w)
		if err := x.mayUse(w); err != nil {
			return err
		}
		if err := s.deps.Hooks.CheckURL(x.c.Request.Context(), w.URL); err != nil {
			return err
		}
		if err := s.deps.Catalog.addWebhook(w, s.cfg.MaxWebhooks); err != nil {
			return err
		}
		s.activity(x, webhookActivity("webhook.created", w, map[string]any{"events": w.Events}))
		data(x.c, http.StatusCreated, struct {
			webhookView
			Secret string `json:"secret"`
		}{s.viewWebhook(w), secret})
		return nil
	}, nil
}

// changeWebhook serves PATCH /api/webhooks and /api/webhooks/:id.
func (s *Server) changeWebhook(x *exchange) (action, error) {
	var body webhookBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	id, err := sameID(x.c.Param("id"), body.ID.or(""))
	if err != nil {
		return nil, err
	}
	if err := body.check(false, s.cfg.HooksAllowHTTP); err != nil {
		return nil, err
	}
	w, err := s.webhookOf(x, id)
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := x.mayUse(w); err != nil {
			return err
		}
		if body.URL.sent {
			if err := s.deps.Hooks.CheckURL(x.c.Request.Context(), textOf(&body.URL)); err != nil {
				return err
			}
		}
		if body.Active.sent && body.Active.or(true) {
			s.deps.Hooks.Reset(id) // before it is switched on, or the next failure would be one too many
		}
		var before analytics.Webhook
		w, err := s.deps.Catalog.changeWebhook(id, func(w *analytics.Webhook) error {
			if err := x.mayUse(w); err != nil { // as it was
				return err
			}
			before = *w
			body.apply(w)
			w.UpdatedAt = s.instant()
			return x.mayUse(w) // as it is to be
		})
		if err != nil {
			return err
		}
		s.activity(x, webhookActivity("webhook.updated", w, webhookChanges(&before, w)))
		data(x.c, http.StatusOK, s.viewWebhook(w))
		return nil
	}, nil
}

// deleteWebhook serves DELETE /api/webhooks and /api/webhooks/:id.
func (s *Server) deleteWebhook(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	if _, err := s.webhookOf(x, id); err != nil {
		return nil, err
	}
	return func() error {
		w, err := s.deps.Catalog.removeWebhook(id, x.mayUse)
		if err != nil {
			return err
		}
		if err := s.deps.Hooks.Forget(w.Site, w.ID); err != nil {
			return fmt.Errorf("forget the deliveries of a webhook: %w", err)
		}
		s.activity(x, webhookActivity("webhook.deleted", w, nil))
		done(x.c, "Webhook deleted successfully")
		return nil
	}, nil
}

// rotateSecret serves POST /api/webhooks/:id/rotate-secret.
func (s *Server) rotateSecret(x *exchange) (action, error) {
	if _, err := s.webhookOf(x, x.c.Param("id")); err != nil {
		return nil, err
	}
	return func() error {
		secret := newHookSecret()
		w, err := s.deps.Catalog.changeWebhook(x.c.Param("id"), func(w *analytics.Webhook) error {
			now := s.instant()
			w.PreviousSecret, w.PreviousExpires = w.Secret, now.Add(previousSecretLife)
			w.Secret, w.UpdatedAt = s.deps.Sealer.Seal([]byte(secret)), now
			return x.mayUse(w)
		})
		if err != nil {
			return err
		}
		s.activity(x, webhookActivity("webhook.secret_rotated", w, map[string]any{"previousSecretExpiresAt": instant(w.PreviousExpires)}))
		data(x.c, http.StatusOK, struct {
			ID       string `json:"id"`
			Secret   string `json:"secret"`
			Previous string `json:"previousSecretExpiresAt"`
		}{w.ID, secret, instant(w.PreviousExpires)})
		return nil
	}, nil
}
