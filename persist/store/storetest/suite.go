// Package storetest is the conformance suite of the stores: what any implementation of actors.StateStore and persist.MetaStore has to do.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
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

func requireBlob(t testing.TB, s Subject, site analytics.SiteID, id uint64, want []byte) {
	t.Helper()
	got, err := s.Blob(site, id)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "blob %d of %s: %d bytes, want %d", id, site, len(got), len(want))
}

// requireRange reads parts of a blob: of the middle, across the end, behind it.
func requireRange(t testing.TB, s Subject, site analytics.SiteID, id uint64, want []byte) {
	t.Helper()
	size := uint32(len(want))
	for _, r := range [][2]uint32{{0, size}, {size / 3, size / 2}, {size / 2, size}, {size - min(1, size), 10}, {size, 1}, {size + 5, 5}, {1<<32 - 1, 1<<32 - 1}} {
		got, err := s.BlobRange(site, id, r[0], r[1])
		require.NoError(t, err)
		from := min(r[0], size)
		require.True(t, bytes.Equal(want[from:min(uint64(from)+uint64(r[1]), uint64(size))], got), "%d bytes of blob %d of %s from %d on", r[1], id, site, r[0])
	}
}

func requireNoBlob(t testing.TB, s Subject, site analytics.SiteID, id uint64) {
	t.Helper()
	_, err := s.Blob(site, id)
	require.ErrorIs(t, err, actors.ErrNoBlob)
	_, err = s.BlobRange(site, id, 0, 1)
	require.ErrorIs(t, err, actors.ErrNoBlob)
}

func requireRoot(t testing.TB, s Subject, site analytics.SiteID, want []byte) {
	t.Helper()
	got, ok, err := s.Root(site)
	require.NoError(t, err)
	require.True(t, ok, "no root of %s", site)
	require.True(t, bytes.Equal(want, got), "root of %s: %d bytes, want %d", site, len(got), len(want))
}

func testRootAndBlobs(t *testing.T, h Harness) {
	s := h.Open(t)
	_, ok, err := s.Root("site_a")
	require.NoError(t, err)
	require.False(t, ok)
	requireNoBlob(t, s, "site_a", 1)

	require.NoError(t, s.Commit([]actors.Checkpoint{
		{Site: "site_a", Root: []byte("a1"), Put: map[uint64][]byte{1: []byte("one"), 2: {}}},
		{Site: "site_ab", Root: []byte("ab1"), Put: map[uint64][]byte{1: []byte("other")}},
	}))
	commit(t, s, actors.Checkpoint{Site: "site_a", Root: []byte("a2"), Put: map[uint64][]byte{1<<64 - 1: []byte("last")}})
	for range 2 {
		requireRoot(t, s, "site_a", []byte("a2"))
		requireRoot(t, s, "site_ab", []byte("ab1"))
		requireBlob(t, s, "site_a", 1, []byte("one"))
		requireBlob(t, s, "site_a", 2, nil)
		requireBlob(t, s, "site_a", 1<<64-1, []byte("last"))
		requireBlob(t, s, "site_ab", 1, []byte("other"))
		requireNoBlob(t, s, "site_ab", 2)
		s = h.Reopen(t, s)
	}
	require.NoError(t, s.Commit(nil))
}

func testSizes(t *testing.T, h Harness) {
	s := h.Open(t)
	sizes := []int{0, 1, 4096, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, 3<<20 + 17}
	for i, n := range sizes {
		site := analytics.SiteID(fmt.Sprintf("site_%d", n))
		commit(t, s, actors.Checkpoint{Site: site, Root: Bytes(uint64(i), n), Put: map[uint64][]byte{7: Bytes(uint64(100+i), n)}})
	}
	s = h.Reopen(t, s)
	for i, n := range sizes {
		site := analytics.SiteID(fmt.Sprintf("site_%d", n))
		requireRoot(t, s, site, Bytes(uint64(i), n))
		requireBlob(t, s, site, 7, Bytes(uint64(100+i), n))
		requireRange(t, s, site, 7, Bytes(uint64(100+i), n))
	}
	for i, n := range sizes { // a root of every size gives way to one of another size
		site := analytics.SiteID(fmt.Sprintf("site_%d", n))
		commit(t, s, actors.Checkpoint{Site: site, Root: Bytes(1, sizes[len(sizes)-1-i]), Free: []uint64{7}})
		requireRoot(t, s, site, Bytes(1, sizes[len(sizes)-1-i]))
		requireNoBlob(t, s, site, 7)
	}
}

func testFree(t *testing.T, h Harness) {
	s := h.Open(t)
	big := Bytes(1, 100<<10)
	commit(t, s, actors.Checkpoint{Site: "s", Root: []byte("1"), Put: map[uint64][]byte{1: []byte("small"), 2: big, 3: []byte("stays")}})
	commit(t, s, actors.Checkpoint{Site: "s", Root: []byte("2"), Put: map[uint64][]byte{4: big}, Free: []uint64{1, 2, 99}})
	for range 2 {
		requireRoot(t, s, "s", []byte("2"))
		requireNoBlob(t, s, "s", 1)
		requireNoBlob(t, s, "s", 2)
		requireBlob(t, s, "s", 3, []byte("stays"))
		requireBlob(t, s, "s", 4, big)
		s = h.Reopen(t, s)
	}
}

// testLargeCheckpoint commits more than one transaction holds: in bytes and in entries, of new and of freed blobs.
func testLargeCheckpoint(t *testing.T, h Harness) {
	s := h.Open(t)
	const n = 9000
	puts := map[uint64][]byte{}
	for i := range uint64(n) {
		puts[i] = Bytes(i, 300)
	}
	puts[n] = Bytes(n, 200<<10)
	commit(t, s, actors.Checkpoint{Site: "s", Root: []byte("1"), Put: puts})
	s = h.Reopen(t, s)
	for i, b := range puts {
		requireBlob(t, s, "s", i, b)
	}
	var frees []uint64
	for i := range uint64(n - 1) {
		frees = append(frees, i+1)
	}
	frees = append(frees, n)
	commit(t, s, actors.Checkpoint{Site: "s", Root: []byte("2"), Free: frees, Put: map[uint64][]byte{n + 1: []byte("x")}})
	for range 2 {
		requireRoot(t, s, "s", []byte("2"))
		requireBlob(t, s, "s", 0, puts[0])
		requireBlob(t, s, "s", n+1, []byte("x"))
		for _, i := range frees {
			requireNoBlob(t, s, "s", i)
		}
		s = h.Reopen(t, s)
	}
}

func testDrop(t *testing.T, h Harness) {
	s := h.Open(t)
	for _, site := range []analytics.SiteID{"a", "ab", "b"} {
		commit(t, s, actors.Checkpoint{Site: site, Root: []byte(site), Put: map[uint64][]byte{1: []byte("x"), 2: Bytes(2, 80<<10)}})
	}
	require.NoError(t, s.Drop("a"))
	require.NoError(t, s.Drop("never there"))
	for range 2 {
		_, ok, err := s.Root("a")
		require.NoError(t, err)
		require.False(t, ok)
		requireNoBlob(t, s, "a", 1)
		requireNoBlob(t, s, "a", 2)
		for _, site := range []analytics.SiteID{"ab", "b"} {
			requireRoot(t, s, site, []byte(site))
			requireBlob(t, s, site, 2, Bytes(2, 80<<10))
		}
		s = h.Reopen(t, s)
	}
	commit(t, s, actors.Checkpoint{Site: "a", Root: []byte("again"), Put: map[uint64][]byte{1: []byte("y")}})
	requireBlob(t, s, "a", 1, []byte("y"))
	requireNoBlob(t, s, "a", 2)
}

func testBadCheckpoints(t *testing.T, h Harness) {
	s := h.Open(t)
	for name, c := range map[string]actors.Checkpoint{
		"no site":       {Root: []byte("x")},
		"long site":     {Site: analytics.SiteID(strings.Repeat("x", 256)), Root: []byte("x")},
		"put and freed": {Site: "s", Root: []byte("x"), Put: map[uint64][]byte{1: nil}, Free: []uint64{1}},
	} {
		good := actors.Checkpoint{Site: "good", Root: []byte("x")}
		require.Error(t, s.Commit([]actors.Checkpoint{good, c}), name)
		_, ok, err := s.Root("good")
		require.NoError(t, err)
		require.False(t, ok, "%s: the good one was committed", name)
	}
	_, _, err := s.Root("")
	require.Error(t, err)
}

func testConcurrentCommits(t *testing.T, h Harness) {
	s := h.Open(t)
	var wg sync.WaitGroup
	const sites, rounds = 16, 12
	for i := range sites {
		wg.Go(func() {
			site := analytics.SiteID(fmt.Sprintf("site_%d", i))
			for r := range uint64(rounds) {
				c := actors.Checkpoint{Site: site, Root: Bytes(r, 50), Put: map[uint64][]byte{r: Bytes(r, int(r)*9000)}}
				if r > 1 {
					c.Free = []uint64{r - 2}
				}
				if err := s.Commit([]actors.Checkpoint{c}); err != nil {
					t.Error(err)
					return
				}
				if root, ok, err := s.Root(site); err != nil || !ok || !bytes.Equal(root, c.Root) {
					t.Errorf("root after commit: %v, %v", ok, err)
				}
			}
		})
	}
	wg.Wait()
	s = h.Reopen(t, s)
	for i := range sites {
		site := analytics.SiteID(fmt.Sprintf("site_%d", i))
		requireRoot(t, s, site, Bytes(rounds-1, 50))
		requireBlob(t, s, site, rounds-1, Bytes(rounds-1, (rounds-1)*9000))
		requireBlob(t, s, site, rounds-2, Bytes(rounds-2, (rounds-2)*9000))
		requireNoBlob(t, s, site, rounds-3)
	}
}

func testOwnership(t *testing.T, h Harness) {
	s := h.Open(t)
	root, blob, val := []byte("root"), []byte("blob"), []byte("value")
	commit(t, s, actors.Checkpoint{Site: "s", Root: root, Put: map[uint64][]byte{1: blob}})
	require.NoError(t, s.Txn(persist.Put("k", val)))
	for range 2 { // neither what was given nor what is returned is shared
		clear(root)
		clear(blob)
		clear(val)
		requireRoot(t, s, "s", []byte("root"))
		requireBlob(t, s, "s", 1, []byte("blob"))
		var err error
		val, _, err = s.Get("k")
		require.NoError(t, err)
		require.Equal(t, "value", string(val))
		root, _, _ = s.Root("s")
		blob, _ = s.Blob("s", 1)
	}
}

func testMetadata(t *testing.T, h Harness) {
	s := h.Open(t)
	_, _, err := s.Get("site/a")
	require.ErrorIs(t, err, persist.ErrNotFound)
	require.NoError(t, s.Txn())
	require.NoError(t, s.Txn(persist.Put("site/a", []byte("1")), persist.Put("site/b", []byte{}), persist.Put("user/\x00", []byte("u"))))
	require.NoError(t, s.Txn(persist.Put("site/a", []byte("2")), persist.Delete("user/\x00"), persist.Delete("nothing")))
	for range 2 {
		val, _, err := s.Get("site/a")
		require.NoError(t, err)
		require.Equal(t, "2", string(val))
		val, _, err = s.Get("site/b")
		require.NoError(t, err)
		require.Empty(t, val)
		_, _, err = s.Get("user/\x00")
		require.ErrorIs(t, err, persist.ErrNotFound)
		s = h.Reopen(t, s)
	}
}

func revision(t testing.TB, s Subject, key string) uint64 {
	t.Helper()
	_, rev, err := s.Get(key)
	require.NoError(t, err)
	return rev
}

func testRevisions(t *testing.T, h Harness) {
	s := h.Open(t)
	require.NoError(t, s.Txn(persist.Create("k", []byte("1")), persist.Put("other", nil)))
	first := revision(t, s, "k")
	require.NotZero(t, first)
	require.Equal(t, first, revision(t, s, "other"), "one transaction, one revision")
	require.ErrorIs(t, s.Txn(persist.Create("k", []byte("x"))), persist.ErrConflict)
	require.NoError(t, s.Txn(persist.PutIf("k", []byte("2"), first)))
	second := revision(t, s, "k")
	require.Greater(t, second, first)
	require.Equal(t, first, revision(t, s, "other"))
	require.ErrorIs(t, s.Txn(persist.PutIf("k", []byte("x"), first)), persist.ErrConflict)
	require.ErrorIs(t, s.Txn(persist.DeleteIf("k", first)), persist.ErrConflict)
	s = h.Reopen(t, s)
	require.Equal(t, second, revision(t, s, "k"))
	require.NoError(t, s.Txn(persist.DeleteIf("k", second)))
	require.ErrorIs(t, s.Txn(persist.PutIf("k", []byte("x"), second)), persist.ErrConflict, "a deleted key has no revision")
	s = h.Reopen(t, s)
	require.NoError(t, s.Txn(persist.Create("k", []byte("3"))))
	require.Greater(t, revision(t, s, "k"), second, "a revision is never given twice")
}

func testAllOrNothing(t *testing.T, h Harness) {
	s := h.Open(t)
	require.NoError(t, s.Txn(persist.Put("b", []byte("1"))))
	require.ErrorIs(t, s.Txn(persist.Put("a", nil), persist.Create("b", nil), persist.Put("c", nil)), persist.ErrConflict)
	for _, key := range []string{"a", "c"} {
		_, _, err := s.Get(key)
		require.ErrorIs(t, err, persist.ErrNotFound)
	}
	require.Error(t, s.Txn(persist.Put("x", nil), persist.Put("x", nil)), "twice the same key")
}

// testConcurrentTransactions counts with compare-and-swap: every success is a step, so none may be lost.
func testConcurrentTransactions(t *testing.T, h Harness) {
	s := h.Open(t)
	require.NoError(t, s.Txn(persist.Put("n", make([]byte, 1))))
	var wg sync.WaitGroup
	const workers, steps = 8, 12
	for range workers {
		wg.Go(func() {
			for done := 0; done < steps; {
				val, rev, err := s.Get("n")
				if err == nil {
					err = s.Txn(persist.PutIf("n", []byte{val[0] + 1}, rev))
				}
				switch {
				case err == nil:
					done++
				case !errors.Is(err, persist.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	val, _, err := s.Get("n")
	require.NoError(t, err)
	require.Equal(t, byte(workers*steps), val[0])
}

func keys(t testing.TB, s Subject, prefix string) []string {
	t.Helper()
	found := []string{}
	require.NoError(t, s.Scan(prefix, func(key string, val []byte) error {
		found = append(found, key+"="+string(val))
		return nil
	}))
	return found
}

func testScan(t *testing.T, h Harness) {
	s := h.Open(t)
	require.Empty(t, keys(t, s, ""))
	commit(t, s, actors.Checkpoint{Site: "site/", Root: []byte("not metadata")})
	require.NoError(t, s.Txn(persist.Put("site/b", []byte("2")), persist.Put("site/a", []byte("1")), persist.Put("site", nil), persist.Put("t", nil)))
	require.NoError(t, s.Txn(persist.Put("site/\xff", []byte("3"))))
	for range 2 {
		require.Equal(t, []string{"site/a=1", "site/b=2", "site/\xff=3"}, keys(t, s, "site/"))
		require.Equal(t, []string{"site=", "site/a=1", "site/b=2", "site/\xff=3", "t="}, keys(t, s, ""))
		require.Empty(t, keys(t, s, "u"))
		s = h.Reopen(t, s)
	}
	stop := errors.New("enough")
	calls := 0
	require.ErrorIs(t, s.Scan("", func(string, []byte) error { calls++; return stop }), stop)
	require.Equal(t, 1, calls)
}

func testLimits(t *testing.T, h Harness) {
	s := h.Open(t)
	long := strings.Repeat("k", persist.MaxKey)
	require.NoError(t, s.Txn(persist.Put(long, nil)))
	require.Error(t, s.Txn(persist.Put(long+"k", nil)))
	require.Error(t, s.Txn(persist.Put("", nil)))
	_, _, err := s.Get("")
	require.Error(t, err)
	require.NoError(t, s.Txn(persist.Put("v", make([]byte, persist.MaxTxn-1))))
	require.ErrorIs(t, s.Txn(persist.Put("v", make([]byte, persist.MaxTxn))), persist.ErrTooBig)
	var ops []persist.Op
	for i := range persist.MaxOps {
		ops = append(ops, persist.Put(fmt.Sprint("op/", i), nil))
	}
	require.NoError(t, s.Txn(ops...))
	require.Len(t, keys(t, s, "op/"), persist.MaxOps)
	require.ErrorIs(t, s.Txn(append(ops, persist.Put("x", nil))...), persist.ErrTooBig)
	left := persist.MaxTxn // the most of both
	for i := range ops {
		n := left/(len(ops)-i) - len(ops[i].Key)
		ops[i].Value = make([]byte, n)
		left -= len(ops[i].Key) + n
	}
	require.NoError(t, s.Txn(ops...))
	const four = persist.MaxTxn / 4
	require.NoError(t, s.Txn(
		persist.Put("four/1", make([]byte, four-6)), persist.Put("four/2", make([]byte, four-6)),
		persist.Put("four/3", make([]byte, four-6)), persist.Put("four/4", make([]byte, four-6)),
	))
}

func testWatch(t *testing.T, h Harness) {
	s := h.Open(t)
	changes, cancel := s.Watch("site/")
	require.NoError(t, s.Txn(persist.Put("site/a", []byte("1")), persist.Put("user/a", nil)))
	require.NoError(t, s.Txn(persist.Put("site/b", []byte("2"))))
	a := <-changes
	require.Equal(t, persist.Change{Key: "site/a", Value: []byte("1"), Rev: revision(t, s, "site/a")}, a)
	b := <-changes
	require.Equal(t, "site/b", b.Key)
	require.Greater(t, b.Rev, a.Rev)
	require.NoError(t, s.Txn(persist.Delete("site/a")))
	gone := <-changes
	require.Equal(t, persist.Change{Key: "site/a", Rev: gone.Rev, Deleted: true}, gone)
	require.Greater(t, gone.Rev, b.Rev)
	require.ErrorIs(t, s.Txn(persist.Create("site/b", nil)), persist.ErrConflict) // is no change
	require.NoError(t, s.Txn(persist.Put("site/c", nil)))
	require.Equal(t, "site/c", (<-changes).Key)
	cancel()
	cancel()
	for range changes { //nolint:revive // until it is closed
	}
}

func testSlowWatcher(t *testing.T, h Harness) {
	s := h.Open(t)
	changes, cancel := s.Watch("")
	defer cancel()
	for i := range 300 {
		require.NoError(t, s.Txn(persist.Put("hot", []byte(fmt.Sprint(i))), persist.Put("end", nil)))
		if i == 150 {
			require.NoError(t, s.Txn(persist.Put("once", nil)))
		}
	}
	require.NoError(t, s.Txn(persist.Put("last", nil)))
	seen, rev := map[string]string{}, uint64(0)
	count := 0
	for c := range changes {
		require.GreaterOrEqual(t, c.Rev, rev)
		rev = c.Rev
		seen[c.Key] = string(c.Value)
		count++
		if c.Key == "last" {
			break
		}
	}
	require.Equal(t, map[string]string{"hot": "299", "end": "", "once": "", "last": ""}, seen)
	require.Less(t, count, 20, "a reader that lags gets the newest change of a key")
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
