package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/backup"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// source is a data directory with a store and a log.
type source struct {
	t      *testing.T
	dir    string
	store  *store.Store
	log    *log.WAL
	target string
	now    time.Time
}

func newSource(t *testing.T) *source {
	s := &source{t: t, target: filepath.Join(t.TempDir(), "backup"), now: time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)}
	s.open(t.TempDir())
	return s
}

func (s *source) open(dir string) {
	s.dir = dir
	var err error
	s.store, err = store.Open(store.DefaultConfig(filepath.Join(dir, "store")))
	require.NoError(s.t, err)
	cfg := log.DefaultConfig(filepath.Join(dir, "log"))
	cfg.MinFreeSpace = 1
	s.log, err = log.Open(cfg)
	require.NoError(s.t, err)
	s.t.Cleanup(s.close)
}

func (s *source) close() {
	require.NoError(s.t, s.store.Close())
	require.NoError(s.t, s.log.Close())
}

// checkpoint stores a root with a small value and a large one, which is a file; free names an older one to drop.
func (s *source) checkpoint(n byte, free ...uint64) {
	small, large := make([]byte, 1000), make([]byte, 200_000)
	for i := range large {
		large[i] = n * byte(i)
	}
	require.NoError(s.t, s.store.Commit([]actors.Checkpoint{{
		Site: "site_a", Root: []byte{n}, Put: map[uint64][]byte{uint64(n): large, uint64(n) + 100: small}, Free: free,
	}}))
}

func (s *source) append(blocks ...string) {
	for i, b := range blocks {
		_, err := s.log.Append(s.t.Context(), []actors.LogBlock{{Partition: analytics.Partition(i % 3), Data: []byte(b)}})
		require.NoError(s.t, err)
	}
}

func (s *source) take(keep int) (backup.Result, error) {
	s.now = s.now.Add(time.Minute)
	return backup.Take(s.t.Context(), s.source(), s.target, keep)
}

func (s *source) source() backup.Source {
	return backup.Source{
		Data: s.dir, Store: s.store, Log: s.log, Version: "test", Now: func() time.Time { return s.now },
		Still: func(snapshot, copy func() error) error {
			if err := snapshot(); err != nil {
				return err
			}
			return copy()
		},
	}
}

// blocks reads a partition's blocks.
func (s *source) blocks(p analytics.Partition) (list []string) {
	first, next, err := s.log.Bounds(p)
	require.NoError(s.t, err)
	r, err := s.log.Read(s.t.Context(), p, first)
	require.NoError(s.t, err)
	defer r.Close()
	for pos := first; pos < next; pos++ {
		at, b, err := r.Next(s.t.Context())
		require.NoError(s.t, err)
		list = append(list, fmt.Sprintf("%d:%s", at, b))
	}
	return list
}

// TestCopiesShareFiles: a copy has what was there at its moment, whatever was dropped while it was made; files are copied once; older copies go,
// with the files that only they had.
func TestCopiesShareFiles(t *testing.T) {
	s := newSource(t)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "jwt.key"), []byte("secret"), 0o600))
	s.append("a", "b", "c", "d", "e", "f", "g")
	require.NoError(t, s.log.TruncateBefore(0, 2))
	require.NoError(t, s.store.Txn(persist.Put("user/1", []byte("somebody"))))
	s.checkpoint(1)
	first, err := s.take(2)
	require.NoError(t, err)
	require.Equal(t, 1, first.NewFiles)
	require.Equal(t, 6, first.Blocks)
	s.checkpoint(2)
	second, err := s.take(2)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, []int{second.Files, second.NewFiles})
	require.Less(t, second.NewBytes, second.Bytes)

	third, err := func() (backup.Result, error) { // while it is made, all that it needs is dropped
		s.now = s.now.Add(time.Minute)
		src := s.source()
		src.Still = func(snapshot, copy func() error) error {
			if err := snapshot(); err != nil {
				return err
			}
			s.checkpoint(3, 1, 2, 101, 102)
			s.append("later", "later", "later")
			for p := range analytics.Partition(3) {
				require.NoError(t, s.log.TruncateBefore(p, 4))
			}
			return copy()
		}
		return backup.Take(t.Context(), src, s.target, 2)
	}()
	require.NoError(t, err)
	require.Equal(t, 1, third.Forgotten)
	names, err := backup.Copies(s.target)
	require.NoError(t, err)
	require.Equal(t, []string{second.Name, third.Name}, names)

	data := filepath.Join(t.TempDir(), "restored")
	m, err := backup.Restore(t.Context(), s.target, third.Name, data)
	require.NoError(t, err)
	require.Equal(t, s.now, m.At)
	require.NoError(t, backup.Unfinished(data))
	key, err := os.ReadFile(filepath.Join(data, "jwt.key"))
	require.NoError(t, err)
	require.Equal(t, "secret", string(key))
	_, err = os.Stat(filepath.Join(data, "salts"))
	require.ErrorIs(t, err, os.ErrNotExist)
	r := &source{t: t}
	r.open(data)
	root, ok, err := r.store.Root("site_a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []byte{2}, root)
	for _, id := range []uint64{1, 2, 101, 102} {
		b, err := r.store.Blob("site_a", id)
		require.NoError(t, err, id)
		require.Len(t, b, map[bool]int{true: 200_000, false: 1000}[id < 100])
	}
	val, _, err := r.store.Get("user/1")
	require.NoError(t, err)
	require.Equal(t, "somebody", string(val))
	require.NoError(t, r.store.Verify(t.Context()))
	require.Equal(t, []string{"2:d", "3:g"}, r.blocks(0))
	require.Equal(t, []string{"1:b", "2:e"}, r.blocks(1))
	require.NoError(t, r.store.Txn(persist.Put("user/2", []byte("goes on"))))
	r.append("h")
	require.Equal(t, []string{"2:d", "3:g", "4:h"}, r.blocks(0))

	s.checkpoint(4, 3, 103)
	_, err = s.take(1)
	require.NoError(t, err)
	files, err := os.ReadDir(filepath.Join(s.target, "files"))
	require.NoError(t, err)
	require.Len(t, files, 1, "files that no copy has any more stay")
	stored, err := filepath.Glob(filepath.Join(s.dir, "store", "blobs", "*.blob"))
	require.NoError(t, err)
	require.Len(t, stored, 1, "files that were dropped during a copy stay in the store")
}

// endsLater is over once it was asked so often.
type endsLater struct {
	context.Context
	left int
}

// Err counts.
func (c *endsLater) Err() error {
	if c.left--; c.left >= 0 {
		return nil
	}
	return context.Canceled
}

// TestInterrupted: a copy that is interrupted is none, and goes with the next one; a restore that is interrupted is refused.
func TestInterrupted(t *testing.T) {
	s := newSource(t)
	s.append("a")
	s.checkpoint(1)
	_, _, err := backup.Find(s.target, "")
	require.ErrorContains(t, err, "there is no complete backup")
	broken := s.source()
	ctx, cancel := context.WithCancel(t.Context())
	broken.Still = func(snapshot, copy func() error) error {
		cancel()
		return errors.Join(snapshot(), copy())
	}
	_, err = backup.Take(ctx, broken, s.target, 1)
	require.ErrorIs(t, err, context.Canceled)
	names, err := backup.Copies(s.target)
	require.NoError(t, err)
	require.Empty(t, names)
	r, err := s.take(1)
	require.NoError(t, err)
	entries, err := os.ReadDir(s.target)
	require.NoError(t, err)
	require.Len(t, entries, 2, "files and one copy")

	data := filepath.Join(t.TempDir(), "restored")
	_, err = backup.Restore(ctx, s.target, r.Name, data)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, backup.Unfinished(data), "it was only looked through")
	_, err = backup.Restore(&endsLater{t.Context(), 1}, s.target, r.Name, data)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, backup.Unfinished(data), "is half restored")
	_, err = backup.Restore(t.Context(), s.target, r.Name, data)
	require.ErrorContains(t, err, "is half restored: empty it and restore again")
	_, err = backup.Restore(t.Context(), s.target, r.Name, s.dir)
	require.ErrorContains(t, err, "is not empty")
	_, err = backup.Restore(t.Context(), s.target, "yesterday", data)
	require.ErrorContains(t, err, "is not the name of a copy")
}

// TestDamagedCopies: a flipped bit in any file of a copy is found, and nothing is restored of it.
func TestDamagedCopies(t *testing.T) {
	s := newSource(t)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "jwt.key"), []byte("secret"), 0o600))
	s.append("a", "b")
	s.checkpoint(1)
	r, err := s.take(1)
	require.NoError(t, err)
	_, err = backup.Check(t.Context(), s.target, r.Name)
	require.NoError(t, err)
	files := []string{"store.zst", "log.zst", "jwt.key", "manifest.json"}
	shared, err := filepath.Glob(filepath.Join(s.target, "files", "*"))
	require.NoError(t, err)
	for i := range files {
		files[i] = filepath.Join(s.target, r.Name, files[i])
	}
	for _, path := range append(files, shared...) {
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		places := []int{0, len(whole) / 2, len(whole) - 2}
		if filepath.Base(path) == "manifest.json" {
			places = []int{0, len(whole) - 2} // what a flipped letter of the version says is not known
		}
		for _, at := range places {
			bad := append([]byte(nil), whole...)
			bad[at] ^= 0x10
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			_, err = backup.Check(t.Context(), s.target, r.Name)
			require.Error(t, err, "%s at %d", path, at)
			_, err = backup.Restore(t.Context(), s.target, r.Name, t.TempDir())
			require.Error(t, err)
		}
		require.NoError(t, os.WriteFile(path, whole, 0o600))
	}
}

// TestForeignFiles: what others keep in the folder, even where the shared files are, is left alone.
func TestForeignFiles(t *testing.T) {
	s := newSource(t)
	s.append("a")
	s.checkpoint(1)
	files := filepath.Join(s.target, "files")
	require.NoError(t, os.MkdirAll(filepath.Join(files, "letters"), 0o700))
	for _, name := range []string{"thesis.txt", "0000000000000007-00000007.blob.bak", "0000000000000007-00000007.blob", ".write-123"} {
		require.NoError(t, os.WriteFile(filepath.Join(files, name), nil, 0o600))
	}
	_, err := s.take(1)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(files, "thesis.txt"))
	require.FileExists(t, filepath.Join(files, "0000000000000007-00000007.blob.bak"))
	require.DirExists(t, filepath.Join(files, "letters"))
	require.NoFileExists(t, filepath.Join(files, "0000000000000007-00000007.blob"), "what no copy names")
	require.NoFileExists(t, filepath.Join(files, ".write-123"), "what an interrupted run left")
}
