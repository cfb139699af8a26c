package salts

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(s string) {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

func at(s string) *clock {
	c := new(clock)
	c.set(s)
	return c
}

func day(s string) analytics.Day {
	d, err := analytics.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func open(t *testing.T, path string, c *clock) *Store {
	t.Helper()
	s, err := Open(path, c.now, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "salts") }

func salt(t *testing.T, s *Store, d string) [32]byte {
	t.Helper()
	v, err := s.Salt(day(d))
	require.NoError(t, err)
	require.NotZero(t, v)
	return v
}

func TestSaltIsRandomAndStays(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	s := open(t, path, c)
	today, tomorrow := salt(t, s, "2026-03-10"), salt(t, s, "2026-03-11")
	require.NotEqual(t, today, tomorrow)
	require.Equal(t, today, salt(t, s, "2026-03-10"))
	again := open(t, path, c) // without a Close: what was given out is on the disk
	require.Equal(t, today, salt(t, again, "2026-03-10"))
	require.Equal(t, tomorrow, salt(t, again, "2026-03-11"))
	require.NotEqual(t, today, salt(t, open(t, newPath(t), c), "2026-03-10"))
}

func TestFileHoldsDaysAndSaltsAndNothingElse(t *testing.T) {
	path := newPath(t)
	s := open(t, path, at("2026-03-10 12:00:00"))
	_, err := os.Stat(path)
	require.ErrorIs(t, err, os.ErrNotExist, "no file before there is a salt")
	a, b := salt(t, s, "2026-03-10"), salt(t, s, "2026-03-09")
	_, err = s.ImportSalt("site_a", day("2020-01-01"))
	require.NoError(t, err)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, got, 4+2*36+4)
	require.Equal(t, "ztS1", string(got[:4]))
	require.Equal(t, b[:], got[8:40], "ascending by day")
	require.Equal(t, a[:], got[44:76])
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestWidePermissionsAreNarrowed(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	salt(t, open(t, path, c), "2026-03-10")
	require.NoError(t, os.Chmod(path, 0o644))
	open(t, path, c)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
}

func TestDestroyedAfter48Hours(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	s := open(t, path, c)
	old, kept := salt(t, s, "2026-03-10"), salt(t, s, "2026-03-11")

	c.set("2026-03-12 23:59:59")
	require.NoError(t, s.Sweep())
	require.Equal(t, old, salt(t, s, "2026-03-10"))

	c.set("2026-03-13 00:00:00")
	_, err := s.Salt(day("2026-03-10"))
	require.ErrorIs(t, err, ErrDestroyed, "before any Sweep")
	was, err := os.Open(path) // the old file, which Sweep replaces
	require.NoError(t, err)
	defer was.Close()
	memory := s.days[day("2026-03-10")]
	require.NoError(t, s.Sweep())
	require.Zero(t, *memory)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.False(t, bytes.Contains(b, old[:]))
	require.True(t, bytes.Contains(b, kept[:]))
	rest := make([]byte, 200)
	n, _ := was.Read(rest)
	require.Positive(t, n)
	require.Equal(t, make([]byte, n), rest[:n], "the old file's bytes are overwritten")
	_, err = s.Salt(day("2026-03-10"))
	require.ErrorIs(t, err, ErrDestroyed, "never made again")
	require.Equal(t, kept, salt(t, s, "2026-03-11"))

	c.set("2026-03-15 00:00:00")
	s = open(t, path, c) // Open sweeps
	b, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, b, 8)
	_, err = s.Salt(day("2026-03-11"))
	require.ErrorIs(t, err, ErrDestroyed)
}

func TestClockAloneDecides(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	s := open(t, path, c)
	first := salt(t, s, "2026-03-10")
	c.set("2026-03-09 12:00:00") // 24 h back: nothing changes
	require.NoError(t, s.Sweep())
	require.Equal(t, first, salt(t, s, "2026-03-10"))
	c.set("2027-04-14 12:00:00") // 400 days on
	require.NoError(t, s.Sweep())
	_, err := s.Salt(day("2026-03-10"))
	require.ErrorIs(t, err, ErrDestroyed)
	future := salt(t, s, "2027-04-14")
	c.set("2026-03-10 13:00:00") // and back: the day goes on with another salt
	require.NotEqual(t, first, salt(t, s, "2026-03-10"))
	require.Equal(t, future, salt(t, s, "2027-04-14"))
}

func TestFutureIsRefused(t *testing.T) {
	path := newPath(t)
	s := open(t, path, at("2026-03-10 23:00:00"))
	salt(t, s, "2026-03-12")
	for _, d := range []string{"2026-03-13", "2090-01-01"} {
		_, err := s.Salt(day(d))
		require.ErrorIs(t, err, ErrFuture)
	}
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, b, 4+36+4)
}

func TestConcurrentFirstUseGivesOneSalt(t *testing.T) {
	s := open(t, newPath(t), at("2026-03-10 12:00:00"))
	var wg sync.WaitGroup
	got := make([][32]byte, 32)
	for i := range got {
		wg.Go(func() {
			v, err := s.Salt(day("2026-03-10"))
			if err == nil {
				_, err = s.ImportSalt("a", 1)
			}
			if err == nil && i%8 == 0 {
				err = s.Sweep()
			}
			if err != nil {
				t.Error(err)
			}
			got[i] = v
		})
	}
	wg.Wait()
	for _, v := range got {
		require.Equal(t, got[0], v)
	}
}

func TestCrashLeavesTheOldFileOrTheNewOne(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	s := open(t, path, c)
	want := salt(t, s, "2026-03-10")
	require.NoError(t, s.Close())
	// Died while it wrote the next file: half a salt, which nobody was given.
	temp := path + ".tmp"
	require.NoError(t, os.WriteFile(temp, []byte("ztS1 half a salt"), 0o600))
	was, err := os.Open(temp)
	require.NoError(t, err)
	defer was.Close()
	s = open(t, path, c)
	require.Equal(t, want, salt(t, s, "2026-03-10"))
	_, err = os.Stat(temp)
	require.ErrorIs(t, err, os.ErrNotExist)
	b := make([]byte, 100)
	n, _ := was.Read(b)
	require.Equal(t, make([]byte, 16), b[:n], "overwritten before it was unlinked")
}

func TestNothingIsGivenOutThatIsNotOnTheDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	require.NoError(t, os.Mkdir(dir, 0o700))
	s := open(t, filepath.Join(dir, "salts"), at("2026-03-10 12:00:00"))
	require.NoError(t, os.RemoveAll(dir))
	_, err := s.Salt(day("2026-03-10"))
	require.Error(t, err)
	require.NoError(t, os.Mkdir(dir, 0o700))
	v := salt(t, s, "2026-03-10")
	b, err := os.ReadFile(filepath.Join(dir, "salts"))
	require.NoError(t, err)
	require.True(t, bytes.Contains(b, v[:]))
}

func TestFailedSweepIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path, c := filepath.Join(dir, "salts"), at("2026-03-10 12:00:00")
	s := open(t, path, c)
	old := salt(t, s, "2026-03-10")
	c.set("2026-03-13 00:00:00")
	require.NoError(t, os.Mkdir(path+".tmp", 0o700)) // in the way
	require.Error(t, s.Sweep())
	c.set("2026-03-10 12:00:00")
	require.Empty(t, s.days, "gone from memory at once, and not a salt of zeros")
	require.NoError(t, os.Remove(path+".tmp"))
	require.NoError(t, s.Sweep())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.False(t, bytes.Contains(b, old[:]))
	require.NotEqual(t, old, salt(t, s, "2026-03-10"))
}

func TestDamagedFileIsRefused(t *testing.T) {
	path, c := newPath(t), at("2026-03-10 12:00:00")
	s := open(t, path, c)
	salt(t, s, "2026-03-10")
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for bit := range 8 * len(good) {
		b := bytes.Clone(good)
		b[bit/8] ^= 1 << (bit % 8)
		_, err := decode(b)
		require.ErrorIs(t, err, ErrCorrupt, "bit %d", bit)
	}
	for _, b := range [][]byte{{}, good[:len(good)-1], append(bytes.Clone(good), 0)} {
		require.NoError(t, os.WriteFile(path, b, 0o600))
		_, err := Open(path, c.now, nil)
		require.ErrorIs(t, err, ErrCorrupt)
		require.ErrorContains(t, err, path)
		require.ErrorIs(t, Check(path), ErrCorrupt)
	}
	require.NoError(t, os.WriteFile(path, good, 0o600))
	require.NoError(t, Check(path))
	require.NoError(t, Check(path+"-none"))
}

func TestImportSalts(t *testing.T) {
	c := at("2026-03-10 12:00:00")
	s := open(t, newPath(t), c)
	get := func(site analytics.SiteID, d string) [32]byte {
		v, err := s.ImportSalt(site, day(d))
		require.NoError(t, err)
		return v
	}
	a := get("a", "2019-01-01")
	require.Equal(t, a, get("a", "2019-01-01"))
	require.NotEqual(t, a, get("b", "2019-01-01"))
	require.NotEqual(t, a, get("a", "2019-01-02"))
	require.NotEqual(t, get("a", "2026-03-10"), salt(t, s, "2026-03-10"))

	c.set("2026-03-10 12:59:59")
	require.Equal(t, a, get("a", "2019-01-01"))
	c.set("2026-03-10 13:00:00")
	memory := s.imports[importDay{"b", day("2019-01-01")}]
	require.NoError(t, s.Sweep())
	require.Zero(t, memory.salt)
	require.Equal(t, a, get("a", "2019-01-01"), "used less than an hour ago")
	require.Len(t, s.imports, 1)
	c.set("2026-03-10 14:00:00")
	require.NotEqual(t, a, get("a", "2019-01-01"), "an hour unused, without a Sweep")
	a = get("a", "2019-01-01")
	b := get("b", "2019-01-01")
	s.EndImport("a")
	require.NotEqual(t, a, get("a", "2019-01-01"))
	require.Equal(t, b, get("b", "2019-01-01"))
}

func TestClosed(t *testing.T) {
	s := open(t, newPath(t), at("2026-03-10 12:00:00"))
	salt(t, s, "2026-03-10")
	require.NoError(t, s.Close())
	_, err := s.Salt(day("2026-03-10"))
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.ImportSalt("a", 1)
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, s.Sweep(), ErrClosed)
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(map[analytics.Day]*[32]byte{}))
	f.Add(encode(map[analytics.Day]*[32]byte{20000: {1, 2, 3}, -5: {4}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		days, err := decode(b)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("another error: %v", err)
		}
		if err == nil && !bytes.Equal(encode(days), b) {
			t.Fatalf("%x reads as %x", b, encode(days))
		}
	})
}

func BenchmarkSalt(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "salts"), time.Now, nil)
	if err != nil {
		b.Fatal(err)
	}
	today := analytics.DayOf(time.Now().UTC())
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Salt(today); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
