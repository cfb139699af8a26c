package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// elements calls f for each element below a node.
func elements(n *html.Node, f func(e *html.Node)) {
	for below := range n.Descendants() {
		if below.Type == html.ElementNode {
			f(below)
		}
	}
}

func attribute(e *html.Node, name string) string {
	for _, a := range e.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// The page has every call, every schema and every message of the document, and every link leads somewhere.
func TestDocsPage(t *testing.T) {
	w := newWorld(t)
	a := w.call("GET", "/docs", "", nil)
	require.Equal(t, []any{200, "text/html; charset=utf-8", "no-cache"}, []any{a.code, a.head.Get("Content-Type"), a.head.Get("Cache-Control")})
	page, err := html.Parse(strings.NewReader(a.text))
	require.NoError(t, err)
	ids, headings := map[string]int{}, map[string]int{}
	var texts strings.Builder
	elements(page, func(e *html.Node) {
		if id := attribute(e, "id"); id != "" {
			ids[id]++
		}
		var text strings.Builder
		for below := range e.Descendants() {
			if below.Type == html.TextNode {
				text.WriteString(below.Data)
			}
		}
		switch e.Data {
		case "h3":
			headings[strings.TrimSpace(text.String())]++
		case "code":
			texts.WriteString(text.String() + "\n")
		}
	})
	for id, n := range ids {
		require.Equal(t, 1, n, id)
	}
	elements(page, func(e *html.Node) {
		if target, ok := strings.CutPrefix(attribute(e, "href"), "#"); ok {
			require.Equal(t, 1, ids[target], "a link leads to %s", target)
		}
	})
	d, err := document()
	require.NoError(t, err)
	for _, call := range d.Calls() {
		require.Equal(t, 1, headings[call], call)
	}
	for _, name := range []string{"Site", "Error", "Activity"} {
		require.Equal(t, 1, headings[name], name)
	}
	for _, code := range []string{"Invalid credentials", "Rate limit exceeded. Try again in {n} seconds.", "X-Request-Id", "avgSessionDuration"} {
		require.Contains(t, texts.String(), code+"\n")
	}
	for _, part := range []string{
		`at most <code>100</code>`, `{token: string, data: <a href="#schema-AuthResult">AuthResult</a>}`, `&#34;pageviews&#34;: 14808`,
		`<small>path</small> <small class="required">`,
	} {
		require.Contains(t, a.text, part)
	}
}

// Nothing in the page runs, comes from elsewhere or goes around its policy.
func TestDocsPolicy(t *testing.T) {
	w := newWorld(t)
	a := w.call("GET", "/docs", "", nil)
	page, err := html.Parse(strings.NewReader(a.text))
	require.NoError(t, err)
	var styles []string
	elements(page, func(e *html.Node) {
		require.NotContains(t, []string{"script", "iframe", "object", "embed", "link", "img", "form"}, e.Data)
		if e.Data == "style" {
			styles = append(styles, e.FirstChild.Data)
		}
		for _, attr := range e.Attr {
			require.NotContains(t, []string{"style", "src"}, attr.Key)
			require.False(t, strings.HasPrefix(attr.Key, "on"), attr.Key)
			if attr.Key == "href" {
				require.Regexp(t, `^(#|/)`, attr.Val)
			}
		}
	})
	require.Len(t, styles, 1)
	require.NotContains(t, styles[0], "url(")
	sum := sha256.Sum256([]byte(styles[0]))
	require.Equal(t, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", a.head.Get("Content-Security-Policy"))
}

// Both files come packed to whom asks for it, and are the same.
func TestDocumentIsServedPacked(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/docs", "/api/openapi.yaml"} {
		plain := w.call("GET", target, "", nil)
		packed := w.call("GET", target, "", nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip") })
		require.Equal(t, []string{"", "gzip"}, []string{plain.head.Get("Content-Encoding"), packed.head.Get("Content-Encoding")})
		require.Equal(t, "Accept-Encoding", packed.head.Get("Vary"))
		r, err := gzip.NewReader(strings.NewReader(packed.text))
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, string(text) == plain.text, target)
		t.Logf("%s: %d bytes, packed %d", target, len(plain.text), len(packed.text))
	}
	require.True(t, bytes.Equal([]byte(w.call("GET", "/api/openapi.yaml", "", nil).text), OpenAPI()))
}

// What the page says of types and limits.
func TestDocsTypes(t *testing.T) {
	view, err := readDocs([]byte(`
tags: [{name: All}]
components:
  schemas:
    A: {type: object, required: [a], properties: {a: {type: string, nullable: true, enum: [x, y, null]}, b: {type: array, maxItems: 3, items: {$ref: '#/components/schemas/B'}}}}
    B: {oneOf: [{$ref: '#/components/schemas/A'}, {type: integer, nullable: true}]}
    C: {type: object, additionalProperties: {type: string, format: date}}
    D: {type: number, minimum: 0, default: 5}
    E: {}
`))
	require.NoError(t, err)
	write := func(words []docsWord) string {
		var b strings.Builder
		for _, word := range words {
			b.WriteString(word.Text)
		}
		return b.String()
	}
	require.Len(t, view.Schemas, 5)
	a := view.Schemas[0]
	require.Equal(t, []string{"x y or null", "list of B, length at most 3"}, []string{write(a.Members[0].Type), write(a.Members[1].Type)})
	require.Equal(t, []bool{true, false}, []bool{a.Members[0].Required, a.Members[1].Required})
	for i, want := range []string{"A or integer or null", "object of date", "number, default 5, at least 0", "anything"} {
		require.Equal(t, want, write(view.Schemas[i+1].Type))
	}
	for _, text := range []string{"\t", ""} {
		_, err := readDocs([]byte(text))
		require.Error(t, err)
	}
}
