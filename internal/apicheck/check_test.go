package apicheck

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const shop = `
openapi: '3.0.3'
info: {title: shop, version: '1'}
servers: [{url: /}]
x-headers: {X-Request-Id: names the request, Cache-Control: "no-store, where nothing else is said"}
paths:
  /api/things/{id}:
    patch:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: dry, in: query, schema: {type: boolean}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}
      responses:
        '200':
          description: OK
          headers: {X-Left: {schema: {type: integer}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '400':
          description: '` + "`Name is required` · `{field} must be a {type}`" + `'
          content: {application/json: {schema: {type: object, required: [error], properties: {error: {type: string}}}}}
        '202':
          description: A picture
          headers: {Cache-Control: {schema: {type: string, enum: [no-cache]}}}
          content: {image/png: {schema: {type: string, format: binary}}}
components:
  schemas:
    Change: {type: object, required: [name], properties: {name: {type: string, enum: [a, b]}}}
    Thing:
      type: object
      required: [at]
      properties: {at: {type: string, format: date-time}, day: {type: string, format: date}, parts: {type: array, items: {$ref: '#/components/schemas/Change'}}}
`

const (
	aName  = `{"name":"a"}`
	aThing = `{"at":"2026-01-15T16:30:20.000Z"}`
)

func TestCheck(t *testing.T) {
	d, err := Load([]byte(shop))
	require.NoError(t, err)
	require.Equal(t, []string{"PATCH /api/things/{id}"}, d.Calls())
	f := func(want, target, sent string, status int, answer string, head ...string) {
		t.Helper()
		h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
		for i := 0; i < len(head); i += 2 {
			h.Set(head[i], head[i+1])
		}
		e := Exchange{Request: httptest.NewRequest("PATCH", target, nil), Sent: []byte(sent), Status: status, Header: h, Answer: []byte(answer)}
		got := d.Check(e)
		if want == "" {
			require.NoError(t, got)
			return
		}
		require.ErrorContains(t, got, want)
		e.Odd = true
		if strings.HasPrefix(want, "the request") {
			require.NoError(t, d.Check(e), "the answer is right")
		} else {
			require.ErrorContains(t, d.Check(e), want, "the answer is wrong, whatever the request is")
		}
	}
	const thing = "/api/things/1"
	f("", thing, aName, 200, aThing)
	f("", thing, `{"name":" a "}`, 200, aThing)
	f("", thing+"?dry=true", aName, 200, aThing, "X-Request-Id", "1", "X-Left", "2", "Cache-Control", "no-store", "Date", "today")
	f("", thing, `{"name":7}`, 400, `{"error":"name must be a string"}`)
	f("", thing, aName, 202, "PNG", "Content-Type", "image/png", "Cache-Control", "no-cache")
	f("", "/api/nothing", "", 404, `{"error":"Not found"}`)
	f("", "/page", "", 200, "page")

	f("the document does not have this call", "/api/nothing", "", 200, aThing)
	f("the request was taken", thing, `{}`, 200, aThing)
	f("the request was taken", thing, `{"name":"c"}`, 200, aThing)
	f("the request was taken", thing, `{"name":"a","more":1}`, 200, aThing)
	f("the request was taken", thing+"?dry=maybe", aName, 200, aThing)
	f(`the request was taken: the document does not have the parameter "wet"`, thing+"?wet=1", aName, 200, aThing)
	f("status is not supported", thing, aName, 201, aThing)
	f("status is not supported", thing, aName, 500, `{"error":"Internal server error"}`)
	f(`property "more" is unsupported`, thing, aName, 200, `{"at":"2026-01-15T16:30:20.000Z","more":1}`)
	f(`property "more" is unsupported`, thing, aName, 200, `{"at":"2026-01-15T16:30:20.000Z","parts":[{"name":"a","more":1}]}`)
	f(`property "at" is missing`, thing, aName, 200, `{}`)
	f("at /at:", thing, aName, 200, `{"at":"2026-01-15T16:30:20Z"}`)
	f("at /day:", thing, aName, 200, `{"at":"2026-01-15T16:30:20.000Z","day":"15.1.2026"}`)
	f("the document does not have the header X-More", thing, aName, 200, aThing, "X-More", "1")
	f("header", thing, aName, 200, aThing, "X-Left", "two")
	f("the document does not have Cache-Control: max-age=1", thing, aName, 200, aThing, "Cache-Control", "max-age=1")
	f("answer 200 is text/csv", thing, aName, 200, "a,b", "Content-Type", "text/csv")
	f(`says "Name is needed"`, thing, "{}", 400, `{"error":"Name is needed"}`)
}

func TestCheckExample(t *testing.T) {
	d, err := Load([]byte(shop))
	require.NoError(t, err)
	const call = "PATCH /api/things/{id}"
	require.NoError(t, d.CheckExample(call, 0, []byte(aName)))
	require.NoError(t, d.CheckExample(call, 200, []byte(aThing)))
	require.ErrorContains(t, d.CheckExample("GET /api/things/{id}", 200, []byte(aThing)), "does not have this call")
	require.ErrorContains(t, d.CheckExample(call, 202, []byte(aThing)), "no JSON there")
	require.ErrorContains(t, d.CheckExample(call, 200, []byte("{")), "read example")
	require.ErrorContains(t, d.CheckExample(call, 200, []byte(aName)), "check example")
	_, err = Load([]byte("openapi: '3.0.3'"))
	require.ErrorContains(t, err, "check document")
	_, err = Load([]byte("{"))
	require.ErrorContains(t, err, "read document")
}

// What a client exchanges is reported when its answer was read, and passes unchanged.
func TestTransport(t *testing.T) {
	d, err := Load([]byte(shop))
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Has("dry") {
			w.Header().Set("X-More", "1")
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, aThing)
	}))
	defer server.Close()
	var reports []string
	client := http.Client{Transport: &Transport{Document: d, Base: http.DefaultTransport, Report: func(err error) { reports = append(reports, err.Error()) }}}
	defer client.CloseIdleConnections()
	f := func(query, sent string) {
		t.Helper()
		r, err := http.NewRequest("PATCH", server.URL+"/api/things/1"+query, strings.NewReader(sent))
		require.NoError(t, err)
		res, err := client.Do(r)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, aThing, string(text))
	}
	f("", aName)
	require.Empty(t, reports)
	f("?dry=true", aName)
	f("", `{"name":"c"}`)
	require.Len(t, reports, 2)
	require.Contains(t, reports[0], "/api/things/1?dry=true: answer 200: the document does not have the header X-More")
	require.Contains(t, reports[1], "the request was taken")
}
