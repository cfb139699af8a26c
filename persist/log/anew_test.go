package log

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
)

// TestMadeAnewOnANearlyFullDisk: what is kept free for new events does not keep a log from being repaired or restored.
func TestMadeAnewOnANearlyFullDisk(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	var h history
	h.fill(t, w, rand.New(rand.NewPCG(1, 2)), 20, 300)
	require.NoError(t, w.Close())
	cfg.MinFreeSpace, cfg.ReserveBytes = 0, 4<<20
	cfg.FreeSpace = func(string) (free, total uint64, err error) { return 100 << 20, 100 << 30, nil }
	block := []actors.LogBlock{{Data: []byte("new")}}
	w = openTest(t, cfg)
	_, err := w.Append(t.Context(), block)
	require.ErrorIs(t, err, actors.ErrNoSpace, "a server's log")
	require.NoError(t, w.Close())

	require.NoError(t, os.Remove(filepath.Join(cfg.Dir, markFile)))
	done, err := RepairLog(cfg, Repair{})
	require.NoError(t, err)
	require.Positive(t, done.Kept)

	cfg.Dir = filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.Mkdir(cfg.Dir, 0o700))
	count, err := Restore(cfg, newMark().first, func(yield func(actors.LogBlock, error) bool) { yield(block[0], nil) })
	require.NoError(t, err)
	require.Equal(t, 1, count)
}

// TestOnlyTheUserEnters: in a data directory that everyone may enter, as a package's scripts make one, the log is still for its user alone.
func TestOnlyTheUserEnters(t *testing.T) {
	cfg := testConfig(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, openTest(t, cfg).Close())
	info, err := os.Stat(cfg.Dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}
