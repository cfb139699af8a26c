package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/backup"
)

// numbered is a client that sends the pageviews /n/0, /n/1, … of its site, one request after the other.
type numbered struct {
	site          string
	batch         int
	sent, settled atomic.Int64 // events that may have arrived, and those that were acknowledged
}

func (c *numbered) request(from int64) []byte {
	events := make([]map[string]any, c.batch)
	for i := range events {
		n := from + int64(i)
		events[i] = map[string]any{"type": "pageview", "path": fmt.Sprintf("/n/%d", n), "id": fmt.Sprintf("%s-%08d", c.site[5:13], n)}
	}
	return encode(map[string]any{"siteId": c.site, "events": events})
}

func (c *numbered) run(r *rig, stop *atomic.Bool) error {
	for from := int64(0); !stop.Load(); from += int64(c.batch) {
		c.sent.Store(from + int64(c.batch))
		if _, err := r.insist(c.request(from), agent); err != nil {
			return err
		}
		c.settled.Store(from + int64(c.batch))
	}
	return nil
}

// command runs the program.
func (r *rig) command(args ...string) (string, error) {
	out, err := exec.Command(r.program, args...).CombinedOutput()
	return string(out), err
}

// TestBackup is R15: a server under load is backed up again and again; every copy, restored elsewhere, holds of each client exactly the first
// events, all that were acknowledged before the copy began and none that was sent after it; its days add up, and it serves.
func TestBackup(t *testing.T) {
	r := newRig(t)
	r.start()
	site, token := r.site("UTC")
	clients := []*numbered{{site: site, batch: 100}}
	for n := range 2 {
		var made struct{ ID string }
		require.NoError(t, newClient(r.base(), token).send(t.Context(), "POST", "/api/sites", map[string]any{"domain": fmt.Sprintf("n%d.example.net", n)}, &made))
		clients = append(clients, &numbered{site: made.ID, batch: 1})
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	errs := make(chan error, len(clients))
	for _, c := range clients {
		wg.Go(func() { errs <- c.run(r, &stop) })
	}
	dir := filepath.Join(t.TempDir(), "backup")
	const copies = 4
	var least, most [copies][]int64
	for n := range copies {
		require.Eventually(t, func() bool { return clients[0].settled.Load() > int64(n)*90_000+5_000 }, time.Minute, 5*time.Millisecond) // over a checkpoint of the site
		for _, c := range clients {
			least[n] = append(least[n], c.settled.Load())
		}
		out, err := r.command("backup", "--data", r.data, "--keep", "9", dir)
		require.NoError(t, err, out)
		t.Log(strings.TrimSpace(out))
		for _, c := range clients {
			most[n] = append(most[n], c.sent.Load())
		}
	}
	stop.Store(true)
	wg.Wait()
	for range clients {
		require.NoError(t, <-errs)
	}
	r.stop()

	out, err := r.command("verify", "--backup", dir)
	require.NoError(t, err, out)
	names, err := backup.Copies(dir)
	require.NoError(t, err)
	require.Len(t, names, copies)
	for n, name := range names {
		data := filepath.Join(t.TempDir(), "restored")
		out, err := r.command("restore", "--data", data, "--copy", name, dir)
		require.NoError(t, err, out)
		out, err = r.command("verify", "--data", data)
		require.NoError(t, err, out)
		require.Contains(t, out, "counters and events agree")
		for i, c := range clients {
			k := requirePrefix(t, r, data, c.site)
			require.GreaterOrEqual(t, k, least[n][i], "copy %d, client %d", n, i)
			require.LessOrEqual(t, k, most[n][i], "copy %d, client %d", n, i)
		}
		if n == copies-1 { // and it goes on: what is sent again is known
			r.data = data
			r.start()
			k := r.stats(token, site).Summary.Pageviews
			for from := int64(0); from < clients[0].settled.Load(); from += 100 {
				_, err := r.insist(clients[0].request(from), agent)
				require.NoError(t, err)
			}
			require.GreaterOrEqual(t, clients[0].settled.Load(), k)
			require.Equal(t, clients[0].settled.Load(), r.stats(token, site).Summary.Pageviews)
			r.stop()
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, names[0], "log.zst"), []byte("x"), 0o600))
	out, err = r.command("verify", "--backup", dir)
	require.Error(t, err)
	require.Contains(t, out, "is not what was written")
}

// requirePrefix expects the events /n/0 to /n/k-1 of a site in a data directory, each once, and returns k.
func requirePrefix(t *testing.T, r *rig, data, site string) int64 {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := exec.Command(r.program, "export", "events", "--data", data, "--site", site)
	cmd.Stdout, cmd.Stderr = &out, &problems
	require.NoError(t, cmd.Run(), problems.String())
	seen := make(map[int64]bool)
	highest := int64(-1)
	for line := range strings.Lines(out.String()) {
		_, rest, found := strings.Cut(line, `"path":"/n/`) // half a million lines: json would take most of the test's time
		require.True(t, found, line)
		number, _, _ := strings.Cut(rest, `"`)
		n, err := strconv.ParseInt(number, 10, 64)
		require.NoError(t, err)
		require.False(t, seen[n], "%d twice", n)
		seen[n], highest = true, max(highest, n)
	}
	require.Len(t, seen, int(highest+1), "a gap")
	return highest + 1
}
