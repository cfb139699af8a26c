package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// exportUser serves GET /api/user/export: what the server keeps about the caller, without secrets.
func (s *Server) exportUser(x *exchange) (action, error) {
	return func() error {
		u, ok := s.deps.Accounts.User(x.caller.UserID)
		if !ok { // deleted a moment ago
			return auth.ErrToken
		}
		s.activity(x, Activity{Action: "account.exported", Target: ActivityTarget{Type: userTarget, ID: u.ID}})
		keys := []keyView{}
		for _, k := range s.deps.Accounts.Keys(u.ID) {
			keys = append(keys, viewKey(k))
		}
		log := []any{}
		err := s.deps.Activity.Of(x.c.Request.Context(), u.ID, func(entry any) error {
			log = append(log, entry)
			return nil
		})
		if err != nil {
			return err
		}
		segments := []segmentView{}
		for _, g := range s.deps.Catalog.segments.where(func(g *analytics.Segment) bool { return g.CreatedBy == u.ID }) {
			segments = append(segments, viewSegment(g))
		}
		annotations := []annotationView{}
		for _, a := range s.deps.Catalog.annotations.where(func(a *Annotation) bool { return a.CreatedBy == u.ID }) {
			annotations = append(annotations, viewAnnotation(a))
		}
		body, err := json.Marshal(gin.H{"data": gin.H{
			"user": viewUser(u), "sessions": s.sessionViews(x), "apiKeys": keys, "memberships": s.ownTeams(x.caller),
			"segments": segments, "annotations": annotations, "activity": log,
		}})
		if err != nil {
			return err //nolint:wrapcheck // cannot be: all are plain values
		}
		x.c.Header("Content-Disposition", `attachment; filename="account-`+s.now().UTC().Format("2006-01-02")+`.json"`)
		x.c.Data(http.StatusOK, "application/json; charset=utf-8", body)
		return nil
	}, nil
}
