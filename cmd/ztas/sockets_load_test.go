//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strconv"
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
	delays      bench.Histogram // from sending a step to a delta that shows it, over all clients that read
	steps       int
}

const (
	watchRealtime = `{"type":"subscribe","id":"s1","topic":"realtime","siteId":%q}`
	stepPath      = "/step/"
)

func newAudience(t *testing.T) *audience {
	t.Helper()
	a := &audience{rig: newRig(t, "WS_MAX_PER_USER=100000", "WS_MAX_PER_IP=100000", "JWT_TTL=1h")}
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

// TestLoadFanout is P8: each change goes to 5,000 sockets, ten times a second.
func TestLoadFanout(t *testing.T) {
	loadPart(t, "P8")
	clients := scaled(t, 5000)
	const lasting = 20 * time.Second
	a := newAudience(t)
	a.walk(100*time.Millisecond, 3*time.Second, never)
	alone := a.anonymous()
	a.join(clients, true)
	a.walk(50*time.Millisecond, 3*time.Second, never)

	a.delays.Reset()
	frames, cpu, ours, began := a.crowd.Frames(), a.cpu(), ownTime(t), time.Now()
	most := a.anonymous()
	a.walk(50*time.Millisecond, lasting, func() bool { most = max(most, a.anonymous()); return false })
	took := time.Since(began)
	messages := float64(a.crowd.Frames() - frames)
	perMessage := float64((a.cpu() - cpu).Nanoseconds()) / 1e3 / messages
	t.Logf("%.1f messages/s a client, server %.0f %% of a core, clients %.0f %%", messages/float64(clients)/took.Seconds(),
		100*(a.cpu()-cpu).Seconds()/took.Seconds(), 100*(ownTime(t)-ours).Seconds()/took.Seconds())
	require.Equal(t, clients, a.crowd.Open(), "clients that are still there")
	require.NoError(t, a.crowd.Close())

	what := fmt.Sprintf("fan-out to %s sockets, %.1f messages/s each", thousands(float64(clients)), messages/float64(clients)/took.Seconds())
	figure(t, "P8", what+": server CPU a message", fmt.Sprintf("%.1f µs", perMessage), "≤ 8 µs", "≤ 6 µs")
	figure(t, "P8", what+": memory a connection", fmt.Sprintf("%.1f kB", float64(most-alone)/float64(clients)/1000), "≤ 16 kB", "≤ 10 kB")
	figure(t, "P8", what+": sent → delta, p99", millis(a.delays.Quantile(0.99)), "≤ 250 ms", "≤ 100 ms")
}

func never() bool { return false }

// TestLoadSlowReaders is R8: 10,000 sockets, of which 2,000 never read.
func TestLoadSlowReaders(t *testing.T) {
	loadPart(t, "R8")
	healthy, stuck := scaled(t, 8000), scaled(t, 2000)
	const every, lasting = 200 * time.Millisecond, 100 * time.Second
	a := newAudience(t)
	a.walk(every, 3*time.Second, never)
	alone, goroutines := a.anonymous(), a.metrics()["go_goroutines"]
	a.join(healthy, true)
	a.walk(every, 2*time.Second, never)
	watched := a.anonymous()
	a.join(stuck, false)

	a.delays.Reset()
	first, most, began, cut := a.steps, int64(0), time.Now(), time.Duration(0)
	a.walk(every, lasting, func() bool {
		most = max(most, a.anonymous())
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
	left := a.metrics()["go_goroutines"] - goroutines

	what := fmt.Sprintf("%s sockets, %s of them never read", thousands(float64(healthy+stuck)), thousands(float64(stuck)))
	figure(t, "R8", what+": sent → delta at the others, p99", millis(a.delays.Quantile(0.99)), "≤ 100 ms", "")
	figure(t, "R8", what+": all of these are cut within", seconds(cut), "≤ 75 s", "")
	figure(t, "R8", what+": memory at most", mebibytes(most), "", "")
	figure(t, "R8", what+": memory that the slow ones add", mebibytes(most-watched), "", "")
	figure(t, "R8", what+": goroutines left when all are gone", fmt.Sprintf("%.0f", left), "≤ 0", "")
	t.Logf("memory: alone %s, with the healthy %s", mebibytes(alone), mebibytes(watched))
}
