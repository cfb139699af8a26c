package outbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/idna"

	"github.com/ztas-io/ztas/analytics"
)

// What is wrong with a URL, in the contract's words.
const (
	ErrURLRequired = analytics.Invalid("URL is required")
	ErrURLInvalid  = analytics.Invalid("Invalid webhook URL")
	ErrURLScheme   = analytics.Invalid("URL must use HTTPS")
	ErrURLBlocked  = analytics.Invalid("URL is not allowed")
)

const (
	maxURL      = 2048
	maxHost     = 253
	lookupTime  = 2 * time.Second // of a check; an attempt has its own bound
	idleTime    = 30 * time.Second
	maxHeader   = 64 << 10
	httpsScheme = "https"
)

// errAddress is the error of a connection to an address that is not public.
var errAddress = errors.New("blocked address")

// guard decides whom the server may call, and is the only way to call them. Names are looked up here, once for each connection, every address
// is judged, and the connection goes to the judged one: an answer that changes between check and use changes nothing. The dialer judges once
// more what it really connects to.
type guard struct {
	allowHTTP, allowPrivate bool
	resolver                Resolver
	dial                    func(ctx context.Context, network, address string) (net.Conn, error)
	transport               *http.Transport
	client                  *http.Client
}

func newGuard(cfg Config, resolver Resolver) *guard {
	g := &guard{allowHTTP: cfg.AllowHTTP, allowPrivate: cfg.AllowPrivate, resolver: resolver}
	if resolver == nil {
		g.resolver = net.DefaultResolver
	}
	g.dial = (&net.Dialer{Control: g.control}).DialContext
	g.transport = &http.Transport{
		Proxy:                  nil, // the environment's would choose the address
		DialContext:            g.connect,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    cfg.MaxPerHook,
		MaxConnsPerHost:        0,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: maxHeader,
	}
	g.client = &http.Client{
		Transport:     g.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return g
}

func (g *guard) close() { g.transport.CloseIdleConnections() }

// CheckURL looks whether the server may call a URL (webhooks.md, SSRF protection). It asks the DNS; a name that has no address now may have
// one later and is checked then. Errors: analytics.Invalid with the contract's message.
func (o *Outbox) CheckURL(ctx context.Context, rawURL string) error {
	u, err := o.guard.parse(rawURL)
	if err != nil || o.guard.allowPrivate {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	if _, err := o.guard.lookup(ctx, u.Hostname()); errors.Is(err, errAddress) {
		return ErrURLBlocked
	}
	return nil
}

// parse judges a URL without the DNS. Its host comes back in ASCII, lower case, without a final dot.
func (g *guard) parse(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, ErrURLRequired
	}
	if len(raw) > maxURL || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, ErrURLInvalid
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, ErrURLInvalid
	}
	if u.Scheme != httpsScheme && (!g.allowHTTP || u.Scheme != "http") {
		return nil, ErrURLScheme
	}
	if u.User != nil || strings.Contains(raw, "#") {
		return nil, ErrURLInvalid
	}
	host, err := plainHost(u.Hostname())
	if err != nil {
		return nil, err
	}
	if !g.allowPrivate && !isNameAllowed(host) {
		return nil, ErrURLBlocked
	}
	port := u.Port()
	if n, err := strconv.Atoi(port); strings.HasSuffix(u.Host, ":") || port != "" && (err != nil || n < 1 || n > 65535) {
		return nil, ErrURLInvalid
	}
	u.Host = host
	if strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	}
	if port != "" {
		u.Host += ":" + port
	}
	return u, nil
}

// plainHost gives a host as the DNS knows it, or an address.
func plainHost(host string) (string, error) {
	if strings.Contains(host, ":") {
		if _, err := netip.ParseAddr(host); err != nil {
			return "", ErrURLInvalid
		}
		return host, nil
	}
	for i := 0; i < len(host); i++ {
		if host[i] >= 0x80 { // other scripts have their own dots and digits
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", ErrURLInvalid
			}
			host = ascii
			break
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if len(host) > maxHost {
		return "", ErrURLInvalid
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", ErrURLInvalid
		}
	}
	return host, nil
}

// isNameAllowed refuses addresses in whatever writing, and names that mean this machine or its network.
func isNameAllowed(host string) bool {
	if strings.Contains(host, ":") {
		return false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch {
	case strings.Trim(last, "0123456789") == "":
		return false // 127.0.0.1, 127.1, 2130706433
	case strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == "":
		return false // 0x7f000001, 127.0.0.0x1
	}
	return last != "localhost" && last != "local" && last != "internal"
}

// lookup gives the addresses of a host, all of them public. Errors: errAddress, the resolver's.
func (g *guard) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	list, err := g.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		if !isPublic(a) {
			return nil, fmt.Errorf("%s: %w", a, errAddress)
		}
	}
	return list, nil
}

// connect opens a connection to a host's judged addresses, the first that answers.
func (g *guard) connect(ctx context.Context, network, hostport string) (net.Conn, error) {
	if g.allowPrivate {
		return g.dial(ctx, network, hostport)
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	addrs, err := g.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	first := error(&net.DNSError{Err: "no address", Name: host, IsNotFound: true})
	for i, a := range addrs {
		conn, err := g.dial(ctx, network, net.JoinHostPort(a.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		if i == 0 {
			first = err
		}
	}
	return nil, first
}

// control judges the address of a socket that is about to connect.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	if g.allowPrivate {
		return nil
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(a.Addr()) {
		return fmt.Errorf("%s: %w", address, errAddress)
	}
	return nil
}
