package api

import (
	_ "embed" // the document
	"net/http"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the API's OpenAPI document, as GET /api/openapi.yaml serves it. The slice is shared and must not be changed.
func OpenAPI() []byte { return openAPI }

// openapi serves GET /api/openapi.yaml.
func (s *Server) openapi(x *exchange) (action, error) {
	return func() error {
		x.c.Header("Cache-Control", "no-cache")
		x.c.Data(http.StatusOK, "application/yaml; charset=utf-8", openAPI)
		return nil
	}, nil
}
