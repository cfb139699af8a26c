package api

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// fakeDemo remembers what it was told to fill.
type fakeDemo struct {
	mu     sync.Mutex
	filled []demoFill
	err    error
	hold   func() // run before each answers; nil: none
}

type demoFill struct {
	site     analytics.SiteID
	from, to time.Time
}

func (d *fakeDemo) Fill(_ context.Context, site *analytics.Site, from, to time.Time) error {
	d.mu.Lock()
	d.filled = append(d.filled, demoFill{site.ID, from, to})
	hold, err := d.hold, d.err
	d.mu.Unlock()
	if hold != nil {
		hold()
	}
	return err
}

// removeDemo ends a user's demo site.
func (w *world) removeDemo(user string) {
	for _, e := range w.sites.ofUser(user) {
		if demoDomain.MatchString(e.Domain) && e.DeletedAt.IsZero() {
			w.remove(e.ID)
		}
	}
}

// visited gives a site an event at a time.
func (w *world) visited(site analytics.SiteID, at time.Time) {
	reader := testkit.NewReader(site, "UTC", 10_000)
	reader.Apply(at.UnixMilli(), analytics.Record{Event: &analytics.Event{Kind: analytics.Pageview, TS: at.UnixMilli(), ReceivedAt: at.UnixMilli(), Path: "/"}})
	w.reader.events = reader
}

const noDemo = "Demo site already exists"

func TestDemoSite(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.MaxSitesPerUser = 1 })
	_, token := w.user("owner@example.com")
	var site struct{ ID, Domain, Name, Timezone, Role string }
	w.call("POST", "/api/demo", token, nil).read(http.StatusCreated, &site)
	require.Regexp(t, `^demo-[a-z0-9]{6}\.example\.com$`, site.Domain)
	require.Equal(t, []string{"Demo", "UTC", "owner"}, []string{site.Name, site.Timezone, site.Role})
	now := w.clock.Now()
	require.Equal(t, []demoFill{{analytics.SiteID(site.ID), now.AddDate(0, 0, -30), now}}, w.demo.filled)

	w.visited(analytics.SiteID(site.ID), now.Add(-time.Minute))
	w.call("POST", "/api/demo", token, nil).wantError(http.StatusConflict, noDemo, "conflict")
	require.Len(t, w.demo.filled, 1)
	var list []struct{ ID string }
	w.call("GET", "/api/sites", token, nil).read(200, &list)
	require.Len(t, list, 1, "it is a site like others")

	// One that was deleted is none, and counts no longer against the limit; an ordinary one does.
	w.call("DELETE", "/api/sites/"+site.ID, token, nil).read(200, &struct{}{})
	w.call("POST", "/api/demo", token, nil).read(http.StatusCreated, &site)
	other, otherToken := w.user("other@example.com")
	w.addSite(other, "example.com")
	w.call("POST", "/api/demo", otherToken, nil).wantError(http.StatusForbidden, "Site limit reached", "limit_reached")
}

// TestDemoIsFinished: what broke off goes on with the next request, on the same site and for the same time.
func TestDemoIsFinished(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	w.demo.err = &analytics.Unavailable{RetryAfter: time.Second}
	w.call("POST", "/api/demo", token, nil).wantError(503, "Service temporarily unavailable", "unavailable")
	first := w.demo.filled[0]
	w.visited(first.site, first.to.AddDate(0, 0, -3)) // so far it came
	w.demo.err = nil
	w.clock.Add(time.Hour)
	w.call("POST", "/api/demo", token, nil).read(http.StatusCreated, &struct{}{})
	require.Equal(t, []demoFill{first, first}, w.demo.filled)
	require.Len(t, w.sites.ofUser(owner), 1)
	w.reader.err = &analytics.Unavailable{RetryAfter: time.Second}
	w.call("POST", "/api/demo", token, nil).wantError(503, "Service temporarily unavailable", "unavailable")
}

// TestOldDemo: a demo site that has lost its visits, as its settings may have it, is not filled again.
func TestOldDemo(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	w.call("POST", "/api/demo", token, nil).read(http.StatusCreated, &struct{}{})
	w.clock.Add(40 * 24 * time.Hour)
	token, _ = w.signIn("owner@example.com")
	w.call("POST", "/api/demo", token, nil).wantError(http.StatusConflict, noDemo, "conflict")
	require.Len(t, w.demo.filled, 1)
}

// TestDemoOncePerUser: of requests at the same time one makes the site.
func TestDemoOncePerUser(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	entered, leave := make(chan struct{}), make(chan struct{})
	w.demo.hold = func() {
		entered <- struct{}{}
		<-leave
	}
	made := make(chan int, 1)
	go func() { made <- w.call("POST", "/api/demo", token, nil).code }()
	select {
	case <-entered:
	case <-time.After(10 * time.Second):
		t.Fatal("the first request does not make the site")
	}
	w.call("POST", "/api/demo", token, nil).wantError(http.StatusConflict, noDemo, "conflict")
	close(leave)
	require.Equal(t, http.StatusCreated, <-made)
	require.Len(t, w.sites.ofUser(owner), 1)
}
