package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// beside is a log that is being rewritten, and what was appended to it meanwhile.
type beside struct {
	*rewriting
	t    *testing.T
	w    *WAL
	disk *watchedDisk

	mu    sync.Mutex // raft-wal begins segments in the background
	acked history    // behind what was there before
	tried string     // the block whose append did not return yet
}

func newBeside(t *testing.T, change func(*Config)) *beside {
	t.Helper()
	b := &beside{rewriting: &rewriting{}, t: t, disk: &watchedDisk{newFaultDisk(), func(string) {}}}
	cfg := testConfig(t.TempDir())
	cfg.vfs = b.disk
	if change != nil {
		change(&cfg)
	}
	b.w = openTest(t, cfg)
	t.Cleanup(func() { require.NoError(t, b.w.Close()) })
	b.fill(t, b.w, 120)
	b.w.quiet()
	return b
}

// append appends a block of some KB to a partition, which must not wait for long.
func (b *beside) append(p analytics.Partition) error {
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Second)
	defer cancel()
	block := fmt.Sprintf("beside %d %d %s", p, len(b.acked[p]), strings.Repeat("y", 3000))
	b.mu.Lock()
	b.tried = block
	b.mu.Unlock()
	_, err := b.w.Append(ctx, []actors.LogBlock{{Partition: p, Data: []byte(block)}})
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.acked[p] = append(b.acked[p], block)
	b.tried = ""
	b.mu.Unlock()
	b.w.quiet()
	return nil
}

// with is the whole log once the old blocks are these.
func (b *beside) with(old *history) *history {
	all := old.clone()
	for p := range all {
		all[p] = append(all[p], b.acked[p]...)
	}
	return &all
}

// requireNothingUnlisted: there is no half copy.
func (b *beside) requireNothingUnlisted(dir, what string) {
	b.t.Helper()
	list, _, err := readMeta(dir)
	require.NoError(b.t, err, what)
	names, err := unlistedSegments(dir, &list)
	require.NoError(b.t, err, what)
	require.Empty(b.t, names, what)
}

// TestAppendsBesideRewrite: while old blocks are copied, which takes as long as it likes, others are appended, read and forgotten. A crash then loses
// none of them, nor does one after the rewrite.
func TestAppendsBesideRewrite(t *testing.T) {
	b := newBeside(t, nil)
	half, goOn := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		n := 0
		done <- b.w.Rewrite(t.Context(), atOnce, func(block []byte) ([]byte, error) {
			if n++; n == 90 {
				close(half)
				<-goOn
			}
			return blot(block)
		})
	}()
	<-half
	for i := range 60 {
		began := time.Now()
		require.NoError(t, b.append(analytics.Partition(i%4)))
		require.Less(t, time.Since(began), 3*time.Second)
	}
	requireHistory(t, b.w, b.with(&b.before))
	require.NoError(t, b.w.TruncateBefore(1, b.first[1]+5), "of what is copied")
	for _, im := range []image{readImage(t, b.w.cfg.Dir), b.disk.powerCut(t, b.w.cfg.Dir)} {
		w := openTest(t, testConfig(im.write(t)))
		requireHistory(t, w, b.with(&b.before))
		b.requireNothingUnlisted(w.cfg.Dir, "after a crash")
		w.crash()
	}
	close(goOn)
	require.NoError(t, <-done)
	b.after[1] = b.after[1][5:]
	b.first[1] += 5
	requireNoNeedle(t, b.w, "after the rewrite")
	b.requireNothingUnlisted(b.w.cfg.Dir, "after the rewrite")
	requireHistory(t, b.w, b.with(&b.after))
	for _, im := range []image{readImage(t, b.w.cfg.Dir), b.disk.powerCut(t, b.w.cfg.Dir)} {
		w := openTest(t, testConfig(im.write(t)))
		b.after[1] = append(slices.Clone(b.before[1][:5]), b.after[1]...) // the mark is older
		for i := range 5 {
			blotted, _ := blot([]byte(b.after[1][i]))
			b.after[1][i] = string(blotted)
		}
		requireHistory(t, w, b.with(&b.after))
		b.after[1] = b.after[1][5:]
		w.crash()
	}
}

// TestRewriteKilledBesideAppends ends a rewrite beside appends between any two operations on a segment, by a kill and by a power cut. All that was
// acknowledged is there, the old blocks are all as before or all new, and the next opening leaves no half copy.
func TestRewriteKilledBesideAppends(t *testing.T) {
	b := newBeside(t, nil)
	type moment struct {
		what  string
		im    image
		acked history
		tried string
	}
	var moments []moment
	b.disk.before = func(op string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		what := fmt.Sprintf("before operation %d, %s", len(moments)/2, op)
		acked := b.acked.clone()
		moments = append(moments, moment{what + ", killed", readImage(t, b.w.cfg.Dir), acked, b.tried},
			moment{what + ", power cut", b.disk.powerCut(t, b.w.cfg.Dir), acked, b.tried})
	}
	n := 0
	require.NoError(t, b.w.Rewrite(t.Context(), func() error { return b.append(1) }, func(block []byte) ([]byte, error) {
		if n++; n%9 == 0 {
			require.NoError(t, b.append(analytics.Partition(n%4)))
		}
		return blot(block)
	}))
	require.NoError(t, b.append(2))
	b.disk.before = func(string) {}
	requireNoNeedle(t, b.w, "after the rewrite")
	requireHistory(t, b.w, b.with(&b.after))
	whole := b.acked
	var done, not int
	for i, m := range moments {
		w, err := Open(testConfig(m.im.write(t)))
		require.NoError(t, err, m.what)
		b.requireNothingUnlisted(w.cfg.Dir, m.what)
		got, first, err := readAll(w)
		require.NoError(t, err, m.what)
		require.Equal(t, b.first, first, m.what)
		old := &b.before
		if done++; got[2][0] != b.after[2][0] {
			done--
			not++
		} else {
			old = &b.after
		}
		b.acked = m.acked
		want := b.with(old)
		for p := range got {
			if n := len(want[p]); m.tried != "" && len(got[p]) == n+1 && got[p][n] == m.tried {
				got[p] = got[p][:n]
			}
		}
		require.True(t, equal(want, &got), m.what)
		if i%8 < 2 {
			require.NoError(t, w.Rewrite(t.Context(), atOnce, blot), m.what)
			requireNoNeedle(t, w, m.what)
		}
		w.crash()
	}
	require.Equal(t, 20, len(whole[0])+len(whole[1])+len(whole[2])+len(whole[3])-2)
	require.Greater(t, not, 50, "moments before the list was replaced")
	require.Greater(t, done, 5, "and behind it, with old files there")
}

func equal(a, b *history) bool {
	for p := range a {
		if !slices.Equal(a[p], b[p]) {
			return false
		}
	}
	return true
}

// TestRewriteUnderLoad: rewrites one after the other, while blocks are appended, read by who follows from the start, and forgotten.
func TestRewriteUnderLoad(t *testing.T) {
	for _, recent := range []int{0, 20 << 10} {
		cfg := testConfig(t.TempDir())
		cfg.RecentBytes = recent
		w := openTest(t, cfg)
		const parts, blocks = 3, 300
		block := func(p analytics.Partition, pos analytics.Pos) string {
			return fmt.Sprintf("block %d of %d %s", pos, p, strings.Repeat("x", 500+int(pos)))
		}
		mark := func(data []byte) ([]byte, error) {
			return append([]byte("+"), bytes.TrimPrefix(data, []byte("+"))...), nil
		}
		var all, rewrites sync.WaitGroup
		end := make(chan struct{})
		for p := range analytics.Partition(parts) {
			all.Go(func() {
				for pos := analytics.Pos(1); pos <= blocks; pos++ {
					got, err := w.Append(t.Context(), []actors.LogBlock{{Partition: p, Data: []byte(block(p, pos))}})
					assert.NoError(t, err)
					assert.Equal(t, []analytics.Pos{pos}, got)
				}
			})
			all.Go(func() {
				r, err := w.Read(t.Context(), p, 1)
				assert.NoError(t, err)
				for pos := analytics.Pos(1); pos <= blocks; pos++ {
					got, data, err := r.Next(t.Context())
					if !assert.NoError(t, err) || !assert.Equal(t, pos, got) || !assert.Equal(t, block(p, pos), strings.TrimPrefix(string(data), "+")) {
						return
					}
					if p == 0 && pos%50 == 0 {
						assert.NoError(t, w.TruncateBefore(p, pos-20))
					}
				}
			})
		}
		done := 0
		rewrites.Go(func() {
			for last := false; !last; done++ {
				select {
				case <-end:
					last = true
				default:
				}
				assert.NoError(t, w.Rewrite(t.Context(), atOnce, mark))
			}
		})
		all.Wait()
		close(end)
		rewrites.Wait()
		require.Greater(t, done, 2)
		for range 2 {
			for p := range analytics.Partition(parts) {
				first, next, err := w.Bounds(p)
				require.NoError(t, err)
				require.EqualValues(t, blocks+1, next)
				r, err := w.Read(t.Context(), p, first)
				require.NoError(t, err)
				for ; first < next; first++ {
					got, data, err := r.Next(t.Context())
					require.NoError(t, err)
					require.Equal(t, first, got)
					require.Equal(t, "+"+block(p, first), string(data))
				}
			}
			require.NoError(t, w.Close())
			w = openTest(t, cfg)
		}
		w.crash()
	}
}

// TestRewriteStops: who goes away, or closes the log, does not wait for the copy. Nothing changes, and no half copy stays.
func TestRewriteStops(t *testing.T) {
	for name, stop := range map[string]func(w *WAL, cancel func()) error{
		"the caller goes": func(_ *WAL, cancel func()) error { cancel(); return context.Canceled },
		"the log closes":  func(w *WAL, _ func()) error { go w.Close(); <-w.closed; return actors.ErrLogClosed },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBeside(t, nil)
			dir := b.w.cfg.Dir
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := 0
			var want error
			var stopped time.Time
			err := b.w.Rewrite(ctx, atOnce, func(block []byte) ([]byte, error) {
				if n++; n == 100 {
					require.NoError(t, b.append(1))
					want, stopped = stop(b.w, cancel), time.Now()
				}
				require.LessOrEqual(t, n, 100)
				return blot(block)
			})
			require.ErrorIs(t, err, want)
			require.NoError(t, b.w.Close())
			require.Less(t, time.Since(stopped), 5*time.Second)
			b.requireNothingUnlisted(dir, "after the stop")
			b.w = openTest(t, testConfig(dir))
			requireHistory(t, b.w, b.with(&b.before))
		})
	}
}

// TestRewriteEndsWhenLogIsReopened: a storage error of an append ends a rewrite beside it, since the log is read again. Everything stays as it was.
func TestRewriteEndsWhenLogIsReopened(t *testing.T) {
	b := newBeside(t, nil)
	n := 0
	err := b.w.Rewrite(t.Context(), atOnce, func(block []byte) ([]byte, error) {
		if n++; n == 100 {
			b.disk.failNth(1, "sync", syscall.EIO)
			require.ErrorIs(t, b.append(1), syscall.EIO)
			b.acked[1] = append(b.acked[1], b.tried) // it was written
			require.NoError(t, b.append(1))
		}
		return blot(block)
	})
	require.Error(t, err)
	b.requireNothingUnlisted(b.w.cfg.Dir, "after the error")
	requireHistory(t, b.w, b.with(&b.before))
	require.NoError(t, b.w.Rewrite(t.Context(), atOnce, blot))
	requireNoNeedle(t, b.w, "again")
	requireHistory(t, b.w, b.with(&b.after))
}

// TestRewriteSpace: a copy takes free bytes that must stay free for a while, and no append is refused for that; but not so many that little is left. On
// a disk that is too full for appends anyway it takes what there is.
func TestRewriteSpace(t *testing.T) {
	const least = 100_000
	segment := uint64(testConfig("").SegmentBytes)
	for _, c := range []struct {
		name    string
		free    uint64 // before the rewrite
		err     error
		appends bool
	}{
		{"enough", 250_000, nil, true},
		{"too little for the second segment", 120_000, actors.ErrNoSpace, true},
		{"too little for appends", least - 1, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			free, taken := uint64(1<<40), uint64(0)
			b := newBeside(t, func(cfg *Config) {
				cfg.MinFreeSpace = least
				cfg.FreeSpace = func(string) (uint64, uint64, error) {
					mu.Lock()
					defer mu.Unlock()
					return free - min(free, taken), 1 << 40, nil
				}
			})
			b.disk.before = func(op string) {
				mu.Lock()
				defer mu.Unlock()
				if op == "create" {
					taken += segment
				}
			}
			mu.Lock()
			free = c.free
			mu.Unlock()
			n := 0
			settled := func() error {
				mu.Lock()
				defer mu.Unlock()
				taken = 0
				return nil
			}
			err := b.w.Rewrite(t.Context(), settled, func(block []byte) ([]byte, error) {
				if n++; n%30 == 0 {
					b.w.writer <- struct{}{}
					b.w.space.asked = time.Time{}
					b.w.endTurn()
					_, err := b.w.Append(t.Context(), []actors.LogBlock{{Partition: 5, Data: []byte("small")}})
					require.Equal(t, c.appends, err == nil, err)
					if err == nil {
						b.acked[5] = append(b.acked[5], "small")
					}
				}
				return blot(block)
			})
			require.ErrorIs(t, err, c.err)
			require.Zero(t, b.w.space.lent.Load())
			b.requireNothingUnlisted(b.w.cfg.Dir, "afterwards")
			want := &b.after
			if c.err != nil {
				want = &b.before
			}
			requireHistory(t, b.w, b.with(want))
		})
	}
}

// TestSeam: the last copy is known by its sum and stands in for the block whose place it has; the list says so until all copies are cut.
func TestSeam(t *testing.T) {
	b := newBeside(t, nil)
	seamOf := func(dir string) *seam {
		list, _, err := readMeta(dir)
		require.NoError(t, err)
		return list.Seam
	}
	require.Nil(t, seamOf(b.w.cfg.Dir))
	require.NoError(t, b.w.Rewrite(t.Context(), atOnce, blot))
	for _, appended := range []int{0, 60} {
		for i := range appended {
			require.NoError(t, b.append(analytics.Partition(i%3)))
		}
		b.w.quiet()
		require.NoError(t, b.w.saveMark())
		im := readImage(t, b.w.cfg.Dir)
		for what, change := range map[string]func(*segmentList){
			"no seam":             func(l *segmentList) { l.Seam = nil },
			"another copy":        func(l *segmentList) { l.Seam.Copy++ },
			"another original":    func(l *segmentList) { l.Seam.Original++ },
			"the seam is behind":  func(l *segmentList) { l.Seam.Index++ },
			"the seam is earlier": func(l *segmentList) { l.Seam.Index-- },
		} {
			dir := im.write(t)
			list, _, err := readMeta(dir)
			require.NoError(t, err)
			require.NotNil(t, list.Seam)
			change(&list)
			require.NoError(t, writeMeta(dir, list))
			_, err = Open(testConfig(dir))
			require.ErrorIs(t, err, ErrDamaged, "%s, %d appended", what, appended)
		}
		w := openTest(t, testConfig(im.write(t)))
		requireHistory(t, w, b.with(&b.after))
		w.crash()
	}
	require.NoError(t, b.w.Rewrite(t.Context(), atOnce, func(block []byte) ([]byte, error) { return append(slices.Clone(block), 'z'), nil }))
	require.NoError(t, b.append(4))
	for p := range analytics.Partition(3) {
		_, next, err := b.w.Bounds(p)
		require.NoError(t, err)
		require.NoError(t, b.w.TruncateBefore(p, next))
	}
	require.NotNil(t, seamOf(b.w.cfg.Dir), "a cut is not worth it yet")
	require.NoError(t, b.w.TruncateBefore(4, 2))
	require.Nil(t, seamOf(b.w.cfg.Dir))
	require.NoError(t, b.append(4))
	again := openTest(t, testConfig(readImage(t, b.w.cfg.Dir).write(t)))
	defer again.Close()
	from, next, err := again.Bounds(4)
	require.NoError(t, err)
	require.Equal(t, []analytics.Pos{2, 3}, []analytics.Pos{from, next})
}

// TestRewriteOfDamagedBlock: an old block that cannot be read ends the copy, and the log stays what it is.
func TestRewriteOfDamagedBlock(t *testing.T) {
	b := newBeside(t, nil)
	wrong := errors.New("cannot be decoded")
	n := 0
	require.ErrorIs(t, b.w.Rewrite(t.Context(), atOnce, func(block []byte) ([]byte, error) {
		if n++; n == 150 {
			return nil, wrong
		}
		return blot(block)
	}), wrong)
	b.requireNothingUnlisted(b.w.cfg.Dir, "after the error")
	require.NoError(t, b.append(1))
	requireHistory(t, b.w, b.with(&b.before))
}
