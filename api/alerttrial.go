package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
)

// testAlert serves POST /api/alerts/:id/test.
func (s *Server) testAlert(x *exchange) (action, error) {
	a, err := s.alertOf(x, x.c.Param("id"))
	if err != nil {
		return nil, err
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(x.c.Request.Context()), alertTestTime)
		defer cancel()
		results, err := s.deps.Hooks.TestAlert(ctx, a)
		if err != nil {
			return err
		}
		worked := false
		views := make([]gin.H, len(results))
		for i, r := range results {
			worked = worked || r.Success
			views[i] = gin.H{"channel": r.Channel, "success": r.Success, "error": textOrNull(r.Error)}
		}
		data(x.c, http.StatusOK, gin.H{"success": worked, "results": views})
		return nil
	}, nil
}

// previewAlert serves POST /api/alerts/preview.
func (s *Server) previewAlert(x *exchange) (action, error) {
	a, err := s.readAlert(x, true)
	if err != nil {
		return nil, err
	}
	return func() error {
		series, firings, err := s.deps.Preview.Preview(x.c.Request.Context(), x.siteID, a)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, struct {
			Series  []pointView `json:"series"`
			Firings []pointView `json:"firings"`
		}{viewPoints(series), viewPoints(firings)})
		return nil
	}, nil
}

// pointView is one moment of a preview.
type pointView struct {
	At       string   `json:"at"`
	Value    *float64 `json:"value"`
	Baseline *float64 `json:"baseline"`
}

func viewPoints(points []analytics.AlertPoint) []pointView {
	views := make([]pointView, len(points))
	for i, p := range points {
		views[i] = pointView{instant(time.UnixMilli(p.At)), p.Value, p.Baseline}
	}
	return views
}
