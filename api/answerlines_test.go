package api

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exchanged sends the text over one connection and reads so many answers; the connection must then have nothing more to say.
func exchanged(t *testing.T, addr, text string, answers int) (heads []http.Header, bodies []string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	for range answers {
		r, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		heads, bodies = append(heads, r.Header), append(bodies, string(body))
	}
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	rest, err := io.ReadAll(in)
	require.NoError(t, err)
	require.Empty(t, string(rest))
	return heads, bodies
}

// withoutChance is a header without what differs from answer to answer, or what net/http adds on a connection alone.
func withoutChance(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range []string{headerRequestID, "Date", "Content-Length", "Connection"} {
		h.Del(name)
	}
	for name := range h {
		if strings.HasPrefix(name, "Ratelimit-") {
			h.Del(name)
		}
	}
	return h
}

// README §8 holds on a connection as it does in a map: each header once, on answers of every kind.
func TestHeadersOnAConnection(t *testing.T) {
	w := newWorld(t)
	owner, token := w.user("owner@example.com")
	w.addSite(owner, "example.com")
	addr := w.serve(func(*http.Server) {})
	for _, start := range []string{
		"GET /api/health", "GET /api/nothing", "PUT /api/sites", "GET /api/sites", "POST /api/auth/login", "OPTIONS /api/stats", "GET /ws", "GET /",
		"HEAD /api/health", "POST /api/track", "GET /count", "OPTIONS /count",
	} {
		for _, with := range []string{"", token} {
			method, path, _ := strings.Cut(start, " ")
			r := httptest.NewRequest(method, path, strings.NewReader("{}"))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Access-Control-Request-Headers", "X-Own")
			text := start + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nAccess-Control-Request-Headers: X-Own\r\n" +
				"Content-Length: 2\r\n"
			if with != "" {
				r.Header.Set("Authorization", "Bearer "+with)
				text += "Authorization: Bearer " + with + "\r\n"
			}
			recorded := httptest.NewRecorder()
			w.srv.ServeHTTP(recorded, r)
			text += "\r\n{}"
			conn, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, text)
			require.NoError(t, err)
			got, err := http.ReadResponse(bufio.NewReader(conn), r)
			require.NoError(t, err)
			require.Equal(t, recorded.Code, got.StatusCode, start)
			require.Len(t, got.Header[headerRequestID], 1, start)
			require.Equal(t, withoutChance(recorded.Header()), withoutChance(got.Header), start)
		}
	}
}

// Requests that come together are answered each with its own headers, and so is one whose body is asked for first.
func TestHeadersOfAnswersInARow(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(func(*http.Server) {})
	one := "GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"
	page := "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	heads, _ := exchanged(t, addr, one+page+one, 3)
	require.Equal(t, []string{"*"}, heads[0]["Access-Control-Allow-Origin"])
	require.Empty(t, heads[1]["Access-Control-Allow-Origin"])
	require.Equal(t, withoutChance(heads[0]), withoutChance(heads[2]))

	heads, bodies := exchanged(t, addr, "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n"+
		"Content-Length: 2\r\n\r\n{}", 2)
	require.Empty(t, heads[0])
	require.Equal(t, []string{"nosniff"}, heads[1]["X-Content-Type-Options"])
	require.Contains(t, bodies[1], "error")

	heads, _ = exchanged(t, addr, "GET /api/health HTTP/1.0\r\n\r\n", 1)
	require.Equal(t, []string{"no-referrer"}, heads[0]["Referrer-Policy"])
}

// What a connection tells of how much it wrote is of the writer's bytes.
func TestWritesOfAnAnswer(t *testing.T) {
	for _, accepted := range []int{0, 5, 17, 18, 19, 25, 30, 1 << 20} {
		c := newConnection(&shortConn{most: accepted})
		c.answerWith([]byte("A: b\r\nC: d\r\n"))
		n, err := c.Write([]byte("HTTP/1.1 200 OK\r\nE: f\r\n\r\n"))
		want := "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nE: f\r\n\r\n"
		want = want[:min(accepted, len(want))]
		require.Equal(t, want, c.Conn.(*shortConn).got)
		require.Equal(t, len(want) < 37, err != nil)
		own := len(strings.ReplaceAll(want, "A: b\r\nC: d\r\n", ""))
		if accepted > 17 && accepted < 29 {
			own = 17
		}
		require.Equal(t, own, n)
	}
	c := newConnection(&shortConn{most: 1 << 20})
	c.answerWith([]byte("A: b\r\n"))
	_, err := c.Write([]byte("no answer of HTTP"))
	require.NoError(t, err)
	_, err = c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	require.NoError(t, err)
	require.Equal(t, "no answer of HTTPHTTP/1.1 200 OK\r\n\r\n", c.Conn.(*shortConn).got)
}

// shortConn takes so many bytes.
type shortConn struct {
	net.Conn
	most int
	got  string
}

func (c *shortConn) Write(b []byte) (int, error) {
	n := min(len(b), c.most-len(c.got))
	c.got += string(b[:n])
	if n < len(b) {
		return n, io.ErrShortWrite
	}
	return n, nil
}
