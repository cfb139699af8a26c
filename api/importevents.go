package api

import (
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/ingest"
)

// maxImports is how many requests of a site may import at a time.
const maxImports = 4

// ImportEvents serves POST /api/import/events: events with their own times, for `ztas import`. The router has authenticated the caller; the
// right on the site, which only the body names, is asked for here.
func (h *TrackHandler) ImportEvents(c *gin.Context) { h.serve(c, h.admitImport) }

func (h *TrackHandler) admitImport(c *gin.Context, site *analytics.Site, _ int, r *ingest.Request) (func(), *Problem) {
	if p := h.auth.AuthorizeIngest(c, site); p != nil {
		return nil, p
	}
	if !h.imports.take(site.ID) {
		return nil, tooMany(time.Second)
	}
	r.Context, r.Import = true, true
	return func() { h.imports.giveBack(site.ID) }, nil
}

// importSlots counts the imports that run, by site. Safe for concurrent use.
type importSlots struct {
	mu      sync.Mutex
	running map[analytics.SiteID]int
}

func (s *importSlots) take(site analytics.SiteID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[site] >= maxImports {
		return false
	}
	if s.running == nil {
		s.running = make(map[analytics.SiteID]int)
	}
	s.running[site]++
	return true
}

func (s *importSlots) giveBack(site analytics.SiteID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[site]--; s.running[site] <= 0 {
		delete(s.running, site)
	}
}
