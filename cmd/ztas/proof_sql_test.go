package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/people"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/internal/testkit/compare"
)

// TestExportsEqualSQL imports two real access logs and a run of the demo's visitors into a real server, exports what it stored, and compares
// whatever the server says of the sites with the SQL of the contract over the exported rows: first its parts, then REST and the WebSocket; of the
// visitors' site again after its time zone was changed. ZTAS_SEEDS sets how many rounds of random questions each site is asked, one if it is not set.
func TestExportsEqualSQL(t *testing.T) {
	rounds := 1
	if s := os.Getenv("ZTAS_SEEDS"); s != "" {
		var err error
		rounds, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	s := newImportServer(t)
	zone, now := calmZone(t), time.Now()
	apache, nasa, visited := s.site("apache.example.com", "UTC"), s.site("nasa.example.com", "America/New_York"), s.site("demo.example.com", zone)
	s.load(apacheLog, apache, append(s.here(), "--all")...)
	s.load(nasaLog, nasa, s.here()...)
	s.people(visited, zone, now)
	s.stop()
	for _, c := range []struct {
		name, site string
		least      int64 // rows
	}{{"apache", apache, 9_999}, {"nasa", nasa, 10_000}, {"visitors", visited, 5_000}} {
		t.Run(c.name, func(t *testing.T) {
			if raced && c.site != visited {
				t.Skip("only the site with the most kinds of events, with the race detector")
			}
			file := filepath.Join(t.TempDir(), "events.ndjson")
			code, _, errOut := ztas(t.Context(), "export", "events", "--site="+c.site, "--data="+s.data, "--output="+file)
			require.Zero(t, code, errOut)
			rows, err := os.Open(file)
			require.NoError(t, err)
			defer rows.Close()
			o := testkit.NewOracle(t)
			require.NoError(t, o.LoadNDJSON(rows))
			require.GreaterOrEqual(t, o.Len(), c.least)
			s.recount(t, c.site, o, rounds, false)
			if c.site == visited {
				s.move(t, c.site, "Pacific/Kiritimati", o)
				s.recount(t, c.site, o, rounds, true)
			}
		})
	}
}

// recount asks about a site, first its parts, then over the wire. moved tells that its zone was changed.
func (s *importServer) recount(t *testing.T, site string, o *testkit.Oracle, rounds int, moved bool) {
	t.Helper()
	openData(t, s.data, func(data *stopped) {
		asked := 0
		for seed := range rounds {
			zone, days, err := data.system.Days(t.Context(), analytics.SiteID(site))
			require.NoError(t, err)
			require.NotEmpty(t, days)
			asks := testkit.AskAbout(o, uint64(seed), zone, o.Last()+60_000)
			goals := asks.Goals()
			o.Define(goals...)
			w := compare.New(t, analytics.SiteID(site), asks, data.system, o, goals)
			if moved {
				w.Move(zone)
			}
			w.Compare()
			asked += w.Asked()
		}
		t.Logf("%d exported rows, %d questions, no difference", o.Len(), asked)
	})
	s.askOverWire(t, site, o, rounds)
}

// move changes the zone of a site, and tells the oracle.
func (s *importServer) move(t *testing.T, site, name string, o *testkit.Oracle) {
	t.Helper()
	s.start("login")
	defer s.stop()
	require.NotEqual(t, name, s.zoneOf(t, site))
	require.NoError(t, s.api.call(t.Context(), http.MethodPatch, "/api/sites/"+site, fmt.Appendf(nil, `{"timezone":%q}`, name), nil))
	zone, err := analytics.LoadZone(name)
	require.NoError(t, err)
	o.Move(zone.Location())
}

// wireQuestions is how many questions a round asks over the wire, half of them of the Query API.
const wireQuestions = 40

// askOverWire starts the server and has REST and the WebSocket answer questions about days of a site that are over, at random.
func (s *importServer) askOverWire(t *testing.T, site string, o *testkit.Oracle, rounds int) {
	t.Helper()
	s.start("login")
	defer s.stop()
	zone, err := analytics.LoadZone(s.zoneOf(t, site))
	require.NoError(t, err)
	now := min(o.Last()+86_400_000, time.Now().UnixMilli()) // the last day of an old log is over
	asked := 0
	for seed := range rounds {
		w := compare.New(t, analytics.SiteID(site), testkit.AskAbout(o, uint64(seed), zone, now), nil, o, nil)
		for range wireQuestions / 2 {
			w.OverWire(&wire{t: t, server: s, site: site})
		}
		asked += w.Asked()
	}
	t.Logf("%d questions over REST and the WebSocket, no difference", asked)
}

func (s *importServer) zoneOf(t *testing.T, site string) string {
	t.Helper()
	var got struct{ Timezone string }
	require.NoError(t, s.api.call(t.Context(), http.MethodGet, "/api/sites/"+site, nil, &got))
	return got.Timezone
}

// wire asks a server by REST, and by a WebSocket, which must say the same.
type wire struct {
	t      *testing.T
	server *importServer
	site   string
}

// Stats asks GET /api/stats and the topic stats.
func (w *wire) Stats(p analytics.StatsParams, filters string) []byte {
	params := map[string]any{"startDate": p.StartDate, "endDate": p.EndDate, "interval": p.Interval, "filters": filters}
	q := url.Values{"siteId": {w.site}, "limit": {p.Limit}}
	for name, value := range params {
		if value == "" {
			delete(params, name)
			continue
		}
		q.Set(name, value.(string))
	}
	limit, err := strconv.Atoi(p.Limit)
	require.NoError(w.t, err)
	params["limit"] = limit
	var data json.RawMessage
	require.NoError(w.t, w.server.api.call(w.t.Context(), http.MethodGet, "/api/stats?"+q.Encode(), nil, &data))
	w.requireLive("stats", params, data)
	return data
}

// Query asks GET /api/stats-api, and the topic query for the same.
func (w *wire) Query(p report.QueryParams) []byte {
	q, params := url.Values{"site_id": {w.site}}, map[string]any{"id": "q"}
	for name, value := range map[string]string{
		"period": p.Period, "date_from": p.DateFrom, "date_to": p.DateTo, "property": p.Property, "interval": p.Interval, "filters": p.Filters,
		"compare": p.Compare, "value_of": p.ValueOf, "order": p.Order, "search": p.Search, "limit": p.Limit, "offset": p.Offset,
	} {
		if value == "" {
			continue
		}
		q.Set(name, value)
		params[name] = value
		if n, err := strconv.Atoi(value); err == nil && (name == "limit" || name == "offset") {
			params[name] = n
		}
	}
	q.Set("metrics", p.Metrics)
	params["metrics"] = strings.Split(p.Metrics, ",")
	var data json.RawMessage
	require.NoError(w.t, w.server.api.call(w.t.Context(), http.MethodGet, "/api/stats-api?"+q.Encode(), nil, &data), q)
	w.requireLive("query", map[string]any{"queries": []any{params}}, fmt.Appendf(nil, `{"q":%s}`, data))
	return data
}

// requireLive subscribes, and expects what REST said.
func (w *wire) requireLive(topic string, params map[string]any, data []byte) {
	w.t.Helper()
	r := &rig{t: w.t, addr: w.server.run.Addr(), http: &http.Client{}}
	defer r.http.CloseIdleConnections()
	c := dialLive(w.t, r, w.server.api.token, w.site, nil, &liveState{ID: "x", Topic: topic, Params: params})
	got := c.await(w.t, "x", fmt.Sprintf("snapshot for %v", params), func(s liveState) bool { return s.Snapshots > 0 })
	c.drop()
	var want any
	require.NoError(w.t, json.Unmarshal(data, &want))
	require.Equal(w.t, timeless(want), timeless(got.Data), "%s %v", topic, params)
}

// people sends the demo's visitors of three days: those before the last six hours are imported, the others tracked.
func (s *importServer) people(site, zone string, now time.Time) {
	s.t.Helper()
	key, err := newDemoKey(s.t.Context(), s.api, site)
	require.NoError(s.t, err)
	where, err := time.LoadLocation(zone)
	require.NoError(s.t, err)
	v, err := newDemoVisitors(&demoSite{id: site, zone: where, api: s.api.with(key)}, 7, 0.05)
	require.NoError(s.t, err)
	live := now.Add(-6 * time.Hour)
	require.NoError(s.t, v.past(s.t.Context(), now.AddDate(0, 0, -3), live, newDemoProgress(newTold())))
	stream := people.NewStream(v.config, live)
	for more := true; more; {
		var events []people.Event
		if events, more = stream.Until(now, demoBatch); len(events) > 0 {
			require.NoError(s.t, v.post(s.t.Context(), "/api/track", events))
		}
	}
	var got struct{ Summary statsNumbers }
	require.NoError(s.t, s.api.call(s.t.Context(), http.MethodGet, "/api/stats?period=7d&siteId="+site, nil, &got))
	require.Positive(s.t, got.Summary.Pageviews)
}
