package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// hostileRequests is how many malformed requests are sent in all: ZTAS_HOSTILE, or few.
func hostileRequests(t *testing.T) int {
	t.Helper()
	text := os.Getenv("ZTAS_HOSTILE")
	if text == "" {
		return 6000
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "ZTAS_HOSTILE")
	return n
}

// mutator spoils good requests with what public corpora hold. The same seed spoils them in the same way.
type mutator struct {
	*rand.Rand
	docs  []string // JSON documents, many of them malformed
	texts []string // naughty strings, script and header injections
}

func newMutator(t *testing.T, seed uint64) *mutator {
	t.Helper()
	m := &mutator{Rand: rand.New(rand.NewPCG(seed, 2))}
	docs := corpus(t, "jsontestsuite.tar.gz")
	for _, name := range slices.Sorted(maps.Keys(docs)) {
		m.docs = append(m.docs, string(docs[name]))
	}
	naughty, err := os.ReadFile(filepath.Join("testdata", "security", "blns.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(naughty, &m.texts))
	lists := corpus(t, "payloads_xss_crlf.tar.gz")
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		m.texts = append(m.texts, strings.Split(string(lists[name]), "\n")...)
	}
	require.GreaterOrEqual(t, len(m.docs), 318)
	require.Greater(t, len(m.texts), 1200)
	return m
}

// sizes, depths and numbers that decoders stumble over.
var hardValues = []string{
	"1e400", "-1e400", "1e-400", "NaN", "-0", "9007199254740993", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "0x10", "01", "1.", ".5",
	"null", "true", `""`, `"\u0000"`, `"\ud800"`, `"\udfff\ud800"`, "[]", "{}", "[[]]", `[null]`, `{"":""}`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000),
	strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000), `"` + strings.Repeat("a", 5000) + `"`, `"` + strings.Repeat("\U0001F600", 300) + `"`,
	"1" + strings.Repeat("0", 400), `"2026-02-30"`, `"-0001-01-01T00:00:00Z"`, `"9999-99-99"`,
}

// value is a JSON value, or something that claims to be one.
func (m *mutator) value() string {
	switch m.IntN(4) {
	case 0:
		return m.docs[m.IntN(len(m.docs))]
	case 1:
		return hardValues[m.IntN(len(hardValues))]
	default:
		b, err := json.Marshal(m.text())
		if err != nil {
			return `"x"`
		}
		return string(b)
	}
}

func (m *mutator) text() string {
	s := m.texts[m.IntN(len(m.texts))]
	if m.IntN(3) == 0 {
		s = "\x00\x1f\r\n\x7f" + s + "\u202e\ufeff"
	}
	return s
}

// body spoils a JSON body: values of members are replaced, members doubled, bytes flipped, pieces left out or repeated, or all of it is another one.
func (m *mutator) body(good string) string {
	for range 1 + m.IntN(3) {
		switch n := m.IntN(10); {
		case n == 0:
			return m.docs[m.IntN(len(m.docs))]
		case n == 1 && good != "":
			i, j := m.IntN(len(good)), m.IntN(len(good))
			good = good[:min(i, j)] + good[max(i, j):]
		case n == 2 && good != "":
			i, j := m.IntN(len(good)), m.IntN(len(good))
			good = good[:max(i, j)] + good[min(i, j):]
		case n == 3 && good != "":
			b := []byte(good)
			b[m.IntN(len(b))] = byte(m.IntN(256))
			good = string(b)
		default:
			good = m.member(good)
		}
	}
	return good
}

// member gives a member of a JSON object another value, so that the rest stays good.
func (m *mutator) member(good string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(good), &object) != nil || len(object) == 0 {
		return m.value()
	}
	names := slices.Sorted(maps.Keys(object))
	chosen := names[m.IntN(len(names))]
	var out strings.Builder
	for i, name := range names {
		key, _ := json.Marshal(name) // of a text
		value := string(object[name])
		if name == chosen {
			if inner := strings.TrimSpace(value); strings.HasPrefix(inner, "{") && m.IntN(2) == 0 {
				value = m.member(inner)
			} else {
				value = m.value()
			}
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%s:%s", key, value)
	}
	return "{" + out.String() + "}"
}

// target spoils a value in the query, or a part of the path.
func (m *mutator) target(good string) string {
	path, query, _ := strings.Cut(good, "?")
	values, err := url.ParseQuery(query)
	if err != nil || m.IntN(4) == 0 {
		parts := strings.Split(path, "/")
		parts[len(parts)-1] = url.PathEscape(m.text())
		return strings.Join(parts, "/") + "?" + query
	}
	names := append(slices.Sorted(maps.Keys(values)), "siteId", "id", "limit", "offset", "period", "startDate", "endDate", "filters", "path", "format", "steps",
		"metrics", "property", "interval", "order", "date_from", "token", "site_id", "compare", "type", "device", "search", "action")
	values.Set(names[m.IntN(len(names))], m.text())
	return path + "?" + values.Encode()
}

// TestMalformedRequests is S2: spoiled requests to every route, each about as deep as it gets, never end in an error of the server's own, and what they
// leave behind holds no control character. ZTAS_HOSTILE says how many.
func TestMalformedRequests(t *testing.T) {
	const round = 1500 // requests to one world, so that it does not grow and accounts that were deleted come back
	statuses, sent := map[int]int{}, 0
	for n := 0; sent < hostileRequests(t)/2; n += round {
		m := newMutator(t, uint64(n))
		w := newWorld(t, unlimited)
		owner, _ := w.user("owner@example.com")
		w.visited(w.addSite(owner, "own.example.com"), w.clock.Now())
		names := slices.Sorted(maps.Keys(contractRights))
		for range round {
			name := names[m.IntN(len(names))]
			if strings.HasSuffix(name, "/ws") {
				continue
			}
			code, possible := w.spoiled(m, name)
			if !possible {
				continue
			}
			statuses[code/100]++
			sent++
		}
		w.wantNoControls()
	}
	t.Logf("%d requests by class of status: %v", sent, statuses)
	require.GreaterOrEqual(t, sent, hostileRequests(t)/2, "really sent")
	require.Positive(t, statuses[2], "some spoiled requests are good all the same")
	require.Positive(t, statuses[4])
}

// spoiled sends a good request of a route after it was spoiled, as the owner. possible is false where no client can send what it has become.
func (w *world) spoiled(m *mutator, name string) (code int, possible bool) {
	w.t.Helper()
	u, ok := w.accounts.UserByEmail("owner@example.com")
	if !ok { // the last request deleted it
		id, _ := w.user("owner@example.com")
		u, _ = w.accounts.User(id)
	}
	site := missingSite
	for _, e := range w.sites.ofUser(u.ID) {
		if e.DeletedAt.IsZero() {
			site = e.ID
		}
	}
	if site == missingSite {
		site = w.addSite(u.ID, fmt.Sprintf("site%d.example.com", m.Uint32()))
	}
	token := w.matrixLogin(u.Email).Token
	target, sent := w.matrixRequest(name, matrixCaller{user: u.ID, scope: auth.AdminScope}, site)
	body, isText := sent.(string)
	if !isText && sent != nil {
		text, err := json.Marshal(sent)
		require.NoError(w.t, err)
		body = string(text)
	}
	if body == "" || m.IntN(3) == 0 {
		target = m.target(target)
	} else {
		body = m.body(body)
	}
	method, _, _ := strings.Cut(name, " ")
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	parsed, err := url.ParseRequestURI(target)
	if err != nil {
		return 0, false
	}
	r.URL, r.RequestURI = parsed, target
	r.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	w.srv.ServeHTTP(rec, r)
	if rec.Code >= 500 {
		w.t.Errorf("%s %q %q: %d %s\n%s", method, target, body, rec.Code, rec.Body, w.logs)
	}
	return rec.Code, true
}

// wantNoControls looks through all that is stored.
func (w *world) wantNoControls() {
	w.t.Helper()
	w.meta.mu.Lock()
	defer w.meta.mu.Unlock()
	for key, val := range w.meta.values {
		var v any
		if json.Unmarshal(val, &v) != nil { // a picture, or a log that is not JSON
			continue
		}
		if text, found := controlIn(v); found || strings.ContainsFunc(key, isControl) {
			w.t.Errorf("%q has %q", key, text)
		}
	}
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// controlIn finds a text with a control character in a JSON value.
func controlIn(v any) (text string, found bool) {
	switch v := v.(type) {
	case string:
		return v, strings.ContainsFunc(v, isControl)
	case []any:
		for _, x := range v {
			if text, found = controlIn(x); found {
				return text, true
			}
		}
	case map[string]any:
		for key, x := range v {
			if strings.ContainsFunc(key, isControl) {
				return key, true
			}
			if text, found = controlIn(x); found {
				return text, true
			}
		}
	}
	return "", false
}

// goodHits are hits of every kind, to be spoiled.
var goodHits = [][2]string{
	{"/api/track", `{"siteId":"site_abc123","type":"pageview","id":"abcdefgh","timestamp":1768494620000,"path":"/a?b=c","referrer":"https://x.example/","utm":{"source":"s","medium":"m","campaign":"c","term":"t","content":"d"},"clickId":"gclid","sessionId":"abc"}`},
	{"/api/track", `{"siteId":"site_abc123","type":"event","action":"a","category":"b","label":"c","value":1.5,"properties":{"a":"b","n":1,"t":true},"path":"/a"}`},
	{"/api/track", `{"siteId":"site_abc123","type":"engagement","path":"/a","timeOnPage":12.5,"seq":3,"isBounce":false}`},
	{"/api/track", `{"siteId":"site_abc123","type":"click","path":"/a","x":1,"y":2,"viewport":{"width":1280,"height":800},"selector":"a","element":"b","text":"c","sinceLoad":5,"dead":true,"rage":5}`},
	{"/api/track", `{"siteId":"site_abc123","type":"scroll","path":"/a","depth":50,"viewport":{"width":1280,"height":800},"document":{"width":1280,"height":3000},"dwell":[[0,100],[400,5]]}`},
	{"/api/track", `{"siteId":"site_abc123","type":"move","path":"/a","points":[[1,2],[3,4]],"viewport":{"width":1280,"height":800}}`},
	{"/api/track", `{"siteId":"site_abc123","sentAt":1768494620000,"events":[{"type":"pageview","path":"/a"},{"type":"heartbeat"}]}`},
	{"/api/track", `{"siteId":"site_abc123","type":"pageview","url":"https://example.com/x?utm_source=y#z","context":{"ip":"8.8.8.8","userAgent":"x"}}`},
	{"/api/event", `{"n":"pageview","u":"https://example.com/a?utm_source=b","d":"example.com","r":"https://x.example/","p":{"a":"b"},"$":{"amount":"1","currency":"EUR"}}`},
	{"/api/send", `{"type":"event","payload":{"website":"example.com","url":"/a","referrer":"https://x.example/","name":"n","data":{"a":1}}}`},
	{"/count", `site=example.com&p=/a&r=https://x.example/&t=title&e=true&q=a`},
}

// TestMalformedHits is the part of S2 that the ingest endpoints take: spoiled hits of all trackers, plain and packed.
func TestMalformedHits(t *testing.T) {
	m := newMutator(t, 1)
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	compat := NewCompatHandler(r.handler, oneFinder{r.site})
	r.engine.POST("/api/event", compat.Plausible)
	r.engine.POST("/api/send", compat.Umami)
	r.engine.GET("/count", compat.GoatCounter)
	statuses := map[int]int{}
	for range hostileRequests(t) / 2 {
		good := goodHits[m.IntN(len(goodHits))]
		method, target, body := http.MethodPost, good[0], good[1]
		if target == "/count" {
			values, err := url.ParseQuery(body)
			require.NoError(t, err)
			values.Set([]string{"p", "r", "t", "e", "q", "site", "s", "b"}[m.IntN(8)], m.text())
			method, target, body = http.MethodGet, target+"?"+values.Encode(), ""
		} else {
			body = m.body(body)
		}
		text := []byte(body)
		req := httptest.NewRequest(method, target, nil)
		if m.IntN(8) == 0 {
			text = zipped(t, text)
			req.Header.Set("Content-Encoding", "gzip")
			if m.IntN(2) == 0 {
				text[m.IntN(len(text))] ^= byte(1 + m.IntN(255))
			}
		}
		req.Body, req.ContentLength = http.NoBody, 0
		if method == http.MethodPost {
			req = req.Clone(t.Context())
			req.Body, req.ContentLength = readCloser{bytes.NewReader(text)}, int64(len(text))
		}
		req.Header.Set("User-Agent", trackChrome)
		if m.IntN(4) == 0 {
			name := []string{"Authorization", "Origin", "User-Agent", "X-Forwarded-For", "Content-Type", "Sec-Ch-Ua", "Referer"}[m.IntN(7)]
			req.Header[name] = []string{m.text()}
		}
		if m.IntN(4) == 0 {
			req.Header.Set("Authorization", "Bearer zta_live_good")
		}
		rec := httptest.NewRecorder()
		r.engine.ServeHTTP(rec, req)
		statuses[rec.Code/100]++
		if rec.Code >= 500 {
			t.Errorf("%s %q %q: %d %s", method, target, body, rec.Code, rec.Body)
		}
		for _, rec := range r.store.records {
			requireClean(t, rec)
		}
		r.store.records = r.store.records[:0]
	}
	t.Logf("requests by class of status: %v", statuses)
	require.Positive(t, statuses[2])
	require.Positive(t, statuses[4])
}

// requireClean: no text of the event holds a control character. The texts are found by their type, so that a new field is looked at too.
func requireClean(t *testing.T, rec analytics.Record) {
	t.Helper()
	if rec.Event == nil {
		return
	}
	e := *rec.Event
	e.ID = "" // packed bytes, whose text is looked at
	require.False(t, strings.ContainsFunc(rec.Event.ID.Text(), isControl), "%q", rec.Event.ID.Text())
	eachText(reflect.ValueOf(e), func(s string) {
		require.False(t, strings.ContainsFunc(s, isControl), "%q", s)
	})
}

// eachText calls f for every text in a value.
func eachText(v reflect.Value, f func(string)) {
	switch v.Kind() {
	case reflect.String:
		f(v.String())
	case reflect.Struct:
		for _, field := range v.Fields() {
			eachText(field, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), f)
		}
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
