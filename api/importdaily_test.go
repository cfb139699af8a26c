package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// importRig is a site with an owner.
func importRig(t *testing.T) (w *world, site analytics.SiteID, token string) {
	w = newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	return w, w.addSite(owner, "example.com"), token
}

func december(days int) string {
	var b strings.Builder
	b.WriteString("date,pagePath,screenPageViews,sessions,totalUsers,bounceRate\n")
	for d := range days {
		fmt.Fprintf(&b, "202312%02d,/,%d,%d,%d,0.5\n", d+1, 100+d, 50, 40)
	}
	return b.String()
}

func TestImportExample(t *testing.T) {
	w, site, token := importRig(t)
	var made map[string]any
	w.call("POST", "/api/import", token, map[string]any{"siteId": site, "format": "csv", "data": december(30)}).read(201, &made)
	id := made["id"].(string)
	require.Regexp(t, `^import_[a-z0-9]{20}$`, id)
	want := map[string]any{
		"id": id, "siteId": string(site), "source": "google-analytics", "format": "csv", "recordsProcessed": 30.0, "recordsStored": 30.0,
		"dateRange": map[string]any{"start": "2023-12-01", "end": "2023-12-30", "days": 30.0}, "importedAt": "2026-01-15T16:30:20.000Z",
		"message": "Successfully imported 30 days of historical data",
	}
	require.Equal(t, want, made)

	delete(want, "message")
	w.start() // it is durable
	list, err := json.Marshal(map[string]any{"data": []any{want}, "pagination": map[string]any{"total": 1, "limit": 50, "offset": 0, "hasMore": false}})
	require.NoError(t, err)
	require.JSONEq(t, string(list), w.call("GET", "/api/import?siteId="+string(site), token, nil).text)
	for _, beyond := range []string{"1", "9223372036854775807"} {
		require.JSONEq(t, `{"data":[],"pagination":{"total":1,"limit":50,"offset":`+beyond+`,"hasMore":false}}`,
			w.call("GET", "/api/import?offset="+beyond+"&siteId="+string(site), token, nil).text)
	}

	w.call("DELETE", "/api/import?id="+id, token, nil).wantData(200,
		`{"success":true,"deletedRecords":30,"message":"Successfully deleted import and 30 historical records"}`)
	w.call("DELETE", "/api/import?id="+id, token, nil).wantError(404, "Import not found", "not_found")
	for key := range w.meta.all() {
		require.False(t, strings.HasPrefix(key, "import"), "%s is left", key)
	}
	var log struct{ Data []struct{ Action string } }
	require.NoError(t, json.Unmarshal([]byte(w.call("GET", "/api/activity-log?type=settings&siteId="+string(site), token, nil).text), &log))
	require.Len(t, log.Data, 2)
}

func TestImportErrors(t *testing.T) {
	w, site, token := importRig(t)
	good := `"data":"date,pageviews\n20231201,1","format":"csv"`
	id := `"siteId":"` + string(site) + `",`
	for body, message := range map[string]string{
		`{` + good + `}`:                                                 "siteId is required",
		`{"siteId":" ",` + good + `}`:                                    "siteId is required",
		`{"siteId":1,` + good + `}`:                                      "siteId must be a string",
		`{` + id + `"format":"csv"}`:                                     "data is required",
		`{` + id + `"format":"csv","data":null}`:                         "data is required",
		`{` + id + `"format":"csv","data":""}`:                           "data is required",
		`{` + id + `"data":"x"}`:                                         "Invalid format. Supported: csv, json, ga4-api, ua-csv",
		`{` + id + `"data":"x","format":"xml"}`:                          "Invalid format. Supported: csv, json, ga4-api, ua-csv",
		`{` + id + `"data":"x","format":7}`:                              "format must be a string",
		`{` + id + good + `,"source":"` + strings.Repeat("ä", 51) + `"}`: "Source must not exceed 50 characters",
		`{` + id + good + `,"source":true}`:                              "source must be a string",
		`{` + id + `"data":"x","format":"csv"}`:                          "Failed to parse data",
		`[]`:                                                             "Invalid JSON body",
	} {
		code := "validation_failed"
		if message == "Invalid JSON body" {
			code = "bad_request"
		}
		w.call("POST", "/api/import", token, body).wantError(400, message, code)
	}
	require.Equal(t, 201, w.call("POST", "/api/import", token, `{`+id+good+`,"source":"`+strings.Repeat("ä", 50)+`"}`).code)
	w.call("POST", "/api/import", token, `{"siteId":"site_missing1",`+good+`}`).wantError(404, "Site not found", "not_found")
	w.call("GET", "/api/import", token, nil).wantError(400, "siteId is required", "validation_failed")
	w.call("GET", "/api/import?limit=101&siteId="+string(site), token, nil).wantError(400, "Limit must be between 1 and 100", "validation_failed")
	w.call("GET", "/api/import?offset=-1&siteId="+string(site), token, nil).wantError(400, "Offset must be 0 or greater", "validation_failed")
	w.call("DELETE", "/api/import", token, nil).wantError(400, "ID required", "validation_failed")
	for _, target := range []string{"?id=import_a23456&importId=import_b23456", "/import_a23456?id=import_b23456", "/import_a23456?importId=import_b23456"} {
		w.call("DELETE", "/api/import"+target, token, nil).wantError(400, "ID mismatch", "validation_failed")
	}
	for _, target := range []string{"?id=import_a23456", "?importId=import_a23456", "/import_a23456", "/import_a23456?id=import_a23456"} {
		w.call("DELETE", "/api/import"+target, token, nil).wantError(404, "Import not found", "not_found")
	}
}

// A body may have 10 MiB, where others may have 64 KiB.
func TestImportBody(t *testing.T) {
	w, site, token := importRig(t)
	line := "2023-12-01,1,1,1\n"
	body := func(n int) string {
		head := `{"siteId":"` + string(site) + `","format":"csv","data":"date,pageviews,users,sessions\n`
		rows := strings.Repeat(strings.ReplaceAll(line, "\n", `\n`), (n-len(head)-2)/(len(line)+1))
		return head + rows + strings.Repeat(" ", n-len(head)-len(rows)-2) + `"}`
	}
	var made struct{ RecordsProcessed, RecordsStored int }
	w.call("POST", "/api/import", token, body(10<<20)).read(201, &made)
	require.Equal(t, 1, made.RecordsStored)
	require.Greater(t, made.RecordsProcessed, 500_000)
	w.call("POST", "/api/import", token, body(10<<20+1)).wantError(413, "Request body too large", "payload_too_large")
}

// TestImportFormats: what a format holds, as "day pageviews visitors sessions"; or the reason why it cannot be read.
func TestImportFormats(t *testing.T) {
	text := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for _, c := range []struct{ name, format, data, want string }{
		{"three dates", "csv", text("date,users,sessions,pageviews\n20231201,1,2,3\n12/02/2023,4,5,6\n2023-12-03,7,8,9\n"), "2023-12-01 3 1 2; 2023-12-02 6 4 5; 2023-12-03 9 7 8"},
		{"ga: in front", "csv", text("ga:pagePath,ga:date,ga:pageviews,ga:users,ga:sessions\n/,20231201,1,2,3\n/a,20231201,10,20,30\n"), "2023-12-01 11 22 33"},
		{"any order of days", "csv", text("date,visitors\n20231203,3\n20231201,1\n"), "2023-12-01 0 1 0; 2023-12-03 0 3 0"},
		{"the more exact column", "csv", text("date,users,totalUsers\n20231201,1,2\n"), "2023-12-01 0 2 0"},
		{"comments, BOM, CRLF, quotes", "csv", text("\ufeff# ----\r\n# Report\r\n\r\ndate,pageviews\r\n\"20231201\",\"1,234,567\"\r\n"), "2023-12-01 1234567 0 0"},
		{"short and empty rows", "csv", text("date,pageviews,sessions\n20231201\n\n,,\n20231202,5\n"), "2023-12-01 0 0 0; 2023-12-02 5 0 0"},
		{"totals at the end", "ua-csv", text("date,pageviews\n20231201,7\n,7\n"), "2023-12-01 7 0 0"},
		{"no date", "csv", text("date,pageviews\n20231201,7\n,7\n"), `! row 2: invalid date ""`},
		{"a day that is none", "csv", text("date,pageviews\n20230229,7\n"), `! row 1: invalid date "20230229"`},
		{"a day too early", "csv", text("date,pageviews\n1989-12-31,7\n"), `! row 1: invalid date "1989-12-31"`},
		{"a negative count", "csv", text("date,pageviews\n20231201,-7\n"), `! row 1: invalid pageviews "-7"`},
		{"half a count", "csv", text("date,users\n20231201,1.5\n"), `! row 1: invalid visitors "1.5"`},
		{"a large count", "csv", text("date,sessions\n20231201,1000000001\n"), `! row 1: invalid sessions "1000000001"`},
		{"a long cell", "csv", text("date,sessions\n20231201," + strings.Repeat("x", 99) + "\n"), `! row 1: invalid sessions "` + strings.Repeat("x", 40) + `…"`},
		{"no date column", "csv", text("day,pageviews\n20231201,7\n"), "! there is no column date"},
		{"no counts", "csv", text("date,bounces\n20231201,7\n"), "! there is no column with pageviews, visitors or sessions"},
		{"no rows", "csv", text("date,pageviews\n"), "! there are no rows"},
		{"only a comment", "csv", text("# x"), "! there is no header row"},
		{"an open quote", "csv", text("date,pageviews\n\"2023"), `! line 2: extraneous or missing " in quoted-field`},
		{"no string", "csv", `[1]`, "! a string with a header row is needed"},
		{"objects", "json", `[{"date":"2023-12-01","screenPageViews":5,"sessions":"4","totalUsers":3.0,"pagePath":"/"},{"ga:date":20231201,"visitors":null}]`, "2023-12-01 5 3 4"},
		{"objects in a string", "json", text(`[{"date":"2023-12-01","pageviews":5}]`), "2023-12-01 5 0 0"},
		{"an object", "json", `{"date":"2023-12-01"}`, "! an array of objects is needed"},
		{"no object", "json", `[{"date":"2023-12-01"},7]`, "! row 2: an object is needed"},
		{"null", "json", `[null]`, "! row 1: an object is needed"},
		{"a list in a row", "json", `[{"date":"2023-12-01","sessions":[1]}]`, "! row 1: sessions must be a string or a number"},
		{"an exponent", "json", `[{"date":"2023-12-01","sessions":1e400}]`, `! row 1: invalid sessions "1e400"`},
		{"an empty array", "json", `[]`, "! there are no rows"},
		{"an array without end", "json", text(`[{"date":"2023-12-01","sessions":1}`), "! the array does not end"},
		{"an answer of the API", "ga4-api", `{"dimensionHeaders":[{"name":"date"},{"name":"pagePath"}],"metricHeaders":[{"name":"screenPageViews","type":"TYPE_INTEGER"},{"name":"totalUsers"}],` +
			`"rows":[{"dimensionValues":[{"value":"20231201"},{"value":"/"}],"metricValues":[{"value":"5"},{"value":"3"}]},{"dimensionValues":[{"value":"20231201"},{"value":"/a"}],"metricValues":[{"value":"1"},{"value":"1"}]}]}`, "2023-12-01 6 4 0"},
		{"too few values", "ga4-api", `{"dimensionHeaders":[{"name":"date"}],"metricHeaders":[{"name":"sessions"}],"rows":[{"dimensionValues":[{"value":"20231201"}]}]}`, "! row 1: as many values as headers are needed"},
		{"no answer of the API", "ga4-api", `[1]`, "! an object with dimensionHeaders, metricHeaders and rows is needed"},
		{"an empty answer", "ga4-api", `{}`, "! there is no column date"},
	} {
		t.Run(c.format+" "+c.name, func(t *testing.T) {
			days, _, err := readImport(c.format, json.RawMessage(c.data))
			var got []string
			for _, d := range days {
				got = append(got, fmt.Sprintf("%s %d %d %d", d.day, d.pageviews, d.visitors, d.sessions))
			}
			if reason, bad := strings.CutPrefix(c.want, "! "); bad {
				var p *Problem
				require.ErrorAs(t, err, &p)
				require.Equal(t, []any{400, "Failed to parse data", []fieldError{{"data", reason}}}, []any{p.Status, p.Message, p.Details})
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, strings.Join(got, "; "))
		})
	}
}

// FuzzImport: whatever the data is, it is read or refused, and no count is negative.
func FuzzImport(f *testing.F) {
	f.Add("csv", `"date,pageviews\n20231201,1"`)
	f.Add("json", `[{"date":"2023-12-01","pageviews":1}]`)
	f.Add("ga4-api", `{"dimensionHeaders":[{"name":"date"}],"metricHeaders":[{"name":"sessions"}],"rows":[{"dimensionValues":[{"value":"20231201"}],"metricValues":[{"value":"1"}]}]}`)
	f.Add("ua-csv", `"date,users\n12/1/2023,\"1,000\"\n,5"`)
	f.Fuzz(func(t *testing.T, format, data string) {
		if importFormats[format] == nil || !json.Valid([]byte(data)) || isNothing(json.RawMessage(data)) {
			return
		}
		days, rows, err := readImport(format, json.RawMessage(data))
		if err != nil {
			require.Equal(t, "Failed to parse data", err.Error())
			return
		}
		require.NotEmpty(t, days)
		require.GreaterOrEqual(t, rows, len(days))
		for i, d := range days {
			require.True(t, d.pageviews >= 0 && d.visitors >= 0 && d.sessions >= 0)
			require.True(t, i == 0 || days[i-1].day < d.day)
		}
	})
}

// An import of many years is stored in several steps; what a crash leaves of it is cleared away at the next start.
func TestImportStore(t *testing.T) {
	w, site, _ := importRig(t)
	var days []importDay
	for d := firstImportDay; d <= lastImportDay; d++ {
		days = append(days, importDay{d, int64(d), 2, 3})
	}
	i := &DailyImport{ID: "import_abc123", Site: site, First: firstImportDay, Last: lastImportDay, At: w.clock.Now()}
	require.NoError(t, w.imports.put(i, days))
	for _, val := range w.meta.all() {
		require.Less(t, len(val), 32<<10)
	}
	w.start()
	some, err := w.imports.days(site, firstImportDay+364, firstImportDay+366)
	require.NoError(t, err)
	require.Equal(t, days[364:367], some)
	all, err := w.imports.days(site, 0, lastImportDay+99)
	require.NoError(t, err)
	require.Equal(t, days, all)

	delete(w.meta.values, "import/"+string(site)+"/import_abc123")
	w.start()
	for key := range w.meta.all() {
		require.NotContains(t, key, "import_abc123")
	}
}

// TestPurgeOfImports: a purge leaves nothing of a site's imports.
func TestPurgeOfImports(t *testing.T) {
	w, site, token := importRig(t)
	require.Equal(t, 201, w.call("POST", "/api/import", token, map[string]any{"siteId": site, "format": "csv", "data": december(3)}).code)
	w.remove(site)
	w.clock.Add(31 * 24 * time.Hour)
	require.NoError(t, w.purger.Round(t.Context()))
	require.Empty(t, w.imports.shelf.of(site))
	for key := range w.meta.all() {
		require.False(t, strings.HasPrefix(key, "import"), "%s is left", key)
	}
}

// TestIncludeImported: imports count on the days before the first stored event, in the summary and the series and nowhere else.
func TestIncludeImported(t *testing.T) {
	w, site, token := importRig(t)
	zone := "America/New_York"
	reader := testkit.NewReader(site, zone, 10_000)
	w.reader.events = reader
	serve := func(query string) (s analytics.StatsReport) {
		q, err := analytics.StatsParams{Period: "7d"}.Resolve(w.srv.zone(site), w.clock.Now().UnixMilli())
		require.NoError(t, err)
		if strings.Contains(query, "startDate=2026-01-10") {
			q, err = analytics.StatsParams{StartDate: "2026-01-10", EndDate: "2026-01-10"}.Resolve(w.srv.zone(site), w.clock.Now().UnixMilli())
			require.NoError(t, err)
		}
		real, err := reader.Stats(t.Context(), site, q)
		require.NoError(t, err)
		w.reader.stats = *real
		w.call("GET", "/api/stats?siteId="+string(site)+"&"+query, token, nil).read(200, &s)
		return s
	}
	for _, body := range []string{"date,pageviews,visitors,sessions\n2026-01-08,900,900,900\n2026-01-09,10,8,9\n2026-01-10,20,16,18\n2026-01-15,500,500,500\n", "date,pageviews\n2026-01-10,1"} {
		require.Equal(t, 201, w.call("POST", "/api/import", token, map[string]any{"siteId": site, "format": "csv", "data": body}).code)
	}
	sums := func(s analytics.StatsReport) []int64 {
		var series [3]int64
		for _, b := range s.Timeseries {
			series[0], series[1], series[2] = series[0]+b.Pageviews, series[1]+b.UniqueVisitors, series[2]+b.Sessions
		}
		require.Equal(t, []int64{s.Summary.Pageviews, s.Summary.UniqueVisitors, s.Summary.Sessions}, series[:])
		return series[:]
	}
	require.Equal(t, []int64{0, 0, 0}, sums(serve("period=7d")), "only who asks gets it")
	require.Equal(t, []int64{0, 0, 0}, sums(serve("period=7d&includeImported=false")))
	require.Equal(t, []int64{531, 524, 527}, sums(serve("period=7d&includeImported=true")), "without events all days count")

	at := time.Date(2026, 1, 11, 3, 0, 0, 0, time.UTC) // still the 10th in New York
	reader.Events(analytics.Event{Kind: analytics.Pageview, TS: at.UnixMilli(), ReceivedAt: at.UnixMilli(), Path: "/", Visitor: analytics.VisitorID{1}})
	s := serve("period=7d&includeImported=true")
	require.Equal(t, []int64{11, 9, 10}, sums(s), "the 9th is imported, the 10th is not")
	require.Equal(t, analytics.Bucket{Date: "2026-01-09", Pageviews: 10, UniqueVisitors: 8, Sessions: 9}, s.Timeseries[0])
	require.Len(t, s.TopPages, 1)
	require.Equal(t, []int64{1, 1, 1}, sums(serve("period=7d&includeImported=true&filters=device!=mobile")), "filters know nothing of imports")
	w.call("GET", "/api/stats?includeImported=1&siteId="+string(site), token, nil).wantError(400, "includeImported must be a boolean", "validation_failed")
	w.call("GET", "/api/stats?includeImported=true&period=1y&siteId="+string(site), token, nil).wantError(400, "Invalid time period", "validation_failed")

	reader = testkit.NewReader(site, zone, 10_000)
	w.reader.events = reader
	s = serve("startDate=2026-01-10&endDate=2026-01-10&includeImported=true")
	require.Equal(t, []int64{21, 16, 18}, sums(s))
	require.Equal(t, analytics.Bucket{Date: "2026-01-10T00:00:00-05:00", Pageviews: 21, UniqueVisitors: 16, Sessions: 18}, s.Timeseries[0])
}

// TestImportedHours: where buckets are hours an imported day stands in its first one, also in zones whose offset is 0.
func TestImportedHours(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/London", "America/New_York"} {
		t.Run(zone, func(t *testing.T) {
			w := newWorld(t, unlimited)
			_, token := w.user("owner@example.com")
			var made struct{ ID analytics.SiteID }
			w.call("POST", "/api/sites", token, map[string]any{"domain": "example.com", "timezone": zone}).read(201, &made)
			body := "date,pageviews,visitors,sessions\n2026-01-10,20,16,18\n"
			require.Equal(t, 201, w.call("POST", "/api/import", token, map[string]any{"siteId": made.ID, "format": "csv", "data": body}).code)
			reader := testkit.NewReader(made.ID, zone, 10_000)
			w.reader.events = reader
			q, err := analytics.StatsParams{StartDate: "2026-01-10", EndDate: "2026-01-10"}.Resolve(w.srv.zone(made.ID), w.clock.Now().UnixMilli())
			require.NoError(t, err)
			real, err := reader.Stats(t.Context(), made.ID, q)
			require.NoError(t, err)
			w.reader.stats = *real
			var s analytics.StatsReport
			w.call("GET", "/api/stats?startDate=2026-01-10&endDate=2026-01-10&includeImported=true&siteId="+string(made.ID), token, nil).read(200, &s)
			require.Len(t, s.Timeseries, 24)
			require.EqualValues(t, 20, s.Summary.Pageviews)
			require.Equal(t, analytics.Bucket{Date: real.Timeseries[0].Date, Pageviews: 20, UniqueVisitors: 16, Sessions: 18}, s.Timeseries[0])
		})
	}
}
