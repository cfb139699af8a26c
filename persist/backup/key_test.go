package backup_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/backup"
	"github.com/ztas-io/ztas/persist/jwtkey"
)

// TestKeyThatChanged: a key of which a byte has changed is not copied. The events are, and no older copy goes: it may be the last that has the key.
func TestKeyThatChanged(t *testing.T) {
	s := newSource(t)
	key, err := jwtkey.Open(s.dir, s.store, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s.append("a")
	first, err := s.take(1)
	require.NoError(t, err)
	flip(t, filepath.Join(s.dir, "jwt.key"), 5)
	s.append("b")
	for range 2 {
		second, err := s.take(1)
		require.ErrorIs(t, err, jwtkey.ErrChanged)
		require.ErrorContains(t, err, second.Name+" was made, but without the key of the tokens, and no older copy was removed")
		require.ErrorContains(t, err, filepath.Join(s.dir, "jwt.key"))
		m, err := backup.Check(t.Context(), s.target, second.Name)
		require.NoError(t, err)
		require.Nil(t, m.Key)
		require.Equal(t, 2, m.Log.Entries)
	}
	r := s.restored(first.Name)
	again, err := jwtkey.Open(r.dir, r.store, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, key, again)
	flip(t, filepath.Join(s.dir, "jwt.key"), 5) // put back
	last, err := s.take(1)
	require.NoError(t, err)
	names, err := backup.Copies(s.target)
	require.NoError(t, err)
	require.Equal(t, []string{last.Name}, names)
}
