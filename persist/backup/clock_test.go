package backup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/backup"
)

// TestCopyAfterAClockAhead: the copy just made stays though older ones bear a later time, from when the clock was wrong.
func TestCopyAfterAClockAhead(t *testing.T) {
	s := newSource(t)
	right := s.now
	s.append("a")
	s.checkpoint(1)
	s.now = right.Add(400 * 24 * time.Hour)
	for range 2 {
		_, err := s.take(2)
		require.NoError(t, err)
	}
	s.now = right.Add(24 * time.Hour)
	s.append("b", "c")
	made, err := s.take(2)
	require.NoError(t, err)
	_, err = backup.Check(t.Context(), s.target, made.Name)
	require.NoError(t, err)
}
