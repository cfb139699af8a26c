package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/hashicorp/raft-wal/types"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// rewriting is a log in which some blocks hold a text that a rewrite takes out, and what it has before and after.
type rewriting struct {
	before, after history
	first         [analytics.Partitions]analytics.Pos
}

const needle = "needle"

// blot is the change: the text goes, the rest of the block stays.
func blot(block []byte) ([]byte, error) {
	return bytes.ReplaceAll(block, []byte(needle), []byte("-")), nil
}

// atOnce has nothing to settle.
func atOnce() error { return nil }

// fill appends to two partitions, of which one is needed from its middle on, and to one that is not needed.
func (r *rewriting) fill(t *testing.T, w *WAL, commits int) {
	t.Helper()
	for i := range commits {
		var blocks []actors.LogBlock
		for p := range analytics.Partition(3) {
			blocks = append(blocks, actors.LogBlock{Partition: p, Data: fmt.Appendf(nil, "%s %d of %d %s", needle, i, p, strings.Repeat("x", 1000))})
		}
		_, err := w.Append(t.Context(), blocks)
		require.NoError(t, err)
		r.before.note(blocks)
	}
	for p := range r.first {
		r.first[p] = 1
	}
	r.first[0], r.first[1] = analytics.Pos(commits+1), analytics.Pos(commits/2)
	for p := range analytics.Partition(2) {
		require.NoError(t, w.TruncateBefore(p, r.first[p]))
	}
	for p := range r.before {
		if r.before[p] = r.before[p][r.first[p]-1:]; len(r.before[p]) == 0 {
			r.before[p] = nil
		}
		for _, b := range r.before[p] {
			blotted, _ := blot([]byte(b))
			r.after[p] = append(r.after[p], string(blotted))
		}
	}
}

// check opens a log that a crash left in the middle of a rewrite. It has all blocks as before, or all as after, and goes on; and whoever rewrites it once more
// leaves no byte of the text.
func (r *rewriting) check(t *testing.T, im image, what string) (done bool) {
	t.Helper()
	cfg := testConfig(im.write(t))
	w, err := Open(cfg)
	require.NoError(t, err, what)
	got, first, err := readAll(w)
	require.NoError(t, err, what)
	require.Equal(t, r.first, first, what)
	done = got[1][0] == r.after[1][0]
	want := &r.before
	if done {
		want = &r.after
	}
	require.Equal(t, want, &got, what)
	r.goOn(t, w, what)
	require.NoError(t, w.Close())
	return done
}

// goOn appends, rewrites, and opens the log again.
func (r *rewriting) goOn(t *testing.T, w *WAL, what string) {
	t.Helper()
	want := r.after.clone()
	for p := range analytics.Partition(3) {
		positions, err := w.Append(t.Context(), []actors.LogBlock{{Partition: p, Data: []byte("more")}})
		require.NoError(t, err, what)
		require.Equal(t, []analytics.Pos{r.first[p] + analytics.Pos(len(r.after[p]))}, positions, what)
		want[p] = append(want[p], "more")
	}
	require.NoError(t, w.Rewrite(t.Context(), atOnce, blot), what)
	requireHistory(t, w, &want)
	requireNoNeedle(t, w, what)
	w.crash()
	again := openTest(t, w.cfg)
	requireHistory(t, again, &want)
	require.NoError(t, again.Close())
}

func requireNoNeedle(t *testing.T, w *WAL, what string) {
	t.Helper()
	for name, content := range readImage(t, w.cfg.Dir) {
		require.False(t, bytes.Contains(content, []byte(needle)), "%s: %s", what, name)
	}
}

// watchedDisk calls before each operation on a segment file.
type watchedDisk struct {
	*faultDisk
	before func(op string)
}

func (d *watchedDisk) Create(dir, name string, size uint64) (types.WritableFile, error) {
	d.before("create")
	f, err := d.faultDisk.Create(dir, name, size)
	return &watchedFile{f, d}, err
}

func (d *watchedDisk) OpenWriter(dir, name string) (types.WritableFile, error) {
	d.before("open")
	f, err := d.faultDisk.OpenWriter(dir, name)
	return &watchedFile{f, d}, err
}

func (d *watchedDisk) ListDir(dir string) ([]string, error) {
	d.before("list")
	return d.faultDisk.ListDir(dir)
}

func (d *watchedDisk) Delete(dir, name string) error {
	d.before("delete")
	return d.faultDisk.Delete(dir, name)
}

type watchedFile struct {
	types.WritableFile
	disk *watchedDisk
}

func (f *watchedFile) WriteAt(b []byte, off int64) (int, error) {
	f.disk.before("write")
	return f.WritableFile.WriteAt(b, off)
}

func (f *watchedFile) Sync() error {
	f.disk.before("sync")
	return f.WritableFile.Sync()
}

// TestRewriteKilled ends a rewrite between any two operations, by a kill and by a power cut (L8, V7).
func TestRewriteKilled(t *testing.T) {
	disk := &watchedDisk{newFaultDisk(), func(string) {}}
	cfg := testConfig(t.TempDir())
	cfg.vfs = disk
	w := openTest(t, cfg)
	r := &rewriting{}
	r.fill(t, w, 120)
	w.quiet()
	old := readImage(t, cfg.Dir).segments()
	require.Greater(t, len(old), 4)
	type moment struct {
		what string
		im   image
	}
	var moments []moment
	disk.before = func(op string) {
		what := fmt.Sprintf("before operation %d, %s", len(moments)/2, op)
		moments = append(moments, moment{what + ", killed", readImage(t, cfg.Dir)}, moment{what + ", power cut", disk.powerCut(t, cfg.Dir)})
	}
	require.NoError(t, w.Rewrite(t.Context(), atOnce, blot))
	disk.before = func(string) {}
	requireNoNeedle(t, w, "after the rewrite")
	requireHistory(t, w, &r.after)
	for _, name := range readImage(t, cfg.Dir).segments() {
		require.NotContains(t, old, name)
	}
	r.goOn(t, w, "after the rewrite")
	var done, not int
	for _, m := range moments {
		if r.check(t, m.im, m.what) {
			done++
		} else {
			not++
		}
	}
	require.Greater(t, not, 10, "moments before the list was replaced")
	require.Greater(t, done, 10, "and behind it, with old files there")
}

// TestRewriteFaults lets one storage call after the other fail in a rewrite. Whatever it says, the log has all blocks as before or all as after, and
// a power cut changes nothing of that.
func TestRewriteFaults(t *testing.T) {
	for _, fault := range []struct {
		op  string
		err error
	}{{"sync", syscall.EIO}, {"write", syscall.ENOSPC}, {"write", syscall.EIO}, {"create", syscall.ENOSPC}, {"create", syscall.EIO}} {
		for n := 1; n <= 6; n++ {
			t.Run(fmt.Sprintf("%s %d: %v", fault.op, n, fault.err), func(t *testing.T) {
				disk := newFaultDisk()
				cfg := testConfig(t.TempDir())
				cfg.vfs, cfg.ReserveBytes = disk, 1<<16
				w := openTest(t, cfg)
				r := &rewriting{}
				r.fill(t, w, 120)
				w.quiet()
				disk.failNth(n, fault.op, fault.err)
				failed := w.Rewrite(t.Context(), atOnce, blot)
				if errors.Is(fault.err, syscall.ENOSPC) {
					require.NoError(t, failed, "there is a reserve")
				}
				disk.failAll("")
				done := r.check(t, disk.powerCut(t, cfg.Dir), "after a power cut")
				if failed == nil {
					require.True(t, done)
					requireNoNeedle(t, w, "after the fault")
				}
				_, err := w.Append(t.Context(), nil)
				require.NoError(t, err)
				if done {
					requireHistory(t, w, &r.after)
				} else {
					requireHistory(t, w, &r.before)
				}
				r.goOn(t, w, "after the fault")
			})
		}
	}
}

// TestRewriteKeepsOldFile: a rewrite that could not remove an old file is none.
func TestRewriteKeepsOldFile(t *testing.T) {
	disk := &stickyDisk{faultDisk: newFaultDisk(), sticks: true}
	cfg := testConfig(t.TempDir())
	cfg.vfs = disk
	w := openTest(t, cfg)
	r := &rewriting{}
	r.fill(t, w, 20)
	require.ErrorContains(t, w.Rewrite(t.Context(), atOnce, blot), "cannot be removed")
	requireHistory(t, w, &r.after)
	disk.sticks = false
	r.goOn(t, w, "once it can be")
}

// stickyDisk removes no file.
type stickyDisk struct {
	*faultDisk
	sticks bool
}

func (d *stickyDisk) Delete(dir, name string) error {
	if d.sticks {
		return syscall.EIO
	}
	return d.faultDisk.Delete(dir, name)
}

// TestRewriteBeforeRotation: the last segment is full and its successor could not be listed. After a kill in the middle of a rewrite the old log must
// not take a new file for that successor.
func TestRewriteBeforeRotation(t *testing.T) {
	disk := &watchedDisk{newFaultDisk(), func(string) {}}
	cfg := testConfig(t.TempDir())
	cfg.vfs = disk
	w := openTest(t, cfg)
	defer w.Close()
	blocker := filepath.Join(cfg.Dir, metaFile+".new")
	require.NoError(t, os.Mkdir(blocker, 0o755))
	r := &rewriting{}
	r.fill(t, w, 18)
	var err error
	for err == nil {
		var positions []analytics.Pos
		block := actors.LogBlock{Partition: 1, Data: []byte(needle + strings.Repeat("x", 1000))}
		positions, err = w.Append(t.Context(), []actors.LogBlock{block})
		if blotted, _ := blot(block.Data); err == nil {
			require.Len(t, positions, 1)
			r.before[1], r.after[1] = append(r.before[1], string(block.Data)), append(r.after[1], string(blotted))
		}
		w.quiet()
		if readSealed(t, cfg.Dir) {
			break
		}
	}
	require.NoError(t, err)
	require.NoError(t, os.Remove(blocker))
	var moments []image
	disk.before = func(string) { moments = append(moments, readImage(t, cfg.Dir)) }
	require.NoError(t, w.Rewrite(t.Context(), atOnce, blot))
	disk.before = func(string) {}
	for i, im := range moments {
		r.check(t, im, fmt.Sprintf("before operation %d", i))
	}
	r.goOn(t, w, "after the rewrite")
}

// readSealed tells whether the one segment of a log is full.
func readSealed(t *testing.T, dir string) bool {
	t.Helper()
	im := readImage(t, dir)
	names := im.segments()
	require.Len(t, names, 1)
	state, _, err := readMeta(dir)
	require.NoError(t, err)
	require.Len(t, state.Segments, 1)
	return parseSegment(im[names[0]], state.Segments[0]).indexStart > 0
}

// TestRewriteUnderReaders: who reads meanwhile gets every position once, with its old or its new block.
func TestRewriteUnderReaders(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	defer w.Close()
	r := &rewriting{}
	r.fill(t, w, 100)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	errs := make(chan error, 4)
	for range cap(errs) {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				rd, err := w.Read(context.Background(), 1, r.first[1])
				for i := 0; err == nil && i < len(r.before[1]); i++ {
					var pos analytics.Pos
					var data []byte
					pos, data, err = rd.Next(context.Background())
					if err == nil && (pos != r.first[1]+analytics.Pos(i) || string(data) != r.before[1][i] && string(data) != r.after[1][i]) {
						err = fmt.Errorf("position %d: %.40q", pos, data)
					}
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	for range 5 {
		require.NoError(t, w.Rewrite(t.Context(), atOnce, blot))
	}
	close(stop)
	readers.Wait()
	select {
	case err := <-errs:
		require.NoError(t, err)
	default:
	}
}

// TestRewriteWhileCopied: an archive names places of the old files.
func TestRewriteWhileCopied(t *testing.T) {
	w := openTest(t, testConfig(t.TempDir()))
	defer w.Close()
	r := &rewriting{}
	r.fill(t, w, 20)
	a, err := w.Archive()
	require.NoError(t, err)
	require.ErrorContains(t, w.Rewrite(t.Context(), atOnce, blot), "being copied")
	require.NoError(t, a.Close())
	require.NoError(t, w.Rewrite(t.Context(), atOnce, blot))
	a, err = w.Archive()
	require.NoError(t, err)
	defer a.Close()
	require.Equal(t, r.first, a.First)
	var got history
	require.NoError(t, a.Each(t.Context(), func(p analytics.Partition, pos analytics.Pos, block []byte) error {
		require.Equal(t, r.first[p]+analytics.Pos(len(got[p])), pos)
		got[p] = append(got[p], string(block))
		return nil
	}))
	require.Equal(t, r.after, got)
	files, err := filepath.Glob(filepath.Join(w.cfg.Dir, "*.wal"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
}

// TestRepairAfterRewrite: a rewritten log that is damaged afterwards is repaired like any.
func TestRepairAfterRewrite(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	r := &rewriting{}
	r.fill(t, w, 60)
	require.NoError(t, w.Rewrite(t.Context(), atOnce, blot))
	require.NoError(t, w.Close())
	im := readImage(t, cfg.Dir)
	name := im.segments()[0]
	damagedAt := bytes.Index(im[name], []byte(r.after[2][10][:20]))
	require.Positive(t, damagedAt)
	im[name][damagedAt] ^= 1
	cfg = testConfig(im.write(t))
	_, err := Open(cfg)
	require.ErrorIs(t, err, ErrDamaged)
	done, err := RepairLog(cfg, Repair{Filler: []byte("filler")})
	require.NoError(t, err)
	require.Equal(t, []Gap{{2, 11, 11}}, done.Lost)
	w = openTest(t, cfg)
	defer w.Close()
	r.after[2][10] = "filler"
	requireHistory(t, w, &r.after)
}

// TestRepairBesideOldFiles: a crash left files that the list does not name, which hold what a rewrite took out, or what was cut. A repair takes nothing
// from them, also when the mark is lost.
func TestRepairBesideOldFiles(t *testing.T) {
	cfg := testConfig(t.TempDir())
	w := openTest(t, cfg)
	var r rewriting
	r.fill(t, w, 40)
	require.NoError(t, w.saveMark())
	old := readImage(t, cfg.Dir)
	require.NoError(t, w.Rewrite(t.Context(), atOnce, blot))
	seen := w.acknowledged().next
	for p := range seen {
		seen[p]--
	}
	require.NoError(t, w.Close())
	im := readImage(t, cfg.Dir)
	listed := im.segments()
	for _, name := range old.segments() {
		require.NotContains(t, listed, name)
		im = im.with(name, old[name])
	}
	torn := bytes.Clone(im[listed[0]])
	torn[200] ^= 1
	for name, damaged := range map[string]image{"a block": im.with(listed[0], torn), "the mark": im.with(markFile, nil)} {
		cfg := testConfig(damaged.write(t))
		_, err := Open(cfg)
		require.ErrorIs(t, err, ErrDamaged, name)
		done, err := RepairLog(cfg, Repair{Filler: []byte("filler"), Seen: seen})
		require.NoError(t, err, name)
		require.Equal(t, name == "a block", len(done.Lost) > 0, "%s: %v", name, done.Lost)
		require.NoError(t, os.RemoveAll(done.Moved))
		w := openTest(t, cfg)
		got, first, err := readAll(w)
		require.NoError(t, err, name)
		require.Equal(t, r.first[1], first[1], name)
		for i, b := range got[1] {
			require.Contains(t, []string{r.after[1][i], "filler"}, b, name)
		}
		requireNoNeedle(t, w, name)
		require.NoError(t, w.Close())
	}
}
