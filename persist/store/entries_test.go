package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist"
)

// TestNewEntries: a directory is synced after each change, and again until no other change can have the same time, whatever the clock says.
func TestNewEntries(t *testing.T) {
	start := time.Now()
	clock := time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC) // of the file system
	var e entries
	for _, step := range []struct {
		name    string
		after   time.Duration // since the start
		changed time.Time
		want    bool
	}{
		{"at start", 0, clock, true},
		{"a change in the same tick", time.Millisecond, clock, true},
		{"shortly before the tick ends", coarsest - time.Millisecond, clock, true},
		{"the tick has ended", coarsest, clock, true},
		{"nothing changed", coarsest + time.Millisecond, clock, false},
		{"nothing changed for long", time.Hour, clock, false},
		{"the clock was a day ahead", 2 * time.Hour, clock.Add(24 * time.Hour), true},
		{"and synced then", 3 * time.Hour, clock.Add(24 * time.Hour), true},
		{"nothing changed while it is ahead", 3*time.Hour + time.Second, clock.Add(24 * time.Hour), false},
		{"a change after it was set back", 3*time.Hour + 2*time.Second, clock.Add(3 * time.Hour), true},
		{"a change in the same tick of it", 3*time.Hour + 3*time.Second, clock.Add(3 * time.Hour), true},
		{"its tick has ended", 3*time.Hour + 4*time.Second, clock.Add(3 * time.Hour), true},
		{"nothing changed since", 3*time.Hour + 5*time.Second, clock.Add(3 * time.Hour), false},
	} {
		now := start.Add(step.after)
		got := e.mayBeNew(step.changed, now)
		require.Equal(t, step.want, got, step.name)
		if got {
			e.synced = now
		}
	}
}

// TestNewEntryAfterTheClockWasSetBack: the entry of a file that is made after the clock was set back is synced by the next commit, not when the old
// time is reached.
func TestNewEntryAfterTheClockWasSetBack(t *testing.T) {
	s := openAt(t, t.TempDir())
	require.NoError(t, s.Txn(persist.Put("a", []byte("b"))))
	s.entries.seen = s.entries.synced.Add(-time.Hour) // long ago
	require.NoError(t, s.Txn(persist.Put("a", []byte("c"))))
	synced := s.entries.synced
	require.NoError(t, os.WriteFile(filepath.Join(s.cfg.Dir, "00007.mem.new"), nil, fileMode))
	back := time.Now().Add(-24 * time.Hour)
	require.NoError(t, os.Chtimes(s.cfg.Dir, back, back))
	require.NoError(t, s.Txn(persist.Put("a", []byte("d"))))
	require.NotEqual(t, synced, s.entries.synced)
}
