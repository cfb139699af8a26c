package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/ingest"
)

// pixel is a transparent GIF of 1×1.
var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// GoatCounter serves GET and POST /count and /count/:site.
func (h *CompatHandler) GoatCounter(c *gin.Context) {
	site := c.Param("site")
	read := func(r *http.Request) (*foreignHit, *Problem) { return h.readGoatCounter(r, site) }
	h.serve(c, read, func(c *gin.Context, _ verdictOfHit) {
		c.Header("Cache-Control", "no-store")
		c.Data(http.StatusOK, "image/gif", pixel)
	})
}

// readGoatCounter reads the query, in which all is; a body, which beacons have, says nothing and is not read.
func (h *CompatHandler) readGoatCounter(r *http.Request, site string) (*foreignHit, *Problem) {
	if r.ContentLength > int64(h.track.cfg.MaxBody) {
		return nil, errBodySize
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil && !q.Has("p") { // a parameter that is not well-formed may be any but the path
		return nil, invalid("Invalid query")
	}
	if sent := strings.TrimSpace(q.Get("site")); sent != "" {
		site = sent
	}
	if site == "" {
		site = hostOfURL(r.Header.Get("Origin"))
	}
	if site == "" {
		site = hostOfURL(r.Header.Get("Referer"))
	}
	return &foreignHit{sites: []string{site}, hits: []ingest.Hit{goatCounterHit(q)}}, nil
}

func goatCounterHit(q url.Values) ingest.Hit {
	if isEvent(q.Get("e")) {
		return ingest.Hit{Type: "event", Action: q.Get("p")}
	}
	hit := ingest.Hit{Type: "pageview", Referrer: q.Get("r")}
	link := absolute(q.Get("p"))
	if link == "" {
		link = anyHost + "/"
	}
	// The campaign is in q; what p has of a query is part of the path.
	if query := strings.TrimPrefix(q.Get("q"), "?"); query != "" {
		hit.Path = pathOf(link)
		link = anyHost + "/?" + query
	}
	hit.URL = link
	return hit
}

// isEvent reads the event flag.
func isEvent(flag string) bool {
	switch strings.ToLower(flag) {
	case "true", "t", "1", "on", "yes":
		return true
	}
	return false
}

// hostOfURL is the host of a URL without its port; "" for none.
func hostOfURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
