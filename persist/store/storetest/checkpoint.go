package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

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
