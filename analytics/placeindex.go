package analytics

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// placeIndex finds the places of things that are kept elsewhere: it keeps 32 bits of a hash of each and says where to look. Of a million things
// about a hundred pairs have the same 32 bits, so a place is a guess until what is there was compared. Nobody can choose things whose hashes collide:
// visitors' ids are keyed hashes, and texts are hashed with a random seed. A Go map that holds the things takes two to four times the memory.
type placeIndex struct {
	set hashSet // of entries: 8 bits of the hash, the place plus 1, 24 bits of the hash
}

const (
	placeShift = 24
	placeMask  = 1<<32 - 1
	keyMask    = ^uint64(placeMask << placeShift)
)

// newPlaceIndex makes room for so many things.
func newPlaceIndex(room int) *placeIndex {
	x := new(placeIndex)
	x.set.reserve(room)
	return x
}

// visitorHash mixes an id, since those of tests and demos are not as random as those of visitors (the finalizer of MurmurHash3).
func visitorHash(id VisitorID) uint64 {
	h := binary.LittleEndian.Uint64(id[:8]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(id[8:]), 29)
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

var textSeed = maphash.MakeSeed()

// textHash is another one in every process.
func textHash(text string) uint64 { return maphash.String(textSeed, text) }

func placeEntry(hash uint64, place uint32) uint64 { return hash&keyMask | uint64(place+1)<<placeShift }

func (x *placeIndex) add(hash uint64, place uint32) { x.set.add(placeEntry(hash, place)) }

// remove takes out what add put in.
func (x *placeIndex) remove(hash uint64, place uint32) { x.set.remove(placeEntry(hash, place)) }

// each calls f for everything that add put in: what is kept of its hash, which stands for the hash, and its place.
func (x *placeIndex) each(f func(hash uint64, place uint32)) {
	for i := range x.set.shards {
		for _, entry := range x.set.shards[i].slots {
			if entry != 0 {
				f(entry&keyMask, uint32(entry>>placeShift)-1)
			}
		}
	}
}

func (x *placeIndex) bytes() int64 {
	if x == nil {
		return 0
	}
	return 32 + x.set.bytes()
}

// probe is a look for one thing. It is good until the index changes.
type probe struct {
	slots []uint64
	key   uint64
	at    uint64
}

// probe begins a look for a thing.
func (x *placeIndex) probe(hash uint64) probe {
	if x.set.count == 0 {
		return probe{}
	}
	key := hash & keyMask
	slots := x.set.shard(key).slots
	return probe{slots, key, key & uint64(len(slots)-1)}
}

// next returns a place where it may be; ok is false when there is none any more.
func (p *probe) next() (place uint32, ok bool) {
	if len(p.slots) == 0 {
		return 0, false
	}
	for mask := uint64(len(p.slots) - 1); p.slots[p.at] != 0; {
		entry := p.slots[p.at]
		p.at = (p.at + 1) & mask
		if entry&keyMask == p.key {
			return uint32(entry>>placeShift) - 1, true
		}
	}
	return 0, false
}
