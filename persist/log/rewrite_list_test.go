package log

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRewriteKilledInList ends a rewrite while it replaces the list of segments or the mark: the new file is empty, half written or whole, or one of
// long ago, and has not its name yet. What is under the name counts; the rest is in nobody's way, and the next rewrite leaves no byte of the text (L8, V7).
func TestRewriteKilledInList(t *testing.T) {
	disk := &watchedDisk{newFaultDisk(), func(string) {}}
	cfg := testConfig(t.TempDir())
	cfg.vfs = disk
	w := openTest(t, cfg)
	r := &rewriting{}
	r.fill(t, w, 40)
	w.quiet()
	first := readImage(t, cfg.Dir)[metaFile]
	var moments []image
	disk.before = func(string) {
		im := readImage(t, cfg.Dir)
		if n := len(moments); n == 0 || string(moments[n-1][metaFile]) != string(im[metaFile]) { // the list was replaced since
			moments = append(moments, im)
		}
	}
	require.NoError(t, w.Rewrite(t.Context(), func() error { return nil }, blot))
	disk.before = func(string) {}
	last := readImage(t, cfg.Dir)
	require.NoError(t, w.Close())
	require.NotEmpty(t, moments)
	before := maps.Clone(moments[0]) // the mark is written, the list is not
	before[metaFile] = first
	moments = append(append([]image{before}, moments...), last)
	done := 0
	for i, im := range moments[:len(moments)-1] {
		list, mark := moments[i+1][metaFile], moments[i+1][markFile]
		for what, written := range map[string]func(b []byte) []byte{
			"empty":                func([]byte) []byte { return nil },
			"half":                 func(b []byte) []byte { return b[:len(b)/2] },
			"whole":                func(b []byte) []byte { return b },
			"that of a longer log": func(b []byte) []byte { return append(slices.Clone(b), b...) },
		} {
			left := maps.Clone(im)
			left[metaFile+".new"], left[markFile+".new"] = written(list), written(mark)
			if r.check(t, left, fmt.Sprintf("list %d of %d, the next one %s", i, len(moments), what)) {
				done++
			}
		}
	}
	require.Positive(t, done, "behind the replacement that counts")
	require.Less(t, done, 4*(len(moments)-1), "and before it")
}
