package log

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	wal "github.com/hashicorp/raft-wal"
	wseg "github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"
)

// What is needed to change the list of segments while raft-wal has it open.

// takeQuietTurn gets the writer's token of a log that is open and in whose list raft-wal writes nothing.
func (w *WAL) takeQuietTurn(ctx context.Context) error {
	if err := w.takeTurn(ctx); err != nil {
		return err
	}
	err := w.quieten()
	if err != nil {
		w.endTurn()
	}
	return err
}

func (w *WAL) quieten() error {
	if err := w.resume(); err != nil {
		return err
	}
	// There is no such range, but the call waits for a segment that raft-wal may be beginning: it writes the list too.
	if err := w.phys.DeleteRange(math.MaxUint64, math.MaxUint64); err != nil {
		return err
	}
	if sealed, _, _ := w.phys.files.tail.Sealed(); sealed { // raft-wal could not begin it
		w.suspend(wal.ErrSealed)
		return w.resume()
	}
	return nil
}

// openAnew lets raft-wal go on with the list that was written; what its segments hold is known. any tells whether they hold something. Readers wait.
func (w *WAL) openAnew(any bool, opened func()) error {
	w.physMu.Lock()
	defer w.physMu.Unlock()
	w.closePhysical()
	w.mu.Lock()
	last := w.index.end() - 1
	w.mu.Unlock()
	phys, err := openListed(&w.cfg, last, any, &filer{Filer: wseg.NewFiler(w.cfg.Dir, w.cfg.vfs), keep: true})
	if err != nil {
		return err
	}
	w.phys = phys
	w.mu.Lock()
	defer w.mu.Unlock()
	opened()
	return nil
}

// unlistedSegments names the segment files that the list does not.
func unlistedSegments(dir string, list *segmentList) (names []string, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		listed := func(info types.SegmentInfo) bool { return wseg.FileName(info) == f.Name() }
		if filepath.Ext(f.Name()) == ".wal" && !slices.ContainsFunc(list.Segments, listed) {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// deleteUnlisted makes sure that the old bytes are gone.
func (w *WAL) deleteUnlisted(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := w.stopped(ctx); err != nil {
			return err
		}
		if err := w.cfg.vfs.Delete(w.cfg.Dir, name); err != nil {
			return fmt.Errorf("segment %s cannot be removed: %w", name, err)
		}
	}
	return nil
}
