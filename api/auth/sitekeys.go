package auth

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
)

// LeftPrefix begins the keys that remember, until a site is purged, what else it had: left/<site>/<prefix>, where the prefix is that of deleted
// keys whose names do not say that they were the site's. Their deleted values may still be on the disk.
const LeftPrefix = "left/"

// LeftKey is the key that remembers a prefix.
func LeftKey(site analytics.SiteID, prefix string) string {
	return LeftPrefix + string(site) + "/" + prefix
}

// ForgetSite revokes the API keys that are bound to a site that is purged. What they leave is remembered under LeftKey.
func (a *Accounts) ForgetSite(_ context.Context, site analytics.SiteID, _ []string) (prefixes []string, err error) {
	a.change.Lock()
	defer a.change.Unlock()
	a.purged[site] = true
	var bound []*keyEntry
	a.mu.RLock()
	for _, e := range a.keys {
		if e.Site == site {
			bound = append(bound, e)
		}
	}
	a.mu.RUnlock()
	for _, e := range bound {
		key := "key/" + e.ID
		if err := a.store(map[string]any{key: nil, LeftKey(site, key): true}); err != nil {
			return nil, err
		}
		a.show(func() {
			delete(a.keys, e.ID)
			delete(a.byHash, e.Hash)
		})
	}
	return nil, nil
}
