//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	bench "github.com/ztas-io/ztas/bench/load"
)

// audience is a server with a site that many sockets watch, and a visitor whose steps they see. A step's path says when it was sent.
type audience struct {
	*rig
	site, token string
	crowd       *bench.Crowd
	ids         *bench.IDs
	delays      bench.Histogram // from sending a step to a delta that shows it, over all clients that read
	steps       int
}

const (
	watchRealtime = `{"type":"subscribe","id":"s1","topic":"realtime","siteId":%q}`
	stepPath      = "/step/"
)

func newAudience(t *testing.T) *audience {
	t.Helper()
	a := &audience{rig: newRig(t, "WS_MAX_PER_USER=100000", "WS_MAX_PER_IP=100000", "JWT_TTL=1h"), ids: bench.NewIDs()}
	a.hurry()
	a.start()
	a.site, a.token = a.rig.site("UTC")
	crowd, err := bench.NewCrowd(a.addr, a.heard)
	require.NoError(t, err)
	a.crowd = crowd
	return a
}

// heard looks for the newest step in a delta: recentPageviews begins with it.
func (a *audience) heard(h bench.Heard) {
	const mark = `"recentPageviews":[{"page":"` + stepPath
	if !bytes.HasPrefix(h.Payload, []byte(`{"type":"delta"`)) {
		return
	}
	_, rest, found := bytes.Cut(h.Payload, []byte(mark))
	if !found {
		return
	}
	digits, _, _ := bytes.Cut(rest, []byte(`"`))
	if sent, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
		a.delays.Add(h.At.Sub(time.Unix(0, sent)))
	}
}

// another makes a site that nobody watches.
func (a *audience) another() string {
	a.t.Helper()
	var made struct{ ID string }
	require.NoError(a.t, newClient(a.base(), a.token).send(a.t.Context(), http.MethodPost, "/api/sites", map[string]string{"domain": "other.example.net"}, &made))
	return made.ID
}

// join lets n clients watch and waits until those that read have the snapshot.
func (a *audience) join(n int, reads bool) {
	a.t.Helper()
	before := a.crowd.Frames()
	require.NoError(a.t, a.crowd.Join(n, a.token, reads, fmt.Sprintf(watchRealtime, a.site)))
	if reads {
		require.Eventually(a.t, func() bool { return a.crowd.Frames() >= before+2*int64(n) }, time.Minute, 20*time.Millisecond, "snapshots")
	}
}

// step is the next page of the visitor.
func (a *audience) step() {
	a.t.Helper()
	a.steps++
	path := stepPath + strconv.FormatInt(time.Now().UnixNano(), 10)
	answer, err := a.track(encode(map[string]any{"siteId": a.site, "type": "pageview", "path": path}), agent)
	require.NoError(a.t, err)
	require.Equal(a.t, 1, answer.Count)
}

// walk makes a step every so often until a time has passed, or done says so at a beat of its own.
func (a *audience) walk(every, total time.Duration, done func() bool) {
	a.t.Helper()
	steps, looks, end := time.NewTicker(every), time.NewTicker(time.Second), time.After(total)
	defer steps.Stop()
	defer looks.Stop()
	for {
		select {
		case <-steps.C:
			a.step()
		case <-looks.C:
			if done() {
				return
			}
		case <-end:
			return
		}
	}
}

// ownTime is the processor time that this process has used.
func ownTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bareWriter is a program that writes to sockets and does nothing else.
type bareWriter struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.Writer
	out   *bufio.Reader
	crowd *bench.Crowd
}

func newBareWriter(t *testing.T, clients int) *bareWriter {
	t.Helper()
	program := filepath.Join(t.TempDir(), "barewrite")
	built, err := exec.Command("go", "build", "-o", program, "../../bench/load/barewrite").CombinedOutput()
	require.NoError(t, err, "%s", built)
	w := &bareWriter{t: t, cmd: exec.Command(program)}
	in, err := w.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := w.cmd.StdoutPipe()
	require.NoError(t, err)
	w.in, w.out, w.cmd.Stderr = in, bufio.NewReader(out), os.Stderr
	require.NoError(t, w.cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, w.cmd.Wait())
	})
	addr, err := w.out.ReadString('\n')
	require.NoError(t, err)
	w.crowd, err = bench.NewCrowd(strings.TrimSpace(addr), func(bench.Heard) {})
	require.NoError(t, err)
	require.NoError(t, w.crowd.Join(clients, "none", true))
	return w
}

// perMessage is the processor time of a frame of so many bytes, in µs, over so many rounds.
func (w *bareWriter) perMessage(rounds, size int, every time.Duration) float64 {
	w.t.Helper()
	frames, cpu := w.crowd.Frames(), processTime(w.t, w.cmd.Process.Pid)
	_, err := fmt.Fprintln(w.in, rounds, size, every.Milliseconds())
	require.NoError(w.t, err)
	answer, err := w.out.ReadString('\n')
	require.NoError(w.t, err)
	require.Equal(w.t, "done\n", answer)
	spent := processTime(w.t, w.cmd.Process.Pid) - cpu
	want := frames + int64(rounds*w.crowd.Open())
	require.Eventually(w.t, func() bool { return w.crowd.Frames() == want }, time.Minute, time.Millisecond, "frames")
	return float64(spent.Nanoseconds()) / 1e3 / float64(want-frames)
}

// fanout is what a round of live delivery took.
type fanout struct {
	perMessage  float64 // µs of the server's processor time
	size        int     // bytes of a message
	perSecond   float64 // messages a client
	server, own float64 // share of a core
}

// fanout lets every client have changes for a while.
func (a *audience) fanout(d time.Duration) fanout {
	a.t.Helper()
	frames, bytes, cpu, own, began := a.crowd.Frames(), a.crowd.Bytes(), a.cpu(), ownTime(a.t), time.Now()
	a.walk(50*time.Millisecond, d, never)
	took, spent, n := time.Since(began).Seconds(), a.cpu()-cpu, float64(a.crowd.Frames()-frames)
	return fanout{
		perMessage: float64(spent.Nanoseconds()) / 1e3 / n, size: int(float64(a.crowd.Bytes()-bytes) / n),
		perSecond: n / float64(a.crowd.Open()) / took, server: spent.Seconds() / took, own: (ownTime(a.t) - own).Seconds() / took,
	}
}

// lives is the memory that is needed, in bytes: what heap and stacks hold right after the collector has worked. The heap's size says little, as the
// collector lets it grow to what a server may have. Visitors of another site make the garbage that it waits for.
func (a *audience) lives(other string) int64 {
	a.t.Helper()
	traffic := bench.Traffic{Site: other, Batch: 1, Paths: 50, Visitors: 100, Variants: 64}
	fleet, err := bench.NewFleet(a.addr, 4, traffic.Templates(1), a.ids, trackedAnswer(1))
	require.NoError(a.t, err)
	defer fleet.Close()
	const collections = 3
	least, first := math.Inf(1), a.metrics()["go_gc_duration_seconds_count"]
	for deadline := time.Now().Add(2 * time.Minute); ; {
		_, err := fleet.Run(a.t.Context(), 50*time.Millisecond)
		require.NoError(a.t, err)
		m := a.metrics()
		done := m["go_gc_duration_seconds_count"] - first
		if done >= collections-1 {
			least = min(least, m["go_memstats_heap_alloc_bytes"]+m["go_memstats_stack_inuse_bytes"])
		}
		if done > collections {
			return int64(least)
		}
		require.True(a.t, time.Now().Before(deadline), "the collector worked %v times", done)
	}
}

// TestLoadFanout is P8: each change goes to 5,000 sockets, ten times a second. A program that only writes the same bytes to as many sockets takes
// turns with the server: what it needs is the system's share. The best round of each counts, as others may use the machine.
func TestLoadFanout(t *testing.T) {
	loadPart(t, "P8")
	clients := scaled(t, 5000)
	const rounds, lasting = 5, 5 * time.Second
	a := newAudience(t)
	other := a.another()
	a.walk(100*time.Millisecond, time.Second, never)
	alone, resident := a.lives(other), a.anonymous()
	a.join(clients, true)
	bare := newBareWriter(t, clients)
	a.fanout(lasting)
	a.delays.Reset()
	ours, least, rate := math.Inf(1), math.Inf(1), 0.0
	for round := range rounds {
		f := a.fanout(lasting)
		w := bare.perMessage(30, f.size, 100*time.Millisecond)
		ours, least, rate = min(ours, f.perMessage), min(least, w), rate+f.perSecond/rounds
		t.Logf("round %d: %.1f messages/s of %d bytes, server %.1f µs a message and %.0f %% of a core, clients %.0f %%; bare write %.1f µs",
			round, f.perSecond, f.size, f.perMessage, 100*f.server, 100*f.own, w)
	}
	delay := a.delays.Quantile(0.99)
	memory := a.lives(other)
	t.Logf("memory: %s live alone, %s with the sockets; resident %s and %s", mebibytes(alone), mebibytes(memory), mebibytes(resident), mebibytes(a.anonymous()))
	require.Equal(t, clients, a.crowd.Open(), "clients that are still there")
	require.NoError(t, a.crowd.Close())
	require.NoError(t, bare.crowd.Close())

	what := fmt.Sprintf("fan-out to %s sockets, %.1f messages/s each", thousands(float64(clients)), rate)
	figure(t, "P8", what+": server CPU a message", fmt.Sprintf("%.1f µs", ours), "≤ 8 µs", "≤ 6 µs")
	figure(t, "P8", what+": CPU of writing the same bytes and nothing else", fmt.Sprintf("%.1f µs", least), "", "")
	figure(t, "P8", what+": memory a connection", fmt.Sprintf("%.1f kB", float64(memory-alone)/float64(clients)/1000), "≤ 16 kB", "≤ 10 kB")
	figure(t, "P8", what+": sent → delta, p99", millis(delay), "≤ 250 ms", "≤ 100 ms")
}

func never() bool { return false }

// TestLoadSlowReaders is R8: 10,000 sockets, of which 2,000 never read.
func TestLoadSlowReaders(t *testing.T) {
	loadPart(t, "R8")
	healthy, stuck := scaled(t, 8000), scaled(t, 2000)
	const every, lasting = 200 * time.Millisecond, 100 * time.Second
	a := newAudience(t)
	a.walk(every, 3*time.Second, never)
	alone, goroutines := a.anonymous(), a.goroutines()
	a.join(healthy, true)
	a.walk(every, 2*time.Second, never)
	watched := a.anonymous()
	a.join(stuck, false)

	a.delays.Reset()
	first, most, buffers, began, cut := a.steps, int64(0), int64(0), time.Now(), time.Duration(0)
	a.walk(every, lasting, func() bool {
		most, buffers = max(most, a.anonymous()), max(buffers, socketMemory(t))
		cut = time.Since(began)
		return a.metrics()["ztas_ws_clients"] <= float64(healthy)
	})
	m := a.metrics()
	require.EqualValues(t, healthy, m["ztas_ws_clients"], "the slow are cut, and no other")
	shown := float64(a.delays.Count()) / float64(healthy) / float64(a.steps-first)
	t.Logf("%d steps, %.1f %% of them seen as the newest; p50 %v, p99 %v, max %v; slow clients %.0f, dropped deltas %.0f", a.steps-first, 100*shown,
		a.delays.Quantile(0.5), a.delays.Quantile(0.99), a.delays.Max(), m["ztas_ws_slow_clients_total"], m["ztas_ws_dropped_deltas_total"])
	require.NoError(t, a.crowd.Close())
	require.Eventually(t, func() bool { return a.metrics()["ztas_ws_clients"] == 0 }, time.Minute, 100*time.Millisecond, "all are gone")
	left := math.Inf(1)
	for deadline := time.Now().Add(10 * time.Second); left > 0 && time.Now().Before(deadline); {
		left = min(left, a.goroutines()-goroutines)
	}

	what := fmt.Sprintf("%s sockets, %s of them never read", thousands(float64(healthy+stuck)), thousands(float64(stuck)))
	figure(t, "R8", what+": sent → delta at the others, p99", millis(a.delays.Quantile(0.99)), "≤ 100 ms", "")
	figure(t, "R8", what+": all of these are cut within", seconds(cut), "≤ 75 s", "")
	figure(t, "R8", what+": memory at most", mebibytes(most), "", "")
	figure(t, "R8", what+": memory that the slow ones add", mebibytes(most-watched), "", "")
	figure(t, "R8", what+": memory of the system for all sockets, theirs too", mebibytes(buffers), "", "")
	figure(t, "R8", what+": goroutines left when all are gone", fmt.Sprintf("%.0f", left), "≤ 0", "")
	t.Logf("memory: alone %s, with the healthy %s", mebibytes(alone), mebibytes(watched))
}

// goroutines counts those of the server while no client of this process is connected but the one that asks.
func (r *rig) goroutines() float64 {
	r.t.Helper()
	r.http.CloseIdleConnections()
	return r.metrics()["go_goroutines"]
}

// socketMemory is what the kernel holds for all TCP connections of the machine, in bytes.
func socketMemory(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/net/sockstat")
	require.NoError(t, err)
	_, line, ok := strings.Cut(string(text), "TCP: ")
	require.True(t, ok, "%s", text)
	_, rest, ok := strings.Cut(line, " mem ")
	require.True(t, ok, "%s", text)
	pages, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	require.NoError(t, err)
	return pages * int64(os.Getpagesize())
}
