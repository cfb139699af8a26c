package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// What tells of the site of ownedWorld.
const (
	purgedDomain = "purged.example.org"
	purgedGuest  = "guest@purged.example.net"
)

// ownedWorld is a site that has one of everything, by its owner, and another site of the owner.
func ownedWorld(t *testing.T) (w *world, token string, site, other analytics.SiteID) {
	w = newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	other = w.addSite(owner, "other.example.com")
	site = analytics.SiteID(w.defined("/api/sites", token, object{"domain": purgedDomain, "public": true}))
	of := func(body object) object {
		body["siteId"] = site
		return body
	}
	for _, email := range []string{purgedGuest, "second." + purgedGuest} {
		w.defined("/api/teams", token, of(object{"email": email, "role": "member"}))
	}
	w.defined("/api/goals", token, of(object{"type": "event", "name": "Buy", "eventAction": "buy"}))
	step := object{"type": "pageview", "name": "a", "path": "/"}
	w.defined("/api/funnels", token, of(object{"name": "Way", "steps": []object{step, step}}))
	w.defined("/api/segments", token, of(object{"name": "Mobile", "filters": "device==mobile"}))
	w.defined("/api/annotations", token, of(object{"date": "2026-01-12"}))
	alert := w.defined("/api/alerts", token, of(object{"name": "Odd", "type": "anomaly", "metric": "pageviews", "notifications": []string{"email"}}))
	fired := analytics.Firing{TriggerID: matrixTrigger, AlertID: alert, At: w.clock.Now().UnixMilli()}
	w.fire(&analytics.Trigger{Firing: fired, Site: site})
	acknowledged := w.call("POST", "/api/alerts/"+alert+"/acknowledge", token, object{"triggerId": matrixTrigger})
	require.Equal(t, 200, acknowledged.code, acknowledged.text)
	for _, url := range []string{"https://hooks.example.com/a", "https://hooks.example.com/b"} {
		hook := w.defined("/api/webhooks", token, of(object{"url": url, "events": []string{"goal"}}))
		if strings.HasSuffix(url, "b") {
			require.Equal(t, 200, w.call("DELETE", "/api/webhooks/"+hook, token, nil).code)
		}
	}
	w.defined("/api/sites/"+string(site)+"/shares", token, object{})
	w.defined("/api/heatmaps/screenshots?siteId="+string(site)+"&path=/", token, string(pngPicture(3, 2)))
	w.defined("/api/import", token, of(object{"format": "csv", "data": december(1)}))
	_, text := w.key(owner, 1, site, 0)
	require.Equal(t, 200, w.call("GET", "/api/sites", text, nil).code) // logged as api_key.used
	w.defined("/api/annotations", token, object{"siteId": other, "date": "2026-01-12"})
	require.NoError(t, w.activity.Flush(t.Context()))
	return w, token, site, other
}

// purge soft-deletes the site and purges it.
func (w *world) purge(token string, site analytics.SiteID) answer {
	w.t.Helper()
	require.Equal(w.t, 200, w.call("DELETE", "/api/sites/"+string(site), token, nil).code)
	return w.call("DELETE", "/api/sites/"+string(site)+"?purge=true&confirm="+purgedDomain, token, nil)
}

// wantNothingOf expects that no key and no value tells of the site.
func (w *world) wantNothingOf(site analytics.SiteID) {
	w.t.Helper()
	require.NoError(w.t, w.activity.Flush(w.t.Context()))
	for key, val := range w.meta.all() {
		for _, trace := range []string{string(site), scopeOf(site), purgedDomain, purgedGuest} {
			require.NotContains(w.t, key+" "+string(val), trace)
		}
	}
	w.wantFits()
}

// kinds are the first parts of all keys.
func (w *world) kinds() map[string]bool {
	kinds := make(map[string]bool)
	for key := range w.meta.all() {
		kind, _, _ := strings.Cut(key, "/")
		kinds[kind] = true
	}
	return kinds
}

func TestPurgeErasesEverything(t *testing.T) {
	w, token, site, other := ownedWorld(t)
	kinds := w.kinds()
	for _, kind := range []string{
		"site", "member", "invite", "goal", "funnel", "segment", "alert", "trigger", "acknowledged", "webhook", "ann", "share", "picture", "picturedata",
		"import", "importdays", "activity", "key", "left",
	} {
		require.True(t, kinds[kind], kind)
	}
	w.purge(token, site).wantData(200, `{"success":true,"message":"Site purged"}`)
	require.Equal(t, []analytics.SiteID{site}, w.fold.erased)
	for range 2 {
		w.wantNothingOf(site)
		w.call("GET", "/api/sites/"+string(site), token, nil).wantError(404, "Site not found", "not_found")
		w.call("POST", "/api/sites/"+string(site)+"/restore", token, nil).wantError(404, "Site not found", "not_found")
		w.call("DELETE", "/api/sites/"+string(site), token, nil).wantError(404, "Site not found", "not_found")
		w.call("GET", "/api/public/stats?siteId="+string(site), "", nil).wantError(404, "Invalid or expired share link", "not_found")
		require.Len(t, w.catalog.annotations.of(other), 1)
		list, _ := w.activities(token, "action=site.purged")
		require.Len(t, list, 1)
		require.Equal(t, map[string]any{"type": "site", "id": nil, "name": nil}, list[0].Target)
		require.Nil(t, list[0].SiteID)
		require.Equal(t, "owner@example.com", list[0].Actor["email"])
		w.start()
	}
	require.Empty(t, w.sites.invites.of(site))
	require.Equal(t, 201, w.call("POST", "/api/sites", token, object{"domain": purgedDomain}).code) // the domain is free again
}

// Every kind of key that there is stands in the list of docs/formats.md.
func TestKeysAreDocumented(t *testing.T) {
	w, _, _, _ := ownedWorld(t)
	_, _, err := w.accounts.Forgot("owner@example.com")
	require.NoError(t, err)
	doc, err := os.ReadFile("../docs/formats.md")
	require.NoError(t, err)
	for kind := range w.kinds() {
		require.True(t, strings.Contains(string(doc), "`"+kind+"/"), "the keys of %s", kind)
	}
	require.True(t, strings.Contains(string(doc), "`"+purgePrefix))
}

func TestPurgeErrors(t *testing.T) {
	w, token, site, other := ownedWorld(t)
	admin, adminToken := w.user("admin@example.com")
	_, strangerToken := w.user("stranger@example.com")
	w.join(site, admin, 2)
	at := func(query string) string { return "/api/sites/" + string(site) + "?purge=true" + query }
	w.call("DELETE", at("&confirm="+purgedDomain), token, nil).wantError(400, "Site is not deleted", "validation_failed")
	require.Equal(t, 200, w.call("DELETE", "/api/sites/"+string(site), token, nil).code)
	const denied = "Only the site owner can delete this site"
	w.call("DELETE", at("&confirm="+purgedDomain), adminToken, nil).wantError(403, denied, "forbidden")
	w.call("POST", "/api/sites/"+string(site)+"/restore", adminToken, nil).wantError(403, denied, "forbidden")
	w.call("DELETE", at("&confirm="+purgedDomain), strangerToken, nil).wantError(403, "Access denied", "forbidden")
	for _, confirm := range []string{"", "&confirm=", "&confirm=other.example.com", "&confirm=" + string(site), "&confirm=https://" + purgedDomain} {
		w.call("DELETE", at(confirm), token, nil).wantError(400, "Confirmation does not match the domain", "validation_failed")
	}
	w.call("DELETE", "/api/sites/"+string(site)+"?purge=now", token, nil, odd).wantError(400, "purge must be a boolean", "validation_failed")
	w.call("DELETE", at("&id="+string(other)), token, nil).wantError(400, "ID mismatch", "validation_failed")
	w.call("DELETE", "/api/sites?purge=true", token, nil, odd).wantError(400, "ID required", "validation_failed")
	require.Empty(t, w.fold.erased)
	w.call("DELETE", "/api/sites?id="+string(site)+"&purge=true&confirm=PURGED.example.org.", token, nil).
		wantData(200, `{"success":true,"message":"Site purged"}`)
}

// A purge that an error or a crash ends in the middle has taken the site away, and is finished at the next start, once.
func TestPurgeIsFinished(t *testing.T) {
	w, token, site, _ := ownedWorld(t)
	w.fold.fail = &analytics.Unavailable{Reason: "the log is not writable", RetryAfter: time.Second}
	require.Equal(t, http.StatusServiceUnavailable, w.purge(token, site).code)
	w.call("POST", "/api/sites/"+string(site)+"/restore", token, nil).wantError(404, "Site not found", "not_found")
	list, _ := w.activities(token, "action=site.purged")
	require.Empty(t, list) // it is not yet

	w.start()
	require.Error(t, w.purger.Round(t.Context()))
	w.fold.fail = nil
	for range 2 {
		require.NoError(t, w.purger.Round(t.Context()))
		w.wantNothingOf(site)
		list, _ = w.activities(token, "action=site.purged")
		require.Len(t, list, 1)
		require.Nil(t, list[0].Actor)
	}
	require.Equal(t, []analytics.SiteID{site}, w.fold.erased)
}

// Every single write of a purge may be the last one of the program.
func TestPurgeSurvivesEveryCrash(t *testing.T) {
	for crash := range 100 {
		w, token, site, _ := ownedWorld(t)
		require.Equal(t, 200, w.call("DELETE", "/api/sites/"+string(site), token, nil).code)
		require.NoError(t, w.activity.Flush(t.Context()))
		meta := &crashingMeta{memoryMeta: w.meta, left: crash}
		w.purger.deps.Meta, w.sites.meta, w.activity.meta = meta, meta, meta
		w.catalog.webhooks.meta = meta
		err := w.purger.PurgeDeleted(t.Context(), site)
		if err == nil {
			require.GreaterOrEqual(t, crash, 5, "a purge writes several times")
			return
		}
		w.start()
		require.NoError(t, w.purger.Round(t.Context()))
		if _, err := w.sites.open(site); crash == 0 {
			require.ErrorIs(t, err, errSiteNotFound) // it is still deleted softly, and not due
			require.NotNil(t, w.sites.entry(site))
			continue
		}
		w.wantNothingOf(site)
	}
	t.Fatal("the purge never ends")
}

// crashingMeta writes a number of times.
type crashingMeta struct {
	*memoryMeta
	left int
}

var errCrashed = errors.New("dead")

func (m *crashingMeta) Txn(ops ...MetaOp) error {
	if m.left--; m.left < 0 {
		return errCrashed
	}
	return m.memoryMeta.Txn(ops...)
}

func (m *crashingMeta) Erase(prefixes ...string) error {
	if m.left--; m.left < 0 {
		return errCrashed
	}
	return m.memoryMeta.Erase(prefixes...)
}

// What was deleted is purged after SITE_PURGE_DAYS, unless it was restored or the clock leaps.
func TestPurgeIsDue(t *testing.T) {
	w, token, site, _ := ownedWorld(t)
	drop := func() {
		t.Helper()
		w.call("DELETE", "/api/sites?id="+string(site), token, nil).wantData(200, `{"success":true,"message":"Site deleted successfully",
			"deletedAt":"`+instant(w.clock.Now())+`","purgeAt":"`+instant(w.clock.Now().AddDate(0, 0, 30))+`"}`)
	}
	round := func() {
		t.Helper()
		require.NoError(t, w.purger.Round(t.Context()))
	}
	drop()
	require.Equal(t, 200, w.call("POST", "/api/sites/"+string(site)+"/restore", token, nil).code)
	w.clock.Add(6 * 24 * time.Hour)
	drop()
	w.clock.Add(30*24*time.Hour - time.Millisecond)
	round()
	require.Empty(t, w.fold.erased)
	w.clock.Add(time.Millisecond)
	w.purger.deps.Steady = func() bool { return false }
	round()
	require.Empty(t, w.fold.erased)
	w.purger.deps.Steady = func() bool { return true }
	round()
	w.wantNothingOf(site)
	var grant grantAnswer
	w.login("owner@example.com", password).read(200, &grant) // the old token has expired
	list, _ := w.activities(grant.Token, "action=site.purged")
	require.Len(t, list, 1)
	require.Nil(t, list[0].Actor)
}

// Who was let in before a purge and writes after it writes nothing.
func TestNothingIsKeptAfterAPurge(t *testing.T) {
	w, token, site, _ := ownedWorld(t)
	require.Equal(t, 200, w.purge(token, site).code)
	now := w.clock.Now()
	require.ErrorIs(t, w.catalog.annotations.put(&Annotation{ID: "ann_late00000000000000", Site: site, CreatedAt: now}), errSiteNotFound)
	require.ErrorIs(t, w.catalog.shares.add(&Share{ID: "share_late000000000000", Site: site, CreatedAt: now}, 20, now), errSiteNotFound)
	require.ErrorIs(t, w.catalog.addWebhook(&analytics.Webhook{ID: "wh_late000000000000000", Site: site, CreatedAt: now}, 10), errSiteNotFound)
	require.ErrorIs(t, w.pictures.put(&Picture{Site: site, Path: "/late", Device: "desktop", CreatedAt: now}, pngPicture(1, 1)), errSiteNotFound)
	var days []importDay // more than one transaction takes
	for day := firstImportDay; len(days) < 2*yearsAtOnce; day += 366 {
		days = append(days, importDay{day: day})
	}
	late := &DailyImport{ID: "import_late0000000000000", Site: site, First: days[0].day, Last: days[len(days)-1].day, At: now}
	require.ErrorIs(t, w.imports.put(late, days), errSiteNotFound)
	owner, ok := w.accounts.UserByEmail("owner@example.com")
	require.True(t, ok)
	_, _, err := w.accounts.CreateKey(auth.Principal{UserID: owner.ID, Scope: auth.AdminScope}, auth.NewKey{Name: "late", Scope: auth.Read, Site: site})
	require.ErrorIs(t, err, auth.ErrSiteGone)
	w.appendActivity(Activity{Action: "site.updated", Site: site, Target: ActivityTarget{Type: "site", ID: string(site), Name: purgedDomain}})
	w.wantNothingOf(site)
	require.Empty(t, w.catalog.annotations.of(site))
}

// A purge under way names its owner as long as it lasts only.
func TestPurgeRecord(t *testing.T) {
	w, token, site, _ := ownedWorld(t)
	w.fold.fail = errors.New("the disk is on fire")
	require.Equal(t, http.StatusInternalServerError, w.purge(token, site).code)
	var r purgeRecord
	val, err := getMeta(w.meta, purgePrefix+string(site))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(val, &r))
	require.Equal(t, site, r.Site)
	u, ok := w.accounts.UserByEmail("owner@example.com")
	require.True(t, ok)
	require.Equal(t, u.ID, r.Owner)
	w.fold.fail = nil
	require.NoError(t, w.purger.Round(t.Context()))
	val, err = getMeta(w.meta, purgePrefix+string(site))
	require.NoError(t, err)
	require.Nil(t, val)
}
