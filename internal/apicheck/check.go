package apicheck

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Exchange is a request and its answer, with their bodies.
type Exchange struct {
	Request *http.Request // its body is not read
	Sent    []byte
	Odd     bool // the request has on purpose what the document does not: only the answer is checked
	Status  int
	Header  http.Header
	Answer  []byte
}

// partsInBody marks operations whose body may hold parts that are wrong, which the answer tells one by one.
const partsInBody = "x-answers-parts"

// Check says what of an exchange the document does not allow. A request is held to it when the server took it: one that was refused may be
// anything, but its refusal must be one of the document's, to the letter.
func (d *Document) Check(e Exchange) error {
	route, params, err := d.router.FindRoute(e.Request)
	if err != nil {
		return d.checkUnknown(e)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: e.Request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, IncludeResponseStatus: true,
			ExcludeRequestBody: route.Operation.Extensions[partsInBody] == true,
		},
	}
	input.Options.WithCustomSchemaErrorFunc(briefly)
	if e.Status < http.StatusBadRequest && !e.Odd {
		if err := checkQuery(route, e.Request.URL.Query()); err != nil {
			return fmt.Errorf("the request was taken: %w", err)
		}
		if input.Request = withBody(e, route); input.Request.ContentLength == 0 && route.Operation.RequestBody != nil && !route.Operation.RequestBody.Value.Required {
			input.Options.ExcludeRequestBody = true
		}
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			return fmt.Errorf("the request was taken: %w", err)
		}
	}
	return d.checkAnswer(e, input)
}

// briefly says where a value does not fit, without the schema and the value.
func briefly(err *openapi3.SchemaError) string {
	why := err.Reason
	if err.Origin != nil {
		why = err.Origin.Error()
	}
	return fmt.Sprintf("at /%s: %s", strings.Join(err.JSONPointer(), "/"), why)
}

// checkUnknown allows calls that the document does not have to be refused, and nothing else. Pages and files outside the API are no calls.
func (d *Document) checkUnknown(e Exchange) error {
	switch {
	case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed, e.Status == http.StatusNoContent && e.Request.Method == http.MethodOptions:
		return nil
	case !strings.HasPrefix(e.Request.URL.Path, "/api/"), e.Request.Method == http.MethodHead:
		return nil
	default:
		return errors.New("the document does not have this call")
	}
}

// withBody gives the request's body back, as JSON where that is what the document wants and the client did not say: the API takes it so.
func withBody(e Exchange, route *routers.Route) *http.Request {
	r := e.Request.Clone(context.Background())
	sent := trimmed(e.Sent)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(sent)), int64(len(sent))
	if body := route.Operation.RequestBody; body != nil && body.Value.Content.Get(r.Header.Get("Content-Type")) == nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (d *Document) checkAnswer(e Exchange, input *openapi3filter.RequestValidationInput) error {
	if err := d.checkHeaders(e.Header, responseOf(input.Route, e.Status)); err != nil {
		return fmt.Errorf("answer %d: %w", e.Status, err)
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.Status, Header: e.Header, Options: input.Options,
		Body: io.NopCloser(bytes.NewReader(e.Answer)),
	}
	if media, _, err := mime.ParseMediaType(e.Header.Get("Content-Type")); err == nil && media != "application/json" {
		opaque := *input.Options
		opaque.ExcludeResponseBody = true // a picture, a table or a page: the library cannot read it
		answer.Options = &opaque
		if r := responseOf(input.Route, e.Status); r != nil && len(r.Content) > 0 && r.Content.Get(media) == nil {
			return fmt.Errorf("answer %d is %s, which the document does not have there", e.Status, media)
		}
	}
	if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
		return fmt.Errorf("answer %d: %w", e.Status, err)
	}
	if e.Status < http.StatusBadRequest || answer.Options.ExcludeResponseBody {
		return nil
	}
	return d.checkMessage(e, responseOf(input.Route, e.Status))
}

func responseOf(route *routers.Route, status int) *openapi3.Response {
	if ref := route.Operation.Responses.Status(status); ref != nil {
		return ref.Value
	}
	return nil
}

func (d *Document) checkMessage(e Exchange, r *openapi3.Response) error {
	var body struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(e.Answer, &body); err != nil {
		return fmt.Errorf("answer %d is no error of the API: %w", e.Status, err)
	}
	for _, m := range d.messages[r] {
		if m.MatchString(body.Error) {
			return nil
		}
	}
	return fmt.Errorf("answer %d says %q, which the document does not have there", e.Status, body.Error)
}

// CheckExample says whether a JSON text fits a call's request body (status 0) or its answer. call is as in Calls.
func (d *Document) CheckExample(call string, status int, text []byte) error {
	method, path, _ := strings.Cut(call, " ")
	item := d.spec.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return errors.New("the document does not have this call")
	}
	operation, content := item.GetOperation(method), openapi3.Content(nil)
	if status == 0 && operation.RequestBody != nil {
		content = operation.RequestBody.Value.Content
	} else if r := operation.Responses.Status(status); r != nil {
		content = r.Value.Content
	}
	media := content.Get("application/json")
	if media == nil || media.Schema == nil {
		return errors.New("the document has no JSON there")
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("read example: %w", err)
	}
	if err := media.Schema.Value.VisitJSON(value); err != nil {
		return fmt.Errorf("check example: %w", err)
	}
	return nil
}
