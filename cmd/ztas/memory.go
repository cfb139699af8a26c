package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/ztas-io/ztas/actors"
)

// How the memory of a server is shared out (design: "State of a site, and memory"), in bytes. What is not for states is for Badger, the log, what
// is under way, and the caches of readers.
const (
	usualMemory = 256 << 20 // MEMORY_LIMIT counts as this when it is not set
	restMemory  = 192 << 20
	leastStates = 16 << 20
)

// systemConfig gives the states of sites what MEMORY_LIMIT (0: not set) leaves them.
func systemConfig(limit int64) actors.Config {
	c := actors.DefaultConfig()
	if limit == 0 {
		limit = usualMemory
	}
	c.States = max(limit-restMemory, limit/4, leastStates)
	share := func(n int64) int64 { return max(1<<20, n*min(limit, usualMemory)/usualMemory) }
	c.RollupCache, c.TableCache, c.SumCache = share(c.RollupCache), share(c.TableCache), share(c.SumCache)
	return c
}

// The garbage collector may let the heap grow to five times what lives before it works, up to a limit: at the usual twice a busy server with 20 MB
// of living data spent a tenth of its CPU on it.
const (
	growth    = 400 // GOGC
	leastRoom = 32 << 20
	tuneEvery = 2 * time.Second
	// collectAfter is after how many looks without a collection one is begun when more lived than there is room for: a second of processor time for
	// a gigabyte.
	collectAfter = 4
)

// runtimeLimit is what the Go runtime should keep to when so many bytes live on the heap, and so many are stacks and its own books, which no
// collection makes fewer: nine tenths of what the process may have, since it passes its limit for moments; without a limit, what the usual server may
// have, and more only for what it needs. What does not fit, a busy site with a million visitors or ten thousand connections, would not fit any
// better if the collector did nothing else: the heap gets an eighth more than lives. over tells that this is so.
func runtimeLimit(limit int64, live, beside uint64) (bytes int64, over bool) {
	may, needs := int64(usualMemory*29/32), int64(beside+live*5/4)+leastRoom
	if limit > 0 {
		may, needs = limit*29/32, int64(beside+live*9/8)
	}
	return max(may, needs), needs > may
}

// limitMemory has the garbage collector keep to MEMORY_LIMIT (0: not set). It works by itself when enough is allocated; when more lived than there is
// room for, it also works while little happens: what a large question took is given back soon.
func (i *instance) limitMemory(limit int64) {
	debug.SetGCPercent(growth)
	sample := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}, {Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	cycles, looks := uint64(0), 0
	tune := func() {
		metrics.Read(sample)
		live, done, beside := sample[0].Value.Uint64(), sample[1].Value.Uint64(), sample[2].Value.Uint64()
		for _, heap := range sample[3:] {
			beside -= heap.Value.Uint64()
		}
		bytes, over := runtimeLimit(limit, live, beside)
		debug.SetMemoryLimit(bytes)
		if !over || done != cycles {
			cycles, looks = done, 0
		} else if looks++; looks == collectAfter {
			runtime.GC()
		}
	}
	tune()
	i.every("garbage collection", tuneEvery, tune)
}
