package ingest

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// derivePath gives the event its path, not yet scrubbed and cut, and remembers it without its query for excludePaths.
func (r *Run) derivePath() *verdict {
	raw := r.hit.Path
	if raw == "" {
		raw = r.linkPath
	}
	raw, _ = clean(raw)
	if raw == "" {
		raw = "/"
	}
	if strings.IndexByte(raw, '?') < 0 && strings.IndexByte(raw, '#') < 0 && raw[0] == '/' {
		r.event.Path, r.bare = raw, raw
		return nil
	}
	r.event.Path, r.bare = r.rules.normalPath(raw, r.hit.KeepFragment)
	return nil
}

// normalPath removes the fragment unless it is a route, removes or filters the query, and puts a slash in front. bare is the path without any
// query. A route's own query is treated like the page's. With anyFragment every fragment is a route. Space before what is removed goes too.
func (s *rules) normalPath(raw string, anyFragment bool) (path, bare string) {
	page, route, _ := strings.Cut(raw, "#")
	if !anyFragment && !strings.HasPrefix(route, "/") && !strings.HasPrefix(route, "!/") {
		route = ""
	}
	page, query, _ := strings.Cut(page, "?")
	page = strings.TrimSpace(page)
	if !strings.HasPrefix(page, "/") {
		page = "/" + page
	}
	if route == "" {
		return page + s.keptQuery(query), page
	}
	route, routeQuery, _ := strings.Cut("#"+route, "?")
	route = strings.TrimSpace(route)
	return page + s.keptQuery(query) + route + s.keptQuery(routeQuery), page + route
}

// keptQuery is the query that a path keeps, with its question mark: the parameters that are neither campaign nor click ids nor to be ignored,
// by name, then value.
func (s *rules) keptQuery(query string) string {
	if query == "" || !s.site.Settings.KeepQuery {
		return ""
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		lower := strings.ToLower(name)
		if pair == "" || strings.HasPrefix(lower, "utm_") || clickIDs[lower] || slices.Contains(s.site.Settings.IgnoreParams, name) {
			continue
		}
		kept = append(kept, pair)
	}
	if kept == nil {
		return ""
	}
	slices.SortFunc(kept, func(a, b string) int {
		nameA, valueA, _ := strings.Cut(a, "=")
		nameB, valueB, _ := strings.Cut(b, "=")
		if c := strings.Compare(nameA, nameB); c != 0 {
			return c
		}
		return strings.Compare(valueA, valueB)
	})
	return "?" + strings.Join(kept, "&")
}

// scrubPath removes addresses from the path, then cuts it.
func (r *Run) scrubPath() *verdict {
	r.event.Path = cut(scrub(r.event.Path, classify(r.event.Path)), analytics.MaxPath)
	return nil
}
