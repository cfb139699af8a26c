package api

import (
	"net/http"
	"net/netip"
	"strings"
)

// NewClientIP gives the function that finds the address a request is counted under, in canonical text form: the peer's, or behind trusted
// proxies the right-most one of X-Forwarded-For that is not theirs (README §9). Nobody is trusted who is not listed.
func NewClientIP(trusted []netip.Prefix) func(*http.Request) string {
	trusts := func(ip netip.Addr) bool {
		for _, proxies := range trusted {
			if proxies.Contains(ip) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		ip := peer.Addr().Unmap()
		if len(trusted) == 0 {
			return ip.String()
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && trusts(ip); i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			ip = hop.Unmap().WithZone("")
		}
		return ip.String()
	}
}
