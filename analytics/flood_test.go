package analytics

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSmallest: the smallest exact value is the one that a scan finds, whatever rises, falls, is displaced, replaced or thawed.
func TestSmallest(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 3))
		d := newDimension(30)
		var sessions []int // ids of exits
		for step := range 3000 {
			id := d.id(fmt.Sprint(rng.IntN(20 + step/10)))
			switch k := rng.IntN(10); {
			case k < 6 && len(sessions) > 0: // a session goes on
				i := rng.IntN(len(sessions))
				d.add(sessions[i], i%24, -1, 0)
				d.add(id, i%24, 1, 0)
				sessions[i] = id
			default:
				d.add(id, len(sessions)%24, 1, 0)
				sessions = append(sessions, id)
			}
			if step%97 == 0 {
				d = d.freeze(true)
				d.reindex()
			}
			if d.exact < d.cap {
				continue
			}
			want, least := -1, int64(0)
			for i := len(d.values) - 1; i > other; i-- {
				if n, ok := d.rank(i); ok && (want < 0 || n < least) {
					want, least = i, n
				}
			}
			got, n := d.smallest()
			require.Equal(t, want, got, "seed %d, step %d", seed, step)
			require.Equal(t, least, n)
			require.LessOrEqual(t, d.floor, uint64(n))
		}
		total := 0
		d.each(0, func(_ string, n Count) { total += int(n.A) })
		require.Len(t, sessions, total)
	}
}

// TestOneSessionOfManyPages: the exit of a session that moves on with every event does not fill its dimension: a value that counts nothing gives
// its place away. A copy that was frozen before keeps what it had.
func TestOneSessionOfManyPages(t *testing.T) {
	d := newDimension(50)
	exit := d.id("/start")
	d.add(exit, 5, 1, 0)
	for n := range 20_000 {
		frozen := d.freeze(false)
		values := slices.Clone(frozen.values)
		next := d.id(fmt.Sprint("/", n))
		d.add(exit, 5, -1, 0)
		d.add(next, 5, 1, 0)
		exit = next
		require.Equal(t, values, frozen.values)
	}
	require.Len(t, d.values, 51)
	require.Equal(t, "/19999", d.values[exit])
	list := make(map[string]int64)
	d.each(0, func(value string, n Count) { list[value] = n.A })
	require.Equal(t, map[string]int64{"/19999": 1}, list)
}
