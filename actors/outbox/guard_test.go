package outbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/store"
)

// urls is a corpus of URLs with what the guard says to each ("" is allowed).
var urls = []struct {
	url  string
	want error
}{
	// Good ones.
	{"https://hooks.example.com/zta", nil}, {"https://example.com", nil}, {"https://EXAMPLE.com/a?b=c&d=%20", nil},
	{"https://example.com:8443/x", nil}, {"https://example.com./x", nil}, {"https://bücher.example/x", nil},
	{"https://xn--bcher-kva.example/x", nil}, {"https://a_b.example.com/", nil}, {"https://hooks.slack.com/services/T0/B0/x", nil},
	{"HTTPS://example.com/", nil}, {"https://example.com/@localhost", nil}, {"https://example.com/?u=http://127.0.0.1/", nil},
	{"https://1.example.com/", nil}, {"https://0x7f.example.com/", nil}, {"https://127.0.0.1.nip.example/", nil},
	{"https://localhost.example.com/", nil}, {"https://local.example.com/", nil}, {"https://mylocalhost/", nil}, {"https://notlocal/", nil},
	{"https://example.com:1/", nil}, {"https://example.com:65535/", nil}, {"https://" + strings.Repeat("a", 63) + ".com/", nil},
	{"https://example.com/" + strings.Repeat("a", 2048-20), nil},
	// Not URLs, or not such as are allowed here.
	{"", ErrURLRequired}, {" ", ErrURLInvalid}, {"not a url", ErrURLInvalid}, {"example.com", ErrURLInvalid}, {"//example.com/", ErrURLScheme},
	{"/path", ErrURLInvalid}, {"https:", ErrURLInvalid}, {"https://", ErrURLInvalid}, {"https:///path", ErrURLInvalid},
	{"https:example.com", ErrURLInvalid}, {"https://?x", ErrURLInvalid}, {"https://:443/", ErrURLInvalid}, {"https://.", ErrURLInvalid},
	{"https://.example.com/", ErrURLInvalid}, {"https://a..b/", ErrURLInvalid}, {"https://example.com../", ErrURLInvalid},
	{"https://user@example.com/", ErrURLInvalid}, {"https://user:pass@example.com/", ErrURLInvalid}, {"https://@example.com/", ErrURLInvalid},
	{"https://example.com@127.0.0.1/", ErrURLInvalid}, {"https://127.0.0.1@example.com/", ErrURLInvalid},
	{"https://example.com/#fragment", ErrURLInvalid}, {"https://example.com/#", ErrURLInvalid}, {"https://example.com#@127.0.0.1/", ErrURLInvalid},
	{"https://example.com\\@127.0.0.1/", ErrURLInvalid}, {"https:\\\\127.0.0.1/", ErrURLInvalid}, {"https://example.com:0/", ErrURLInvalid},
	{"https://example.com:65536/", ErrURLInvalid}, {"https://example.com:99999999999/", ErrURLInvalid}, {"https://example.com:x/", ErrURLInvalid},
	{"https://example.com:/", ErrURLInvalid}, {"https://example.com:-1/", ErrURLInvalid}, {"https://exa mple.com/", ErrURLInvalid},
	{"https://example.com/a b", ErrURLInvalid}, {"https://example.com/\r\nX: y", ErrURLInvalid}, {"https://example.com/\t", ErrURLInvalid},
	{"https://example.com/\x00", ErrURLInvalid}, {"https://example.com/\x7f", ErrURLInvalid}, {" https://example.com/", ErrURLInvalid},
	{"https://%31%32%37.0.0.1/", ErrURLInvalid}, {"https://127.0.0.1%00.example.com/", ErrURLInvalid}, {"https://exam%70le.com/", ErrURLInvalid},
	{"https://a!b.com/", ErrURLInvalid}, {"https://a,b/", ErrURLInvalid}, {"https://a*b/", ErrURLInvalid}, {"https://(a)/", ErrURLInvalid},
	{"https://" + strings.Repeat("a", 64) + ".com/", ErrURLInvalid}, {"https://" + strings.Repeat("a.", 127) + "com/", ErrURLInvalid},
	{"https://example.com/" + strings.Repeat("a", 2048-19), ErrURLInvalid}, {"https://[::1", ErrURLInvalid}, {"https://::1/", ErrURLInvalid},
	{"https://[x]/", ErrURLInvalid}, {"https://[::1]x/", ErrURLInvalid}, {"https://\u200b/", ErrURLInvalid}, {"https://\u2024/", ErrURLInvalid},
	{"javascript:alert(1)", ErrURLInvalid}, {"data:text/plain,x", ErrURLInvalid}, {"mailto:a@b.c", ErrURLInvalid},
	// Other schemes.
	{"http://example.com/", ErrURLScheme}, {"http://127.0.0.1/", ErrURLScheme}, {"ftp://example.com/", ErrURLScheme},
	{"file://localhost/etc/passwd", ErrURLScheme}, {"gopher://127.0.0.1:70/_x", ErrURLScheme}, {"ws://example.com/", ErrURLScheme},
	{"dict://127.0.0.1:11211/", ErrURLScheme}, {"ldap://127.0.0.1/", ErrURLScheme}, {"httpss://example.com/", ErrURLScheme},
	{"file:///etc/passwd", ErrURLInvalid}, {"unix:///run/x.sock", ErrURLInvalid},
	// Addresses, however they are written.
	{"https://127.0.0.1/", ErrURLBlocked}, {"https://127.0.0.1:8443/", ErrURLBlocked}, {"https://127.0.0.1./", ErrURLBlocked},
	{"https://127.1/", ErrURLBlocked}, {"https://127.0.1/", ErrURLBlocked}, {"https://0/", ErrURLBlocked}, {"https://0.0.0.0/", ErrURLBlocked},
	{"https://2130706433/", ErrURLBlocked}, {"https://017700000001/", ErrURLBlocked}, {"https://0x7f000001/", ErrURLBlocked},
	{"https://0X7F000001/", ErrURLBlocked}, {"https://0177.0.0.1/", ErrURLBlocked}, {"https://0x7f.0.0.1/", ErrURLBlocked},
	{"https://0x7f.0x0.0x0.0x1/", ErrURLBlocked}, {"https://127.0.0.0x1/", ErrURLBlocked}, {"https://127.0x1/", ErrURLBlocked},
	{"https://00000177.1/", ErrURLBlocked}, {"https://4294967297/", ErrURLBlocked}, {"https://256.256.256.256/", ErrURLBlocked},
	{"https://1.2.3.4.5/", ErrURLBlocked}, {"https://0x/", ErrURLBlocked}, {"https://a.0x/", ErrURLBlocked}, {"https://foo.1/", ErrURLBlocked},
	{"https://8.8.8.8/", ErrURLBlocked}, {"https://93.184.216.34/", ErrURLBlocked}, {"https://10.0.0.1/", ErrURLBlocked},
	{"https://192.168.1.1/", ErrURLBlocked}, {"https://172.16.0.1/", ErrURLBlocked}, {"https://169.254.169.254/latest/meta-data/", ErrURLBlocked},
	{"https://2852039166/", ErrURLBlocked}, {"https://0xa9fea9fe/", ErrURLBlocked}, {"https://0251.0376.0251.0376/", ErrURLBlocked},
	{"https://100.100.100.200/", ErrURLBlocked}, {"https://255.255.255.255/", ErrURLBlocked}, {"https://224.0.0.1/", ErrURLBlocked},
	{"https://[::1]/", ErrURLBlocked}, {"https://[::1]:8443/", ErrURLBlocked}, {"https://[::]/", ErrURLBlocked},
	{"https://[0:0:0:0:0:0:0:1]/", ErrURLBlocked}, {"https://[::ffff:127.0.0.1]/", ErrURLBlocked}, {"https://[::ffff:7f00:1]/", ErrURLBlocked},
	{"https://[::127.0.0.1]/", ErrURLBlocked}, {"https://[64:ff9b::7f00:1]/", ErrURLBlocked}, {"https://[64:ff9b::127.0.0.1]/", ErrURLBlocked},
	{"https://[2002:7f00:1::]/", ErrURLBlocked}, {"https://[fe80::1]/", ErrURLBlocked}, {"https://[fe80::1%25eth0]/", ErrURLBlocked},
	{"https://[fd00:ec2::254]/", ErrURLBlocked}, {"https://[fc00::1]/", ErrURLBlocked}, {"https://[ff02::1]/", ErrURLBlocked},
	{"https://[2606:4700:4700::1111]/", ErrURLBlocked}, {"https://[2001:db8::1]/", ErrURLBlocked},
	{"https://１２７.０.０.１/", ErrURLBlocked}, {"https://127。0。0。1/", ErrURLBlocked}, {"https://127｡0｡0｡1/", ErrURLBlocked},
	{"https://①②⑦.⓪.⓪.①/", ErrURLBlocked}, {"https://0ｘ7f.1/", ErrURLBlocked},
	// Names of this machine and its network.
	{"https://localhost/", ErrURLBlocked}, {"https://LOCALHOST/", ErrURLBlocked}, {"https://localhost./", ErrURLBlocked},
	{"https://localhost:8443/", ErrURLBlocked}, {"https://a.localhost/", ErrURLBlocked}, {"https://a.b.localhost./", ErrURLBlocked},
	{"https://ｌｏｃａｌｈｏｓｔ/", ErrURLBlocked}, {"https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", ErrURLBlocked}, {"https://loca\u00adlhost/", ErrURLBlocked},
	{"https://printer.local/", ErrURLBlocked}, {"https://PRINTER.LOCAL/", ErrURLBlocked}, {"https://printer.local./", ErrURLBlocked},
	{"https://metadata.google.internal/computeMetadata/v1/", ErrURLBlocked}, {"https://db.internal/", ErrURLBlocked},
	{"https://DB.INTERNAL./", ErrURLBlocked}, {"https://db.ｉｎｔｅｒｎａｌ/", ErrURLBlocked}, {"https://internal/", ErrURLBlocked},
	// Names whose addresses are not public (see inside).
	{"https://loopback.example.com/", ErrURLBlocked}, {"https://private.example.com/", ErrURLBlocked}, {"https://mixed.example.com/", ErrURLBlocked},
	{"https://metadata.example.com/", ErrURLBlocked}, {"https://mapped.example.com/", ErrURLBlocked}, {"https://nat64.example.com/", ErrURLBlocked},
	{"https://six.example.com/", ErrURLBlocked}, {"https://ip6-localhost/", ErrURLBlocked},
}

// inside is the DNS of the corpus.
var inside = names{
	"loopback.example.com": addrs("127.0.0.1"), "private.example.com": addrs("192.168.7.7"), "mixed.example.com": addrs("93.184.216.34", "10.0.0.1"),
	"metadata.example.com": addrs("169.254.169.254"), "mapped.example.com": addrs("::ffff:10.0.0.1"), "nat64.example.com": addrs("64:ff9b::a00:1"),
	"six.example.com": addrs("2606:4700::1", "fd00::1"), "ip6-localhost": addrs("::1"),
}

func addrs(list ...string) (out []netip.Addr) {
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func newOutbox(t *testing.T, cfg Config, resolver Resolver, p *people) *Outbox {
	t.Helper()
	o, err := Open(cfg, Deps{Meta: &metadata{MetaStore: store.NewMemory()}, Hooks: p, Alerts: p, Sites: p, Mailer: new(letters), Resolver: resolver})
	require.NoError(t, err)
	t.Cleanup(o.Close)
	t.Cleanup(o.guard.close)
	return o
}

// TestURLs is S6: no URL of the corpus leads to an address that is not public, when it is saved, tested or delivered to.
func TestURLs(t *testing.T) {
	require.GreaterOrEqual(t, len(urls), 120)
	p := &people{}
	o := newOutbox(t, DefaultConfig(), inside, p)
	var mu sync.Mutex
	dialed := 0
	o.guard.dial = func(_ context.Context, _, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		dialed++
		if a := netip.MustParseAddrPort(address); !isPublic(a.Addr()) {
			t.Errorf("a connection to %s", a)
		}
		return nil, errors.New("no network here")
	}
	good := 0
	for i, c := range urls {
		require.Equal(t, c.want, o.CheckURL(t.Context(), c.url), "%q", c.url)
		want := "blocked address"
		if c.want == nil {
			good++
			want = "network error"
		}
		for way, said := range everyWay(t, o, p, c.url) {
			require.Equal(t, want, said.err, "%d %q: %s", i, c.url, way)
			require.Equal(t, c.want == nil, said.retry, "%q: %s", c.url, way)
		}
		require.Equal(t, 3*good, dialed, "%q", c.url)
	}
}

// everyWay calls a URL in every way in which the server calls one that people gave it, beside the check when it is saved: a test, the delivery of a
// message, and that of an alert to Slack.
func everyWay(t *testing.T, o *Outbox, p *people, url string) map[string]outcome {
	t.Helper()
	hook := &analytics.Webhook{ID: "wh_abc123", Site: testSite, URL: url, Events: []string{"goal"}, Active: true, Secret: []byte(testSecret)}
	p.mu.Lock()
	p.hooks = []*analytics.Webhook{hook}
	p.site.Settings.SlackWebhookURL = &url
	p.mu.Unlock()
	res, err := o.Test(t.Context(), hook)
	require.NoError(t, err)
	_, delivery := o.attempt(t.Context(), newLane(hook.ID, testSite), &record{ID: "msg_1", Site: testSite, Event: "goal", Body: "{}"})
	slack := o.attemptSlack(t.Context(), &record{ID: "msg_2", Site: testSite, Event: "alert", Body: "{}"})
	return map[string]outcome{"test": {err: res.Error, status: res.Status, retry: delivery.retry}, "delivery": delivery, "Slack": slack}
}

// TestURLsAllowed: what the two settings lift, and nothing else.
func TestURLsAllowed(t *testing.T) {
	g := newGuard(Config{AllowHTTP: true, AllowPrivate: true}, nil)
	for _, good := range []string{"http://127.0.0.1:8080/", "https://[::1]:1/", "http://localhost/", "http://db.internal/x", "https://10.0.0.1"} {
		_, err := g.parse(good)
		require.NoError(t, err, good)
	}
	for bad, want := range map[string]error{
		"ftp://example.com/": ErrURLScheme, "http://u@localhost/": ErrURLInvalid, "http://localhost/#x": ErrURLInvalid, "http://[::1": ErrURLInvalid,
	} {
		_, err := g.parse(bad)
		require.Equal(t, want, err, bad)
	}
	_, err := newGuard(Config{AllowHTTP: true}, nil).parse("http://127.0.0.1/")
	require.Equal(t, ErrURLBlocked, err)
	_, err = newGuard(Config{AllowPrivate: true}, nil).parse("http://127.0.0.1/")
	require.Equal(t, ErrURLScheme, err)
}

// TestAddresses: the bounds of what is public.
func TestAddresses(t *testing.T) {
	for _, a := range addrs(
		"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "198.51.99.255", "203.0.112.255", "203.0.114.0", "223.255.255.255", "2000::", "2001:200::1", "2606:4700:4700::1111",
		"2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "3ffe::1",
	) {
		require.True(t, isPublic(a), a.String())
	}
	for _, a := range addrs(
		"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255", "168.63.129.16",
		"169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.1", "192.88.99.1", "192.168.0.0",
		"192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.255", "224.0.0.1", "239.255.255.255", "240.0.0.1",
		"255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1",
		"2001:db8::1", "2002:7f00:1::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2001:4860::1%eth0",
	) {
		require.False(t, isPublic(a), a.String())
	}
	require.False(t, isPublic(netip.Addr{}))
}

// rebinding answers with a public address first and with this machine's ever after.
type rebinding struct{ asked atomic.Int64 }

func (r *rebinding) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	if r.asked.Add(1) == 1 {
		return addrs("93.184.216.34"), nil
	}
	return addrs("127.0.0.1"), nil
}

// TestRebinding is S6: a name that changes its address between the check and the use gets no connection, in a test and when something is delivered. The
// dialer is the real one.
func TestRebinding(t *testing.T) {
	connections := listen(t)
	cfg := DefaultConfig()
	cfg.AllowHTTP = true
	p, resolver := &people{}, new(rebinding)
	o := newOutbox(t, cfg, resolver, p)
	url := "http://rebind.example.com:" + connections.port
	require.NoError(t, o.CheckURL(t.Context(), url))
	for way, said := range everyWay(t, o, p, url) {
		require.Equal(t, "blocked address", said.err, way)
	}
	require.EqualValues(t, 4, resolver.asked.Load(), "the name is looked up each time")

	// Even if the judgement of names failed, the socket itself is judged.
	dialer := &net.Dialer{Control: o.guard.control}
	_, err := dialer.DialContext(t.Context(), "tcp", "127.0.0.1:"+connections.port)
	require.ErrorIs(t, err, errAddress)
	require.Zero(t, connections.count.Load())
}

type listener struct {
	port  string
	count atomic.Int64
}

// listen counts the connections to a port of this machine.
func listen(t *testing.T) *listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &listener{}
	_, c.port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.count.Add(1)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return c
}

// TestRedirectChain is S6: whatever a receiver answers to a test or a delivery, nobody else is called; a proxy of the environment neither.
func TestRedirectChain(t *testing.T) {
	blocked := listen(t)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+blocked.port)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+blocked.port)
	cfg := DefaultConfig()
	cfg.AllowHTTP, cfg.AllowPrivate = true, true
	p := &people{}
	o := newOutbox(t, cfg, nil, p)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, target := range []string{
			"http://127.0.0.1:" + blocked.port + "/", "http://169.254.169.254/latest/", "https://localhost:" + blocked.port + "/", "/loop",
			"//localhost:" + blocked.port,
		} {
			hits := atomic.Int64{}
			server := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
				hits.Add(1)
				http.Redirect(res, r, target, status)
			}))
			for way, said := range everyWay(t, o, p, server.URL) {
				require.Equal(t, "redirect", said.err, way)
				require.Equal(t, status, said.status, way)
			}
			server.Close()
			require.EqualValues(t, 3, hits.Load(), "one request in each way")
		}
	}
	require.Zero(t, blocked.count.Load())
}

// TestTLS: the connection goes to the judged address, with the host's own name for TLS.
func TestTLS(t *testing.T) {
	name := make(chan string, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { name <- r.TLS.ServerName + " " + r.Host }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused certificates are wanted here
	server.StartTLS()
	defer server.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()

	o := newOutbox(t, DefaultConfig(), names{"two.example.com": addrs("93.184.216.34", "2606:4700::1111")}, &people{})
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	o.guard.transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	var dialed []string
	target := server.Listener.Addr().String()
	o.guard.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed = append(dialed, address)
		if strings.HasPrefix(address, "93.184.216.34:9") {
			return nil, errors.New("the first address is down")
		}
		return new(net.Dialer).DialContext(ctx, network, target)
	}
	send := func(url string) analytics.TestResult {
		dialed = nil
		res, err := o.Test(t.Context(), &analytics.Webhook{ID: "wh_abc123", URL: url, Secret: []byte(testSecret)})
		require.NoError(t, err)
		return res
	}
	require.Equal(t, "", send("https://Example.com./").Error)
	require.Equal(t, "example.com example.com", <-name)
	require.Equal(t, []string{"93.184.216.34:443"}, dialed)
	o.guard.close()
	require.Equal(t, "", send("https://two.example.com:9443/x").Error)
	require.Equal(t, "two.example.com two.example.com:9443", <-name)
	require.Equal(t, []string{"93.184.216.34:9443", "[2606:4700::1111]:9443"}, dialed)
	require.Equal(t, "tls", send("https://example.org/").Error, "the certificate is another's")
	target = plain.Listener.Addr().String()
	require.Equal(t, "tls", send("https://nothttps.example.com/").Error)
	o.guard.transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	target = server.Listener.Addr().String()
	require.Equal(t, "tls", send("https://unknown.example.com/").Error)
}

// failing is a DNS that does not answer.
type failing struct{ err error }

func (f failing) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, f.err
}

// TestErrorWords: what no receiver said, in the contract's words.
func TestErrorWords(t *testing.T) {
	closed := listen(t)
	cfg := DefaultConfig()
	cfg.AllowHTTP = true
	hook := &analytics.Webhook{ID: "wh_abc123", URL: "http://hooks.example.com/", Secret: []byte(testSecret)}
	word := func(o *Outbox, url string) string {
		hook.URL = url
		res, err := o.Test(t.Context(), hook)
		require.NoError(t, err)
		return res.Error
	}
	dns := newOutbox(t, cfg, failing{&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}, &people{})
	require.Equal(t, "dns", word(dns, "http://hooks.example.com/"))
	require.NoError(t, dns.CheckURL(t.Context(), "http://hooks.example.com/"), "it may have an address later")
	require.Equal(t, "dns", word(newOutbox(t, cfg, names{"none.example.com": nil}, &people{}), "http://none.example.com/"))
	require.Equal(t, "timeout", word(newOutbox(t, cfg, failing{context.DeadlineExceeded}, &people{}), "http://hooks.example.com/"))

	cfg.AllowPrivate = true
	private := newOutbox(t, cfg, nil, &people{})
	require.Equal(t, "connection closed", word(private, "http://127.0.0.1:"+closed.port))
	require.Equal(t, "connection refused", word(private, "http://127.0.0.1:1"))

	hook.Secret = []byte("whsec_!")
	require.Equal(t, "secret", word(private, "http://127.0.0.1:"+closed.port))
	require.Equal(t, "network error", wordOf(errors.New("else")))
	require.Equal(t, "timeout", wordOf(&net.OpError{Op: "read", Err: timeoutError{}}))
	require.Equal(t, time.Duration(0), retryAfter("", time.Now()))
}

func wordOf(err error) string { word, _ := errorWord(err); return word }

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
