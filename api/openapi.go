package api

import (
	_ "embed" // the document
	"sync"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the API's OpenAPI document, as GET /api/openapi.yaml serves it. The slice is shared and must not be changed.
func OpenAPI() []byte { return openAPI }

var openAPIFile = sync.OnceValues(func() (*fixedFile, error) { return newFixedFile(openAPI) })

// openapi serves GET /api/openapi.yaml.
func (s *Server) openapi(x *exchange) (action, error) {
	return func() error {
		file, err := openAPIFile()
		if err != nil {
			return err
		}
		file.send(x, "application/yaml; charset=utf-8")
		return nil
	}, nil
}
