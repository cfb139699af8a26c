package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// shareView is a share as answers show it.
type shareView struct {
	ID             string           `json:"id"`
	Token          string           `json:"token,omitempty"` // only in the answer that creates it, like url
	SiteID         analytics.SiteID `json:"siteId"`
	AllowedPeriods []string         `json:"allowedPeriods"`
	CreatedAt      string           `json:"createdAt"`
	ExpiresAt      *string          `json:"expiresAt"`
	URL            string           `json:"url,omitempty"`
}

func viewShare(s *Share) shareView {
	return shareView{
		ID: s.ID, SiteID: s.Site, AllowedPeriods: s.AllowedPeriods, CreatedAt: instant(s.CreatedAt), ExpiresAt: instantOrNull(s.ExpiresAt),
	}
}

var errShareNotFound = notFound("Share not found")

// sharePeriods are the periods that may be shared; a public site allows all.
var sharePeriods = []string{"24h", "7d", "30d", "90d", "365d"}

// defaultSharePeriods are those of a share that names none.
var defaultSharePeriods = []string{"7d", "30d", "90d"}

// shareLives are the values of expiresIn.
var shareLives = map[string]int{"1d": 1, "7d": 7, "30d": 30, "90d": 90} // days

// listShares serves GET /api/sites/:id/shares.
func (s *Server) listShares(x *exchange) (action, error) {
	return func() error {
		views := []shareView{}
		for _, item := range s.deps.Catalog.shares.active(x.siteID, s.now()) {
			views = append(views, viewShare(item))
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// createShare serves POST /api/sites/:id/shares.
func (s *Server) createShare(x *exchange) (action, error) {
	var body struct {
		AllowedPeriods optional[[]string] `json:"allowedPeriods"`
		ExpiresIn      optional[string]   `json:"expiresIn"`
	}
	if err := x.decodeOptional(&body); err != nil {
		return nil, err
	}
	periods, err := readPeriods(&body.AllowedPeriods)
	if err != nil {
		return nil, err
	}
	days := 0
	if body.ExpiresIn.value != nil {
		if days = shareLives[cleanText(*body.ExpiresIn.value)]; days == 0 {
			return nil, invalid("Invalid expiration")
		}
	}
	return func() error {
		token, now := newShareToken(), s.instant()
		item := &Share{ID: auth.NewID("share"), Site: x.siteID, Hash: hashShareToken(token), AllowedPeriods: periods, CreatedAt: now}
		if days > 0 {
			item.ExpiresAt = now.Add(time.Duration(days) * 24 * time.Hour)
		}
		if err := s.deps.Catalog.shares.add(item, s.cfg.MaxShares, now); err != nil {
			return err
		}
		s.activity(x, Activity{Action: "share.created", Site: item.Site, Target: shareTarget(item), Metadata: map[string]any{
			"allowedPeriods": item.AllowedPeriods, "expiresAt": instantOrNull(item.ExpiresAt),
		}})
		view := viewShare(item)
		view.Token, view.URL = token, s.cfg.PublicURL+"/public/"+token
		data(x.c, http.StatusCreated, view)
		return nil
	}, nil
}

// readPeriods reads the periods of a share, without repeated ones, in the order in which they were sent.
func readPeriods(sent *optional[[]string]) ([]string, error) {
	if sent.value == nil {
		return defaultSharePeriods, nil
	}
	periods := []string{}
	for _, p := range *sent.value {
		p = cleanText(p)
		if !slices.Contains(sharePeriods, p) {
			return nil, invalid("Invalid allowed period: " + p)
		}
		if !slices.Contains(periods, p) {
			periods = append(periods, p)
		}
	}
	if len(periods) == 0 { // a share that shows nothing is a mistake
		return nil, invalid("Invalid allowed period: ")
	}
	return periods, nil
}

// revokeShare serves DELETE /api/sites/:id/shares and /api/sites/:id/shares/:shareId.
func (s *Server) revokeShare(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("shareId"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		item, err := s.deps.Catalog.shares.revoke(x.siteID, id, s.now())
		if err != nil {
			return err
		}
		s.activity(x, Activity{Action: "share.revoked", Site: item.Site, Target: shareTarget(item)})
		done(x.c, "Share revoked")
		return nil
	}, nil
}

func shareTarget(item *Share) ActivityTarget { return ActivityTarget{Type: "share", ID: item.ID} }
