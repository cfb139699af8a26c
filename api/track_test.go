package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/ingest"
)

// recorder is an Ingestor that keeps what it gets and knows ids like the fold.
type recorder struct {
	mu      sync.Mutex
	records []analytics.Record
	known   map[analytics.EventID]bool
	err     error
	hold    chan struct{} // if not nil, Submit waits for it to be closed
	waiting chan struct{}
}

func (r *recorder) Submit(ctx context.Context, _ analytics.SiteID, records []analytics.Record) (analytics.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return analytics.Receipt{}, err
	}
	if r.hold != nil {
		r.waiting <- struct{}{}
		<-r.hold
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return analytics.Receipt{}, r.err
	}
	var receipt analytics.Receipt
	for _, rec := range records {
		if rec.Event != nil && rec.Event.ID != "" {
			if r.known[rec.Event.ID] {
				receipt.Duplicates++
				continue
			}
			r.known[rec.Event.ID] = true
		}
		if rec.Event != nil { // its memory is used again
			e := *rec.Event
			rec.Event = &e
		}
		r.records = append(r.records, rec)
	}
	return receipt, nil
}

func (r *recorder) paths() (list []string) {
	for _, rec := range r.records {
		if rec.Event != nil {
			list = append(list, rec.Event.Path)
		}
	}
	return list
}

type dailySalts struct{}

func (dailySalts) Salt(day analytics.Day) (key [32]byte, err error) {
	binary.BigEndian.PutUint32(key[:], uint32(day))
	return key, nil
}

func (dailySalts) ImportSalt(_ analytics.SiteID, day analytics.Day) ([32]byte, error) {
	return dailySalts{}.Salt(day)
}

type trackSites map[analytics.SiteID]*analytics.Site

func (s trackSites) Site(id analytics.SiteID) (*analytics.Site, bool) {
	site, ok := s[id]
	return site, ok
}

// oneKey accepts one token.
type oneKey struct{}

func (oneKey) AuthorizeIngest(c *gin.Context, site *analytics.Site) *Problem {
	switch {
	case c.GetHeader("Authorization") != "Bearer zta_live_good":
		return unauthorized("Invalid API key")
	case site.ID == "site_other1":
		return forbidden("This API key cannot access site_other1")
	}
	return nil
}

const trackNow = int64(1768494620000) // 2026-01-15T16:30:20Z

type trackRig struct {
	t        testing.TB
	handler  *TrackHandler
	store    *recorder
	site     *analytics.Site
	now      int64
	registry *prometheus.Registry
	engine   *gin.Engine
	odd      bool // all requests are
}

func newTrackRig(t testing.TB, change ...func(*TrackConfig)) *trackRig {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	site := &analytics.Site{ID: "site_abc123", Domain: "example.com", Timezone: "America/New_York", Settings: analytics.DefaultSettings(730)}
	r := &trackRig{t: t, site: site, now: trackNow, registry: prometheus.NewRegistry(), store: &recorder{known: map[analytics.EventID]bool{}}}
	pipeline, err := ingest.New(ingest.Config{Salts: dailySalts{}, Geo: ingest.NewGeo(nil), MaxAge: ingest.DefaultMaxAge})
	require.NoError(t, err)
	cfg := DefaultTrackConfig()
	for _, c := range change {
		c(&cfg)
	}
	sites := trackSites{site.ID: site, "site_other1": {ID: "site_other1", Domain: "other.example", Timezone: "UTC", Settings: analytics.DefaultSettings(730)}}
	r.handler = NewTrackHandler(cfg, sites, r.store, oneKey{}, pipeline, NewClientIP(nil), NewTrackMetrics(r.registry),
		func() time.Time { return time.UnixMilli(r.now) })
	r.engine = gin.New()
	r.engine.POST("/api/track", r.handler.Track)
	r.engine.POST("/api/import/events", r.handler.ImportEvents)
	return r
}

const trackChrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"

// post sends a body; headers are pairs of name and value.
func (r *trackRig) post(path string, body []byte, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	req.Header.Set("User-Agent", trackChrome)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.engine.ServeHTTP(w, req)
	if r.odd {
		odd(req)
	}
	holdToDocument(r.t, req, string(body), w)
	return w
}

func (r *trackRig) track(body string, headers ...string) *httptest.ResponseRecorder {
	return r.post("/api/track", []byte(body), headers...)
}

// expect sends a body and compares the answer.
func (r *trackRig) expect(status int, want, body string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	w := r.track(body, headers...)
	require.Equal(r.t, status, w.Code, "%s: %s", body, w.Body)
	require.JSONEq(r.t, want, w.Body.String(), body)
	require.Equal(r.t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	return w
}

func failure(message, code string) string { return `{"error":"` + message + `","code":"` + code + `"}` }

func success(count, duplicates int) string {
	return fmt.Sprintf(`{"data":{"success":true,"count":%d,"duplicates":%d,"rejected":[]}}`, count, duplicates)
}

func zipped(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

const onePageview = `{"type":"pageview","siteId":"site_abc123","path":"/pricing"}`

func TestTrackExamples(t *testing.T) {
	r := newTrackRig(t)
	r.expect(200, success(1, 0), `{"type":"pageview","siteId":"site_abc123","id":"c1f0a2b3c4d5","path":"/pricing","referrer":"https://google.com/","utm":{"source":"google","medium":"cpc","campaign":"summer-sale"}}`)
	batch := `{"siteId":"site_abc123","sentAt":1768494600000,"events":[
 {"type":"event","id":"c1f0a2b3c4d6","path":"/pricing","action":"signup_click","category":"conversion","label":"hero_button","value":1,"timestamp":1768494595000},
 {"type":"engagement","id":"c1f0a2b3c4d7","path":"/pricing","timeOnPage":45,"seq":1,"timestamp":1768494599000}]}`
	r.expect(200, success(2, 0), batch)
	r.expect(200, success(2, 2), batch) // the retry
	require.Len(t, r.store.records, 3)
	e := r.store.records[0].Event
	require.Equal(t, []string{"c1f0a2b3c4d5", "/pricing", "google.com", "paid", "google", "desktop", "Chrome", "Windows"},
		[]string{e.ID.Text(), e.Path, e.ReferrerDomain, e.Channel, e.Source, e.Device, e.Browser, e.OS})
	e = r.store.records[1].Event
	require.Equal(t, trackNow-5000, e.TS)
	require.Equal(t, analytics.Fixed(10000), e.Value)
}

func TestTrackShapes(t *testing.T) {
	r := newTrackRig(t)
	r.expect(200, success(1, 0), onePageview)
	r.expect(200, success(1, 0), "\n\t "+onePageview+" \r\n")
	r.expect(200, success(1, 0), `[`+onePageview+`]`)
	r.expect(200, success(2, 0), `[`+onePageview+`,{"type":"heartbeat"}]`)
	r.expect(200, success(1, 0), `{"batch":true,"siteId":"site_abc123","events":[{"type":"heartbeat"}]}`)
	r.expect(200, success(1, 0), `{"events":[`+onePageview+`]}`)
	r.expect(200, success(1, 0), `{"siteId":"site_abc123","type":"heartbeat","events":null}`)
	r.expect(200, success(1, 0), `{"siteId":"site_abc123","type":"heartbeat","unknown":{"a":[1,2,{}]},"x":"not of this kind"}`)
}

// A field that does not belong to the kind, of whatever type, changes nothing of what is read of the others: a name counts letter for letter.
func TestTrackNamesOfMembers(t *testing.T) {
	r := newTrackRig(t)
	for _, beside := range []string{`"x":1`, `"x":"not of this kind"`} {
		r.store.records = nil
		r.expect(200, success(1, 0), `{"siteId":"site_abc123","type":"pageview","utm":{"Source":"news","Medium":5,"campaign":"spring"},`+beside+`}`)
		require.Equal(t, analytics.UTM{Campaign: "spring"}, r.store.records[0].Event.UTM, beside)
	}
	for _, beside := range []string{`"depth":1`, `"depth":"not of this kind"`} {
		r.expect(400, failure("Invalid viewport", "validation_failed"),
			`{"siteId":"site_abc123","type":"click","x":1,"y":1,"viewport":{"Width":1000,"Height":800},`+beside+`}`)
	}
}

// Requests share memory for their hits; nothing of one may be seen in another, whatever shape it had.
func TestTrackRequestsDoNotMix(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	secret := `{"type":"event","path":"/secret","label":"secret","value":7,"sessionId":"secret","id":"secret-%d","properties":{"p":"secret"}}`
	five := strings.ReplaceAll(strings.Join([]string{secret, secret, secret, secret, secret}, ","), "-%d", "-12345")
	dirty := []string{
		`{"siteId":"site_abc123","events":[` + five + `]}`,
		`{"siteId":"site_abc123","events":[` + five + `],"events":[{"type":"heartbeat"}]}`,
		`{"siteId":"site_abc123","events":[` + five + `],"\u0065vents":[{"type":"heartbeat"}]}`,
		`{"siteId":"site_abc123","events":[` + five + `],"\u0065vents":null,"type":"heartbeat"}`,
		`{"siteId":"site_abc123","events":[` + five + `],"type":5}`,
		`{"siteId":"site_abc123","events":[` + five + `],"x":}`,
		`[` + five + `]`, `[` + five + `,5]`, `[` + five + `,`,
	}
	for _, body := range dirty {
		require.Less(t, r.track(body).Code, 500, body)
		r.store.records, r.store.known = nil, map[analytics.EventID]bool{}
		for _, clean := range []string{
			`{"siteId":"site_abc123","events":[` + strings.Repeat(`{"type":"event"},`, 9) + `{"type":"event"}]}`,
			`[{"siteId":"site_abc123","type":"event"}` + strings.Repeat(`,{"type":"event"}`, 9) + `]`,
		} {
			r.expect(200, success(10, 0), clean)
		}
		for _, rec := range r.store.records {
			e := rec.Event
			require.Equal(t, []any{"/", "", "", "", false, 0}, []any{e.Path, e.Label, e.SessionKey, e.ID.Text(), e.HasValue, len(e.Properties)}, body)
		}
		r.store.records = nil
	}
}

func TestTrackContentTypes(t *testing.T) {
	r := newTrackRig(t)
	for _, kind := range []string{"", "application/json", "Application/JSON; charset=utf-8", "text/plain", "text/plain;charset=UTF-8", "text/plain; charset=utf-8"} {
		r.expect(200, success(1, 0), onePageview, "Content-Type", kind)
	}
	for _, kind := range []string{"text/html", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense/", ";", "application/json5"} {
		r.expect(400, failure("Unsupported content type", "validation_failed"), onePageview, "Content-Type", kind)
	}
	r.expect(400, failure("Unsupported content type", "validation_failed"), onePageview, "Content-Encoding", "br")
	r.expect(200, success(1, 0), onePageview, "Content-Encoding", "identity")
}

func TestTrackSize(t *testing.T) {
	r := newTrackRig(t)
	tooLarge := failure("Request body too large", "payload_too_large")
	fits := onePageview + strings.Repeat(" ", 262_144-len(onePageview))
	r.expect(200, success(1, 0), fits)
	r.expect(413, tooLarge, fits+" ")
	r.expect(413, tooLarge, strings.Repeat("x", 300_000)) // size comes before JSON
	send := func(body []byte, length int64) *httptest.ResponseRecorder {
		req := httptest.NewRequest(http.MethodPost, "/api/track", bytes.NewReader(body))
		req.ContentLength = length
		req.Header.Set("Content-Encoding", "gzip")
		w := httptest.NewRecorder()
		r.engine.ServeHTTP(w, req)
		return w
	}
	for _, length := range []int64{-1, 0} {
		packed := zipped(t, []byte(fits))
		if length == 0 {
			length = int64(len(packed))
		}
		require.Equal(t, 200, send(packed, length).Code)
		require.Equal(t, 413, send(zipped(t, []byte(fits+" ")), -1).Code)
	}
	require.Equal(t, 413, send(zeros(), -1).Code, "a bomb")
	require.Equal(t, 413, send(bytes.Repeat(zipped(t, nil), 100_000), -1).Code, "endless empty members")
	require.Equal(t, 400, send([]byte(onePageview), -1).Code, "no gzip")
	packed := zipped(t, []byte(onePageview))
	require.Equal(t, 400, send(packed[:len(packed)-3], -1).Code, "cut off")
	require.Equal(t, 400, send(append(packed, "junk"...), -1).Code)
}

func TestTrackMalformedJSON(t *testing.T) {
	r := newTrackRig(t)
	for _, body := range []string{"", " ", "null", "5", `"x"`, "true", "{", "[", `{"a"}`, `{"siteId":"site_abc123",}`, onePageview + "x", "\xef\xbb\xbf" + onePageview,
		`{"siteId":"site_abc123","type":"pageview","path":"` + "\x01" + `"}`, `{"siteId":"site_abc123","type":"pageview","path":"` + "\xff" + `"}`,
		`{"siteId":"site_abc123","type":"event","value":NaN}`, `{"siteId":"site_abc123","type":"event","value":Infinity}`,
		`{"siteId":"site_abc123","type":"event","value":01}`, `{"siteId":"site_abc123","events":[{]}`,
		strings.Repeat("[", 10_000), strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		strings.Repeat(`{"a":`, 50_000)} {
		r.expect(400, failure("Invalid JSON body", "bad_request"), body)
	}
	deep := func(n int) string {
		return `{"siteId":"site_abc123","type":"pageview","x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	r.expect(200, success(1, 0), deep(1000))
	require.Less(t, r.track(deep(100_000)).Code, 500)
	// Duplicate keys: the last one counts. 1e400 is a number that no field can hold.
	r.expect(200, success(1, 0), `{"siteId":"x","siteId":"site_abc123","type":"pageview","path":"/a","path":"/last"}`)
	require.Equal(t, "/last", r.store.paths()[len(r.store.paths())-1])
	r.expect(400, failure("Value must be a number", "validation_failed"), `{"siteId":"site_abc123","type":"event","value":1e400}`)
	r.expect(400, failure("x must be a number", "validation_failed"), `{"siteId":"site_abc123","type":"click","x":1e400,"y":1,"viewport":{"width":1280,"height":800}}`)
	r.expect(200, success(1, 0), `{"siteId":"site_abc123","type":"pageview","path":"\ud800"}`)
}

func TestTrackOrderOfChecks(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.MaxBody, c.MaxBatch, c.RateRequests = 2000, 2, 1 })
	bad := []string{"Content-Type", "text/html", "Origin", "https://evil.org"}
	three := `{"siteId":"site_abc123","events":[{},{},{}]}`
	r.expect(400, failure("Unsupported content type", "validation_failed"), strings.Repeat("x", 3000), bad...)
	bad = bad[2:]
	r.expect(413, failure("Request body too large", "payload_too_large"), strings.Repeat("x", 3000), bad...)
	r.expect(400, failure("Invalid JSON body", "bad_request"), `{`, bad...)
	r.expect(400, failure("Batch is empty", "validation_failed"), `{"siteId":"site_nobody","events":[]}`, bad...)
	r.expect(400, failure("Batch is empty", "validation_failed"), `[]`, bad...)
	r.expect(400, failure("Site ID required", "validation_failed"), `{"events":[{},{},{}]}`, bad...)
	r.expect(400, failure("Site ID required", "validation_failed"), `{}`, bad...)
	r.expect(400, failure("Site ID required", "validation_failed"), `[1,2,3]`, bad...)
	r.expect(400, failure("siteId must be a string", "validation_failed"), `{"siteId":5,"events":[{},{},{}]}`, bad...)
	r.expect(404, failure("Invalid site ID", "not_found"), `{"siteId":"site_nobody","events":[{},{},{}]}`, bad...)
	r.expect(403, failure("Origin not allowed", "forbidden"), three, bad...)
	r.expect(401, failure("Invalid API key", "unauthorized"), three, append(bad, "Authorization", "Bearer zta_live_bad")...)
	r.expect(400, failure("Batch cannot exceed 2 events", "validation_failed"), three)
	r.expect(429, failure("Rate limit exceeded. Try again in 60 seconds.", "rate_limited"), three)
	require.Empty(t, r.store.records)
}

func TestTrackBatchLimit(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	list := func(n int, event string) string {
		return `{"siteId":"site_abc123","events":[` + strings.Repeat(event+",", n-1) + event + `]}`
	}
	tooMany := failure("Batch cannot exceed 500 events", "validation_failed")
	r.expect(200, success(500, 0), list(500, `{"type":"heartbeat"}`))
	r.expect(400, tooMany, list(501, `{"type":"heartbeat"}`))
	r.expect(400, tooMany, list(50_000, `{}`))
	r.expect(400, tooMany, `[`+onePageview+strings.Repeat(`,1`, 100_000)+`]`)
	r.expect(200, success(500, 0), list(500, `{"type":"event","action":"a","category":"b","label":"c","value":1,"properties":{"a":1,"b":2,"c":3,"d":4},"path":"/x"}`)) // many commas
}

func TestTrackOrigin(t *testing.T) {
	r := newTrackRig(t)
	r.expect(200, success(1, 0), onePageview, "Origin", "https://www.example.com")
	r.expect(403, failure("Origin not allowed", "forbidden"), onePageview, "Origin", "null")
	r.expect(403, failure("Origin not allowed", "forbidden"), onePageview, "Origin", "https://evil.org")
	r.expect(200, success(1, 0), onePageview, "Origin", "https://evil.org", "Authorization", "Bearer zta_live_good")
	r.expect(403, failure("This API key cannot access site_other1", "forbidden"), `{"siteId":"site_other1","type":"pageview"}`, "Authorization", "Bearer zta_live_good")
}

func TestTrackContext(t *testing.T) {
	r := newTrackRig(t)
	body := `{"siteId":"site_abc123","type":"pageview","context":{"ip":"8.8.8.8","userAgent":"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) Version/16 Safari/604.1"}}`
	r.expect(200, success(1, 0), body)
	r.expect(200, success(1, 0), body, "Authorization", "Bearer zta_live_good")
	require.Equal(t, "desktop", r.store.records[0].Event.Device)
	require.Equal(t, []string{"tablet", "US"}, []string{r.store.records[1].Event.Device, r.store.records[1].Event.Country})
	wrong := `{"siteId":"site_abc123","type":"pageview","context":5}`
	r.expect(200, success(1, 0), wrong)
	r.expect(400, failure("context must be a object", "validation_failed"), wrong, "Authorization", "Bearer zta_live_good")
}

func TestTrackWrongTypes(t *testing.T) {
	r := newTrackRig(t)
	f := func(fields, want string) {
		t.Helper()
		r.expect(400, failure(want, "validation_failed"), `{"siteId":"site_abc123",`+fields+`}`)
	}
	f(`"type":5`, "type must be a string")
	f(`"type":"pageview","id":12345678`, "id must be a string")
	f(`"type":"pageview","path":["/"]`, "path must be a string")
	f(`"type":"pageview","url":{}`, "url must be a string")
	f(`"type":"pageview","sessionId":1`, "sessionId must be a string")
	f(`"type":"pageview","timestamp":[]`, "Invalid timestamp")
	f(`"type":"pageview","referrer":1`, "referrer must be a string")
	f(`"type":"pageview","utm":"x"`, "utm must be a object")
	f(`"type":"pageview","utm":{"source":1}`, "utm.source must be a string")
	f(`"type":"pageview","clickId":true`, "clickId must be a string")
	f(`"type":"event","action":1`, "action must be a string")
	f(`"type":"event","category":1`, "category must be a string")
	f(`"type":"event","label":1`, "label must be a string")
	f(`"type":"event","value":"1"`, "Value must be a number")
	f(`"type":"event","properties":[1]`, "properties must be a object")
	f(`"type":"engagement","timeOnPage":"45"`, "timeOnPage must be a number")
	f(`"type":"engagement","seq":"1"`, "seq must be a number")
	f(`"type":"engagement","isBounce":1`, "isBounce must be a boolean")
	f(`"type":"click","x":"1"`, "x must be a number")
	f(`"type":"click","x":1,"y":1,"viewport":5`, "viewport must be a object")
	f(`"type":"click","x":1,"y":1,"viewport":{"width":1280,"height":800},"dead":"yes"`, "dead must be a boolean")
	f(`"type":"scroll","depth":"50"`, "depth must be a number")
	f(`"type":"scroll","depth":50,"document":1`, "document must be a object")
	f(`"type":"scroll","depth":50,"dwell":{}`, "dwell must be a array")
	f(`"type":"move","points":[1,2]`, "points must be a array")
	r.expect(400, failure("events must be a array", "validation_failed"), `{"siteId":"site_abc123","events":{}}`)
	// In a batch a wrong field costs its event only, and fields of other kinds may be anything.
	r.expect(200, `{"data":{"success":true,"count":2,"duplicates":0,"rejected":[{"index":0,"error":"path must be a string"},{"index":2,"error":"event must be a object"},{"index":4,"error":"Site ID mismatch"}]}}`,
		`{"siteId":"site_abc123","events":[{"type":"pageview","path":1},{"type":"pageview","x":"y"},7,{"type":"heartbeat","value":[]},{"type":"heartbeat","siteId":"site_other1"}]}`)
	require.Len(t, r.store.records, 2)
	// null is no event, whatever is sent with it.
	f = func(events, rejected string) {
		t.Helper()
		want := `{"error":"All events are invalid","code":"validation_failed","details":[` + rejected + `]}`
		r.expect(400, want, `{"siteId":"site_abc123","events":[`+events+`]}`)
	}
	f(`null`, `{"index":0,"error":"event must be a object"}`)
	f(`null,5`, `{"index":0,"error":"event must be a object"},{"index":1,"error":"event must be a object"}`)
	f(`{},null`, `{"index":0,"error":"Invalid event type"},{"index":1,"error":"event must be a object"}`)
	f(`{"type":null}`, `{"index":0,"error":"Invalid event type"}`)
	partly := `{"data":{"success":true,"count":1,"duplicates":0,"rejected":[{"index":%d,"error":"event must be a object"}]}}`
	r.expect(200, fmt.Sprintf(partly, 1), `[{"siteId":"site_abc123","type":"heartbeat"},null]`)
	r.expect(200, fmt.Sprintf(partly, 0), `{"siteId":"site_abc123","events":[null,{"type":"heartbeat"}]}`)
	r.expect(400, failure("Site ID required", "validation_failed"), `{"events":[null]}`)
	r.expect(400, failure("Site ID required", "validation_failed"), `[null]`)
}

func TestTrackRejections(t *testing.T) {
	r := newTrackRig(t)
	r.expect(400, failure("Invalid event type", "validation_failed"), `{"siteId":"site_abc123"}`)
	r.expect(400, failure("Invalid event id", "validation_failed"), `{"siteId":"site_abc123","type":"pageview","id":"x"}`)
	details := `{"error":"All events are invalid","code":"validation_failed","details":[{"index":0,"error":"Invalid event type"},{"index":1,"error":"Invalid session id"}]}`
	r.expect(400, details, `[{"siteId":"site_abc123"},{"type":"pageview","sessionId":""}]`)
	r.expect(400, `{"error":"All events are invalid","code":"validation_failed","details":[{"index":0,"error":"Invalid event type"}]}`, `[{"siteId":"site_abc123"}]`)
	require.Empty(t, r.store.records)
}

func TestTrackOrderAndDuplicates(t *testing.T) {
	r := newTrackRig(t)
	at := func(id, path string, ts int) string {
		return fmt.Sprintf(`{"type":"pageview","id":%q,"path":%q,"timestamp":%d}`, id, path, ts)
	}
	r.expect(200, success(5, 1), `{"siteId":"site_abc123","sentAt":10000,"events":[`+strings.Join([]string{
		at("aaaaaaaa", "/3", 3000), at("bbbbbbbb", "/1", 1000), at("aaaaaaaa", "/never", 500), at("cccccccc", "/3b", 3000), at("dddddddd", "/2", 2000)}, ",")+`]}`)
	require.Equal(t, []string{"/1", "/2", "/3", "/3b"}, r.store.paths())
	// An ignored event is not stored, so the next one with its id is the first.
	r = newTrackRig(t)
	r.site.Settings.ExcludePaths = []string{"/admin"}
	r.expect(200, success(3, 1), `{"siteId":"site_abc123","events":[`+at("aaaaaaaa", "/admin", 1)+`,`+at("aaaaaaaa", "/a", 1)+`,`+at("aaaaaaaa", "/b", 1)+`]}`)
	require.Equal(t, []string{"/a"}, r.store.paths())
	// Events without an id are never duplicates; many ids are found too.
	r = newTrackRig(t)
	var many []string
	for i := range 200 {
		many = append(many, at(fmt.Sprintf("id-%06d", i%150), "/", 1), `{"type":"heartbeat"}`)
	}
	r.expect(200, success(400, 50), `{"siteId":"site_abc123","events":[`+strings.Join(many, ",")+`]}`)
	require.Len(t, r.store.records, 350)
}

func TestTrackIgnoredIsCounted(t *testing.T) {
	r := newTrackRig(t)
	const bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	r.expect(200, success(2, 0), `{"siteId":"site_abc123","events":[{"type":"pageview"},{"type":"heartbeat"}]}`, "User-Agent", bot)
	require.Equal(t, []analytics.Record{{Filtered: &analytics.Filtered{Reason: analytics.DropBotSearch, Count: 2, ReceivedAt: trackNow}}}, r.store.records)
	r.store.records = nil
	r.site.Settings.ExcludePaths, r.site.Settings.Heatmaps = []string{"/x"}, false
	click := `{"type":"click","x":1,"y":1,"viewport":{"width":1280,"height":800}}`
	r = newTrackRig(t)
	r.site.Settings.ExcludePaths, r.site.Settings.Heatmaps = []string{"/x"}, false
	r.expect(200, `{"data":{"success":true,"count":5,"duplicates":0,"rejected":[{"index":4,"error":"Invalid event type"}]}}`,
		`{"siteId":"site_abc123","events":[`+click+`,{"type":"pageview","path":"/x"},{"type":"pageview","path":"/y"},`+click+`,{},`+`{"type":"pageview","path":"/x/y"}]}`)
	require.Len(t, r.store.records, 3)
	require.Equal(t, &analytics.Filtered{Reason: analytics.DropPath, Count: 2, ReceivedAt: trackNow}, r.store.records[0].Filtered)
	require.Equal(t, &analytics.Filtered{Reason: analytics.DropHeatmapsOff, Count: 2, ReceivedAt: trackNow}, r.store.records[1].Filtered)
	require.Equal(t, "/y", r.store.records[2].Event.Path)
}

func TestTrackHeaders(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.CountryHeader, c.RegionHeader = "CF-IPCountry", "cf-region-code" })
	r.site.Settings.HonorGPC = true
	r.expect(200, success(1, 0), onePageview, "CF-IPCountry", "DE", "CF-Region-Code", "BY", "Sec-CH-UA", `"Chromium";v="121", "Microsoft Edge";v="121"`,
		"Sec-CH-UA-Mobile", "?0", "Sec-CH-UA-Platform", `"macOS"`)
	e := r.store.records[0].Event
	require.Equal(t, []string{"DE", "DE-BY", "Edge", "121", "macOS"}, []string{e.Country, e.Region, e.Browser, e.BrowserVersion, e.OS})
	for _, h := range [][2]string{{"Sec-GPC", "1"}, {"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}} {
		r.expect(200, success(1, 0), onePageview, h[0], h[1])
	}
	require.Len(t, r.store.records, 4)
	require.Equal(t, analytics.DropOptOut, r.store.records[1].Filtered.Reason)
	require.Equal(t, analytics.DropPrefetch, r.store.records[2].Filtered.Reason)
	require.Equal(t, analytics.DropPrefetch, r.store.records[3].Filtered.Reason)
}

func TestTrackUnavailable(t *testing.T) {
	r := newTrackRig(t)
	r.store.err = &analytics.Unavailable{Reason: "full", RetryAfter: 2500 * time.Millisecond}
	w := r.expect(503, failure("Service temporarily unavailable", "unavailable"), onePageview)
	require.Equal(t, "3", w.Header().Get("Retry-After"))
	r.store.err = fmt.Errorf("wrapped: %w", &analytics.Unavailable{})
	require.Equal(t, "1", r.expect(503, failure("Service temporarily unavailable", "unavailable"), onePageview).Header().Get("Retry-After"))
	r.store.err = context.Canceled
	require.Equal(t, 503, r.track(onePageview).Code)
	r.store.err = errors.New("secret detail")
	r.expect(500, failure("Internal server error", "internal_error"), onePageview)
	require.Zero(t, testutil.ToFloat64(r.handler.metrics.received), "nothing of a failed request is counted")
}

// A page that is left does not wait for the answer. Its events count as all others.
func TestTrackSenderGoesAway(t *testing.T) {
	r := newTrackRig(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	req := httptest.NewRequestWithContext(gone, http.MethodPost, "/api/track", strings.NewReader(onePageview))
	req.Header.Set("User-Agent", trackChrome)
	w := httptest.NewRecorder()
	r.engine.ServeHTTP(w, req)
	require.Equal(t, 200, w.Code)
	require.Equal(t, []string{"/pricing"}, r.store.paths())
	require.EqualValues(t, 1, testutil.ToFloat64(r.handler.metrics.stored))
}

func TestTrackMetrics(t *testing.T) {
	r := newTrackRig(t)
	r.site.Settings.ExcludePaths = []string{"/x"}
	body := `{"siteId":"site_abc123","events":[{"type":"pageview","id":"aaaaaaaa"},{"type":"pageview","id":"aaaaaaaa"},{"type":"pageview","path":"/x"},{},{"type":"heartbeat"}]}`
	require.Equal(t, 200, r.track(body).Code)
	require.Equal(t, 200, r.track(body).Code)
	require.Equal(t, 404, r.track(`{"siteId":"site_nobody"}`).Code)
	m := r.handler.metrics
	require.Equal(t, []float64{10, 3, 3, 2, 2, 2, 1}, []float64{
		testutil.ToFloat64(m.received), testutil.ToFloat64(m.stored), testutil.ToFloat64(m.duplicates), testutil.ToFloat64(m.rejected),
		testutil.ToFloat64(m.dropped[analytics.DropPath]), testutil.ToFloat64(m.requests[2]), testutil.ToFloat64(m.requests[4])})
	families, err := r.registry.Gather()
	require.NoError(t, err)
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	require.Equal(t, []string{"ztas_ingest_dropped_events_total", "ztas_ingest_duplicate_events_total", "ztas_ingest_events_total",
		"ztas_ingest_received_events_total", "ztas_ingest_rejected_events_total", "ztas_ingest_requests_total"}, names)
}

func TestImportEvents(t *testing.T) {
	r := newTrackRig(t)
	post := func(body string, headers ...string) *httptest.ResponseRecorder {
		return r.post("/api/import/events", []byte(body), headers...)
	}
	key := []string{"Authorization", "Bearer zta_live_good", "Origin", "https://elsewhere.org", "User-Agent", "curl/8", "Sec-Purpose", "prefetch"}
	body := `{"siteId":"site_abc123","events":[{"type":"pageview","id":"aaaaaaaa","timestamp":"2015-05-17T10:05:03Z","context":{"ip":"8.8.8.8","userAgent":"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}},
 {"type":"pageview","timestamp":1},{"type":"pageview","id":"bbbbbbbb"}]}`
	require.Equal(t, 401, post(body).Code)
	w := post(body, key...)
	require.JSONEq(t, `{"data":{"success":true,"count":1,"duplicates":0,"rejected":[{"index":1,"error":"Event id is required"},{"index":2,"error":"Timestamp is required"}]}}`, w.Body.String())
	e := r.store.records[0].Event
	require.True(t, e.Imported)
	require.Equal(t, time.Date(2015, 5, 17, 10, 5, 3, 0, time.UTC).UnixMilli(), e.TS)
	require.Equal(t, "US", e.Country)
	require.JSONEq(t, failure("Timestamp is required", "validation_failed"), post(`{"siteId":"site_abc123","type":"pageview","id":"aaaaaaaa"}`, key...).Body.String())
}

func TestImportsAtATime(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 1, 1 }) // which do not hold here
	r.store.hold, r.store.waiting = make(chan struct{}), make(chan struct{})
	key := []string{"Authorization", "Bearer zta_live_good"}
	post := func(i int) *httptest.ResponseRecorder {
		return r.post("/api/import/events", fmt.Appendf(nil, `{"siteId":"site_abc123","type":"pageview","id":"id-%06d","timestamp":1000000000000}`, i), key...)
	}
	answers := make(chan int)
	for i := range maxImports {
		go func() { answers <- post(i).Code }()
		<-r.store.waiting
	}
	w := post(9)
	require.Equal(t, 429, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.JSONEq(t, failure("Rate limit exceeded. Try again in 1 seconds.", "rate_limited"), w.Body.String())
	close(r.store.hold)
	for range maxImports {
		require.Equal(t, 200, <-answers)
	}
	go func() { <-r.store.waiting }()
	require.Equal(t, 200, post(10).Code)
	require.Empty(t, r.handler.imports.running)
}

func TestTrackAnswersAreJSON(t *testing.T) {
	r := newTrackRig(t)
	w := r.track(`[` + onePageview + `,{"type":"a\"b"}]`)
	var answer struct {
		Data struct {
			Success           bool
			Count, Duplicates int
			Rejected          []rejection
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	require.Equal(t, []rejection{{1, "Invalid event type"}}, answer.Data.Rejected)
}

// TestTrackUnderWay: bodies beyond what may be under way are refused before they are decoded, and let in when others were answered.
func TestTrackUnderWay(t *testing.T) {
	r := newTrackRig(t)
	r.handler.underWay.most = 1 // a body is let in alone
	r.store.hold, r.store.waiting = make(chan struct{}), make(chan struct{})
	answered := make(chan int)
	go func() { answered <- r.track(onePageview).Code }()
	<-r.store.waiting
	w := r.expect(503, failure("Service temporarily unavailable", "unavailable"), `no JSON`)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	close(r.store.hold)
	require.Equal(t, 200, <-answered)
	r.store.hold = nil
	require.Equal(t, 200, r.track(onePageview).Code)
	require.Zero(t, r.handler.underWay.bytes.Load())
	r.handler.underWay.most = 3 * (bodyCost + 100)
	for range 3 {
		require.True(t, r.handler.underWay.take(100))
	}
	require.False(t, r.handler.underWay.take(0))
}
