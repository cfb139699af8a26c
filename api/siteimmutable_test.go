package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestNothingChangesItsSite: the siteId of what belongs to a site is immutable. The contract has no error for it, so PATCH ignores it, for all of
// them alike; also when it is that of another site of the caller.
func TestNothingChangesItsSite(t *testing.T) {
	w, site, token := goalWorld(t)
	other := w.addSite(w.sites.team(site)[0].UserID, "other.example.com")
	step := object{"type": "pageview", "name": "a", "path": "/"}
	for target, body := range map[string]object{
		"/api/goals":       {"name": "a", "type": "event", "eventAction": "buy"},
		"/api/funnels":     {"name": "a", "steps": []object{step, step}},
		"/api/alerts":      {"name": "a", "type": "anomaly", "metric": "pageviews", "notifications": []string{"email"}},
		"/api/webhooks":    {"url": "https://hooks.example.com/zta", "events": []string{"goal"}},
		"/api/segments":    {"name": "a", "filters": "device==mobile"},
		"/api/annotations": {"title": "a", "date": "2026-01-10"},
	} {
		body["siteId"] = site
		id := w.defined(target, token, body)
		for _, sent := range []any{other, "x", nil} {
			var got struct{ SiteID analytics.SiteID }
			w.call("PATCH", target+"/"+id, token, object{"siteId": sent}).read(200, &got)
			require.Equal(t, site, got.SiteID, target)
		}
		w.call("GET", target+"?siteId="+string(other), token, nil).wantData(200, "[]")
	}
}
