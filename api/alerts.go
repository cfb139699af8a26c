package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

var errAlertNotFound = notFound("Alert not found")

// Alert finds an alert.
func (c *Catalog) Alert(id string) (*analytics.Alert, bool) { return c.alerts.get(id) }

// Triggered takes a trigger, whose row is stored or about to be, into the numbers of its alert; one that is known already changes nothing.
func (c *Catalog) Triggered(t *analytics.Trigger) error {
	if _, ok := c.alerts.get(t.AlertID); !ok { // deleted meanwhile
		return nil
	}
	return c.history.fired(t)
}

// subjectExists looks for the goal or funnel that a metric is about.
func (c *Catalog) subjectExists(site analytics.SiteID, metric string) error {
	goal, funnel := metricSubject(metric)
	if goal != "" {
		if g, ok := c.goals.get(goal); !ok || g.Site != site {
			return notFound("Goal not found: " + goal)
		}
	}
	if funnel != "" {
		if f, ok := c.funnels.get(funnel); !ok || f.Site != site {
			return notFound("Funnel not found: " + funnel)
		}
	}
	return nil
}

// addAlert keeps a new alert if the site has room for it.
func (c *Catalog) addAlert(a *analytics.Alert, limit int) error {
	c.alerts.change.Lock()
	defer c.alerts.change.Unlock()
	if err := c.subjectExists(a.Site, a.Metric); err != nil {
		return err
	}
	if c.alerts.count(a.Site) >= limit {
		return limitReached("Alert")
	}
	return c.alerts.put(a)
}

// changeAlert puts what was sent over an alert.
func (c *Catalog) changeAlert(id string, body *alertBody, now time.Time) (*analytics.Alert, error) {
	c.alerts.change.Lock()
	defer c.alerts.change.Unlock()
	old, ok := c.alerts.get(id)
	if !ok {
		return nil, errAlertNotFound
	}
	d := draft(*old)
	body.apply(&d)
	a, err := d.finish(false)
	if err != nil {
		return nil, err
	}
	if a.Enabled || body.Metric.sent { // a muted alert may outlive its goal
		if err := c.subjectExists(a.Site, a.Metric); err != nil {
			return nil, err
		}
	}
	if a.Enabled && !old.Enabled || !judgedAlike(a, old) {
		a.Armed = now
	}
	a.UpdatedAt = now
	return a, c.alerts.put(a)
}

// removeAlert forgets an alert, then its history: if the program ends in between, its next start erases the rest.
func (c *Catalog) removeAlert(id string) error {
	c.alerts.change.Lock()
	defer c.alerts.change.Unlock()
	a, ok := c.alerts.get(id)
	if !ok {
		return errAlertNotFound
	}
	if err := c.alerts.remove(a); err != nil {
		return err
	}
	return c.history.forget(a)
}

// acknowledge notes that a user has seen a trigger; who was first stays.
func (c *Catalog) acknowledge(alert, trigger, user string, now time.Time) (*analytics.Trigger, error) {
	c.alerts.change.Lock()
	defer c.alerts.change.Unlock()
	a, ok := c.alerts.get(alert)
	if !ok {
		return nil, errAlertNotFound
	}
	t, err := c.history.find(a, trigger)
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, notFound("Trigger not found")
	case t.AcknowledgedBy != "":
		return t, nil
	}
	return t, c.history.acknowledge(t, user, now)
}

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
		if err := slackReady(x.site, body.Notifications.or(nil)); err != nil {
			return err
		}
		a, err := s.deps.Catalog.changeAlert(id, &body, s.instant())
		if err != nil {
			return err
		}
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
	if _, err := s.alertOf(x, id); err != nil {
		return nil, err
	}
	return func() error {
		if err := s.deps.Catalog.removeAlert(id); err != nil {
			return err
		}
		done(x.c, "Alert deleted successfully")
		return nil
	}, nil
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
		t, err := s.deps.Catalog.acknowledge(a.ID, trigger, x.caller.UserID, s.instant())
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, viewTrigger(t))
		return nil
	}, nil
}

// testAlert serves POST /api/alerts/:id/test.
func (s *Server) testAlert(x *exchange) (action, error) {
	a, err := s.alertOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(x.c.Request.Context()), alertTestTime)
		defer cancel()
		results, err := s.deps.Hooks.TestAlert(ctx, a)
		if err != nil {
			return err
		}
		worked := false
		views := make([]gin.H, len(results))
		for i, r := range results {
			worked = worked || r.Success
			views[i] = gin.H{"channel": r.Channel, "success": r.Success, "error": textOrNull(r.Error)}
		}
		data(x.c, http.StatusOK, gin.H{"success": worked, "results": views})
		return nil
	}, nil
}

// previewAlert serves POST /api/alerts/preview.
func (s *Server) previewAlert(x *exchange) (action, error) {
	a, err := s.readAlert(x, true)
	if err != nil {
		return nil, err
	}
	return func() error {
		series, firings, err := s.deps.Preview.Preview(x.c.Request.Context(), x.siteID, a)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, struct {
			Series  []pointView `json:"series"`
			Firings []pointView `json:"firings"`
		}{viewPoints(series), viewPoints(firings)})
		return nil
	}, nil
}

// pointView is one moment of a preview.
type pointView struct {
	At       string   `json:"at"`
	Value    *float64 `json:"value"`
	Baseline *float64 `json:"baseline"`
}

func viewPoints(points []analytics.AlertPoint) []pointView {
	views := make([]pointView, len(points))
	for i, p := range points {
		views[i] = pointView{instant(time.UnixMilli(p.At)), p.Value, p.Baseline}
	}
	return views
}
