package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
)

// siteBody is what PATCH sends of a site.
type siteBody struct {
	ID       optional[string]                     `json:"id"`
	Domain   optional[string]                     `json:"domain"`
	Name     optional[string]                     `json:"name"`
	Timezone optional[string]                     `json:"timezone"`
	Public   optional[bool]                       `json:"public"`
	Settings optional[map[string]json.RawMessage] `json:"settings"`
}

// put puts what was sent over a site: null goes back to the default, absent stays. retention are the days of
// new sites.
func (b *siteBody) put(site *analytics.Site, allowed allowances, retention int) (err error) {
	if b.Domain.sent {
		if domain, ok := normalizeDomain(textOf(&b.Domain), allowed.local); !ok || domain != site.Domain {
			return errDomainFixed
		}
	}
	if b.Name.sent {
		if site.Name = textOf(&b.Name); site.Name == "" {
			site.Name = site.Domain // which may be longer than a name
		} else if tooLong(site.Name, maxName) && site.Name != site.Domain {
			return invalid("Site name must not exceed 100 characters")
		}
	}
	if b.Timezone.sent {
		site.Timezone = "UTC"
		if b.Timezone.value != nil {
			site.Timezone = textOf(&b.Timezone)
		}
		if !analytics.IsZone(site.Timezone) {
			return invalid("Invalid timezone")
		}
	}
	if b.Public.sent {
		site.Public = b.Public.or(false)
	}
	switch {
	case !b.Settings.sent:
	case b.Settings.value == nil:
		site.Settings = analytics.DefaultSettings(retention)
	default:
		site.Settings, err = mergeSettings(site.Settings, *b.Settings.value, allowed)
	}
	return err
}

// changeSite serves PATCH /api/sites and /api/sites/:id.
func (s *Server) changeSite(x *exchange) (action, error) {
	var body siteBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	id, err := sameID(x.c.Param("id"), textOf(&body.ID))
	if err != nil {
		return nil, err
	}
	x.siteID = analytics.SiteID(id)
	put := func(site *analytics.Site) error { return body.put(site, s.cfg.allowances(), s.cfg.RetentionDays) }
	draft := analytics.Site{Settings: analytics.DefaultSettings(s.cfg.RetentionDays)}
	if site, ok := s.sites.Site(x.siteID); ok {
		draft = *site
	} else {
		body.Domain.sent = false // there is none to compare it with
	}
	if err := put(&draft); err != nil {
		return nil, err
	}
	return func() error {
		ctx, cancel := patient(x.c)
		defer cancel()
		if err := s.checkSlack(x, &draft.Settings, &x.site.Settings); err != nil {
			return err
		}
		before, site, err := s.sites.update(ctx, x.siteID, put)
		if err != nil {
			return err
		}
		s.activity(x, Activity{Action: "site.updated", Site: site.ID, Target: siteTarget(site), Metadata: siteChanges(before, site)})
		data(x.c, http.StatusOK, s.viewSite(site, x.role))
		return nil
	}, nil
}

// checkSlack looks whether the server may call a new Slack URL. It asks the DNS, so it comes after the caller's right.
func (s *Server) checkSlack(x *exchange, next, before *analytics.Settings) error {
	link := next.SlackWebhookURL
	if link == nil || before != nil && before.SlackWebhookURL != nil && *before.SlackWebhookURL == *link {
		return nil
	}
	err := s.deps.Hooks.CheckURL(x.c.Request.Context(), *link)
	if bad := analytics.Invalid(""); errors.As(err, &bad) {
		return invalid("Invalid setting: slackWebhookUrl")
	}
	return err
}

func siteTarget(site *analytics.Site) ActivityTarget {
	return ActivityTarget{Type: "site", ID: string(site.ID), Name: site.Domain}
}

// siteChanges are the facts of an update: settings key by key, of the Slack URL, which is a secret, only where it goes.
func siteChanges(before, after *analytics.Site) map[string]any {
	facts := func(site *analytics.Site) any {
		facts := struct {
			Name     string `json:"name"`
			Timezone string `json:"timezone"`
			Public   bool   `json:"public"`
			analytics.Settings
		}{site.Name, site.Timezone, site.Public, site.Settings}
		if link := facts.SlackWebhookURL; link != nil {
			bare := bareURL(*link)
			facts.SlackWebhookURL = &bare
		}
		return facts
	}
	return changesOf(facts(before), facts(after))
}
