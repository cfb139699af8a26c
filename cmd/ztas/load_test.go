package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/stretchr/testify/require"
)

// loadPart skips a test of load unless make load runs it: ZTAS_LOAD is 1 for all, or lists the figures that are wanted, "P5,R10"; ids are those that
// the test makes.
func loadPart(t *testing.T, ids ...string) {
	t.Helper()
	wanted := os.Getenv("ZTAS_LOAD")
	if wanted == "" {
		t.Skip("make load runs it")
	}
	if wanted != "1" && !slices.ContainsFunc(strings.Split(wanted, ","), func(id string) bool { return slices.Contains(ids, id) }) {
		t.Skipf("%s is not among ZTAS_LOAD=%s", strings.Join(ids, " "), wanted)
	}
}

// scaled is a size of make load times ZTAS_LOAD_SCALE: a part of 1, for those who work on these tests. It is never less than 1.
func scaled(t *testing.T, size int) int {
	t.Helper()
	text := os.Getenv("ZTAS_LOAD_SCALE")
	if text == "" {
		return size
	}
	scale, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err, "ZTAS_LOAD_SCALE")
	return max(1, int(float64(size)*scale))
}

// figure prints what was measured for the table of make load. gate and stretch are bounds in the unit of value ("≤ 5 ms", "≥ 35", or "100 %" for
// what must be just so) or empty. The table says when a bound is missed; the test does not fail.
func figure(t *testing.T, id, what, value, gate, stretch string) {
	t.Helper()
	for _, part := range []string{id, what, value, gate, stretch} {
		require.NotContains(t, part, "|", "bench/cmd/loadtable reads this")
	}
	t.Logf("figure: %s | %s | %s | %s | %s", id, what, value, gate, stretch)
}

// cpu is the processor time that the server has used.
func (r *rig) cpu() time.Duration {
	r.t.Helper()
	return processTime(r.t, r.life.cmd.Process.Pid)
}

// processTime is the user and system time of a process.
func processTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var sum time.Duration
	for _, field := range fields[11:13] { // utime and stime, in ticks of 10 ms
		n, err := strconv.ParseInt(field, 10, 64)
		require.NoError(t, err)
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

// makeSite creates a site as the owner whose token api has.
func makeSite(api *client, domain, zone string) (id string, err error) {
	var made struct{ ID string }
	err = api.send(context.Background(), http.MethodPost, "/api/sites", map[string]any{"domain": domain, "timezone": zone}, &made)
	return made.ID, err
}

// memoryWatch looks at a process's memory again and again.
type memoryWatch struct {
	began time.Time
	end   chan struct{}
	most  chan int64
}

// watchMemory looks at the running process's anonymous memory every 20 ms, until stop.
func watchMemory(r *rig) *memoryWatch {
	w := &memoryWatch{began: time.Now(), end: make(chan struct{}), most: make(chan int64, 1)}
	pid := r.life.cmd.Process.Pid
	go func() {
		most, look := int64(0), time.NewTicker(20*time.Millisecond)
		defer look.Stop()
		for {
			now, _ := anonymousMemory(pid) // it may just have ended
			most = max(most, now)
			select {
			case <-look.C:
			case <-w.end:
				w.most <- most
				return
			}
		}
	}()
	return w
}

// stop ends the watch and returns the most that was seen, in bytes.
func (w *memoryWatch) stop() int64 {
	close(w.end)
	return <-w.most
}

// anonymousMemory is what a process has that is no file, in bytes: what Badger maps is not in it.
func anonymousMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(text), "\nRssAnon:")
	if !ok {
		return 0, errors.New("no RssAnon")
	}
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kb << 10, err
}

// diskUse is what a folder takes of the disk, in bytes of whole blocks.
func diskUse(t *testing.T, dir string) int64 {
	t.Helper()
	n, err := dirBytes(dir)
	require.NoError(t, err)
	return n
}

// millis shows a latency for a figure.
func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1e3) }

// seconds shows a time for a figure.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// mebibytes shows a size for a figure.
func mebibytes(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }

// thousands shows a number for a figure, with commas.
func thousands(n float64) string { return humanize.Comma(int64(n)) }
