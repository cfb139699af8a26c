package log

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	wseg "github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"

	"github.com/ztas-io/ztas/analytics"
)

// Rewrite writes the kept blocks anew (L8); see actors.EventLog. They get the physical indexes behind the last one, in segments of their own, and
// one replacement of the list of segments puts these in the place of all others. The mark fits the log before and after, since the first new
// frame follows the last acknowledged one as if it had been appended. Files that the list does not name go when the log is opened, which
// happens at the end of every try. No Archive may be open. Other errors: actors.ErrLogSuspended, ErrDamaged, that of change or ctx, or the one of the
// file system.
func (w *WAL) Rewrite(ctx context.Context, change func(block []byte) ([]byte, error)) error {
	if err := w.takeTurn(ctx); err != nil {
		return err
	}
	defer w.endTurn()
	if err := w.resume(); err != nil {
		return fmt.Errorf("rewrite log: %w", err)
	}
	w.mu.Lock()
	c := copying{log: w, blocks: w.index.kept(), at: w.index.end(), crc: w.crc, change: change}
	open := w.archives
	w.mu.Unlock()
	if open > 0 {
		return errors.New("rewrite log: it is being copied")
	}
	// There is no such range, but the call waits for a segment that raft-wal may be beginning: it writes the list too.
	if err := w.phys.DeleteRange(math.MaxUint64, math.MaxUint64); err != nil {
		return fmt.Errorf("rewrite log: %w", err)
	}
	if err := w.markFirst(); err != nil {
		return fmt.Errorf("rewrite log: %w", err)
	}
	again := c
	err := c.run(ctx)
	if isFull(err) && w.space.release() {
		err = again.run(ctx)
	}
	_, opened := w.reopen()
	if opened != nil {
		w.suspend(opened)
	}
	if err = errors.Join(err, opened); err == nil {
		err = w.onlyListed()
	}
	if err != nil {
		return fmt.Errorf("rewrite log: %w", err)
	}
	w.cfg.Logger.Info("log rewritten", "blocks", w.TailBlocks(), "bytes", w.TailBytes())
	return nil
}

// onlyListed makes sure that the files of the old segments are gone: raft-wal only warns when one cannot be removed.
func (w *WAL) onlyListed() error {
	state, _, err := readMeta(w.cfg.Dir)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(w.cfg.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		listed := func(info types.SegmentInfo) bool { return wseg.FileName(info) == f.Name() }
		if filepath.Ext(f.Name()) == ".wal" && !slices.ContainsFunc(state.Segments, listed) {
			return fmt.Errorf("segment %s cannot be removed", f.Name())
		}
	}
	return nil
}

// copying is a rewrite under way.
type copying struct {
	log    *WAL
	blocks []place // that are left
	at     uint64  // physical index of the next frame
	crc    uint32  // of the frame before it
	change func([]byte) ([]byte, error)
}

// copyBytes ends a commit of copied blocks.
const copyBytes = 1 << 20

// run writes the new segments, each whole and synced, then the list that names them and nothing else.
func (c *copying) run(ctx context.Context) error {
	cfg := &c.log.cfg
	meta := metaStore{cfg.Dir}
	state, ok, err := readMeta(cfg.Dir)
	if err != nil {
		return err
	}
	if !ok {
		return damaged(0, 0, "the list of segments is missing")
	}
	var fresh []types.SegmentInfo
	for len(c.blocks) > 0 {
		info := newSegment(cfg, state.NextSegmentID, c.at)
		// The number is used up before there is a file with it: otherwise, after a crash, the old log's next segment could take this one for its own.
		state.NextSegmentID++
		if err := meta.CommitState(state); err != nil {
			return err
		}
		if err := c.segment(ctx, &info); err != nil {
			return err
		}
		fresh = append(fresh, info)
	}
	tail := newSegment(cfg, state.NextSegmentID, c.at) // its file is made when the log is opened
	return meta.CommitState(types.PersistentState{NextSegmentID: tail.ID + 1, Segments: append(fresh, tail)})
}

// segment fills, seals and syncs one.
func (c *copying) segment(ctx context.Context, info *types.SegmentInfo) (err error) {
	disk := &lateDisk{VFS: c.log.cfg.vfs}
	s, err := filer{wseg.NewFiler(c.log.cfg.Dir, disk)}.Create(*info)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for sealed := false; !sealed && len(c.blocks) > 0; {
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
	}
	if info.IndexStart, err = s.ForceSeal(); err != nil { // or where it was sealed
		return err
	}
	info.SealTime, info.MaxIndex = time.Now(), c.at-1
	return disk.file.Sync()
}

// lateDisk makes a file that is synced once, at its end: nothing is in it that counts before.
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

// commit takes the next blocks that are written together.
func (c *copying) commit(ctx context.Context) ([]types.LogEntry, error) {
	var blocks [][]byte
	for size := 0; len(blocks) < min(len(c.blocks), analytics.Partitions) && size < copyBytes; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := c.blocks[len(blocks)]
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
		b := c.blocks[i]
		h := header{partition: b.partition, place: uint8(i), commit: uint8(len(blocks)), index: c.at, pos: b.pos, prev: c.crc}
		var head []byte
		head, c.crc = h.encode(data)
		entries[i] = types.LogEntry{Index: c.at, Data: append(head, data...)}
		c.at++
	}
	c.blocks = c.blocks[len(blocks):]
	return entries, nil
}
