package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// TestStopBesideSlowClients: who does not send or take a request in time keeps the server from nothing that a stop has to do.
func TestStopBesideSlowClients(t *testing.T) {
	s := newImportServer(t)
	conn, err := net.Dial("tcp", s.run.Addr())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("POST /api/track HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"))
	require.NoError(t, err)
	socket, _, err := websocket.DefaultDialer.Dial("ws://"+s.run.Addr()+"/ws", nil)
	require.NoError(t, err)
	defer socket.Close()
	_, _, err = socket.ReadMessage()
	require.NoError(t, err, "hello")

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- s.run.Close(ctx) }()
	_, _, err = socket.ReadMessage()
	require.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
	require.NoError(t, <-closed)
	require.NoError(t, ctx.Err())
}

// TestStopTellsWhoComes: while a server stops its address answers: 503 to whoever comes, on new connections and on those that a proxy keeps, until the
// last socket is closed. What is under way is answered.
func TestStopTellsWhoComes(t *testing.T) {
	s := newImportServer(t)
	kept, slow := newHTTPConn(t, s.run.Addr()), newHTTPConn(t, s.run.Addr())
	require.Equal(t, http.StatusOK, kept.ask("GET", "/api/ready", "").StatusCode)
	_, err := slow.Write([]byte("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n" +
		"Expect: 100-continue\r\n\r\n"))
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, slow.answer("POST").StatusCode, "it is under way")
	socket, _, err := websocket.DefaultDialer.Dial("ws://"+s.run.Addr()+"/ws", nil)
	require.NoError(t, err)
	defer socket.Close()
	socket.SetCloseHandler(func(int, string) error { return nil }) // it does not answer the close: the server waits two seconds for that

	closed := make(chan error, 1)
	go func() { closed <- s.run.Close(t.Context()) }()
	refused := func(res *http.Response) {
		t.Helper()
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		require.Equal(t, "5", res.Header.Get("Retry-After"))
		require.True(t, res.Close)
	}
	require.Eventually(t, func() bool {
		return newHTTPConn(t, s.run.Addr()).ask("GET", "/api/ready", "").StatusCode == http.StatusServiceUnavailable
	}, 10*time.Second, time.Millisecond)
	refused(kept.ask("POST", "/api/track", "{}"))
	_, res, err := websocket.DefaultDialer.Dial("ws://"+s.run.Addr()+"/ws", nil)
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	refused(res)
	_, err = slow.Write([]byte("{}"))
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, slow.answer("POST").StatusCode)

	for err == nil {
		_, _, err = socket.ReadMessage()
	}
	require.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
	refused(newHTTPConn(t, s.run.Addr()).ask("POST", "/api/track", "{}"))
	require.NoError(t, socket.Close())
	require.NoError(t, <-closed)
	_, err = net.Dial("tcp", s.run.Addr())
	require.Error(t, err)
}

// httpConn is one connection of a client or a proxy.
type httpConn struct {
	net.Conn
	t      *testing.T
	reader *bufio.Reader
}

func newHTTPConn(t *testing.T, addr string) *httpConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &httpConn{conn, t, bufio.NewReader(conn)}
}

// ask sends a request and reads the answer to its end.
func (c *httpConn) ask(method, path, body string) *http.Response {
	c.t.Helper()
	_, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
	require.NoError(c.t, err)
	return c.answer(method)
}

func (c *httpConn) answer(method string) *http.Response {
	c.t.Helper()
	res, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	require.NoError(c.t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(c.t, err)
	return res
}

// TestStopEndsOrders: what a command asked for and takes long is told to end.
func TestStopEndsOrders(t *testing.T) {
	data := t.TempDir()
	i := &instance{logger: slog.New(slog.DiscardHandler), failed: make(chan error, 1)}
	began := make(chan struct{})
	ended := false
	require.NoError(t, i.serveControl(data, order(func(ctx context.Context, _ struct{}) (struct{}, error) {
		close(began)
		<-ctx.Done()
		ended = true
		return struct{}{}, errInterrupted
	})))
	answer := make(chan error, 1)
	go func() { answer <- control(t.Context(), data, "/", struct{}{}, nil) }()
	<-began
	require.NoError(t, stop(i))
	require.True(t, ended)
	require.EqualError(t, <-answer, errInterrupted.Error())
}

// TestStopWhileStarting: a server that is told to stop before it is ready has not failed.
func TestStopWhileStarting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, out, errOut := ztas(ctx, "serve", "--data="+filepath.Join(t.TempDir(), "data"), "--listen=127.0.0.1:0", "--metrics-listen=off")
	require.Zero(t, code, out+errOut)
}

// TestHalf: a part of a stop that hangs leaves the others half of the time that was left.
func TestHalf(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	i := &instance{logger: slog.New(slog.DiscardHandler)}
	hangs := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	stored := false
	i.onClose("last", func(ctx context.Context) error { stored = ctx.Err() == nil; return nil })
	i.onClose("second", hangs)
	i.onClose("first", hangs)
	err := i.Close(ctx)
	require.True(t, errors.Is(err, context.DeadlineExceeded))
	require.ErrorContains(t, err, "close first: ")
	require.ErrorContains(t, err, "close second: ")
	require.True(t, stored)
	require.NoError(t, ctx.Err())
}

// TestTerminalIsClosed: a server whose terminal goes away stops in order; one that nohup started goes on.
func TestTerminalIsClosed(t *testing.T) {
	r := newRig(t)
	r.start()
	l := r.life
	require.NoError(t, l.cmd.Process.Signal(syscall.SIGHUP))
	<-l.done
	require.NoError(t, l.err, l.output.String())
	require.Contains(t, l.output.String(), `"msg":"stopped"`)
	require.NoFileExists(t, filepath.Join(r.data, controlSocket))

	r.life, r.under = nil, []string{"nohup"}
	r.start()
	require.NoError(t, r.life.cmd.Process.Signal(syscall.SIGHUP))
	res, err := r.http.Get(r.base() + "/api/ready")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	r.stop()
}

// TestHungPartIsLeftBehind: a part of a stop that heeds no end of its time, as one that waits for a disk that does not answer, is left behind; the log
// says which, and the others are closed all the same.
func TestHungPartIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text lockedBuffer
		i := &instance{logger: newLogger(&text, "info", "json")}
		back := make(chan struct{})
		closed := false
		i.onClose("first of all", func(context.Context) error { closed = true; return nil })
		for n := range 30 {
			i.background(fmt.Sprint("hung ", n), func(context.Context) { <-back })
		}
		began := time.Now()
		err := stop(i)
		require.LessOrEqual(t, time.Since(began), 15*time.Second)
		require.ErrorContains(t, err, "close hung 29: ")
		require.ErrorContains(t, err, "close hung 0: ")
		require.True(t, closed)
		require.Equal(t, 30, strings.Count(text.String(), `"part":"hung `))
		close(back)
	})
}
