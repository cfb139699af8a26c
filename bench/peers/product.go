package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// product is a web analytics server with one site.
type product interface {
	server() *server
	// start runs the server, the first time on a new folder with an account and a site.
	start(ctx context.Context) error
	// stored is how many pageviews are on the disk and counted.
	stored(ctx context.Context) (int64, error)
	// load stores history in batches over one connection.
	load(ctx context.Context, h *history) error
	// atRest ends the server and returns the disk space of all its files then, and how much of it is a log that shrinks again.
	atRest(ctx context.Context) (all, log int64, err error)
}

// callTime is how long a call of an API may take.
const callTime = 2 * time.Minute

var caller = &http.Client{Timeout: callTime, Transport: &http.Transport{DisableCompression: true}}

// call sends a request with a token and returns the answer's body. An answer 5xx is tried again: SQLite may be locked for a moment. Any other
// status but 2xx is an error.
func call(ctx context.Context, method, url, token string, body []byte) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		status, text, err := callOnce(ctx, method, url, token, body)
		switch {
		case err != nil:
			return nil, err
		case status/100 == 2:
			return text, nil
		case status < http.StatusInternalServerError || attempt == attempts:
			return nil, fmt.Errorf("%s: %d %.300s", method, status, text)
		}
		if err := pause(ctx, retryTime); err != nil {
			return nil, err
		}
	}
}

const (
	attempts  = 20
	retryTime = 200 * time.Millisecond
)

func callOnce(ctx context.Context, method, url, token string, body []byte) (status int, text []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("make request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := caller.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("call server: %w", err)
	}
	defer res.Body.Close()
	if text, err = io.ReadAll(res.Body); err != nil {
		return 0, nil, fmt.Errorf("read answer: %w", err)
	}
	return res.StatusCode, text, nil
}

// ask calls with a value as JSON (nil: none) and decodes the answer.
func ask(ctx context.Context, method, url, token string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	text, err := call(ctx, method, url, token, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

// settle waits until a server has stored so many pageviews, or none has come for a while, and it has then come to rest: what it put off is
// work of the hits too. It returns how many are stored.
func settle(ctx context.Context, p product, want int64) (stored int64, err error) {
	last, since := int64(-1), time.Now()
	for stored < want && time.Since(since) < settleTime {
		if stored, err = p.stored(ctx); err != nil {
			return stored, err
		}
		if stored != last {
			last, since = stored, time.Now()
		}
		if err := pause(ctx, retryTime); err != nil {
			return stored, fmt.Errorf("%s has stored %d of %d pageviews: %w", p.server().name, stored, want, err)
		}
	}
	return stored, rest(ctx, p.server())
}

const (
	settleTime = 30 * time.Second // three times what GoatCounter waits until it writes
	restTime   = 400 * time.Millisecond
)

// rest waits until a server uses less than 5 % of a core.
func rest(ctx context.Context, s *server) error {
	for {
		before, err := s.cpu()
		if err != nil {
			return err
		}
		if err := pause(ctx, restTime); err != nil {
			return fmt.Errorf("%s does not come to rest: %w", s.name, err)
		}
		after, err := s.cpu()
		if err != nil {
			return err
		}
		if after-before < restTime/20 {
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
