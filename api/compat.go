package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/ingest"
)

// SiteFinder finds a site by its id or by another name of it. Safe for concurrent use.
type SiteFinder interface {
	// FindSite answers with one of the contract's problems for a name that no site has, or several.
	FindSite(name string) (*analytics.Site, *Problem)
}

// CompatHandler takes the hits of other products' trackers (compat.md) and sends them the way of POST /api/track. Safe for concurrent use.
type CompatHandler struct {
	track       *TrackHandler
	sites       SiteFinder
	engagements *engagementNumbers
}

// NewCompatHandler makes the handler. track gives it its limits, pipeline and metrics.
func NewCompatHandler(track *TrackHandler, sites SiteFinder) *CompatHandler {
	return &CompatHandler{track, sites, newEngagementNumbers()}
}

// foreignHit is what a request of another product's tracker says, in our terms.
type foreignHit struct {
	sites []string     // names of the sites that it counts for
	hits  []ingest.Hit // what it is to each of them; none: it is accepted and ignored
}

// verdictOfHit is what became of a hit, for the answer.
type verdictOfHit struct {
	ignored bool // for one of its sites nothing was stored
	bot     bool // because of who sent it
}

// serve takes one request in the order of track.md: content type, size and syntax (read does these), then sites, Origin, limits, number of
// events, and last the hits themselves. Nothing is stored for any site before all sites have agreed.
func (h *CompatHandler) serve(c *gin.Context, read func(r *http.Request) (*foreignHit, *Problem), answer func(c *gin.Context, v verdictOfHit)) {
	defer func() { h.track.metrics.answered(c.Writer.Status()) }()
	hit, p := read(c.Request)
	if p == nil && len(hit.hits) == 0 {
		answer(c, verdictOfHit{})
		return
	}
	var v verdictOfHit
	if p == nil {
		v, p = h.take(c, hit)
	}
	if p != nil {
		refuse(c, p)
		return
	}
	answer(c, v)
}

// share is a hit's part of one site.
type share struct {
	site  *analytics.Site
	taken *intake
}

func (h *CompatHandler) take(c *gin.Context, hit *foreignHit) (v verdictOfHit, p *Problem) {
	sites, p := h.find(hit.sites)
	if p != nil {
		return v, p
	}
	request := h.track.requestOf(c.Request)
	for _, site := range sites {
		if p := h.track.checkOrigin(c, site); p != nil {
			return v, p
		}
	}
	for _, site := range sites {
		if p := h.track.checkRate(c, site, len(hit.hits), request); p != nil {
			return v, p
		}
	}
	if len(sites)*len(hit.hits) > h.track.cfg.MaxBatch {
		return v, h.track.tooManyEvents()
	}
	shares := make([]share, len(sites))
	for i, site := range sites {
		taken, err := h.track.pass(site, request, &trackBatch{count: len(hit.hits), hits: hit.hits})
		if err != nil {
			return v, h.track.failure(site.ID, err)
		}
		if len(taken.rejected) > 0 {
			message := taken.rejected[0].Error
			h.track.cfg.Diagnostics.rejected(site.ID, request.ReceivedAt, message, len(hit.hits))
			return v, invalid(message)
		}
		h.engagements.number(site.ID, taken.records)
		shares[i] = share{site, taken}
	}
	if p := h.submit(context.WithoutCancel(c.Request.Context()), shares); p != nil { // as POST /api/track does
		return v, p
	}
	for _, s := range shares {
		h.track.count(s.taken)
		h.track.cfg.Diagnostics.took(s.site.ID, request.ReceivedAt, s.taken)
		v.ignored = v.ignored || s.taken.events == 0
		for reason := range s.taken.dropped {
			v.bot = v.bot || isBot(reason)
		}
	}
	return v, nil
}

// find finds every site that is named, once.
func (h *CompatHandler) find(names []string) (list []*analytics.Site, p *Problem) {
	seen := make(map[analytics.SiteID]bool, len(names))
	for _, name := range names {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		site, p := h.sites.FindSite(name)
		if p != nil {
			return nil, p
		}
		if !seen[site.ID] {
			seen[site.ID] = true
			list = append(list, site)
		}
	}
	if list == nil {
		return nil, errNoSiteID
	}
	return list, nil
}

// maxSubmits is how many sites one request's hits are on their way to at a time.
const maxSubmits = 8

// submit returns when the hits are durable and folded in every site, or one of them failed. The others may then have them: no tracker of
// these products sends a hit twice, so that is better than none.
func (h *CompatHandler) submit(ctx context.Context, shares []share) *Problem {
	var group errgroup.Group
	group.SetLimit(maxSubmits)
	for _, s := range shares {
		group.Go(func() error {
			if err := h.track.submit(ctx, s.site.ID, s.taken); err != nil {
				return h.track.failure(s.site.ID, err)
			}
			h.engagements.stored(s.site.ID, s.taken.records)
			return nil
		})
	}
	var p *Problem
	if errors.As(group.Wait(), &p) {
		return p
	}
	return nil
}

func isBot(reason analytics.DropReason) bool {
	return reason == analytics.DropBotSearch || reason == analytics.DropBotAI || reason == analytics.DropBotOther
}

// readForeign reads a body as POST /api/track does; it must be one JSON object.
func (h *CompatHandler) readForeign(r *http.Request) (foreignFields, *Problem) {
	if p := checkContentType(r); p != nil {
		return nil, p
	}
	body, p := readTrackBody(r, h.track.cfg.MaxBody)
	if p != nil {
		return nil, p
	}
	var fields foreignFields
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return nil, errBadJSON
	}
	return fields, nil
}

// isForeign tells whether a path is that of another product's endpoint. Some of their scripts send headers of their own.
func isForeign(path string) bool {
	return path == "/api/event" || path == "/api/send" || path == "/count" || strings.HasPrefix(path, "/count/")
}
