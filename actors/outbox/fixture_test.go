package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store"
)

const (
	testSite   = analytics.SiteID("site_abc123")
	testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwT0xqVb1zN4s="
	testURL    = "http://hooks.example.com/zta"
)

// metadata is a store as the outbox sees it; fail makes its transactions fail.
type metadata struct {
	persist.MetaStore
	mu   sync.Mutex
	fail func(ops []Op) error
	txns int
}

func (m *metadata) Get(key string) ([]byte, bool, error) {
	val, _, err := m.MetaStore.Get(key)
	if errors.Is(err, persist.ErrNotFound) {
		return nil, false, nil
	}
	return val, err == nil, err
}

func (m *metadata) Txn(ops ...Op) error {
	m.mu.Lock()
	fail := m.fail
	m.txns++
	m.mu.Unlock()
	if fail != nil {
		if err := fail(ops); err != nil {
			return err
		}
	}
	out := make([]persist.Op, len(ops))
	for i, op := range ops {
		out[i] = persist.Op{Key: op.Key, Value: op.Value, Delete: op.Value == nil}
	}
	return m.MetaStore.Txn(out...)
}

func (m *metadata) failWith(f func(ops []Op) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = f
}

// people is the site, its webhooks and its people.
type people struct {
	mu       sync.Mutex
	site     analytics.Site
	deleted  bool
	noAlerts bool // all were deleted
	hooks    []*analytics.Webhook
	members  map[string]string
	failures []Failure
	disabled []string // webhook and reason

	disabling time.Duration // what it takes to disable a webhook
}

func (p *people) Webhooks(site analytics.SiteID) (list []*analytics.Webhook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.hooks {
		if w.Site == site {
			list = append(list, w)
		}
	}
	return list
}

func (p *people) Reveal(sealed []byte) (string, error) { return string(sealed), nil }

func (p *people) Disable(_ analytics.SiteID, webhook, reason string) (disabled bool, err error) {
	time.Sleep(p.disabling)
	p.change(webhook, func(w *analytics.Webhook) {
		if disabled = w.Active; disabled {
			w.Active, w.DisabledReason = false, reason
		}
	})
	if !disabled {
		return false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disabled = append(p.disabled, webhook+" "+reason)
	return true, nil
}

func (p *people) Failed(_ analytics.SiteID, _ string, f Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = append(p.failures, f)
}

func (p *people) OwnerMail(analytics.SiteID) string { return "owner@example.com" }
func (p *people) MemberMail(_ analytics.SiteID, user string) string {
	return p.members[user]
}

// Alert finds every alert, as long as they are not deleted.
func (p *people) Alert(id string) (*analytics.Alert, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &analytics.Alert{ID: id, Site: testSite}, !p.noAlerts
}

func (p *people) Goals(analytics.SiteID) []*analytics.Goal { return nil }
func (p *people) Goal(id string) (*analytics.Goal, bool) {
	return &analytics.Goal{ID: id, Site: testSite, Name: "Signup & <more>"}, id == "goal_abc123"
}
func (p *people) Funnel(string) (*analytics.Funnel, bool) { return nil, false }

// Site finds every site, as long as none is deleted.
func (p *people) Site(analytics.SiteID) (*analytics.Site, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &p.site, !p.deleted
}

// setDeleted deletes the sites, or restores them.
func (p *people) setDeleted(deleted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deleted = deleted
}

// change puts a changed copy in a webhook's place.
func (p *people) change(id string, f func(*analytics.Webhook)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range p.hooks {
		if w.ID == id {
			next := *w
			f(&next)
			p.hooks[i] = &next
		}
	}
}

func (p *people) remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hooks = slices.DeleteFunc(slices.Clone(p.hooks), func(w *analytics.Webhook) bool { return w.ID == id })
}

// letters collects mail.
type letters struct {
	mu   sync.Mutex
	sent []Mail
	err  error
}

func (l *letters) Send(_ context.Context, m Mail) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m)
	return l.err
}

// received is a request as a receiver saw it.
type received struct {
	id, host, path, body string
	at                   time.Time
	header               http.Header
}

// world is an outbox with all that is around it, in a bubble: the network is in memory and the clock is the bubble's.
type world struct {
	t      *testing.T
	cfg    Config
	meta   *metadata
	people *people
	mail   *letters
	outbox *Outbox
	jitter func() float64 // nil: the outbox's own
	end    func()         // of this life of the outbox

	net    *pipes
	mu     sync.Mutex
	got    []received
	answer func(w http.ResponseWriter, r *http.Request)
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	mu    sync.Mutex
	down  bool
	dials int
	addrs []string
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	p.mu.Lock()
	p.dials++
	p.addrs = append(p.addrs, address)
	down := p.down
	p.mu.Unlock()
	if down {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// names is a resolver that knows what it is told; all other hosts have one public address.
type names map[string][]netip.Addr

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if list, ok := n[host]; ok {
		return list, nil
	}
	return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
}

// inBubble runs a test with a world of its own.
func inBubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			t: t, cfg: DefaultConfig(), meta: &metadata{MetaStore: store.NewMemory()}, mail: new(letters),
			people: &people{site: analytics.Site{ID: testSite, Domain: "example.com"}, members: map[string]string{}},
			net:    &pipes{conns: make(chan net.Conn), done: make(chan struct{})},
		}
		w.cfg.AllowHTTP = true
		server := &http.Server{Handler: http.HandlerFunc(w.serve)}
		go server.Serve(w.net)
		w.addHook("wh_abc123", testURL, "pageview", "event", "goal", "session_end", "alert", "activity")
		defer func() {
			if w.end != nil {
				w.stop()
			}
			server.Close()
			time.Sleep(time.Minute) // until the last handler has ended
		}()
		f(t, w)
	})
}

func (w *world) serve(res http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.got = append(w.got, received{r.Header.Get("webhook-id"), r.Host, r.URL.Path, string(text), time.Now(), r.Header.Clone()})
	answer := w.answer
	w.mu.Unlock()
	if answer != nil {
		answer(res, r)
	}
}

func (w *world) answerWith(f func(http.ResponseWriter, *http.Request)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

// status answers every request alike.
func (w *world) status(code int) {
	w.answerWith(func(res http.ResponseWriter, _ *http.Request) { res.WriteHeader(code) })
}

func (w *world) requests() []received {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

// letters are the mails so far.
func (w *world) letters() []Mail {
	synctest.Wait()
	w.mail.mu.Lock()
	defer w.mail.mu.Unlock()
	return slices.Clone(w.mail.sent)
}

// refuseMail makes every mail fail from now on.
func (w *world) refuseMail(err error) {
	w.mail.mu.Lock()
	defer w.mail.mu.Unlock()
	w.mail.err = err
}

// failures are the messages that failed for good so far.
func (w *world) failures() []Failure {
	synctest.Wait()
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	return slices.Clone(w.people.failures)
}

// disabled are the webhooks that were disabled so far, with their reasons.
func (w *world) disabled() []string {
	synctest.Wait()
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	return slices.Clone(w.people.disabled)
}

func (w *world) addHook(id, url string, events ...string) *analytics.Webhook {
	hook := &analytics.Webhook{
		ID: id, Site: testSite, URL: url, Events: events, Active: true, Secret: []byte(testSecret), CreatedAt: time.Now().Add(-time.Hour),
	}
	w.people.mu.Lock()
	defer w.people.mu.Unlock()
	w.people.hooks = append(w.people.hooks, hook)
	return hook
}

// open begins a life of the outbox without delivering.
func (w *world) open() {
	w.t.Helper()
	o, err := Open(w.cfg, Deps{Meta: w.meta, Hooks: w.people, Alerts: w.people, Sites: w.people, Mailer: w.mail, Resolver: names{}})
	require.NoError(w.t, err)
	o.guard.dial = w.net.dial
	if w.jitter != nil {
		o.jitter = w.jitter
	}
	w.outbox = o
	w.end = o.Close
}

// start begins a life of the outbox that delivers.
func (w *world) start() {
	w.t.Helper()
	w.open()
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.outbox.Run(ctx) }()
	w.end = func() { cancel(); <-ended; w.outbox.Close() }
}

// stop ends a life of the outbox.
func (w *world) stop() {
	w.end()
	w.end = nil
}

func (w *world) put(pos analytics.Pos, effects ...Effect) { w.outbox.Put(testSite, pos, effects) }

func (w *world) flush() {
	w.t.Helper()
	require.NoError(w.t, w.outbox.Flush(w.t.Context(), testSite))
}

func (w *world) deliveries(hook string) []analytics.Delivery {
	w.t.Helper()
	synctest.Wait()
	list, _, err := w.outbox.Deliveries(hook, "", "", 1000, 0)
	require.NoError(w.t, err)
	return list
}

// only is the one delivery of a webhook.
func (w *world) only(hook string) analytics.Delivery {
	w.t.Helper()
	list := w.deliveries(hook)
	require.Len(w.t, list, 1)
	return list[0]
}

// keys counts what is stored under a prefix.
func (w *world) keys(prefix string) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.meta.Scan(prefix, func(string, []byte) error { n++; return nil }))
	return n
}

func effect(eventType, cause string) Effect {
	return Effect{
		Cause: cause, Type: eventType, At: time.Now().UnixMilli(), Arrived: time.Now().UnixMilli(),
		Data: json.RawMessage(fmt.Sprintf(`{"siteId":%q,"cause":%q}`, testSite, cause)),
	}
}

func effects(eventType, name string, n int) (list []Effect) {
	for i := range n {
		list = append(list, effect(eventType, fmt.Sprintf("%s-%05d", name, i)))
	}
	return list
}

// waits are the seconds between the attempts of a delivery.
func waits(d analytics.Delivery) (list []float64) {
	for i := 1; i < len(d.Attempts); i++ {
		list = append(list, d.Attempts[i].At.Sub(d.Attempts[i-1].At).Seconds())
	}
	return list
}

func ids(list []received) (out []string) {
	for _, r := range list {
		out = append(out, r.id)
	}
	slices.Sort(out)
	return out
}

func errorsOf(d analytics.Delivery) string {
	var list []string
	for _, a := range d.Attempts {
		list = append(list, a.Error)
	}
	return strings.Join(list, ",")
}
