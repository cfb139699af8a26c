package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/backup"
)

// TestTwoServersOneFolder: while a copy is being made no other one is, of whatever server: it would take away the files that the first has not named
// yet.
func TestTwoServersOneFolder(t *testing.T) {
	first, second := newSource(t), newSource(t)
	second.target = first.target
	first.checkpoint(1)
	second.checkpoint(2)
	src := first.source()
	src.Still = func(snapshot, copy func() error) error {
		_, err := second.take(1)
		require.ErrorIs(t, err, backup.ErrBusy)
		return errors.Join(snapshot(), copy())
	}
	made, err := backup.Take(t.Context(), src, first.target, 7)
	require.NoError(t, err)
	_, err = backup.Check(t.Context(), first.target, made.Name)
	require.NoError(t, err)
	_, err = second.take(7)
	require.ErrorIs(t, err, backup.ErrRefused, "afterwards it is the folder of the first")
}

// TestUnreadableCopy: an older copy whose manifest is damaged is in the way of removing what nobody needs. The new copy is made and named, and so is
// the folder to delete.
func TestUnreadableCopy(t *testing.T) {
	s := newSource(t)
	s.checkpoint(1)
	old, err := s.take(7)
	require.NoError(t, err)
	folder := filepath.Join(s.target, old.Name)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "manifest.json"), []byte("{"), 0o600))
	made, err := s.take(7)
	require.ErrorContains(t, err, made.Name+" was made, but older copies could not be removed: ")
	require.ErrorContains(t, err, "nothing can be restored of it: delete the folder "+folder)
	_, err = backup.Check(t.Context(), s.target, made.Name)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(folder))
	_, err = s.take(7)
	require.NoError(t, err)
}
