package api

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
)

type connectionKey struct{}

// withConnection is for http.Server.ConnContext: connectionOf finds the connection of a request, unless something like TLS is in between, or nil.
func withConnection(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(*connection); ok {
		return context.WithValue(ctx, connectionKey{}, c)
	}
	return ctx
}

func connectionOf(r *http.Request) *connection {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	return c
}

// answerWith puts lines behind the status line of the answer that is written next: as headers of net/http they would be put into a map, copied and
// sorted for each. Nobody may change them.
func (c *connection) answerWith(lines []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = lines
}

// linesFor are the lines that belong into b, which is what net/http writes first of an answer: it begins with the status line, since the answer
// before was written to its end. A body that is asked for is no answer yet.
func (c *connection) linesFor(b []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines == nil || bytes.HasPrefix(b, []byte("HTTP/1.1 100 ")) {
		return nil
	}
	lines := c.lines
	c.lines = nil
	if !bytes.HasPrefix(b, []byte("HTTP/1.")) {
		return nil
	}
	return lines
}

// outRooms is memory for the beginnings of answers, which net/http writes in pieces of 4 KiB or less.
var outRooms = sync.Pool{New: func() any { return new([6 << 10]byte) }}

func (c *connection) writeWith(lines, b []byte) (int, error) {
	room := outRooms.Get().(*[6 << 10]byte)
	defer outRooms.Put(room)
	at := bytes.IndexByte(b, '\n') + 1
	out := append(append(append(room[:0], b[:at]...), lines...), b[at:]...)
	n, err := c.call(&c.write, c.Conn.SetWriteDeadline, c.Conn.Write, out)
	if n > at {
		n = max(at, n-len(lines))
	}
	return n, err
}
