// Package apicheck holds an HTTP API to its OpenAPI document: every request that the server took, and every answer that it gave, error texts and
// all. It is for tests only.
package apicheck

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Document is an OpenAPI document that exchanges are held to. For readers its objects are open, as both sides must ignore members that they do not
// know; here they are closed, so that the server neither sends nor reads anything undescribed. Safe for concurrent use.
type Document struct {
	spec     *openapi3.T
	router   routers.Router
	messages map[*openapi3.Response][]*regexp.Regexp
	headers  map[string]bool // that any answer may have, canonical
}

// instants are RFC 3339 in UTC with milliseconds: the document's date-time is no wider.
const instants = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`

// Load reads a document and checks it, its examples included.
func Load(yaml []byte) (*Document, error) {
	openapi3.DefineStringFormatValidator("date-time", openapi3.NewRegexpFormatValidator(instants))
	openapi3.DefineStringFormatValidator("date", openapi3.NewRegexpFormatValidator(`^\d{4}-\d\d-\d\d$`))
	spec, err := openapi3.NewLoader().LoadFromData(yaml)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	d := &Document{spec: spec, messages: make(map[*openapi3.Response][]*regexp.Regexp), headers: headersOfAll(spec)}
	closed := make(map[*openapi3.Schema]bool)
	for _, item := range spec.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				for _, media := range operation.RequestBody.Value.Content {
					closeObjects(media.Schema, closed)
				}
			}
			for _, r := range operation.Responses.Map() {
				for _, media := range r.Value.Content {
					closeObjects(media.Schema, closed)
				}
				d.messages[r.Value] = messagesOf(*r.Value.Description)
			}
		}
	}
	if err := spec.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("check document: %w", err)
	}
	if d.router, err = gorillamux.NewRouter(spec); err != nil {
		return nil, fmt.Errorf("route document: %w", err)
	}
	return d, nil
}

// Calls lists the calls of the document as "GET /api/goals/{id}", in no order.
func (d *Document) Calls() []string {
	var calls []string
	for path, item := range d.spec.Paths.Map() {
		for method := range item.Operations() {
			calls = append(calls, method+" "+path)
		}
	}
	return calls
}

// closeObjects forbids members that a schema does not name, in it and in all below.
func closeObjects(ref *openapi3.SchemaRef, done map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || done[ref.Value] {
		return
	}
	s := ref.Value
	done[s] = true
	if len(s.Properties) > 0 && s.AdditionalProperties.Schema == nil {
		closed := false
		s.AdditionalProperties.Has = &closed
	}
	for _, below := range s.Properties {
		closeObjects(below, done)
	}
	for _, list := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf, s.AllOf} {
		for _, below := range list {
			closeObjects(below, done)
		}
	}
	closeObjects(s.Items, done)
	closeObjects(s.AdditionalProperties.Schema, done)
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	varying = regexp.MustCompile(`\\\{\w+\\\}`)
)

// messagesOf reads the error texts that a response's description lists in backticks; {braces} stand for any text.
func messagesOf(description string) []*regexp.Regexp {
	var list []*regexp.Regexp
	for _, m := range quoted.FindAllStringSubmatch(description, -1) {
		pattern := varying.ReplaceAllString(regexp.QuoteMeta(strings.Join(strings.Fields(m[1]), " ")), `(?s:.*)`)
		list = append(list, regexp.MustCompile("^"+pattern+"$"))
	}
	return list
}
