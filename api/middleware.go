package api

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/gin-gonic/gin"
)

const headerRequestID = "X-Request-Id"

// field is a header that is the same on many answers: its name in canonical form, so that a request assigns it without work. Nobody may change
// the values, which all share.
type field struct {
	name   string
	values []string
}

var noStore = []string{"no-store"} // of Cache-Control

var (
	// everyHeader is on every answer.
	everyHeader = []field{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Referrer-Policy", []string{"no-referrer"}},
	}
	// apiHeader is on every answer of the API, errors included (README §8). gin-contrib/cors answers only requests that it takes for
	// cross-origin, so it cannot do this.
	apiHeader = []field{
		{"Access-Control-Allow-Origin", []string{"*"}},
		{"Access-Control-Allow-Methods", []string{"GET, POST, PATCH, DELETE, OPTIONS"}},
		{"Access-Control-Allow-Headers", []string{"Authorization, Content-Type"}},
		{"Access-Control-Expose-Headers", []string{
			"Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, X-Request-Id",
		}},
		{"Access-Control-Max-Age", []string{"86400"}},
	}
	apiLines = headerLines(everyHeader, apiHeader)
)

// headerLines writes headers as they are sent.
func headerLines(lists ...[]field) []byte {
	var out bytes.Buffer
	for _, list := range lists {
		for _, f := range list {
			for _, v := range f.values {
				out.WriteString(f.name + ": " + v + "\r\n")
			}
		}
	}
	return out.Bytes()
}

// headers puts the fixed headers and a request id on the answer. Those that no answer of the API changes are left to the connection (ADR 013);
// preflights change them, and a connection with TLS does not see the answer.
func headers(c *gin.Context) {
	h := c.Writer.Header()
	h[headerRequestID] = []string{strconv.FormatUint(rand.Uint64()|1<<63, 36)}
	ofAPI := isAPI(c.Request.URL.Path) || isForeign(c.Request.URL.Path)
	if ofAPI {
		h["Cache-Control"] = noStore
		if conn := connectionOf(c.Request); conn != nil && c.Request.Method != http.MethodOptions {
			conn.answerWith(apiLines)
			return
		}
	}
	for _, f := range everyHeader {
		h[f.name] = f.values
	}
	if ofAPI {
		for _, f := range apiHeader {
			h[f.name] = f.values
		}
	}
}

// recovery answers a panic like any other failure and keeps the process alive. It logs where, and nothing of the request that could be secret.
func recovery(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			log.Error("panic in a request", "method", c.Request.Method, "route", c.FullPath(),
				"request", c.Writer.Header().Get(headerRequestID), "panic", v, "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				fail(c, errInternal)
			}
			c.Abort()
		}()
		c.Next()
	}
}
