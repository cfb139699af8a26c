package analytics

import (
	"encoding/binary"
	"math/bits"
)

// placeIndex finds the places of visitors, which have their ids: it keeps 32 bits of a hash of each id and says where to look. Of a
// million visitors about a hundred pairs have the same 32 bits, so a place is a guess until the id there was compared. Ids are keyed hashes: nobody
// can choose them to collide. A Go map of whole ids takes twice the memory.
type placeIndex struct {
	set hashSet // of entries: 8 bits of the hash, the place plus 1, 24 bits of the hash
}

const (
	placeShift = 24
	placeMask  = 1<<32 - 1
	keyMask    = ^uint64(placeMask << placeShift)
)

// placeKey is an entry without place. Ids of tests and demos are not as random as those of visitors, so they are mixed (the finalizer of MurmurHash3).
func placeKey(id VisitorID) uint64 {
	h := binary.LittleEndian.Uint64(id[:8]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(id[8:]), 29)
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return (h ^ h>>33) & keyMask
}

func (x *placeIndex) add(id VisitorID, place uint32) {
	x.set.add(placeKey(id) | uint64(place+1)<<placeShift)
}

// remove takes out what add put in.
func (x *placeIndex) remove(id VisitorID, place uint32) {
	x.set.remove(placeKey(id) | uint64(place+1)<<placeShift)
}

func (x *placeIndex) bytes() int64 { return x.set.bytes() }

// probe is a look for one id. It is good until the index changes.
type probe struct {
	slots []uint64
	key   uint64
	at    uint64
}

// probe begins a look for an id.
func (x *placeIndex) probe(id VisitorID) probe {
	key := placeKey(id)
	if x.set.count == 0 {
		return probe{}
	}
	slots := x.set.shard(key).slots
	return probe{slots, key, key & uint64(len(slots)-1)}
}

// next returns a place where the id may be; ok is false when there is none any more.
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
