// Package web holds the dashboard and the tracker as they were built (dist, tracker/dist) and serves them. The script and style files have
// fixed names, so that a build changes only what its source changed; those of the dashboard are served below the version of their build. A
// strong ETag, the hash of the bytes, tells browsers what they already have.
package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// dist has the packed forms only: the plain one is made of them, so that the program does not carry half a megabyte twice.
//
//go:embed dist/*.br dist/*.gz dist/assets/*.br dist/assets/*.gz
var dist embed.FS

// policy is the Content-Security-Policy of every page: own files and the own server only, no inline script or style, no markup from strings.
// Two exceptions, both of the heatmaps: pictures that the page fetched with its token (blob:), and the site's own page in a sandboxed frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; " +
	"frame-src http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// encodings are the packed forms of a file that dist may hold, in the order in which they are preferred.
var encodings = []struct{ token, ending string }{{"br", ".br"}, {"gzip", ".gz"}}

// variant is one form of a file. Each has an ETag of its own, because a strong ETag names bytes.
type variant struct {
	encoding string // "": as it is
	etag     string
	body     []byte
}

// file is one file with all its forms, packed ones first.
type file struct {
	contentType string
	variants    []variant
	cache       string // Cache-Control; "": no-cache, ask each time whether the ETag still holds
	public      bool   // a script of the tracker: any site may load it
}

// Handler serves the tracker's scripts, and the dashboard: its files by their path, index.html for every other path that looks like a page,
// 404 for the rest. It takes GET and HEAD, answers 304 to a matching If-None-Match, and sends brotli or gzip to those who accept it. It belongs behind every other
// route: /api, /ws and /js are never pages. Safe for concurrent use.
func Handler() http.Handler { return handler{load()} }

// load reads the files once. A dist that cannot be read was not built: a broken binary, hence the panic.
var load = sync.OnceValue(func() map[string]file {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(fmt.Errorf("web: dist: %w", err))
	}
	files, err := readFiles(root)
	if err != nil {
		panic(fmt.Errorf("web: dist: %w", err))
	}
	if files, err = withVersion(files); err != nil {
		panic(fmt.Errorf("web: dist: %w", err))
	}
	tracker, err := trackerFiles()
	if err != nil {
		panic(fmt.Errorf("web: tracker: %w", err))
	}
	maps.Copy(files, tracker)
	return files
})

// readFiles finds every file below root by its path ("/index.html"), with its packed forms. Of one that is there as gzip only the plain form is made.
func readFiles(root fs.FS) (map[string]file, error) {
	bodies := map[string][]byte{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		bodies["/"+name], err = fs.ReadFile(root, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	for name, body := range bodies {
		if plain, ok := strings.CutSuffix(name, ".gz"); ok && bodies[plain] == nil {
			if bodies[plain], err = unpack(body); err != nil {
				return nil, fmt.Errorf("unpack %s: %w", name, err)
			}
		}
	}
	files := map[string]file{}
	for name, body := range bodies {
		if isPacked(name) {
			continue
		}
		f := file{contentType: contentType(name)}
		for _, e := range encodings {
			if packed, ok := bodies[name+e.ending]; ok {
				f.variants = append(f.variants, newVariant(e.token, packed))
			}
		}
		f.variants = append(f.variants, newVariant("", body))
		files[name] = f
	}
	return files, nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func isPacked(name string) bool {
	for _, e := range encodings {
		if strings.HasSuffix(name, e.ending) {
			return true
		}
	}
	return false
}

func newVariant(encoding string, body []byte) variant {
	sum := sha256.Sum256(body)
	return variant{encoding, `"` + hex.EncodeToString(sum[:16]) + `"`, body}
}

// contentType does not ask the machine's own table first: it differs from one to the next.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

type handler struct{ files map[string]file }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", policy)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f, ok := h.find(r.URL.Path)
	if !ok {
		http.Error(w, "Not found", http.StatusNotFound)
		return
	}
	v := choose(f.variants, r.Header.Values("Accept-Encoding"))
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", cmp.Or(f.cache, "no-cache"))
	if f.public {
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Cross-Origin-Resource-Policy", "cross-origin") // for pages that isolate themselves
	}
	header.Set("Vary", "Accept-Encoding")
	header.Set("ETag", v.etag)
	if v.encoding != "" {
		header.Set("Content-Encoding", v.encoding)
		header.Set("Content-Length", strconv.Itoa(len(v.body)))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(v.body))
}

// find is the file of a path: its own, or the page for a path whose last part has no ending.
func (h handler) find(name string) (file, bool) {
	if f, ok := h.files[name]; ok {
		return f, true
	}
	if path.Ext(name) != "" || isOthers(name) {
		return file{}, false
	}
	f, ok := h.files["/index.html"]
	return f, ok
}

// isOthers tells the paths of other parts of the server, where a page would hide a mistyped address.
func isOthers(name string) bool {
	for _, prefix := range []string{"/api", "/ws", "/js", "/assets"} {
		if name == prefix || strings.HasPrefix(name, prefix+"/") {
			return true
		}
	}
	return false
}

// choose returns the first variant that the values of Accept-Encoding allow. The plain one comes last and is always allowed: a client that
// refuses it too gets it rather than nothing.
func choose(variants []variant, accept []string) variant {
	for _, v := range variants {
		if v.encoding == "" || accepts(accept, v.encoding) {
			return v
		}
	}
	return variants[len(variants)-1]
}

// accepts reports whether Accept-Encoding names the token with a weight above 0, or a star does and the token is not named.
func accepts(accept []string, token string) bool {
	star := false
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		switch {
		case strings.EqualFold(name, token):
			return weight(params) > 0
		case name == "*":
			star = weight(params) > 0
		}
	}
	return star
}

// weight reads "q=0.5"; 1 when there is none, 0 when it is unreadable.
func weight(params string) float64 {
	name, value, found := strings.Cut(strings.TrimSpace(params), "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}
