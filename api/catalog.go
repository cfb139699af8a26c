package api

import (
	"sync/atomic"

	"github.com/ztas-io/ztas/analytics"
)

// Catalog keeps what a site's people define: goals, funnels, segments, alerts, webhooks, annotations, shares. Reading is safe for concurrent use.
type Catalog struct {
	goals    *shelf[analytics.Goal]
	funnels  *shelf[analytics.Funnel]
	segments *shelf[analytics.Segment]
	alerts   *shelf[analytics.Alert]
	webhooks *shelf[analytics.Webhook]

	annotations *shelf[Annotation]
	shares      *shares

	history  *history // of the alerts
	revision atomic.Uint64
}

// Revision grows with every change of any definition, and when a site is deleted or restored.
func (c *Catalog) Revision() uint64 { return c.revision.Load() }

// sitesChanged tells that the definitions of a site count no longer, or again.
func (c *Catalog) sitesChanged() { c.revision.Add(1) }

// AlertSites lists the sites that have alerts.
func (c *Catalog) AlertSites() []analytics.SiteID { return c.alerts.sites() }

// LastFired is when the alert fired last, UTC ms; 0: never.
func (c *Catalog) LastFired(alert string) int64 { return c.history.tally(alert).last }

// OpenCatalog reads everything that is stored.
func OpenCatalog(meta Meta) (c *Catalog, err error) {
	c = new(Catalog)
	if c.goals, err = openShelf(meta, "goal", func(g *analytics.Goal) shelfHead { return shelfHead{g.Site, g.ID, g.CreatedAt} }); err != nil {
		return nil, err
	}
	if c.funnels, err = openShelf(meta, "funnel", func(f *analytics.Funnel) shelfHead { return shelfHead{f.Site, f.ID, f.CreatedAt} }); err != nil {
		return nil, err
	}
	if c.segments, err = openShelf(meta, "segment", func(s *analytics.Segment) shelfHead { return shelfHead{s.Site, s.ID, s.CreatedAt} }); err != nil {
		return nil, err
	}
	if c.alerts, err = openShelf(meta, "alert", func(a *analytics.Alert) shelfHead { return shelfHead{a.Site, a.ID, a.CreatedAt} }); err != nil {
		return nil, err
	}
	if c.annotations, err = openShelf(meta, annotationShelf, func(a *Annotation) shelfHead { return shelfHead{a.Site, a.ID, a.CreatedAt} }); err != nil {
		return nil, err
	}
	if c.shares, err = openShares(meta); err != nil {
		return nil, err
	}
	if c.history, err = openHistory(meta, c.alerts); err != nil {
		return nil, err
	}
	c.webhooks, err = openShelf(meta, "webhook", func(w *analytics.Webhook) shelfHead { return shelfHead{w.Site, w.ID, w.CreatedAt} })
	if err != nil {
		return nil, err
	}
	count := func() { c.revision.Add(1) }
	c.goals.changed, c.funnels.changed, c.alerts.changed, c.webhooks.changed = count, count, count, count
	return c, nil
}

// Goals lists a site's goals, newest first.
func (c *Catalog) Goals(site analytics.SiteID) []*analytics.Goal { return c.goals.of(site) }

// Goal finds a goal.
func (c *Catalog) Goal(id string) (*analytics.Goal, bool) { return c.goals.get(id) }

// Funnels lists a site's funnels, newest first.
func (c *Catalog) Funnels(site analytics.SiteID) []*analytics.Funnel { return c.funnels.of(site) }

// Funnel finds a funnel.
func (c *Catalog) Funnel(id string) (*analytics.Funnel, bool) { return c.funnels.get(id) }

// Alerts lists a site's alerts, newest first.
func (c *Catalog) Alerts(site analytics.SiteID) []*analytics.Alert { return c.alerts.of(site) }

// Webhooks lists a site's webhooks, newest first.
func (c *Catalog) Webhooks(site analytics.SiteID) []*analytics.Webhook { return c.webhooks.of(site) }
