package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/internal/apicheck"
)

// document is api/openapi.yaml, read once for all tests.
var document = sync.OnceValues(func() (*apicheck.Document, error) { return apicheck.Load(OpenAPI()) })

// elsewhere are the calls of the document that no row of the router's table serves, with who does.
var elsewhere = map[string]string{
	"GET /js/analytics.js": "web",
	"GET /track.js":        "web",
	"GET /a.js":            "web",
	"GET /js/heatmap.js":   "web",
}

// ginParam is a parameter in a path of Gin.
var ginParam = regexp.MustCompile(`:(\w+)`)

func TestDocumentAndRouterHaveTheSameCalls(t *testing.T) {
	d, err := document()
	require.NoError(t, err)
	described := make(map[string]bool)
	for _, call := range d.Calls() {
		described[call] = true
	}
	routed := make(map[string]bool)
	for _, r := range newWorld(t).srv.routes() {
		call := r.method + " " + ginParam.ReplaceAllString(r.path, "{$1}")
		routed[call] = true
		if !described[call] {
			t.Errorf("%s is routed, and api/openapi.yaml does not have it", call)
		}
	}
	for call := range described {
		if !routed[call] && elsewhere[call] == "" {
			t.Errorf("%s is in api/openapi.yaml, and not routed", call)
		}
	}
}

// example is a block of testdata/examples.md with the heading above it.
var example = regexp.MustCompile("(?s)## (request|response) (\\S+ \\S+)(?: (\\d+))?\n\n```json\n(.*?)\n```")

// The contract's examples fit the document, whose objects are closed here.
func TestExamplesOfTheContract(t *testing.T) {
	d, err := document()
	require.NoError(t, err)
	text, err := os.ReadFile("testdata/examples.md")
	require.NoError(t, err)
	blocks := example.FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, strings.Count(string(text), "\n## "))
	for _, b := range blocks {
		status, _ := strconv.Atoi(b[3]) // a request has none: 0
		if err := d.CheckExample(b[2], status, []byte(b[4])); err != nil {
			t.Errorf("%s %s: %v", b[1], b[2], err)
		}
	}
}

type oddKey struct{}

// odd marks a request that has on purpose what the document does not.
func odd(r *http.Request) { *r = *r.WithContext(context.WithValue(r.Context(), oddKey{}, true)) }

// holdToDocument fails the test when a request that was taken, or an answer, is not as api/openapi.yaml has it.
func holdToDocument(t testing.TB, r *http.Request, sent string, answer *httptest.ResponseRecorder) {
	t.Helper()
	d, err := document()
	require.NoError(t, err)
	err = d.Check(apicheck.Exchange{
		Request: r, Sent: []byte(sent), Odd: r.Context().Value(oddKey{}) != nil,
		Status: answer.Code, Header: answer.Header(), Answer: answer.Body.Bytes(),
	})
	if err != nil {
		t.Errorf("%s %s %.300s: %v\n%.600s", r.Method, r.URL, sent, err, answer.Body)
	}
}
