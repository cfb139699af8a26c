// Package storetest is the conformance suite of the stores: what any implementation of actors.StateStore and persist.MetaStore has to do.
package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/persist"
)

// Subject is what is tested.
type Subject interface {
	actors.StateStore
	persist.MetaStore
	Close() error
}

// Harness makes subjects. Reopen ends one as a clean stop does and gives its successor; a store without a disk returns the same.
type Harness struct {
	Open   func(t testing.TB) Subject
	Reopen func(t testing.TB, s Subject) Subject
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	tests := []struct {
		name string
		f    func(*testing.T, Harness)
	}{
		{"root and blobs", testRootAndBlobs},
		{"sizes", testSizes},
		{"free", testFree},
		{"large checkpoint", testLargeCheckpoint},
		{"drop", testDrop},
		{"bad checkpoints", testBadCheckpoints},
		{"concurrent commits", testConcurrentCommits},
		{"callers own their bytes", testOwnership},
		{"metadata", testMetadata},
		{"revisions", testRevisions},
		{"all or nothing", testAllOrNothing},
		{"concurrent transactions", testConcurrentTransactions},
		{"scan", testScan},
		{"limits", testLimits},
		{"watch", testWatch},
		{"slow watcher", testSlowWatcher},
		{"erase", testErase},
		{"closed", testClosed},
		{"model", testModel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.f(t, h) })
	}
}

// Bytes gives n bytes that depend on seed and are not the same over and over.
func Bytes(seed uint64, n int) []byte {
	b := make([]byte, n)
	x := seed*2862933555777941757 + 3037000493
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = byte(x >> 56)
	}
	return b
}

func commit(t testing.TB, s Subject, c actors.Checkpoint) {
	t.Helper()
	require.NoError(t, s.Commit([]actors.Checkpoint{c}))
}

func testErase(t *testing.T, h Harness) {
	s := h.Open(t)
	require.NoError(t, s.Txn(persist.Put("a/1", nil), persist.Put("a/2", nil), persist.Put("ab", nil), persist.Put("b/1", nil), persist.Put("c/1", nil)))
	before := revision(t, s, "ab")
	changes, cancel := s.Watch("")
	defer cancel()
	require.NoError(t, s.Erase())
	require.NoError(t, s.Erase("a/", "b/", "nothing"))
	var gone []string
	for range 3 {
		c := <-changes
		require.True(t, c.Deleted)
		require.Greater(t, c.Rev, before)
		gone = append(gone, c.Key)
	}
	slices.Sort(gone)
	require.Equal(t, []string{"a/1", "a/2", "b/1"}, gone)
	for range 2 {
		require.Equal(t, []string{"ab=", "c/1="}, keys(t, s, ""))
		s = h.Reopen(t, s)
	}
	require.NoError(t, s.Txn(persist.Create("a/1", nil)))
	require.Greater(t, revision(t, s, "a/1"), before)
}

func testClosed(t *testing.T, h Harness) {
	s := h.Open(t)
	changes, cancel := s.Watch("")
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, open := <-changes
	require.False(t, open)
	cancel()
	late, cancel := s.Watch("")
	_, open = <-late
	require.False(t, open)
	cancel()
	_, _, err := s.Root("s")
	require.ErrorIs(t, err, persist.ErrClosed)
	_, err = s.Blob("s", 1)
	require.ErrorIs(t, err, persist.ErrClosed)
	require.ErrorIs(t, s.Commit([]actors.Checkpoint{{Site: "s"}}), persist.ErrClosed)
	require.ErrorIs(t, s.Drop("s"), persist.ErrClosed)
	_, _, err = s.Get("k")
	require.ErrorIs(t, err, persist.ErrClosed)
	require.ErrorIs(t, s.Scan("", nil), persist.ErrClosed)
	require.ErrorIs(t, s.Txn(persist.Put("k", nil)), persist.ErrClosed)
	require.ErrorIs(t, s.Erase("k"), persist.ErrClosed)
}
