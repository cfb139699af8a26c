package api

import (
	"net/http"
	"net/netip"
	"strings"
)

// NewClientIP returns the rule for a request's client IP in canonical text form: the right-most address of X-Forwarded-For that is not in
// trusted, or the peer's when the peer is not trusted. An entry that is no address ends the search: what stands left of it was not written by a
// trusted proxy.
func NewClientIP(trusted []netip.Prefix) func(*http.Request) string {
	isTrusted := func(ip netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(ip) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		if text, ok := peerIPv4(r.RemoteAddr); ok && len(trusted) == 0 {
			return text
		}
		ip, ok := hopAddress(r.RemoteAddr)
		if !ok {
			return r.RemoteAddr
		}
		if len(trusted) == 0 || !isTrusted(ip) {
			return ip.String()
		}
		lines := r.Header["X-Forwarded-For"]
		for n := len(lines) - 1; n >= 0; n-- {
			for rest, more := lines[n], true; more; {
				var hop string
				at := strings.LastIndexByte(rest, ',')
				if more = at >= 0; more {
					rest, hop = rest[:at], rest[at+1:]
				} else {
					hop = rest
				}
				next, ok := hopAddress(strings.TrimSpace(hop))
				if !ok {
					return ip.String()
				}
				if ip = next; !isTrusted(ip) {
					return ip.String()
				}
			}
		}
		return ip.String()
	}
}

// peerIPv4 is the address in what net writes of a peer with IPv4, which is canonical as it is.
func peerIPv4(peer string) (ip string, ok bool) {
	for i := range len(peer) {
		switch c := peer[i]; {
		case c == ':':
			return peer[:i], true
		case c != '.' && (c < '0' || c > '9'):
			return "", false
		}
	}
	return "", false
}

// hopAddress reads an address with or without a port.
func hopAddress(text string) (ip netip.Addr, ok bool) {
	if strings.HasPrefix(text, "[") || strings.Count(text, ":") == 1 { // else there is no port, and an error costs more than an address
		if ap, err := netip.ParseAddrPort(text); err == nil {
			return ap.Addr().Unmap().WithZone(""), true
		}
	}
	ip, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return ip.Unmap().WithZone(""), err == nil
}
