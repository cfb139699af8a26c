package api

import "net/http"

// realtime serves GET /api/realtime.
func (s *Server) realtime(x *exchange) (action, error) {
	detail, err := x.boolQuery("detail")
	if err != nil {
		return nil, err
	}
	return func() error {
		report, err := s.deps.Reader.Realtime(x.c.Request.Context(), x.siteID, s.now().UnixMilli(), detail)
		if err != nil {
			return err
		}
		x.c.Header("Cache-Control", "no-cache")
		data(x.c, http.StatusOK, report)
		return nil
	}, nil
}
