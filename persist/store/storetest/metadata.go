package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/persist"
)

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
