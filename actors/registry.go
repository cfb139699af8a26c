package actors

import cmap "github.com/orcaman/concurrent-map"

// An actor system finds its actors in 1,024 maps of this library, each of which is cut into SHARD_COUNT maps with locks of their own. The default of
// 32 makes 32,768 maps before the first actor: 3 MB and some milliseconds a start, and half of them hold one actor when there are 20,000. The
// library has no other way to say it, and nobody else here uses it.
func init() { cmap.SHARD_COUNT = 1 }
