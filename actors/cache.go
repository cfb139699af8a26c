package actors

import (
	"math"

	"github.com/maypok86/otter/v2"

	"github.com/ztas-io/ztas/analytics"
)

// cache keeps what readers asked for, up to a weight. All caches of this package have one type of keys and of values: every other pair of types
// would be a hundred kilobytes of program more. Safe for concurrent use.
type cache struct{ entries *otter.Cache[owned, sized] }

// owned is a key; comparable.
type owned interface{ owner() analytics.SiteID }

// sized is a value: its weight, mostly bytes.
type sized interface{ Size() int }

func newCache(weight int64) *cache {
	return &cache{otter.Must(&otter.Options[owned, sized]{
		MaximumWeight: uint64(weight),
		Weigher:       func(_ owned, v sized) uint32 { return uint32(min(max(v.Size(), 1), math.MaxUint32)) },
	})}
}

// cached finds the value of a key, which has one type for each type of keys.
func cached[V sized](c *cache, key owned) (v V, ok bool) {
	found, ok := c.entries.GetIfPresent(key)
	if ok {
		v = found.(V)
	}
	return v, ok
}

func (c *cache) set(key owned, v sized) { c.entries.Set(key, v) }

// forget drops what is kept of a site.
func (c *cache) forget(site analytics.SiteID) {
	for key := range c.entries.Keys() {
		if key.owner() == site {
			c.entries.Invalidate(key)
		}
	}
}
