package actors

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/ztas-io/ztas/analytics"
)

// wake loads the state, and after a failure folds what the log has beyond it.
func (a *site) wake(ctx actor.Context) {
	err := a.sys.storing.wait(a.sys.ctx, a.id)
	if err != nil {
		a.fail(ctx, 0, err.Error())
		return
	}
	state, err := loadState(a.sys, a.id)
	if err != nil {
		a.fail(ctx, 0, err.Error())
		return
	}
	a.state, a.stored = state, state.Pos()
	if err := a.sys.coverage.covered(a.id, a.stored); err != nil {
		a.sys.logger.Error("log could not be cut", "site", a.id, "error", err)
	}
	if a.rebuilt {
		if err := a.replay(ctx); err != nil {
			a.fail(ctx, 0, err.Error())
			return
		}
	}
	if !a.broken {
		a.measure()
		ctx.Send(a.parent, &siteAwake{site: a.id, pid: ctx.Self()})
	}
}

// loadState reads the site's newest checkpoint; without one it is new.
func loadState(sys *System, id analytics.SiteID) (state *analytics.State, err error) {
	root, ok, err := sys.store.Root(id)
	if err != nil {
		return nil, fmt.Errorf("read root: %w", err)
	}
	if !ok {
		return analytics.NewState(id), nil
	}
	sys.inTurn(rootShare*int64(len(root)), func() { state, err = analytics.LoadState(root, BlobsOf(sys.store, id), loadedVisitors) })
	return state, err
}

// rootShare is about how many times as much memory as its root a state takes.
const rootShare = 64

// replay folds the blocks after the state's position up to the log's end. What the parent keeps meanwhile is then partly folded already and
// skipped.
func (a *site) replay(ctx actor.Context) error {
	p := a.id.Partition()
	first, next, err := a.sys.log.Bounds(p)
	if err != nil {
		return fmt.Errorf("bounds of the log: %w", err)
	}
	from := max(first, a.state.Pos()+1)
	if from >= next {
		return nil
	}
	reader, err := a.sys.log.Read(a.sys.ctx, p, from)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer reader.Close()
	for pos := from; pos < next && !a.broken; {
		at, data, err := reader.Next(a.sys.ctx)
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		pos = at + 1
		header, err := analytics.DecodeBlockHeader(data)
		if err != nil {
			return fmt.Errorf("block %d: %w", at, err)
		}
		for i := range header.Sections {
			if header.Sections[i].Site != a.id {
				continue
			}
			block, err := analytics.DecodeBlock(data)
			if err != nil {
				return fmt.Errorf("block %d: %w", at, err)
			}
			a.foldSection(ctx, &foldSection{pos: at, block: block, section: block.Sections[i]})
		}
	}
	return nil
}

// rest has the site wait before it tries to store again.
func (a *site) rest(ctx actor.Context, cause error) {
	if a.failing.add() {
		a.sys.logger.Error("checkpoint failed", "site", a.id, "failures", a.failing.row, "error", cause)
	}
	if a.broken {
		a.sys.coverage.failed(a.id)
		return
	}
	a.trimmed(0)
	a.resting = true
	a.sys.coverage.rest(a.id)
	self, root := ctx.Self(), a.sys.actors.Root
	a.sys.after(a.failing.pause(), func() { root.Send(self, &rested{}) })
}

func (a *site) passivate(ctx actor.Context) {
	switch {
	case a.broken:
		return
	case a.resting: // it cannot store now
		ctx.Send(a.parent, &siteAwake{site: a.id, pid: ctx.Self()})
		return
	}
	a.sleeping = true
	if !a.storing {
		a.fallAsleep(ctx, nil)
	}
}

// fallAsleep ends when everything is durable. After an error the parent is told all the same that the site is usable: it was not put to sleep.
func (a *site) fallAsleep(ctx actor.Context, err error) {
	switch {
	case err != nil:
		a.sleeping = false
		ctx.Send(a.parent, &siteAwake{site: a.id, pid: ctx.Self()})
	case a.stored == a.state.Pos():
		ctx.Send(a.parent, &siteAsleep{site: a.id, pid: ctx.Self()})
	default:
		a.checkpoint(ctx)
	}
}
