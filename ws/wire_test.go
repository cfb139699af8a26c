package ws

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// newSocket is a wire over TCP, with the other end.
func newSocket(t *testing.T) (w *wire, peer net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if peer, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); peer.Close() })
	w = new(wire)
	w.connect(conn)
	return w, peer
}

func soon() time.Time { return time.Now().Add(20 * time.Second) }

// Frames go out in the order of the calls, whole, whether the socket takes them at once, in parts or not at all.
func TestWireKeepsTheOrder(t *testing.T) {
	w, peer := newSocket(t)
	s := scratches.Get().(*scratch)
	var want []byte
	held := 0
	for n := range 200 {
		frame := s.frame(wireText, append(s.begin(), strings.Repeat(string(rune('a'+n%26)), 50_000)...))
		want = append(want, frame...)
		done, err := w.try(frame, s.try)
		if err != nil {
			t.Fatal(err)
		}
		if !done {
			held++
		}
	}
	if held == 0 || held == 200 {
		t.Fatalf("%d of 200 frames were held back", held)
	}
	got, read := make([]byte, len(want)+3), make(chan error, 1)
	go func() {
		_, err := io.ReadFull(peer, got)
		read <- err
	}()
	pong := []byte{wirePong, 1, '!'} // the library's
	if _, err := w.Write(pong); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != nil || !bytes.Equal(got, append(want, pong...)) {
		t.Errorf("what came is not what was sent (%v)", err)
	}
	if done, err := w.try(pong, s.try); !done || err != nil {
		t.Errorf("done %v, %v: the socket has room again", done, err)
	}
}

// A write that waits for the socket ends at its limit, and so does one that waits for it.
func TestWireWaitsUntilTheLimit(t *testing.T) {
	w, _ := newSocket(t)
	first := make(chan error, 1)
	go func() { first <- w.push(make([]byte, 32<<20), time.Now().Add(time.Second)) }()
	for waiting := false; !waiting; {
		w.mu.Lock()
		waiting = w.busy != nil
		w.mu.Unlock()
	}
	_ = w.SetWriteDeadline(time.Now().Add(time.Millisecond))
	if _, err := w.Write([]byte{wirePong, 0}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the second: %v", err)
	}
	if err := <-first; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the first: %v", err)
	}
}

// Nothing follows the close frame, of which there is one.
func TestWireCloses(t *testing.T) {
	for name, ours := range map[string]bool{"ours": true, "the library's": false} {
		t.Run(name, func(t *testing.T) {
			w, peer := newSocket(t)
			s := scratches.Get().(*scratch)
			end := []byte{wireClose, 2, 3, 232}
			if ours {
				if err := w.push(end, soon()); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if n, err := w.Write(end); n != len(end) || err != nil {
					t.Errorf("%d bytes, %v", n, err)
				}
			}
			if _, err := w.try([]byte{wireText, 0}, s.try); !errors.Is(err, websocket.ErrCloseSent) {
				t.Errorf("tried after the close: %v", err)
			}
			if err := w.push([]byte{wireText, 0}, soon()); !errors.Is(err, websocket.ErrCloseSent) {
				t.Errorf("pushed after the close: %v", err)
			}
			w.Close()
			if got, err := io.ReadAll(peer); !bytes.Equal(got, end) || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestFrameHeaders(t *testing.T) {
	s := scratches.Get().(*scratch)
	for size, header := range map[int][]byte{
		0: {wireText, 0}, 125: {wireText, 125}, 126: {wireText, 126, 0, 126}, 65_535: {wireText, 126, 255, 255}, 65_536: {wireText, 127, 0, 0, 0, 0, 0, 1, 0, 0},
	} {
		payload := bytes.Repeat([]byte{'x'}, size)
		if got := s.frame(wireText, append(s.begin(), payload...)); !bytes.Equal(got, append(header, payload...)) {
			t.Errorf("%d bytes begin with %v", size, got[:min(len(got), 10)])
		}
	}
}

// A client over TCP that pauses until its socket has no room loses nothing, and others do not wait for it.
func TestPausedReader(t *testing.T) {
	docs := newDocs()
	r := newRig(t, docs.table, func(r *rig, _ *[]topic) { r.cfg.WriteTimeout = time.Hour }) // however slow the other is
	state := func(n int) string {
		return fmt.Sprintf(`{"n":%d,"filler":%q}`, n, strings.Repeat(string(rune('a'+n%26)), 100_000))
	}
	docs.set(site1, state(0))
	paused, other := r.loginQuiet(), r.login("good")
	if err := paused.conn.NetConn().(*net.TCPConn).SetReadBuffer(16 << 10); err != nil { // by itself it would grow to megabytes
		t.Fatal(err)
	}
	m, mo := paused.subscribeQuiet("s1", "doc"), other.subscribe("s1", "doc", string(site1), "")
	const changes = 30 // far more than the sockets hold
	for n := 1; n <= changes; n++ {
		docs.set(site1, state(n))
		r.hub.Changed(site1)
		other.feed(mo, other.expect("delta"))
	}
	for merged := false; !merged; {
		d := paused.readOne("delta")
		paused.feed(m, d)
		merged = d.Seq-d.Prev > 1
		if !merged && d.Seq > changes {
			t.Fatal("no delta was merged")
		}
	}
	if fmt.Sprint(m.state) != fmt.Sprint(mo.state) {
		t.Error("the client that paused has another state")
	}
	docs.set(site1, state(changes+1))
	r.hub.Changed(site1)
	paused.feed(m, paused.readOne("delta")) // by a pump again
	if m.state.(map[string]any)["n"] != float64(changes+1) {
		t.Errorf("ended at %v", m.state.(map[string]any)["n"])
	}
	_ = paused.conn.Close()
}

// A change that comes while the one before is on its way is told to all as well, a later one takes its place, and clients with something else to
// write have half of the turns.
func TestRounds(t *testing.T) {
	p := &pumps{running: runtime.GOMAXPROCS(0)} // so that none is started
	s, other := new(stream), new(stream)
	change := func(s *stream, size, n int) {
		r := &round{stream: s, size: size}
		for range n {
			r.subs = append(r.subs, new(subscription))
		}
		p.spread(r)
	}
	turn := func() (got []string) {
		jobs := make([]job, 8)
		n := p.take(jobs)
		for _, j := range jobs[:n] {
			if j.sub != nil {
				got = append(got, strconv.Itoa(j.size))
			} else {
				got = append(got, "c")
			}
		}
		return got
	}
	want := func(jobs string) {
		t.Helper()
		if got := strings.Join(turn(), " "); got != jobs {
			t.Fatalf("got %s, want %s", got, jobs)
		}
	}
	change(s, 1, 10)
	want("1 1 1 1 1 1 1 1")
	change(s, 2, 10) // never told: 3 says the same and more
	change(s, 3, 10)
	change(other, 4, 2)
	for range 6 {
		p.add(new(client))
	}
	want("c c c c 1 1 4 4")
	want("c c 3 3 3 3 3 3")
	want("3 3 3 3")
	if len(p.rounds) != 0 || s.round != nil || other.round != nil || p.head != 0 {
		t.Fatal("something is left")
	}
	change(s, 5, 1)
	want("5")
	change(s, 6, 0)
	change(s, 7, 1)
	want("7")
}

// One change to thousands of clients starts no more pumps than there are processors, and none is left.
func TestPumpsServeAll(t *testing.T) {
	docs := newDocs()
	r := newRig(t, docs.table, func(r *rig, _ *[]topic) { r.cfg.MaxPerUser, r.cfg.MaxPerIP = 0, 0 })
	docs.set(site1, `{"n":0}`)
	const clients = 300
	peers := make([]*peer, clients)
	for i := range peers {
		peers[i] = r.login("good")
		peers[i].subscribe("s1", "doc", string(site1), "")
	}
	for n := 1; n <= 20; n++ {
		docs.set(site1, fmt.Sprintf(`{"n":%d}`, n))
		r.hub.Changed(site1)
		for _, p := range peers {
			if d := p.expect("delta"); d.Seq != uint64(n+1) {
				t.Fatalf("got %s", d.raw)
			}
		}
	}
	for deadline := soon(); ; {
		r.hub.pumps.mu.Lock()
		running, waiting := r.hub.pumps.running, len(r.hub.pumps.waiting)+len(r.hub.pumps.rounds)
		r.hub.pumps.mu.Unlock()
		if running == 0 && waiting == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d pumps run, %d clients wait", running, waiting)
		}
	}
}
