package apicheck

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// everyAnswer is the document's extension that describes the headers of all answers.
const everyAnswer = "x-headers"

// ofHTTP are headers that belong to HTTP and its connections, not to the API.
var ofHTTP = []string{"Accept-Ranges", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Last-Modified", "Transfer-Encoding", "Vary"}

// checkQuery says which parameter of a query the document does not have.
func checkQuery(route *routers.Route, query url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil &&
			route.PathItem.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return fmt.Errorf("the document does not have the parameter %q", name)
		}
	}
	return nil
}

// checkHeaders says which header of an answer the document does not have. What it does not say may be kept must not be.
func (d *Document) checkHeaders(h http.Header, r *openapi3.Response) error {
	if r == nil {
		return nil // the status itself is not there
	}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if !d.headers[name] && !describes(r, name) && !slices.Contains(ofHTTP, name) {
			return fmt.Errorf("the document does not have the header %s", name)
		}
	}
	if caching := h.Get("Cache-Control"); caching != "" && caching != "no-store" && !describes(r, "Cache-Control") {
		return fmt.Errorf("the document does not have Cache-Control: %s", caching)
	}
	return nil
}

func describes(r *openapi3.Response, header string) bool {
	for name := range r.Headers {
		if strings.EqualFold(name, header) {
			return true
		}
	}
	return false
}

// headersOfAll reads everyAnswer, in canonical form.
func headersOfAll(spec *openapi3.T) map[string]bool {
	names := make(map[string]bool)
	list, _ := spec.Extensions[everyAnswer].(map[string]any)
	for name := range list {
		names[http.CanonicalHeaderKey(name)] = true
	}
	return names
}

// trimmed is a JSON body with its texts as the API reads them: without space around. What is no JSON stays as it is.
func trimmed(body []byte) []byte {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return body
	}
	text, err := json.Marshal(trimTexts(value))
	if err != nil {
		return body
	}
	return text
}

func trimTexts(value any) any {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v)
	case []any:
		for i := range v {
			v[i] = trimTexts(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = trimTexts(v[name])
		}
	}
	return value
}
