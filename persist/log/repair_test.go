package log

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestRepair damages logs in ways that Open refuses. Afterwards they open, positions are as before, and a block is either itself or a filler that
// was reported.
func TestRepair(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	var h history
	h.fill(t, w, r, 150, 900)
	require.NoError(t, w.TruncateBefore(2, 5))
	require.NoError(t, w.Close())
	im := readImage(t, cfg.Dir)
	names := im.segments()
	flipped := func(n int) image {
		c := im
		for range n {
			name := names[r.IntN(len(names))]
			b := slices.Clone(c[name])
			b[r.IntN(rest(b))] ^= 0x10
			c = c.with(name, b)
		}
		return c
	}
	var seen [analytics.Partitions]analytics.Pos
	for p := range h {
		seen[p] = analytics.Pos(len(h[p]))
	}
	for name, damage := range map[string]struct {
		image
		lost bool // at least one block
	}{
		"one bit":       {flipped(1), false},
		"many bits":     {flipped(30), true},
		"a segment":     {im.with(names[1], nil), true},
		"the last one":  {im.with(names[len(names)-1], nil), true},
		"the list":      {im.with(metaFile, nil), false},
		"the mark":      {im.with(markFile, nil), false},
		"all but marks": {image{markFile: im[markFile]}, true},
		"nothing":       {im, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(damage.image.write(t))
			w, err := Open(cfg)
			if name == "nothing" {
				require.NoError(t, err)
				require.NoError(t, w.Close())
			} else {
				require.ErrorIs(t, err, ErrDamaged)
			}
			done, err := RepairLog(cfg, Repair{Filler: []byte("filler"), Seen: seen})
			require.NoError(t, err)
			require.Equal(t, damage.lost, len(done.Lost) > 0 && name != "one bit")
			require.Equal(t, name == "the mark", done.MarkLost)
			lost := map[analytics.Partition]map[analytics.Pos]bool{}
			for _, gap := range done.Lost {
				for pos := gap.From; pos <= gap.To; pos++ {
					if lost[gap.Partition] == nil {
						lost[gap.Partition] = map[analytics.Pos]bool{}
					}
					lost[gap.Partition][pos] = true
				}
			}
			for range 2 {
				w = openTest(t, cfg)
				got, first, err := readAll(w)
				require.NoError(t, err)
				kept := 0
				for p := range got {
					_, next, err := w.Bounds(analytics.Partition(p))
					require.NoError(t, err)
					require.Equal(t, analytics.Pos(len(h[p])+1), next)
					for i, b := range got[p] {
						pos := first[p] + analytics.Pos(i)
						if lost[analytics.Partition(p)][pos] {
							require.Equal(t, "filler", b)
							continue
						}
						require.Equal(t, h[p][pos-1], b)
						kept++
					}
				}
				require.Equal(t, done.Kept, kept)
				require.NoError(t, w.Close())
			}
			require.NotEmpty(t, done.Moved)
			w = openTest(t, cfg)
			h := h.clone()
			h.fill(t, w, rand.New(rand.NewPCG(43, 44)), 10, 100)
			require.NoError(t, w.Close())
			require.NoError(t, openTest(t, cfg).Close())
		})
	}
}

// TestRepairInterrupted stops a repair at each of its moves. The log is refused until the repair is called again, and then has everything.
func TestRepairInterrupted(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	var h history
	h.fill(t, w, rand.New(rand.NewPCG(47, 48)), 150, 900)
	require.NoError(t, w.Close())
	im := readImage(t, cfg.Dir)
	for moves := 0; ; moves++ {
		cfg := testConfig(im.write(t))
		done := &Repaired{}
		require.NoError(t, done.prepare(cfg, Repair{}))
		left := moves
		finished := interrupted(t, cfg.Dir, &left)
		if finished {
			require.Greater(t, moves, 8)
			break
		}
		_, err := Open(cfg)
		require.ErrorIs(t, err, ErrDamaged, "after %d moves", moves)
		_, err = RepairLog(cfg, Repair{})
		require.NoError(t, err)
		w := openTest(t, cfg)
		requireHistory(t, w, &h)
		require.NoError(t, w.Close())
	}
}

// interrupted does what swap does, up to a number of moves.
func interrupted(t *testing.T, dir string, left *int) (finished bool) {
	t.Helper()
	move := func(from, to string, suffixes ...string) bool {
		for _, suffix := range suffixes {
			names, err := filepath.Glob(filepath.Join(from, "*"+suffix))
			require.NoError(t, err)
			for _, name := range names {
				if *left == 0 {
					return false
				}
				*left--
				require.NoError(t, os.Rename(name, filepath.Join(to, filepath.Base(name))))
			}
		}
		return true
	}
	old := filepath.Join(dir, "damaged-1")
	require.NoError(t, os.Mkdir(old, 0o755))
	if !move(dir, old, markFile, metaFile, ".wal") {
		return false
	}
	require.NoError(t, renameDir(dir, repairReady, repairMoving))
	return move(filepath.Join(dir, repairMoving), dir, ".wal", metaFile, markFile)
}
