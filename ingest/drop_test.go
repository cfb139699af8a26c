package ingest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

const (
	someClick  = `{"type":"click","x":1,"y":1,"viewport":{"width":1280,"height":800},"path":"/admin"}`
	someScroll = `{"type":"scroll","depth":1,"viewport":{"width":1280,"height":800},"document":{"width":1280,"height":4000},"path":"/admin"}`
	someMove   = `{"type":"move","points":[[1,1]],"viewport":{"width":1280,"height":800},"path":"/admin"}`
	someView   = `{"type":"pageview","path":"/admin"}`
)

// Every reason applies at first; taking the first one away shows the next.
func TestSilentlyIgnoredInOrder(t *testing.T) {
	p := testPipeline(t)
	r := testRequest(func(r *Request) { r.UserAgent, r.GPC, r.SecPurpose = google, "1", "prefetch;prerender" })
	site := func() *analytics.Site {
		return testSite(func(s *analytics.Settings) {
			s.HonorGPC, s.HonorDNT, s.ExcludePaths, s.Heatmaps = true, true, []string{"/admin"}, false
		})
	}
	f := func(want analytics.DropReason, change func(*analytics.Settings), s *analytics.Site) {
		t.Helper()
		change(&s.Settings)
		_, out := passHit(t, p, s, r, hit(t, someClick))
		require.Equal(t, Outcome{Drop: want}, out)
	}
	s := site()
	f(analytics.DropBotSearch, func(s *analytics.Settings) {}, s)
	next := func(want analytics.DropReason, change func(*analytics.Settings)) {
		t.Helper()
		copied := *s // settings change by a new site, never in place
		s = &copied
		f(want, change, s)
	}
	next(analytics.DropOptOut, func(s *analytics.Settings) { s.FilterBots = false })
	next(analytics.DropPath, func(s *analytics.Settings) { s.HonorGPC = false })
	next(analytics.DropHeatmapsOff, func(s *analytics.Settings) { s.ExcludePaths = nil })
	next(analytics.DropPrefetch, func(s *analytics.Settings) { s.Heatmaps = true })
	r.SecPurpose = ""
	next(0, func(s *analytics.Settings) {})
}

func TestOptOut(t *testing.T) {
	f := func(gpc, dnt string, honorGPC, honorDNT bool, want analytics.DropReason) {
		t.Helper()
		r := testRequest(func(r *Request) { r.GPC, r.DNT = gpc, dnt })
		_, out := passHit(t, testPipeline(t), testSite(func(s *analytics.Settings) { s.HonorGPC, s.HonorDNT = honorGPC, honorDNT }), r, hit(t, someView))
		require.Equal(t, Outcome{Drop: want}, out)
	}
	f("1", "1", false, false, 0)
	f("1", "", true, false, analytics.DropOptOut)
	f("1", "", false, true, 0)
	f("", "1", false, true, analytics.DropOptOut)
	f("", "1", true, false, 0)
	f("0", "0", true, true, 0)
}

func TestExcludedPaths(t *testing.T) {
	f := func(entry, path string, want bool) {
		t.Helper()
		s, err := newRules(testSite(func(s *analytics.Settings) { s.ExcludePaths, s.KeepQuery = []string{entry}, true }))
		require.NoError(t, err)
		path, bare := s.normalPath(path, false)
		require.Equal(t, want, s.excludes(path, bare), "%s %s", entry, path)
	}
	f("/admin", "/admin", true)
	f("/admin", "/admin/", true)
	f("/admin", "/admin/users", true)
	f("/admin", "/admin?x=1", true)
	f("/admin", "/administration", false)
	f("/admin", "/Admin", false)
	f("/admin", "/x/admin", false)
	f("admin", "/admin/users", true)
	f("/admin/", "/admin/users", true)
	f("/admin/", "/admin", false)
	f("/", "/", true)
	f("/", "/a", false)
	f("", "/", false)
	f("/a/*/c", "/a/b/c", true)
	f("/a/*/c", "/a/b/c/d", false)
	f("/a/*/c", "/a/c", false)
	f("/a*", "/abc/d", true)
	f("a/*", "/a/b", true)
	f("*.pdf", "/docs/x.pdf", true)
	f("*.pdf", "/docs/x.pdfs", false)
	f("*", "/anything", true)
	f("/a*a", "/a", false)
	f("/a*b*c", "/a-b-b-c", true)
	f("/a*b*c", "/a-c-b", false)
	f("/app#/admin", "/app#/admin/users", true)
	f("/app", "/app#/users", false)
	f("/admin", "/admin#top", true)
	f("/admin#top", "/admin#top", false) // no path has it

	// An entry may name a query that the site keeps.
	f("/search?q=1", "/search?q=1", true)
	f("/search?q=1", "/search?q=12", false)
	f("/search?q=1", "/search?q=1&x=2", false)
	f("/search?q=1", "/search", false)
	f("/search?q=*", "/search?q=a+b&x=2", true)
	f("/search?q=*", "/search?x=2&utm_source=q&q=a", true) // as it is stored: /search?q=a&x=2
	f("/search?x=*", "/search?x=2&q=a", false)
	f("*preview=1*", "/a/b?lang=de&preview=1", true)
	f("*preview=1*", "/a/b?lang=de", false)
	f("*.pdf", "/x.pdf?page=2", true)
	f("/app?x=1#/admin", "/app?x=1#/admin/users", true)
	f("/app#/find?q=*", "/app?x=1#/find?q=2", false)
	f("/app*#/find?q=*", "/app?x=1#/find?q=2", true)

	// Paths are compared as they are stored: nothing is decoded.
	f("/%C3%BCber", "/%C3%BCber/uns", true)
	f("/über", "/%C3%BCber", false)
	f("/%c3%bcber", "/%C3%BCber", false)
}

// Without settings.keepQuery no path has a query.
func TestExcludedQueryThatIsNotKept(t *testing.T) {
	site := testSite(func(s *analytics.Settings) { s.ExcludePaths = []string{"/search?q=*", "/a?x=1"} })
	for _, path := range []string{"/search?q=1", "/a?x=1"} {
		e, out := passHit(t, testPipeline(t), site, testRequest(), hit(t, `{"type":"pageview","path":"`+path+`"}`))
		require.Equal(t, Outcome{}, out)
		require.NotContains(t, e.Path, "?")
	}
}

func TestExcludedQuery(t *testing.T) {
	site := testSite(func(s *analytics.Settings) { s.ExcludePaths, s.KeepQuery = []string{"/search?q=*"}, true })
	f := func(path string, want analytics.DropReason) {
		t.Helper()
		_, out := passHit(t, testPipeline(t), site, testRequest(), hit(t, `{"type":"pageview","path":"`+path+`"}`))
		require.Equal(t, Outcome{Drop: want}, out, path)
	}
	f("/search?q=1", analytics.DropPath)
	f("/search?utm_source=x&q=1", analytics.DropPath)
	f("/search?x=1", 0)
}

func TestHeatmapsOff(t *testing.T) {
	off := func(s *analytics.Settings) { s.Heatmaps = false }
	for _, text := range []string{someClick, someScroll, someMove} {
		_, out := passHit(t, testPipeline(t), testSite(off), testRequest(), hit(t, text))
		require.Equal(t, Outcome{Drop: analytics.DropHeatmapsOff}, out)
		_, out = passHit(t, testPipeline(t), testSite(), testRequest(), hit(t, text))
		require.Equal(t, Outcome{}, out)
	}
	for _, kind := range []string{"pageview", "event", "engagement", "heartbeat"} {
		_, out := passHit(t, testPipeline(t), testSite(off), testRequest(), hit(t, `{"type":"`+kind+`"}`))
		require.Equal(t, Outcome{}, out)
	}
}

func TestPrefetch(t *testing.T) {
	f := func(sec, purpose string, want analytics.DropReason) {
		t.Helper()
		r := testRequest(func(r *Request) { r.SecPurpose, r.Purpose = sec, purpose })
		_, out := passHit(t, testPipeline(t), testSite(), r, hit(t, someView))
		require.Equal(t, Outcome{Drop: want}, out, "%s %s", sec, purpose)
	}
	f("prefetch", "", analytics.DropPrefetch)
	f("Prefetch;anonymous-client-ip", "", analytics.DropPrefetch)
	f("prerender", "", analytics.DropPrefetch)
	f("", "prefetch", analytics.DropPrefetch)
	f("", "prefetch;x", 0)
	f("other", "", 0)
}
