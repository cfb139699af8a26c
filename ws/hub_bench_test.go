package ws

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// BenchmarkChanged is what the fold pays for a site, watched or not.
func BenchmarkChanged(b *testing.B) {
	r := newRig(b)
	p := r.login("good")
	p.subscribe("s1", "stats", string(site1), "")
	other := analytics.SiteID("site_k3v9q2m8x1c7b5n0a4s6")
	b.Run("unwatched", func(b *testing.B) {
		for b.Loop() {
			r.hub.Changed(other)
		}
	})
	b.Run("watched", func(b *testing.B) {
		for b.Loop() {
			r.hub.Changed(site1)
		}
	})
}

// BenchmarkRefresh is one load of a realtime state with a hundred pages: encode, compare, number, encode the delta.
func BenchmarkRefresh(b *testing.B) {
	d := newDocument([]string{"timestamp"}, nil)
	states := make([][]byte, 2)
	for i := range states {
		pages := map[string]int64{}
		for p := range 100 {
			pages[fmt.Sprintf("/blog/article-%d", p)] = int64(p + i*(p%10))
		}
		states[i] = frame(analytics.RealtimeReport{ActiveVisitors: int64(i), PageBreakdown: pages, Timestamp: instant(t0)})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		seq := d.seq
		if _, err := d.apply(states[i%2], t0); err != nil {
			b.Fatal(err)
		}
		changes, _ := d.since(seq)
		encodeTails(changes, t0)
	}
}

// BenchmarkFanout is figure P8: the server's CPU time a message, and its memory a connection. The clients are another process.
// An operation is one delta to each of 1,000 sockets.
func BenchmarkFanout(b *testing.B) {
	const clients = 1000
	r := newRig(b, func(r *rig, _ *[]topic) {
		r.cfg.MaxPerUser, r.cfg.MaxPerIP = 0, 0
		r.cfg.RealtimeInterval, r.cfg.RealtimeTick = time.Nanosecond, time.Hour
	})
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "WS_BENCH_URL="+r.url, fmt.Sprintf("WS_BENCH_CLIENTS=%d", clients),
		`WS_BENCH_SUBSCRIBE={"type":"subscribe","id":"s1","topic":"realtime","siteId":"site_abc123"}`)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	before := memory()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = stdin.Close(); _ = cmd.Wait() }()
	lines := bufio.NewReader(stdout)
	wait := func(want string) {
		b.Helper()
		if line, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(line) != want {
			b.Fatalf("clients: %q, %v, want %s", line, err, want)
		}
	}
	wait("connected")
	if _, err := io.WriteString(stdin, "\n"); err != nil {
		b.Fatal(err)
	}
	wait("subscribed")
	perConn := float64(memory()-before) / clients

	n := int64(0)
	change := func() {
		n++
		r.world.set(func(w *world) {
			w.realtime[site1] = analytics.RealtimeReport{
				ActiveVisitors: n, PageviewsLast5Min: 2 * n,
				PageBreakdown:     map[string]int64{"/docs": n, "/": 1, "/pricing": n % 7},
				RecentPageviews:   []analytics.RecentPageview{{Page: "/docs", Timestamp: instant(t0), Country: "FR"}},
				VisitorsPerMinute: []analytics.MinuteVisitors{{Minute: "11:30", Visitors: n}},
			}
		})
		r.hub.Changed(site1)
	}
	round := func(send func()) time.Duration {
		if _, err := io.WriteString(stdin, "1\n"); err != nil {
			b.Fatal(err)
		}
		wait("ready")
		start := cpuTime(b)
		send()
		wait("received")
		return cpuTime(b) - start
	}
	all := r.hub.everyClient(nil)
	raw := rawFrame(b, r)
	floor := func() { // what the kernel takes for the same bytes on the same sockets, and nothing else
		for _, c := range all {
			if _, err := c.wire.Conn.Write(raw); err != nil {
				b.Fatal(err)
			}
		}
	}
	var ours, least time.Duration
	for b.Loop() { // A B A B: the machine is not ours alone
		ours += round(change)
		b.StopTimer()
		least += round(floor)
		b.StartTimer()
	}
	perMessage := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(b.N) / clients }
	b.ReportMetric(perMessage(ours), "cpu-µs/message")
	b.ReportMetric(perMessage(least), "write-only-µs/message")
	b.ReportMetric(float64(ours)/float64(least), "ratio")
	b.ReportMetric(perConn, "B/connection")
}

// rawFrame is the newest delta as it is on the wire.
func rawFrame(b *testing.B, r *rig) []byte {
	s := r.hub.watched.of(site1)[0]
	text := appendDelta(nil, "s1", deltaTail(change{from: 1, to: 2, op: opPatch, data: s.doc.raw}, t0))
	if len(text) < 126 || len(text) > 65535 {
		b.Fatalf("%d bytes", len(text))
	}
	return append([]byte{0x81, 126, byte(len(text) >> 8), byte(len(text))}, text...)
}

// memory is what the runtime holds for heap and stacks after a collection.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// cpuTime is this process's, user and system.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
