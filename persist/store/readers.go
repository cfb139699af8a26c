package store

import (
	"sync"
	"sync/atomic"
)

// readers knows as of which transactions is being read, so that Badger keeps the versions that they see.
type readers struct {
	mu     sync.Mutex
	active []reading // ascending by seq
}

type reading struct {
	seq   uint64
	count int
}

// begin registers a reader at the newest durable transaction.
func (r *readers) begin(newest *atomic.Uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	seq := newest.Load()
	if n := len(r.active); n > 0 && r.active[n-1].seq == seq {
		r.active[n-1].count++
	} else {
		r.active = append(r.active, reading{seq, 1})
	}
	return seq
}

// end takes a reader away.
func (r *readers) end(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.active {
		if r.active[i].seq == seq {
			if r.active[i].count--; r.active[i].count == 0 {
				r.active = append(r.active[:i], r.active[i+1:]...)
			}
			return
		}
	}
}

// oldest is the oldest transaction that a reader needs, or newest when there are none.
func (r *readers) oldest(newest uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.active) > 0 {
		return r.active[0].seq
	}
	return newest
}
