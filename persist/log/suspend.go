package log

import (
	"fmt"
	"time"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// The first re-opening is tried by the next append; when it fails, the next one after these times.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// suspension is the state after a storage error. The owner of the writer's token has it.
type suspension struct {
	cause error // nil: not suspended
	retry time.Time
	delay time.Duration
}

// suspend stops acknowledging (L2).
func (w *WAL) suspend(cause error) {
	w.suspended = suspension{cause: cause}
	w.space.asked = time.Time{}
	if isFull(cause) {
		w.space.release()
	}
	w.cfg.Logger.Error("log suspended after a storage error", "err", cause)
}

// resume opens a suspended log again: closed, read from the disk, compared with what was acknowledged.
func (w *WAL) resume() error {
	s := &w.suspended
	if s.cause == nil {
		return nil
	}
	if time.Now().Before(s.retry) {
		return fmt.Errorf("%w: %w", actors.ErrLogSuspended, s.cause)
	}
	found, err := w.reopen()
	if err != nil {
		s.delay = min(max(2*s.delay, firstRetry), lastRetry)
		s.retry = time.Now().Add(s.delay)
		if isFull(err) {
			w.space.release()
		}
		w.cfg.Logger.Error("log cannot be opened again", "err", err, "retry_after", s.delay)
		return fmt.Errorf("%w: %w", actors.ErrLogSuspended, err)
	}
	w.suspended = suspension{}
	w.cfg.Metrics.reopens.Inc()
	w.cfg.Logger.Warn("log opened again", "found_blocks", found)
	return nil
}

// reopen goes on with what the disk has, which must be at least what was acknowledged. found counts the frames beyond that.
func (w *WAL) reopen() (found uint64, err error) {
	w.physMu.Lock()
	defer w.physMu.Unlock()
	w.closePhysical()
	w.opened++
	m := w.acknowledged()
	phys, in, err := openPhysical(&w.cfg, &m, true)
	if err != nil {
		return 0, err
	}
	w.phys = phys
	w.mu.Lock()
	defer w.mu.Unlock()
	found = in.index.end() - w.index.end()
	w.index, w.crc = in.index, in.crc
	w.recent.clear() // a rewrite may have moved them
	w.cfg.Metrics.tailBytes.Set(float64(w.index.bytes))
	for p := range analytics.Partition(analytics.Partitions) {
		w.waits.wake(p)
	}
	w.touch()
	return found, nil
}

// closePhysical closes raft-wal's log; physMu is held.
func (w *WAL) closePhysical() {
	if w.phys == nil {
		return
	}
	if err := w.phys.Close(); err != nil {
		w.cfg.Logger.Warn("close log", "err", err)
	}
	w.phys = nil
}
