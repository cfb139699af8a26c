package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/persist/store"
)

// largeData is emptyData with a value that is a file of its own.
func largeData(t *testing.T) string {
	t.Helper()
	data := emptyData(t)
	st, err := store.Open(store.DefaultConfig(filepath.Join(data, "store")))
	require.NoError(t, err)
	large := make([]byte, 200_000)
	for i := range large {
		large[i] = byte(rand.Uint32())
	}
	require.NoError(t, st.Commit([]actors.Checkpoint{{Site: "site_aaaaaa", Root: []byte{1}, Put: map[uint64][]byte{1: large}}}))
	require.NoError(t, st.Close())
	return data
}

// spoil flips a bit in the middle of a file.
func spoil(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[len(b)/2] ^= 1
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

// TestBackupRenews: a file of an earlier copy that changed on the backup's disk is told, and is whole again.
func TestBackupRenews(t *testing.T) {
	data, dir := largeData(t), filepath.Join(t.TempDir(), "backup")
	code, _, errOut := ztas(t.Context(), "backup", dir, "--data", data)
	require.Equal(t, []any{0, ""}, []any{code, errOut})
	shared, err := filepath.Glob(filepath.Join(dir, "files", "*.blob"))
	require.NoError(t, err)
	require.Len(t, shared, 1)
	spoil(t, shared[0])
	code, out, _ := ztas(t.Context(), "verify", "--backup", dir)
	require.Equal(t, 1, code)
	require.Contains(t, out, "cannot be restored")
	code, out, errOut = ztas(t.Context(), "backup", dir, "--data", data)
	require.Zero(t, code, errOut)
	require.Contains(t, errOut, shared[0]+" had changed on the backup's disk: it was copied anew")
	require.Equal(t, 1, strings.Count(out, "\n"))
	code, out, errOut = ztas(t.Context(), "verify", "--backup", dir)
	require.Zero(t, code, errOut)
	require.Equal(t, 2, strings.Count(out, "all as written"))
	code, _, errOut = ztas(t.Context(), "backup", dir, "--data", data)
	require.Equal(t, []any{0, ""}, []any{code, errOut})
}
