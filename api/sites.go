package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// siteView is the object of POST /api/sites.
type siteView struct {
	siteHead
	Settings     analytics.Settings `json:"settings"`
	CreatedAt    string             `json:"createdAt"`
	UpdatedAt    string             `json:"updatedAt"`
	DeletedAt    *string            `json:"deletedAt"`
	PurgeAt      *string            `json:"purgeAt"`
	TrackingCode string             `json:"trackingCode"`
}

// siteHead is what lists and single sites have in common.
type siteHead struct {
	ID       analytics.SiteID `json:"id"`
	Domain   string           `json:"domain"`
	Name     string           `json:"name"`
	Timezone string           `json:"timezone"`
	Public   bool             `json:"public"`
	Role     auth.Role        `json:"role"`
}

func headOf(site *analytics.Site, role auth.Role) siteHead {
	return siteHead{site.ID, site.Domain, site.Name, site.Timezone, site.Public, role}
}

// viewSite shows a site to a caller with a role; only admins see the Slack URL, which is a secret.
func (s *Server) viewSite(site *analytics.Site, role auth.Role) siteView {
	v := siteView{
		siteHead: headOf(site, role), Settings: site.Settings,
		CreatedAt: instant(site.CreatedAt), UpdatedAt: instant(site.UpdatedAt),
		DeletedAt: instantOrNull(site.DeletedAt), PurgeAt: instantOrNull(site.PurgeAt),
		TrackingCode: `<script defer data-site="` + string(site.ID) + `" src="` + s.cfg.PublicURL + `/js/analytics.js"></script>`,
	}
	if v.Settings.SlackWebhookURL != nil && role < auth.Admin {
		configured := "configured"
		v.Settings.SlackWebhookURL = &configured
	}
	return v
}

// createSite serves POST /api/sites.
func (s *Server) createSite(x *exchange) (action, error) {
	draft, err := s.readDraft(x)
	if err != nil {
		return nil, err
	}
	return func() error {
		ctx, cancel := patient(x.c)
		defer cancel()
		if err := s.checkSlack(x, &draft.Settings, nil); err != nil {
			return err
		}
		site, err := s.sites.create(ctx, x.caller.UserID, draft)
		if err != nil {
			return err
		}
		s.activity(x, Activity{Action: "site.created", Site: site.ID, Target: siteTarget(site)})
		data(x.c, http.StatusCreated, s.viewSite(site, auth.Owner))
		return nil
	}, nil
}

// readDraft reads the body of POST /api/sites.
func (s *Server) readDraft(x *exchange) (site analytics.Site, err error) {
	var body struct {
		Domain   *string                    `json:"domain"`
		Name     *string                    `json:"name"`
		Timezone *string                    `json:"timezone"`
		Public   *bool                      `json:"public"`
		Settings map[string]json.RawMessage `json:"settings"`
	}
	if err := x.decode(&body); err != nil {
		return site, err
	}
	if body.Domain == nil || cleanText(*body.Domain) == "" {
		return site, invalid("Domain is required")
	}
	domain, ok := normalizeDomain(cleanText(*body.Domain), s.cfg.AllowLocalSites)
	if !ok {
		return site, invalid("Invalid domain format")
	}
	site = analytics.Site{Domain: domain, Name: domain, Timezone: "UTC", Public: body.Public != nil && *body.Public}
	if body.Name != nil && cleanText(*body.Name) != "" {
		site.Name = cleanText(*body.Name)
	}
	if body.Timezone != nil {
		site.Timezone = cleanText(*body.Timezone)
	}
	if !analytics.IsZone(site.Timezone) {
		return site, invalid("Invalid timezone")
	}
	if tooLong(site.Name, maxName) && site.Name != domain { // a domain may be longer and is a name all the same
		return site, invalid("Site name must not exceed 100 characters")
	}
	site.Settings, err = mergeSettings(analytics.DefaultSettings(s.cfg.RetentionDays), body.Settings, s.cfg.allowances())
	return site, err
}

// siteItem is a site in a list.
type siteItem struct {
	siteHead
	CreatedAt   string    `json:"createdAt"`
	DeletedAt   *string   `json:"deletedAt"`
	PurgeAt     *string   `json:"purgeAt"`
	Stats       siteStats `json:"stats"`
	TeamMembers int       `json:"teamMembers"`
}

// siteStats are the last 30 days of a site in short.
type siteStats struct {
	Pageviews    int64   `json:"pageviews"`
	Visitors     int64   `json:"visitors"`
	LastPageview *string `json:"lastPageview"`
}

// listSites serves GET /api/sites.
func (s *Server) listSites(x *exchange) (action, error) {
	deleted, err := x.boolQuery("includeDeleted")
	if err != nil {
		return nil, err
	}
	return func() error {
		items := []siteItem{}
		for _, e := range s.sites.ofUser(x.caller.UserID) {
			gone := !e.DeletedAt.IsZero()
			if gone && (!deleted || e.OwnerID != x.caller.UserID) || x.caller.Site != "" && x.caller.Site != e.ID {
				continue
			}
			items = append(items, siteItem{
				siteHead: headOf(&e.Site, e.members[x.caller.UserID].Role), CreatedAt: instant(e.CreatedAt),
				DeletedAt: instantOrNull(e.DeletedAt), PurgeAt: instantOrNull(e.PurgeAt), TeamMembers: len(e.members),
			})
		}
		group, ctx := errgroup.WithContext(x.c.Request.Context())
		group.SetLimit(8)
		for i := range items {
			if items[i].DeletedAt != nil {
				continue // nothing of a deleted site is read
			}
			group.Go(func() error {
				report, err := s.month(ctx, items[i].ID, items[i].Timezone)
				if err == nil {
					items[i].Stats = siteStats{report.Summary.Pageviews, report.Summary.UniqueVisitors, lastPageview(report)}
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		data(x.c, http.StatusOK, items)
		return nil
	}, nil
}

// month is the report of a site's last 30 days.
func (s *Server) month(ctx context.Context, id analytics.SiteID, timezone string) (*analytics.StatsReport, error) {
	zone, err := analytics.LoadZone(timezone)
	if err != nil {
		return nil, err
	}
	q, err := analytics.StatsParams{Period: "30d", Limit: "1"}.Resolve(zone, s.now().UnixMilli())
	if err != nil {
		return nil, err
	}
	return s.deps.Reader.Stats(ctx, id, q)
}

func lastPageview(r *analytics.StatsReport) *string {
	if r.LastPageview == 0 {
		return nil
	}
	return instantOrNull(time.UnixMilli(r.LastPageview))
}

// getSite serves GET /api/sites/:id.
func (s *Server) getSite(x *exchange) (action, error) {
	return func() error {
		report, err := s.month(x.c.Request.Context(), x.site.ID, x.site.Timezone)
		if err != nil {
			return err
		}
		sum := report.Summary
		data(x.c, http.StatusOK, struct {
			siteView
			Owner   gin.H   `json:"owner"`
			Stats   gin.H   `json:"stats"`
			Team    []gin.H `json:"team"`
			Goals   int     `json:"goals"`
			Funnels int     `json:"funnels"`
			Alerts  int     `json:"alerts"`
		}{
			siteView: s.viewSite(x.site, x.role), Owner: s.siteOwner(x.site), Team: s.siteTeam(x.site.ID),
			Goals: s.deps.Catalog.goals.count(x.site.ID), Funnels: s.deps.Catalog.funnels.count(x.site.ID),
			Alerts: s.deps.Catalog.alerts.count(x.site.ID),
			Stats: gin.H{
				"pageviews": sum.Pageviews, "visitors": sum.UniqueVisitors, "sessions": sum.Sessions, "bounceRate": sum.BounceRate,
				"avgSessionDuration": sum.AvgSessionDuration, "lastPageview": lastPageview(report),
			},
		})
		return nil
	}, nil
}

func (s *Server) siteOwner(site *analytics.Site) gin.H {
	u, ok := s.deps.Accounts.User(site.OwnerID)
	if !ok {
		return nil
	}
	return gin.H{"id": u.ID, "email": u.Email, "name": u.Name}
}

func (s *Server) siteTeam(id analytics.SiteID) []gin.H {
	team := []gin.H{}
	for _, m := range s.sites.team(id) {
		if u, ok := s.deps.Accounts.User(m.UserID); ok {
			team = append(team, gin.H{"id": u.ID, "email": u.Email, "role": m.Role})
		}
	}
	return team
}
