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
)

// runtimeLimit is what the Go runtime should keep to when so many bytes live: 7/8 of what the process may have, since Badger maps files beside the
// heap; without a limit, what the usual server may have, and more only for what lives. What lives and does not fit, a busy site with a million
// visitors, would not fit any better if the collector did nothing else: it gets an eighth more.
func runtimeLimit(limit int64, live uint64) int64 {
	if limit > 0 {
		return max(limit*7/8, int64(live)*9/8)
	}
	return max(usualMemory*7/8, int64(live)*5/4+leastRoom)
}

// limitMemory has the garbage collector keep to MEMORY_LIMIT (0: not set).
func (i *instance) limitMemory(limit int64) {
	debug.SetGCPercent(growth)
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tune := func() {
		metrics.Read(sample)
		debug.SetMemoryLimit(runtimeLimit(limit, sample[0].Value.Uint64()))
	}
	tune()
	i.every("garbage collection", tuneEvery, tune)
}
