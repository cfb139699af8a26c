package api

import (
	"net/http"
	"strings"
)

// readableQuery is a request's query such that net/url reads all of it: it drops a parameter with a semicolon, or with a % that begins no escape,
// and what was asked would silently be something else. Both stand for themselves, the semicolon as filters have it; a parameter that cannot have a
// % is then refused in its own words. Where other products' trackers send, a bad escape stays one.
func readableQuery(r *http.Request) string {
	query := r.URL.RawQuery
	if !strings.ContainsAny(query, ";%") {
		return query
	}
	foreign := isForeign(r.URL.Path)
	var b strings.Builder
	for i := range len(query) {
		switch c := query[i]; {
		case c == ';':
			b.WriteString("%3B")
		case c == '%' && !foreign && (i+2 >= len(query) || !isHex(query[i+1]) || !isHex(query[i+2])):
			b.WriteString("%25")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
