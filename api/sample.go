package api

import (
	"net/http"

	"github.com/ztas-io/ztas/analytics/report"
)

// sampleView is a stored event in the columns of data-model.md, without its place in the log and its checksum.
type sampleView struct {
	*report.StoredEvent
	Position *int64  `json:"position,omitempty"`
	Index    *int64  `json:"index,omitempty"`
	Checksum *string `json:"checksum,omitempty"`
}

// sample serves GET /api/sites/:id/sample.
func (s *Server) sample(x *exchange) (action, error) {
	return func() error {
		ctx, cancel := patient(x.c)
		defer cancel()
		e, err := s.deps.History.LatestEvent(ctx, x.siteID)
		if err != nil {
			return err
		}
		if e == nil {
			data(x.c, http.StatusOK, nil)
			return nil
		}
		data(x.c, http.StatusOK, sampleView{StoredEvent: e})
		return nil
	}, nil
}
