package backup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/backup"
)

// TestCopyAfterAClockAhead: the copy made last is the newest though older ones bear a later time, from when the clock was wrong; they go as they came,
// and an interrupted one is in nobody's way.
func TestCopyAfterAClockAhead(t *testing.T) {
	s := newSource(t)
	right := s.now
	s.append("a")
	s.checkpoint(1)
	s.now = right.Add(400 * 24 * time.Hour)
	var names []string
	for range 2 {
		made, err := s.take(2)
		require.NoError(t, err)
		names = append(names, made.Name)
	}
	s.now = right.Add(24 * time.Hour)
	require.Equal(t, "20270219T100200.000Z", names[1])
	require.NoError(t, os.Mkdir(filepath.Join(s.target, "20270219T100200.001Z"), 0o700))
	for blocks := 2; blocks < 5; blocks++ {
		s.append("b")
		made, err := s.take(2)
		require.NoError(t, err)
		newest, _, err := backup.Find(s.target, "")
		require.NoError(t, err)
		require.Equal(t, made.Name, newest)
		m, err := backup.Check(t.Context(), s.target, "")
		require.NoError(t, err)
		require.Equal(t, blocks, m.Log.Entries)
		require.Equal(t, s.now, m.At)
		names = append(names, made.Name)
		left, err := backup.Copies(s.target)
		require.NoError(t, err)
		require.Equal(t, names[len(names)-2:], left)
	}
	s.now = right.Add(500 * 24 * time.Hour)
	made, err := s.take(2)
	require.NoError(t, err)
	require.Equal(t, "20270530T100100.000Z", made.Name, "its time again")
}
