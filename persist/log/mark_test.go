package log

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/raft-wal/fs"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

func TestMarkCodec(t *testing.T) {
	m := newMark()
	m.last, m.crc, m.next[3], m.first[3], m.next[63] = 77, 0xdeadbeef, 9, 4, 2
	b := m.encode()
	require.Len(t, b, markSize)
	got, err := decodeMark(b)
	require.NoError(t, err)
	require.Equal(t, m, got)
	for bit := range 8 * len(b) {
		b[bit/8] ^= 1 << (bit % 8)
		_, err := decodeMark(b)
		require.Error(t, err, "bit %d", bit)
		b[bit/8] ^= 1 << (bit % 8)
	}
	m.first[3] = 10
	_, err = decodeMark(m.encode())
	require.Error(t, err, "the first position is beyond the next")
}

// TestLostFiles: a log that lost a file, or came back from an older copy, is refused, and not changed by the refusal.
func TestLostFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	cfg := testConfig(t.TempDir())
	var h history
	w := openTest(t, cfg)
	h.fill(t, w, r, 60, 900)
	require.NoError(t, w.Close())
	older := readImage(t, cfg.Dir)
	w = openTest(t, cfg)
	h.fill(t, w, r, 60, 900)
	require.NoError(t, w.Close())
	im := readImage(t, cfg.Dir)
	names := im.segments()

	other := testConfig(t.TempDir()) // the same lengths, other blocks
	w = openTest(t, other)
	r2 := rand.New(rand.NewPCG(11, 12))
	var h2 history
	for commit := range 120 {
		n := 1 + r2.IntN(3)
		blocks := testCommit(r2, n, 900)
		if commit == 119 {
			blocks[0].Data = testBlock(r2, 900)
		}
		_, err := w.Append(t.Context(), blocks)
		require.NoError(t, err)
		h2.note(blocks)
	}
	require.NoError(t, w.Close())
	changed := readImage(t, other.Dir)

	for name, damage := range map[string]image{
		"no mark":             im.with(markFile, nil),
		"no list of segments": im.with(metaFile, nil),
		"no last segment":     im.with(names[len(names)-1], nil),
		"no first segment":    im.with(names[0], nil),
		"no middle segment":   im.with(names[1], nil),
		"only the mark":       {markFile: im[markFile]},
		"an older copy":       older.with(markFile, im[markFile]),
		"another last block":  changed.with(markFile, im[markFile]),
		"half a list":         im.with(metaFile, im[metaFile][:len(im[metaFile])/2]),
		"an empty mark":       im.with(markFile, []byte{}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := damage.write(t)
			_, err := Open(testConfig(dir))
			require.ErrorIs(t, err, ErrDamaged)
			require.ErrorContains(t, err, "ztas doctor --repair-log")
			after := readImage(t, dir)
			delete(after, "lock")
			delete(damage, "lock")
			require.Equal(t, damage, after)
		})
	}
	_, err := Open(testConfig(older.with(markFile, im[markFile]).write(t)))
	require.ErrorContains(t, err, "was acknowledged")
	require.Regexp(t, `partition \d+ position \d+`, err.Error())
}

// TestChainTellsBlocksApart: blocks of one length that end with their CRC32C have one CRC32C; the frames' must differ all the same.
func TestChainTellsBlocksApart(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	h := header{partition: 1, commit: 1, index: 1, pos: 1}
	seen := map[uint32]bool{}
	for range 100 {
		_, sum := h.encode(testBlock(r, 100))
		require.False(t, seen[sum])
		seen[sum] = true
	}
}

// TestMarkIsKept: while blocks are written the mark follows without being asked.
func TestMarkIsKept(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.MarkInterval = time.Millisecond
	w := openTest(t, cfg)
	defer w.Close()
	var h history
	h.fill(t, w, rand.New(rand.NewPCG(15, 16)), 5, 10)
	want := w.acknowledged()
	require.Eventually(t, func() bool {
		m, ok, err := readMark(cfg.Dir)
		return err == nil && ok && m == want
	}, time.Minute, time.Millisecond)
}

// TestFilesNobodyNeeds: when nothing was needed, positions go on from the mark alone.
func TestFilesNobodyNeeds(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	var h history
	h.fill(t, w, rand.New(rand.NewPCG(17, 18)), 30, 100)
	for p := range analytics.Partition(8) {
		require.NoError(t, w.TruncateBefore(p, analytics.Pos(len(h[p])+1)))
	}
	require.NoError(t, w.Close())
	im := readImage(t, cfg.Dir)
	cfg = testConfig(image{markFile: im[markFile]}.write(t))
	for range 2 {
		w = openTest(t, cfg)
		_, next, err := w.Bounds(3)
		require.NoError(t, err)
		require.Equal(t, analytics.Pos(len(h[3])+1), next)
		require.NoError(t, w.Close())
	}
	w = openTest(t, cfg)
	positions, err := w.Append(t.Context(), []actors.LogBlock{{Partition: 3, Data: []byte("on")}})
	require.NoError(t, err)
	require.Equal(t, analytics.Pos(len(h[3])+1), positions[0])
	require.NoError(t, w.Close())
	require.NoError(t, openTest(t, cfg).Close())
}

// TestCutEndsFiles: an emptied log keeps no byte of what was in it (V7), a cut one no segment that nobody needs.
func TestCutEndsFiles(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	r := rand.New(rand.NewPCG(19, 20))
	for i := range 1500 {
		_, err := w.Append(t.Context(), []actors.LogBlock{{Partition: 1, Data: testBlock(r, 400)}})
		require.NoError(t, err, i)
	}
	w.quiet()
	before := len(readImage(t, cfg.Dir).segments())
	require.Greater(t, before, 8)
	require.NoError(t, w.TruncateBefore(1, 900))
	require.Equal(t, before, len(readImage(t, cfg.Dir).segments()), "not worth a cut")
	require.NoError(t, w.TruncateBefore(1, 1400))
	require.LessOrEqual(t, len(readImage(t, cfg.Dir).segments()), 3)
	require.NoError(t, w.TruncateBefore(1, 1501))
	im := readImage(t, cfg.Dir)
	require.Len(t, im.segments(), 1)
	require.Zero(t, rest(im[im.segments()[0]]))
	require.NoError(t, w.Close())
}

// TestKilledBetween: the mark was written for a cut that never came; the last segment was sealed and its successor never listed.
func TestKilledBetween(t *testing.T) {
	t.Run("mark and cut", func(t *testing.T) {
		cfg := testConfig(t.TempDir())
		w := openTest(t, cfg)
		var h history
		h.fill(t, w, rand.New(rand.NewPCG(21, 22)), 50, 100)
		w.index.parts[3].first++ // as TruncateBefore does, without the cut
		w.index.parts[3].refs = w.index.parts[3].refs[1:]
		require.NoError(t, w.saveMark())
		w.crash()
		w = openTest(t, cfg)
		h[3] = h[3][1:]
		requireHistory(t, w, &h)
		require.NoError(t, w.Close())
	})
	t.Run("seal and next segment", func(t *testing.T) {
		killed, h := killedBeforeRotation(t)
		cfg := testConfig(killed.write(t))
		w := openTest(t, cfg)
		requireHistory(t, w, &h)
		h.fill(t, w, rand.New(rand.NewPCG(25, 26)), 40, 900)
		require.NoError(t, w.Close())
		w = openTest(t, cfg)
		requireHistory(t, w, &h)
		require.NoError(t, w.Close())
	})
	t.Run("emptying and the next append", func(t *testing.T) {
		cfg := testConfig(t.TempDir())
		w := openTest(t, cfg)
		var h history
		h.fill(t, w, rand.New(rand.NewPCG(35, 36)), 20, 100)
		for p := range h {
			require.NoError(t, w.TruncateBefore(analytics.Partition(p), analytics.Pos(len(h[p])+1)))
		}
		w.crash()
		w = openTest(t, cfg)
		for p := range h {
			first, next, err := w.Bounds(analytics.Partition(p))
			require.NoError(t, err)
			require.Equal(t, analytics.Pos(len(h[p])+1), next)
			require.Equal(t, next, first)
		}
		require.NoError(t, w.Close())
	})
}

// killedBeforeRotation is a log that a kill ended between the commit that sealed a segment and the listing of the next one.
func killedBeforeRotation(t *testing.T) (image, history) {
	t.Helper()
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	var h history
	r := rand.New(rand.NewPCG(23, 24))
	var before, after image
	for {
		before = readImage(t, cfg.Dir)
		h.fill(t, w, r, 1, 900)
		w.quiet()
		if after = readImage(t, cfg.Dir); len(after.segments()) > 1 {
			break
		}
	}
	w.crash()
	first := after.segments()[0]
	return image{first: after[first], metaFile: before[metaFile], markFile: before[markFile]}, h
}

// TestLeftOverSegment: a file that was made for a segment but never used does not stop the segment from being made.
func TestLeftOverSegment(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "1.wal"), []byte("left over"), 0o644))
	f, err := fullDisk{fs.New()}.Create(dir, "1.wal", 1<<16)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	content, err := os.ReadFile(filepath.Join(dir, "1.wal"))
	require.NoError(t, err)
	require.Equal(t, make([]byte, 1<<16), content)
}

func TestLocked(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	_, err := Open(cfg)
	require.ErrorIs(t, err, ErrLocked)
	require.NoError(t, w.Close())
	require.NoError(t, openTest(t, cfg).Close())
}
