package log

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

const killDir = "ZTAS_TEST_LOG_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		appendUntilKilled(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// appendUntilKilled is the process that TestKill kills: it appends without end and prints each acknowledged position.
func appendUntilKilled(dir string) {
	cfg := DefaultConfig(dir)
	cfg.SegmentBytes = 256 << 10
	cfg.MinFreeSpace = 1
	w, err := Open(cfg)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, "open")
	for p := range analytics.Partition(8) {
		_, next, _ := w.Bounds(p)
		fmt.Fprintln(out, "next", p, next, ".")
	}
	out.Flush()
	for i := 0; ; i++ {
		var blocks []actors.LogBlock
		for p := range analytics.Partition(8) {
			_, next, _ := w.Bounds(p)
			blocks = append(blocks, actors.LogBlock{Partition: p, Data: killBlock(p, next)})
		}
		positions, err := w.Append(context.Background(), blocks)
		if err != nil {
			fmt.Println("error", err)
			return
		}
		for p, pos := range positions {
			fmt.Fprintln(out, "acked", p, pos, ".")
		}
		out.Flush()
		if i%200 == 199 { // positions are forgotten while blocks arrive; partition 0 keeps all
			for p, pos := range positions[1:] {
				if err := w.TruncateBefore(analytics.Partition(p+1), pos); err != nil {
					fmt.Println("error", err)
				}
			}
		}
	}
}

// killBlock is the block that belongs to a position, 100 to 4,100 bytes.
func killBlock(p analytics.Partition, pos analytics.Pos) []byte {
	r := rand.New(rand.NewPCG(uint64(p), uint64(pos)))
	return testBlock(r, 100+r.IntN(4000))
}

// TestKill kills a process that writes, again and again (R1): every position that it printed is there with its block.
func TestKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	r := rand.New(rand.NewPCG(37, 38))
	cycles := 8
	if testing.Short() {
		cycles = 2
	}
	var acked [8]analytics.Pos
	total := 0
	for range cycles {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killDir+"="+dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		until := 50 + r.IntN(4000)
		seen := 0
		note := func(line string) {
			var p int
			var pos analytics.Pos
			if n, _ := fmt.Sscanf(line, "acked %d %d", &p, &pos); n == 2 {
				require.Equal(t, acked[p]+1, pos)
				acked[p] = pos
				seen++
			}
			if n, _ := fmt.Sscanf(line, "next %d %d", &p, &pos); n == 2 {
				require.GreaterOrEqual(t, pos, acked[p]+1, "an acknowledged position is lost")
				require.LessOrEqual(t, pos, acked[p]+2, "at most one commit was not yet answered")
				acked[p] = pos - 1
			}
			require.False(t, strings.HasPrefix(line, "error"), line)
		}
		for seen < until && lines.Scan() {
			note(lines.Text())
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // acknowledged before it died
			if strings.HasSuffix(lines.Text(), " .") { // the last line may be torn
				note(lines.Text())
			}
		}
		io.Copy(io.Discard, out)
		cmd.Wait()
		total += seen
	}
	cfg := DefaultConfig(dir)
	cfg.SegmentBytes, cfg.MinFreeSpace = 256<<10, 1
	w := openTest(t, cfg)
	defer w.Close()
	got, first, err := readAll(w)
	require.NoError(t, err)
	require.Equal(t, analytics.Pos(1), first[0])
	for p := range analytics.Partition(8) {
		require.GreaterOrEqual(t, first[p]+analytics.Pos(len(got[p])), acked[p]+1)
		for i, b := range got[p] {
			pos := first[p] + analytics.Pos(i)
			require.Equal(t, string(killBlock(p, pos)), b, "partition %d position %d", p, pos)
		}
	}
	t.Logf("%d blocks acknowledged in %d lives", total, cycles)
}
