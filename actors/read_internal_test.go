package actors

import (
	"testing"

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
