package log

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/raft-wal/types"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// tailInfo is the last entry of an image's list of segments.
func tailInfo(t *testing.T, im image) types.SegmentInfo {
	t.Helper()
	state, ok, err := readMeta(im.write(t))
	require.NoError(t, err)
	require.True(t, ok)
	return state.Segments[len(state.Segments)-1]
}

// tornLog is a log whose last commits are not covered by its mark.
type tornLog struct {
	image   image
	last    string    // the segment with the end
	states  []history // after each commit; the first is what the mark covers
	dataEnd int       // offset of the end in the last segment
}

func newTornLog(t *testing.T, commits, size int) tornLog {
	r := rand.New(rand.NewPCG(1, 2))
	cfg := testConfig(t.TempDir())
	var h history
	w := openTest(t, cfg)
	h.fill(t, w, r, 20, 500)
	require.NoError(t, w.saveMark())
	l := tornLog{states: []history{h.clone()}}
	for range commits {
		h.fill(t, w, r, 1, size)
		l.states = append(l.states, h.clone())
	}
	w.crash()
	l.image = readImage(t, cfg.Dir)
	l.last = l.image.segments()[0]
	require.Len(t, l.image.segments(), 1)
	l.dataEnd = parseSegment(l.image[l.last], tailInfo(t, l.image)).end
	return l
}

// TestTornTail damages the end of a log at every byte of its last commits, in four ways. What opens is the history after one of the commits, never
// less than the mark covers, and the log goes on from there.
func TestTornTail(t *testing.T) {
	l := newTornLog(t, 3, 40)
	file := l.image[l.last]
	junk := testBlock(rand.New(rand.NewPCG(3, 4)), len(file))
	ways := map[string]func(at int) []byte{
		"shorter file": func(at int) []byte { return slices.Clone(file[:at]) },
		"zeros":        func(at int) []byte { return append(slices.Clone(file[:at]), make([]byte, len(file)-at)...) },
		"junk":         func(at int) []byte { return append(slices.Clone(file[:at]), junk[:len(file)-at]...) },
		"only a hole": func(at int) []byte { // the bytes of one sector did not arrive
			b := slices.Clone(file)
			clear(b[at:min(at+64, len(b))])
			return b
		},
	}
	begin, lastCommit := commitEnd(t, &l, 0), commitEnd(t, &l, 2)
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			step := 3
			if name == "shorter file" {
				step = 1
			}
			for at := begin; at <= l.dataEnd+8; at += step {
				opened := l.open(t, name, at, way(at))
				require.False(t, opened && name == "only a hole" && at+64 <= lastCommit, "at %d: what the last commit follows was acknowledged", at)
			}
		})
	}
}

// commitEnd is the offset behind the last commit of a state.
func commitEnd(t *testing.T, l *tornLog, state int) int {
	t.Helper()
	frames := 0
	for p := range l.states[state] {
		frames += len(l.states[state][p])
	}
	info := tailInfo(t, l.image)
	for n := walHeader; n <= l.dataEnd+8; n += 8 {
		if s := parseSegment(l.image[l.last][:n], info); len(s.frames) == frames {
			return s.end
		}
	}
	t.Fatal("no such commit")
	return 0
}

// open opens the log with another last segment, checks what is there, and goes on with it; false when it was refused.
func (l *tornLog) open(t *testing.T, way string, at int, file []byte) bool {
	t.Helper()
	cfg := testConfig(l.image.with(l.last, file).write(t))
	defer os.RemoveAll(cfg.Dir)
	w, err := Open(cfg)
	if err != nil { // bytes of a commit that a later one follows
		require.ErrorIs(t, err, ErrDamaged)
		require.Equal(t, "only a hole", way, "at %d: %v", at, err)
		return false
	}
	got, _, err := readAll(w)
	require.NoError(t, err)
	state := slices.IndexFunc(l.states, func(h history) bool { return equalHistory(&h, &got) })
	require.GreaterOrEqual(t, state, 0, "at %d: a history that never was", at)
	if way != "only a hole" && at < l.dataEnd {
		require.Less(t, state, len(l.states)-1, "at %d: the last commit cannot be whole", at)
	}
	r := rand.New(rand.NewPCG(5, uint64(at)))
	got.fill(t, w, r, 2, 30)
	require.NoError(t, w.Close())
	w = openTest(t, cfg)
	requireHistory(t, w, &got)
	require.NoError(t, w.Close())
	return true
}

func equalHistory(a, b *history) bool {
	for p := range a {
		if !slices.Equal(a[p], b[p]) {
			return false
		}
	}
	return true
}

// TestTornTailRefused: with a mark that covers everything, an end that lost a byte is refused with partition, position and command.
func TestTornTailRefused(t *testing.T) {
	l := newTornLog(t, 3, 40)
	cfg := testConfig(l.image.write(t))
	w := openTest(t, cfg)
	require.NoError(t, w.Close())
	l.image[markFile] = readImage(t, cfg.Dir)[markFile]
	for at := commitEnd(t, &l, 0); at < l.dataEnd; at += 5 {
		cfg := testConfig(l.image.with(l.last, slices.Clone(l.image[l.last][:at])).write(t))
		before := readImage(t, cfg.Dir)
		_, err := Open(cfg)
		require.ErrorIs(t, err, ErrDamaged, "at %d", at)
		require.ErrorContains(t, err, "ztas doctor --repair-log")
		var damage *DamageError
		require.ErrorAs(t, err, &damage)
		require.NotZero(t, damage.Pos)
		after := readImage(t, cfg.Dir)
		delete(before, "lock")
		delete(after, "lock")
		require.Equal(t, before, after, "a refused log must stay as it was")
		os.RemoveAll(cfg.Dir)
	}
}

// TestBitFlips flips bits in all files of a closed log: every open refuses, or gives the identical history.
func TestBitFlips(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	var h history
	h.fill(t, w, r, 120, 900) // about 200 KB in 4 segments
	require.NoError(t, w.Close())
	im := readImage(t, cfg.Dir)
	require.Greater(t, len(im.segments()), 2)
	names := append(im.segments(), markFile, metaFile)
	flips := 400
	if testing.Short() {
		flips = 60
	}
	refused := 0
	for i := range flips {
		name := names[i%len(names)]
		content := slices.Clone(im[name])
		bit := r.IntN(8 * rest(content))
		content[bit/8] ^= 1 << (bit % 8)
		dir := im.with(name, content).write(t)
		w, err := Open(testConfig(dir))
		if err != nil {
			refused++
			require.ErrorIs(t, err, ErrDamaged, "%s bit %d", name, bit)
		} else {
			requireHistory(t, w, &h)
			require.NoError(t, w.Close())
		}
		os.RemoveAll(dir)
	}
	require.Greater(t, refused, flips*9/10, "nearly every bit counts")
}

// TestBitFlipsWhileOpen flips bits under an open log: a read refuses, or gives the right block.
func TestBitFlipsWhileOpen(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	defer w.Close()
	var h history
	h.fill(t, w, r, 120, 900)
	w.quiet()
	detected := 0
	for range 100 {
		names := readImage(t, cfg.Dir).segments()
		path := filepath.Join(cfg.Dir, names[r.IntN(len(names))])
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		bit := r.IntN(8 * rest(content))
		flip := func() {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			require.NoError(t, err)
			content[bit/8] ^= 1 << (bit % 8)
			_, err = f.WriteAt(content[bit/8:bit/8+1], int64(bit/8))
			require.NoError(t, err)
			require.NoError(t, f.Close())
		}
		flip()
		for p := range h {
			for i, want := range h[p] {
				data, _, err := w.block(analytics.Partition(p), analytics.Pos(i+1))
				if err != nil {
					detected++
				} else {
					require.True(t, bytes.Equal([]byte(want), data))
				}
			}
		}
		flip()
	}
	require.Greater(t, detected, 50)
	requireHistory(t, w, &h)
}

// TestTornSeal: the commit that was to end a segment is torn, but its table of entries arrived. The segment is not sealed, and the log goes on in it.
func TestTornSeal(t *testing.T) {
	killed, h := killedBeforeRotation(t)
	name := killed.segments()[0]
	s := parseSegment(killed[name], tailInfo(t, killed))
	require.NotZero(t, s.indexStart)
	torn := slices.Clone(killed[name])
	torn[s.lastCommit+walFrame+frameHeader+10] ^= 1
	cfg := testConfig(killed.with(name, torn).write(t))
	w := openTest(t, cfg)
	got, _, err := readAll(w)
	require.NoError(t, err)
	lost := 0
	for p := range h {
		require.Equal(t, h[p][:len(got[p])], got[p])
		lost += len(h[p]) - len(got[p])
	}
	require.Positive(t, lost)
	require.LessOrEqual(t, lost, 3, "one commit")
	r := rand.New(rand.NewPCG(33, 34))
	require.NoError(t, w.store(w.frames(testCommit(r, 1, 10)))) // no second try, as Append has
	require.NoError(t, w.Close())
}
