package api

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/api/auth"
)

// segmentView is a saved segment as answers show it.
type segmentView struct {
	ID        string           `json:"id"`
	SiteID    analytics.SiteID `json:"siteId"`
	Name      string           `json:"name"`
	Filters   string           `json:"filters"`
	Shared    bool             `json:"shared"`
	CreatedBy *string          `json:"createdBy"`
	CreatedAt string           `json:"createdAt"`
	UpdatedAt string           `json:"updatedAt"`
}

func viewSegment(g *analytics.Segment) segmentView {
	return segmentView{g.ID, g.Site, g.Name, g.Filters, g.Shared, textOrNull(g.CreatedBy), instant(g.CreatedAt), instant(g.UpdatedAt)}
}

// segmentBody is what POST and PATCH send of a segment.
type segmentBody struct {
	ID      optional[string] `json:"id"`
	SiteID  optional[string] `json:"siteId"`
	Name    optional[string] `json:"name"`
	Filters optional[string] `json:"filters"`
	Shared  optional[bool]   `json:"shared"`
}

// put puts what was sent over a segment: null clears, absent stays. Filters on goals mean those given.
func (b *segmentBody) put(g *analytics.Segment, goals []*analytics.Goal) error {
	if b.Name.sent {
		g.Name = textOf(&b.Name)
	}
	if err := checkName("Segment", g.Name); err != nil {
		return err
	}
	if b.Filters.sent {
		g.Filters = textOf(&b.Filters)
		if g.Filters == "" { // required
			return invalid("Invalid filter: ")
		}
		if _, err := report.ParseFilters(g.Filters, goals); err != nil {
			return err
		}
	}
	if b.Shared.sent {
		g.Shared = b.Shared.or(false)
	}
	return nil
}

// listSegments serves GET /api/segments: the shared ones and the caller's own, by name.
func (s *Server) listSegments(x *exchange) (action, error) {
	return func() error {
		list := slices.DeleteFunc(s.deps.Catalog.segments.of(x.siteID), func(g *analytics.Segment) bool {
			return !g.Shared && g.CreatedBy != x.caller.UserID
		})
		slices.SortFunc(list, func(a, b *analytics.Segment) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
		views := make([]segmentView, len(list))
		for i, g := range list {
			views[i] = viewSegment(g)
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// createSegment serves POST /api/segments.
func (s *Server) createSegment(x *exchange) (action, error) {
	var body segmentBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if x.siteID = analytics.SiteID(textOf(&body.SiteID)); x.siteID == "" {
		return nil, errSiteRequired
	}
	body.Filters.sent = true // required
	g := &analytics.Segment{Site: x.siteID}
	if err := body.put(g, s.deps.Catalog.Goals(x.siteID)); err != nil {
		return nil, err
	}
	return func() error {
		now := s.instant()
		g.ID, g.CreatedBy, g.CreatedAt, g.UpdatedAt = auth.NewID("seg"), x.caller.UserID, now, now
		shelf := s.deps.Catalog.segments
		shelf.change.Lock()
		defer shelf.change.Unlock()
		if shelf.count(g.Site) >= s.cfg.MaxSegments {
			return limitReached("Segment")
		}
		if err := shelf.put(g); err != nil {
			return err
		}
		data(x.c, http.StatusCreated, viewSegment(g))
		return nil
	}, nil
}

var errSegmentNotFound = notFound("Segment not found")

// segmentOf finds the segment with an id, and with it the site whose right the caller needs.
func (s *Server) segmentOf(x *exchange, id string) error {
	g, ok := s.deps.Catalog.segments.get(id)
	if !ok {
		return errSegmentNotFound
	}
	x.siteID = g.Site
	return nil
}

// mayChange tells whether the caller may change a segment: authors their own, admins and the owner also shared ones.
func (x *exchange) mayChange(g *analytics.Segment) error {
	if g.CreatedBy == x.caller.UserID || g.Shared && x.role >= auth.Admin {
		return nil
	}
	return forbidden("Access denied")
}

// changeSegment serves PATCH /api/segments and /api/segments/:id.
func (s *Server) changeSegment(x *exchange) (action, error) {
	var body segmentBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	id, err := sameID(x.c.Param("id"), textOf(&body.ID))
	if err != nil {
		return nil, err
	}
	missing := s.segmentOf(x, id)
	if err := body.put(&analytics.Segment{Name: "any"}, s.deps.Catalog.Goals(x.siteID)); err != nil {
		return nil, err
	}
	if missing != nil {
		return nil, missing
	}
	return func() error {
		shelf := s.deps.Catalog.segments
		shelf.change.Lock()
		defer shelf.change.Unlock()
		before, ok := shelf.get(id)
		if !ok { // deleted a moment ago
			return errSegmentNotFound
		}
		if err := x.mayChange(before); err != nil {
			return err
		}
		g := *before
		if err := body.put(&g, s.deps.Catalog.Goals(g.Site)); err != nil {
			return err
		}
		g.UpdatedAt = s.instant()
		if err := shelf.put(&g); err != nil {
			return err
		}
		data(x.c, http.StatusOK, viewSegment(&g))
		return nil
	}, nil
}

// deleteSegment serves DELETE /api/segments and /api/segments/:id.
func (s *Server) deleteSegment(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	if err := s.segmentOf(x, id); err != nil {
		return nil, err
	}
	return func() error {
		shelf := s.deps.Catalog.segments
		shelf.change.Lock()
		defer shelf.change.Unlock()
		g, ok := shelf.get(id)
		if !ok {
			return errSegmentNotFound
		}
		if err := x.mayChange(g); err != nil {
			return err
		}
		if err := shelf.remove(g); err != nil {
			return err
		}
		done(x.c, "Segment deleted")
		return nil
	}, nil
}
