package api

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

func TestStats(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	w.reader.stats = analytics.StatsReport{
		Range:   analytics.RangeReport{Start: "2026-01-09T05:00:00.000Z", End: "2026-01-15T16:30:20.000Z", Timezone: "America/New_York", Interval: "day"},
		Summary: analytics.Summary{Pageviews: 14808, UniqueVisitors: 7125, Sessions: 7654, BounceRate: 43.95, AvgSessionDuration: 98, AvgTimeOnPage: 50},
	}
	a := w.call("GET", "/api/stats?siteId="+string(site), token, nil)
	require.Equal(t, 200, a.code, a.text)
	require.Equal(t, "no-store", a.head.Get("Cache-Control"))
	require.Contains(t, a.text, `"summary":{"pageviews":14808,"uniqueVisitors":7125,"sessions":7654,"bounceRate":43.95,"avgSessionDuration":98,"avgTimeOnPage":50}`)
	require.Equal(t, 1, w.reader.asked[site])

	f := func(query string, interval analytics.Interval, first, last string, limit int) {
		t.Helper()
		a := w.call("GET", "/api/stats?siteId="+string(site)+query, token, nil)
		require.Equal(t, 200, a.code, a.text)
		r := w.reader.query.Range
		require.Equal(t, []any{"America/New_York", interval, first, last, limit},
			[]any{r.Zone.Name(), r.Interval, r.First.String(), r.Last.String(), w.reader.query.Limit}, query)
	}
	f("", "day", "2026-01-09", "2026-01-15", 10)
	f("&period=7d&filters=", "day", "2026-01-09", "2026-01-15", 10)
	f("&period=24h", "hour", "2026-01-14", "2026-01-15", 10)
	f("&period=day&limit=100", "hour", "2026-01-15", "2026-01-15", 100)
	f("&period=30d&limit=1", "day", "2025-12-17", "2026-01-15", 1)
	f("&startDate=2026-01-10&endDate=2026-01-12&interval=hour", "hour", "2026-01-10", "2026-01-12", 10)
	f("&startDate=2026-01-12T01:00:00Z", "day", "2026-01-11", "2026-01-15", 10) // still the 11th in New York
}

// TestStatsFilters asks for the filtered table of the example of metrics.md. What was ignored stays what the counters say.
func TestStatsFilters(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site, other := w.addSite(owner, "example.com"), w.addSite(owner, "other.example.com")
	events := testkit.NewReader(site, "America/New_York", 10_000)
	events.Events(testkit.ExampleEvents()...)
	w.reader.events = events
	w.reader.stats = analytics.StatsReport{
		Summary:  analytics.Summary{Pageviews: 14808},
		Filtered: analytics.FilteredReport{Bot: analytics.FilteredBots{Total: 812, Search: 812}, OptOut: 3},
	}
	f := func(filters, want string) {
		t.Helper()
		query := "&startDate=2026-01-14&endDate=2026-01-14&interval=day&filters=" + url.QueryEscape(filters)
		a := w.call("GET", "/api/stats?siteId="+string(site)+query, token, nil)
		require.Equal(t, 200, a.code, a.text)
		require.Contains(t, a.text, `"summary":`+want)
		require.Contains(t, a.text, `"filtered":{"bot":{"total":812,"search":812,"ai":0,"other":0},"optOut":3,`)
	}
	const nothing = `{"pageviews":0,"uniqueVisitors":0,"sessions":0,"bounceRate":0,"avgSessionDuration":0,"avgTimeOnPage":0}`
	f("", `{"pageviews":14808,`)
	f(" \t", `{"pageviews":14808,`)
	f("page==/signup", `{"pageviews":2,"uniqueVisitors":2,"sessions":2,"bounceRate":0,"avgSessionDuration":731,"avgTimeOnPage":30}`)
	f("device==tablet", `{"pageviews":1,"uniqueVisitors":1,"sessions":1,"bounceRate":100,"avgSessionDuration":0,"avgTimeOnPage":0}`)
	f("device==tablet;event==purchase", nothing)

	// a filter on goal means the site's goals only
	for _, g := range []analytics.Goal{
		{ID: "goal_mine", Site: site, Type: analytics.EventGoal, EventAction: "purchase"},
		{ID: "goal_other", Site: other, Type: analytics.EventGoal, EventAction: "purchase"},
	} {
		require.NoError(t, w.catalog.goals.put(&g))
	}
	f("goal==goal_mine", `{"pageviews":0,"uniqueVisitors":1,"sessions":1,"bounceRate":0,"avgSessionDuration":0,"avgTimeOnPage":0}`)
	f("goal==goal_other", nothing)

	// a failure of the second question is answered like one of the first
	w.reader.events = failingReader{w.reader}
	w.call("GET", "/api/stats?siteId="+string(site)+"&filters=device==tablet", token, nil).
		wantError(503, "Service temporarily unavailable", "unavailable")
}

// failingReader cannot read events.
type failingReader struct{ Reader }

func (failingReader) Sums(context.Context, analytics.SiteID, ...report.Ask) ([]report.Sum, error) {
	return nil, &analytics.Unavailable{Reason: "replaying"}
}

func TestStatsErrors(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	stranger, _ := w.user("stranger@example.com")
	site, foreign := w.addSite(owner, "example.com"), w.addSite(stranger, "foreign.example.com")
	f := func(query string, code int, message, word string) {
		t.Helper()
		w.call("GET", "/api/stats?"+query, token, nil).wantError(code, message, word)
	}
	const bad = "validation_failed"
	// syntax goes before existence, existence before access
	for _, id := range []string{string(site), string(foreign), "site_00000000000000000000"} {
		q := "siteId=" + id
		f(q+"&period=8d", 400, "Invalid time period", bad)
		f(q+"&startDate=yesterday", 400, "Invalid date format", bad)
		f(q+"&startDate=2026-01-12&endDate=2026-01-11", 400, "End date must be after start date", bad)
		f(q+"&startDate=2024-01-01&endDate=2025-12-31", 400, "Date range cannot exceed 366 days", bad)
		f(q+"&endDate=2026-01-11", 400, "startDate is required when endDate is given", bad)
		f(q+"&interval=minute", 400, "Invalid interval", bad)
		f(q+"&period=30d&interval=hour", 400, "Invalid interval", bad)
		f(q+"&limit=0", 400, "Limit must be between 1 and 100", bad)
		f(q+"&limit=101", 400, "Limit must be between 1 and 100", bad)
		f(q+"&limit=ten", 400, "Limit must be between 1 and 100", bad)
		f(q+"&filters=foo", 400, "Invalid filter: foo", bad)
		f(q+"&filters="+url.QueryEscape("<b>\r\n\x00"), 400, "Invalid filter: <b>", bad)
		f(q+"&filters="+url.QueryEscape("device==mobile;foo==a"), 400, "Invalid filter: foo==a", bad)
		f(q+"&filters=device==mobile;foo==a", 400, "Invalid filter: foo==a", bad)
		f(q+"&filters="+url.QueryEscape("page=~("), 400, "Invalid filter: page=~(", bad)
		f(q+"&filters="+url.QueryEscape("goal==goal_unknown")+"&limit=0", 400, "Limit must be between 1 and 100", bad)
	}
	f("", 400, "Site ID required", bad)
	f("siteId=&period=8d", 400, "Site ID required", bad)
	f("siteId=site_00000000000000000000", 404, "Site not found", "not_found")
	f("siteId=site_00000000000000000000&filters=goal==goal_unknown", 404, "Site not found", "not_found")
	f("siteId="+string(foreign), 403, "Access denied", "forbidden")
	f("siteId="+url.QueryEscape(strings.Repeat("x", 5000)), 404, "Site not found", "not_found")
	require.Empty(t, w.reader.asked)
}

// What the reader cannot answer is 503 with a time to try again, and what nobody foresaw 500 without a word of why.
func TestReaderFailures(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	for _, target := range []string{"/api/stats?siteId=" + string(site), "/api/realtime?siteId=" + string(site), "/api/sites", "/api/sites/" + string(site)} {
		f := func(err error, code int, message, word, retry string) {
			t.Helper()
			w.reader.err = err
			a := w.call("GET", target, token, nil)
			a.wantError(code, message, word)
			require.Equal(t, retry, a.head.Get("Retry-After"))
			require.Equal(t, "no-store", a.head.Get("Cache-Control"))
		}
		f(&analytics.Unavailable{Reason: "replaying", RetryAfter: 1500 * time.Millisecond}, 503, "Service temporarily unavailable", "unavailable", "2")
		f(fmt.Errorf("ask: %w", &analytics.Unavailable{}), 503, "Service temporarily unavailable", "unavailable", "1")
		f(context.DeadlineExceeded, 503, "Service temporarily unavailable", "unavailable", "1")
		w.logs.Reset()
		f(fmt.Errorf("secret internals"), 500, "Internal server error", "internal_error", "")
		require.Contains(t, w.logs.String(), "secret internals")
		require.NotContains(t, w.logs.String(), token)
	}
}
