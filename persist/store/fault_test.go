package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store/storetest"
)

func commitOne(t testing.TB, s *Store, c actors.Checkpoint) {
	t.Helper()
	require.NoError(t, s.Commit([]actors.Checkpoint{c}))
}

func blobNames(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "blobs"))
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestFilesWithoutANameAreDeleted(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	big := storetest.Bytes(1, 70<<10)
	commitOne(t, s, actors.Checkpoint{Site: "s", Root: []byte("1"), Put: map[uint64][]byte{1: big}})
	kept := blobNames(t, dir)
	require.Len(t, kept, 1)
	// The process dies between the file and its transaction: the file is whole, but unnamed. Another one was not finished.
	n := s.files.reserve()
	key := persist.Key{Kind: persist.BlobKey, Site: "s", Number: 2}.Encode()
	_, err := s.files.write(n, key, big)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.files.path(n+1, tempSuffix), big[:100], fileMode))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blobs", "README"), []byte("not ours"), fileMode))
	require.NoError(t, s.Close())
	require.Len(t, blobNames(t, dir), 4)

	s = openAt(t, dir)
	require.Equal(t, append(kept, "README"), blobNames(t, dir))
	got, err := s.Blob("s", 1)
	require.NoError(t, err)
	require.Equal(t, big, got)
	commitOne(t, s, actors.Checkpoint{Site: "s", Root: []byte("2"), Free: []uint64{1}})
	require.Equal(t, []string{"README"}, blobNames(t, dir))
}

func TestDamagedFileIsNamedAndNeverAnswered(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	want := storetest.Bytes(1, 70<<10)
	commitOne(t, s, actors.Checkpoint{Site: "site_x", Root: storetest.Bytes(2, 80<<10), Put: map[uint64][]byte{7: want}})
	path := filepath.Join(dir, "blobs", blobNames(t, dir)[0])
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Greater(t, len(good), len(want))
	damage := map[string][]byte{"cut": good[:len(good)-1], "longer": append(bytes.Clone(good), 0), "empty": {}}
	for _, bit := range []int{0, 8 * 5, 8 * 10, 8 * 30, 8 * 40000, 8*len(good) - 1} {
		b := bytes.Clone(good)
		b[bit/8] ^= 1 << (bit % 8)
		damage[fmt.Sprint("bit ", bit)] = b
	}
	other, err := os.ReadFile(filepath.Join(dir, "blobs", blobNames(t, dir)[1]))
	require.NoError(t, err)
	damage["another file"] = other
	for name, b := range damage {
		require.NoError(t, os.WriteFile(path, b, fileMode))
		_, err := s.Blob("site_x", 7)
		require.ErrorIs(t, err, persist.ErrCorrupt, name)
		require.ErrorContains(t, err, "blob 7 of site site_x", name)
		require.ErrorContains(t, err, path, name)
		require.ErrorIs(t, s.Verify(t.Context()), persist.ErrCorrupt, name)
	}
	require.NoError(t, os.Remove(path))
	_, err = s.Blob("site_x", 7)
	require.ErrorIs(t, err, persist.ErrCorrupt)
	require.NoError(t, os.WriteFile(path, good, fileMode))
	got, err := s.Blob("site_x", 7)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, s.Verify(t.Context()))
}

func TestSecondOpenIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	require.NoError(t, os.WriteFile(s.files.path(99, blobSuffix), nil, fileMode))
	_, err := Open(DefaultConfig(dir))
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, "data directory is in use by another ztas")
	require.Len(t, blobNames(t, dir), 1, "the refused one changed nothing")
	require.NoError(t, s.Close())
	openAt(t, dir)
}

var errDisk = errors.New("input/output error")

// failAt makes the n-th commit from now fail, before or after it was written.
func (s *Store) failAt(n int, written bool) {
	commit := s.commitAt
	s.commitAt = func(txn *badger.Txn, seq uint64) error {
		if n--; n > 0 {
			return commit(txn, seq)
		}
		s.commitAt = commit
		if written {
			return errors.Join(commit(txn, seq), errDisk)
		}
		return errDisk
	}
}

func largeCheckpoint(root string, from uint64) actors.Checkpoint {
	c := actors.Checkpoint{Site: "s", Root: []byte(root), Put: map[uint64][]byte{}}
	for i := range uint64(5000) {
		c.Put[from+i] = storetest.Bytes(i, 500)
	}
	c.Put[from+5000] = storetest.Bytes(1, 70<<10)
	return c
}

// TestCheckpointIsWholeOrAbsent lets each transaction of a large checkpoint be the last one of the process: afterwards the old or the new
// checkpoint is there, with its blobs and no others.
func TestCheckpointIsWholeOrAbsent(t *testing.T) {
	old, next := largeCheckpoint("old", 1), largeCheckpoint("new", 10000)
	for id := range old.Put {
		next.Free = append(next.Free, id)
	}
	flipped := 0
	for n := 1; ; n++ {
		dir := t.TempDir()
		s := openAt(t, dir)
		commitOne(t, s, old)
		s.failAt(n, n%2 == 0)
		err := s.Commit([]actors.Checkpoint{next})
		require.NoError(t, s.Close())
		if err == nil {
			require.Greater(t, n, 4, "the checkpoint needs several transactions")
			require.Positive(t, flipped)
			return
		}
		s = openAt(t, dir)
		require.NoError(t, s.Verify(t.Context()))
		root, ok, err := s.Root("s")
		require.NoError(t, err)
		require.True(t, ok)
		want, absent := old, next
		if string(root) == "new" {
			want, absent = next, old
			flipped++
		}
		for id := range want.Put {
			_, err := s.Blob("s", id)
			require.NoError(t, err, "failed at %d", n)
		}
		for id := range absent.Put {
			_, err := s.Blob("s", id)
			require.ErrorIs(t, err, actors.ErrNoBlob, "failed at %d", n)
		}
		require.Len(t, blobNames(t, dir), 1)
	}
}

func TestFailedStoreAcknowledgesNothingUntilReopened(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	require.NoError(t, s.Txn(persist.Put("k", []byte("1"))))
	s.failAt(1, false)
	began := time.Now()
	require.ErrorIs(t, s.Txn(persist.Put("k", []byte("2"))), errDisk)
	require.False(t, s.retryAt.Before(began.Add(reviveAfter)))
	s.retryAt = s.retryAt.Add(time.Hour) // for a slow machine
	require.ErrorIs(t, s.Txn(persist.Put("k", []byte("3"))), errDisk, "refused without trying")
	require.ErrorIs(t, s.Commit([]actors.Checkpoint{{Site: "s", Put: map[uint64][]byte{1: make([]byte, 100<<10)}}}), errDisk)
	require.Empty(t, blobNames(t, dir), "no file is written for a store that cannot name it")
	val, _, err := s.Get("k")
	require.NoError(t, err, "reads go on")
	require.Equal(t, "1", string(val))

	db := s.db
	s.retryAt = s.retryAt.Add(-time.Hour)
	require.Eventually(t, func() bool { return s.Txn(persist.Put("k", []byte("4"))) == nil }, 10*time.Second, 50*time.Millisecond)
	require.NotSame(t, db, s.db, "it was opened again")
	val, _, err = s.Get("k")
	require.NoError(t, err)
	require.Equal(t, "4", string(val))
	commitOne(t, s, actors.Checkpoint{Site: "s", Root: []byte("r"), Put: map[uint64][]byte{1: make([]byte, 100<<10)}})
	require.NoError(t, s.Verify(t.Context()))
}

// crashCopy copies the directory of a running store, as kill -9 leaves it.
func crashCopy(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

func TestLostTransactionsAreNoticed(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	for i := range 20 {
		require.NoError(t, s.Txn(persist.Put(fmt.Sprint(i), storetest.Bytes(uint64(i), 2000))))
	}
	logs, err := filepath.Glob(filepath.Join(crashCopy(t, dir), "*.mem"))
	require.NoError(t, err)
	require.Len(t, logs, 1)
	whole, err := os.ReadFile(logs[0])
	require.NoError(t, err)
	first, last := sequenceOf(whole)
	require.Equal(t, []uint64{1, 20}, []uint64{first, last})

	for _, damage := range []struct {
		name string
		f    func(b []byte) []byte
	}{
		{"flipped in the middle", func(b []byte) []byte { b[20000] ^= 4; return b }},
		{"flipped in the first", func(b []byte) []byte { b[25] ^= 1; return b }},
		{"cut", func(b []byte) []byte { return b[:30000] }},
	} {
		crashed := crashCopy(t, dir)
		path := filepath.Join(crashed, filepath.Base(logs[0]))
		damaged := damage.f(bytes.Clone(whole))
		require.NoError(t, os.WriteFile(path, damaged, fileMode))
		_, err := Open(DefaultConfig(crashed))
		require.ErrorIs(t, err, persist.ErrCorrupt, damage.name)
		require.ErrorContains(t, err, "but 20 was acknowledged", damage.name)
		if damage.name != "flipped in the first" { // there nothing of the log is left for the check before Badger
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, bytes.Equal(damaged, after), "%s: the evidence was changed", damage.name)
		}
		require.NoError(t, os.Remove(filepath.Join(crashed, "mark")))
		s := openAt(t, crashed) // the way out that the error names
		require.NoError(t, s.Verify(t.Context()))
		require.NoError(t, s.Close())
	}
}

func TestGapBetweenLogsIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	require.NoError(t, s.Txn(persist.Put("a", nil)))
	require.NoError(t, s.Txn(persist.Put("b", nil)))
	crashed := crashCopy(t, dir)
	logs, err := filepath.Glob(filepath.Join(crashed, "*.mem"))
	require.NoError(t, err)
	b, err := os.ReadFile(logs[0])
	require.NoError(t, err)
	_, end := walEntryAt(b[walHeader:])
	cut := bytes.Clone(b) // an older log that lost its second transaction, before one with what came later
	_, n := walEntryAt(b[walHeader+end:])
	_, m := walEntryAt(b[walHeader+end+n:])
	clear(cut[walHeader+end+n+m:])
	first, last := sequenceOf(cut)
	require.Equal(t, []uint64{1, 1}, []uint64{first, last})
	require.NoError(t, s.Txn(persist.Put("c", nil)))
	newer := crashCopy(t, dir)
	b, err = os.ReadFile(filepath.Join(newer, filepath.Base(logs[0])))
	require.NoError(t, err)
	rest := append(bytes.Clone(b[:walHeader]), b[walHeader+2*(end+n+m):]...)
	first, last = sequenceOf(rest)
	require.Equal(t, []uint64{3, 3}, []uint64{first, last})
	require.NoError(t, os.WriteFile(logs[0], cut, fileMode))
	require.NoError(t, os.WriteFile(filepath.Join(crashed, "99999.mem"), rest, fileMode))
	_, err = Open(DefaultConfig(crashed))
	require.ErrorIs(t, err, persist.ErrCorrupt)
	require.ErrorContains(t, err, "from transaction 1 to 3")
}

// TestFlippedBitsAreNoticedOrHarmless flips one bit anywhere in the directory, after a clean stop and after a crash: the store refuses to open
// or answers with an error, or everything is as it was.
func TestFlippedBitsAreNoticedOrHarmless(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	want := map[uint64][]byte{}
	for i := range uint64(60) {
		c := actors.Checkpoint{Site: "s", Root: storetest.Bytes(i, 300), Put: map[uint64][]byte{i: storetest.Bytes(i, 10+int(i)*100)}}
		if i%20 == 7 {
			c.Put[i] = storetest.Bytes(i, 65<<10)
		}
		want[i] = c.Put[i]
		commitOne(t, s, c)
		require.NoError(t, s.Txn(persist.Put(fmt.Sprintf("k%02d", i), storetest.Bytes(i, 40))))
	}
	crashed := crashCopy(t, dir)
	require.NoError(t, s.Close())
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, from := range []string{dir, crashed} {
		refused, harmless := 0, 0
		for range 40 {
			to := crashCopy(t, from)
			flipped := flipBit(t, r, to)
			switch err := checkAll(t, to, want); {
			case err == nil:
				harmless++
			case errors.Is(err, persist.ErrCorrupt):
				refused++
			default:
				t.Logf("%s: %v", flipped, err)
				refused++
			}
			require.NoError(t, os.RemoveAll(to))
		}
		require.Positive(t, refused)
		t.Logf("%d refused, %d harmless", refused, harmless)
	}
}

// flipBit flips a bit of a random file where it is not all zeros.
func flipBit(t *testing.T, r *rand.Rand, dir string) string {
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if info, _ := d.Info(); !d.IsDir() && info.Size() > 0 {
			files = append(files, path)
		}
		return err
	}))
	path := files[r.IntN(len(files))]
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	used := max(len(bytes.TrimRight(b, "\x00")), 1)
	bit := r.IntN(8 * used)
	b[bit/8] ^= 1 << (bit % 8)
	require.NoError(t, os.WriteFile(path, b, fileMode))
	return fmt.Sprintf("%s bit %d", filepath.Base(path), bit)
}

// checkAll opens the directory and compares everything. A wrong answer fails the test; a refusal is returned.
func checkAll(t *testing.T, dir string, want map[uint64][]byte) error {
	t.Helper()
	s, err := Open(DefaultConfig(dir))
	if err != nil {
		return err
	}
	defer s.Close()
	root, ok, err := s.Root("s")
	if err != nil {
		return err
	}
	require.True(t, ok, "the root is gone without an error")
	require.Equal(t, storetest.Bytes(59, 300), root, "an old or wrong root")
	for id, b := range want {
		got, err := s.Blob("s", id)
		if err != nil {
			require.NotErrorIs(t, err, actors.ErrNoBlob, "a blob is gone")
			return err
		}
		require.True(t, bytes.Equal(b, got))
	}
	n := uint64(0)
	err = s.Scan("", func(key string, val []byte) error {
		require.Equal(t, fmt.Sprintf("k%02d", n), key)
		require.Equal(t, storetest.Bytes(n, 40), val)
		n++
		return nil
	})
	if err == nil {
		require.EqualValues(t, 60, n, "keys are gone without an error")
	}
	return err
}

// TestErasedIsGone searches the whole directory for the bytes of a dropped site and of erased metadata, living, freed and replaced.
func TestErasedIsGone(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	secret := func(n int) []byte { return []byte(strings.Repeat("verysecret", n)) }
	for i := range uint64(30) {
		c := actors.Checkpoint{Site: "site_erased", Root: secret(10), Put: map[uint64][]byte{i: secret(100), 100 + i: secret(7000)}}
		if i > 2 {
			c.Free = []uint64{i - 2, 100 + i - 2}
		}
		require.NoError(t, s.Commit([]actors.Checkpoint{c, {Site: "site_kept", Root: storetest.Bytes(i, 200<<10/7)}}))
		require.NoError(t, s.Txn(persist.Put("site/site_erased", secret(3)), persist.Put("site/site_kept", []byte("stays"))))
		if i == 20 { // some of it in tables
			require.NoError(t, s.Close())
			s = openAt(t, dir)
		}
	}
	commitOne(t, s, actors.Checkpoint{Site: "site_gone", Root: secret(1)})
	require.NoError(t, s.Txn(persist.Delete("site/site_erased"))) // deleted first: its values are readable all the same
	require.NotEmpty(t, filesWith(t, dir, "verysecret"))
	require.NoError(t, s.Drop("site_erased"))
	require.NoError(t, s.Drop("site_gone"))
	require.NoError(t, s.Erase("site/site_erased"))
	for range 2 {
		for _, word := range []string{"verysecret", "site_erased", "site_gone"} {
			require.Empty(t, filesWith(t, dir, word), word)
		}
		val, _, err := s.Get("site/site_kept")
		require.NoError(t, err)
		require.Equal(t, "stays", string(val))
		require.NoError(t, s.Verify(t.Context()))
		require.NoError(t, s.Close())
		s = openAt(t, dir)
	}
	require.NotEmpty(t, filesWith(t, dir, "site_kept"))
}

func filesWith(t *testing.T, dir, word string) []string {
	var found []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		var b []byte
		if err == nil && !d.IsDir() {
			b, err = os.ReadFile(path)
		}
		if bytes.Contains(b, []byte(word)) {
			found = append(found, path)
		}
		if errors.Is(err, fs.ErrNotExist) { // an open store replaces files
			return nil
		}
		return err
	}))
	return found
}

// TestReadersSeeOneMoment reads while commits replace and free what is read.
func TestReadersSeeOneMoment(t *testing.T) {
	s := openAt(t, t.TempDir())
	site := analytics.SiteID("s")
	commitOne(t, s, actors.Checkpoint{Site: site, Root: []byte("0"), Put: map[uint64][]byte{0: storetest.Bytes(0, 70<<10)}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range uint64(150) {
			c := actors.Checkpoint{Site: site, Root: fmt.Append(nil, i+1), Put: map[uint64][]byte{i + 1: storetest.Bytes(i+1, 70<<10)}, Free: []uint64{i}}
			if err := s.Commit([]actors.Checkpoint{c}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for last := uint64(0); ; {
		root, ok, err := s.Root(site)
		require.NoError(t, err)
		require.True(t, ok)
		var n uint64
		_, err = fmt.Sscan(string(root), &n)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, last)
		last = n
		b, err := s.Blob(site, n)
		if err != nil {
			require.ErrorIs(t, err, actors.ErrNoBlob) // freed meanwhile: never a damaged file
		} else {
			require.Equal(t, storetest.Bytes(n, 70<<10), b)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestFreeSpace(t *testing.T) {
	n, err := FreeSpace(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, n)
	_, err = FreeSpace("/does/not/exist")
	require.Error(t, err)
}
