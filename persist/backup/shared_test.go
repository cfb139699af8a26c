package backup_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/backup"
)

// TestRottenSharedFile: a file of an earlier copy that changed on the backup's disk is not counted on: it is copied anew and named, after which all
// copies that share it are whole.
func TestRottenSharedFile(t *testing.T) {
	for what, spoil := range map[string]func(t *testing.T, path string){
		"a flipped bit":  func(t *testing.T, path string) { flip(t, path, 100_000) },
		"its sum":        func(t *testing.T, path string) { flip(t, path, -1) },
		"cut off":        func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 5_000)) },
		"emptied":        func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 0)) },
		"not there":      func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"all as written": func(*testing.T, string) {},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSource(t)
			s.append("a")
			s.checkpoint(1)
			first, err := s.take(7)
			require.NoError(t, err)
			require.Empty(t, first.Renewed)
			shared, err := filepath.Glob(filepath.Join(s.target, "files", "*.blob"))
			require.NoError(t, err)
			require.Len(t, shared, 1)
			spoil(t, shared[0])
			s.checkpoint(2)
			second, err := s.take(7)
			require.NoError(t, err)
			require.Equal(t, 2, second.Files)
			switch what {
			case "all as written":
				require.Empty(t, second.Renewed)
				require.Equal(t, 1, second.NewFiles)
			case "not there":
				require.Empty(t, second.Renewed)
				require.Equal(t, 2, second.NewFiles)
			default:
				require.Equal(t, shared, second.Renewed)
				require.Equal(t, 2, second.NewFiles)
			}
			for _, name := range []string{first.Name, second.Name} {
				_, err := backup.Check(t.Context(), s.target, name)
				require.NoError(t, err)
				_, err = backup.Restore(t.Context(), s.target, name, filepath.Join(t.TempDir(), "restored"))
				require.NoError(t, err)
			}
		})
	}
}

// TestRottenInBothPlaces: when the server's own file has changed too there is no copy, and the message names the file.
func TestRottenInBothPlaces(t *testing.T) {
	s := newSource(t)
	s.checkpoint(1)
	first, err := s.take(7)
	require.NoError(t, err)
	stored, err := filepath.Glob(filepath.Join(s.dir, "store", "blobs", "*.blob"))
	require.NoError(t, err)
	require.Len(t, stored, 1)
	flip(t, stored[0], 100)
	_, err = s.take(7)
	require.NoError(t, err, "the copy counts on the file that it has, which is whole")
	shared, err := filepath.Glob(filepath.Join(s.target, "files", "*.blob"))
	require.NoError(t, err)
	flip(t, shared[0], 100)
	_, err = s.take(7)
	require.ErrorIs(t, err, persist.ErrCorrupt)
	require.ErrorContains(t, err, "the data directory itself is damaged: "+stored[0])
	names, err := backup.Copies(s.target)
	require.NoError(t, err)
	require.Len(t, names, 2)
	require.Equal(t, first.Name, names[0])
}

// flip changes a bit of a file, at an offset or, below 0, from the end.
func flip(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 0x10
	require.NoError(t, os.WriteFile(path, b, 0o600))
}
