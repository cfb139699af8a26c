package store

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ztas-io/ztas/persist/store/storetest"
)

func openAt(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(DefaultConfig(dir))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestBadgerConforms(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		Open: func(t testing.TB) storetest.Subject { return openAt(t, filepath.Join(t.TempDir(), "store")) },
		Reopen: func(t testing.TB, s storetest.Subject) storetest.Subject {
			require.NoError(t, s.Close())
			again := openAt(t, s.(*Store).cfg.Dir)
			require.NoError(t, again.Verify(t.Context()))
			return again
		},
	})
}

func TestMemoryConforms(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		Open: func(t testing.TB) storetest.Subject {
			m := NewMemory()
			t.Cleanup(func() { require.NoError(t, m.Close()) })
			return m
		},
		Reopen: func(_ testing.TB, s storetest.Subject) storetest.Subject { return s },
	})
}

func TestMain(m *testing.M) {
	if child() {
		return
	}
	if err := flag.Set("rapid.checks", "30"); err != nil { // each opens Badger a few times; the flag still decides
		panic(err)
	}
	// Badger leaves these two behind when its Open refuses a damaged directory.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/dgraph-io/ristretto/v2/z.(*AllocatorPool).freeupAllocators"),
		goleak.IgnoreAnyFunction("github.com/dgraph-io/badger/v4.(*DB).monitorCache"))
}
