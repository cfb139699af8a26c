package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

func TestRealtime(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	w.reader.realtime = analytics.RealtimeReport{
		ActiveVisitors: 10, PageviewsLast5Min: 18, PageBreakdown: map[string]int64{"/docs": 5},
		RecentPageviews: []analytics.RecentPageview{{Page: "/docs", Timestamp: "2026-01-15T16:29:40.557Z", Country: "FR"}},
		VisitorsPerMinute: []analytics.MinuteVisitors{
			{Minute: "11:26", Visitors: 3}, {Minute: "11:27", Visitors: 2}, {Minute: "11:28", Visitors: 1}, {Minute: "11:29", Visitors: 4}, {Minute: "11:30"},
		},
	}
	a := w.call("GET", "/api/realtime?siteId="+string(site), token, nil)
	a.wantData(200, `{"activeVisitors":10,"pageviewsLast5Min":18,"pageBreakdown":{"/docs":5},
		"recentPageviews":[{"page":"/docs","timestamp":"2026-01-15T16:29:40.557Z","country":"FR"}],
		"visitorsPerMinute":[{"minute":"11:26","visitors":3},{"minute":"11:27","visitors":2},{"minute":"11:28","visitors":1},
		{"minute":"11:29","visitors":4},{"minute":"11:30","visitors":0}],"timestamp":"2026-01-15T16:30:20.000Z"}`)
	require.Equal(t, "no-cache", a.head.Get("Cache-Control"))
	require.False(t, w.reader.detail)
	w.reader.realtime.SourceBreakdown = map[string]int64{}
	a = w.call("GET", "/api/realtime?detail=true&siteId="+string(site), token, nil)
	require.Contains(t, a.text, `"sourceBreakdown":{}`)
	require.True(t, w.reader.detail)
	require.Equal(t, 200, w.call("GET", "/api/realtime?detail=false&siteId="+string(site), token, nil).code)
	require.False(t, w.reader.detail)

	w.call("GET", "/api/realtime", token, nil).wantError(400, "Site ID required", "validation_failed")
	w.call("GET", "/api/realtime?detail=1&siteId=site_00000000000000000000", token, nil).wantError(400, "detail must be a boolean", "validation_failed")
	w.call("GET", "/api/realtime?siteId=site_00000000000000000000", token, nil).wantError(404, "Site not found", "not_found")
}
