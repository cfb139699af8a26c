package api

import (
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Alert finds an alert.
func (c *Catalog) Alert(id string) (*analytics.Alert, bool) { return c.alerts.get(id) }

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
func (c *Catalog) changeAlert(id string, body *alertBody, now time.Time) (before, after *analytics.Alert, err error) {
	c.alerts.change.Lock()
	defer c.alerts.change.Unlock()
	old, ok := c.alerts.get(id)
	if !ok {
		return nil, nil, errAlertNotFound
	}
	d := draft(*old)
	body.apply(&d)
	a, err := d.finish(false)
	if err != nil {
		return nil, nil, err
	}
	if a.Enabled || body.Metric.sent { // a muted alert may outlive its goal
		if err := c.subjectExists(a.Site, a.Metric); err != nil {
			return nil, nil, err
		}
	}
	if a.Enabled && !old.Enabled || !judgedAlike(a, old) {
		a.Armed = now
	}
	a.UpdatedAt = now
	return old, a, c.alerts.put(a)
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
