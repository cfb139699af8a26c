package api

import (
	"fmt"
	"net/http"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/api/auth"
)

// funnelView is a funnel as answers show it, with what it reached in the range that was asked for.
type funnelView struct {
	ID             string           `json:"id"`
	SiteID         analytics.SiteID `json:"siteId"`
	Name           string           `json:"name"`
	TimeWindow     int64            `json:"timeWindow"`
	Steps          []stepView       `json:"steps"`
	TotalVisitors  int64            `json:"totalVisitors"`
	Completions    int64            `json:"completions"`
	ConversionRate float64          `json:"conversionRate"`
	trackingView
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

// stepView is one step; its id is its place.
type stepView struct {
	ID             string             `json:"id"`
	Name           string             `json:"name"`
	Type           analytics.StepType `json:"type"`
	*pathView                         // of pageview steps
	*eventStepView                    // of event steps
	GoalID         string             `json:"goalId,omitempty"` // of goal steps
}

type eventStepView struct {
	EventAction   string  `json:"eventAction"`
	EventCategory *string `json:"eventCategory"`
}

func (s *Server) viewFunnel(f *analytics.Funnel, sum *report.FunnelSum) funnelView {
	v := funnelView{
		ID: f.ID, SiteID: f.Site, Name: f.Name, TimeWindow: f.TimeWindow, Steps: make([]stepView, len(f.Steps)),
		trackingView: s.viewTracking(f.ID, f.Backfill, f.TrackedSince), CreatedAt: instant(f.CreatedAt), UpdatedAt: instant(f.UpdatedAt),
	}
	for i, step := range f.Steps {
		v.Steps[i] = viewStep(i, step)
	}
	if sum != nil {
		c := sum.Totals()
		v.TotalVisitors, v.Completions, v.ConversionRate = c.Visitors, c.Completions, c.Rate()
	}
	return v
}

func viewStep(i int, s analytics.Step) stepView {
	v := stepView{ID: fmt.Sprintf("step_%d", i+1), Name: s.Name, Type: s.Type, GoalID: s.GoalID}
	switch s.Type {
	case analytics.PageviewStep:
		v.pathView = &pathView{s.Path, s.MatchType}
	case analytics.EventStep:
		v.eventStepView = &eventStepView{s.EventAction, textOrNull(s.EventCategory)}
	}
	return v
}

// funnelQuestion asks about a funnel; device "" is all of them.
func (s *Server) funnelQuestion(f *analytics.Funnel, device string, filters report.Filters, r analytics.Range) report.Question {
	return report.FunnelStats(f, s.deps.Catalog.Goal, device, filters, r.Interval)
}

// listFunnels serves GET /api/funnels.
func (s *Server) listFunnels(x *exchange) (action, error) {
	r, err := s.rangeParam(x, x.siteID, "30d")
	if err != nil {
		return nil, err
	}
	filters, err := s.filtersParam(x, x.siteID)
	if err != nil {
		return nil, err
	}
	return func() error {
		funnels := s.deps.Catalog.Funnels(x.siteID)
		asks := make([]report.Ask, len(funnels))
		for i, f := range funnels {
			asks[i] = report.Over(s.funnelQuestion(f, "", filters, r), r)
		}
		views := make([]funnelView, len(funnels))
		if len(asks) > 0 {
			sums, err := s.deps.Reader.Sums(x.c.Request.Context(), x.siteID, asks...)
			if err != nil {
				return err
			}
			for i, f := range funnels {
				views[i] = s.viewFunnel(f, sums[i].(*report.FunnelSum))
			}
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// funnelOf finds the funnel with an id, and with it the site whose right the caller needs. That there is none is told once the parameters are
// known to be good.
func (s *Server) funnelOf(x *exchange, id string) (f *analytics.Funnel, missing error) {
	f, ok := s.deps.Catalog.Funnel(id)
	if !ok {
		return nil, errFunnelNotFound
	}
	x.siteID = f.Site
	return f, nil
}

var errFunnelNotFound = notFound("Funnel not found")

// getFunnel serves GET /api/funnels/:id.
func (s *Server) getFunnel(x *exchange) (action, error) {
	f, missing := s.funnelOf(x, x.c.Param("id"))
	r, err := s.rangeParam(x, x.siteID, "30d")
	switch {
	case err != nil:
		return nil, err
	case missing != nil:
		return nil, missing
	}
	return func() error { return s.answerFunnel(x, f, r) }, nil
}

// answerFunnel answers with a funnel and what it reached in the range.
func (s *Server) answerFunnel(x *exchange, f *analytics.Funnel, r analytics.Range) error {
	q := s.funnelQuestion(f, "", report.Filters{}, r)
	sum, err := sumOf[*report.FunnelSum](x.c.Request.Context(), s.deps.Reader, f.Site, q, r)
	if err != nil {
		return err
	}
	data(x.c, http.StatusOK, s.viewFunnel(f, sum))
	return nil
}

// funnelStats serves GET /api/funnels/:id/stats.
func (s *Server) funnelStats(x *exchange) (action, error) {
	f, missing := s.funnelOf(x, x.c.Param("id"))
	r, err := s.rangeParam(x, x.siteID, "30d")
	if err != nil {
		return nil, err
	}
	device := x.c.Query("device")
	switch device {
	case "", "desktop", "mobile", "tablet":
	default:
		return nil, invalid("Invalid device")
	}
	filters, err := s.filtersParam(x, x.siteID)
	if err != nil {
		return nil, err
	}
	if missing != nil {
		return nil, missing
	}
	return func() error {
		q := s.funnelQuestion(f, device, filters, r)
		sum, err := sumOf[*report.FunnelSum](x.c.Request.Context(), s.deps.Reader, f.Site, q, r)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, sum.Report(f, r))
		return nil
	}, nil
}

// createFunnel serves POST /api/funnels.
func (s *Server) createFunnel(x *exchange) (action, error) {
	var body funnelBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if x.siteID = analytics.SiteID(textOf(&body.SiteID)); x.siteID == "" {
		return nil, errSiteRequired
	}
	body.Steps.sent = true // required
	f := &analytics.Funnel{Site: x.siteID, TimeWindow: defaultWindow, Backfill: true}
	if err := body.put(f); err != nil {
		return nil, err
	}
	if err := s.stepsExist(x.siteID, f.Steps); err != nil {
		return nil, err
	}
	return func() error {
		now := s.instant()
		f.ID, f.CreatedBy, f.CreatedAt, f.UpdatedAt, f.TrackedSince = auth.NewID("funnel"), x.caller.UserID, now, now, now.UnixMilli()
		if err := s.storeNewFunnel(f); err != nil {
			return err
		}
		s.deps.Backfill.changed(f.Site)
		s.activity(x, funnelActivity("funnel.created", f, nil))
		data(x.c, http.StatusCreated, s.viewFunnel(f, nil))
		return nil
	}, nil
}

// stepsExist looks for the goals of steps, unless there is no site: that is told first.
func (s *Server) stepsExist(site analytics.SiteID, steps []analytics.Step) error {
	if _, ok := s.sites.Site(site); !ok {
		return nil
	}
	return s.deps.Catalog.goalsExist(site, steps)
}

func (s *Server) storeNewFunnel(f *analytics.Funnel) error {
	c := s.deps.Catalog
	defer c.changing()()
	if err := c.goalsFit(f); err != nil {
		return err
	}
	if c.funnels.count(f.Site) >= s.cfg.MaxFunnels {
		return limitReached("Funnel")
	}
	return c.funnels.put(f)
}

// changeFunnel serves PATCH /api/funnels and /api/funnels/:id.
func (s *Server) changeFunnel(x *exchange) (action, error) {
	var body funnelBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	id, err := sameID(x.c.Param("id"), textOf(&body.ID))
	if err != nil {
		return nil, err
	}
	sent := analytics.Funnel{Name: "any"}
	if err := body.put(&sent); err != nil {
		return nil, err
	}
	if _, err := s.funnelOf(x, id); err != nil {
		return nil, err
	}
	if err := s.stepsExist(x.siteID, sent.Steps); err != nil {
		return nil, err
	}
	return func() error {
		before, f, err := s.storeChangedFunnel(id, &body)
		if err != nil {
			return err
		}
		s.deps.Backfill.changed(f.Site)
		s.activity(x, funnelActivity("funnel.updated", f, changesOf(s.viewFunnel(before, nil), s.viewFunnel(f, nil), trackingFields...)))
		r, err := analytics.ResolveRange("30d", "", "", "", s.zone(f.Site), s.now().UnixMilli())
		if err != nil {
			return err
		}
		return s.answerFunnel(x, f, r)
	}, nil
}

func (s *Server) storeChangedFunnel(id string, body *funnelBody) (before, after *analytics.Funnel, err error) {
	c := s.deps.Catalog
	defer c.changing()()
	before, ok := c.Funnel(id)
	if !ok { // deleted a moment ago
		return nil, nil, errFunnelNotFound
	}
	f := *before
	if err := body.put(&f); err != nil {
		return nil, nil, err
	}
	if err := c.goalsFit(&f); err != nil {
		return nil, nil, err
	}
	f.UpdatedAt = s.instant()
	if !sameWay(before, &f) {
		f.TrackedSince = f.UpdatedAt.UnixMilli()
	}
	return before, &f, c.funnels.put(&f)
}

// deleteFunnel serves DELETE /api/funnels and /api/funnels/:id.
func (s *Server) deleteFunnel(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	f, err := s.funnelOf(x, id)
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := s.dropFunnel(id); err != nil {
			return err
		}
		s.deps.Backfill.changed(x.siteID)
		s.activity(x, funnelActivity("funnel.deleted", f, nil))
		done(x.c, "Funnel deleted successfully")
		return nil
	}, nil
}

func (s *Server) dropFunnel(id string) error {
	c := s.deps.Catalog
	defer c.changing()()
	f, ok := c.Funnel(id)
	if !ok {
		return errFunnelNotFound
	}
	return c.removeFunnel(f, s.instant())
}
