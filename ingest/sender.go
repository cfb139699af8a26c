package ingest

import (
	"net/netip"

	"github.com/ztas-io/ztas/analytics"
)

// sender is who a hit comes from, with everything that is the same for all of their hits.
type sender struct {
	found         bool
	ip, userAgent string
	agent         *agent

	place    place
	hasPlace bool

	day        analytics.Day // of visitor
	visitor    analytics.VisitorID
	hasVisitor bool
}

// findSender tells whom the hit is from: the sender of the request, or whom a permitted context names.
func (r *Run) findSender() *verdict {
	req := r.request
	if c := r.hit.Context; req.Context && c != nil {
		ip, userAgent := req.IP, req.UserAgent
		if c.IP != nil {
			ip = canonicalIP(plainText(*c.IP, maxHost))
		}
		if c.UserAgent != nil {
			userAgent, _ = clean(*c.UserAgent)
		}
		if ip != req.IP || userAgent != req.UserAgent {
			if !r.other.found || r.other.ip != ip || r.other.userAgent != userAgent {
				r.other = sender{found: true, ip: ip, userAgent: userAgent}
				r.other.agent = r.pipeline.agents.of(agentKey{userAgent: userAgent}) // the hints are the sending server's
			}
			r.from = &r.other
			return nil
		}
	}
	if !r.direct.found {
		r.direct = sender{found: true, ip: req.IP, userAgent: req.UserAgent}
		r.direct.agent = r.pipeline.agents.of(agentKey{req.UserAgent, req.Brands, req.Mobile, req.Platform})
	}
	r.from = &r.direct
	return nil
}

// canonicalIP is the canonical text of an address; any other text stays as it is.
func canonicalIP(text string) string {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	return addr.Unmap().WithZone("").String()
}
