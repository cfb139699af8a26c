package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/people"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/internal/testkit/compare"
)

// TestExportsEqualSQL imports two real access logs and a run of the demo's visitors into a real server, exports what it stored, and compares
// whatever the server says of the sites with the SQL of the contract over the exported rows. ZTAS_SEEDS sets how many rounds of random questions
// each site is asked, one if it is not set.
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
			openData(t, s.data, func(data *stopped) {
				asked := 0
				for seed := range rounds {
					zone, days, err := data.system.Days(t.Context(), analytics.SiteID(c.site))
					require.NoError(t, err)
					require.NotEmpty(t, days)
					asks := testkit.AskAbout(o, uint64(seed), zone, o.Last()+60_000)
					goals := asks.Goals()
					o.Define(goals...)
					w := compare.New(t, analytics.SiteID(c.site), asks, data.system, o, goals)
					w.Compare()
					asked += w.Asked()
				}
				t.Logf("%d exported rows, %d questions, no difference", o.Len(), asked)
			})
		})
	}
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
