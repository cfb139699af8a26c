package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ztas-io/ztas/persist"
)

const (
	listUndo = 0
	listRedo = 1
)

// encodeList gives the list of an unfinished commit. ids is sorted in place.
func encodeList(kind byte, ids []uint64) []byte {
	slices.Sort(ids)
	b := binary.AppendUvarint([]byte{kind}, uint64(len(ids)))
	last := uint64(0)
	for _, id := range ids {
		b = binary.AppendUvarint(b, id-last)
		last = id
	}
	return b
}

// decodeList reads a list. Errors are persist.ErrCorrupt.
func decodeList(b []byte) (kind byte, ids []uint64, err error) {
	bad := fmt.Errorf("list of an unfinished commit: %w", persist.ErrCorrupt)
	if len(b) == 0 || b[0] > listRedo {
		return 0, nil, bad
	}
	count, n := binary.Uvarint(b[1:])
	rest := b[1+max(n, 0):]
	if n <= 0 || count > uint64(len(rest)) {
		return 0, nil, bad
	}
	ids = make([]uint64, 0, count)
	last := uint64(0)
	for range count {
		d, n := binary.Uvarint(rest)
		if n <= 0 || last+d < last {
			return 0, nil, bad
		}
		last, rest = last+d, rest[n:]
		ids = append(ids, last)
	}
	if len(rest) != 0 {
		return 0, nil, bad
	}
	return b[0], ids, nil
}
