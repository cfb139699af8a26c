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
		if other, ok := known[visitorHash(id)&keyMask]; ok {
			list = append(list, [2]VisitorID{other, id})
		}
		known[visitorHash(id)&keyMask] = id
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
	d.index.remove(visitorHash(pairs[1][0]), 2)
	p := d.index.probe(visitorHash(pairs[1][1]))
	at, ok := p.next()
	require.True(t, ok)
	require.EqualValues(t, 3, at)
	_, ok = p.next()
	require.False(t, ok)
}

// TestThawedDimension: a value that gave its id to another after the freeze has it again.
func TestThawedDimension(t *testing.T) {
	d := newDimension(2)
	for _, value := range []string{"a", "b"} {
		d.add(d.id(value), 0, 1, 0)
	}
	d.add(1, 0, -1, 0)
	frozen := d.freeze(true)
	require.Equal(t, 1, d.id("c"), "it takes the place of a value that counts nothing")
	thawed := frozen.thaw(d)
	for value, want := range map[string]int{"a": 1, "b": 2, "c": other} {
		id, _ := thawed.find(value)
		require.Equal(t, want, id, value)
	}
	require.Equal(t, 1, thawed.id("a"))
}
