package api

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

var errLog = &analytics.Unavailable{Reason: "the log does not answer", RetryAfter: time.Second}

// A site whose definition did not reach the log does not exist yet; the same request again finishes it, with what it now says.
func TestCreateSiteAgainAfterTheLogFailed(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	w.definer.err = errLog
	a := w.call("POST", "/api/sites", token, `{"domain":"example.com","timezone":"UTC"}`)
	a.wantError(503, "Service temporarily unavailable", "unavailable")
	require.Equal(t, "1", a.head.Get("Retry-After"))
	w.call("GET", "/api/sites", token, nil).wantData(200, `[]`)
	unfinished := w.onlySite()
	w.call("GET", "/api/sites/"+string(unfinished), token, nil).wantError(404, "Site not found", "not_found")
	require.Equal(t, 503, w.call("POST", "/api/sites", token, `{"domain":"example.com"}`).code)

	w.definer.err = nil
	var got siteView
	w.call("POST", "/api/sites", token, `{"domain":"example.com","timezone":"Asia/Tokyo"}`).read(201, &got)
	require.Equal(t, unfinished, got.ID)
	site, ok := w.sites.Site(got.ID)
	require.True(t, ok)
	require.Equal(t, []any{"Asia/Tokyo", int64(3)}, []any{site.Timezone, site.Revision})
	require.Len(t, w.definer.log, 1)
	require.Equal(t, int64(3), w.definer.log[0].Revision)
	require.Len(t, w.sites.ofUser(owner), 1)
	w.call("POST", "/api/sites", token, `{"domain":"example.com"}`).wantError(409, "A site with this domain already exists", "conflict")
}

// onlySite is the id of the one site in the store.
func (w *world) onlySite() (id analytics.SiteID) {
	w.t.Helper()
	n := 0
	w.sites.entries.Range(func(key, _ any) bool { id = key.(analytics.SiteID); n++; return true })
	require.Equal(w.t, 1, n)
	return id
}

// The design's crash matrix: between metadata and its record, the pending definition is appended at start.
func TestPendingDefinitionsAreSentAtStart(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	w.definer.err = errLog
	for i := range 20 {
		require.Equal(t, 503, w.call("POST", "/api/sites", token, map[string]any{"domain": fmt.Sprintf("s%d.example.com", i)}).code)
	}
	w.start()
	require.ErrorIs(t, w.sites.ResumePending(t.Context()), errLog)
	w.call("GET", "/api/sites", token, nil).wantData(200, `[]`)
	w.definer.err = nil
	w.start()
	require.NoError(t, w.sites.ResumePending(t.Context()))
	var list []siteItem
	w.call("GET", "/api/sites", token, nil).read(200, &list)
	require.Len(t, list, 20)
	require.Len(t, w.definer.log, 20)
	w.start() // the marks are gone, durably
	require.NoError(t, w.sites.ResumePending(t.Context()))
	require.Len(t, w.definer.log, 20)
	w.call("GET", "/api/sites", token, nil).read(200, &list)
	require.Len(t, list, 20)
}

// While a definition is on its way nobody begins the same site a second time.
func TestCreateSiteTwiceAtOnce(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	arrived, release := make(chan struct{}), make(chan struct{})
	w.definer.hold = func() { arrived <- struct{}{}; <-release }
	var first answer
	var wait sync.WaitGroup
	wait.Go(func() { first = w.call("POST", "/api/sites", token, `{"domain":"example.com"}`) })
	<-arrived
	w.call("POST", "/api/sites", token, `{"domain":"example.com"}`).wantError(409, "A site with this domain already exists", "conflict")
	require.NoError(t, w.sites.ResumePending(t.Context()))
	close(release)
	wait.Wait()
	require.Equal(t, 201, first.code)
	require.Len(t, w.definer.log, 1)
}

func TestSiteLimitHoldsUnderConcurrency(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.MaxSitesPerUser = 3 })
	_, token := w.user("owner@example.com")
	codes := make([]int, 10)
	var wait sync.WaitGroup
	for i := range codes {
		wait.Go(func() {
			codes[i] = w.call("POST", "/api/sites", token, map[string]any{"domain": fmt.Sprintf("s%d.example.com", i)}).code
		})
	}
	wait.Wait()
	made := 0
	for _, code := range codes {
		if code == 201 {
			made++
		}
	}
	require.Equal(t, 3, made)
}

func TestDirectoryRefusesDamagedRecords(t *testing.T) {
	w := newWorld(t)
	owner, _ := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	for key, val := range map[string]string{
		"site/site_x": `{`, "member/" + string(site) + "/user_x": `{"role":"king"}`, "member/site_unknown/user_x": `{"role":"owner"}`, "member/bad": `{}`,
	} {
		require.NoError(t, w.meta.Txn(MetaOp{Key: key, Value: []byte(val)}))
		_, err := OpenDirectory(w.cfg, w.meta, w.definer, w.clock.Now)
		require.ErrorContains(t, err, key)
		require.NoError(t, w.meta.Txn(MetaOp{Key: key}))
	}
	_, err := OpenDirectory(w.cfg, w.meta, w.definer, w.clock.Now)
	require.NoError(t, err)
}

func TestRolesAreSeenAtOnce(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, _ := w.user("owner@example.com")
	viewer, token := w.user("viewer@example.com")
	site := w.addSite(owner, "example.com")
	target := "/api/stats?siteId=" + string(site)
	require.Equal(t, 403, w.call("GET", target, token, nil).code)
	w.join(site, viewer, auth.Viewer)
	require.Equal(t, 200, w.call("GET", target, token, nil).code)
	w.start()
	require.Equal(t, 200, w.call("GET", target, token, nil).code)
	p, problem := w.access.Authenticate(token)
	require.Nil(t, problem)
	require.True(t, w.access.Active(p))
	require.Nil(t, w.access.Authorize(p, site, auth.Viewer, auth.Read))
	require.Equal(t, "Access denied", w.access.Authorize(p, site, auth.Member, auth.Read).Message)
}

// Readers of a site take no lock, so that they wait for nobody who changes one.
func TestSiteIsReadDuringAChange(t *testing.T) {
	w := newWorld(t)
	owner, _ := w.user("owner@example.com")
	id := w.addSite(owner, "example.com")
	w.sites.change.Lock()
	defer w.sites.change.Unlock()
	w.sites.mu.Lock()
	defer w.sites.mu.Unlock()
	_, ok := w.sites.Site(id)
	require.True(t, ok)
	require.Equal(t, auth.Owner, w.sites.Role(id, owner))
}

func BenchmarkSite(b *testing.B) {
	d := &Directory{byUser: map[string]map[analytics.SiteID]bool{}}
	ids := make([]analytics.SiteID, 10_000)
	for i := range ids {
		ids[i] = analytics.SiteID(auth.NewID("site"))
		d.show(&entry{siteRecord: siteRecord{Site: analytics.Site{ID: ids[i]}}})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := d.Site(ids[i%len(ids)]); !ok {
			b.Fatal("no site")
		}
	}
}
