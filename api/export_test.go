package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/internal/testkit"
)

// exportWorld is a site with the events of metrics.md §7.
func exportWorld(t *testing.T) (w *world, site analytics.SiteID, export func(query string) answer) {
	t.Helper()
	w, site, token := goalWorld(t)
	w.example(site)
	return w, site, func(query string) answer {
		t.Helper()
		if strings.Contains(query, "period=24h&startDate") {
			return w.call("GET", "/api/export?siteId="+string(site)+query, token, nil, odd) // such a period is not read
		}
		return w.call("GET", "/api/export?siteId="+string(site)+query, token, nil)
	}
}

func TestExportSummary(t *testing.T) {
	_, site, export := exportWorld(t)
	a := export("&type=summary&period=7d&limit=2")
	require.Equal(t, 200, a.code)
	require.JSONEq(t, `{"data":[
		{"date":"2026-01-15","pageviews":1,"unique_visitors":1,"sessions":1,"bounces":1,"bounce_rate":100,"avg_time_on_page":0},
		{"date":"2026-01-14","pageviews":13,"unique_visitors":5,"sessions":6,"bounces":2,"bounce_rate":33.33,"avg_time_on_page":33}],
		"meta":{"siteId":"`+string(site)+`","type":"summary","count":2,"period":{"start":"2026-01-09T05:00:00.000Z","end":"2026-01-15T16:30:20.000Z"}},
		"pagination":{"total":7,"limit":2,"offset":0,"hasMore":true}}`, a.text)
	require.Equal(t, `attachment; filename="summary-2026-01-15.json"`, a.head.Get("Content-Disposition"))
	require.Equal(t, "application/json; charset=utf-8", a.head.Get("Content-Type"))
	require.Equal(t, "no-store", a.head.Get("Cache-Control"))

	a = export("&period=7d&limit=3&offset=1&format=csv")
	require.Equal(t, "Date,Pageviews,Unique Visitors,Sessions,Bounces,Bounce Rate,Avg Time on Page\r\n"+
		"2026-01-14,13,5,6,2,33.33%,33s\r\n2026-01-13,0,0,0,0,0%,0s\r\n2026-01-12,0,0,0,0,0%,0s\r\n", a.text)
	require.Equal(t, `attachment; filename="summary-2026-01-15.csv"`, a.head.Get("Content-Disposition"))
	require.Equal(t, "text/csv; charset=utf-8", a.head.Get("Content-Type"))

	f := func(query string, first, last string, n int, p pagination) {
		t.Helper()
		var got struct {
			Data       []struct{ Date string }
			Meta       exportMeta
			Pagination pagination
		}
		a := export(query)
		require.NoError(t, json.Unmarshal([]byte(a.text), &got), a.text)
		require.Equal(t, []any{n, n, p}, []any{len(got.Data), got.Meta.Count, got.Pagination}, a.text)
		if n > 0 {
			require.Equal(t, []string{first, last}, []string{got.Data[0].Date, got.Data[n-1].Date})
		}
	}
	f("", "2026-01-15", "2025-12-17", 30, pagination{30, 10_000, 0, false}) // the default is 30 days
	f("&period=day", "2026-01-15", "2026-01-15", 1, pagination{1, 10_000, 0, false})
	f("&period=7d&offset=6", "2026-01-09", "2026-01-09", 1, pagination{7, 10_000, 6, false})
	f("&period=7d&offset=5&limit=1", "2026-01-10", "2026-01-10", 1, pagination{7, 1, 5, true})
	f("&period=7d&offset=7", "", "", 0, pagination{7, 10_000, 7, false})
	f("&period=7d&offset=9223372036854775807&limit=100000", "", "", 0, pagination{7, 100_000, 1<<63 - 1, false})
	f("&startDate=2026-01-16&endDate=2026-01-17", "", "", 0, pagination{0, 10_000, 0, false}) // in the future
	f("&period=24h&startDate=2026-01-14", "2026-01-15", "2026-01-14", 2, pagination{2, 10_000, 0, false})
	require.Equal(t, "Date,Pageviews,Unique Visitors,Sessions,Bounces,Bounce Rate,Avg Time on Page\r\n", export("&startDate=2026-01-16&endDate=2026-01-17&format=csv").text)
}

func TestExportPageviews(t *testing.T) {
	_, site, export := exportWorld(t)
	a := export("&type=pageviews&period=7d&limit=4&offset=9")
	require.JSONEq(t, `{"data":[
		{"timestamp":"2026-01-14T14:32:22.000Z","page_path":"/","referrer":"","utm_source":"","utm_medium":"","utm_campaign":"","device":"desktop",
		 "browser":"Chrome","os":"Linux","country":"US","region":"","time_on_page":0,"is_bounce":true},
		{"timestamp":"2026-01-14T14:02:22.000Z","page_path":"/thank-you","referrer":"","utm_source":"","utm_medium":"","utm_campaign":"","device":"desktop",
		 "browser":"Chrome","os":"Linux","country":"US","region":"","time_on_page":0,"is_bounce":false},
		{"timestamp":"2026-01-14T14:01:51.000Z","page_path":"/signup","referrer":"","utm_source":"","utm_medium":"","utm_campaign":"","device":"desktop",
		 "browser":"Chrome","os":"Linux","country":"US","region":"","time_on_page":30,"is_bounce":false},
		{"timestamp":"2026-01-14T14:00:41.000Z","page_path":"/pricing","referrer":"","utm_source":"","utm_medium":"","utm_campaign":"","device":"desktop",
		 "browser":"Chrome","os":"Linux","country":"US","region":"","time_on_page":50,"is_bounce":false}],
		"meta":{"siteId":"`+string(site)+`","type":"pageviews","count":4,"period":{"start":"2026-01-09T05:00:00.000Z","end":"2026-01-15T16:30:20.000Z"}},
		"pagination":{"total":14,"limit":4,"offset":9,"hasMore":true}}`, a.text)
	require.Equal(t, `attachment; filename="pageviews-2026-01-15.json"`, a.head.Get("Content-Disposition"))

	a = export("&type=pageviews&format=csv&startDate=2026-01-14&endDate=2026-01-14&limit=1&offset=11")
	require.Equal(t, "Timestamp,Page,Referrer,UTM Source,UTM Medium,UTM Campaign,Device,Browser,OS,Country,Region,Time on Page,Is Bounce\r\n"+
		"2026-01-14T14:00:41.000Z,/pricing,,,,,desktop,Chrome,Linux,US,,50s,0\r\n", a.text)
	require.Contains(t, export("&type=pageviews&format=csv").text, "\r\n2026-01-14T15:00:00.000Z,/pricing,,newsletter,newsletter,,mobile,Chrome,Linux,GB,,0s,0\r\n")
	require.Contains(t, export("&type=pageviews&format=csv").text, "\r\n2026-01-14T14:00:00.000Z,/,google.com,,,,desktop,Chrome,Linux,US,,40s,0\r\n")
	require.Contains(t, export("&type=pageviews&format=csv").text, "\r\n2026-01-15T05:00:10.000Z,/pricing,,,,,tablet,Chrome,Linux,CA,,0s,1\r\n")

	var got struct{ Pagination pagination }
	f := func(query string, want pagination) {
		t.Helper()
		a := export("&type=pageviews" + query)
		require.NoError(t, json.Unmarshal([]byte(a.text), &got), a.text)
		require.Equal(t, want, got.Pagination)
	}
	f("", pagination{14, 10_000, 0, false})
	f("&limit=1", pagination{14, 1, 0, true})
	f("&limit=13&offset=1", pagination{14, 13, 1, false})
	f("&offset=14", pagination{14, 10_000, 14, false})
	f("&period=day", pagination{1, 10_000, 0, false})
	f("&startDate=2026-01-10&endDate=2026-01-11", pagination{0, 10_000, 0, false})
}

func TestExportEvents(t *testing.T) {
	w, site, export := exportWorld(t)
	a := export("&type=events&limit=1")
	require.JSONEq(t, `{"data":[{"timestamp":"2026-01-14T17:00:00.000Z","event_type":"event","event_name":"purchase",
		"event_data":{"category":"ecommerce","label":"","value":99,"properties":null},"page_path":"/checkout","device":"desktop","country":"ZZ"}],
		"meta":{"siteId":"`+string(site)+`","type":"events","count":1,"period":{"start":"2025-12-17T05:00:00.000Z","end":"2026-01-15T16:30:20.000Z"}},
		"pagination":{"total":2,"limit":1,"offset":0,"hasMore":true}}`, a.text)
	require.Equal(t, `attachment; filename="events-2026-01-15.json"`, a.head.Get("Content-Disposition"))

	ts := w.clock.Now().UnixMilli() - 1000
	w.reader.events.(*testkit.Reader).Events(analytics.Event{
		ID: "x", Kind: analytics.Custom, TS: ts, ReceivedAt: ts, Path: "@/a,b", Action: "=1+1", Label: `say "<hi>"`, Value: -12_500, HasValue: true, Device: "mobile", Country: "DE",
		Properties: []analytics.Property{{Key: "a", Text: "x"}, {Key: "b", Type: analytics.NumberProperty, Text: "1e3"}, {Key: "c", Type: analytics.BoolProperty, Text: "true"}},
	}, analytics.Event{ID: "y", Kind: analytics.Custom, TS: ts - 1, ReceivedAt: ts, Path: "/", Action: "-", Device: "mobile", Country: "DE"})
	a = export("&type=events&format=csv&period=day")
	require.Equal(t, "Timestamp,Event Type,Event Name,Event Data,Page,Device,Country\r\n"+
		`2026-01-15T16:30:19.000Z,event,'=1+1,"{""category"":"""",""label"":""say \""<hi>\"""",""value"":-1.25,""properties"":{""a"":""x"",""b"":1e3,""c"":true}}","'@/a,b",mobile,DE`+"\r\n"+
		`2026-01-15T16:30:18.999Z,event,'-,"{""category"":"""",""label"":"""",""value"":null,""properties"":null}",/,mobile,DE`+"\r\n", a.text)
	require.Equal(t, `{"timestamp":"2026-01-15T16:30:19.000Z","event_type":"event","event_name":"=1+1","event_data":{"category":"","label":"say \"<hi>\"",`+
		`"value":-1.25,"properties":{"a":"x","b":1e3,"c":true}},"page_path":"@/a,b","device":"mobile","country":"DE"}`+"\n",
		export("&type=events&format=ndjson&limit=1").text)
}

func TestExportRowFormats(t *testing.T) {
	_, _, export := exportWorld(t)
	for _, kind := range []string{"pageviews", "events"} {
		var whole struct{ Data []map[string]any }
		require.NoError(t, json.Unmarshal([]byte(export("&type="+kind).text), &whole))
		f := func(query string, from, to int) {
			t.Helper()
			want := whole.Data[from:to]
			a := export("&type=" + kind + "&format=ndjson" + query)
			require.Equal(t, "application/x-ndjson", a.head.Get("Content-Type"))
			require.Equal(t, `attachment; filename="`+kind+`-2026-01-15.ndjson"`, a.head.Get("Content-Disposition"))
			require.Equal(t, want, linesOf(t, a.text))

			a = export("&type=" + kind + "&format=parquet" + query)
			require.Equal(t, "application/vnd.apache.parquet", a.head.Get("Content-Type"))
			require.Equal(t, `attachment; filename="`+kind+`-2026-01-15.parquet"`, a.head.Get("Content-Disposition"))
			require.Equal(t, want, parquetOf(t, a.text))
		}
		n := len(whole.Data)
		f("", 0, n)
		f("&limit=1000000000", 0, n)
		f("&limit=1&offset=1", 1, 2)
		f("&offset=100", n, n)
		f("&startDate=2026-01-15", 0, n-countOf(whole.Data, "2026-01-14"))
	}
}

// countOf counts the rows of the local day of the example, which begins at 05:00 UTC.
func countOf(rows []map[string]any, day string) (n int) {
	for _, r := range rows {
		if strings.HasPrefix(r["timestamp"].(string), day) {
			n++
		} else if r["timestamp"].(string) < "2026-01-15T05:00" {
			n++
		}
	}
	return n
}

func linesOf(t *testing.T, text string) []map[string]any {
	out := []map[string]any{}
	for line := range strings.Lines(text) {
		var row map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &row), line)
		out = append(out, row)
	}
	return out
}

// parquetOf reads a file by its own schema, and gives the rows the look of JSON.
func parquetOf(t *testing.T, text string) []map[string]any {
	t.Helper()
	file, err := parquet.OpenFile(strings.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	out := []map[string]any{}
	add := func(row any) {
		body, err := json.Marshal(row)
		require.NoError(t, err)
		var m map[string]any
		require.NoError(t, json.Unmarshal(body, &m))
		out = append(out, m)
	}
	ts, _ := file.Schema().Lookup("timestamp")
	require.Equal(t, "TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS)", ts.Node.Type().LogicalType().String())
	if _, events := file.Schema().Lookup("event_name"); events {
		rows, err := parquet.Read[customColumns](strings.NewReader(text), int64(len(text)))
		require.NoError(t, err)
		for _, r := range rows {
			add(customRow{instant(time.UnixMilli(r.Timestamp)), r.Type, r.Name, json.RawMessage(r.Data), r.Path, r.Device, r.Country, 0})
		}
		return out
	}
	rows, err := parquet.Read[viewColumns](strings.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	for _, r := range rows {
		add(viewRow{
			instant(time.UnixMilli(r.Timestamp)), r.Path, r.Referrer, r.UTMSource, r.UTMMedium, r.UTMCampaign, r.Device, r.Browser, r.OS, r.Country, r.Region, r.TimeOnPage, r.IsBounce, 0,
		})
	}
	return out
}

func TestExportErrors(t *testing.T) {
	w, site, token := goalWorld(t)
	f := func(query, message string) {
		t.Helper()
		a := w.call("GET", "/api/export?siteId="+string(site)+query, token, nil)
		a.wantError(400, message, "validation_failed")
		require.Empty(t, a.head.Get("Content-Disposition"))
		require.Equal(t, "application/json; charset=utf-8", a.head.Get("Content-Type"))
	}
	const limit, offset = "Limit must be between 1 and 100000", "Offset must be 0 or greater"
	for _, kind := range []string{"x", "Summary", "pageview"} {
		f("&type="+kind+"&format=x", "Invalid export type. Must be: summary, pageviews, or events")
	}
	for _, format := range []string{"xml", "JSON", "ndjson", "parquet"} {
		f("&format="+format, "Invalid format. Must be: json or csv")
		f("&type=summary&format="+format, "Invalid format. Must be: json or csv")
	}
	f("&type=pageviews&format=xml", "Invalid format. Must be: json, csv, ndjson, or parquet")
	f("&type=events&format=xml&period=24h", "Invalid format. Must be: json, csv, ndjson, or parquet")
	for _, kind := range []string{"summary", "pageviews", "events"} {
		f("&period=24h&type="+kind, "Invalid time period")
		f("&period=8d&type="+kind, "Invalid time period")
		f("&limit=0&type="+kind, limit)
		f("&limit=100001&type="+kind, limit)
		f("&limit=-1&type="+kind, limit)
		f("&limit=1.5&type="+kind, limit)
		f("&limit=x&type="+kind, limit)
		f("&offset=-1&type="+kind, offset)
		f("&offset=x&type="+kind, offset)
		f("&startDate=2026-01-32&type="+kind, "Invalid date format")
		f("&endDate=2026-01-01&type="+kind, "startDate is required when endDate is given")
		f("&startDate=2026-01-02&endDate=2026-01-01&type="+kind, "End date must be after start date")
		f("&startDate=2024-01-01&type="+kind, "Date range cannot exceed 366 days")
	}
	for _, format := range []string{"csv", "ndjson", "parquet"} {
		f("&type=events&limit=0&format="+format, limit)
	}
	f("&type=events&limit=100001&format=csv", limit)
	w.call("GET", "/api/export", token, nil).wantError(400, "Site ID required", "validation_failed")

	viewer, viewing := w.user("viewer@example.com")
	w.join(site, viewer, auth.Viewer)
	w.call("GET", "/api/export?siteId="+string(site), viewing, nil).wantError(403, "Viewers cannot export data", "forbidden")
	w.call("GET", "/api/export?siteId="+string(site)+"&limit=0", viewing, nil).wantError(400, limit, "validation_failed")
}

func TestSafeCell(t *testing.T) {
	f := func(cell, want string) {
		t.Helper()
		require.Equal(t, want, safeCell(cell))
	}
	f("", "")
	f("=1", "'=1")
	f("+1", "'+1")
	f("-1", "'-1")
	f("@a", "'@a")
	f("\ta", "'\ta")
	f("\ra", "'\ra")
	f("'=", "'=")
	f("a=", "a=")
	f(" =", " =")
}

// brokenReader fails in the days that it is told.
type brokenReader struct {
	Reader
	fail  map[string]int // by day: how many tries fail
	tries map[string]int
}

var errBroken = &analytics.Unavailable{}

func (b *brokenReader) Tables(
	ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	if b.tries[first.String()]++; b.tries[first.String()] <= b.fail[first.String()] {
		return errBroken
	}
	return b.Reader.Tables(ctx, site, first, last, newestFirst, f)
}

func TestExportOfAStateThatIsReplaced(t *testing.T) {
	w, _, export := exportWorld(t)
	want := export("&type=pageviews&format=ndjson").text
	broken := &brokenReader{w.reader.events, map[string]int{"2026-01-14": dayTries - 1}, map[string]int{}}
	w.reader.events = broken
	require.Equal(t, want, export("&type=pageviews&format=ndjson").text)
	require.Equal(t, map[string]int{"2026-01-15": 1, "2026-01-14": dayTries}, map[string]int{"2026-01-15": broken.tries["2026-01-15"], "2026-01-14": broken.tries["2026-01-14"]})

	*broken = brokenReader{broken.Reader, map[string]int{"2026-01-15": dayTries}, map[string]int{}}
	a := export("&type=pageviews&format=csv")
	a.wantError(503, "Service temporarily unavailable", "unavailable") // nothing was sent yet
	require.Empty(t, a.head.Get("Content-Disposition"))
}

// changedZone is a site whose zone was changed: its rows are in days of both.
type changedZone struct{ Reader }

func (c changedZone) Tables(
	ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	return c.Reader.Tables(ctx, site, first-1, last+1, newestFirst, f)
}

// TestExportAfterAChangeOfZone: rows come once and in order, whatever days they are stored in.
func TestExportAfterAChangeOfZone(t *testing.T) {
	w, site, export := exportWorld(t)
	want := export("&type=pageviews&format=ndjson&period=7d").text
	for _, zone := range []string{"UTC", "Asia/Tokyo", testkit.ExampleZone} {
		events := testkit.NewReader(site, zone, 10_000)
		events.Events(testkit.ExampleEvents()...)
		w.reader.events = changedZone{events}
		require.Equal(t, want, export("&type=pageviews&format=ndjson&period=7d").text, zone)
	}
	even, odd := testkit.NewReader(site, "UTC", 10_000), testkit.NewReader(site, "Asia/Tokyo", 10_000)
	now := w.clock.Now().UnixMilli()
	var ids []string
	for i := range 40 {
		id := fmt.Sprintf("event-%04d", i)
		ids = append(ids, id)
		e := analytics.Event{ID: analytics.PackEventID(id), Kind: analytics.Custom, TS: now - 20_000 + int64(i/4)*1000, ReceivedAt: now, Action: id, Visitor: analytics.VisitorID{byte(i % 2)}}
		[]*testkit.Reader{even, odd}[i%2].Events(e)
	}
	w.reader.events = twoReaders{changedZone{even}, changedZone{odd}}
	slices.Reverse(ids)
	var got []string
	for _, row := range linesOf(t, export("&type=events&format=ndjson&limit=30&offset=5").text) {
		got = append(got, row["event_name"].(string))
	}
	require.Equal(t, ids[5:35], got)
}

// TestExportBeforeAZoneIsDefined: while the log does not take a site's new zone, an export by its days has every row.
func TestExportBeforeAZoneIsDefined(t *testing.T) {
	w, site, export := exportWorld(t)
	want := linesOf(t, export("&type=pageviews&format=ndjson&period=7d").text)
	require.Len(t, want, 14)
	w.definer.err = &analytics.Unavailable{Reason: "the disk is full"}
	_, _, err := w.sites.update(t.Context(), site, func(s *analytics.Site) error { s.Timezone = "Asia/Tokyo"; return nil })
	require.Error(t, err)
	require.Equal(t, want, linesOf(t, export("&type=pageviews&format=ndjson&period=7d").text))
	w.definer.err = nil
	_, _, err = w.sites.update(t.Context(), site, func(*analytics.Site) error { return nil })
	require.NoError(t, err)
	require.False(t, w.sites.rezoning(site))
}

// twoReaders has the days of both.
type twoReaders struct {
	Reader
	more Reader
}

func (r twoReaders) Tables(
	ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	if err := r.Reader.Tables(ctx, site, first, last, newestFirst, f); err != nil {
		return err
	}
	return r.more.Tables(ctx, site, first, last, newestFirst, f)
}

// TestExportBreaksOff: an export that fails on its way ends without its last chunk, in every format.
func TestExportBreaksOff(t *testing.T) {
	w, site, token := goalWorld(t)
	const rows = 3000 // more than a chunk
	events := testkit.NewReader(site, "America/New_York", 10_000)
	now := w.clock.Now().UnixMilli()
	for i := range int64(rows) {
		events.Events(analytics.Event{
			Kind: analytics.Custom, TS: now - i, ReceivedAt: now, Path: "/", Action: "a", Label: strings.Repeat("l", 60), Visitor: analytics.VisitorID{1},
		})
	}
	old := now - 86_400_000
	events.Events(analytics.Event{Kind: analytics.Custom, TS: old, ReceivedAt: now, Path: "/", Action: "a", Visitor: analytics.VisitorID{2}})
	w.reader.events = &brokenReader{events, map[string]int{"2026-01-14": dayTries}, map[string]int{}}
	server := httptest.NewServer(w.srv)
	defer server.Close()
	for _, format := range []string{"json", "csv", "ndjson"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/export?type=events&siteId="+string(site)+"&format="+format, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := server.Client().Do(r)
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode)
		_, err = io.Copy(io.Discard, res.Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, format)
		res.Body.Close()
		w.reader.events.(*brokenReader).tries = map[string]int{}
	}
}

// TestExportEqualsSQL compares the rows with those of the oracle on random streams.
func TestExportEqualsSQL(t *testing.T) {
	for seed := range uint64(8) {
		w, s := newWorld(t, unlimited), testkit.RandomStream(seed)
		batches := make([][]analytics.Event, 30)
		for i := range batches {
			batches[i] = s.Batch()
		}
		w.clock.now = time.UnixMilli(s.Now)
		owner, token := w.user("owner@example.com")
		made, err := w.sites.create(t.Context(), owner, analytics.Site{
			Domain: "example.com", Name: "a", Timezone: s.Zone.Name(), Settings: analytics.DefaultSettings(730),
		})
		require.NoError(t, err)
		oracle, events := testkit.NewOracle(t), testkit.NewReader(made.ID, s.Zone.Name(), 10_000)
		for _, batch := range batches {
			events.Events(batch...)
			for i := range batch {
				oracle.Add(&batch[i], analytics.ServerEventID(made.ID.Partition(), events.Pos(), i).Text())
			}
		}
		w.reader.events = events
		get := func(query string) string {
			return w.call("GET", "/api/export?siteId="+string(made.ID)+"&"+query, token, nil).text
		}
		today := s.Zone.DayAt(s.Now)
		for _, r := range []struct{ first, last analytics.Day }{{today - 29, today}, {today - 6, today}, {today - 3, today - 1}, {today - 12, today - 12}} {
			span := testkit.Span{From: s.Zone.DayStart(r.first), To: min(s.Zone.DayStart(r.last+1), s.Now+1)}
			requireExport(t, oracle, s.Zone, span, func(query string) string {
				return get(fmt.Sprintf("startDate=%s&endDate=%s&%s", r.first, r.last, query))
			})
		}
	}
}

// requireExport compares the exports of a span of days, in all formats and in pages, with the rows of the oracle.
func requireExport(t *testing.T, o *testkit.Oracle, zone analytics.Zone, span testkit.Span, get func(query string) string) {
	t.Helper()
	views, customs, days := [][]string{}, [][]string{}, [][]string{}
	cells := o.ExportCells(span)
	for i, r := range o.ExportViews(span) {
		row := append([]string{instant(time.UnixMilli(r.TS)), r.Path}, cells[i][:]...)
		views = append(views, append(row, count(analytics.MeanSeconds(r.TimeOnPageMS, 1))+"s", bit(r.Bounced)))
	}
	for _, r := range o.ExportCustoms(span) {
		customs = append(customs, []string{instant(time.UnixMilli(r.TS)), "event", r.Action, dataOf(t, r), r.Path, r.Device, r.Country})
	}
	for _, b := range testkit.Buckets(zone.Location(), span, "day") {
		n := o.Numbers("", b.Span)
		rate := strconv.FormatFloat(testkit.Pct(n.Bounces, n.Sessions), 'f', -1, 64) + "%"
		days = append([][]string{{b.Date, count(n.Pageviews), count(n.Visitors), count(n.Sessions), count(n.Bounces), rate,
			count(testkit.Sec(n.EngagedMS, n.Engagements)) + "s"}}, days...)
	}
	for kind, want := range map[string][][]string{"pageviews": views, "events": customs, "summary": days} {
		got := columns(t, get("limit=100000&format=csv&type="+kind))
		if kind == "events" {
			for _, row := range got {
				row[3] = shownData(t, row[3])
			}
		}
		require.Equal(t, want, append([][]string{}, got...), kind)
		var pages []map[string]any
		for {
			var page struct {
				Data       []map[string]any
				Pagination pagination
			}
			require.NoError(t, json.Unmarshal([]byte(get(fmt.Sprintf("limit=7&offset=%d&type=%s", len(pages), kind))), &page))
			pages = append(pages, page.Data...)
			require.Equal(t, pagination{len(want), 7, len(pages) - len(page.Data), len(pages) < len(want)}, page.Pagination)
			if !page.Pagination.HasMore {
				break
			}
		}
		var whole struct{ Data []map[string]any }
		require.NoError(t, json.Unmarshal([]byte(get("limit=100000&type="+kind)), &whole))
		require.Equal(t, append([]map[string]any{}, whole.Data...), append([]map[string]any{}, pages...), "pages of %s", kind)
		require.Len(t, whole.Data, len(want))
		if kind == "summary" {
			continue
		}
		require.Equal(t, append([]map[string]any{}, whole.Data...), linesOf(t, get("format=ndjson&type="+kind)))
		require.Equal(t, append([]map[string]any{}, whole.Data...), parquetOf(t, get("format=parquet&type="+kind)))
	}
}

// dataOf is the event_data that an event should have, as shownData shows it.
func dataOf(t *testing.T, r testkit.CustomRow) string {
	t.Helper()
	data := map[string]any{"category": r.Category, "label": r.Label, "value": nil, "properties": nil}
	if r.Value != nil {
		data["value"] = testkit.Decimal(*r.Value, 10_000, 4)
	}
	if r.Properties != "{}" {
		var properties map[string]string
		require.NoError(t, json.Unmarshal([]byte(r.Properties), &properties))
		data["properties"] = properties
	}
	text, err := json.Marshal(data)
	require.NoError(t, err)
	return string(text)
}

// shownData is event_data with its numbers and booleans as texts, keys in order.
func shownData(t *testing.T, text string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var data map[string]any
	require.NoError(t, d.Decode(&data))
	show := func(v any) any {
		if v == nil {
			return nil
		}
		return fmt.Sprint(v)
	}
	data["value"] = show(data["value"])
	if properties, ok := data["properties"].(map[string]any); ok {
		for key, v := range properties {
			properties[key] = show(v)
		}
	}
	out, err := json.Marshal(data)
	require.NoError(t, err)
	return string(out)
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// columns are the rows of CSV, without the header and the marks of safe cells.
func columns(t *testing.T, text string) [][]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	for _, line := range lines[1:] {
		for i := range line {
			line[i] = strings.TrimPrefix(line[i], "'")
		}
	}
	return lines[1:]
}
