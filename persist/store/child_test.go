package store

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store/storetest"
)

const childDir = "ZTAS_STORE_TEST_CHILD"

// child is the process that TestKill kills: it commits until then and prints what was acknowledged.
func child() bool {
	dir := os.Getenv(childDir)
	if dir == "" {
		return false
	}
	s, err := Open(DefaultConfig(dir))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	first := uint64(1)
	if b, _, err := s.Get("next"); err == nil {
		first, _ = strconv.ParseUint(string(b), 10, 64)
	}
	for w := range 4 {
		go func() {
			site := analytics.SiteID(fmt.Sprint("site_", w))
			for n := first; ; n++ {
				if err := s.Commit([]actors.Checkpoint{childCheckpoint(site, n)}); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Println("root", site, n)
			}
		}()
	}
	for n := first; ; n++ {
		if err := s.Txn(persist.Put("n", []byte(fmt.Sprint(n))), persist.Put("next", []byte(fmt.Sprint(n+1)))); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("meta", "n", n)
	}
}

// childCheckpoint is small, a file, or larger than a transaction, and frees what the one before put.
func childCheckpoint(site analytics.SiteID, n uint64) actors.Checkpoint {
	c := actors.Checkpoint{Site: site, Root: []byte(fmt.Sprint(n)), Put: map[uint64][]byte{}}
	for i, size := range childSizes(n) {
		c.Put[n<<8|uint64(i)] = storetest.Bytes(n<<8|uint64(i), size)
	}
	for i := range childSizes(n - 1) {
		c.Free = append(c.Free, (n-1)<<8|uint64(i))
	}
	return c
}

func childSizes(n uint64) []int {
	switch {
	case n%10 == 9:
		sizes := make([]int, 40)
		for i := range sizes {
			sizes[i] = 60 << 10
		}
		return sizes
	case n%3 == 0:
		return []int{100, 70 << 10}
	}
	return []int{100, 5000}
}

// TestKill kills a committing process at some moment, again and again: what it was told is durable is there, every root with its blobs, and
// nothing else.
func TestKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	for round := range 5 {
		acknowledged := runAndKill(t, dir, 40+uint64(round)*97)
		s := openAt(t, dir)
		require.NoError(t, s.Verify(t.Context()))
		for key, n := range acknowledged {
			if key == "n" {
				b, _, err := s.Get("n")
				require.NoError(t, err)
				requireAtLeast(t, n, string(b))
				continue
			}
			site := analytics.SiteID(key)
			root, ok, err := s.Root(site)
			require.NoError(t, err)
			require.True(t, ok)
			requireAtLeast(t, n, string(root))
			now, _ := strconv.ParseUint(string(root), 10, 64)
			for id, want := range childCheckpoint(site, now).Put {
				got, err := s.Blob(site, id)
				require.NoError(t, err)
				require.Equal(t, string(want), string(got))
			}
			for _, other := range []uint64{now - 1, now + 1} {
				for id := range childCheckpoint(site, other).Put {
					_, err := s.Blob(site, id)
					require.ErrorIs(t, err, actors.ErrNoBlob, "blob of checkpoint %d beside root %d", other, now)
				}
			}
		}
		// All children begin where metadata says; the sites have to begin there too.
		require.NoError(t, s.Txn(persist.Put("next", []byte(fmt.Sprint(highest(acknowledged)+10)))))
		for w := range 4 {
			require.NoError(t, s.Drop(analytics.SiteID(fmt.Sprint("site_", w))))
		}
		require.NoError(t, s.Close())
	}
}

func requireAtLeast(t *testing.T, want uint64, got string) {
	t.Helper()
	n, err := strconv.ParseUint(got, 10, 64)
	require.NoError(t, err)
	require.GreaterOrEqual(t, n, want, "an acknowledged commit is lost")
}

func highest(acknowledged map[string]uint64) (n uint64) {
	for _, v := range acknowledged {
		n = max(n, v)
	}
	return n
}

// runAndKill kills the child after some acknowledgements, of each key one at least, and returns the newest of each.
func runAndKill(t *testing.T, dir string, after uint64) map[string]uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	acknowledged := map[string]uint64{}
	lines, killed := bufio.NewScanner(out), false
	for count := uint64(0); lines.Scan(); count++ {
		f := strings.Fields(lines.Text())
		require.Len(t, f, 3, lines.Text())
		n, err := strconv.ParseUint(f[2], 10, 64)
		require.NoError(t, err)
		acknowledged[f[1]] = max(acknowledged[f[1]], n)
		if !killed && count >= after && len(acknowledged) == 5 { // and go on reading: what it printed until it dies counts as well
			require.NoError(t, cmd.Process.Kill())
			killed = true
		}
	}
	require.Error(t, cmd.Wait(), "the child ended by itself")
	require.Len(t, acknowledged, 5)
	return acknowledged
}
