package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// demoAccount is who owns the demo's site.
type demoAccount struct{ email, password, zone string }

// demoSite is the site and a key that may track for other addresses.
type demoSite struct {
	id   string
	zone *time.Location
	last time.Time // of the latest stored pageview; zero: none
	api  *client   // with the key
}

const (
	demoDomain  = "demo.example.com"
	demoKeyName = "ztas demo"
)

// openDemoSite finds account, site and key, or makes them: the same on a fresh server and on one that ran before. A key is shown only once,
// so each start makes a new one and revokes the others of its name.
func openDemoSite(ctx context.Context, api *client, who demoAccount) (*demoSite, error) {
	token, err := signIn(ctx, api, who)
	if err != nil {
		return nil, err
	}
	api = api.with(token)
	site, err := findDemoSite(ctx, api, who.zone)
	if err != nil {
		return nil, err
	}
	key, err := newDemoKey(ctx, api, site.id)
	if err != nil {
		return nil, err
	}
	site.api = api.with(key)
	return site, nil
}

// signIn logs in, or registers the account on a server without one.
func signIn(ctx context.Context, api *client, who demoAccount) (token string, err error) {
	in := map[string]string{"email": who.email, "password": who.password}
	var out struct {
		Token string `json:"token"`
	}
	err = api.send(ctx, http.MethodPost, "/api/auth/login", in, &out)
	if err == nil {
		return out.Token, nil
	}
	var refusal *apiError
	if !errors.As(err, &refusal) || refusal.Status != http.StatusUnauthorized {
		return "", fmt.Errorf("log in: %w", err)
	}
	in["name"] = "Demo"
	err = api.send(ctx, http.MethodPost, "/api/auth/register", in, &out)
	if errors.As(err, &refusal) && (refusal.Status == http.StatusForbidden || refusal.Status == http.StatusConflict) {
		return "", fmt.Errorf("the data directory belongs to another account: give its --email and --password, or another --data (%w)", err)
	}
	if err != nil {
		return "", fmt.Errorf("register: %w", err)
	}
	return out.Token, nil
}

// findDemoSite looks for the site by its domain and makes it when it is not there.
func findDemoSite(ctx context.Context, api *client, zone string) (*demoSite, error) {
	type wire struct {
		ID       string `json:"id"`
		Domain   string `json:"domain"`
		Timezone string `json:"timezone"`
		Stats    struct {
			LastPageview *time.Time `json:"lastPageview"`
		} `json:"stats"`
	}
	var sites []wire
	if err := api.call(ctx, http.MethodGet, "/api/sites", nil, &sites); err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	var found wire
	for _, s := range sites {
		if s.Domain == demoDomain {
			found = s
		}
	}
	fresh := found.ID == ""
	if fresh {
		in := map[string]string{"domain": demoDomain, "name": "Demo", "timezone": zone}
		if err := api.send(ctx, http.MethodPost, "/api/sites", in, &found); err != nil {
			return nil, fmt.Errorf("make site: %w", err)
		}
	}
	location, err := time.LoadLocation(found.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load the site's zone: %w", err)
	}
	if fresh {
		if err := planDemo(ctx, api, found.ID, location); err != nil {
			return nil, err
		}
	}
	site := &demoSite{id: found.ID, zone: location}
	if found.Stats.LastPageview != nil {
		site.last = *found.Stats.LastPageview
	}
	return site, nil
}

// newDemoKey makes the key of this run; scope admin, because the past is imported with it.
func newDemoKey(ctx context.Context, api *client, site string) (string, error) {
	type wire struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Key  string `json:"key"`
	}
	var keys []wire
	if err := api.call(ctx, http.MethodGet, "/api/api-keys", nil, &keys); err != nil {
		return "", fmt.Errorf("list keys: %w", err)
	}
	for _, k := range keys {
		if k.Name != demoKeyName {
			continue
		}
		if err := api.call(ctx, http.MethodDelete, "/api/api-keys?id="+url.QueryEscape(k.ID), nil, nil); err != nil {
			return "", fmt.Errorf("revoke the last run's key: %w", err)
		}
	}
	var made wire
	in := map[string]any{"name": demoKeyName, "scope": "admin", "siteId": site}
	if err := api.send(ctx, http.MethodPost, "/api/api-keys", in, &made); err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	return made.Key, nil
}
