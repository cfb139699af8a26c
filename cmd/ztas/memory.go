package main

import (
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/ztas-io/ztas/actors"
)

// How the memory of a server is shared out (design: "State of a site, and memory"), in bytes. What is not for states is for Badger, the log, what
// is under way, and the caches of readers.
const (
	usualMemory = 256 << 20 // MEMORY_LIMIT counts as this when it is not set
	restMemory  = 144 << 20
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

// The garbage collector may let a small heap grow to relaxedHeap before it works; a large one only to twice what lives.
const (
	relaxedHeap = 192 << 20
	mostGrowth  = 400 // GOGC
	usualGrowth = 100
	tuneEvery   = 5 * time.Second
)

// growth is the GOGC for so many living bytes: collecting a heap of 20 MB at 40 MB would take a tenth of the CPU of a busy server.
func growth(live uint64) int {
	if live == 0 {
		return mostGrowth
	}
	return int(min(mostGrowth, max(usualGrowth, (relaxedHeap-min(live, relaxedHeap))*100/live)))
}

// limitMemory has the garbage collector keep to MEMORY_LIMIT, and work no more than it must below.
func (i *instance) limitMemory(limit int64) {
	if limit > 0 {
		debug.SetMemoryLimit(limit * 7 / 8) // Badger maps files beside the heap
	}
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tune := func() {
		metrics.Read(sample)
		debug.SetGCPercent(growth(sample[0].Value.Uint64()))
	}
	tune()
	i.every("garbage collection", tuneEvery, tune)
}
