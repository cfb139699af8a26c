package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asks sends a request to a handler.
func asks(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

// TestStarting: while the program starts it says that it lives and is not ready; whoever asks for more waits, and is answered once it serves.
func TestStarting(t *testing.T) {
	w := newWorld(t)
	now := w.srv.now()
	s := NewGate("1.0.0", func() time.Time { now = now.Add(time.Second); return now }, w.srv.log)
	health := asks(s, "GET", "/api/health")
	require.Equal(t, http.StatusOK, health.Code)
	require.JSONEq(t, `{"data":{"status":"ok","version":"1.0.0","uptime":1}}`, health.Body.String())
	require.Equal(t, http.StatusOK, asks(s, "HEAD", "/api/health").Code)
	unavailable := func(a *httptest.ResponseRecorder) {
		t.Helper()
		require.Equal(t, http.StatusServiceUnavailable, a.Code)
		require.JSONEq(t, `{"error":"Service temporarily unavailable","code":"unavailable"}`, a.Body.String())
		require.Equal(t, "1", a.Header().Get("Retry-After"))
		require.Empty(t, a.Header().Get("Connection"))
		require.Equal(t, "*", a.Header().Get("Access-Control-Allow-Origin"))
		require.NotEmpty(t, a.Header().Get("X-Request-Id"))
	}
	unavailable(asks(s, "GET", "/api/ready"))

	var waiting sync.WaitGroup
	answers := make([]int, 3)
	for n := range answers {
		waiting.Go(func() { answers[n] = asks(s, "GET", "/api/setup").Code })
	}
	require.Eventually(t, func() bool { return len(s.held) == len(answers) }, 10*time.Second, time.Millisecond)
	s.Begin(w.srv)
	waiting.Wait()
	require.Equal(t, []int{200, 200, 200}, answers)
	require.Empty(t, s.held)
	require.Equal(t, http.StatusOK, asks(s, "GET", "/api/ready").Code)
	require.Equal(t, http.StatusNotFound, asks(s, "GET", "/api/nothing").Code)

	late := NewGate("1.0.0", w.srv.now, w.srv.log)
	late.wait = time.Millisecond
	unavailable(asks(late, "POST", "/api/track"))
	late.wait = time.Hour
	for range maxHeld {
		late.held <- struct{}{}
	}
	unavailable(asks(late, "POST", "/api/track"))
}

// TestEnding: a program that stops answers what is under way, and tells everybody else when to come again.
func TestEnding(t *testing.T) {
	w := newWorld(t)
	g := NewGate("1.0.0", w.srv.now, w.srv.log)
	g.Begin(w.srv)
	body, send := io.Pipe()
	slow := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		a := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/api/auth/login", body)
		r.Header.Set("Content-Type", "application/json")
		g.ServeHTTP(a, r)
		slow <- a
	}()
	_, err := io.WriteString(send, "{")
	require.NoError(t, err)

	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, g.End(short), context.DeadlineExceeded)
	ended := make(chan error, 1)
	go func() { ended <- g.End(t.Context()) }()
	for _, path := range []string{"GET /api/ready", "POST /api/track", "GET /ws", "GET /", "GET /js/analytics.js"} {
		method, path, _ := strings.Cut(path, " ")
		a := asks(g, method, path)
		require.Equal(t, http.StatusServiceUnavailable, a.Code, path)
		require.JSONEq(t, `{"error":"Service temporarily unavailable","code":"unavailable"}`, a.Body.String())
		require.Equal(t, "5", a.Header().Get("Retry-After"))
		require.Equal(t, "close", a.Header().Get("Connection"))
	}
	require.Equal(t, http.StatusOK, asks(g, "GET", "/api/health").Code)
	require.Empty(t, ended)

	require.NoError(t, send.Close())
	require.Equal(t, http.StatusBadRequest, (<-slow).Code)
	require.NoError(t, <-ended)
	require.NoError(t, g.End(t.Context()), "again")
}

// TestEndingWhileStarting: who waits for a start that fails hears so.
func TestEndingWhileStarting(t *testing.T) {
	w := newWorld(t)
	g := NewGate("1.0.0", w.srv.now, w.srv.log)
	g.wait = time.Hour
	answer := make(chan *httptest.ResponseRecorder, 1)
	go func() { answer <- asks(g, "POST", "/api/track") }()
	require.Eventually(t, func() bool { return len(g.held) == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, g.End(t.Context()))
	a := <-answer
	require.Equal(t, http.StatusServiceUnavailable, a.Code)
	require.Equal(t, "5", a.Header().Get("Retry-After"))
}
