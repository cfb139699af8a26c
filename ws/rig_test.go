package ws

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// world is what the hub asks: sites, reports, tokens and rights, all settable.
type world struct {
	mu       sync.Mutex
	sites    map[analytics.SiteID]*analytics.Site
	realtime map[analytics.SiteID]analytics.RealtimeReport
	stats    map[analytics.SiteID]analytics.StatsReport
	asked    []analytics.StatsQuery
	loads    int
	fail     error
	panics   bool
	tokens   map[string]Principal
	ended    map[string]bool // users whose session was revoked
	denied   map[string]error
	viewers  map[string]bool // users who are no owners

	folds   map[analytics.SiteID]*testkit.Reader // sites with events; their answers are no longer set
	goals   []*analytics.Goal
	pending map[string]float64
	done    []json.RawMessage // completions
	events  []json.RawMessage // of the feed
	seen    uint64
	made    int                          // names given to made-up items
	kept    map[string][]json.RawMessage // by topic
}

func newWorld() *world {
	w := &world{
		sites: map[analytics.SiteID]*analytics.Site{}, realtime: map[analytics.SiteID]analytics.RealtimeReport{},
		stats: map[analytics.SiteID]analytics.StatsReport{}, tokens: map[string]Principal{}, ended: map[string]bool{}, denied: map[string]error{},
		viewers: map[string]bool{}, folds: map[analytics.SiteID]*testkit.Reader{}, pending: map[string]float64{}, kept: map[string][]json.RawMessage{},
	}
	w.addSite("site_abc123", "America/New_York")
	w.tokens["good"] = Principal{UserID: "user_abc123"}
	return w
}

func (w *world) addSite(id analytics.SiteID, zone string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sites[id] = &analytics.Site{ID: id, Timezone: zone}
}

func (w *world) set(f func(w *world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w)
}

func (w *world) Site(id analytics.SiteID) (*analytics.Site, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.sites[id]
	return s, ok
}

func (w *world) Realtime(ctx context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	if w.panics {
		panic("reader")
	}
	if w.fail != nil {
		return nil, w.fail
	}
	if fold := w.folds[site]; fold != nil {
		return fold.Realtime(ctx, site, now, detail)
	}
	r := w.realtime[site]
	r.Timestamp = instant(time.UnixMilli(now))
	if detail {
		r.SourceBreakdown = map[string]int64{"(direct)": r.ActiveVisitors}
	}
	return &r, nil
}

func (w *world) Stats(ctx context.Context, site analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	w.asked = append(w.asked, q)
	if w.fail != nil {
		return nil, w.fail
	}
	if fold := w.folds[site]; fold != nil {
		return fold.Stats(ctx, site, q)
	}
	r := w.stats[site]
	r.Range = analytics.RangeReport{
		Start: instant(time.UnixMilli(q.Range.From)), End: instant(time.UnixMilli(q.Range.To - 1)),
		Timezone: q.Range.Zone.Name(), Interval: q.Range.Interval,
	}
	return &r, nil
}

func (w *world) Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	if w.fail != nil {
		return nil, w.fail
	}
	return w.fold(site).Sums(ctx, site, asks...)
}

func (w *world) Tables(
	ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fold(site).Tables(ctx, site, first, last, newestFirst, f)
}

// fold makes a site one with events.
func (w *world) fold(site analytics.SiteID) *testkit.Reader {
	if w.folds[site] == nil {
		w.folds[site] = testkit.NewReader(site, w.sites[site].Timezone, 1000)
	}
	return w.folds[site]
}

func (w *world) Goals(site analytics.SiteID) []*analytics.Goal {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.goals), func(g *analytics.Goal) bool { return g.Site != site })
}

func (w *world) Pending(analytics.SiteID) map[string]float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.pending)
}

func (w *world) Completions(context.Context, analytics.SiteID) ([]json.RawMessage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	return slices.Clone(w.done), w.fail
}

func (w *world) Feed(context.Context, analytics.SiteID) ([]json.RawMessage, uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loads++
	return slices.Clone(w.events), w.seen, w.fail
}

// worldHistory is what was kept for a topic.
type worldHistory struct {
	w     *world
	topic string
}

func (h worldHistory) Latest(_ analytics.SiteID, limit int) ([]json.RawMessage, error) {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	h.w.loads++
	list := h.w.kept[h.topic]
	return slices.Clone(list[:min(len(list), limit)]), h.w.fail
}

func (w *world) Authenticate(token string) (Principal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if token == "panic" {
		panic("authenticator")
	}
	p, ok := w.tokens[token]
	if !ok {
		return Principal{}, errors.New("unknown token")
	}
	return p, nil
}

func (w *world) Active(p Principal) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.ended[p.UserID]
}

func (w *world) Authorize(p Principal, site analytics.SiteID, right Right) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.sites[site]; !ok {
		return ErrSiteNotFound
	}
	if right == RightOwner && w.viewers[p.UserID] {
		return ErrAccessDenied
	}
	return w.denied[p.UserID]
}

// rig is a hub behind an HTTP server. Over a pipe it can run under testing/synctest.
type rig struct {
	t     testing.TB
	world *world
	hub   *Hub
	cfg   Config
	deps  Deps
	url   string
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	reg   *prometheus.Registry
}

type rigOption func(r *rig, table *[]topic)

// newRig starts a hub on a listener on 127.0.0.1.
func newRig(t testing.TB, options ...rigOption) *rig {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startRig(t, l, (&net.Dialer{}).DialContext, options)
}

// newPipeRig starts a hub on in-memory connections.
func newPipeRig(t testing.TB, options ...rigOption) *rig {
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	return startRig(t, l, l.dial, options)
}

func startRig(t testing.TB, l net.Listener, dial func(context.Context, string, string) (net.Conn, error), options []rigOption) *rig {
	r := &rig{t: t, world: newWorld(), cfg: DefaultConfig(), dial: dial, reg: prometheus.NewRegistry(), url: "ws://" + l.Addr().String() + "/ws"}
	metrics, err := NewMetrics(r.reg)
	if err != nil {
		t.Fatal(err)
	}
	r.deps = Deps{
		Reader: r.world, Sites: r.world, Goals: r.world, Backfills: r.world, Recent: r.world,
		Triggers: worldHistory{r.world, "alerts"}, Activity: worldHistory{r.world, "activity"}, Authenticator: r.world, Authorizer: r.world, Tickets: NewTickets(),
		Logger: slog.New(slog.DiscardHandler), Metrics: metrics,
	}
	table := topics
	for _, o := range options {
		o(r, &table)
	}
	if r.hub, err = newHub(r.cfg, r.deps, table); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: r.hub.Handler(), ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := r.hub.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		_ = server.Close()
		<-served
	})
	return r
}

// metric reads a counter or gauge.
func (r *rig) metric(name string) float64 {
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	r.t.Fatalf("no metric %s", name)
	return 0
}

// peer is a client. Its reading goroutine ends with the connection.
type peer struct {
	t      testing.TB
	conn   *websocket.Conn
	frames chan serverFrame
	closed chan int // the close code; -1 without one
}

func (r *rig) dialer() *websocket.Dialer {
	return &websocket.Dialer{NetDialContext: r.dial, HandshakeTimeout: 20 * time.Second}
}

// connect opens a connection that is read.
func (r *rig) connect(header http.Header) *peer {
	r.t.Helper()
	p := r.connectQuiet(header)
	go p.read()
	return p
}

// connectQuiet opens a connection that nobody reads until p.read runs.
func (r *rig) connectQuiet(header http.Header) *peer {
	r.t.Helper()
	conn, _, err := r.dialer().Dial(r.url, header)
	if err != nil {
		r.t.Fatalf("dial: %v", err)
	}
	p := &peer{t: r.t, conn: conn, frames: make(chan serverFrame, 10_000), closed: make(chan int, 1)}
	r.t.Cleanup(func() { _ = conn.Close() })
	return p
}

// login opens a connection and authenticates it.
func (r *rig) login(token string) *peer {
	r.t.Helper()
	p := r.connect(nil)
	p.expect("hello")
	p.send(`{"type":"auth","token":"` + token + `"}`)
	p.expect("ready")
	return p
}

func (p *peer) read() {
	code := -1
	defer func() {
		_ = p.conn.Close()
		close(p.frames)
		p.closed <- code
	}()
	for {
		_, data, err := p.conn.ReadMessage()
		if err != nil {
			var ce *websocket.CloseError
			if errors.As(err, &ce) && ce.Code != websocket.CloseAbnormalClosure {
				code = ce.Code
			}
			return
		}
		f := serverFrame{raw: data}
		if err := json.Unmarshal(data, &f); err != nil {
			p.t.Errorf("frame %s: %v", data, err)
			return
		}
		p.frames <- f
	}
}

func (p *peer) send(text string) {
	p.t.Helper()
	if err := p.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		p.t.Fatalf("send %s: %v", text, err)
	}
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

func (p *peer) next() serverFrame {
	p.t.Helper()
	return p.nextWithin(patience)
}

func (p *peer) nextWithin(d time.Duration) serverFrame {
	p.t.Helper()
	select {
	case f, ok := <-p.frames:
		if !ok {
			p.t.Fatal("connection closed, a frame expected")
		}
		return f
	case <-time.After(d):
		p.t.Fatal("no frame")
		return serverFrame{}
	}
}

func (p *peer) expect(kind string) serverFrame {
	p.t.Helper()
	return p.expectWithin(kind, patience)
}

func (p *peer) expectWithin(kind string, d time.Duration) serverFrame {
	p.t.Helper()
	f := p.nextWithin(d)
	if f.Type != kind {
		p.t.Fatalf("got %s, want %s", f.raw, kind)
	}
	return f
}

func (p *peer) expectError(id, code, text string) serverFrame {
	p.t.Helper()
	f := p.expect("error")
	if f.ID != id || f.Code != code || f.Error != text {
		p.t.Fatalf("got %s, want id %q, code %q, error %q", f.raw, id, code, text)
	}
	return f
}

// expectClose skips what is left and wants the close code.
func (p *peer) expectClose(code int) {
	p.t.Helper()
	select {
	case got := <-p.closed:
		if got != code {
			p.t.Fatalf("closed with %d, want %d", got, code)
		}
	case <-time.After(100 * time.Second):
		p.t.Fatalf("not closed, want %d", code)
	}
}

// expectQuiet wants no frame for a while. For synctest only: it waits on the clock.
func (p *peer) expectQuiet(d time.Duration) {
	p.t.Helper()
	select {
	case f, ok := <-p.frames:
		if ok {
			p.t.Fatalf("unexpected frame %s", f.raw)
		}
		p.t.Fatal("connection closed")
	case <-time.After(d):
	}
}

// subscribe sends the frame and feeds the answer into a new mirror.
func (p *peer) subscribe(id, topic, site, params string) *mirror {
	p.t.Helper()
	if params == "" {
		params = "{}"
	}
	p.send(`{"type":"subscribe","id":"` + id + `","topic":"` + topic + `","siteId":"` + site + `","params":` + params + `}`)
	m := &mirror{}
	p.feed(m, p.expect("subscribed"))
	p.feed(m, p.expect("snapshot"))
	return m
}

func (p *peer) feed(m *mirror, f serverFrame) {
	p.t.Helper()
	if err := m.take(f); err != nil {
		p.t.Fatal(err)
	}
}

// pipeListener hands out in-memory connections.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	server, client := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe.example" }
