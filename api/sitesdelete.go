package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// deleteSite serves DELETE /api/sites and /api/sites/:id: it deletes softly, with purge=true for good.
func (s *Server) deleteSite(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	purge, err := x.boolQuery("purge")
	if err != nil {
		return nil, err
	}
	x.siteID = analytics.SiteID(id)
	if purge {
		return s.purgeSite(x), nil
	}
	return func() error {
		if _, err := s.ownSite(x, false); err != nil {
			return err
		}
		site, err := s.sites.remove(x.siteID, time.Duration(s.cfg.SitePurgeDays)*24*time.Hour)
		if err != nil {
			return err
		}
		s.siteMoved(x.siteID)
		s.activity(x, Activity{Action: "site.deleted", Site: site.ID, Target: siteTarget(site)})
		s.deps.Purger.Wake() // with SITE_PURGE_DAYS=0 it is due
		data(x.c, http.StatusOK, gin.H{
			"success": true, "message": "Site deleted successfully", "deletedAt": instant(site.DeletedAt), "purgeAt": instant(site.PurgeAt),
		})
		return nil
	}, nil
}

// ownSite finds a site that the caller owns, also among the deleted ones when they are meant too.
func (s *Server) ownSite(x *exchange, deleted bool) (*analytics.Site, error) {
	e := s.sites.entry(x.siteID)
	if e == nil || !e.visible() || !deleted && !e.DeletedAt.IsZero() {
		return nil, errSiteNotFound
	}
	if x.caller.Site != "" && x.caller.Site != x.siteID {
		return nil, forbidden("This API key cannot access " + string(x.siteID))
	}
	switch role := e.members[x.caller.UserID].Role; {
	case role == auth.NoRole:
		return nil, forbidden("Access denied")
	case role < auth.Owner:
		return nil, errNotOwner
	}
	return &e.Site, nil
}

// siteMoved tells those who work by what a site defines that it was deleted or is back.
func (s *Server) siteMoved(id analytics.SiteID) {
	s.deps.Catalog.sitesChanged()
	s.deps.Backfill.changed(id)
}

// purgeSite erases a site that is soft-deleted.
func (s *Server) purgeSite(x *exchange) action {
	return func() error {
		site, err := s.ownSite(x, true)
		switch {
		case err != nil:
			return err
		case site.DeletedAt.IsZero():
			return errNotDeleted
		}
		domain, ok := normalizeDomain(cleanText(x.c.Query("confirm")), true)
		if !ok || domain != site.Domain {
			return invalid("Confirmation does not match the domain")
		}
		ctx, cancel := patient(x.c)
		defer cancel()
		if err := s.deps.Purger.PurgeDeleted(ctx, x.siteID); err != nil {
			return err
		}
		s.activity(x, purgeActivity())
		done(x.c, "Site purged")
		return nil
	}
}

// restoreSite serves POST /api/sites/:id/restore.
func (s *Server) restoreSite(x *exchange) (action, error) {
	x.siteID = analytics.SiteID(x.c.Param("id"))
	return func() error {
		if _, err := s.ownSite(x, true); err != nil {
			return err
		}
		ctx, cancel := patient(x.c)
		defer cancel()
		site, err := s.sites.restore(ctx, x.siteID)
		if err != nil {
			return err
		}
		s.siteMoved(x.siteID)
		s.activity(x, Activity{Action: "site.restored", Site: site.ID, Target: siteTarget(site)})
		data(x.c, http.StatusOK, s.viewSite(site, auth.Owner))
		return nil
	}, nil
}
