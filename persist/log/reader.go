package log

import (
	"context"
	"fmt"
	"sync"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// source is what a reader follows.
type source interface {
	// block returns the block at a position, or, for the position that comes next, a channel that is closed when there may be more.
	block(p analytics.Partition, pos analytics.Pos) (data []byte, more <-chan struct{}, err error)
}

// reader is the BlockReader of both logs. While it waits it costs a goroutine that sleeps.
type reader struct {
	source    source
	partition analytics.Partition
	pos       analytics.Pos
	closed    <-chan struct{} // of the log
	done      chan struct{}   // of this reader
	once      sync.Once
}

func newReader(s source, p analytics.Partition, from analytics.Pos, closed <-chan struct{}) *reader {
	return &reader{source: s, partition: p, pos: from, closed: closed, done: make(chan struct{})}
}

// Next returns the next block and its position; see actors.BlockReader. Other errors: ErrTruncated when the position was cut meanwhile,
// ErrDamaged, actors.ErrLogSuspended. After an error the reader stands where it stood.
func (r *reader) Next(ctx context.Context) (analytics.Pos, []byte, error) {
	for {
		if err := r.stopped(ctx); err != nil {
			return 0, nil, err
		}
		data, more, err := r.source.block(r.partition, r.pos)
		if err != nil {
			return 0, nil, err
		}
		if more == nil {
			r.pos++
			return r.pos - 1, data, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
		case <-r.closed:
		case <-r.done:
		}
	}
}

func (r *reader) stopped(ctx context.Context) error {
	select {
	case <-r.closed:
		return actors.ErrLogClosed
	case <-r.done:
		return fmt.Errorf("reader of partition %d: %w", r.partition, actors.ErrLogClosed)
	default:
		return ctx.Err()
	}
}

// Close ends the reader; a Next that waits returns. It may be called from any goroutine, and more than once.
func (r *reader) Close() error {
	r.once.Do(func() { close(r.done) })
	return nil
}

// waiters wakes who waits at the end of a partition. It is not safe for concurrent use.
type waiters [analytics.Partitions]chan struct{}

// wait returns the channel that is closed by the next wake.
func (w *waiters) wait(p analytics.Partition) <-chan struct{} {
	if w[p] == nil {
		w[p] = make(chan struct{})
	}
	return w[p]
}

func (w *waiters) wake(p analytics.Partition) {
	if w[p] != nil {
		close(w[p])
		w[p] = nil
	}
}

// checkBounds tells whether a reader may ask for the position.
func (p *part) checkBounds(id analytics.Partition, pos analytics.Pos) error {
	switch {
	case pos < p.first:
		return fmt.Errorf("partition %d position %d, the first is %d: %w", id, pos, p.first, ErrTruncated)
	case pos > p.next():
		return fmt.Errorf("partition %d position %d, the next is %d: %w", id, pos, p.next(), ErrBeyondEnd)
	}
	return nil
}

func checkPartition(p analytics.Partition) error {
	if p >= analytics.Partitions {
		return fmt.Errorf("log: partition %d does not exist", p)
	}
	return nil
}

// checkBlocks refuses what no log may be given.
func checkBlocks(blocks []actors.LogBlock) error {
	var seen [analytics.Partitions]bool
	for _, b := range blocks {
		if err := checkPartition(b.Partition); err != nil {
			return err
		}
		if seen[b.Partition] {
			return fmt.Errorf("log: two blocks of partition %d in one commit", b.Partition)
		}
		seen[b.Partition] = true
		if len(b.Data) > maxBlock {
			return fmt.Errorf("log: block of %d bytes, at most %d", len(b.Data), maxBlock)
		}
	}
	return nil
}
