package log

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	wseg "github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"

	"github.com/ztas-io/ztas/analytics"
)

// copying is the part of a rewrite beside which appends go on.
type copying struct {
	log      *WAL
	change   func([]byte) ([]byte, error)
	end      uint64  // physical index of the last frame that is replaced
	original uint32  // CRC32C of that frame
	firstID  uint64  // of the new segments
	opened   int     // how often the log was opened when it began
	blocks   []place // that are copied
	listed   bool    // the new segments may be in the list

	// what is written
	made     []types.SegmentInfo // files
	segments []types.SegmentInfo // whole ones
	sizes    []uint32            // bytes of each frame
	crc      uint32              // of the last frame
	piece    int                 // bytes since the last sync
	began    time.Time           // the piece
}

// The disk and the processor are for appends first.
const (
	pieceBytes = 256 << 10 // are copied and synced at once
	restFor    = 3         // times as long as a piece took
)

// run writes the new segments, each whole and synced. It may be called again.
func (c *copying) run(ctx context.Context) error {
	c.discard()
	if err := c.log.saveMark(); err != nil { // the copies begin at these positions, and the end that they replace was acknowledged
		return err
	}
	c.began = time.Now()
	for len(c.sizes) < len(c.blocks) {
		info := newSegment(&c.log.cfg, c.firstID+uint64(len(c.segments)), c.at())
		if err := c.room(ctx, int64(info.SizeLimit)); err != nil {
			return err
		}
		if err := c.segment(ctx, &info); err != nil {
			return err
		}
		c.segments = append(c.segments, info)
	}
	return nil
}

// at is the physical index of the next copy: the last one gets that of the last frame that is replaced.
func (c *copying) at() uint64 { return c.end + 1 - uint64(len(c.blocks)-len(c.sizes)) }

// seam is the place behind the copies; nil when there is none.
func (c *copying) seam() *seam {
	if len(c.blocks) == 0 {
		return nil
	}
	return &seam{Index: c.end, Copy: c.crc, Original: c.original}
}

// room waits for its turn to ask for the disk's free bytes, and lends some.
func (c *copying) room(ctx context.Context, bytes int64) error {
	if err := c.log.takeTurn(ctx); err != nil {
		return err
	}
	defer c.log.endTurn()
	if c.log.opened != c.opened {
		return errReopened
	}
	return c.log.space.lend(bytes)
}

// segment fills, seals and syncs one.
func (c *copying) segment(ctx context.Context, info *types.SegmentInfo) (err error) {
	dir, disk := c.log.cfg.Dir, &lateDisk{VFS: c.log.cfg.vfs}
	c.made = append(c.made, *info)
	s, err := (&filer{Filer: wseg.NewFiler(dir, disk)}).Create(*info)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for sealed := false; !sealed && len(c.sizes) < len(c.blocks); {
		entries, err := c.commit(ctx)
		if err != nil {
			return err
		}
		if err := s.Append(entries); err != nil {
			return err
		}
		if sealed, _, err = s.Sealed(); err != nil {
			return err
		}
		if c.piece >= pieceBytes {
			if err := c.rest(ctx, disk.file); err != nil {
				return err
			}
		}
	}
	if info.IndexStart, err = s.ForceSeal(); err != nil { // or where it was sealed
		return err
	}
	info.SealTime, info.MaxIndex = time.Now(), c.at()-1
	shrink(dir, *info)
	return disk.file.Sync()
}

// rest syncs a piece, and leaves the disk and the processor to others before the next one.
func (c *copying) rest(ctx context.Context, file types.WritableFile) error {
	if err := file.Sync(); err != nil {
		return err
	}
	t := time.NewTimer(restFor * time.Since(c.began))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-c.log.closed:
	}
	c.piece, c.began = 0, time.Now()
	return c.log.stopped(ctx)
}

// commit takes the next blocks that are written together.
func (c *copying) commit(ctx context.Context) ([]types.LogEntry, error) {
	var blocks [][]byte
	rest := c.blocks[len(c.sizes):]
	for size := 0; len(blocks) < min(len(rest), analytics.Partitions) && size < pieceBytes; {
		if err := c.log.stopped(ctx); err != nil {
			return nil, err
		}
		b := rest[len(blocks)]
		data, err := c.log.fetch(b.partition, b.pos, b.index)
		if err == nil {
			data, err = c.change(data)
		}
		if err != nil {
			return nil, err
		}
		blocks, size = append(blocks, data), size+len(data)
	}
	entries := make([]types.LogEntry, len(blocks))
	for i, data := range blocks {
		h := header{partition: rest[i].partition, place: uint8(i), commit: uint8(len(blocks)), index: c.at(), pos: rest[i].pos, prev: c.crc}
		var head []byte
		head, c.crc = h.encode(data)
		entries[i] = types.LogEntry{Index: h.index, Data: append(head, data...)}
		c.sizes = append(c.sizes, uint32(frameHeader+len(data)))
		c.piece += frameHeader + len(data)
	}
	return entries, nil
}

// discard deletes what was written. What cannot be deleted goes when the log is opened next.
func (c *copying) discard() {
	for _, info := range c.made {
		if err := c.log.cfg.vfs.Delete(c.log.cfg.Dir, wseg.FileName(info)); err != nil && !errors.Is(err, os.ErrNotExist) {
			c.log.cfg.Logger.Warn("cannot delete a segment that is not used", "err", err)
		}
	}
	c.made, c.segments, c.sizes, c.crc, c.piece = nil, nil, nil, 0, 0
	c.log.space.lent.Store(0)
}

// lateDisk makes a file that is synced by who copies: nothing is in it that counts before.
type lateDisk struct {
	types.VFS
	file types.WritableFile
}

// Create makes the file.
func (d *lateDisk) Create(dir, name string, size uint64) (types.WritableFile, error) {
	f, err := d.VFS.Create(dir, name, size)
	d.file = f
	return lateFile{f}, err
}

type lateFile struct{ types.WritableFile }

// Sync leaves it to who made the file.
func (lateFile) Sync() error { return nil }

// shrink gives back what a sealed segment was preallocated and does not use. It is a courtesy: nothing depends on it.
func shrink(dir string, info types.SegmentInfo) {
	const frames = 4 // bytes of the table of entries for each
	table := (frames*(info.MaxIndex-info.BaseIndex+1) + walAlignment - 1) &^ (walAlignment - 1)
	_ = os.Truncate(filepath.Join(dir, wseg.FileName(info)), int64(info.IndexStart+table+walFrame))
}
