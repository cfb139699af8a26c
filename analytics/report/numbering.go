package report

import (
	"hash/maphash"
	"math/bits"
)

// numbering finds the numbers of values in a list: open addressing with linear probes, at most two thirds full. It holds no value itself, so
// that a list of a million campaigns costs 6 to 12 bytes each beside the list; a map from values would hold every one a second time.
// The zero value is ready. It belongs to one goroutine.
type numbering[K comparable] struct {
	slots []uint32 // a power of two of them: the number plus 1; 0 is empty
}

var numberingSeed = maphash.MakeSeed()

// of returns the number of the value in the list; a new one is appended.
func (n *numbering[K]) of(list *[]K, value K) (number int, fresh bool) {
	if 3*(len(*list)+1) > 2*len(n.slots) {
		n.grow(*list)
	}
	at := n.find(*list, value)
	if n.slots[at] != 0 {
		return int(n.slots[at] - 1), false
	}
	*list = append(*list, value)
	n.slots[at] = uint32(len(*list))
	return len(*list) - 1, true
}

// find returns the slot of the value, or the empty one where it belongs.
func (n *numbering[K]) find(list []K, value K) int {
	mask := len(n.slots) - 1
	at := int(maphash.Comparable(numberingSeed, value)) & mask
	for n.slots[at] != 0 && list[n.slots[at]-1] != value {
		at = (at + 1) & mask
	}
	return at
}

// reserve makes room for so many values. The list is still empty.
func (n *numbering[K]) reserve(values int) {
	if values > 0 {
		n.slots = make([]uint32, 1<<bits.Len(uint(values+values/2)))
	}
}

func (n *numbering[K]) grow(list []K) {
	n.slots = make([]uint32, max(16, 2*len(n.slots)))
	for i := range list {
		n.slots[n.find(list, list[i])] = uint32(i + 1)
	}
}
