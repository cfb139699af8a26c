package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// Machine words of the contract's errors (README §3).
const (
	codeBadRequest   = "bad_request"
	codeInvalid      = "validation_failed"
	codeUnauthorized = "unauthorized"
	codeForbidden    = "forbidden"
	codeScope        = "insufficient_scope"
	codeLimit        = "limit_reached"
	codeNotFound     = "not_found"
	codeMethod       = "method_not_allowed"
	codeConflict     = "conflict"
	codeTooLarge     = "payload_too_large"
	codeRateLimited  = "rate_limited"
	codeInternal     = "internal_error"
	codeUnavailable  = "unavailable"
)

// Problem is an error answer of the contract. It is an error, so that inner functions can return it.
type Problem struct {
	Status     int
	Code       string
	Message    string
	Details    any           // nil: left out
	RetryAfter time.Duration // 0: no header
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

func problem(status int, code, message string) *Problem {
	return &Problem{Status: status, Code: code, Message: message}
}

func invalid(message string) *Problem { return problem(http.StatusBadRequest, codeInvalid, message) }

// body is the error envelope.
type errorBody struct {
	Error   string `json:"error"`
	Code    string `json:"code,omitempty"`
	Details any    `json:"details,omitempty"`
}

// fail ends the request with the problem.
func fail(c *gin.Context, p *Problem) {
	if p.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	c.AbortWithStatusJSON(p.Status, errorBody{p.Message, p.Code, p.Details})
}

// refuse is fail for a request whose body nobody may have read to its end.
func refuse(c *gin.Context, p *Problem) {
	drain(c.Writer, c.Request)
	fail(c, p)
}

// data answers with the envelope of a resource, report or action.
func data(c *gin.Context, status int, v any) { respond(c, status, gin.H{"data": v}) }

// respond answers with v as JSON. With its length, a long answer is written at once and not in chunks.
func respond(c *gin.Context, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // recovery logs where
	}
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Data(status, jsonContentType[0], body)
}
