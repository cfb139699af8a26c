package ws

import (
	"encoding/json"
	"sync"
	"time"
)

// edition is one step of a stream, ready to be sent.
type edition struct {
	prev, seq uint64
	tails     [][]byte // delta frames without their beginning; none: only a snapshot tells of this step
	size      int      // bytes of tails

	mu     sync.Mutex
	merged map[uint64][][]byte // tails of those who missed steps, by where they are; when one has to catch up, many do
}

// maxMerged is how many merged deltas of a step are kept.
const maxMerged = 16

func encodeTails(changes []change, at time.Time) (tails [][]byte, size int) {
	tails = make([][]byte, len(changes))
	for i, c := range changes {
		tails[i] = deltaTail(c, at)
		size += len(tails[i])
	}
	return tails, size
}

// news is what one subscriber has to be sent: deltas, or a snapshot.
type news struct {
	seq      uint64
	tails    [][]byte
	snapshot json.RawMessage // nil: the deltas tell everything
}

// since gives the news of a subscriber that is at seq; a snapshot when whole is set or nothing else will do. Safe for concurrent use.
func (s *stream) since(seq uint64, whole bool) news {
	if e := s.edition.Load(); !whole && e.prev == seq && len(e.tails) > 0 {
		return news{seq: e.seq, tails: e.tails}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !whole {
		if tails, ok := s.catchUp(seq); ok {
			return news{seq: s.doc.seq, tails: tails}
		}
	}
	return news{seq: s.doc.seq, snapshot: s.doc.raw}
}

// catchUp gives the deltas from seq to the newest state; ok is false when only a snapshot tells. It belongs to a reader of the stream.
func (s *stream) catchUp(seq uint64) (tails [][]byte, ok bool) {
	if seq < s.doc.floor {
		return nil, false
	}
	e := s.edition.Load()
	e.mu.Lock()
	defer e.mu.Unlock()
	if tails, ok = e.merged[seq]; ok {
		return tails, true
	}
	changes, ok := s.doc.since(seq)
	if !ok {
		return nil, false
	}
	tails, _ = encodeTails(changes, time.Now())
	if len(e.merged) < maxMerged {
		if e.merged == nil {
			e.merged = make(map[uint64][][]byte)
		}
		e.merged[seq] = tails
	}
	return tails, true
}
