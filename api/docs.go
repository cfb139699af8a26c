package api

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the style
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/ztas-io/ztas/api/markup"
)

// docsStyle is the style of the page of GET /docs, which is rendered once and works without a script and without any other file.
//
//go:embed pages/docs.css
var docsStyle string

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
	view, err := readDocs(openAPI)
	if err != nil {
		return nil, fmt.Errorf("read the API's document: %w", err)
	}
	return newFixedFile(view.page().Bytes())
})

// docs serves GET /docs.
func (s *Server) docs(x *exchange) (action, error) {
	return func() error {
		page, err := docsPage()
		if err != nil {
			return err
		}
		x.c.Header("Content-Security-Policy", markup.Style(docsStyle).Policy())
		page.send(x, "text/html; charset=utf-8")
		return nil
	}, nil
}
