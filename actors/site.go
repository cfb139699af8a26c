package actors

import (
	"fmt"
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/ztas-io/ztas/analytics"
)

// carefulBlocks is for how many blocks after a panic a site is folded record by record, each from a freeze that is the way back.
const carefulBlocks = 1000

// site is the shell around one site's fold.
type site struct {
	sys       *System
	id        analytics.SiteID
	parent    *actor.PID
	rebuilt   bool
	careful   []analytics.Pos // fold record by record from each of these on, for carefulBlocks
	state     *analytics.State
	broken    bool // the state was thrown away: messages only give their credit back
	view      *analytics.View
	stored    analytics.Pos // what the last durable checkpoint covers
	storing   bool          // a checkpoint is under way
	again     bool          // another is wanted behind it
	sleeping  bool          // passivate was received
	failing   failing       // checkpoints
	resting   bool          // after a checkpoint that failed: none is begun before rested
	unsettled bool          // a record was quarantined since the last checkpoint
	excess    int64         // bytes of pages that are to leave memory behind the checkpoint
	decoder   analytics.Decoder

	footprint  *footprint
	unmeasured int // records that were folded since the state was measured
}

func siteProps(sys *System, id analytics.SiteID, parent *actor.PID, f *footprint, rebuilt bool, careful []analytics.Pos) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor {
		return &site{sys: sys, id: id, parent: parent, rebuilt: rebuilt, careful: careful, footprint: f}
	}, sys.props...)
}

// Receive is the site's table of contents.
func (a *site) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		a.sys.metrics.Alive.Inc()
		a.wake(ctx)
	case *foldSection:
		a.foldSection(ctx, m)
	case *askView:
		a.answerView(m)
	case *askRealtime:
		a.answerRealtime(m)
	case *checkpointNow:
		a.checkpoint(ctx)
	case *checkpointDone:
		a.checkpointDone(ctx, m)
	case *rested:
		a.resting = false
		a.sys.coverage.rested(a.id)
	case *trimSite:
		a.trim(ctx, m)
	case *passivate:
		a.passivate(ctx)
	case *actor.Stopped:
		a.sys.metrics.Alive.Dec()
		a.broken, a.state, a.view = true, nil, nil // whoever still knows the actor does not keep its memory
	case *actor.Stopping, *actor.Restarting:
	default:
		a.sys.metrics.Unknown.Inc()
	}
}

// foldSection folds, answers who waits and tells the watchers.
func (a *site) foldSection(ctx actor.Context, m *foldSection) {
	defer m.credit.release()
	if a.broken {
		return
	}
	if m.pos <= a.state.Pos() { // A1: a checkpoint or a replay has it
		a.sys.batcher.folded(m.block, a.id, nil)
		return
	}
	res, err := a.fold(m)
	if err != nil {
		a.fail(ctx, m.pos, err.Error())
		return
	}
	if res.Dropped {
		a.sys.tables.drop(a.id, m.pos)
	}
	a.grown(m.section.Count)
	a.sys.batcher.folded(m.block, a.id, res.Duplicates)
	a.footprint.used.Store(a.sys.uptime())
	a.sys.metrics.FoldLag.Observe(float64(a.sys.now().UnixMilli()-m.block.LogicalTime) / 1000)
	if len(res.Landed)+len(res.Fired) > 0 {
		a.sys.watcher.Landed(a.id, m.pos, res.Landed, res.Fired)
	}
	if res.Changed {
		a.sys.publisher.Changed(a.id)
	}
	if a.unsettled || a.state.WantsCheckpoint() {
		a.checkpoint(ctx)
	}
}

func (a *site) fold(m *foldSection) (res analytics.Result, err error) {
	room := a.sys.rooms.Get().(*analytics.Room)
	records, err := a.decoder.Records(m.section.Data, m.section.Count, room)
	if err != nil {
		return res, fmt.Errorf("block %d: %w", m.pos, err)
	}
	if res.Landing = a.sys.watcher.Wants(a.id); !res.Landing { // nobody keeps an event
		defer a.sys.rooms.Put(room)
	}
	if m.block.Steady {
		a.state.Trust(m.block.LogicalTime)
	}
	if err := a.fetch(m.block.LogicalTime, records); err != nil {
		return res, err
	}
	if slices.ContainsFunc(a.careful, func(from analytics.Pos) bool { return m.pos >= from && m.pos < from+carefulBlocks }) {
		a.foldCarefully(m, records, &res)
		return res, nil
	}
	err = guard(func() { a.sys.fold(a.state, m.pos, m.block.LogicalTime, records, &res) })
	return res, err
}

// fetch brings what the records of a block touch into memory.
func (a *site) fetch(logical int64, records []analytics.Record) error {
	blobs := BlobsOf(a.sys.store, a.id)
	for _, d := range a.state.Needs(records) {
		if err := a.state.Attach(d, blobs); err != nil {
			return err
		}
	}
	recalled, err := a.state.Recall(logical, records, blobs)
	a.sys.metrics.Recalled.Add(float64(recalled))
	return err
}

// foldCarefully folds record by record. One that panics is quarantined: the state goes back to where it was before.
func (a *site) foldCarefully(m *foldSection, records []analytics.Record, res *analytics.Result) {
	a.state.Begin(m.pos, m.block.LogicalTime)
	for i := range records {
		frozen, before := a.state.Freeze(), *res
		err := guard(func() { a.sys.foldOne(a.state, i, &records[i], res) })
		if err == nil {
			continue
		}
		a.state.Restore(frozen)
		*res = before
		a.unsettled = true
		a.sys.metrics.Quarantined.Inc()
		a.sys.logger.Error("record quarantined", "site", a.id, "position", m.pos, "index", i, "cause", err)
		a.sys.submitAside(a.id, analytics.Record{Skip: &analytics.Skip{Pos: m.pos, Index: i}})
	}
}

// guard turns a panic into an error.
func guard(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	f()
	return nil
}

// fail throws the state away. The parent rebuilds the site; until then messages only give their credit back: the log has them.
func (a *site) fail(ctx actor.Context, at analytics.Pos, cause string) {
	a.broken, a.state, a.view = true, nil, nil
	ctx.Send(a.parent, &siteFailed{site: a.id, pid: ctx.Self(), at: at, cause: cause})
}

func (a *site) answerView(m *askView) {
	if a.broken {
		m.reply <- viewReply{err: errRebuilt}
		return
	}
	if a.view == nil || a.view.Pos() != a.state.Pos() {
		a.view = a.state.View()
	}
	m.reply <- viewReply{view: a.view}
}

func (a *site) answerRealtime(m *askRealtime) {
	if a.broken {
		m.reply <- realtimeReply{err: errRebuilt}
		return
	}
	report, recalled, err := a.state.Realtime(m.now, m.detail, BlobsOf(a.sys.store, a.id))
	if recalled > 0 {
		a.sys.metrics.Recalled.Add(float64(recalled))
		a.measure()
	}
	m.reply <- realtimeReply{report: report, err: err}
}
