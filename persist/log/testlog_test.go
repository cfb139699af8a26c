package log

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// history is what was given to a log: for each partition the blocks from position 1 on.
type history [analytics.Partitions][]string

// testBlock is a random block that ends with its own CRC32C, as real ones do.
func testBlock(r *rand.Rand, size int) []byte {
	b := make([]byte, size, size+4)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// testCommit is one block for each of n random partitions below 8.
func testCommit(r *rand.Rand, n, size int) []actors.LogBlock {
	var blocks []actors.LogBlock
	for _, p := range r.Perm(8)[:n] {
		blocks = append(blocks, actors.LogBlock{Partition: analytics.Partition(p), Data: testBlock(r, size)})
	}
	return blocks
}

// fill appends commits and notes them.
func (h *history) fill(t testing.TB, w *WAL, r *rand.Rand, commits, size int) {
	t.Helper()
	for range commits {
		blocks := testCommit(r, 1+r.IntN(3), size)
		positions, err := w.Append(context.Background(), blocks)
		require.NoError(t, err)
		h.note(blocks)
		for i, b := range blocks {
			require.Equal(t, analytics.Pos(len(h[b.Partition])), positions[i])
		}
	}
}

func (h *history) note(blocks []actors.LogBlock) {
	for _, b := range blocks {
		h[b.Partition] = append(h[b.Partition], string(b.Data))
	}
}

func (h *history) clone() history {
	var c history
	for p := range h {
		c[p] = slices.Clone(h[p])
	}
	return c
}

// readAll reads what a log has, from its first positions on.
func readAll(w *WAL) (blocks history, first [analytics.Partitions]analytics.Pos, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for p := range analytics.Partition(analytics.Partitions) {
		from, next, err := w.Bounds(p)
		if err != nil {
			return blocks, first, err
		}
		first[p] = from
		r, err := w.Read(ctx, p, from)
		if err != nil {
			return blocks, first, err
		}
		for pos := from; pos < next; pos++ {
			got, data, err := r.Next(ctx)
			if err == nil && got != pos {
				err = errors.New("wrong position")
			}
			if err != nil {
				return blocks, first, err
			}
			blocks[p] = append(blocks[p], string(data))
		}
		r.Close()
	}
	return blocks, first, nil
}

// requireHistory checks that the log has exactly these blocks.
func requireHistory(t testing.TB, w *WAL, want *history) {
	t.Helper()
	got, _, err := readAll(w)
	require.NoError(t, err)
	for p := range want {
		require.True(t, slices.Equal(want[p], got[p]), "partition %d: %d blocks, want %d", p, len(got[p]), len(want[p]))
	}
}

// testConfig is a configuration with small segments and without the memory of recent blocks.
func testConfig(dir string) Config {
	cfg := DefaultConfig(dir)
	cfg.SegmentBytes = 64 << 10
	cfg.RecentBytes = 0
	cfg.ReserveBytes = 0
	cfg.MinFreeSpace = 1
	cfg.MarkInterval = time.Minute // the mark is written when a test says so
	return cfg
}

func openTest(t testing.TB, cfg Config) *WAL {
	t.Helper()
	w, err := Open(cfg)
	require.NoError(t, err)
	return w
}

// image is a directory's content.
type image map[string][]byte

func readImage(t testing.TB, dir string) image {
	t.Helper()
	im := image{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		im[d.Name()], err = os.ReadFile(path)
		return err
	}))
	return im
}

// write makes a fresh directory with the content.
func (im image) write(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	require.NoError(t, err)
	for name, content := range im {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	return dir
}

// segments lists the segment files in order.
func (im image) segments() []string {
	var names []string
	for name := range im {
		if filepath.Ext(name) == ".wal" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (im image) with(name string, content []byte) image {
	c := image{}
	for n, b := range im {
		c[n] = b
	}
	if c[name] = content; content == nil {
		delete(c, name)
	}
	return c
}

// crash ends a log as a kill does: nothing more is written.
func (w *WAL) crash() {
	w.once.Do(func() {
		close(w.closed)
		w.writer <- struct{}{}
		w.marker.Wait()
		w.physMu.Lock()
		defer w.physMu.Unlock()
		if w.phys != nil {
			w.phys.Close()
			w.phys = nil
		}
		w.lock.Close()
	})
}

// quiet waits until raft-wal has begun the next segment, which it does in the background.
func (w *WAL) quiet() {
	w.writer <- struct{}{}
	defer w.endTurn()
	if w.phys != nil {
		w.phys.DeleteRange(math.MaxUint64, math.MaxUint64) // nothing is there, but it waits
	}
}
