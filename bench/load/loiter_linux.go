package load

import (
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
)

// Loitering is a way to hold connections open that asks nothing of the client and something of the server.
type Loitering struct {
	Connections int
	Begin       string        // sent at once
	Drip        string        // sent again and again; "" for silence
	Every       time.Duration // between two drips of a connection
}

// Loiterers hold connections open. One that the server ends is opened anew, so that their number stays.
type Loiterers struct {
	to      syscall.SockaddrInet4
	epoll   int
	places  []place
	opened  atomic.Int64
	open    atomic.Int64
	stop    chan struct{}
	stopped chan struct{}
	err     error // why it ended; read after stopped
}

// place is one of the connections.
type place struct {
	kind *Loitering
	fd   int       // −1: to be opened
	next time.Time // when to drip
}

// Loiter opens connections to an IPv4 address and port, a few at a time, and holds them until Close.
func Loiter(addr string, kinds ...Loitering) (*Loiterers, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil || !to.Addr().Is4() {
		return nil, fmt.Errorf("address %q: IPv4 address and port expected (%w)", addr, err)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	l := &Loiterers{
		to: syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}, epoll: epoll,
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	for i := range kinds {
		for range kinds[i].Connections {
			l.places = append(l.places, place{kind: &kinds[i], fd: -1})
		}
	}
	go l.run()
	return l, nil
}

const (
	loiterBeat = 10 * time.Millisecond
	openings   = 50 // at a beat, at most
)

func (l *Loiterers) run() {
	defer close(l.stopped)
	beat := time.NewTicker(loiterBeat)
	defer beat.Stop()
	events := make([]syscall.EpollEvent, 1024)
	for {
		select {
		case <-l.stop:
			return
		case <-beat.C:
		}
		n, err := syscall.EpollWait(l.epoll, events, 0)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			l.err = fmt.Errorf("wait for ends: %w", err)
			return
		}
		for _, e := range events[:max(n, 0)] {
			l.end(&l.places[e.Fd])
		}
		if l.err = l.round(time.Now()); l.err != nil {
			return
		}
	}
}

// round opens what is not open, and drips.
func (l *Loiterers) round(now time.Time) error {
	left := openings
	for i := range l.places {
		p := &l.places[i]
		switch {
		case p.fd < 0 && left > 0:
			left--
			if err := l.begin(p, i, now); err != nil {
				return err
			}
		case p.fd >= 0 && p.kind.Drip != "" && now.After(p.next):
			p.next = now.Add(p.kind.Every)
			if err := writeAll(p.fd, []byte(p.kind.Drip)); err != nil {
				l.end(p)
			}
		}
	}
	return nil
}

func (l *Loiterers) begin(p *place, index int, now time.Time) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("make socket: %w", err)
	}
	p.fd, p.next = fd, now.Add(p.kind.Every)
	l.open.Add(1)
	limit := syscall.Timeval{Sec: 1}
	event := syscall.EpollEvent{Events: syscall.EPOLLRDHUP, Fd: int32(index)}
	err = errors.Join(syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &limit),
		syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})) // leaves no port behind
	if err != nil {
		return fmt.Errorf("set up socket: %w", err)
	}
	to := l.to
	if syscall.Connect(fd, &to) != nil || writeAll(fd, []byte(p.kind.Begin)) != nil { // the server may have no place for it now
		l.end(p)
		return nil
	}
	l.opened.Add(1)
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("watch socket: %w", err)
	}
	return nil
}

func (l *Loiterers) end(p *place) {
	if p.fd >= 0 {
		_ = syscall.Close(p.fd)
		p.fd = -1
		l.open.Add(-1)
	}
}

// Open counts the connections that are open now.
func (l *Loiterers) Open() int { return int(l.open.Load()) }

// Opened counts the connections that were opened, again ones too.
func (l *Loiterers) Opened() int64 { return l.opened.Load() }

// Close ends all connections, without a word. The error is what ended the loitering before.
func (l *Loiterers) Close() error {
	close(l.stop)
	<-l.stopped
	for i := range l.places {
		l.end(&l.places[i])
	}
	return errors.Join(l.err, syscall.Close(l.epoll))
}
