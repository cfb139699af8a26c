package log

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	wseg "github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"
)

// filer writes our codec's id to the head of each segment; raft-wal would write that of its own.
type filer struct {
	*wseg.Filer
	keep bool                // raft-wal deletes no file that the list does not name when it is opened
	tail types.SegmentWriter // of the segment that is written to; it belongs to whoever writes to the log
}

// Create makes a segment.
func (f *filer) Create(info types.SegmentInfo) (types.SegmentWriter, error) {
	info.Codec = frameCodec
	return f.writes(f.Filer.Create(info))
}

// RecoverTail opens the segment that is written to.
func (f *filer) RecoverTail(info types.SegmentInfo) (types.SegmentWriter, error) {
	return f.writes(f.Filer.RecoverTail(info))
}

func (f *filer) writes(w types.SegmentWriter, err error) (types.SegmentWriter, error) {
	if err != nil {
		return nil, err
	}
	f.tail = w
	return w, nil
}

// List names the files that raft-wal compares with its list.
func (f *filer) List() (map[uint64]uint64, error) {
	if f.keep {
		return nil, nil
	}
	return f.Filer.List()
}

// fullDisk lets a log be cut and rotated on a full disk: raft-wal preallocates each segment, and emptying a log begins with a new one. Where
// there is no room for that, the file starts empty and grows.
type fullDisk struct{ types.VFS }

// Create makes a segment file. One that exists already was never used: raft-wal lists a segment before it makes its file and never makes it
// twice, so the file is left over from a Create that failed half-way.
func (d fullDisk) Create(dir, name string, size uint64) (types.WritableFile, error) {
	f, err := d.VFS.Create(dir, name, size)
	if errors.Is(err, os.ErrExist) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("remove unused segment: %w", err)
		}
		f, err = d.VFS.Create(dir, name, size)
	}
	if !isFull(err) {
		return f, err
	}
	if err := os.Truncate(filepath.Join(dir, name), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("shrink new segment: %w", err)
	}
	if f, err = d.VFS.OpenWriter(dir, name); err != nil {
		return nil, err
	}
	return &newFile{WritableFile: f, dir: dir}, nil
}

// newFile syncs its directory with its first sync, so that the file's name is as durable as its bytes.
type newFile struct {
	types.WritableFile
	dir   string
	named atomic.Bool
}

// Sync makes the bytes durable, and the name.
func (f *newFile) Sync() error {
	if err := f.WritableFile.Sync(); err != nil {
		return err
	}
	if f.named.Load() {
		return nil
	}
	if err := syncDir(f.dir); err != nil {
		return err
	}
	f.named.Store(true)
	return nil
}

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) }
