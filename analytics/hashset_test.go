package analytics

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHashSet compares the set with a map, across its cut into shards.
func TestHashSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	want := make(map[uint64]bool)
	var s hashSet
	require.False(t, s.has(0))
	for n := range 3 * shardFrom {
		h := rng.Uint64N(4 * shardFrom)
		if n%2 == 0 {
			h *= 0x9e3779b97f4a7c15
		}
		h = nonZero(h)
		require.Equal(t, want[h], s.has(h))
		require.Equal(t, !want[h], s.add(h))
		want[h] = true
		require.True(t, s.has(h))
		if n%3 == 0 {
			s.remove(h)
			delete(want, h)
			require.False(t, s.has(h))
		}
	}
	for h := range want {
		require.True(t, s.has(h))
	}
	require.Equal(t, len(want), s.count)
	require.True(t, s.add(0) || s.has(1))
	require.Less(t, s.bytes(), int64(24*s.count+1<<14))
	require.False(t, (&hashSet{}).has(7))
}

func BenchmarkHashSet(b *testing.B) {
	const n = 200_000
	b.Run("set", func(b *testing.B) {
		for b.Loop() {
			var s hashSet
			for i := range uint64(n) {
				s.add(i * 0x9e3779b97f4a7c15)
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		for b.Loop() {
			s := make(map[uint64]struct{})
			for i := range uint64(n) {
				s[i*0x9e3779b97f4a7c15] = struct{}{}
			}
		}
	})
}
