package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// client calls a server's API. It is safe for concurrent use.
type client struct {
	base  string // without a slash at its end
	token string // access token or API key; "" is none
	http  *http.Client
	wait  func(ctx context.Context, d time.Duration) error // nil: really waits
}

func newClient(base, token string) *client {
	return &client{base: strings.TrimRight(base, "/"), token: token, http: &http.Client{Timeout: 60 * time.Second}}
}

// with returns a client of the same server with another token.
func (c *client) with(token string) *client {
	other := *c
	other.token = token
	return &other
}

// apiError is an error answer.
type apiError struct {
	Status     int             `json:"-"`
	Message    string          `json:"error"`
	Code       string          `json:"code"`
	Details    json.RawMessage `json:"details"`
	RetryAfter time.Duration   `json:"-"` // 0: none
}

// Error returns status and message.
func (e *apiError) Error() string { return fmt.Sprintf("server says %d: %s", e.Status, e.Message) }

// errNoJSON says that something answered which is no such server.
var errNoJSON = errors.New("the answer is no JSON of this API")

const (
	maxAnswer   = 16 << 20 // bytes
	maxAttempts = 40
	maxWait     = time.Minute
)

// call sends one request and decodes the answer's data into out (nil: not wanted). While the server is busy (429, 503) or cannot be reached
// it tries again, as Retry-After says, up to maxAttempts times. Errors: *apiError, the connection's, ctx's.
func (c *client) call(ctx context.Context, method, path string, body []byte, out any) error {
	for attempt := 1; ; attempt++ {
		err := c.once(ctx, method, path, body, out)
		var refusal *apiError
		answered := errors.As(err, &refusal)
		if err == nil || ctx.Err() != nil || errors.Is(err, errNoJSON) || answered && refusal.Status != http.StatusTooManyRequests && refusal.Status != http.StatusServiceUnavailable {
			return err
		}
		pause := min(time.Duration(attempt)*250*time.Millisecond, 5*time.Second)
		if answered && refusal.RetryAfter > 0 {
			pause = min(refusal.RetryAfter, maxWait)
		}
		if attempt == maxAttempts || !answered && attempt == 10 {
			return err
		}
		wait := c.wait
		if wait == nil {
			wait = sleep
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

// send is call with a JSON body made of in.
func (c *client) send(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return c.call(ctx, method, path, body, out)
}

func (c *client) once(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.Header.Set("User-Agent", "ztas/"+programVersion())
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("call server: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return asAPIError(res, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, &struct {
		Data any `json:"data"`
	}{out}); err != nil {
		return fmt.Errorf("read answer: %w: %w", errNoJSON, err)
	}
	return nil
}

func asAPIError(res *http.Response, answer []byte) error {
	e := &apiError{Status: res.StatusCode}
	if err := json.Unmarshal(answer, e); err != nil || e.Message == "" {
		e.Message = http.StatusText(res.StatusCode)
	}
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
