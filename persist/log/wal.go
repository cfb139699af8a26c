package log

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// WAL is the log on this machine's disk. All methods are safe for concurrent use.
type WAL struct {
	cfg    Config
	lock   *os.File
	closed chan struct{}
	once   sync.Once

	// writer is the token of whoever writes: an append, a cut, a re-opening, the end. It guards space, suspended and opened.
	writer    chan struct{}
	space     space
	suspended suspension
	opened    int // how often it was read again from the disk

	rewriting chan struct{} // the token of a rewrite; it does not keep others from writing

	mu       sync.Mutex // never held while the disk is asked; guards what follows
	index    *index
	crc      uint32 // of the last acknowledged frame
	archives int    // that are open; nothing is cut meanwhile
	copies   bool   // blocks are being copied by a rewrite; the same
	recent   recent
	waits    waiters

	physMu sync.RWMutex // raft-wal may panic when it is closed under a read
	phys   *physical    // nil while a re-opening failed

	markMu sync.Mutex
	marked mark          // as it is on the disk
	dirty  chan struct{} // the mark is older than the log
	marker sync.WaitGroup
}

var _ actors.EventLog = (*WAL)(nil)

// Open checks the whole log and opens it; an empty or missing directory becomes a new log. Errors: ErrDamaged (a *DamageError that names the
// place; nothing was changed), ErrLocked, or one of the file system.
func Open(cfg Config) (*WAL, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.complete()
	if err := os.MkdirAll(cfg.Dir, dirMode); err != nil {
		return nil, fmt.Errorf("make log directory: %w", err)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	w := &WAL{
		cfg:    cfg,
		lock:   lock,
		closed: make(chan struct{}),
		writer: make(chan struct{}, 1),
		recent: recent{limit: cfg.RecentBytes},
		dirty:  make(chan struct{}, 1),

		rewriting: make(chan struct{}, 1),
	}
	w.space.cfg = &w.cfg
	if err := w.open(); err != nil {
		lock.Close()
		return nil, err
	}
	w.marker.Add(1)
	go w.keepMark()
	return w, nil
}

func (w *WAL) open() error {
	start := time.Now()
	if repairing(w.cfg.Dir) {
		return damaged(0, 0, "a repair was interrupted")
	}
	m, marked, err := readMark(w.cfg.Dir)
	if err != nil {
		return err
	}
	phys, in, err := openPhysical(&w.cfg, &m, marked)
	if err != nil {
		return err
	}
	w.phys, w.index, w.crc, w.marked = phys, in.index, in.crc, m
	w.cfg.Metrics.tailBytes.Set(float64(w.index.bytes))
	_ = w.space.check(start) // makes the reserve file
	w.touch()                // the log may have more than the mark
	w.cfg.Logger.Info("log opened", "blocks", len(w.index.entries), "bytes", w.index.bytes, "took", time.Since(start))
	return nil
}

// Read follows a partition from a position on, 0 meaning 1. Errors: ErrTruncated and ErrBeyondEnd, when the log does not have the position and
// it is not the next one either.
func (w *WAL) Read(ctx context.Context, p analytics.Partition, from analytics.Pos) (actors.BlockReader, error) {
	if err := checkPartition(p); err != nil {
		return nil, err
	}
	from = max(from, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isClosed() {
		return nil, actors.ErrLogClosed
	}
	if err := w.index.parts[p].checkBounds(p, from); err != nil {
		return nil, err
	}
	return newReader(w, p, from, w.closed), ctx.Err()
}

// block implements source.
func (w *WAL) block(p analytics.Partition, pos analytics.Pos) ([]byte, <-chan struct{}, error) {
	w.mu.Lock()
	part := &w.index.parts[p]
	if err := part.checkBounds(p, pos); err != nil {
		w.mu.Unlock()
		return nil, nil, err
	}
	if pos == part.next() {
		defer w.mu.Unlock()
		return nil, w.waits.wait(p), nil
	}
	at := w.index.find(p, pos)
	data, ok := w.recent.find(at)
	w.mu.Unlock()
	if ok {
		return data, nil, nil
	}
	data, err := w.fetch(p, pos, at)
	if err != nil && w.moved(p, pos, at) {
		return w.block(p, pos)
	}
	return data, nil, err
}

// moved tells whether a block is no longer at the physical index: the log was rewritten, or forgot it.
func (w *WAL) moved(p analytics.Partition, pos analytics.Pos, at uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.index.parts[p].checkBounds(p, pos) != nil || w.index.find(p, pos) != at
}

// fetch reads a block from the disk and checks its frame (L4).
func (w *WAL) fetch(p analytics.Partition, pos analytics.Pos, at uint64) ([]byte, error) {
	w.physMu.RLock()
	defer w.physMu.RUnlock()
	if w.isClosed() {
		return nil, actors.ErrLogClosed
	}
	if w.phys == nil {
		return nil, fmt.Errorf("read log: %w", actors.ErrLogSuspended)
	}
	var l raft.Log
	err := w.phys.GetLog(at, &l)
	if errors.Is(err, wal.ErrNotFound) {
		return nil, fmt.Errorf("partition %d position %d: %w", p, pos, ErrTruncated)
	}
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	h, _, data, err := decodeFrame(l.Data)
	if err != nil {
		return nil, damaged(p, pos, "%v", err)
	}
	if h.index != at || h.partition != p || h.pos != pos {
		return nil, damaged(p, pos, "partition %d position %d stands in its place", h.partition, h.pos)
	}
	return data, nil
}

// Bounds returns the partition's first position that can be read, which is the next one when there is none, and the next one.
func (w *WAL) Bounds(p analytics.Partition) (first, next analytics.Pos, err error) {
	if err := checkPartition(p); err != nil {
		return 0, 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isClosed() {
		return 0, 0, actors.ErrLogClosed
	}
	part := &w.index.parts[p]
	return part.first, part.next(), nil
}

// TailBytes is how much of the log a restart reads: the bytes from the oldest block that is still needed to the end.
func (w *WAL) TailBytes() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.index.bytes
}

// TailBlocks counts the blocks of those bytes.
func (w *WAL) TailBlocks() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.index.blocks()
}

// Oldest names the block that holds the cut back: the next one to be covered by a checkpoint. ok is false when no block is needed.
func (w *WAL) Oldest() (p analytics.Partition, pos analytics.Pos, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.index.oldest()
}

// Close ends all readers and a rewrite, waits for an append that is under way, and leaves an exact mark. Calling it again does nothing.
func (w *WAL) Close() error {
	var err error
	w.once.Do(func() { err = w.close() })
	return err
}

func (w *WAL) close() error {
	w.mu.Lock()
	close(w.closed)
	w.mu.Unlock()
	w.rewriting <- struct{}{}
	defer func() { <-w.rewriting }()
	w.writer <- struct{}{}
	defer func() { <-w.writer }()
	w.marker.Wait()
	err := w.saveMark()
	w.physMu.Lock()
	defer w.physMu.Unlock()
	if w.phys != nil {
		err = errors.Join(err, w.phys.Close())
		w.phys = nil
	}
	return errors.Join(err, w.lock.Close())
}

func (w *WAL) isClosed() bool {
	select {
	case <-w.closed:
		return true
	default:
		return false
	}
}

// keepMark writes the mark at most once an interval, and sleeps while nothing is appended.
func (w *WAL) keepMark() {
	defer w.marker.Done()
	failed := false
	for {
		select {
		case <-w.closed:
			return
		case <-w.dirty:
		}
		timer := time.NewTimer(w.cfg.MarkInterval)
		select {
		case <-w.closed:
			timer.Stop()
			return
		case <-timer.C:
		}
		err := w.saveMark()
		if err != nil {
			w.touch()
			if !failed {
				w.cfg.Logger.Error("cannot keep the high-water mark", "err", err)
			}
		}
		failed = err != nil
	}
}

// touch says that the mark is old.
func (w *WAL) touch() {
	select {
	case w.dirty <- struct{}{}:
	default:
	}
}

// saveMark writes what is acknowledged now, unless the disk has it.
func (w *WAL) saveMark() error {
	w.markMu.Lock()
	defer w.markMu.Unlock()
	m := w.acknowledged()
	if m == w.marked {
		return nil
	}
	if err := writeMark(w.cfg.Dir, &m); err != nil {
		return err
	}
	w.marked = m
	return nil
}

func (w *WAL) acknowledged() mark {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := mark{last: w.index.end() - 1, crc: w.crc}
	w.index.positions(&m)
	return m
}
