package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// checkpoint freezes the state and stores it in another goroutine; only one is under way, and none while the site rests.
func (a *site) checkpoint(ctx actor.Context) {
	if a.broken || a.resting {
		a.sys.coverage.failed(a.id)
		return
	}
	if a.storing {
		a.again = true
		return
	}
	a.storing, a.again, a.unsettled = true, false, false
	c := a.state.BeginCheckpoint()
	self, root, size := ctx.Self(), a.sys.actors.Root, a.footprint.bytes.Load()
	a.sys.background.Add(1)
	a.sys.storing.begin(a.id)
	go func() {
		defer a.sys.background.Done()
		start := time.Now()
		var bytes []byte
		var put map[uint64][]byte
		var free []uint64
		var err error
		a.sys.inTurn(size, func() { bytes, put, free, err = c.Encode(BlobsOf(a.sys.store, a.id)) })
		if err == nil {
			err = a.sys.watcher.Flush(a.sys.ctx, a.id)
		}
		if err == nil {
			err = a.sys.commit(Checkpoint{Site: a.id, Root: bytes, Put: put, Free: free})
		}
		a.sys.metrics.Checkpoint.Observe(time.Since(start).Seconds())
		a.sys.storing.end(a.id)
		root.Send(self, &checkpointDone{checkpoint: c, err: err})
	}()
}

func (a *site) checkpointDone(ctx actor.Context, m *checkpointDone) {
	a.storing = false
	if m.err != nil {
		a.rest(ctx, m.err)
	} else {
		a.failing.row = 0
		a.stored = m.checkpoint.Pos()
		if !a.broken {
			a.state.Finish(m.checkpoint)
			a.view = nil // it may name blobs that are gone
			a.trimmed(a.state.Evict(a.excess))
		}
		if err := a.sys.coverage.covered(a.id, a.stored); err != nil {
			a.sys.logger.Error("log could not be cut", "site", a.id, "error", err)
		}
	}
	switch {
	case a.broken:
	case a.sleeping:
		a.fallAsleep(ctx, m.err)
	case a.again && m.err == nil:
		a.checkpoint(ctx)
	}
}
