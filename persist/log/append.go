package log

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// commit is one call of Append as raft-wal takes it.
type commit struct {
	logs  []*raft.Log
	bytes int
	crc   uint32 // of the last frame
}

// Append writes the blocks with one sync; see actors.EventLog. The log keeps the blocks' data: the caller must not change it any more. ctx
// counts while Append waits for its turn, not once it writes. Other errors: actors.ErrLogSuspended, or the one of the file system.
func (w *WAL) Append(ctx context.Context, blocks []actors.LogBlock) ([]analytics.Pos, error) {
	if err := checkBlocks(blocks); err != nil {
		return nil, err
	}
	if err := w.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer w.endTurn()
	if len(blocks) == 0 {
		return nil, w.resume()
	}
	if err := w.space.check(time.Now()); err != nil {
		return nil, err
	}
	if err := w.resume(); err != nil {
		return nil, err
	}
	start := time.Now()
	c := w.frames(blocks)
	err := w.store(c)
	if errors.Is(err, wal.ErrSealed) {
		// raft-wal could not begin the next segment after the last commit. Nothing of this one was written, so after a re-opening, which
		// begins that segment, it can be tried as if for the first time.
		w.suspend(err)
		if err := w.resume(); err != nil {
			return nil, err
		}
		c = w.frames(blocks)
		err = w.store(c)
	}
	if err != nil {
		w.suspend(err)
		return nil, fmt.Errorf("append to log: %w", err)
	}
	w.cfg.Metrics.appendDuration.Observe(time.Since(start).Seconds())
	w.cfg.Metrics.appendBytes.Add(float64(c.bytes))
	w.cfg.Metrics.appendedBlocks.Add(float64(len(blocks)))
	return w.publish(blocks, c), nil
}

// takeTurn gets the writer's token.
func (w *WAL) takeTurn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case w.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closed:
		return actors.ErrLogClosed
	}
	if w.isClosed() {
		w.endTurn()
		return actors.ErrLogClosed
	}
	return nil
}

func (w *WAL) endTurn() { <-w.writer }

// frames gives the blocks their places behind the last acknowledged frame.
func (w *WAL) frames(blocks []actors.LogBlock) commit {
	heads := make([]header, len(blocks))
	w.mu.Lock()
	at, crc := w.index.end(), w.crc
	for i, b := range blocks {
		heads[i] = header{
			partition: b.Partition,
			place:     uint8(i),
			commit:    uint8(len(blocks)),
			index:     at + uint64(i),
			pos:       w.index.parts[b.Partition].next(),
		}
	}
	w.mu.Unlock()
	c := commit{logs: make([]*raft.Log, len(blocks))}
	for i, b := range blocks {
		heads[i].prev = crc
		var head []byte
		head, crc = heads[i].encode(b.Data)
		c.logs[i] = &raft.Log{Index: heads[i].index, Extensions: head, Data: b.Data}
		c.bytes += len(head) + len(b.Data)
	}
	c.crc = crc
	return c
}

// store writes and syncs. physMu is not needed: only the owner of the token closes the physical log.
func (w *WAL) store(c commit) error { return w.phys.StoreLogs(c.logs) }

// publish makes synced blocks part of the log and wakes their readers.
func (w *WAL) publish(blocks []actors.LogBlock, c commit) []analytics.Pos {
	positions := make([]analytics.Pos, len(blocks))
	w.mu.Lock()
	w.crc = c.crc
	for i, b := range blocks {
		positions[i] = w.index.add(b.Partition, frameHeader+len(b.Data))
		w.recent.add(c.logs[i].Index, b.Data)
		w.waits.wake(b.Partition)
	}
	w.cfg.Metrics.tailBytes.Set(float64(w.index.bytes))
	w.mu.Unlock()
	w.touch()
	return positions
}
