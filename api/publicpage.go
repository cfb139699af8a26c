package api

import (
	"net/http"
	"strings"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/markup"
)

// publicPolicy lets the page have its style, and the icon.
var publicPolicy = markup.Style(publicStyle).Policy("img-src 'self'")

// publicPage serves GET /public/:token and GET /public/:siteId.
func (s *Server) publicPage(x *exchange) (action, error) {
	q := publicQuestion{period: x.c.Query("period")}
	if name := x.c.Param("token"); strings.HasPrefix(name, "share_") {
		q.token = name
	} else {
		q.siteID = analytics.SiteID(name)
	}
	return func() error {
		err := q.check()
		var report *publicReport
		if err == nil {
			report, err = s.publicReport(x.c.Request.Context(), &q)
		}
		if err != nil {
			p := s.problemOf(x.c, err)
			return showPublic(x, p.Status, problemPage(http.StatusText(p.Status), p.Message))
		}
		site, _, err := s.publicView(&q)
		if err != nil { // revoked a moment ago
			return errShareLink
		}
		x.c.Header("Cache-Control", publicCache)
		return showPublic(x, http.StatusOK, report.page(site.Timezone))
	}, nil
}

func showPublic(x *exchange, status int, page *markup.Page) error {
	h := x.c.Writer.Header()
	h.Set("Content-Security-Policy", publicPolicy)
	h.Set("X-Robots-Tag", "noindex")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	x.c.Data(status, "text/html; charset=utf-8", page.Bytes())
	return nil
}
