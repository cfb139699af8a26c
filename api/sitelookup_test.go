package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestFindSite: id, alias, domain, allowed host; never one of several owners.
func TestFindSite(t *testing.T) {
	r := newCompatRig(t)
	f := func(name string, want any) {
		t.Helper()
		site, p := r.sites.FindSite(name)
		if p != nil {
			require.Equal(t, want, p, name)
			return
		}
		require.Equal(t, want, string(site.ID), name)
	}
	f("site_abc123", "site_abc123")
	f(uuid, "site_abc123")
	f("example.com/docs", "site_abc123")
	f("example.com", "site_abc123")
	f("EXAMPLE.com.", "site_abc123")
	f("www.example.com", "site_abc123")
	f("partner.example.net", "site_abc123")
	f("www.partner.example.net", errUnknownSite)
	f("preview.example.net", errUnknownSite)
	f("a.preview.example.net", "site_abc123")
	f("a.b.preview.example.net", "site_abc123")
	f("apreview.example.net", errUnknownSite)
	for _, nobody := range []string{"", "site_nothing", "com", "sub.example.com", "127.0.0.1", "*.preview.example.net", uuid[1:]} {
		f(nobody, errUnknownSite)
	}

	// One owner's sites: the stronger name wins, and of equal ones none.
	r.site("site_blog12", "alice", "blog.example.com", func(s *analytics.Settings) { s.AllowedDomains = []string{"example.com", "*.example.net"} })
	f("example.com", "site_abc123")
	f("partner.example.net", "site_abc123")
	f("other.example.net", "site_blog12")
	f("x.preview.example.net", errAmbiguousSite)
	r.site("site_www123", "alice", "www.example.com", nil)
	f("example.com", "site_abc123")
	f("www.example.com", "site_www123")
	r.site("site_www123", "alice", "shop.example.com", func(s *analytics.Settings) { s.Aliases = []string{"blog.example.com", "site_abc123"} })
	f("www.example.com", "site_abc123")
	f("blog.example.com", "site_www123")
	f("site_abc123", "site_abc123")

	// Nobody takes another's hits, by whatever name.
	for _, change := range []func(s *analytics.Site){
		func(s *analytics.Site) { s.Domain = "example.com" },
		func(s *analytics.Site) { s.Domain = "www.example.com" },
		func(s *analytics.Site) { s.Settings.Aliases = []string{"example.com"} },
		func(s *analytics.Site) { s.Settings.AllowedDomains = []string{"example.com"} },
	} {
		e := r.site("site_mallory", "mallory", "mallory.example", nil)
		f("example.com", "site_abc123")
		now := *e
		change(&now.Site)
		r.sites.show(&now)
		f("example.com", errAmbiguousSite)
		f("site_abc123", "site_abc123")
		gone := now
		gone.DeletedAt = time.UnixMilli(trackNow)
		r.sites.show(&gone)
		f("example.com", "site_abc123")
		f("site_mallory", errUnknownSite)
		r.sites.show(&now)
		f("example.com", errAmbiguousSite)
	}
}

// TestNamesAreForgotten: the index keeps nothing of sites that are gone.
func TestNamesAreForgotten(t *testing.T) {
	r := newCompatRig(t)
	for _, id := range []analytics.SiteID{"site_abc123", "site_blog12", "site_bob123"} {
		e := *r.sites.entry(id)
		e.DeletedAt = time.UnixMilli(trackNow)
		r.sites.show(&e)
	}
	r.sites.names.lists.Range(func(name, _ any) bool {
		t.Errorf("%v is still there", name)
		return true
	})
}

// TestNamesAfterAStart: a site is found by its names as soon as it is there, and after a start.
func TestNamesAfterAStart(t *testing.T) {
	w := newWorld(t)
	owner, _ := w.user("owner@example.com")
	id := w.addSite(owner, "example.com")
	for range 2 {
		site, p := w.sites.FindSite("www.example.com")
		require.Nil(t, p)
		require.Equal(t, id, site.ID)
		w.start()
	}
	w.remove(id)
	_, p := w.sites.FindSite("example.com")
	require.Equal(t, errUnknownSite, p)
}

func BenchmarkFindSite(b *testing.B) {
	d := &Directory{byUser: map[string]map[analytics.SiteID]bool{}}
	d.show(&entry{siteRecord: siteRecord{Site: analytics.Site{ID: "site_abc123", Domain: "example.com"}}})
	b.ReportAllocs()
	for b.Loop() {
		if _, p := d.FindSite("www.example.com"); p != nil {
			b.Fatal(p)
		}
	}
}
