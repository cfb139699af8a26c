package salts

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestKilledSweep ends the replacement of the file behind each of its steps, as kill -9 does. The next start has the salts that still live, and leaves
// no byte of a destroyed one: neither in a file nor in the blocks of one that has no name any more.
func TestKilledSweep(t *testing.T) {
	steps := len(replacing("", nil))
	for killed := range steps + 1 {
		t.Run(fmt.Sprintf("after step %d of %d", killed, steps), func(t *testing.T) {
			path, c := newPath(t), at("2026-03-10 12:00:00")
			s := open(t, path, c)
			due, kept := salt(t, s, "2026-03-10"), salt(t, s, "2026-03-11")
			was, err := os.Open(path)
			require.NoError(t, err)
			defer was.Close()
			c.set("2026-03-13 00:00:00")
			b := encode(map[analytics.Day]*[32]byte{day("2026-03-11"): &kept})
			for _, step := range replacing(path, b)[:killed] {
				require.NoError(t, step())
			}
			s = open(t, path, c)
			require.Equal(t, kept, salt(t, s, "2026-03-11"))
			rest := make([]byte, 200)
			n, err := was.ReadAt(rest, 0)
			require.Positive(t, n, err)
			require.Equal(t, make([]byte, n), rest[:n], "the bytes of the old file")
			entries, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Len(t, entries, 1)
			b, err = os.ReadFile(path)
			require.NoError(t, err)
			require.False(t, bytes.Contains(b, due[:]))
		})
	}
}

// TestKilledBesideLiveFile: while the file is not replaced its second name is the same file, which must not be overwritten.
func TestKilledBesideLiveFile(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	want := salt(t, open(t, path, c), "2026-03-10")
	require.NoError(t, keepName(path))
	require.Equal(t, want, salt(t, open(t, path, c), "2026-03-10"))
	require.NoFileExists(t, path+".old")
}

// TestOldBytesAreTriedAgain: what could not be overwritten is overwritten by the next sweep.
func TestOldBytesAreTriedAgain(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	s := open(t, path, c)
	due := salt(t, s, "2026-03-10")
	require.NoError(t, s.Sweep())
	require.NoError(t, os.Mkdir(path+".old", 0o700)) // in the way
	c.set("2026-03-13 00:00:00")
	require.Error(t, s.Sweep())
	require.NoError(t, os.Remove(path+".old"))
	was, err := os.Open(path)
	require.NoError(t, err)
	defer was.Close()
	require.NoError(t, s.Sweep())
	rest := make([]byte, 200)
	n, err := was.ReadAt(rest, 0)
	require.Positive(t, n, err)
	require.False(t, bytes.Contains(rest[:n], due[:]))
}
