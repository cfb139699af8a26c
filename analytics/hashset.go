package analytics

// hashSet is a set of hashes: open addressing with linear probes, at most three quarters full. Beyond shardFrom hashes it is cut into 256 by the
// highest byte, so that growing never moves more than a 256th of it at once. Measured beside map[uint64]struct{}: half the time a new hash.
type hashSet struct {
	shards []hashShard // none, one, or 256
	count  int
}

type hashShard struct {
	slots []uint64 // a power of two of them; 0 is empty
	used  int
}

const shardFrom = 1 << 16

// nonZero keeps 0 for empty slots: two of 2^64 hashes are taken for one.
func nonZero(h uint64) uint64 { return max(h, 1) }

func (s *hashSet) has(h uint64) bool {
	if s.count == 0 {
		return false
	}
	h = nonZero(h)
	p := s.shard(h)
	if len(p.slots) == 0 {
		return false
	}
	return p.slots[p.find(h)] == h
}

// touch reads the slot at which find begins to look for a hash. What it returns means nothing; inlined, it would be left out.
//
//go:noinline
func (s *hashSet) touch(h uint64) uint64 {
	if s.count == 0 {
		return 0
	}
	h = nonZero(h)
	slots := s.shard(h).slots
	if len(slots) == 0 {
		return 0
	}
	return slots[h&uint64(len(slots)-1)]
}

// add tells whether the hash is new.
func (s *hashSet) add(h uint64) bool {
	h = nonZero(h)
	switch {
	case s.shards == nil:
		s.shards = make([]hashShard, 1)
	case s.count == shardFrom && len(s.shards) == 1:
		s.cut()
	}
	if !s.shard(h).add(h) {
		return false
	}
	s.count++
	return true
}

// reserve makes room for so many hashes in an empty set.
func (s *hashSet) reserve(room int) {
	if room <= 0 || room >= shardFrom {
		return
	}
	slots := 8
	for 3*slots < 4*room {
		slots *= 2
	}
	s.shards = []hashShard{{slots: make([]uint64, slots)}}
}

// remove takes out a hash that is there.
func (s *hashSet) remove(h uint64) {
	h = nonZero(h)
	s.shard(h).remove(h)
	s.count--
}

func (s *hashSet) shard(h uint64) *hashShard {
	if len(s.shards) == 1 {
		return &s.shards[0]
	}
	return &s.shards[h>>56]
}

func (s *hashSet) cut() {
	all := s.shards[0]
	s.shards = make([]hashShard, 256)
	for i := range s.shards {
		s.shards[i].slots = make([]uint64, len(all.slots)/len(s.shards))
	}
	for _, h := range all.slots {
		if h != 0 {
			s.shard(h).add(h)
		}
	}
}

// bytes is the memory that it takes.
func (s *hashSet) bytes() int64 {
	n := sliceBytes(s.shards)
	for i := range s.shards {
		n += sliceBytes(s.shards[i].slots)
	}
	return n
}

// find returns the slot that holds h, or the empty one where it belongs.
func (p *hashShard) find(h uint64) int {
	mask := uint64(len(p.slots) - 1)
	at := h & mask
	for p.slots[at] != 0 && p.slots[at] != h {
		at = (at + 1) & mask
	}
	return int(at)
}

func (p *hashShard) add(h uint64) bool {
	if 4*(p.used+1) > 3*len(p.slots) {
		p.grow()
	}
	at := p.find(h)
	if p.slots[at] == h {
		return false
	}
	p.slots[at] = h
	p.used++
	return true
}

// remove closes the gap: what stands behind it moves up, unless it would then stand before its own place.
func (p *hashShard) remove(h uint64) {
	mask := len(p.slots) - 1
	gap := p.find(h)
	for at := (gap + 1) & mask; p.slots[at] != 0; at = (at + 1) & mask {
		if home := int(p.slots[at]) & mask; (at-home)&mask >= (at-gap)&mask {
			p.slots[gap] = p.slots[at]
			gap = at
		}
	}
	p.slots[gap] = 0
	p.used--
}

func (p *hashShard) grow() {
	old := p.slots
	p.slots = make([]uint64, max(8, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			p.slots[p.find(h)] = h
		}
	}
}
