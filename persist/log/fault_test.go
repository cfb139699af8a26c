package log

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/raft-wal/fs"
	"github.com/hashicorp/raft-wal/types"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// faultDisk is a file system whose syncs, writes and creations fail on demand. It also knows what a power cut would leave: the bytes that a
// successful sync covered. As on Linux, bytes whose sync failed count as clean afterwards: later syncs do not write them.
type faultDisk struct {
	types.VFS
	mu      sync.Mutex
	calls   int
	fail    func(call int, op string) error // nil: no fault
	durable map[string][]byte
	dirty   map[string][][2]int64
}

func newFaultDisk() *faultDisk {
	return &faultDisk{VFS: fs.New(), durable: map[string][]byte{}, dirty: map[string][][2]int64{}}
}

// failNth lets the nth call of the operation from now on fail.
func (d *faultDisk) failNth(n int, op string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := 0
	d.fail = func(_ int, o string) error {
		if o != op {
			return nil
		}
		if seen++; seen == n {
			return err
		}
		return nil
	}
}

// failAll lets every call of the operation fail from now on; of "" none.
func (d *faultDisk) failAll(op string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = func(_ int, o string) error {
		if o == op {
			return syscall.EIO
		}
		return nil
	}
}

// count is how many calls there were that may fail.
func (d *faultDisk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

func (d *faultDisk) fault(op string) error {
	d.calls++
	if d.fail == nil {
		return nil
	}
	return d.fail(d.calls, op)
}

func (d *faultDisk) Create(dir, name string, size uint64) (types.WritableFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.fault("create"); err != nil {
		os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o644) // as a failed preallocation does
		return nil, err
	}
	f, err := d.VFS.Create(dir, name, size)
	if err != nil {
		return nil, err
	}
	d.durable[name] = make([]byte, size)
	return &faultFile{f, d, filepath.Join(dir, name)}, nil
}

func (d *faultDisk) OpenWriter(dir, name string) (types.WritableFile, error) {
	f, err := d.VFS.OpenWriter(dir, name)
	if err != nil {
		return nil, err
	}
	return &faultFile{f, d, filepath.Join(dir, name)}, nil
}

type faultFile struct {
	types.WritableFile
	disk *faultDisk
	path string
}

func (f *faultFile) WriteAt(b []byte, off int64) (int, error) {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	name := filepath.Base(f.path)
	if err := d.fault("write"); err != nil {
		n, _ := f.WritableFile.WriteAt(b[:len(b)/2], off)
		d.dirty[name] = append(d.dirty[name], [2]int64{off, off + int64(n)})
		return n, err
	}
	d.dirty[name] = append(d.dirty[name], [2]int64{off, off + int64(len(b))})
	return f.WritableFile.WriteAt(b, off)
}

func (f *faultFile) Sync() error {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	name := filepath.Base(f.path)
	dirty := d.dirty[name]
	d.dirty[name] = nil
	if err := d.fault("sync"); err != nil {
		return err
	}
	content, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	durable := d.durable[name]
	for _, r := range dirty {
		if grow := int(r[1]) - len(durable); grow > 0 {
			durable = append(durable, make([]byte, grow)...)
		}
		copy(durable[r[0]:r[1]], content[r[0]:r[1]])
	}
	d.durable[name] = durable
	return nil
}

// powerCut is what the disk has after one.
func (d *faultDisk) powerCut(t *testing.T, dir string) image {
	im := readImage(t, dir)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range im.segments() {
		im[name] = append([]byte(nil), d.durable[name]...)
	}
	return im
}

// ledger is what a client of the log knows.
type ledger struct {
	tried [analytics.Partitions]map[string]bool // blocks that got an error: they may be there
	acked [analytics.Partitions]map[analytics.Pos]string
}

func newLedger() *ledger {
	l := &ledger{}
	for p := range l.acked {
		l.tried[p], l.acked[p] = map[string]bool{}, map[analytics.Pos]string{}
	}
	return l
}

func (l *ledger) append(w *WAL, blocks []actors.LogBlock) error {
	positions, err := w.Append(context.Background(), blocks)
	for i, b := range blocks {
		if err != nil {
			l.tried[b.Partition][string(b.Data)] = true
		} else {
			l.acked[b.Partition][positions[i]] = string(b.Data)
		}
	}
	return err
}

// check finds every acknowledged block at its position, and nothing that nobody tried to write.
func (l *ledger) check(t *testing.T, w *WAL, what string) {
	t.Helper()
	got, first, err := readAll(w)
	require.NoError(t, err, what)
	for p := range got {
		for i, b := range got[p] {
			pos := first[p] + analytics.Pos(i)
			if want, ok := l.acked[p][pos]; ok {
				require.Equal(t, want, b, "%s: partition %d position %d", what, p, pos)
			} else {
				require.True(t, l.tried[p][b], "%s: partition %d position %d is a block that nobody wrote", what, p, pos)
			}
		}
		for pos := range l.acked[p] {
			require.True(t, pos < first[p] || pos < first[p]+analytics.Pos(len(got[p])), "%s: partition %d position %d is lost", what, p, pos)
		}
	}
}

// TestStorageFaults lets one storage call after the other fail (R5), at each place of a run that writes, seals, cuts and re-opens. After the
// fault, after a power cut then, and after a clean stop, everything acknowledged is there at its position.
func TestStorageFaults(t *testing.T) {
	faults := []struct {
		op  string
		err error
	}{{"sync", syscall.EIO}, {"write", syscall.ENOSPC}, {"write", syscall.EIO}, {"create", syscall.ENOSPC}, {"create", syscall.EIO}}
	for _, fault := range faults {
		for n := 1; n <= 22; n++ {
			name := fmt.Sprintf("%s %d: %v", fault.op, n, fault.err)
			t.Run(name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(27, uint64(n)))
				cfg := testConfig(t.TempDir())
				cfg.ReserveBytes = 1 << 16
				disk := newFaultDisk()
				cfg.vfs = disk
				w := openTest(t, cfg)
				l := newLedger()
				disk.failNth(n, fault.op, fault.err)
				errs := 0
				for i := range 40 {
					if l.append(w, testCommit(r, 3, 3000)) != nil {
						errs++
					}
					if i == 25 {
						first, next, err := w.Bounds(2)
						require.NoError(t, err)
						require.NoError(t, w.TruncateBefore(2, max(first, next-1)))
					}
				}
				require.LessOrEqual(t, errs, 1, "one fault stops one append")
				l.check(t, w, "after the fault")
				w.quiet()
				lost := testConfig(disk.powerCut(t, cfg.Dir).write(t))
				w2, err := Open(lost)
				require.NoError(t, err, "after a power cut")
				l.check(t, w2, "after a power cut")
				require.NoError(t, w2.Close())
				require.NoError(t, w.Close())
				w = openTest(t, cfg)
				l.check(t, w, "after a clean stop")
				require.NoError(t, w.Close())
			})
		}
	}
}

// TestUnacknowledgedBlocksArrive: a block whose sync failed but whose bytes are there gets its place, before what is appended next, and readers
// see both in order; a power cut takes neither, although the first sync never happened.
func TestUnacknowledgedBlocksArrive(t *testing.T) {
	cfg := testConfig(t.TempDir())
	disk := newFaultDisk()
	cfg.vfs = disk
	w := openTest(t, cfg)
	defer w.Close()
	r, err := w.Read(t.Context(), 1, 1)
	require.NoError(t, err)
	write := func(s string) (analytics.Pos, error) {
		positions, err := w.Append(t.Context(), []actors.LogBlock{{Partition: 1, Data: []byte(s)}})
		if err != nil {
			return 0, err
		}
		return positions[0], nil
	}
	_, err = write("one")
	require.NoError(t, err)
	disk.failNth(1, "sync", syscall.EIO)
	_, err = write("two")
	require.ErrorIs(t, err, syscall.EIO)
	_, next, err := w.Bounds(1)
	require.NoError(t, err)
	require.Equal(t, analytics.Pos(2), next, "nothing is handed out before the log was opened again")
	pos, err := write("three")
	require.NoError(t, err)
	require.Equal(t, analytics.Pos(3), pos)
	for i, want := range []string{"one", "two", "three"} {
		pos, data, err := r.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, analytics.Pos(i+1), pos)
		require.Equal(t, want, string(data))
	}
	w2 := openTest(t, testConfig(disk.powerCut(t, cfg.Dir).write(t)))
	got, _, err := readAll(w2)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two", "three"}, got[1])
	require.NoError(t, w2.Close())
}

// TestSuspension: while every sync fails nothing is acknowledged and reads go on; then the log resumes by itself (R4, R5).
func TestSuspension(t *testing.T) {
	cfg := testConfig(t.TempDir())
	disk := newFaultDisk()
	cfg.vfs = disk
	cfg.RecentBytes = 1 << 20
	w := openTest(t, cfg)
	defer w.Close()
	l := newLedger()
	r := rand.New(rand.NewPCG(29, 30))
	require.NoError(t, l.append(w, testCommit(r, 3, 100)))
	disk.mu.Lock()
	disk.fail = func(_ int, op string) error {
		if op == "sync" {
			return syscall.EIO
		}
		return nil
	}
	disk.mu.Unlock()
	for i := range 5 {
		err := l.append(w, testCommit(r, 3, 100))
		require.ErrorIs(t, err, syscall.EIO)
		require.Equal(t, i > 0, errors.Is(err, actors.ErrLogSuspended))
		l.check(t, w, "while suspended")
		require.NoError(t, w.TruncateBefore(1, 1))
	}
	require.Positive(t, w.suspended.delay)
	require.LessOrEqual(t, w.suspended.delay, lastRetry)
	disk.mu.Lock()
	disk.fail = nil
	disk.mu.Unlock()
	w.suspended.retry = time.Time{} // the time has passed
	require.NoError(t, l.append(w, testCommit(r, 3, 100)))
	l.check(t, w, "after it resumed")
}

// TestLostUnderneath: a log that comes back from a re-opening without what it acknowledged stays suspended.
func TestLostUnderneath(t *testing.T) {
	cfg := testConfig(t.TempDir())
	disk := newFaultDisk()
	cfg.vfs = disk
	w := openTest(t, cfg)
	l := newLedger()
	r := rand.New(rand.NewPCG(31, 32))
	for range 3 {
		require.NoError(t, l.append(w, testCommit(r, 2, 100)))
	}
	name := filepath.Join(cfg.Dir, readImage(t, cfg.Dir).segments()[0])
	require.NoError(t, os.Truncate(name, 600))
	disk.failNth(1, "sync", syscall.EIO)
	require.ErrorIs(t, l.append(w, testCommit(r, 2, 10)), syscall.EIO)
	for range 2 {
		err := l.append(w, testCommit(r, 2, 100))
		require.ErrorIs(t, err, actors.ErrLogSuspended)
		require.ErrorIs(t, err, ErrDamaged)
		w.suspended.retry = time.Time{}
	}
	rd, err := w.Read(t.Context(), testPartition(l), 1)
	require.NoError(t, err)
	_, _, err = rd.Next(t.Context())
	require.ErrorIs(t, err, actors.ErrLogSuspended)
	require.NoError(t, w.Close())
}

// testPartition is one that has blocks.
func testPartition(l *ledger) analytics.Partition {
	for p := range l.acked {
		if len(l.acked[p]) > 0 {
			return analytics.Partition(p)
		}
	}
	return 0
}

func TestNoSpace(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.MinFreeSpace = 0
	cfg.ReserveBytes = 1 << 16
	free, total := uint64(10<<30), uint64(100<<30)
	var failed error
	asked := 0
	cfg.FreeSpace = func(dir string) (uint64, uint64, error) {
		require.Equal(t, cfg.Dir, dir)
		asked++
		return free, total, failed
	}
	w := openTest(t, cfg)
	defer w.Close()
	reserve := filepath.Join(cfg.Dir, reserveFile)
	info, err := os.Stat(reserve)
	require.NoError(t, err)
	require.Equal(t, cfg.ReserveBytes, info.Size())
	write := func(wait bool) error {
		if wait {
			w.space.asked = time.Time{}
		}
		_, err := w.Append(t.Context(), []actors.LogBlock{{Partition: 1, Data: []byte("block")}})
		return err
	}
	require.NoError(t, write(true))
	free = 5<<30 - 1 // less than 5 %
	before := asked
	w.space.asked = time.Now().Add(time.Hour)
	require.NoError(t, write(false), "the answer is kept for a moment")
	require.Equal(t, before, asked)
	require.ErrorIs(t, write(true), actors.ErrNoSpace)
	require.ErrorIs(t, write(false), actors.ErrNoSpace)
	require.FileExists(t, reserve)
	free = 1000
	require.ErrorIs(t, write(true), actors.ErrNoSpace)
	require.NoFileExists(t, reserve, "a full disk gets the reserve")
	_, next, err := w.Bounds(1)
	require.NoError(t, err)
	require.Equal(t, analytics.Pos(3), next)
	got, _, err := readAll(w)
	require.NoError(t, err, "reads go on")
	require.Len(t, got[1], 2)
	require.NoError(t, w.TruncateBefore(1, 3), "cuts go on")
	failed = errors.New("no such call")
	require.NoError(t, write(true), "a disk that cannot be asked is tried")
	failed, free = nil, 5<<30+1<<16
	require.NoError(t, write(true))
	require.FileExists(t, reserve, "the reserve is made again")
	total, free = 4<<30, 1<<30-1 // less than 1 GiB
	require.ErrorIs(t, write(true), actors.ErrNoSpace)
}

// TestFullDisk: a write that meets a full disk gives the reserve back at once, and the next append makes it again.
func TestFullDisk(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.ReserveBytes = 1 << 16
	disk := newFaultDisk()
	cfg.vfs = disk
	w := openTest(t, cfg)
	defer w.Close()
	reserve := filepath.Join(cfg.Dir, reserveFile)
	require.FileExists(t, reserve)
	disk.failNth(1, "write", syscall.ENOSPC)
	block := []actors.LogBlock{{Partition: 1, Data: []byte("block")}}
	_, err := w.Append(t.Context(), block)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoFileExists(t, reserve)
	positions, err := w.Append(t.Context(), block)
	require.NoError(t, err)
	require.Equal(t, []analytics.Pos{1}, positions)
	require.FileExists(t, reserve)
}

func TestFreeSpaceOfThisMachine(t *testing.T) {
	free, total, err := freeSpace(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, free)
	require.GreaterOrEqual(t, total, free)
	_, _, err = freeSpace(filepath.Join(t.TempDir(), "missing"))
	require.Error(t, err)
}
