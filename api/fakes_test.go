package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/api/auth"
)

// memoryMeta is a Meta without durability.
type memoryMeta struct {
	mu      sync.Mutex
	values  map[string][]byte
	failing atomic.Bool
}

// all is a copy: activities are written behind what a test does.
func (m *memoryMeta) all() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.values)
}

func (m *memoryMeta) Scan(prefix string, fn func(key string, val []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(m.values)) {
		if strings.HasPrefix(key, prefix) {
			if err := fn(key, m.values[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memoryMeta) Txn(ops ...MetaOp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing.Load() {
		return errors.New("the disk is on fire")
	}
	for _, op := range ops {
		if op.Value == nil {
			delete(m.values, op.Key)
		} else {
			m.values[op.Key] = slices.Clone(op.Value)
		}
	}
	return nil
}

// Erase is what it is for the store: afterwards there is nothing with one of the prefixes.
func (m *memoryMeta) Erase(prefixes ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing.Load() {
		return errors.New("the disk is on fire")
	}
	maps.DeleteFunc(m.values, func(key string, _ []byte) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
	})
	return nil
}

// testClock is a clock that stands until it is moved.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fakeReader remembers what it was asked.
type fakeReader struct {
	mu       sync.Mutex
	err      error
	stats    analytics.StatsReport
	realtime analytics.RealtimeReport
	query    analytics.StatsQuery
	detail   bool
	asked    map[analytics.SiteID]int
	asks     []report.Ask // of the last Sums
	events   Reader       // answers Sums and Tables; nil: there are no events
}

func (r *fakeReader) Stats(_ context.Context, site analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.query = q
	r.asked[site]++
	report := r.stats
	report.Range = analytics.RangeReport{
		Start: instant(time.UnixMilli(q.Range.From)), End: instant(time.UnixMilli(q.Range.To)), Timezone: q.Range.Zone.Name(), Interval: q.Range.Interval,
	}
	report.Timeseries, report.TopPages, report.TopReferrers = listed(report.Timeseries), listed(report.TopPages), listed(report.TopReferrers)
	report.Browsers, report.OperatingSystems, report.Countries = listed(report.Browsers), listed(report.OperatingSystems), listed(report.Countries)
	return &report, r.err
}

func (r *fakeReader) Realtime(_ context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.detail = detail
	r.asked[site]++
	report := r.realtime
	report.Timestamp = instant(time.UnixMilli(now))
	if report.PageBreakdown == nil {
		report.PageBreakdown = map[string]int64{}
	}
	report.RecentPageviews = listed(report.RecentPageviews)
	for len(report.VisitorsPerMinute) < 5 {
		report.VisitorsPerMinute = append(report.VisitorsPerMinute, analytics.MinuteVisitors{Minute: "11:30"})
	}
	return &report, r.err
}

func (r *fakeReader) Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[site]++
	r.asks = asks
	if r.err != nil {
		return nil, r.err
	}
	if r.events != nil {
		return r.events.Sums(ctx, site, asks...)
	}
	sums := make([]report.Sum, len(asks))
	for i, a := range asks {
		sums[i] = a.Question.New(nil, a.Window)
		sums[i].Seal()
	}
	return sums, nil
}

func (r *fakeReader) Tables(
	ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	r.mu.Lock()
	err, events := r.err, r.events
	r.mu.Unlock()
	if err != nil || events == nil {
		return err
	}
	return events.Tables(ctx, site, first, last, newestFirst, f)
}

// listed is a list that is there, as those of answers are.
func listed[T any](list []T) []T { return append([]T{}, list...) }

// fakeDefiner keeps the definitions that reached the log; hold, when set, is run before each answers.
type fakeDefiner struct {
	mu   sync.Mutex
	err  error
	hold func()
	log  []analytics.Definition
}

func (d *fakeDefiner) Define(_ context.Context, site analytics.SiteID, def analytics.Definition) error {
	d.mu.Lock()
	hold := d.hold
	d.mu.Unlock()
	if hold != nil {
		hold()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	if string(site) != def.ID {
		return fmt.Errorf("definition of %s for %s", def.ID, site)
	}
	d.log = append(d.log, def)
	return nil
}

// fakeIntake asks for the right like the real one and reads no events.
type fakeIntake struct{ w *world }

func (f fakeIntake) Track(c *gin.Context) { f.answer(c, c.GetHeader("Authorization") != "") }

func (f fakeIntake) ImportEvents(c *gin.Context) { f.answer(c, true) }

func (f fakeIntake) Plausible(c *gin.Context) { c.String(http.StatusAccepted, "ok") }

func (f fakeIntake) Umami(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"beep": "boop"}) }

func (f fakeIntake) GoatCounter(c *gin.Context) { c.Data(http.StatusOK, "image/gif", pixel) }

func (f fakeIntake) answer(c *gin.Context, ask bool) {
	site, ok := f.w.sites.Site(analytics.SiteID(c.Query("siteId")))
	if !ok {
		fail(c, errUnknownSite)
		return
	}
	if ask {
		if p := f.w.access.AuthorizeIngest(c, site); p != nil {
			fail(c, p)
			return
		}
	}
	data(c, http.StatusOK, gin.H{"success": true, "count": 0, "duplicates": 0, "rejected": []any{}})
}

type fakeTickets struct{ issued []auth.Principal }

func (f *fakeTickets) Issue(p auth.Principal) (string, time.Time) {
	f.issued = append(f.issued, p)
	return "wst_h5j2k8l4m1n7b3v9c6x0", time.Date(2026, 1, 15, 16, 30, 50, 0, time.UTC)
}

type readiness bool

func (r *readiness) Ready() bool { return bool(*r) }

// world is a server with everything around it.
type world struct {
	t        *testing.T
	srv      *Server
	cfg      Config
	accounts *auth.Accounts
	sites    *Directory
	access   *Access
	catalog  *Catalog
	activity *Activities
	backfill *Backfiller
	pictures *Pictures
	purger   *Purger
	fold     *fakeFold
	imports  *Imports
	heard    *Diagnostics
	demo     *fakeDemo
	machine  *fakeMachine
	hooks    *fakeHooks
	preview  *fakePreview
	mailer   *fakeMailer
	meta     *memoryMeta
	clock    *testClock
	reader   *fakeReader
	definer  *fakeDefiner
	tickets  *fakeTickets
	ready    *readiness
	logs     *bytes.Buffer
}

const (
	password  = "tangerine-orbit-42"
	publicURL = "https://analytics.example.com"
)

// unlimited switches the rate limits off.
func unlimited(c *Config) {
	c.RateMinute, c.RateHour, c.RateLogin, c.RateLoginFailures, c.RateRegister, c.RateRefresh = 0, 0, 0, 0, 0, 0
	c.RateForgot, c.RateVerifyReset, c.RateReset = 0, 0, 0
	c.RateInvitePreview, c.RateInvitesHour, c.RateInvitesDay = 0, 0, 0
	c.RatePublicStats = 0
}

func testConfig() Config {
	c := DefaultConfig()
	c.PublicURL = publicURL
	c.Auth.Issuer = publicURL
	c.Auth.Secret = []byte("0123456789abcdef0123456789abcdef")
	c.Auth.OpenRegistration = true
	c.Auth.Hashing = argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return c
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	ready := readiness(true)
	w := &world{
		t: t, cfg: testConfig(), meta: &memoryMeta{values: make(map[string][]byte)},
		clock:  &testClock{now: time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC)},
		reader: &fakeReader{asked: make(map[analytics.SiteID]int)}, definer: &fakeDefiner{}, hooks: newFakeHooks(), preview: &fakePreview{}, fold: &fakeFold{}, mailer: newFakeMailer(), tickets: &fakeTickets{}, ready: &ready, demo: &fakeDemo{}, machine: &fakeMachine{},
		logs: &bytes.Buffer{},
	}
	for _, f := range change {
		f(&w.cfg)
	}
	w.start()
	return w
}

// start builds everything that reads the store, as a start of the program does.
func (w *world) start() {
	w.t.Helper()
	log := slog.New(slog.NewJSONHandler(w.logs, nil))
	var err error
	w.accounts, err = auth.Open(w.cfg.Auth, w.meta, w.clock.Now, log)
	require.NoError(w.t, err)
	w.sites, err = OpenDirectory(w.cfg, w.meta, w.definer, w.clock.Now)
	require.NoError(w.t, err)
	w.access = NewAccess(w.accounts, w.sites)
	w.activity, err = OpenActivities(w.meta, w.accounts, w.clock.Now, log)
	require.NoError(w.t, err)
	w.catalog, err = OpenCatalog(w.meta)
	require.NoError(w.t, err)
	w.pictures, err = OpenPictures(w.meta)
	require.NoError(w.t, err)
	w.imports, err = OpenImports(w.meta)
	require.NoError(w.t, err)
	w.heard = NewDiagnostics(w.clock.Now)
	w.backfill = NewBackfiller(w.catalog, w.sites, w.reader, w.clock.Now, log)
	w.purger = NewPurger(PurgeDeps{
		Sites: w.sites, Activity: w.activity, Meta: w.meta, Fold: w.fold, Keepers: []SiteKeeper{w.catalog, w.pictures, w.imports, w.accounts}, Now: w.clock.Now, Log: log,
	})
	w.srv, err = NewServer(Deps{
		Config: w.cfg, Access: w.access, Accounts: w.accounts, Sites: w.sites, Catalog: w.catalog, Backfill: w.backfill, Pictures: w.pictures, Hooks: w.hooks, Preview: w.preview, Sealer: testSealer(w.t), Mailer: w.mailer, Activity: w.activity, Reader: w.reader, Track: fakeIntake{w}, Compat: fakeIntake{w}, Tickets: w.tickets,
		Purger:  w.purger,
		Imports: w.imports, History: fakeHistory{w.reader}, Diagnostics: w.heard, Demo: w.demo, Machine: w.machine,
		WebSocket: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusSwitchingProtocols) }),
		Web: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", mime.TypeByExtension(cmp.Or(path.Ext(r.URL.Path), ".html")))
			io.WriteString(rw, "page "+r.URL.Path)
		}),
		Ready: w.ready, Version: "1.0.0", Now: w.clock.Now, Log: log,
	})
	require.NoError(w.t, err)
}

// answer is what a request got.
type answer struct {
	t    *testing.T
	code int
	head http.Header
	text string
}

// call sends a request, and holds it and its answer to the document. body is sent as it is when it is a string, else as JSON; nil is none. opts
// change the request.
func (w *world) call(method, target, token string, body any, opts ...func(*http.Request)) answer {
	w.t.Helper()
	var text string
	switch b := body.(type) {
	case nil:
	case string:
		text = b
	default:
		j, err := json.Marshal(b)
		require.NoError(w.t, err)
		text = string(j)
	}
	r := httptest.NewRequest(method, target, strings.NewReader(text))
	r.RemoteAddr = "203.0.113.7:4711"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, o := range opts {
		o(r)
	}
	rec := httptest.NewRecorder()
	w.srv.ServeHTTP(rec, r)
	holdToDocument(w.t, r, text, rec)
	return answer{w.t, rec.Code, rec.Header(), rec.Body.String()}
}

// wantError checks status, message and code.
func (a answer) wantError(code int, message, word string) {
	a.t.Helper()
	var got struct {
		Error string
		Code  string
	}
	require.NoError(a.t, json.Unmarshal([]byte(a.text), &got), a.text)
	require.Equal(a.t, []any{code, message, word}, []any{a.code, got.Error, got.Code}, a.text)
}

// wantData checks the status and that the answer's data is this JSON.
func (a answer) wantData(code int, want string) {
	a.t.Helper()
	require.Equal(a.t, code, a.code, a.text)
	require.JSONEq(a.t, `{"data":`+want+`}`, a.text)
}

// read checks the status and decodes the answer's data.
func (a answer) read(code int, into any) {
	a.t.Helper()
	require.Equal(a.t, code, a.code, a.text)
	require.NoError(a.t, json.Unmarshal([]byte(a.text), &struct{ Data any }{into}), a.text)
}

// user makes an account and returns its id and a token.
func (w *world) user(email string) (id, token string) {
	w.t.Helper()
	g, err := w.accounts.Register(w.t.Context(), auth.Registration{Email: email, Password: password})
	require.NoError(w.t, err)
	return g.User.ID, g.Token
}

// key makes an API key of the user.
func (w *world) key(user string, scope auth.Scope, site analytics.SiteID, days int) (id, text string) {
	w.t.Helper()
	k, text, err := w.accounts.CreateKey(auth.Principal{UserID: user, Scope: auth.AdminScope}, auth.NewKey{Name: "key", Scope: scope, Site: site, Days: days})
	require.NoError(w.t, err)
	return k.ID, text
}

// addSite makes a site of the user.
func (w *world) addSite(owner, domain string) analytics.SiteID {
	w.t.Helper()
	site, err := w.sites.create(w.t.Context(), owner, analytics.Site{
		Domain: domain, Name: domain, Timezone: "America/New_York", Settings: analytics.DefaultSettings(730),
	})
	require.NoError(w.t, err)
	return site.ID
}

// join gives a user a role on a site.
func (w *world) join(site analytics.SiteID, user string, role auth.Role) {
	w.t.Helper()
	w.sites.change.Lock()
	defer w.sites.change.Unlock()
	e := *w.sites.entry(site)
	e.members = maps.Clone(e.members)
	e.members[user] = Membership{role, w.clock.Now()}
	require.NoError(w.t, w.sites.store(&e, user))
}

// remove soft-deletes a site.
func (w *world) remove(site analytics.SiteID) {
	w.t.Helper()
	w.sites.change.Lock()
	defer w.sites.change.Unlock()
	e := *w.sites.entry(site)
	e.DeletedAt = w.clock.Now()
	e.PurgeAt = w.clock.Now().AddDate(0, 0, 30)
	require.NoError(w.t, w.sites.store(&e, ""))
}
