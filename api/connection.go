package api

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Listen is for the server of HTTPServer: its connections make what the HTTP server does around every request cheap (ADR 013). Deadlines reach
// the socket with the read or write that they are for; the socket is read for a client that goes away only when a request takes longer than
// lookAfter; and headers that are the same on every answer of the API are written as they are.
func Listen(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // the HTTP server looks at its type
	}
	return newConnection(conn), nil
}

// lookAfter is how long a request is under way, at most, before its client's going away ends its context.
const lookAfter = 250 * time.Millisecond

// connection is a net.Conn whose deadlines hold like every other's: those that no read or write meets are forgotten, and one that is changed
// meanwhile takes effect at once.
//
// net/http reads one byte while a handler runs, to hear that its client went away, and moves the read deadline into the past when the handler is
// done. Such a read waits here and reaches the socket only after lookAfter; most handlers are done by then. All that is asked of a connection
// stays true if net/http should do it in another way.
type connection struct {
	net.Conn

	mu    sync.Mutex
	read  half
	write half
	eager bool   // deadlines go to the socket at once
	lines []byte // headers of the next answer

	looks   bool // a read of one byte waits
	changed sync.Cond
	armed   bool // timer runs
	timer   *time.Timer
}

// half is one direction of a connection.
type half struct {
	asked, set time.Time // deadlines: the last that was asked for, and the socket's, which may be sooner
	calls      int       // that are under way
}

// sooner tells whether a call that has until a is over before one that has until b; the zero time is no deadline.
func sooner(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

func newConnection(conn net.Conn) *connection {
	c := &connection{Conn: conn}
	c.changed.L = &c.mu
	return c
}

// Read is safe together with all other methods.
func (c *connection) Read(b []byte) (int, error) {
	if len(b) == 1 && c.waitToLook() {
		return 0, os.ErrDeadlineExceeded
	}
	return c.call(&c.read, c.Conn.SetReadDeadline, c.Conn.Read, b)
}

func (c *connection) Write(b []byte) (int, error) {
	if lines := c.linesFor(b); lines != nil {
		return c.writeWith(lines, b)
	}
	return c.call(&c.write, c.Conn.SetWriteDeadline, c.Conn.Write, b)
}

// call reads or writes. The socket keeps the deadline of an earlier call where that is sooner: should it pass meanwhile, which happens once in the
// time that a request may take, the call gets its own and goes on.
func (c *connection) call(h *half, set func(time.Time) error, do func([]byte) (int, error), b []byte) (n int, err error) {
	for again := false; ; {
		if err := c.begin(h, set, again); err != nil {
			return n, err
		}
		var more int
		more, err = do(b[n:])
		n += more
		if again = c.end(h, err); !again {
			return n, err
		}
	}
}

// begin sees to it that the call that follows ends by its deadline, or exactly then.
func (c *connection) begin(h *half, set func(time.Time) error, exactly bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if sooner(h.asked, h.set) || exactly {
		if err := set(h.asked); err != nil {
			return err
		}
		h.set = h.asked
	}
	h.calls++
	return nil
}

// end tells whether the call ended with a deadline that is not the one that was asked for.
func (c *connection) end(h *half, err error) (early bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.calls--
	return err != nil && errors.Is(err, os.ErrDeadlineExceeded) && (h.asked.IsZero() || h.asked.After(time.Now()))
}

// waitToLook waits until it is time to look at the socket, or tells that the deadline passed before.
func (c *connection) waitToLook() (late bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.eager || !c.read.asked.IsZero() {
		return false
	}
	c.looks = true
	c.arm()
	for c.looks {
		c.changed.Wait()
	}
	return !c.read.asked.IsZero() && !c.read.asked.After(time.Now())
}

// arm starts the timer. It needs mu. The timer runs on when a look ends, which is seldom worth stopping it: the look that it finds may be a later one.
func (c *connection) arm() {
	switch {
	case c.armed:
	case c.timer == nil:
		c.timer = time.AfterFunc(lookAfter, c.look)
	default:
		c.timer.Reset(lookAfter)
	}
	c.armed = true
}

func (c *connection) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	c.wake()
}

// wake ends the wait of a look. It needs mu.
func (c *connection) wake() {
	if c.looks {
		c.looks = false
		c.changed.Broadcast()
	}
}

func (c *connection) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake()
	return c.ask(&c.read, t, c.Conn.SetReadDeadline)
}

func (c *connection) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ask(&c.write, t, c.Conn.SetWriteDeadline)
}

func (c *connection) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// ask needs mu.
func (c *connection) ask(h *half, t time.Time, set func(time.Time) error) error {
	h.asked = t
	if h.calls == 0 && !c.eager {
		return nil
	}
	h.set = t
	return set(t)
}

// Close also ends the wait of a look, which then finds the socket closed.
func (c *connection) Close() error {
	c.mu.Lock()
	c.wake()
	c.mu.Unlock()
	return c.Conn.Close() //nolint:wrapcheck // callers look at its type
}

// CloseWrite tells the client that nothing follows, so that it still reads the answer to a request which was not read to its end.
func (c *connection) CloseWrite() error {
	if below, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return below.CloseWrite() //nolint:wrapcheck // the HTTP server passes it on
	}
	return errors.ErrUnsupported
}

// NetConn is the connection below, whose options may be set; its deadlines are this one's matter.
func (c *connection) NetConn() net.Conn { return c.Conn }

// SyscallConn is for calls that this connection does not see: from now on deadlines are set at once, and nothing waits before it is read.
func (c *connection) SyscallConn() (syscall.RawConn, error) {
	below, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eager = true
	c.wake()
	if err := errors.Join(c.ask(&c.read, c.read.asked, c.Conn.SetReadDeadline), c.ask(&c.write, c.write.asked, c.Conn.SetWriteDeadline)); err != nil {
		return nil, err
	}
	return below.SyscallConn() //nolint:wrapcheck // callers look at its type
}
