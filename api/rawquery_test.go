package api

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBadEscape: a parameter with a % that begins no escape is refused in its own words, or taken as it stands; it is not left out.
func TestBadEscape(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := "siteId=" + string(w.addSite(owner, "example.com"))
	f := func(target string, status int, message, word string) {
		t.Helper()
		w.call("GET", target, token, nil).wantError(status, message, word)
	}
	const bad = "validation_failed"
	f("/api/stats?"+site+"&period=%zz", 400, "Invalid time period", bad)
	f("/api/stats?"+site+"&filters=%", 400, "Invalid filter: %", bad)
	f("/api/stats?"+site+"&filters=%2", 400, "Invalid filter: %2", bad)
	f("/api/stats?"+site+"&filters=page%3D%3D/;foo%", 400, "Invalid filter: foo%", bad)
	f("/api/stats?"+site+"&limit=%31%", 400, "Limit must be between 1 and 100", bad)
	f("/api/stats?"+site+"&interval=%hour", 400, "Invalid interval", bad)
	f("/api/stats?"+site+"&startDate=%", 400, "Invalid date format", bad)
	f("/api/stats?"+site+"%", 404, "Site not found", "not_found")
	f("/api/realtime?"+site+"&detail=%true", 400, "detail must be a boolean", bad)
	f("/api/activity-log?"+site+"&type=%", 400, "Invalid activity type", bad)
	f("/api/stats-api?site_id="+site[len("siteId="):]+"&metrics=%", 400, "Invalid metric: %", bad)
	f("/api/public/stats?siteId=%zz", 404, "Invalid or expired share link", "not_found")
	require.Equal(t, 200, w.call("GET", "/api/stats?"+site+"&%zz=1", token, nil).code, "unknown parameters are ignored")
}

// TestReadableQuery: what net/url reads of a query is all of it, and what was well-formed is read as before.
func TestReadableQuery(t *testing.T) {
	f := func(path, query string, want url.Values) {
		t.Helper()
		got, err := url.ParseQuery(readableQuery(&http.Request{URL: &url.URL{Path: path, RawQuery: query}}))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	f("/api/stats", "", url.Values{})
	f("/api/stats", "a=%41%C3%a4+b&a=&c", url.Values{"a": {"A\u00e4 b", ""}, "c": {""}})
	f("/api/stats", "a=1;b&c=%&d=%4&e=%4g%41&%=%%41", url.Values{"a": {"1;b"}, "c": {"%"}, "d": {"%4"}, "e": {"%4gA"}, "%": {"%A"}})
	f("/count", "p=/a;b&q=%41", url.Values{"p": {"/a;b"}, "q": {"A"}})
	require.Equal(t, "p=/%zz", readableQuery(&http.Request{URL: &url.URL{Path: "/count", RawQuery: "p=/%zz"}}))
}
