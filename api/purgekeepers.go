package api

import (
	"context"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// What this package keeps of sites, as a purge ends it.

// dropSite forgets a site's items, and takes no more; the purge erases what is stored.
func (s *shelf[T]) dropSite(site analytics.SiteID) (prefix string) {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.bySite[site] {
		delete(s.items, id)
	}
	delete(s.bySite, site)
	s.purged[site] = true
	s.tell()
	return s.prefix + "/" + string(site) + "/"
}

// ForgetSite drops the invitations into the team of a site that was buried.
func (d *Directory) ForgetSite(_ context.Context, site analytics.SiteID, _ []string) (prefixes []string, err error) {
	d.change.Lock()
	defer d.change.Unlock()
	return []string{siteKey(site), membersKey(site), d.invites.dropSite(site)}, nil
}

// dropSite forgets a site's invitations.
func (v *invitations) dropSite(site analytics.SiteID) (prefix string) {
	for _, i := range v.of(site) {
		v.unlink(i)
	}
	return v.shelf.dropSite(site)
}

// ForgetSite drops all definitions of a site and the history of its alerts.
func (c *Catalog) ForgetSite(_ context.Context, site analytics.SiteID, _ []string) (prefixes []string, err error) {
	var marks []MetaOp
	for _, w := range c.webhooks.of(site) { // their deliveries are kept under their ids
		marks = append(marks, MetaOp{Key: auth.LeftKey(site, leftWebhook+w.ID), Value: leftMark})
	}
	if len(marks) > 0 {
		if err := c.webhooks.meta.Txn(marks...); err != nil {
			return nil, fmt.Errorf("remember the webhooks of a site: %w", err)
		}
	}
	c.history.dropAlerts(c.alerts.of(site))
	return []string{
		c.goals.dropSite(site), c.funnels.dropSite(site), c.segments.dropSite(site), c.alerts.dropSite(site), c.webhooks.dropSite(site),
		c.annotations.dropSite(site), c.shares.dropSite(site),
		triggerPrefix + string(site) + "/", ackPrefix + string(site) + "/",
	}, nil
}

// leftWebhook begins what auth.LeftKey remembers of a webhook: its id follows. Its deliveries are kept elsewhere, under that id.
const leftWebhook = "webhook/"

// leftMark is the value under an auth.LeftKey, whose name says all.
var leftMark = []byte("true")

// dropAlerts forgets the numbers of alerts.
func (h *history) dropAlerts(alerts []*analytics.Alert) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range alerts {
		delete(h.tallies, a.ID)
	}
}

// ForgetSite drops a site's pictures.
func (ps *Pictures) ForgetSite(_ context.Context, site analytics.SiteID, _ []string) (prefixes []string, err error) {
	ps.writing.Lock()
	defer ps.writing.Unlock()
	under := "/" + string(site) + "/"
	return []string{ps.shelf.dropSite(site), pictureBytes + under, pictureUnderway + under}, nil
}
