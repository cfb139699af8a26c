package ingest

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"github.com/ztas-io/ztas/analytics"
)

// rules are a site's settings in the form that hits are checked with, made once per *analytics.Site. Safe for concurrent use.
type rules struct {
	site      *analytics.Site
	zone      analytics.Zone
	covers    []string // exclude entries without *
	globs     []string // exclude entries with *
	hosts     map[string]bool
	subOf     []string // ".example.com": every subdomain
	localDays [4]atomic.Pointer[localDay]
}

// localDay is a day of the site's zone: the instants from start to before end, UTC ms.
type localDay struct {
	day        analytics.Day
	start, end int64
}

func newRules(site *analytics.Site) (*rules, error) {
	zone, err := analytics.LoadZone(site.Timezone)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: %w", site.ID, err)
	}
	s := &rules{site: site, zone: zone, hosts: make(map[string]bool)}
	for _, entry := range site.Settings.ExcludePaths {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		if entry[0] != '/' && entry[0] != '*' { // as every path begins
			entry = "/" + entry
		}
		if strings.Contains(entry, "*") {
			s.globs = append(s.globs, entry)
		} else {
			s.covers = append(s.covers, entry)
		}
	}
	domain := strings.ToLower(site.Domain)
	base := strings.TrimPrefix(domain, "www.")
	s.hosts[domain], s.hosts[base], s.hosts["www."+base] = true, true, true
	for _, entry := range site.Settings.AllowedDomains {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if parent, ok := strings.CutPrefix(entry, "*."); ok {
			s.subOf = append(s.subOf, "."+parent)
		} else if entry != "" {
			s.hosts[entry] = true
		}
	}
	return s, nil
}

// accepts is the Origin check of a lower-case host.
func (s *rules) accepts(host string) bool {
	if s.hosts[host] {
		return true
	}
	for _, parent := range s.subOf {
		if len(host) > len(parent) && strings.HasSuffix(host, parent) {
			return true
		}
	}
	return false
}

// excludes tells whether a path is one of excludePaths, as it is with the query that the site keeps, or bare, without any: an entry /admin covers
// /admin?x=1 too, and one may name a query.
func (s *rules) excludes(path, bare string) bool {
	return s.covered(bare) || len(path) != len(bare) && s.covered(path)
}

// covered tells whether an entry covers a path: /admin covers /admin and /admin/…, one with * must match all of the path.
func (s *rules) covered(path string) bool {
	for _, entry := range s.covers {
		if path == entry {
			return true
		}
		if under := strings.TrimSuffix(entry, "/") + "/"; under != "/" && strings.HasPrefix(path, under) {
			return true
		}
	}
	for _, glob := range s.globs {
		if globMatch(glob, path) {
			return true
		}
	}
	return false
}

// globMatch tells whether all of s matches a pattern in which * is any run of characters.
func globMatch(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return true
}

// dayAt is the local day that holds the instant ts (UTC ms). The bounds of the last days asked for are kept.
func (s *rules) dayAt(ts int64) analytics.Day {
	slot := &s.localDays[uint64(ts/86_400_000)%uint64(len(s.localDays))]
	if d := slot.Load(); d != nil && d.start <= ts && ts < d.end {
		return d.day
	}
	day := s.zone.DayAt(ts)
	slot.Store(&localDay{day, s.zone.DayStart(day), s.zone.DayStart(day + 1)})
	return day
}

// maxRules is how many sites' rules are kept.
const maxRules = 16_384

// ruleCache keeps the rules of the sites in use. Safe for concurrent use.
type ruleCache struct {
	cache *otter.Cache[analytics.SiteID, *rules]
}

func newRuleCache() (*ruleCache, error) {
	c, err := otter.New(&otter.Options[analytics.SiteID, *rules]{MaximumSize: maxRules, Executor: inline})
	return &ruleCache{c}, err
}

// inline runs the caches' upkeep in the caller's goroutine.
func inline(task func()) { task() }

// of returns the site's rules. A site is never changed in place, so another pointer means other settings.
func (c *ruleCache) of(site *analytics.Site) (*rules, error) {
	if s, ok := c.cache.GetIfPresent(site.ID); ok && s.site == site {
		return s, nil
	}
	s, err := newRules(site)
	if err != nil {
		return nil, err
	}
	c.cache.Set(site.ID, s)
	return s, nil
}
