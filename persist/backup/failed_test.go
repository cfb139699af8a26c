package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/backup"
)

// names are the names of tree, without the folder.
func names(t *testing.T, dir string) (list []string) {
	for path := range tree(t, dir) {
		rel, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		list = append(list, rel)
	}
	slices.Sort(list)
	return list
}

// TestFailedCopyLeavesNothing: what a copy that fails has written is taken back, so that a disk that was full is not full for good. Earlier copies stay.
func TestFailedCopyLeavesNothing(t *testing.T) {
	s := newSource(t)
	s.append("a")
	s.checkpoint(1)
	_, err := s.take(7)
	require.NoError(t, err)
	before := tree(t, s.target)
	s.checkpoint(2)
	s.checkpoint(3)
	stored, err := filepath.Glob(filepath.Join(s.dir, "store", "blobs", "*.blob"))
	require.NoError(t, err)
	require.Len(t, stored, 3)
	flip(t, stored[2], 100)
	_, err = s.take(7)
	require.ErrorIs(t, err, persist.ErrCorrupt)
	require.Equal(t, before, tree(t, s.target))
}

// TestInterruptedCopyGoesOn: what is whole of an interrupted copy is not copied again; the rest is gone.
func TestInterruptedCopyGoesOn(t *testing.T) {
	s := newSource(t)
	s.checkpoint(1)
	s.checkpoint(2)
	for left := 1; ; left++ {
		src := s.source()
		_, err := backup.Take(&endsLater{t.Context(), left}, src, s.target, 7)
		if err == nil {
			t.Fatal("it was to end before")
		}
		require.ErrorIs(t, err, context.Canceled)
		list := names(t, s.target)
		require.Equal(t, "files", list[0])
		require.LessOrEqual(t, len(list), 3, list)
		if len(list) == 2 { // one of the two files
			break
		}
	}
	made, err := s.take(7)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, []int{made.Files, made.NewFiles})
}

// TestKilledCopyIsRemoved: the next run removes what a killed one left before it needs room itself.
func TestKilledCopyIsRemoved(t *testing.T) {
	s := newSource(t)
	s.checkpoint(1)
	made, err := s.take(7)
	require.NoError(t, err)
	left := filepath.Join(s.target, "20260115T100059.000Z")
	require.NoError(t, os.Mkdir(left, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(left, "store.zst"), make([]byte, 1000), 0o600))
	half := filepath.Join(s.target, "files", ".write-123")
	require.NoError(t, os.WriteFile(half, make([]byte, 1000), 0o600))
	src := s.source()
	src.Still = func(snapshot, copy func() error) error {
		require.NoDirExists(t, left)
		require.NoFileExists(t, half)
		return errors.Join(snapshot(), copy())
	}
	_, err = backup.Take(t.Context(), src, s.target, 7)
	require.NoError(t, err)
	_, err = backup.Check(t.Context(), s.target, made.Name)
	require.NoError(t, err)
}

// TestFolderVanishes: the disk is unmounted in the middle of a copy. It fails, makes nothing in the place that is left, and the next one is refused.
func TestFolderVanishes(t *testing.T) {
	s := newSource(t)
	s.append("a")
	s.checkpoint(1)
	_, err := s.take(7)
	require.NoError(t, err)
	before := tree(t, s.target)
	src := s.source()
	src.Still = func(snapshot, copy func() error) error {
		require.NoError(t, snapshot())
		require.NoError(t, os.Rename(s.target, s.target+"-disk"))
		require.NoError(t, os.Mkdir(s.target, 0o700))
		return copy()
	}
	s.checkpoint(2)
	_, err = backup.Take(t.Context(), src, s.target, 7)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Empty(t, tree(t, s.target))
	_, err = s.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
	require.NoError(t, os.Remove(s.target))
	require.NoError(t, os.Rename(s.target+"-disk", s.target))
	require.Equal(t, before, tree(t, s.target))
	_, err = s.take(7)
	require.NoError(t, err)
}

// TestCopyThatCannotBeLookedAt is none that nobody needs: nothing is removed.
func TestCopyThatCannotBeLookedAt(t *testing.T) {
	s := newSource(t)
	s.checkpoint(1)
	made, err := s.take(7)
	require.NoError(t, err)
	_, err = s.take(7)
	require.NoError(t, err)
	manifest := filepath.Join(s.target, made.Name, "manifest.json")
	require.NoError(t, os.Remove(manifest))
	require.NoError(t, os.Symlink("manifest.json", manifest)) // leads to itself: ELOOP stands for any error of the disk
	_, err = s.take(7)
	require.Error(t, err)
	require.FileExists(t, filepath.Join(s.target, made.Name, "store.zst"))
}
