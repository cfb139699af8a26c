package api

import (
	"encoding/json"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

const maxKeyDays = 3650

// keyView is an API key as lists show it.
type keyView struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Key       string            `json:"key"` // the first characters, except in the answer that creates it
	Scope     auth.Scope        `json:"scope"`
	SiteID    *analytics.SiteID `json:"siteId"`
	LastUsed  *string           `json:"lastUsed"`
	CreatedAt string            `json:"createdAt"`
	ExpiresAt *string           `json:"expiresAt"`
}

func viewKey(k *auth.Key) keyView {
	return keyView{
		k.ID, k.Name, k.Shown + "...", k.Scope, siteOrNull(k.Site), instantOrNull(k.LastUsed), instant(k.CreatedAt), instantOrNull(k.ExpiresAt),
	}
}

func siteOrNull(id analytics.SiteID) *analytics.SiteID {
	if id == "" {
		return nil
	}
	return &id
}

// listKeys serves GET /api/api-keys.
func (s *Server) listKeys(x *exchange) (action, error) {
	return func() error {
		views := []keyView{}
		for _, k := range s.deps.Accounts.Keys(x.caller.UserID) {
			views = append(views, viewKey(k))
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// createKey serves POST /api/api-keys.
func (s *Server) createKey(x *exchange) (action, error) {
	var body struct {
		Name      *string           `json:"name"`
		Scope     optional[string]  `json:"scope"`
		ExpiresIn optional[numeral] `json:"expiresIn"`
		SiteID    optional[string]  `json:"siteId"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	name, err := keyName(body.Name)
	if err != nil {
		return nil, err
	}
	n := auth.NewKey{Name: name, Site: analytics.SiteID(textOf(&body.SiteID))}
	ok := false
	if n.Scope, ok = auth.ParseScope(textOf(&body.Scope)); !ok {
		return nil, invalid("Invalid scope. Must be: read, write, or admin")
	}
	if n.Days, ok = keyDays(body.ExpiresIn.value); !ok {
		return nil, invalid("Invalid expiration")
	}
	return func() error {
		if body.SiteID.value != nil { // a blank one is no site, and never all of them
			if p := s.access.Authorize(x.caller, n.Site, auth.Viewer, x.route.scope); p != nil {
				return p
			}
		}
		k, text, err := s.deps.Accounts.CreateKey(x.caller, n)
		if err != nil {
			return err
		}
		s.activity(x, Activity{
			Action: "api_key.created", Site: k.Site, Target: keyTarget(k),
			Metadata: map[string]any{"scope": k.Scope, "siteId": siteOrNull(k.Site), "expiresAt": instantOrNull(k.ExpiresAt)},
		})
		view := viewKey(k)
		view.Key = text
		data(x.c, http.StatusCreated, view)
		return nil
	}, nil
}

func keyTarget(k *auth.Key) ActivityTarget {
	return ActivityTarget{Type: "api_key", ID: k.ID, Name: k.Name}
}

// renameKey serves PATCH /api/api-keys and /api/api-keys/:id.
func (s *Server) renameKey(x *exchange) (action, error) {
	var body struct {
		ID        *string         `json:"id"`
		Name      *string         `json:"name"`
		Scope     json.RawMessage `json:"scope"`
		SiteID    json.RawMessage `json:"siteId"`
		ExpiresIn json.RawMessage `json:"expiresIn"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	sent := ""
	if body.ID != nil {
		sent = *body.ID
	}
	id, err := sameID(x.c.Param("id"), sent)
	if err != nil {
		return nil, err
	}
	if body.Scope != nil || body.SiteID != nil || body.ExpiresIn != nil {
		return nil, invalid("Only the name can be changed")
	}
	name, err := keyName(body.Name)
	if err != nil {
		return nil, err
	}
	return func() error {
		k, err := s.deps.Accounts.RenameKey(x.caller.UserID, id, name)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, viewKey(k))
		return nil
	}, nil
}

// revokeKey serves DELETE /api/api-keys and /api/api-keys/:id.
func (s *Server) revokeKey(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		k, ok := s.deps.Accounts.Key(x.caller.UserID, id)
		if !ok {
			return auth.ErrKeyNotFound
		}
		if err := s.deps.Accounts.RevokeKey(x.caller.UserID, id); err != nil {
			return err
		}
		s.activity(x, Activity{Action: "api_key.revoked", Site: k.Site, Target: keyTarget(k)})
		done(x.c, "API key revoked successfully")
		return nil
	}, nil
}

func keyName(sent *string) (string, error) {
	if sent == nil {
		return "", invalid("API key name is required")
	}
	name := cleanText(*sent)
	switch {
	case name == "":
		return "", invalid("API key name is required")
	case tooLong(name, maxName):
		return "", invalid("API key name must not exceed 100 characters")
	}
	return name, nil
}

// keyDays reads expiresIn; absent and null are 0, never.
func keyDays(sent *numeral) (days int, ok bool) {
	if sent == nil {
		return 0, true
	}
	n, ok := sent.integer(1, maxKeyDays)
	return int(n), ok
}
