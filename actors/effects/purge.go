package effects

import "github.com/ztas-io/ztas/analytics"

// ForgetSite drops what is in memory of a site that is purged, once no event of it lands any more, and returns the keys that hold the rest.
func (e *Effects) ForgetSite(id analytics.SiteID) (keys []string) {
	if v, ok := e.sites.LoadAndDelete(id); ok {
		s := v.(*site)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = nil // who looks for ended sessions just now tells nothing
	}
	return []string{endingsKey(id)}
}
