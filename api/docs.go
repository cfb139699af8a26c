package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"
)

// The page of GET /docs: api/openapi.yaml for people. It is rendered here, once, and works without a script and without any other file.

//go:embed pages/docs.html pages/docs.css
var docsFiles embed.FS

var docsTemplate = template.Must(template.New("docs.html").ParseFS(docsFiles, "pages/docs.html"))

// docsStyle stands in the page; the policy names it by its hash.
var docsStyle, docsPolicy = func() (template.CSS, string) {
	css, err := docsFiles.ReadFile("pages/docs.css")
	if err != nil {
		panic(fmt.Errorf("api: the style of the documentation: %w", err)) // a broken binary
	}
	sum := sha256.Sum256(css)
	return template.CSS(css), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// fixedFile is a file that is the same for all callers, plain and packed.
type fixedFile struct{ plain, packed []byte }

func newFixedFile(plain []byte) (*fixedFile, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return &fixedFile{plain, b.Bytes()}, nil
}

// send answers with the file, packed where the client can unpack it.
func (f *fixedFile) send(x *exchange, kind string) {
	h := x.c.Writer.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if strings.Contains(x.c.GetHeader("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	x.c.Data(http.StatusOK, kind, body)
}

// docsPage renders the page at the first question.
var docsPage = sync.OnceValues(func() (*fixedFile, error) {
	page, err := readDocs(openAPI)
	if err != nil {
		return nil, fmt.Errorf("read the API's document: %w", err)
	}
	page.Style = docsStyle
	var b bytes.Buffer
	if err := docsTemplate.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("render the documentation: %w", err)
	}
	return newFixedFile(b.Bytes())
})

// docs serves GET /docs.
func (s *Server) docs(x *exchange) (action, error) {
	return func() error {
		page, err := docsPage()
		if err != nil {
			return err
		}
		x.c.Header("Content-Security-Policy", docsPolicy)
		page.send(x, "text/html; charset=utf-8")
		return nil
	}, nil
}
