package api

import (
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"
)

// clientIP is the text of the address that a request is counted under: the peer's, or behind trusted proxies the right-most one of
// X-Forwarded-For that is not theirs.
func (s *Server) clientIP(c *gin.Context) string {
	peer, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	if err != nil {
		return c.Request.RemoteAddr
	}
	ip := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(c.Request.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(ip); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = hop.Unmap().WithZone("")
	}
	return ip.String()
}

func (s *Server) trusts(ip netip.Addr) bool {
	for _, proxies := range s.cfg.TrustedProxies {
		if proxies.Contains(ip) {
			return true
		}
	}
	return false
}
