package analytics

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// alike finds pairs of ids that the index cannot tell from each other.
func alike(pairs int) (list [][2]VisitorID) {
	known := make(map[uint64]VisitorID)
	for n := uint64(0); len(list) < pairs; n++ {
		var id VisitorID
		binary.LittleEndian.PutUint64(id[:], n)
		if other, ok := known[placeKey(id)]; ok {
			list = append(list, [2]VisitorID{other, id})
		}
		known[placeKey(id)] = id
	}
	return list
}

// TestAlike: ids that the index cannot tell from each other are two visitors all the same, of a day and of the live window, also when one is taken
// out again.
func TestAlike(t *testing.T) {
	pairs := alike(3)
	d := newDay(20_000, UTCZone(), 10)
	var live liveVisitors
	for i, pair := range pairs {
		require.NotEqual(t, pair[0], pair[1])
		for j, id := range pair {
			require.Equal(t, 2*i+j, d.visitor(id))
			_, v := live.find(id)
			require.Nil(t, v)
			_, v = live.add(id)
			v.ts = int64(2*i + j)
		}
	}
	for i, pair := range pairs {
		for j, id := range pair {
			require.Equal(t, 2*i+j, d.visitor(id))
			_, v := live.find(id)
			require.Equal(t, id, v.visitor)
			require.EqualValues(t, 2*i+j, v.ts)
		}
	}
	d.index.remove(pairs[1][0], 2)
	p := d.index.probe(pairs[1][1])
	at, ok := p.next()
	require.True(t, ok)
	require.EqualValues(t, 3, at)
	_, ok = p.next()
	require.False(t, ok)
}
