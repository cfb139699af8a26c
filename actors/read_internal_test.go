package actors

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// weighed is a value of so many bytes.
type weighed int

func (w weighed) Size() int { return int(w) }

// TestReplacedBase: a sum whose days changed takes the place of the one before, however often that was asked for. A cache that goes by how often
// keeps the old one, and the new one is made for every read.
func TestReplacedBase(t *testing.T) {
	r := rollups{newCache(1000), make(turn, 1)}
	for state := range uint64(3) {
		key := baseKey{"site_000001", analytics.BaseKey{}.WithState(state)}
		r.forgetReplaced(key)
		r.set(key, weighed(700))
		r.entries.CleanUp()
		for range 500 {
			_, ok := cached[weighed](r.cache, key)
			require.True(t, ok)
		}
	}
}

// Tries wait for a site to hear of its checkpoint, and for nobody who has gone.
func TestTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, n := time.Now(), 0
		for range tries(t.Context()) {
			n++
		}
		require.Equal(t, readTries, n)
		require.Equal(t, 127*time.Millisecond, time.Since(began))
		for range tries(t.Context()) { // the first is all that most need
			break
		}
		require.Equal(t, 127*time.Millisecond, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		n = 0
		for range tries(ctx) {
			n++
		}
		require.Equal(t, 4, n, "at 0, 0, 1 and 3 ms")
		require.Equal(t, 132*time.Millisecond, time.Since(began))
	})
}
