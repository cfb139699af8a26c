//go:build unix

package backup_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/backup"
)

// hang makes a shared file of the backup one that cannot be opened until the returned function is called: nobody writes to the pipe.
func (s *source) hang() (letGo func()) {
	shared, err := filepath.Glob(filepath.Join(s.target, "files", "*.blob"))
	require.NoError(s.t, err)
	require.NotEmpty(s.t, shared)
	require.NoError(s.t, os.Remove(shared[0]))
	require.NoError(s.t, syscall.Mkfifo(shared[0], 0o600))
	end, err := os.OpenFile(shared[0], os.O_RDWR, 0) // which a pipe's other end does not wait for
	require.NoError(s.t, err)
	require.NoError(s.t, end.Close())
	return func() {
		f, err := os.OpenFile(shared[0], os.O_RDWR, 0)
		require.NoError(s.t, err)
		s.t.Cleanup(func() { _ = f.Close() })
	}
}

// hangs tells whether a copy is looking at a shared file.
func hangs() bool {
	stacks := make([]byte, 1<<20)
	return bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("backup.checkShared("))
}

// requireReleased: nothing waits for a copy that was given up.
func (s *source) requireReleased() {
	for p := range analytics.Partition(3) {
		_, next, err := s.log.Bounds(p)
		require.NoError(s.t, err)
		require.NoError(s.t, s.log.TruncateBefore(p, next))
	}
	require.NoError(s.t, s.log.Rewrite(s.t.Context(), func() error { return nil }, nil), "it is refused while the log is copied")
	dropped := filepath.Join(s.dir, "store", "blobs")
	before := tree(s.t, dropped)
	s.checkpoint(2, 1)
	require.Len(s.t, tree(s.t, dropped), len(before), "one file came, one went")
}

// TestDiskHangs: a backup whose disk hangs is given up soon after it was told to end, or after a while without a step. It is no copy, and it holds
// neither log nor store; the folder it holds until the disk is back.
func TestDiskHangs(t *testing.T) {
	for _, told := range []bool{true, false} {
		s := newSource(t)
		s.append("a", "b", "c")
		s.checkpoint(1)
		_, err := s.take(7)
		require.NoError(t, err)
		letGo := s.hang()
		src := s.source()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if !told {
			src.Patience = 3 * time.Second
		}
		s.now = s.now.Add(time.Minute)
		given := make(chan error, 1)
		go func() {
			_, err := backup.Take(ctx, src, s.target, 7)
			given <- err
		}()
		require.Eventually(t, hangs, 20*time.Second, time.Millisecond)
		if told {
			cancel()
		}
		select {
		case err = <-given:
		case <-time.After(20 * time.Second):
			letGo()
			t.Fatal("the backup waits for its disk")
		}
		if told {
			require.ErrorIs(t, err, context.Canceled)
		} else {
			require.ErrorContains(t, err, "the backup's disk does not answer")
		}
		s.requireReleased()
		_, err = s.take(7)
		require.ErrorIs(t, err, backup.ErrBusy)

		letGo()
		require.Eventually(t, func() bool {
			names, err := backup.Copies(s.target)
			require.NoError(t, err)
			require.Len(t, names, 1, "what was given up is no copy")
			_, err = s.take(7)
			return err == nil
		}, 20*time.Second, 10*time.Millisecond)
		names, err := backup.Copies(s.target)
		require.NoError(t, err)
		require.Len(t, names, 2)
		_, err = backup.Check(t.Context(), s.target, names[1])
		require.NoError(t, err)
	}
}
