package log

import (
	"context"
	"fmt"
	"sync"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// Memory is a log without a disk, with the same answers as WAL, for tests and simulations. Its blocks outlive Close: Reopen goes on with them,
// as a new process would. All methods are safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	open    bool
	closed  chan struct{} // of this opening; closed by Close
	index   *index
	blocks  map[uint64][]byte // by physical index
	waits   waiters
	pending []fault
	hook    func([]actors.LogBlock) error
	turn    chan struct{}

	rewriting chan struct{}
	copies    bool // blocks are being copied by a rewrite: nothing is cut
}

// fault is what the next Append meets.
type fault struct {
	err     error
	written bool // the blocks are in the log nevertheless
}

var _ actors.EventLog = (*Memory)(nil)

// NewMemory returns an empty, open log.
func NewMemory() *Memory {
	m := newMark()
	return &Memory{
		open:   true,
		closed: make(chan struct{}),
		index:  newIndex(&m),
		blocks: map[uint64][]byte{},
		turn:   make(chan struct{}, 1),

		rewriting: make(chan struct{}, 1),
	}
}

// FailNext lets the next Append that no earlier fault meets return err and write nothing.
func (m *Memory) FailNext(err error) { m.fail(fault{err, false}) }

// FailNextWritten lets the next Append that no earlier fault meets return err although its blocks are in the log: the crash between the sync
// and the answer.
func (m *Memory) FailNextWritten(err error) { m.fail(fault{err, true}) }

func (m *Memory) fail(f fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(m.pending, f)
}

// OnAppend calls hook before each append takes effect, in the caller's goroutine: it may wait, as a slow disk does, and an error is returned
// by that Append, with nothing written. nil removes it.
func (m *Memory) OnAppend(hook func([]actors.LogBlock) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hook = hook
}

// Append implements actors.EventLog. The log keeps the blocks' data.
func (m *Memory) Append(ctx context.Context, blocks []actors.LogBlock) ([]analytics.Pos, error) {
	if err := checkBlocks(blocks); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	open, closed, hook := m.open, m.closed, m.hook
	m.mu.Unlock()
	if !open {
		return nil, actors.ErrLogClosed
	}
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-closed:
		return nil, actors.ErrLogClosed
	}
	defer func() { <-m.turn }()
	if hook != nil && len(blocks) > 0 {
		if err := hook(blocks); err != nil {
			return nil, fmt.Errorf("append to log: %w", err)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed != closed || !m.open {
		return nil, actors.ErrLogClosed
	}
	return m.write(blocks)
}

func (m *Memory) write(blocks []actors.LogBlock) ([]analytics.Pos, error) {
	if len(blocks) == 0 {
		return nil, nil
	}
	var f fault
	if len(m.pending) > 0 {
		f, m.pending = m.pending[0], m.pending[1:]
	}
	if f.err != nil && !f.written {
		return nil, fmt.Errorf("append to log: %w", f.err)
	}
	positions := make([]analytics.Pos, len(blocks))
	for i, b := range blocks {
		m.blocks[m.index.end()] = b.Data
		positions[i] = m.index.add(b.Partition, frameHeader+len(b.Data))
		m.waits.wake(b.Partition)
	}
	if f.err != nil {
		return nil, fmt.Errorf("append to log: %w", f.err)
	}
	return positions, nil
}

// Read implements actors.EventLog; the errors are those of WAL.
func (m *Memory) Read(ctx context.Context, p analytics.Partition, from analytics.Pos) (actors.BlockReader, error) {
	if err := checkPartition(p); err != nil {
		return nil, err
	}
	from = max(from, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.open {
		return nil, actors.ErrLogClosed
	}
	if err := m.index.parts[p].checkBounds(p, from); err != nil {
		return nil, err
	}
	return newReader(m, p, from, m.closed), ctx.Err()
}

// block implements source.
func (m *Memory) block(p analytics.Partition, pos analytics.Pos) ([]byte, <-chan struct{}, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	part := &m.index.parts[p]
	if err := part.checkBounds(p, pos); err != nil {
		return nil, nil, err
	}
	if pos == part.next() {
		return nil, m.waits.wait(p), nil
	}
	return m.blocks[m.index.find(p, pos)], nil, nil
}

// Bounds implements actors.EventLog.
func (m *Memory) Bounds(p analytics.Partition) (first, next analytics.Pos, err error) {
	if err := checkPartition(p); err != nil {
		return 0, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.open {
		return 0, 0, actors.ErrLogClosed
	}
	part := &m.index.parts[p]
	return part.first, part.next(), nil
}

// TruncateBefore implements actors.EventLog; what nobody needs goes at once.
func (m *Memory) TruncateBefore(p analytics.Partition, pos analytics.Pos) error {
	if err := checkPartition(p); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.open {
		return actors.ErrLogClosed
	}
	if err := m.index.truncate(p, pos); err != nil {
		return err
	}
	m.cut()
	return nil
}

// Rewrite implements actors.EventLog. settle and change may wait, as a slow disk does.
func (m *Memory) Rewrite(ctx context.Context, settle func() error, change func(block []byte) ([]byte, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.rewriting <- struct{}{}
	defer func() { <-m.rewriting }()
	m.mu.Lock()
	open, closed, end := m.open, m.closed, m.index.end()-1
	m.mu.Unlock()
	if !open {
		return actors.ErrLogClosed
	}
	if err := settle(); err != nil {
		return fmt.Errorf("rewrite log: %w", err)
	}
	blocks, data := m.hold(end)
	defer m.letGo()
	sizes := make([]uint32, len(blocks))
	for i := range data {
		var err error
		if data[i], err = change(data[i]); err != nil {
			return fmt.Errorf("rewrite log: %w", err)
		}
		sizes[i] = uint32(frameHeader + len(data[i]))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed != closed || !m.open {
		return actors.ErrLogClosed
	}
	fresh := m.index.replaced(end, blocks, sizes)
	for at := m.index.first; at <= end; at++ {
		delete(m.blocks, at)
	}
	for i := range data {
		m.blocks[fresh.first+uint64(i)] = data[i]
	}
	m.index = fresh
	return nil
}

// hold lets nothing be cut until letGo, and gives what is kept of the blocks up to the physical index.
func (m *Memory) hold(end uint64) (blocks []place, data [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.copies = true
	for _, b := range m.index.kept() {
		if b.index <= end {
			blocks, data = append(blocks, b), append(data, m.blocks[b.index])
		}
	}
	return blocks, data
}

func (m *Memory) letGo() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.copies = false
	m.cut()
}

// cut drops what nobody needs.
func (m *Memory) cut() {
	if n, _ := m.index.loose(); n == 0 || m.copies {
		return
	}
	for at := m.index.first; at < m.index.needed; at++ {
		delete(m.blocks, at)
	}
	m.index.cut(m.index.needed)
}

// TailBytes is the size of what is kept, counted as WAL counts it.
func (m *Memory) TailBytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.index.bytes
}

// TailBlocks counts the blocks that are kept.
func (m *Memory) TailBlocks() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.index.blocks()
}

// Oldest names the block that holds the cut back; ok is false when no block is needed.
func (m *Memory) Oldest() (p analytics.Partition, pos analytics.Pos, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.index.oldest()
}

// Close ends all readers. Calling it again does nothing.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open {
		m.open = false
		close(m.closed)
	}
	return nil
}

// Reopen opens a closed log again with everything that was written. Readers from before stay closed.
func (m *Memory) Reopen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.open {
		m.open, m.closed = true, make(chan struct{})
	}
}
