package api

import (
	"net/http"
	"slices"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

var errAlertNotFound = notFound("Alert not found")

// alertOf finds the alert that a request is about, and with it the site.
func (s *Server) alertOf(x *exchange, id string) (*analytics.Alert, error) {
	a, ok := s.deps.Catalog.alerts.get(id)
	if !ok {
		return nil, errAlertNotFound
	}
	x.siteID = a.Site
	return a, nil
}

func (s *Server) viewAlert(a *analytics.Alert) alertView {
	return viewAlert(a, s.deps.Catalog.history.tally(a.ID))
}

// listAlerts serves GET /api/alerts.
func (s *Server) listAlerts(x *exchange) (action, error) {
	return func() error {
		views := []alertView{}
		for _, a := range s.deps.Catalog.alerts.of(x.siteID) {
			views = append(views, s.viewAlert(a))
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// getAlert serves GET /api/alerts/:id.
func (s *Server) getAlert(x *exchange) (action, error) {
	a, err := s.alertOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		data(x.c, http.StatusOK, s.viewAlert(a))
		return nil
	}, nil
}

// readAlert reads a body that describes a whole alert. A bare one needs neither name nor notifications.
func (s *Server) readAlert(x *exchange, bare bool) (*analytics.Alert, error) {
	var body alertBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	x.siteID = analytics.SiteID(textOf(&body.SiteID))
	if x.siteID == "" {
		return nil, invalid("Site ID required")
	}
	if bare {
		body.Name.sent = body.Name.sent && textOf(&body.Name) != ""
		body.Notifications.sent = body.Notifications.sent && len(body.Notifications.or(nil)) > 0
	}
	if err := body.checkSent(); err != nil {
		return nil, err
	}
	d := draftAlert{Alert: analytics.Alert{Site: x.siteID, Enabled: true}}
	body.apply(&d)
	a, err := d.finish(bare)
	if err != nil {
		return nil, err
	}
	if _, ok := s.sites.Site(x.siteID); ok { // otherwise that is the first thing that does not exist
		return a, s.deps.Catalog.subjectExists(a.Site, a.Metric)
	}
	return a, nil
}

// createAlert serves POST /api/alerts.
func (s *Server) createAlert(x *exchange) (action, error) {
	a, err := s.readAlert(x, false)
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := slackReady(x.site, a.Notifications); err != nil {
			return err
		}
		now := s.instant()
		a.ID, a.CreatedBy, a.CreatedAt, a.UpdatedAt, a.Armed = auth.NewID("alert"), x.caller.UserID, now, now, now
		if err := s.deps.Catalog.addAlert(a, s.cfg.MaxAlerts); err != nil {
			return err
		}
		s.activity(x, alertActivity("alert.created", a, nil))
		data(x.c, http.StatusCreated, s.viewAlert(a))
		return nil
	}, nil
}

// slackReady refuses the channel slack on a site without a URL for it.
func slackReady(site *analytics.Site, channels []string) error {
	if slices.Contains(channels, slackChannel) && site.Settings.SlackWebhookURL == nil {
		return invalid("Slack is not configured for this site")
	}
	return nil
}

// changeAlert serves PATCH /api/alerts and /api/alerts/:id.
func (s *Server) changeAlert(x *exchange) (action, error) {
	var body alertBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	id, err := sameID(x.c.Param("id"), body.ID.or(""))
	if err != nil {
		return nil, err
	}
	if err := body.checkSent(); err != nil {
		return nil, err
	}
	a, err := s.alertOf(x, id)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Catalog.subjectExists(a.Site, textOf(&body.Metric)); err != nil {
		return nil, err
	}
	return func() error {
		if channels, err := body.channels(); err == nil { // they were sent
			if err := slackReady(x.site, channels); err != nil {
				return err
			}
		}
		before, a, err := s.deps.Catalog.changeAlert(id, &body, s.instant())
		if err != nil {
			return err
		}
		s.activity(x, alertActivity("alert.updated", a, alertChanges(before, a)))
		data(x.c, http.StatusOK, s.viewAlert(a))
		return nil
	}, nil
}

// deleteAlert serves DELETE /api/alerts and /api/alerts/:id.
func (s *Server) deleteAlert(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	a, err := s.alertOf(x, id)
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := s.deps.Catalog.removeAlert(id); err != nil {
			return err
		}
		s.activity(x, alertActivity("alert.deleted", a, nil))
		done(x.c, "Alert deleted successfully")
		return nil
	}, nil
}
