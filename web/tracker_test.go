package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTrackerFiles(t *testing.T) {
	h := Handler()
	main := body(t, get(h, http.MethodGet, script))
	require.Contains(t, main, "data-zta-track")
	for _, target := range []string{script, "/track.js", "/a.js", "/js/heatmap.js"} {
		r := get(h, http.MethodGet, target)
		require.Equal(t, 200, r.StatusCode, target)
		assert.Equal(t, "text/javascript; charset=utf-8", r.Header.Get("Content-Type"), target)
		assert.Equal(t, "public, max-age=3600", r.Header.Get("Cache-Control"), target)
		assert.Equal(t, "*", r.Header.Get("Access-Control-Allow-Origin"), target)
		assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"), target)
		plain := body(t, r)
		if target != "/js/heatmap.js" {
			assert.Equal(t, main, plain, target)
		}

		etags := map[string]bool{r.Header.Get("ETag"): true}
		for _, encoding := range []string{"gzip", "br"} {
			packed := get(h, http.MethodGet, target, "Accept-Encoding", encoding)
			assert.Equal(t, encoding, packed.Header.Get("Content-Encoding"), target)
			assert.Equal(t, "Accept-Encoding", packed.Header.Get("Vary"), target)
			etag := packed.Header.Get("ETag")
			assert.False(t, etags[etag], "%s %s has an ETag of its own", target, encoding)
			etags[etag] = true
			again := get(h, http.MethodGet, target, "Accept-Encoding", encoding, "If-None-Match", etag)
			assert.Equal(t, 304, again.StatusCode, target)
			assert.Equal(t, "*", again.Header.Get("Access-Control-Allow-Origin"), target)
			if encoding == "gzip" {
				reader, err := gzip.NewReader(bytes.NewReader([]byte(body(t, packed))))
				require.NoError(t, err, target)
				unpacked, err := io.ReadAll(reader)
				require.NoError(t, err, target)
				assert.Equal(t, plain, string(unpacked), "%s is stale", target)
			}
		}
		assert.Equal(t, 405, get(h, http.MethodPost, target).StatusCode, target)
	}
}

// The dashboard's files stay its own: no other site reads them.
func TestDashboardIsNotPublic(t *testing.T) {
	r := get(Handler(), http.MethodGet, "/")
	assert.Equal(t, "no-cache", r.Header.Get("Cache-Control"))
	assert.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))
}
