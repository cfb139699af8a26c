package actors

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// run commits until the batcher is closed and empty.
func (b *batcher) run() {
	defer close(b.done)
	for range b.wake {
		for b.gather(); b.commit(); b.gather() {
		}
		b.mu.Lock()
		end := b.closed && b.waiting == 0
		b.mu.Unlock()
		if end {
			return
		}
	}
}

// gatherTurns bounds how often a commit lets others go first.
const gatherTurns = 16

// gather lets goroutines that are ready run first, as long as they bring requests. It does not wait for time to pass: on an idle machine it
// takes less than 1 µs. Without it a sender's wake puts the batcher at the head of the scheduler's queue, before all the other senders, and a
// busy core syncs once for every one or two requests (measured with 256 connections: 2.7 requests a sync and 108 µs of CPU a request).
func (b *batcher) gather() {
	for before, turn := -1, 0; turn < gatherTurns; turn++ {
		b.mu.Lock()
		waiting := b.waiting
		b.mu.Unlock()
		if waiting == before {
			return
		}
		before = waiting
		runtime.Gosched()
	}
}

// commit appends one block for each partition that has requests; more tells that there was something to do.
func (b *batcher) commit() (more bool) {
	b.commits.take()
	defer b.commits.give()
	blocks, sequences := b.take()
	if len(blocks) == 0 {
		return false
	}
	_, err := b.log.Append(context.Background(), blocks)
	if err == nil {
		return true
	}
	b.logger.Error("append failed", "error", err)
	retry := busyRetry
	if errors.Is(err, ErrNoSpace) {
		retry = 10 * time.Second
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, seq := range sequences {
		f := b.blocks[seq]
		if f == nil {
			continue // the block arrived all the same, and is folded already
		}
		for _, requests := range f.sites {
			for _, r := range requests {
				b.giveBack(r)
				r.tell(answer{err: &analytics.Unavailable{Reason: err.Error(), RetryAfter: retry}})
			}
		}
		delete(b.blocks, seq)
	}
	return true
}

// take makes the blocks of the next commit and notes who waits for them.
func (b *batcher) take() (blocks []LogBlock, sequences []uint64) {
	b.mu.Lock()
	now := b.now().UnixMilli()
	var made []*analytics.Block
	for p := range b.pending {
		taken := b.cut(p)
		if len(taken) == 0 {
			continue
		}
		b.sequence++
		block := &analytics.Block{Producer: b.producer, Sequence: b.sequence, LogicalTime: now}
		f := &flight{sites: make(map[analytics.SiteID][]*request)}
		for _, r := range taken {
			f.sites[r.site] = append(f.sites[r.site], r)
		}
		for _, r := range taken {
			requests := f.sites[r.site]
			if requests[0] != r {
				continue // its section was made with the first
			}
			block.Sections = append(block.Sections, sectionOf(requests))
		}
		b.blocks[b.sequence] = f
		made = append(made, block)
		sequences = append(sequences, b.sequence)
		blocks = append(blocks, LogBlock{Partition: analytics.Partition(p)})
	}
	b.mu.Unlock()
	steady := b.steady() // asked after the time was read, or that might be the time of a jump in between
	for i, block := range made {
		block.Steady = steady
		blocks[i].Data = block.Encode()
	}
	return blocks, sequences
}

// sectionOf joins the requests of one site.
func sectionOf(requests []*request) analytics.Section {
	s := analytics.Section{Site: requests[0].site, Count: requests[0].count, Data: requests[0].data}
	if len(requests) == 1 {
		return s
	}
	size := 0
	for _, r := range requests {
		size += len(r.data)
	}
	s.Count, s.Data = 0, make([]byte, 0, size)
	for _, r := range requests {
		s.Count += r.count
		s.Data = append(s.Data, r.data...)
	}
	return s
}

// cut takes the first requests of a partition up to the size of a block; b.mu is held.
func (b *batcher) cut(p int) []*request {
	n, events, size := 0, 0, 0
	for n < len(b.pending[p]) {
		r := b.pending[p][n]
		if n > 0 && (events+r.count > maxBlockEvents || size+len(r.data) > maxBlockBytes) {
			break
		}
		events, size, n = events+r.count, size+len(r.data), n+1
	}
	taken := b.pending[p][:n:n]
	b.pending[p] = b.pending[p][n:]
	b.waiting -= n
	return taken
}
