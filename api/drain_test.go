package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// eager writes a whole request before it reads the answer, and then asks for something else on the same connection.
func eager(t *testing.T, addr, request, token string, size int, chunked bool) (status int, answer string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	if size < 1<<20 { // which would fit into the socket's
		require.NoError(t, conn.(*net.TCPConn).SetWriteBuffer(4096))
	}
	body, length := strings.Repeat("x", size), fmt.Sprintf("Content-Length: %d", size)
	if chunked {
		body, length = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", size, body), "Transfer-Encoding: chunked"
	}
	_, err = fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n", request, token, length)
	require.NoError(t, err)
	_, err = io.WriteString(conn, body)
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	read := func() (int, string) {
		r, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		text, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		return r.StatusCode, string(text)
	}
	status, answer = read()
	_, err = io.WriteString(conn, "GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	read()
	return status, answer
}

// TestLargeBodyIsAnswered: a client that writes all before it reads hears why its body is refused, and may go on with its connection.
func TestLargeBodyIsAnswered(t *testing.T) {
	w := newWorld(t)
	_, token := w.user("owner@example.com")
	addr := w.serve(func(*http.Server) {})
	picture := "POST /api/heatmaps/screenshots?siteId=site_abc123&path=/"
	for _, c := range []struct {
		name, request, token string
		size                 int
		chunked              bool
		status               int
		text                 string
	}{
		{"JSON", "POST /api/goals", token, 4 * maxBody, false, 413, "Request body too large"},
		{"chunked JSON", "POST /api/goals", token, 8 * maxBody, true, 413, "Request body too large"},
		{"picture", picture, token, 4 * maxPicture, false, 413, "Request body too large"},
		{"chunked picture", picture, token, 4 * maxPicture, true, 413, "Request body too large"},
		{"picture of nobody", picture, "wrong", maxPicture, false, 401, "Invalid or expired token"},
		{"import", "POST /api/import", token, 2 * maxImportBody, false, 413, "Request body too large"},
		{"no route", "POST /api/nothing", token, 4 << 20, false, 404, "Not found"},
		{"wrong method", "PUT /api/goals", token, 4 << 20, false, 405, "Method not allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, text := eager(t, addr, c.request, c.token, c.size, c.chunked)
			require.Equal(t, c.status, status)
			require.Contains(t, text, c.text)
		})
	}
}

// TestLargeTrackBodyIsAnswered: trackers too.
func TestLargeTrackBodyIsAnswered(t *testing.T) {
	s := httptest.NewServer(newTrackRig(t).engine)
	defer s.Close()
	for _, chunked := range []bool{false, true} {
		status, text := eager(t, s.Listener.Addr().String(), "POST /api/track", "", 4<<20, chunked)
		require.Equal(t, 413, status)
		require.JSONEq(t, `{"error":"Request body too large","code":"payload_too_large"}`, text)
	}
}

// TestEndlessBodyIsRefused: nobody waits for a body that has no end, nor for one that is only promised.
func TestEndlessBodyIsRefused(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(func(*http.Server) {})
	for name, header := range map[string]string{
		"too long":   "Content-Length: 1000000000",
		"asks first": "Content-Length: 1000000\r\nExpect: 100-continue",
	} {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(drainTime/2)))
		_, err = fmt.Fprintf(conn, "POST /api/auth/login HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", header)
		require.NoError(t, err)
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, name)
		require.Equal(t, 413, r.StatusCode, name)
	}
}
