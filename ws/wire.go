package ws

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// wire is the connection below the WebSocket library, which reads from it and answers control frames on its own. All else is written by us: a frame
// can be tried, so that a few goroutines serve all clients whose sockets have room. Frames go out whole, one after the other,
// whoever writes them.
type wire struct {
	net.Conn
	raw syscall.RawConn // nil: nothing can be tried

	mu     sync.Mutex
	limit  time.Time     // the library's write deadline
	rest   []byte        // of what was tried: goes before all else
	closed bool          // the close frame is out
	unruly bool          // the client's frames break the rules of WebSocket: the library wanted to close
	busy   chan struct{} // of a write that waits for the socket, closed at its end; nil: there is none
}

// Frames of a server are not masked, and ours are never in parts.
const (
	wireText    = 0x80 | websocket.TextMessage
	wireClose   = 0x80 | websocket.CloseMessage
	wirePing    = 0x80 | websocket.PingMessage
	wirePong    = 0x80 | websocket.PongMessage
	frameHeader = 10 // bytes of the longest
)

// sendBuffer is what the kernel takes for a client that does not read, in bytes; by itself it would take megabytes. Deltas that wait with us are
// merged, those that wait there are not.
const sendBuffer = 64 << 10

func (w *wire) connect(conn net.Conn) {
	w.Conn = conn
	if tcp := w.tcp(); tcp != nil {
		_ = tcp.SetWriteBuffer(sendBuffer)
	}
	if c, ok := conn.(syscall.Conn); ok && canTry {
		w.raw, _ = c.SyscallConn()
	}
}

// tcp is the socket, below TLS and the server's own layer; nil for a connection in memory.
func (w *wire) tcp() *net.TCPConn {
	conn := w.Conn
	for {
		below, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			tcp, _ := conn.(*net.TCPConn)
			return tcp
		}
		conn = below.NetConn()
	}
}

// abandon lets the next Close drop what the client has not taken; the kernel would keep it for minutes.
func (w *wire) abandon() {
	if tcp := w.tcp(); tcp != nil {
		_ = tcp.SetLinger(0)
	}
}

// SetWriteDeadline is for the library: it bounds its own writes.
func (w *wire) SetWriteDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit = t
	return nil
}

// Write is for the library: the answer to the upgrade, later control frames. It waits until all is sent. A close frame of the library's own that says
// protocol error is only noted: the contract has a code of its own for that, which the client's reader sends.
func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if saysProtocolError(b) {
		w.unruly = true
		return len(b), nil
	}
	if len(b) > 0 && b[0] == wireClose {
		if w.closed {
			return len(b), nil
		}
		w.closed = true
	}
	if err := w.wait(b, w.limit); err != nil {
		return 0, err
	}
	return len(b), nil
}

// saysProtocolError tells a close frame with 1002 and a reason. The library repeats the client's own close frame without one.
func saysProtocolError(frame []byte) bool {
	return len(frame) > 4 && frame[0] == wireClose && binary.BigEndian.Uint16(frame[2:]) == websocket.CloseProtocolError
}

// isUnruly tells whether the client broke the rules of WebSocket.
func (w *wire) isUnruly() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unruly
}

// try sends a frame as far as the socket takes it. Of what it does not take, done is false, push sends the rest.
// Errors: websocket.ErrCloseSent after the close frame.
func (w *wire) try(frame []byte, a *attempt) (done bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false, websocket.ErrCloseSent
	}
	n := 0
	if w.raw != nil && len(w.rest) == 0 && w.busy == nil {
		if n, err = a.write(w.raw, frame); err != nil || n == len(frame) {
			return err == nil, err
		}
	}
	w.rest = append(w.rest, frame[n:]...)
	return false, nil
}

// push sends what was tried, then the frame, which may be nil; it waits until limit. Errors are those of try.
func (w *wire) push(frame []byte, limit time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(frame) > 0 {
		if w.closed {
			return websocket.ErrCloseSent
		}
		w.closed = frame[0] == wireClose
	}
	return w.wait(frame, limit)
}

// wait writes the rest and b. It belongs to the holder of mu, and lets go of it meanwhile.
func (w *wire) wait(b []byte, limit time.Time) error {
	if err := w.turn(limit); err != nil {
		return err
	}
	rest := w.rest
	w.rest = nil
	if len(rest)+len(b) == 0 {
		return nil
	}
	w.busy = make(chan struct{})
	w.mu.Unlock()
	err := w.Conn.SetWriteDeadline(limit)
	if len(rest) > 0 && err == nil {
		_, err = w.Conn.Write(rest)
	}
	if len(b) > 0 && err == nil {
		_, err = w.Conn.Write(b)
	}
	if w.raw != nil && err == nil { // nothing could be tried once it is over
		err = w.Conn.SetWriteDeadline(time.Time{})
	}
	w.mu.Lock()
	close(w.busy)
	w.busy = nil
	return err
}

// turn waits until no other write does.
func (w *wire) turn(limit time.Time) error {
	for w.busy != nil {
		busy := w.busy
		w.mu.Unlock()
		var late <-chan time.Time
		if !limit.IsZero() {
			timer := time.NewTimer(time.Until(limit))
			defer timer.Stop()
			late = timer.C
		}
		var err error
		select {
		case <-busy:
		case <-late:
			err = os.ErrDeadlineExceeded
		}
		w.mu.Lock()
		if err != nil {
			return err
		}
	}
	return nil
}

// hurry bounds a write that waits now.
func (w *wire) hurry(limit time.Time) { _ = w.Conn.SetWriteDeadline(limit) }

// attempt is a write that does not wait. It is used again and again, by one goroutine at a time.
type attempt struct {
	data []byte
	n    int
	err  error
	call func(fd uintptr) bool
}

func newAttempt() *attempt {
	a := new(attempt)
	a.call = func(fd uintptr) bool {
		a.n, a.err = writeNow(fd, a.data)
		return true
	}
	return a
}

// write tells how much of data the socket took.
func (a *attempt) write(conn syscall.RawConn, data []byte) (int, error) {
	a.data, a.n, a.err = data, 0, nil
	err := conn.Write(a.call)
	a.data = nil
	if err == nil {
		err = a.err
	}
	return a.n, err
}

// scratch is what frames are put together and sent with.
type scratch struct {
	buf   []byte // begins with room for a header
	try   *attempt
	waits bool // frames wait for the socket
	held  bool // a part of a frame is held back, because they do not
}

var scratches = sync.Pool{New: func() any { return &scratch{buf: make([]byte, frameHeader, 4096), try: newAttempt()} }}

const maxScratch = 64 << 10 // larger buffers are not kept

func (s *scratch) release() {
	if cap(s.buf) <= maxScratch {
		scratches.Put(s)
	}
}

// begin empties the buffer; the payload is to be appended to what it returns.
func (s *scratch) begin() []byte { return s.buf[:frameHeader] }

// frame makes a frame of what was begun.
func (s *scratch) frame(kind byte, begun []byte) []byte {
	s.buf = begun
	size := len(begun) - frameHeader
	switch {
	case size < 126:
		begun[frameHeader-2], begun[frameHeader-1] = kind, byte(size)
		return begun[frameHeader-2:]
	case size <= 0xffff:
		begun[frameHeader-4], begun[frameHeader-3] = kind, 126
		binary.BigEndian.PutUint16(begun[frameHeader-2:], uint16(size))
		return begun[frameHeader-4:]
	default:
		begun[0], begun[1] = kind, 127
		binary.BigEndian.PutUint64(begun[2:], uint64(size))
		return begun
	}
}

// wiring lets the library take a connection over as a client's wire.
type wiring struct {
	http.ResponseWriter
	client *client
}

// Hijack takes the connection from the HTTP server.
func (w *wiring) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.client = new(client)
	w.client.wire.connect(conn)
	return &w.client.wire, buffers, nil
}
