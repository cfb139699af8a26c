package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTrackLimitOfSender(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 3, 100 })
	for range 3 {
		w := r.expect(200, success(1, 0), onePageview)
		require.Empty(t, w.Header().Get("RateLimit-Limit"), "only on 429")
	}
	r.now += 20_500
	w := r.expect(429, failure("Rate limit exceeded. Try again in 40 seconds.", "rate_limited"), onePageview)
	require.Equal(t, []string{"40", "3", "0", "40", "3;w=60, 100;w=60"}, headersOf(w, "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy"))
	require.Equal(t, 200, r.track(`{"siteId":"site_other1","type":"pageview"}`).Code, "another site is another key")
	r.now += 39_499
	require.Equal(t, 429, r.track(onePageview).Code)
	r.now++ // a minute after the first request
	require.Equal(t, 200, r.track(onePageview).Code)
}

func headersOf(w *httptest.ResponseRecorder, names ...string) (values []string) {
	for _, n := range names {
		values = append(values, w.Header().Get(n))
	}
	return values
}

func TestTrackLimitOfSite(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 3, 10 })
	batch := func(n int) string {
		return `{"siteId":"site_abc123","events":[` + strings.Repeat(`{"type":"heartbeat"},`, n-1) + `{"type":"heartbeat"}]}`
	}
	r.expect(200, success(8, 0), batch(8))
	for range 5 { // a refused request counts nowhere
		w := r.expect(429, failure("Rate limit exceeded. Try again in 60 seconds.", "rate_limited"), batch(3))
		require.Equal(t, []string{"10", "2", "60"}, headersOf(w, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"))
	}
	r.expect(200, success(2, 0), batch(2))
	r.expect(429, failure("Rate limit exceeded. Try again in 60 seconds.", "rate_limited"), batch(1))
	require.Len(t, r.store.records, 10)
}

func TestTrackLimitsOff(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	for range 50 {
		require.Equal(t, 200, r.track(onePageview).Code)
	}
}

// A client that forges X-Forwarded-For without a trusted proxy is one bucket and one visitor.
func TestTrackForgedAddress(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests = 3 })
	for i := range 3 {
		require.Equal(t, 200, r.track(onePageview, "X-Forwarded-For", fmt.Sprintf("8.8.8.%d", i)).Code)
	}
	require.Equal(t, 429, r.track(onePageview, "X-Forwarded-For", "8.8.8.9").Code)
	require.Equal(t, r.store.records[0].Event.Visitor, r.store.records[2].Event.Visitor)
}

func TestClientIPHelper(t *testing.T) {
	of := NewClientIP([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")})
	f := func(peer, want string, forwarded ...string) {
		t.Helper()
		r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
		for _, v := range forwarded {
			r.Header.Add("X-Forwarded-For", v)
		}
		require.Equal(t, want, of(r), "%s %v", peer, forwarded)
	}
	f("203.0.113.7:1234", "203.0.113.7")
	f("203.0.113.7:1234", "203.0.113.7", "8.8.8.8")
	f("[2001:db8::1]:1234", "2001:db8::1")
	f("[::ffff:203.0.113.7]:1", "203.0.113.7")
	f("10.0.0.1:1", "10.0.0.1")
	f("10.0.0.1:1", "8.8.8.8", "8.8.8.8")
	f("10.0.0.1:1", "8.8.8.8", "1.1.1.1, 8.8.8.8 ,10.0.0.2")
	f("10.0.0.1:1", "8.8.8.8", "1.1.1.1", "8.8.8.8", "10.0.0.2, fd00::5")
	f("10.0.0.1:1", "8.8.8.8", "8.8.8.8:4711")
	f("10.0.0.1:1", "2001:db8::2", "[2001:db8::2]:80, [fd00::1]")
	f("10.0.0.1:1", "2001:db8::2", "2001:0DB8:0::2")
	f("10.0.0.1:1", "10.0.0.3", "8.8.8.8, unknown, 10.0.0.3")
	f("10.0.0.1:1", "10.0.0.1", "unknown")
	f("10.0.0.1:1", "10.0.0.4", "10.0.0.4, 10.0.0.3")
	f("@", "@")

	of = NewClientIP(nil) // nobody is trusted
	f("203.0.113.7:1234", "203.0.113.7", "8.8.8.8")
	f("10.0.0.1:1", "10.0.0.1", "8.8.8.8")
	f("[2001:db8::1]:1234", "2001:db8::1", "8.8.8.8")
	f("[::ffff:203.0.113.7]:1", "203.0.113.7")
	f("[fe80::1%eth0]:1", "fe80::1")
	f("@", "@")
}
