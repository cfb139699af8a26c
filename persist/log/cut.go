package log

import (
	"errors"
	"fmt"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// A cut costs some syncs, so it waits until it is worth it, or until the whole log goes.
const (
	cutEntries = 1000
	cutBytes   = 4 << 20
)

// TruncateBefore forgets the partition's positions below pos: Read and Bounds no longer know them. The bytes go when nothing older is needed
// by another partition. Errors: ErrBeyondEnd for a pos above the next one; otherwise the positions are forgotten and only the cut failed.
func (w *WAL) TruncateBefore(p analytics.Partition, pos analytics.Pos) error {
	if err := checkPartition(p); err != nil {
		return err
	}
	w.mu.Lock()
	if w.isClosed() {
		w.mu.Unlock()
		return actors.ErrLogClosed
	}
	err := w.index.truncate(p, pos)
	worth := w.index.worthCut()
	w.cfg.Metrics.tailBytes.Set(float64(w.index.bytes))
	w.mu.Unlock()
	if err != nil {
		return err
	}
	w.touch()
	if worth {
		return w.cut()
	}
	return nil
}

// worthCut tells whether enough could be cut.
func (x *index) worthCut() bool {
	entries, bytes := x.loose()
	return entries > 0 && (entries >= cutEntries || bytes >= cutBytes || entries == len(x.entries))
}

// cut removes what nobody needs from the physical log. Errors: actors.ErrLogSuspended, or the one of the file system.
func (w *WAL) cut() error {
	select {
	case w.writer <- struct{}{}:
	case <-w.closed:
		return actors.ErrLogClosed
	}
	defer w.endTurn()
	if w.isClosed() {
		return actors.ErrLogClosed
	}
	if err := w.resume(); err != nil {
		return fmt.Errorf("cut log: %w", err)
	}
	w.mu.Lock()
	worth, first, below := w.index.worthCut() && w.archives == 0 && !w.copies, w.index.first, w.index.needed
	w.mu.Unlock()
	if !worth {
		return nil
	}
	if err := w.markFirst(); err != nil {
		return err
	}
	if err := w.phys.DeleteRange(first, below-1); err != nil {
		w.suspend(err)
		return fmt.Errorf("cut log: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.index.cut(below)
	w.recent.cut(below)
	return nil
}

// cutLater cuts what was not cut while somebody copied the log's blocks.
func (w *WAL) cutLater() error {
	w.mu.Lock()
	worth := w.index.worthCut()
	w.mu.Unlock()
	if !worth {
		return nil
	}
	err := w.cut()
	if errors.Is(err, actors.ErrLogClosed) || errors.Is(err, actors.ErrLogSuspended) {
		return nil // it is cut another time
	}
	return err
}

// markFirst writes the mark before something goes: an emptied partition has nothing else to continue its positions from (L6).
func (w *WAL) markFirst() error {
	err := w.saveMark()
	if isFull(err) && w.space.release() {
		err = w.saveMark()
	}
	return err
}
