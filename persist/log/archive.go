package log

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// Archive is the log at one moment: every block that was needed then. Nothing of the log is cut until Close. It belongs to one goroutine.
type Archive struct {
	// First and Next are each partition's bounds at that moment, as Bounds gives them.
	First, Next [analytics.Partitions]analytics.Pos

	log    *WAL
	blocks []place
	closed bool
}

// Archive takes the log as it is now. It only notes where the blocks are.
func (w *WAL) Archive() (*Archive, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isClosed() {
		return nil, actors.ErrLogClosed
	}
	a := &Archive{log: w}
	var m mark
	w.index.positions(&m)
	a.First, a.Next = m.first, m.next
	a.blocks = w.index.kept()
	w.archives++
	return a, nil
}

// Len counts the blocks.
func (a *Archive) Len() int { return len(a.blocks) }

// Each calls f for every block, in the order in which they were appended. The bytes must not be kept or changed. Errors: ErrDamaged,
// actors.ErrLogSuspended, that of ctx, and those of f.
func (a *Archive) Each(ctx context.Context, f func(p analytics.Partition, pos analytics.Pos, block []byte) error) error {
	for _, b := range a.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := a.log.fetch(b.partition, b.pos, b.index)
		if err != nil {
			return err
		}
		if err := f(b.partition, b.pos, data); err != nil {
			return err
		}
	}
	return nil
}

// Close lets the log be cut again.
func (a *Archive) Close() error {
	if a.closed {
		return nil
	}
	a.closed = true
	a.log.mu.Lock()
	a.log.archives--
	a.log.mu.Unlock()
	return a.log.cutLater()
}

// Restore makes a log, in a directory without one, whose partitions begin at first and have the blocks. It returns how many there were.
func Restore(cfg Config, first [analytics.Partitions]analytics.Pos, blocks iter.Seq2[actors.LogBlock, error]) (count int, err error) {
	if err := cfg.Validate(); err != nil {
		return 0, err
	}
	if exists(cfg.Dir, markFile) || exists(cfg.Dir, metaFile) {
		return 0, fmt.Errorf("restore log: %s has one", cfg.Dir)
	}
	if err := writeMark(cfg.Dir, &mark{next: first, first: first}); err != nil {
		return 0, err
	}
	cfg.fillDisk()
	w, err := Open(cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var commit []actors.LogBlock
	var seen [analytics.Partitions]bool
	flush := func() error {
		_, err := w.Append(context.Background(), commit)
		count += len(commit)
		commit, seen = commit[:0], [analytics.Partitions]bool{}
		return err
	}
	for b, err := range blocks {
		if err != nil {
			return count, err
		}
		if checkPartition(b.Partition) == nil && seen[b.Partition] {
			if err := flush(); err != nil {
				return count, err
			}
		}
		commit = append(commit, b)
		if b.Partition < analytics.Partitions {
			seen[b.Partition] = true
		}
	}
	return count, flush()
}
