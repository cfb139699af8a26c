package api

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ztas-io/ztas/ingest"
)

// maskAddress keeps of an IP address what may be stored: two numbers of IPv4, two groups of IPv6; "" of what is no address.
func maskAddress(ip string) string {
	a, err := netip.ParseAddr(ip)
	switch {
	case err != nil:
		return ""
	case a.Unmap().Is4():
		b := a.Unmap().As4()
		return fmt.Sprintf("%d.%d.***.***", b[0], b[1])
	default:
		b := a.As16()
		return fmt.Sprintf("%x:%x:***", uint(b[0])<<8|uint(b[1]), uint(b[2])<<8|uint(b[3]))
	}
}

// describeAgent keeps of a user agent what may be stored, for example "Chrome on macOS": browser and system, as far as they are known; "" when
// neither is.
func describeAgent(userAgent string) string {
	browser, system := ingest.Agent(userAgent)
	var known []string
	for _, name := range []string{browser, system} {
		if name != "" {
			known = append(known, name)
		}
	}
	return strings.Join(known, " on ")
}
