package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// testSalts makes salts from the day, and from the site for imports.
type testSalts struct {
	asked int
	err   error
}

func (s *testSalts) Salt(day analytics.Day) (key [32]byte, err error) {
	s.asked++
	binary.BigEndian.PutUint32(key[:], uint32(day))
	return key, s.err
}

func (s *testSalts) ImportSalt(site analytics.SiteID, day analytics.Day) (key [32]byte, err error) {
	key, err = s.Salt(day)
	copy(key[4:], site)
	return key, err
}

const (
	now    = int64(1768494620000) // 2026-01-15T16:30:20Z
	chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
	google = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

func testSite(change ...func(*analytics.Settings)) *analytics.Site {
	s := &analytics.Site{ID: "site_abc123", Domain: "example.com", Timezone: "America/New_York", Settings: analytics.DefaultSettings(730)}
	for _, c := range change {
		c(&s.Settings)
	}
	return s
}

func testRequest(change ...func(*Request)) *Request {
	r := &Request{ReceivedAt: now, IP: "203.0.113.7", UserAgent: chrome}
	for _, c := range change {
		c(r)
	}
	return r
}

func testPipeline(t testing.TB) *Pipeline {
	t.Helper()
	p, err := New(Config{Salts: &testSalts{}, Geo: NewGeo(nil), MaxAge: DefaultMaxAge})
	require.NoError(t, err)
	return p
}

// hit decodes a hit as the wire has it.
func hit(t testing.TB, text string) *Hit {
	t.Helper()
	var h Hit
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	require.NoError(t, d.Decode(&h), text)
	return &h
}

func passHit(t testing.TB, p *Pipeline, site *analytics.Site, r *Request, h *Hit) (analytics.Event, Outcome) {
	t.Helper()
	run, err := p.Open(site, r)
	require.NoError(t, err)
	defer run.Close()
	var e analytics.Event
	out, err := run.Pass(h, &e)
	require.NoError(t, err)
	return e, out
}

// stored is the event that the hit becomes on a usual request.
func stored(t *testing.T, text string, settings ...func(*analytics.Settings)) analytics.Event {
	t.Helper()
	e, out := passHit(t, testPipeline(t), testSite(settings...), testRequest(), hit(t, text))
	require.Equal(t, Outcome{}, out, text)
	return e
}

func TestSteps(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range steps {
		require.NotNil(t, s.do)
		require.False(t, seen[s.name], s.name)
		seen[s.name] = true
	}
}

func TestRejected(t *testing.T) {
	p := testPipeline(t)
	f := func(text, want string) {
		t.Helper()
		_, out := passHit(t, p, testSite(), testRequest(), hit(t, text))
		require.Equal(t, Outcome{Rejected: want}, out, text)
	}
	f(`{"siteId":"site_other1","type":"pageview"}`, "Site ID mismatch")
	f(`{}`, "Invalid event type")
	f(`{"type":"Pageview"}`, "Invalid event type")
	f(`{"type":"pageview","id":"short"}`, "Invalid event id")
	f(`{"type":"pageview","id":""}`, "Invalid event id")
	f(`{"type":"pageview","id":"with space 123"}`, "Invalid event id")
	f(`{"type":"pageview","id":"`+strings.Repeat("a", 65)+`"}`, "Invalid event id")
	f(`{"type":"pageview","timestamp":"yesterday"}`, "Invalid timestamp")
	f(`{"type":"pageview","timestamp":"2026-01-15"}`, "Invalid timestamp")
	for _, lax := range []string{"2026-01-15T1:30:15Z", "2026-01-15T11:30:15,5Z", "2026-01-15T11:30:15+99:99"} { // what Go's time.Parse takes all the same
		f(`{"type":"pageview","timestamp":"`+lax+`"}`, "Invalid timestamp")
	}
	f(`{"type":"pageview","timestamp":true}`, "Invalid timestamp")
	f(`{"type":"pageview","timestamp":1e400}`, "Invalid timestamp")
	f(`{"type":"pageview","timestamp":9e15}`, "Invalid timestamp")
	f(`{"type":"pageview","sentAt":"x"}`, "Invalid timestamp")
	f(`{"type":"pageview","sessionId":""}`, "Invalid session id")
	f(`{"type":"pageview","sessionId":"a b"}`, "Invalid session id")
	f(`{"type":"pageview","url":"/relative"}`, "url must be an absolute http(s) URL")
	f(`{"type":"pageview","url":"ftp://example.com/"}`, "url must be an absolute http(s) URL")
	f(`{"type":"event","value":"5"}`, "Value must be a number")
	f(`{"type":"event","value":1000000000000.01}`, "Value must be a number")
	f(`{"type":"event","value":-1e13}`, "Value must be a number")
	f(`{"type":"event","value":1e400}`, "Value must be a number")
	f(`{"type":"event","value":{}}`, "Value must be a number")
	const click = "x, y and viewport are required for click events"
	f(`{"type":"click","y":1,"viewport":{"width":1280,"height":800}}`, click)
	f(`{"type":"click","x":1,"viewport":{"width":1280,"height":800}}`, click)
	f(`{"type":"click","x":1,"y":1}`, click)
	f(`{"type":"click","x":1,"y":1,"viewport":{"width":99,"height":800}}`, "Invalid viewport")
	f(`{"type":"click","x":1,"y":1,"viewport":{"width":1280,"height":10001}}`, "Invalid viewport")
	f(`{"type":"click","x":1,"y":1,"viewport":{"width":1280.5,"height":800}}`, "Invalid viewport")
	f(`{"type":"click","x":1,"y":1,"viewport":{"width":"1280","height":800}}`, "Invalid viewport")
	f(`{"type":"click","x":1,"y":1,"viewport":{}}`, "Invalid viewport")
	const scroll = "depth, viewport and document are required for scroll events"
	f(`{"type":"scroll","viewport":{"width":1280,"height":800},"document":{"width":1280,"height":4000}}`, scroll)
	f(`{"type":"scroll","depth":50,"document":{"width":1280,"height":4000}}`, scroll)
	f(`{"type":"scroll","depth":50,"viewport":{"width":1280,"height":800}}`, scroll)
	f(`{"type":"scroll","depth":50,"viewport":{"width":1280,"height":800},"document":{}}`, scroll)
	f(`{"type":"scroll","depth":50,"viewport":{"width":1280,"height":800},"document":{"height":"4000"}}`, "document.height must be a number")
	f(`{"type":"scroll","depth":50,"viewport":{"width":1280,"height":800},"document":{"height":4000},"dwell":[[1]]}`, "dwell must be a array")
	const move = "points and viewport are required for move events"
	f(`{"type":"move","viewport":{"width":1280,"height":800}}`, move)
	f(`{"type":"move","points":[],"viewport":{"width":1280,"height":800}}`, move)
	f(`{"type":"move","points":[[1,2]]}`, move)
	f(`{"type":"move","points":[[1,2,3]],"viewport":{"width":1280,"height":800}}`, "points must be a array")
}

func TestValidityComesBeforeIgnoring(t *testing.T) {
	_, out := passHit(t, testPipeline(t), testSite(), testRequest(func(r *Request) { r.UserAgent = google }), hit(t, `{"type":"nothing"}`))
	require.Equal(t, Outcome{Rejected: "Invalid event type"}, out)
}

func TestTime(t *testing.T) {
	f := func(times string, want int64) {
		t.Helper()
		require.Equal(t, want, stored(t, `{"type":"pageview"`+times+`}`).TS, times)
	}
	f(``, now)
	f(`,"timestamp":null`, now)
	f(`,"sentAt":1`, now)
	f(`,"timestamp":1768494615000`, now-5000)
	f(`,"timestamp":1768494615000.9`, now-5000)
	f(`,"timestamp":"2026-01-15T16:30:15.000Z"`, now-5000)
	f(`,"timestamp":"2026-01-15t11:30:15-05:00"`, now-5000)
	f(`,"timestamp":1768494625000`, now)                          // from the future
	f(`,"timestamp":1000,"sentAt":6000`, now-5000)                // the client's clock is wrong by decades
	f(`,"timestamp":6000,"sentAt":1000`, now)                     // sent before it happened
	f(`,"timestamp":0`, now-24*3600*1000)                         // older than a day
	f(`,"timestamp":-8.64e15,"sentAt":8.64e15`, now-24*3600*1000) // no overflow
	p, err := New(Config{Salts: &testSalts{}, Geo: NewGeo(nil), MaxAge: time.Hour})
	require.NoError(t, err)
	e, _ := passHit(t, p, testSite(), testRequest(), hit(t, `{"type":"pageview","timestamp":0}`))
	require.Equal(t, now-3600*1000, e.TS)
	p, err = New(Config{Salts: &testSalts{}, Geo: NewGeo(nil), MaxAge: 0})
	require.NoError(t, err)
	e, _ = passHit(t, p, testSite(), testRequest(), hit(t, `{"type":"pageview","timestamp":0}`))
	require.Equal(t, now, e.TS)
	require.Equal(t, now, e.ReceivedAt)
}

func TestImport(t *testing.T) {
	p := testPipeline(t)
	r := testRequest(func(r *Request) {
		r.Import, r.Context, r.UserAgent, r.GPC, r.SecPurpose = true, true, google, "1", "prefetch"
	})
	f := func(text, want string) {
		t.Helper()
		_, out := passHit(t, p, testSite(func(s *analytics.Settings) { s.ExcludePaths, s.HonorGPC = []string{"/x"}, true }), r, hit(t, text))
		require.Equal(t, Outcome{Rejected: want}, out, text)
	}
	f(`{"type":"pageview","timestamp":1}`, "Event id is required")
	f(`{"type":"pageview","id":"12345678"}`, "Timestamp is required")
	f(`{"type":"pageview","id":"12345678","timestamp":631151999999}`, "Invalid timestamp")
	f(`{"type":"pageview","id":"12345678","timestamp":1768494620001}`, "Invalid timestamp")
	f(`{"type":"pageview","id":"12345678","timestamp":631152000000,"path":"/x"}`, "")
	e, _ := passHit(t, p, testSite(), r, hit(t, `{"type":"pageview","id":"12345678","timestamp":"2015-05-17T10:05:03Z","context":{"ip":"host.example","userAgent":""}}`))
	require.Equal(t, time.Date(2015, 5, 17, 10, 5, 3, 0, time.UTC).UnixMilli(), e.TS)
	require.True(t, e.Imported)
	require.Equal(t, "ZZ", e.Country)
	require.Equal(t, visitorOf(p.visitors.salts, "site_abc123", e.TS, "host.example", "", true), e.Visitor)
}

// visitorOf is the plain formula of track.md.
func visitorOf(salts Salts, site analytics.SiteID, ts int64, ip, ua string, imported bool) (id analytics.VisitorID) {
	zone, _ := analytics.LoadZone("America/New_York")
	key, _ := salts.Salt(zone.DayAt(ts))
	if imported {
		key, _ = salts.ImportSalt(site, zone.DayAt(ts))
	}
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(string(site) + "\n" + ip + "\n" + ua))
	copy(id[:], mac.Sum(nil))
	return id
}

func TestVisitor(t *testing.T) {
	p, site := testPipeline(t), testSite()
	for i := range 3 { // hashes are used again
		for _, age := range []int64{0, 11*3600_000 + 31*60_000, 12 * 3600_000, 24 * 3600_000} {
			h := hit(t, `{"type":"pageview"}`)
			h.Timestamp = json.Number("0")
			h.SentAt = float64(age)
			e, _ := passHit(t, p, site, testRequest(), h)
			require.Equal(t, now-age, e.TS)
			require.Equal(t, visitorOf(p.visitors.salts, site.ID, e.TS, "203.0.113.7", chrome, false), e.Visitor, "round %d age %d", i, age)
		}
	}
	long := chrome + strings.Repeat(" x", 2500) // the user agent counts whole
	e, _ := passHit(t, p, site, testRequest(func(r *Request) { r.UserAgent = long }), hit(t, `{"type":"heartbeat"}`))
	require.Equal(t, visitorOf(p.visitors.salts, site.ID, now, "203.0.113.7", long, false), e.Visitor)
}

func TestVisitorKeysAreForgotten(t *testing.T) {
	salts := &testSalts{}
	p, err := New(Config{Salts: salts, Geo: NewGeo(nil), MaxAge: DefaultMaxAge})
	require.NoError(t, err)
	site := testSite()
	passHit(t, p, site, testRequest(), hit(t, `{"type":"pageview"}`))
	passHit(t, p, site, testRequest(), hit(t, `{"type":"pageview"}`))
	require.Equal(t, 1, salts.asked)
	day := analytics.DayOf(time.UnixMilli(now).UTC())
	require.NotNil(t, p.visitors.known(day))
	end := (int64(day) + 3) * 86_400_000 // 48 h after 24:00 UTC
	p.Forget(end - 1)
	require.NotNil(t, p.visitors.known(day))
	p.Forget(end)
	require.Nil(t, p.visitors.known(day))
}

func TestSaltErrorIsNoOutcome(t *testing.T) {
	broken := errors.New("disk gone")
	p, err := New(Config{Salts: &testSalts{err: broken}, Geo: NewGeo(nil), MaxAge: DefaultMaxAge})
	require.NoError(t, err)
	run, err := p.Open(testSite(), testRequest())
	require.NoError(t, err)
	_, err = run.Pass(hit(t, `{"type":"pageview"}`), new(analytics.Event))
	require.ErrorIs(t, err, broken)
}

func TestContext(t *testing.T) {
	p, site := testPipeline(t), testSite()
	const text = `{"type":"pageview","context":{"ip":"::ffff:8.8.8.8","userAgent":"` + google + `"}}`
	e, out := passHit(t, p, site, testRequest(), hit(t, text)) // without a key
	require.Equal(t, Outcome{}, out)
	require.Equal(t, visitorOf(p.visitors.salts, site.ID, now, "203.0.113.7", chrome, false), e.Visitor)
	withKey := testRequest(func(r *Request) { r.Context, r.Country, r.Brands = true, "DE", `"Microsoft Edge";v="120"` })
	_, out = passHit(t, p, site, withKey, hit(t, text))
	require.Equal(t, Outcome{Drop: analytics.DropBotSearch}, out)
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"
	e, _ = passHit(t, p, site, withKey, hit(t, `{"type":"pageview","context":{"ip":"::ffff:8.8.8.8","userAgent":"`+firefox+`"}}`))
	require.Equal(t, visitorOf(p.visitors.salts, site.ID, now, "8.8.8.8", firefox, false), e.Visitor)
	require.Equal(t, [3]string{"US", "Firefox", "Linux"}, [3]string{e.Country, e.Browser, e.OS})
	e, _ = passHit(t, p, site, withKey, hit(t, `{"type":"pageview"}`))
	require.Equal(t, [2]string{"DE", "Edge"}, [2]string{e.Country, e.Browser})
}

func TestOneRunManySenders(t *testing.T) {
	p, site := testPipeline(t), testSite()
	run, err := p.Open(site, testRequest(func(r *Request) { r.Context = true }))
	require.NoError(t, err)
	defer run.Close()
	for i := range 20 {
		ip := []string{"198.51.100.1", "198.51.100.2", ""}[i%3]
		h, want := hit(t, `{"type":"pageview"}`), "203.0.113.7"
		if ip != "" {
			h.Context, want = &Context{IP: &ip}, ip
		}
		var e analytics.Event
		_, err := run.Pass(h, &e)
		require.NoError(t, err)
		require.Equal(t, visitorOf(p.visitors.salts, site.ID, now, want, chrome, false), e.Visitor)
	}
}
