package api

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
)

var (
	errContentType = invalid("Unsupported content type")
	errBadJSON     = problem(http.StatusBadRequest, codeBadRequest, "Invalid JSON body")
	errBodySize    = problem(http.StatusRequestEntityTooLarge, codeTooLarge, "Request body too large")
)

// checkContentType allows JSON, text (beacons) and none.
func checkContentType(r *http.Request) *Problem {
	sent := r.Header.Get("Content-Type")
	switch sent {
	case "", "application/json", "text/plain", "text/plain;charset=UTF-8":
		return nil
	}
	kind, _, err := mime.ParseMediaType(sent)
	if err != nil && kind == "" || kind != "application/json" && kind != "text/plain" {
		return errContentType
	}
	return nil
}

// gzipOverhead is how much longer than its content a gzip stream may be, in bytes.
const gzipOverhead = 4096

var unzippers = sync.Pool{New: func() any { return new(gzip.Reader) }}

// readTrackBody reads the body, unpacked, of at most limit bytes. The caller owns it: what is decoded from it shares its memory.
func readTrackBody(r *http.Request, limit int) ([]byte, *Problem) {
	switch encoding := r.Header.Get("Content-Encoding"); {
	case encoding == "", strings.EqualFold(encoding, "identity"):
		if r.ContentLength > int64(limit) {
			return nil, errBodySize
		}
		return readLimited(r.Body, int(r.ContentLength), limit)
	case !strings.EqualFold(encoding, "gzip"):
		return nil, errContentType
	}
	packedLimit := int64(limit) + gzipOverhead // a stream may hold any number of empty members
	if r.ContentLength > packedLimit {
		return nil, errBodySize
	}
	packed := &io.LimitedReader{R: r.Body, N: packedLimit + 1}
	z := unzippers.Get().(*gzip.Reader)
	defer unzippers.Put(z)
	if z.Reset(packed) != nil {
		return nil, errBadJSON
	}
	body, p := readLimited(z, 4*int(r.ContentLength), limit)
	if packed.N == 0 {
		return nil, errBodySize
	}
	return body, p
}

// readLimited reads to the end of src; hint is the expected length, which is not trusted.
func readLimited(src io.Reader, hint, limit int) ([]byte, *Problem) {
	body := make([]byte, 0, min(max(hint, 511), limit)+1)
	for {
		n, err := src.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
			return nil, errBodySize
		case err == io.EOF:
			if !utf8.Valid(body) {
				return nil, errBadJSON
			}
			return body, nil
		case err != nil:
			return nil, errBadJSON // cut off, or no gzip
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}
