package api

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
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
	sent := firstOf(r.Header, "Content-Type")
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
	switch encoding := firstOf(r.Header, "Content-Encoding"); {
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

// firstRoom is how much memory a body gets before it has come: thousands may drip in for as long as they are allowed to.
const firstRoom = 16 << 10

// readLimited reads to the end of src; hint is the expected length, which is not trusted.
func readLimited(src io.Reader, hint, limit int) ([]byte, *Problem) {
	body := make([]byte, 0, min(max(hint, 511), limit, firstRoom)+1)
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

// underWay bounds the bytes of bodies that are being decoded, wait for their sync, or are being answered. Beyond it requests are refused before
// they cost anything: a server that decodes ten times what it can take, only to find the way to the log full, takes next to nothing.
// Safe for concurrent use.
type underWay struct {
	bytes atomic.Int64
	most  int64
}

// bodyCost is what a request takes beside its body, in bytes.
const bodyCost = 1 << 10

// take lets a body in, which give lets out again. One is always let in when there is no other.
func (u *underWay) take(body int) bool {
	cost := int64(body) + bodyCost
	if now := u.bytes.Add(cost); now > u.most && now != cost {
		u.bytes.Add(-cost)
		return false
	}
	return true
}

func (u *underWay) give(body int) { u.bytes.Add(-int64(body) - bodyCost) }
