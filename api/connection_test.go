package api

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/nettest"
)

// connected is both ends of a TCP connection, the accepted one as the server has it.
func connected(t testing.TB) (server *connection, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	conn, err := Listen(l).Accept()
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(); client.Close() })
	return conn.(*connection), client
}

// A connection does what every net.Conn does, as seen by the test suite of golang.org/x/net.
func TestConnectionIsANetConn(t *testing.T) {
	for _, eager := range []bool{false, true} {
		nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
			server, client := connected(t)
			if eager {
				_, err = server.SyscallConn()
			}
			return server, client, func() { server.Close(); client.Close() }, err
		})
	}
}

// one reads a byte as net/http does while a handler runs.
func one(c net.Conn) (chan error, *[1]byte) {
	done, b := make(chan error, 1), new([1]byte)
	go func() {
		_, err := c.Read(b[:])
		done <- err
	}()
	return done, b
}

// patientLook has reads of one byte wait for ever, as far as the timer goes: what ends one is something else, or the test does not end.
func patientLook(c *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = true
}

// ended is what a read ended with.
func ended(t testing.TB, read <-chan error) error {
	t.Helper()
	select {
	case err := <-read:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the read goes on")
		return nil
	}
}

// waiting returns when a read of one byte waits, and the socket is not read.
func waiting(t testing.TB, c *connection) {
	t.Helper()
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.looks && c.read.calls == 0
	}, 10*time.Second, time.Millisecond)
}

func TestLookEndsWithItsDeadline(t *testing.T) {
	c, _ := connected(t)
	patientLook(c)
	for range 3 {
		done, _ := one(c)
		waiting(t, c)
		require.NoError(t, c.SetReadDeadline(time.Unix(1, 0)))
		err := ended(t, done)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		timeout, ok := err.(net.Error)
		require.True(t, ok && timeout.Timeout(), "net/http looks at that")
		require.Zero(t, c.read.set, "the socket never heard of it")
		require.NoError(t, c.SetReadDeadline(time.Time{}))
	}
}

func TestLooksEndTogether(t *testing.T) {
	c, _ := connected(t)
	patientLook(c)
	first, _ := one(c)
	second, _ := one(c)
	waiting(t, c)
	require.NoError(t, c.SetReadDeadline(time.Unix(1, 0)))
	require.ErrorIs(t, ended(t, first), os.ErrDeadlineExceeded)
	require.ErrorIs(t, ended(t, second), os.ErrDeadlineExceeded)
}

func TestLookReadsTheSocketLater(t *testing.T) {
	c, client := connected(t)
	_, err := client.Write([]byte("a"))
	require.NoError(t, err)
	started := time.Now()
	done, b := one(c)
	require.NoError(t, ended(t, done))
	require.Equal(t, "a", string(b[:]))
	require.GreaterOrEqual(t, time.Since(started), lookAfter*9/10)

	done, _ = one(c) // and then it waits for the socket
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.read.calls == 1
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, c.SetReadDeadline(time.Unix(1, 0)))
	require.ErrorIs(t, ended(t, done), os.ErrDeadlineExceeded)
}

// A read of one byte that nobody wants to end at once has its deadline as any other.
func TestReadOfOneByteWithADeadline(t *testing.T) {
	c, client := connected(t)
	patientLook(c)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err := client.Write([]byte("ab"))
	require.NoError(t, err)
	done, b := one(c)
	require.NoError(t, ended(t, done))
	require.Equal(t, "a", string(b[:]))

	require.NoError(t, c.SetReadDeadline(time.Time{}))
	done, _ = one(c)
	waiting(t, c)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute))) // given while it waits
	require.NoError(t, ended(t, done))
}

func TestLookEndsWithTheConnection(t *testing.T) {
	c, _ := connected(t)
	patientLook(c)
	done, _ := one(c)
	waiting(t, c)
	require.NoError(t, c.Close())
	require.ErrorIs(t, ended(t, done), net.ErrClosed)
}

// Who writes to the socket itself, as live clients are written to, is not bound by a deadline that was taken back.
func TestRawConnectionHasNoOldDeadline(t *testing.T) {
	c, client := connected(t)
	require.NoError(t, c.SetWriteDeadline(time.Now().Add(-time.Second)))
	_, err := c.Write([]byte("x"))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, c.SetWriteDeadline(time.Time{}))
	raw, err := c.SyscallConn()
	require.NoError(t, err)
	write := func() error { return raw.Write(func(uintptr) bool { return true }) }
	require.NoError(t, write())
	require.NoError(t, c.SetWriteDeadline(time.Now().Add(-time.Second)))
	require.ErrorIs(t, write(), os.ErrDeadlineExceeded)
	require.NoError(t, c.SetDeadline(time.Time{}))
	require.NoError(t, write())
	_, err = c.Write([]byte("y"))
	require.NoError(t, err)
	b := make([]byte, 2)
	n, err := client.Read(b)
	require.NoError(t, err)
	require.Equal(t, "y", string(b[:n]))

	patientLook(c)
	done, _ := one(c)
	_, err = client.Write([]byte("z"))
	require.NoError(t, err)
	require.NoError(t, ended(t, done), "no read waits any more")
}

// The socket is told of a deadline only when it has none as soon. One that passes although more time was given later ends nothing.
func TestEarlierDeadlineEndsNothing(t *testing.T) {
	c, client := connected(t)
	early, later := time.Now().Add(100*time.Millisecond), time.Now().Add(time.Hour)
	require.NoError(t, c.Conn.SetDeadline(early))
	c.read.set, c.write.set = early, early
	require.NoError(t, c.SetDeadline(later))

	wrote := make(chan error, 1)
	text := bytes.Repeat([]byte("more than the socket takes"), 1<<20)
	go func() {
		_, err := c.Write(text)
		wrote <- err
	}()
	read, b := make(chan error, 1), make([]byte, 4)
	go func() {
		_, err := io.ReadFull(c, b)
		read <- err
	}()
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.read.set.Equal(later) && c.write.set.Equal(later)
	}, 10*time.Second, time.Millisecond)
	got := make([]byte, len(text))
	_, err := io.ReadFull(client, got)
	require.NoError(t, err)
	require.True(t, bytes.Equal(text, got), "each byte once")
	require.NoError(t, ended(t, wrote))
	_, err = client.Write([]byte("read"))
	require.NoError(t, err)
	require.NoError(t, ended(t, read))
	require.Equal(t, "read", string(b))

	require.NoError(t, c.SetDeadline(time.Now().Add(-time.Second))) // which is sooner
	_, err = c.Read(b)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	_, err = c.Write(b)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, c.SetDeadline(time.Time{})) // never
	_, err = client.Write([]byte("last"))
	require.NoError(t, err)
	_, err = io.ReadFull(c, b)
	require.NoError(t, err)
	require.Equal(t, "last", string(b))
}

// A connection that is closed for writing ends for the client, who may go on sending. net/http does that before it closes one for good, half a second
// later.
func TestConnectionEndsInHalves(t *testing.T) {
	c, client := connected(t)
	var half interface{ CloseWrite() error } = c // what net/http looks for
	require.NoError(t, half.CloseWrite())
	_, err := client.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	_, err = client.Write([]byte("more"))
	require.NoError(t, err)
	b := make([]byte, 8)
	n, err := c.Read(b)
	require.NoError(t, err)
	require.Equal(t, "more", string(b[:n]))
}

// The HTTP server's promises on such connections, with TLS and without: requests that come together are answered in order, one whose body is not
// read is answered before the connection ends, and the context of one whose client goes away ends.
func TestServerOnConnections(t *testing.T) {
	for _, secure := range []bool{false, true} {
		gone := make(chan error, 1)
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > 1<<20 {
				http.Error(w, "too much", http.StatusRequestEntityTooLarge)
				return
			}
			text, _ := io.ReadAll(r.Body)
			if string(text) == "wait" {
				<-r.Context().Done()
				gone <- r.Context().Err()
				return
			}
			w.Write(text)
		}))
		s.Listener = Listen(s.Listener)
		dial := func() net.Conn {
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			require.NoError(t, err)
			return c
		}
		if secure {
			s.StartTLS()
			dial = func() net.Conn {
				c, err := tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
				require.NoError(t, err)
				return c
			}
		} else {
			s.Start()
		}
		defer s.Close()
		large := dial()
		defer large.Close()
		_, err := io.WriteString(large, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\nand so on")
		require.NoError(t, err)
		answered := bufio.NewReader(large)
		response, err := http.ReadResponse(answered, nil)
		require.NoError(t, err)
		require.Equal(t, 413, response.StatusCode)
		_, err = io.ReadAll(response.Body)
		require.NoError(t, err)
		client := dial()
		defer client.Close()
		_, err = io.WriteString(client, strings.Repeat("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 3))
		require.NoError(t, err)
		in := bufio.NewReader(client)
		for range 3 {
			response, err := http.ReadResponse(in, nil)
			require.NoError(t, err)
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.Equal(t, "hello", string(text))
		}
		_, err = io.WriteString(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nwait")
		require.NoError(t, err)
		require.NoError(t, client.Close())
		select {
		case err := <-gone:
			require.Error(t, err)
		case <-time.After(10 * time.Second):
			t.Fatal("nobody noticed that the client went away")
		}
	}
}
