package load

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Crowd is a large number of WebSocket clients that take little of the machine which they share with the server: plain sockets that one thread
// reads. It looks at them every pollEvery and not at each packet, because waking a client is paid by who sends, and clients elsewhere would
// not cost the server that.
type Crowd struct {
	addr    syscall.SockaddrInet4
	host    string
	epoll   int
	hear    func(Heard)
	mu      sync.Mutex
	members []*member
	open    atomic.Int64
	frames  atomic.Int64
	bytes   atomic.Int64
	stop    chan struct{}
	stopped chan struct{}
	err     error // why reading ended; read after stopped
}

// pollEvery is how late a frame may be noticed.
const pollEvery = time.Millisecond

// Heard is a text frame, as a client got it.
type Heard struct {
	Client  int
	At      time.Time
	Payload []byte // good until the call returns
}

// member is one client.
type member struct {
	fd    int // −1: gone
	index int
	rest  []byte // the beginning of a frame
}

// NewCrowd makes an empty crowd for a server at an IPv4 address and port. hear is called for every text frame, by one goroutine.
func NewCrowd(addr string, hear func(Heard)) (*Crowd, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil || !to.Addr().Is4() {
		return nil, fmt.Errorf("address %q: IPv4 address and port expected (%w)", addr, err)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	c := &Crowd{
		addr: syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}, host: addr,
		epoll: epoll, hear: hear, stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go c.read()
	return c, nil
}

// dialers open connections at the same time.
const dialers = 8

// Join adds n clients, each of which sends the frames texts once the server has taken its token. Those that do not read never do so after that.
func (c *Crowd) Join(n int, token string, reads bool, texts ...string) error {
	request := fmt.Appendf(nil, "GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer %s\r\n\r\n", c.host, token)
	var frames []byte
	for _, text := range texts {
		frames = append(frames, clientFrame(opText, []byte(text))...)
	}
	var group errgroup.Group
	group.SetLimit(dialers)
	for range n {
		group.Go(func() error {
			m, err := c.dial(request, frames)
			if err != nil {
				return err
			}
			return c.add(m, reads)
		})
	}
	return group.Wait()
}

// handshakeTime is how long a connection may take.
const handshakeTime = 20

// dial opens a connection, reads up to the server's ready, and sends the frames.
func (c *Crowd) dial(request, frames []byte) (m *member, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make socket: %w", err)
	}
	defer func() {
		if err != nil {
			_ = syscall.Close(fd)
		}
	}()
	limit := syscall.Timeval{Sec: handshakeTime}
	err = errors.Join(syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})) // leaves no port behind
	if err != nil {
		return nil, fmt.Errorf("set up socket: %w", err)
	}
	to := c.addr // Connect writes into it
	if err := syscall.Connect(fd, &to); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	m = &member{fd: fd}
	if err := writeAll(fd, request); err != nil {
		return nil, fmt.Errorf("send upgrade: %w", err)
	}
	if err := m.awaitReady(); err != nil {
		return nil, err
	}
	if err := writeAll(fd, frames); err != nil {
		return nil, fmt.Errorf("send frames: %w", err)
	}
	return m, nil
}

// awaitReady reads the answer to the upgrade and the frames hello and ready.
func (m *member) awaitReady() error {
	var got []byte
	buf := make([]byte, 4096)
	for upgraded := false; ; {
		n, err := syscall.Read(m.fd, buf)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("upgrade: %w", err)
		case n == 0:
			return fmt.Errorf("upgrade: closed after %.200q", got)
		}
		got = append(got, buf[:n]...)
		if !upgraded {
			head, rest, whole := bytes.Cut(got, headerEnd)
			if !whole {
				continue
			}
			if !strings.HasPrefix(string(head), "HTTP/1.1 101 ") {
				return fmt.Errorf("upgrade: %.200q", got)
			}
			upgraded, got = true, rest
		}
		for {
			_, text, rest, whole := nextFrame(got)
			if !whole {
				break
			}
			if got = rest; bytes.HasPrefix(text, []byte(`{"type":"ready"`)) {
				m.rest = bytes.Clone(got)
				return nil
			}
		}
	}
}

func writeAll(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := syscall.Write(fd, data)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		data = data[max(n, 0):]
	}
	return nil
}

// add lets the reader look after a client. Of one that does not read only the end is noticed.
func (c *Crowd) add(m *member, reads bool) error {
	if err := syscall.SetNonblock(m.fd, true); err != nil {
		return fmt.Errorf("set up socket: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m.index = len(c.members)
	c.members = append(c.members, m)
	event := syscall.EpollEvent{Events: syscall.EPOLLRDHUP, Fd: int32(m.index)}
	if reads {
		event.Events |= syscall.EPOLLIN
	}
	c.open.Add(1)
	if err := syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, m.fd, &event); err != nil {
		return fmt.Errorf("watch socket: %w", err)
	}
	return nil
}

// read looks at the clients until Close.
func (c *Crowd) read() {
	defer close(c.stopped)
	events := make([]syscall.EpollEvent, 1024)
	buf := make([]byte, 256<<10)
	beat := time.NewTicker(pollEvery)
	defer beat.Stop()
	for {
		n, err := syscall.EpollWait(c.epoll, events, 0)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			c.err = fmt.Errorf("wait for frames: %w", err)
			return
		}
		for _, e := range events[:max(n, 0)] {
			c.take(e, buf)
		}
		if n == len(events) { // there may be more
			select {
			case <-c.stop:
				return
			default:
				continue
			}
		}
		select {
		case <-c.stop:
			return
		case <-beat.C:
		}
	}
}

// take reads what has come for a client.
func (c *Crowd) take(e syscall.EpollEvent, buf []byte) {
	c.mu.Lock()
	m := c.members[e.Fd]
	c.mu.Unlock()
	if e.Events&syscall.EPOLLIN == 0 { // it ended, and is not one that reads
		c.drop(m)
		return
	}
	kept := copy(buf, m.rest)
	n, err := syscall.Read(m.fd, buf[kept:])
	switch {
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
		return
	case err != nil || n == 0:
		c.drop(m)
		return
	}
	at, data := time.Now(), buf[:kept+n]
	for {
		op, payload, rest, whole := nextFrame(data)
		if !whole {
			break
		}
		data = rest
		switch op {
		case opText:
			c.frames.Add(1)
			c.bytes.Add(int64(len(payload)))
			c.hear(Heard{m.index, at, payload})
		case opPing:
			_, _ = syscall.Write(m.fd, clientFrame(opPong, payload)) // the reader sees what is wrong with the socket
		case opClose:
			c.drop(m)
			return
		}
	}
	m.rest = append(m.rest[:0], data...)
}

func (c *Crowd) drop(m *member) {
	if m.fd >= 0 {
		_ = syscall.Close(m.fd)
		m.fd = -1
		c.open.Add(-1)
	}
}

// Open counts the clients whose connection has not been seen to end.
func (c *Crowd) Open() int { return int(c.open.Load()) }

// Frames counts the text frames that came after ready.
func (c *Crowd) Frames() int64 { return c.frames.Load() }

// Bytes counts the payload of these frames.
func (c *Crowd) Bytes() int64 { return c.bytes.Load() }

// Close cuts all connections, without a word, and returns when nothing is read any more. The error is that of reading.
func (c *Crowd) Close() error {
	close(c.stop)
	<-c.stopped
	for _, m := range c.members {
		c.drop(m)
	}
	return errors.Join(c.err, syscall.Close(c.epoll))
}
