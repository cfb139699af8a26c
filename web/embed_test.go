package web

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func get(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(b)
}

// small is a dashboard of a few bytes; its packed forms are told apart by their words.
func small(t *testing.T) http.Handler {
	t.Helper()
	files, err := readFiles(fstest.MapFS{
		"index.html":        {Data: []byte("<!doctype html>page")},
		"index.html.br":     {Data: []byte("brotli")},
		"index.html.gz":     {Data: []byte("gzip")},
		"favicon.svg":       {Data: []byte("<svg/>")},
		"assets/app.js":     {Data: []byte("script")},
		"assets/app.js.gz":  {Data: []byte("gzip script")},
		"assets/tables.bin": {Data: []byte{0, 1}},
	})
	require.NoError(t, err)
	return handler{files}
}

func TestPaths(t *testing.T) {
	h := small(t)
	f := func(target string, status int, contentType, want string) {
		t.Helper()
		r := get(h, http.MethodGet, target)
		assert.Equal(t, status, r.StatusCode, target)
		assert.Equal(t, contentType, r.Header.Get("Content-Type"), target)
		assert.Equal(t, want, strings.TrimSpace(body(t, r)), target)
	}
	page, plain := "<!doctype html>page", "text/plain; charset=utf-8"
	f("/", 200, "text/html; charset=utf-8", page)
	f("/index.html", 200, "text/html; charset=utf-8", page)
	f("/sites/site_abc123", 200, "text/html; charset=utf-8", page)
	f("/sites/", 200, "text/html; charset=utf-8", page)
	f("/reset-password?token=a.b", 200, "text/html; charset=utf-8", page)
	f("/favicon.svg", 200, "image/svg+xml", "<svg/>")
	f("/assets/app.js", 200, "text/javascript; charset=utf-8", "script")
	f("/assets/tables.bin", 200, "application/octet-stream", "\x00\x01")
	for _, target := range []string{
		"/assets/other.js", "/assets/app", "/robots.txt", "/a/b.html", "/index.html.br", "/../embed.go", "/%2e%2e/embed.go",
		"/api", "/api/nothing", "/ws", "/js/analytics", "/js/analytics.js",
	} {
		f(target, 404, plain, "Not found")
	}
}

func TestMethods(t *testing.T) {
	h := small(t)
	head := get(h, http.MethodHead, "/", "Accept-Encoding", "br")
	assert.Equal(t, 200, head.StatusCode)
	assert.Equal(t, "6", head.Header.Get("Content-Length"))
	assert.Empty(t, body(t, head))

	post := get(h, http.MethodPost, "/")
	assert.Equal(t, 405, post.StatusCode)
	assert.Equal(t, "GET, HEAD", post.Header.Get("Allow"))
}

func TestEncodings(t *testing.T) {
	h := small(t)
	f := func(target, accept, encoding, want string) {
		t.Helper()
		r := get(h, http.MethodGet, target, "Accept-Encoding", accept)
		got := body(t, r)
		assert.Equal(t, encoding, r.Header.Get("Content-Encoding"), accept)
		assert.Equal(t, want, got, accept)
		assert.Equal(t, strconv.Itoa(len(got)), r.Header.Get("Content-Length"), accept)
		assert.Equal(t, "Accept-Encoding", r.Header.Get("Vary"))
	}
	f("/", "", "", "<!doctype html>page")
	f("/", "gzip, deflate, br, zstd", "br", "brotli")
	f("/", "gzip", "gzip", "gzip")
	f("/", "BR", "br", "brotli")
	f("/", "br;q=0, gzip;q=0.5", "gzip", "gzip")
	f("/", "br; q = 0.0 , *", "gzip", "gzip")
	f("/", "*", "br", "brotli")
	f("/", "*;q=0", "", "<!doctype html>page")
	f("/", "identity", "", "<!doctype html>page")
	f("/", "br;q=high", "", "<!doctype html>page")
	f("/", "brotli", "", "<!doctype html>page")
	f("/assets/app.js", "br", "", "script")
	f("/assets/app.js", "br, gzip", "gzip", "gzip script")
	f("/favicon.svg", "br, gzip", "", "<svg/>")
}

func TestRevalidation(t *testing.T) {
	h := small(t)
	etags := map[string]string{}
	for _, accept := range []string{"", "br", "gzip"} {
		r := get(h, http.MethodGet, "/", "Accept-Encoding", accept)
		etag := r.Header.Get("ETag")
		assert.Regexp(t, `^"[0-9a-f]{32}"$`, etag)
		assert.Equal(t, "no-cache", r.Header.Get("Cache-Control"))
		assert.NotContains(t, etags, etag, "each form has an ETag of its own")
		etags[etag] = accept
	}
	for etag, accept := range etags {
		for _, sent := range []string{etag, `"other", ` + etag, "W/" + etag, "*"} {
			r := get(h, http.MethodGet, "/sites", "Accept-Encoding", accept, "If-None-Match", sent)
			assert.Equal(t, 304, r.StatusCode, sent)
			assert.Empty(t, body(t, r))
			assert.Equal(t, etag, r.Header.Get("ETag"))
		}
	}
	assert.Equal(t, 200, get(h, http.MethodGet, "/", "If-None-Match", `"other"`).StatusCode)
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	h := small(t)
	etag := get(h, http.MethodGet, "/").Header.Get("ETag")
	for _, r := range []*http.Response{
		get(h, http.MethodGet, "/"),
		get(h, http.MethodGet, "/assets/app.js"),
		get(h, http.MethodGet, "/missing.js"),
		get(h, http.MethodPut, "/"),
		get(h, http.MethodGet, "/", "If-None-Match", etag),
	} {
		assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
		assert.Equal(t, "no-referrer", r.Header.Get("Referrer-Policy"))
		csp := r.Header.Get("Content-Security-Policy")
		assert.Contains(t, csp, "default-src 'none'")
		assert.Contains(t, csp, "require-trusted-types-for 'script'")
		assert.NotContains(t, csp, "unsafe")
		// Foreign hosts are for frames only: the site's own page behind its heatmap, in a sandbox, after a click that asks for it.
		assert.NotContains(t, strings.Replace(csp, " frame-src http: https:;", "", 1), "http")
	}
}

// The built dashboard itself: every file that the page names is there, nothing is inline, and the packed forms are the files.
func TestDist(t *testing.T) {
	h := Handler()
	page := body(t, get(h, http.MethodGet, "/"))
	named := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	require.GreaterOrEqual(t, len(named), 3, "script, style and icon")
	for _, match := range named {
		require.True(t, strings.HasPrefix(match[1], "/"), "%s is a file of this server", match[1])
		assert.Equal(t, 200, get(h, http.MethodGet, match[1]).StatusCode, match[1])
	}
	assert.NotRegexp(t, `<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=`, page)

	// What the build wrote is what is served, in every form; the assets below their version.
	files := 0
	version := assetOf.FindStringSubmatch(page)
	require.NotNil(t, version)
	assets := "/assets/" + version[1] + "/"
	built := os.DirFS("dist")
	err := fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isPacked(name) {
			return err
		}
		files++
		plain, err := fs.ReadFile(built, name)
		require.NoError(t, err)
		address := strings.Replace("/"+name, "/assets/", assets, 1)
		r := get(h, http.MethodGet, address)
		assert.Equal(t, 200, r.StatusCode, "%s has no packed form in dist or dist/assets", name)
		assert.True(t, body(t, r) == string(plain), "%s.gz is stale", name)
		for _, e := range encodings {
			packed, err := fs.ReadFile(built, name+e.ending)
			require.NoError(t, err, name)
			r := get(h, http.MethodGet, address, "Accept-Encoding", e.token)
			assert.Equal(t, e.token, r.Header.Get("Content-Encoding"), name)
			assert.True(t, body(t, r) == string(packed), name)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 20)
}

// A page that was open during an update gets no file of another build, and keeps those of its own for good.
func TestAssetsOfOneBuild(t *testing.T) {
	build := func(version, script string) http.Handler {
		files, err := readFiles(fstest.MapFS{
			"index.html":        {Data: []byte(`<script src="/assets/` + version + `/app.js"></script>`)},
			"assets/app.js":     {Data: []byte(script)},
			"assets/tables.bin": {Data: []byte{0, 1}},
		})
		require.NoError(t, err)
		files, err = withVersion(files)
		require.NoError(t, err)
		return handler{files}
	}
	const before, after = "0123456789abcdef", "fedcba9876543210"
	h := build(before, "old")
	r := get(h, http.MethodGet, "/assets/"+before+"/app.js")
	assert.Equal(t, "old", body(t, r))
	assert.Equal(t, "public, max-age=31536000, immutable", r.Header.Get("Cache-Control"))
	assert.Equal(t, 200, get(h, http.MethodGet, "/assets/"+before+"/tables.bin").StatusCode)
	assert.Equal(t, "no-cache", get(h, http.MethodGet, "/").Header.Get("Cache-Control"), "the page is asked for each time")

	h = build(after, "new")
	assert.Equal(t, "new", body(t, get(h, http.MethodGet, "/assets/"+after+"/app.js")))
	for _, gone := range []string{"/assets/" + before + "/app.js", "/assets/app.js", "/assets/" + after + "/other.js"} {
		assert.Equal(t, 404, get(h, http.MethodGet, gone).StatusCode, gone)
	}

	for _, page := range []string{"", `<script src="/assets/app.js">`} {
		_, err := withVersion(map[string]file{"/index.html": {variants: []variant{newVariant("", []byte(page))}}})
		require.ErrorContains(t, err, "names no version")
	}
	_, err := withVersion(nil)
	require.ErrorContains(t, err, "was not built")
}

// A packed form that cannot be unpacked is no file.
func TestBrokenPackedForm(t *testing.T) {
	for _, packed := range []string{"", "no gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"} {
		_, err := readFiles(fstest.MapFS{"assets/app.js.gz": {Data: []byte(packed)}})
		require.ErrorContains(t, err, "unpack /assets/app.js.gz")
	}
}
