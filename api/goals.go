package api

import (
	"net/http"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/api/auth"
)

// goalView is a goal as answers show it, with what it reached in the range that was asked for.
type goalView struct {
	ID                string             `json:"id"`
	SiteID            analytics.SiteID   `json:"siteId"`
	Name              string             `json:"name"`
	Type              analytics.GoalType `json:"type"`
	*pathView                            // of pageview goals
	*eventView                           // of event goals
	DurationSeconds   int64              `json:"durationSeconds,omitempty"` // of duration goals
	Value             float64            `json:"value"`
	Completions       int64              `json:"completions"`
	UniqueCompletions int64              `json:"uniqueCompletions"`
	ConversionRate    float64            `json:"conversionRate"`
	trackingView
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

// pathView and eventView show what goals and steps match.
type pathView struct {
	Path      string              `json:"path"`
	MatchType analytics.MatchType `json:"matchType"`
}

type eventView struct {
	EventAction   string  `json:"eventAction"`
	EventCategory *string `json:"eventCategory"`
	EventLabel    *string `json:"eventLabel"`
}

// trackingView shows from when on a goal or a funnel counts events.
type trackingView struct {
	TrackedSince     *string  `json:"trackedSince"`
	BackfillProgress *float64 `json:"backfillProgress"`
}

func (s *Server) viewTracking(id string, wanted bool, since int64) trackingView {
	if since == 0 {
		return trackingView{}
	}
	at := instant(time.UnixMilli(since))
	return trackingView{&at, s.deps.Backfill.progressOf(id, wanted, since)}
}

func (s *Server) viewGoal(g *analytics.Goal, totals *report.GoalTotalsSum) goalView {
	v := goalView{
		ID: g.ID, SiteID: g.Site, Name: g.Name, Type: g.Type, DurationSeconds: g.DurationSeconds, Value: fixedNumber(g.Value),
		trackingView: s.viewTracking(g.ID, g.Backfill, g.TrackedSince), CreatedAt: instant(g.CreatedAt), UpdatedAt: instant(g.UpdatedAt),
	}
	switch g.Type {
	case analytics.PageviewGoal:
		v.pathView = &pathView{g.Path, g.MatchType}
	case analytics.EventGoal:
		v.eventView = &eventView{g.EventAction, textOrNull(g.EventCategory), textOrNull(g.EventLabel)}
	}
	if totals != nil {
		c := totals.Goals[g.ID]
		v.Completions, v.UniqueCompletions, v.ConversionRate = c.Completions, c.Visitors, totals.Rate(c)
	}
	return v
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// listGoals serves GET /api/goals.
func (s *Server) listGoals(x *exchange) (action, error) {
	r, err := s.rangeParam(x, x.siteID, "30d")
	if err != nil {
		return nil, err
	}
	filters, err := s.filtersParam(x, x.siteID)
	if err != nil {
		return nil, err
	}
	return func() error {
		views := []goalView{}
		goals := s.deps.Catalog.Goals(x.siteID)
		if len(goals) > 0 {
			totals, err := sumOf[*report.GoalTotalsSum](x.c.Request.Context(), s.deps.Reader, x.siteID, report.GoalTotals(goals, filters), r)
			if err != nil {
				return err
			}
			for _, g := range goals {
				views = append(views, s.viewGoal(g, totals))
			}
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// goalOf finds the goal with an id, and with it the site whose right the caller needs. That there is none is told once the parameters are known
// to be good.
func (s *Server) goalOf(x *exchange, id string) (g *analytics.Goal, missing error) {
	g, ok := s.deps.Catalog.Goal(id)
	if !ok {
		return nil, errGoalNotFound
	}
	x.siteID = g.Site
	return g, nil
}

var errGoalNotFound = notFound("Goal not found")

// getGoal serves GET /api/goals/:id.
func (s *Server) getGoal(x *exchange) (action, error) {
	g, missing := s.goalOf(x, x.c.Param("id"))
	r, err := s.rangeParam(x, x.siteID, "30d")
	switch {
	case err != nil:
		return nil, err
	case missing != nil:
		return nil, missing
	}
	return func() error { return s.answerGoal(x, g, r) }, nil
}

// answerGoal answers with a goal and what it reached in the range.
func (s *Server) answerGoal(x *exchange, g *analytics.Goal, r analytics.Range) error {
	q := report.GoalTotals([]*analytics.Goal{g}, report.Filters{})
	totals, err := sumOf[*report.GoalTotalsSum](x.c.Request.Context(), s.deps.Reader, g.Site, q, r)
	if err != nil {
		return err
	}
	data(x.c, http.StatusOK, s.viewGoal(g, totals))
	return nil
}

// goalStats serves GET /api/goals/:id/stats.
func (s *Server) goalStats(x *exchange) (action, error) {
	g, missing := s.goalOf(x, x.c.Param("id"))
	r, err := s.rangeParam(x, x.siteID, "30d")
	if err != nil {
		return nil, err
	}
	filters, err := s.filtersParam(x, x.siteID)
	if err != nil {
		return nil, err
	}
	limit, err := x.limitParam(50, 10)
	if err != nil {
		return nil, err
	}
	if missing != nil {
		return nil, missing
	}
	return func() error {
		q := report.GoalDetail(g, filters, r.Interval)
		sum, err := sumOf[*report.GoalDetailSum](x.c.Request.Context(), s.deps.Reader, g.Site, q, r)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, sum.Report(g, r, limit))
		return nil
	}, nil
}

// createGoal serves POST /api/goals.
func (s *Server) createGoal(x *exchange) (action, error) {
	var body goalBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if x.siteID = analytics.SiteID(textOf(&body.SiteID)); x.siteID == "" {
		return nil, errSiteRequired
	}
	body.Type.sent = true // required
	g := &analytics.Goal{Site: x.siteID, Type: analytics.GoalType(textOf(&body.Type)), Backfill: true}
	if err := body.common(g); err != nil {
		return nil, err
	}
	if err := body.matching(g); err != nil {
		return nil, err
	}
	return func() error {
		now := s.instant()
		g.ID, g.CreatedBy, g.CreatedAt, g.UpdatedAt = auth.NewID("goal"), x.caller.UserID, now, now
		g.TrackedSince, g.MatchedSince = now.UnixMilli(), now
		if err := s.storeNewGoal(g); err != nil {
			return err
		}
		s.deps.Backfill.changed(g.Site)
		s.activity(x, goalActivity("goal.created", g, nil))
		data(x.c, http.StatusCreated, s.viewGoal(g, nil))
		return nil
	}, nil
}

var errSiteRequired = invalid("Site ID required")

func (s *Server) storeNewGoal(g *analytics.Goal) error {
	c := s.deps.Catalog
	defer c.changing()()
	if c.goals.count(g.Site) >= s.cfg.MaxGoals {
		return limitReached("Goal")
	}
	return c.goals.put(g)
}

// limitReached is the answer to one thing too many (README §3).
func limitReached(thing string) *Problem {
	return problem(http.StatusForbidden, codeLimit, thing+" limit reached")
}

// instant is now, in the precision that answers show.
func (s *Server) instant() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// changeGoal serves PATCH /api/goals and /api/goals/:id.
func (s *Server) changeGoal(x *exchange) (action, error) {
	var body goalBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	id, err := sameID(x.c.Param("id"), textOf(&body.ID))
	if err != nil {
		return nil, err
	}
	if err := body.common(&analytics.Goal{Name: "any"}); err != nil {
		return nil, err
	}
	if _, err := s.goalOf(x, id); err != nil {
		return nil, err
	}
	return func() error {
		before, g, err := s.storeChangedGoal(id, &body)
		if err != nil {
			return err
		}
		s.deps.Backfill.changed(g.Site)
		s.activity(x, goalActivity("goal.updated", g, changesOf(s.viewGoal(before, nil), s.viewGoal(g, nil), trackingFields...)))
		r, err := analytics.ResolveRange("30d", "", "", "", s.zone(g.Site), s.now().UnixMilli())
		if err != nil {
			return err
		}
		return s.answerGoal(x, g, r)
	}, nil
}

func (s *Server) storeChangedGoal(id string, body *goalBody) (before, after *analytics.Goal, err error) {
	c := s.deps.Catalog
	defer c.changing()()
	before, ok := c.Goal(id)
	if !ok { // deleted a moment ago
		return nil, nil, errGoalNotFound
	}
	if body.Type.sent && textOf(&body.Type) != string(before.Type) {
		return nil, nil, invalid("Goal type cannot be changed")
	}
	g := *before
	if err := body.common(&g); err != nil {
		return nil, nil, err
	}
	if err := body.matching(&g); err != nil {
		return nil, nil, err
	}
	g.UpdatedAt = s.instant()
	if !sameMatching(before, &g) {
		g.TrackedSince, g.MatchedSince = g.UpdatedAt.UnixMilli(), g.UpdatedAt
	}
	return before, &g, c.changeGoal(before, &g)
}

// deleteGoal serves DELETE /api/goals and /api/goals/:id.
func (s *Server) deleteGoal(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	g, err := s.goalOf(x, id)
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := s.dropGoal(id); err != nil {
			return err
		}
		s.deps.Backfill.changed(x.siteID)
		s.activity(x, goalActivity("goal.deleted", g, nil))
		done(x.c, "Goal deleted successfully")
		return nil
	}, nil
}

func (s *Server) dropGoal(id string) error {
	c := s.deps.Catalog
	defer c.changing()()
	g, ok := c.Goal(id)
	if !ok {
		return errGoalNotFound
	}
	for _, f := range c.Funnels(g.Site) {
		if usesGoal(f, id) {
			return problem(http.StatusConflict, codeConflict, "Goal is used by funnel "+f.ID)
		}
	}
	return c.removeGoal(g, s.instant())
}
