package api

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/ztas-io/ztas/analytics"
)

// nameKind is what a name is to a site, the strongest first (compat.md).
type nameKind uint8

const (
	aliasName   nameKind = iota // an entry of settings.aliases
	domainName                  // the domain
	wwwName                     // the domain with or without its leading www., which the Origin check accepts too
	allowedName                 // a host of settings.allowedDomains
	parentName                  // "example.com" of the entry "*.example.com"
	nameKinds
)

// siteName is a name in one of its meanings.
type siteName struct {
	kind nameKind
	text string
}

// siteNames finds sites by what they are called. Reading takes no lock; the zero value knows no names.
type siteNames struct {
	change sync.Mutex // held over "read, replace" of a list
	lists  sync.Map   // siteName → []analytics.SiteID, never changed, only replaced
}

// replace takes the names of old (nil: none) away and adds those of new.
func (n *siteNames) replace(old, new *entry) {
	before, after := namesOf(old), namesOf(new)
	n.change.Lock()
	defer n.change.Unlock()
	for _, name := range after {
		if !slices.Contains(before, name) {
			n.lists.Store(name, append(slices.Clone(n.of(name)), new.ID))
		}
	}
	for _, name := range before {
		if slices.Contains(after, name) {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(n.of(name)), func(id analytics.SiteID) bool { return id == old.ID })
		if len(left) == 0 {
			n.lists.Delete(name)
		} else {
			n.lists.Store(name, left)
		}
	}
}

func (n *siteNames) of(name siteName) []analytics.SiteID {
	v, _ := n.lists.Load(name)
	list, _ := v.([]analytics.SiteID)
	return list
}

// namesOf lists the names of a site; one that is deleted or not yet there has none.
func namesOf(e *entry) (list []siteName) {
	if e == nil || !e.visible() || !e.DeletedAt.IsZero() {
		return nil
	}
	for _, alias := range e.Settings.Aliases {
		list = append(list, siteName{aliasName, alias})
	}
	if e.Domain != "" {
		list = append(list, siteName{domainName, e.Domain}, siteName{wwwName, otherWWW(e.Domain)})
	}
	for _, host := range e.Settings.AllowedDomains {
		if parent, wild := strings.CutPrefix(host, "*."); wild {
			list = append(list, siteName{parentName, parent})
		} else {
			list = append(list, siteName{allowedName, host})
		}
	}
	return list
}

// otherWWW is the host with www. in front, or without it.
func otherWWW(host string) string {
	if base, ok := strings.CutPrefix(host, "www."); ok {
		return base
	}
	return "www." + host
}

var errAmbiguousSite = problem(http.StatusNotFound, codeNotFound, "Site is ambiguous, use its id")

// FindSite finds a site by its id, else by what a tracker of another product calls it: an alias, its domain, one of allowedDomains, in this
// order (compat.md). It takes no lock. The order only decides between sites of one owner: where sites of several owners fit, in whatever way,
// none is taken. Otherwise whoever made a stranger's domain an alias of theirs would receive the stranger's hits.
func (d *Directory) FindSite(name string) (*analytics.Site, *Problem) {
	if site, ok := d.Site(analytics.SiteID(name)); ok {
		return site, nil
	}
	var best *analytics.Site
	several, bestKind := false, nameKinds
	fits := func(n siteName) *Problem {
		for _, id := range d.names.of(n) {
			site, ok := d.Site(id)
			switch {
			case !ok || best != nil && best.ID == id:
			case best == nil:
				best, bestKind = site, n.kind
			case best.OwnerID != site.OwnerID:
				return errAmbiguousSite
			default:
				several = several || n.kind == bestKind
			}
		}
		return nil
	}
	for _, n := range meanings(name) {
		if p := fits(n); p != nil {
			return nil, p
		}
	}
	switch {
	case best == nil:
		return nil, errUnknownSite
	case several:
		return nil, errAmbiguousSite
	}
	return best, nil
}

// meanings lists what a name can mean, the strongest first.
func meanings(name string) []siteName {
	list := []siteName{{aliasName, name}}
	host, ok := normalizeDomain(name, true)
	if !ok {
		return list
	}
	list = append(list, siteName{domainName, host}, siteName{wwwName, host}, siteName{allowedName, host})
	for rest := host; ; {
		if _, rest, ok = strings.Cut(rest, "."); !ok {
			return list
		}
		list = append(list, siteName{parentName, rest})
	}
}
