package actors_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// simDisk is what a crash leaves: the log and the store. Beside them it keeps every block that became durable, for the recount.
type simDisk struct {
	log   *log.Memory
	store *store.Memory

	mu      sync.Mutex
	history [analytics.Partitions][]simBlock
	wrong   []string            // what no system may ask of a disk
	unseen  []actors.Checkpoint // of a commit that failed and is there all the same: it shows when the store is opened again
}

type simBlock struct {
	pos  analytics.Pos
	data []byte
}

func newSimDisk() *simDisk { return &simDisk{log: log.NewMemory(), store: store.NewMemory()} }

// reveal shows what a failed commit left.
func (d *simDisk) reveal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unseen == nil {
		return
	}
	if err := d.store.Commit(d.unseen); err != nil {
		d.wrong = append(d.wrong, err.Error())
	}
	d.unseen = nil
}

// simTrouble is how often, in 1,000 operations, something happens to them.
type simTrouble struct {
	slow  int // it takes up to 200 ms
	stuck int // it takes up to 15 s: longer than a request waits
	lost  int // an error, and nothing was done
	late  int // an error, although it was done
}

var (
	errSimFault = errors.New("input/output error")
	errSimDead  = errors.New("the process is dead")
)

// simLife is the disk as one process sees it, until the moment at which that dies: from then on nothing that it does has an effect.
type simLife struct {
	*simDisk
	dead chan struct{} // closed by die

	guard                   sync.Mutex
	appends, commits, reads simTrouble
	rewrites                simTrouble
	rng                     *rand.Rand
	lost                    analytics.SiteID // its root cannot be read
	left                    int              // operations with an effect until the process dies; never when it begins below 1
}

func (d *simDisk) boot(rng *rand.Rand) *simLife {
	d.log.Reopen()
	d.reveal()
	return &simLife{simDisk: d, rng: rng, dead: make(chan struct{})}
}

func (l *simLife) isDead() bool {
	select {
	case <-l.dead:
		return true
	default:
		return false
	}
}

// die ends the process as seen from the disk.
func (l *simLife) die() {
	l.guard.Lock()
	defer l.guard.Unlock()
	l.dieNow()
}

func (l *simLife) dieNow() {
	if !l.isDead() {
		close(l.dead)
		_ = l.simDisk.log.Close() // it has no error to give
	}
}

// meet lets an operation meet its fate. Nothing is locked while it takes its time, so that the bubble's clock can go on.
func (l *simLife) meet(troubles *simTrouble, effect func() error) error {
	l.guard.Lock()
	t := *troubles
	var pause time.Duration
	switch dice := l.rng.IntN(1000); {
	case dice < t.stuck:
		pause = time.Duration(l.rng.Int64N(15_000)) * time.Millisecond
	case dice < t.stuck+t.slow:
		pause = time.Duration(l.rng.Int64N(200)) * time.Millisecond
	}
	dice := l.rng.IntN(1000)
	l.guard.Unlock()
	if pause > 0 {
		select {
		case <-time.After(pause):
		case <-l.dead:
		}
	}
	l.guard.Lock()
	defer l.guard.Unlock()
	if l.isDead() {
		return errSimDead
	}
	l.left--
	dies, after := l.left == 0, l.rng.IntN(2) == 0
	if dies && !after {
		l.dieNow()
		return errSimDead
	}
	if dice < t.lost {
		return errSimFault
	}
	err := effect()
	if dies {
		l.dieNow()
		return errSimDead
	}
	if dice < t.lost+t.late {
		return errSimFault
	}
	return err
}

// read is meet for what has no effect.
func (l *simLife) read(effect func() error) error {
	l.guard.Lock()
	fails := l.rng.IntN(1000) < l.reads.lost
	l.guard.Unlock()
	switch {
	case l.isDead():
		return errSimDead
	case fails:
		return errSimFault
	}
	return effect()
}

// Append implements actors.EventLog.
func (l *simLife) Append(ctx context.Context, blocks []actors.LogBlock) (positions []analytics.Pos, err error) {
	err = l.meet(&l.appends, func() error {
		if positions, err = l.simDisk.log.Append(ctx, blocks); err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, b := range blocks {
			l.history[b.Partition] = append(l.history[b.Partition], simBlock{positions[i], b.Data})
		}
		return nil
	})
	return positions, err
}

// Read implements actors.EventLog.
func (l *simLife) Read(ctx context.Context, p analytics.Partition, from analytics.Pos) (actors.BlockReader, error) {
	return l.simDisk.log.Read(ctx, p, from)
}

// Bounds implements actors.EventLog.
func (l *simLife) Bounds(p analytics.Partition) (first, next analytics.Pos, err error) {
	return l.simDisk.log.Bounds(p)
}

// TruncateBefore implements actors.EventLog.
func (l *simLife) TruncateBefore(p analytics.Partition, pos analytics.Pos) error {
	return l.meet(new(simTrouble), func() error { return l.simDisk.log.TruncateBefore(p, pos) })
}

// Rewrite implements actors.EventLog. The copy takes its time, while blocks are appended and folded.
func (l *simLife) Rewrite(ctx context.Context, settle func() error, change func([]byte) ([]byte, error)) error {
	step := func() error { return l.meet(&l.rewrites, func() error { return ctx.Err() }) }
	slow := func() error {
		if err := settle(); err != nil {
			return err
		}
		return step()
	}
	n := 0
	err := l.simDisk.log.Rewrite(ctx, slow, func(block []byte) ([]byte, error) {
		if n++; n%16 == 1 {
			if err := step(); err != nil {
				return nil, err
			}
		}
		return change(block)
	})
	if err != nil {
		return err
	}
	return step()
}

// TailBytes and TailBlocks tell the debt.
func (l *simLife) TailBytes() int64 { return l.simDisk.log.TailBytes() }

// TailBlocks counts what is not cut.
func (l *simLife) TailBlocks() int { return l.simDisk.log.TailBlocks() }

// Close implements actors.EventLog; the disk outlives the process.
func (l *simLife) Close() error { return nil }

// lose makes one site's root unreadable, and that of all others readable.
func (l *simLife) lose(site analytics.SiteID) {
	l.guard.Lock()
	defer l.guard.Unlock()
	l.lost = site
}

// Root implements actors.StateStore.
func (l *simLife) Root(site analytics.SiteID) (root []byte, ok bool, err error) {
	l.guard.Lock()
	lost := l.lost == site
	l.guard.Unlock()
	if lost {
		return nil, false, errSimFault
	}
	err = l.read(func() error {
		root, ok, err = l.store.Root(site)
		return err
	})
	return root, ok, err
}

// Blob implements actors.StateStore.
func (l *simLife) Blob(site analytics.SiteID, id uint64) (data []byte, err error) {
	err = l.read(func() error {
		data, err = l.store.Blob(site, id)
		return err
	})
	return data, err
}

// BlobRange implements actors.StateStore.
func (l *simLife) BlobRange(site analytics.SiteID, id uint64, off, n uint32) (data []byte, err error) {
	err = l.read(func() error {
		data, err = l.store.BlobRange(site, id, off, n)
		return err
	})
	return data, err
}

// Commit implements actors.StateStore. A name that a durable root gave to a blob must never be given to another: readers may keep the first,
// and a commit that is cut short would take it away.
func (l *simLife) Commit(checkpoints []actors.Checkpoint) error {
	err := l.meet(&l.commits, func() error {
		l.reveal()
		l.mu.Lock()
		for _, c := range checkpoints {
			for id := range c.Put {
				if _, err := l.store.Blob(c.Site, id); err == nil {
					l.wrong = append(l.wrong, fmt.Sprintf("blob %d of %s is written a second time", id, c.Site))
				}
			}
		}
		l.mu.Unlock()
		return l.store.Commit(checkpoints)
	})
	if errors.Is(err, errSimFault) && l.coin() {
		l.mu.Lock()
		l.unseen = checkpoints
		l.mu.Unlock()
	}
	return err
}

func (l *simLife) coin() bool {
	l.guard.Lock()
	defer l.guard.Unlock()
	return l.rng.IntN(2) == 0
}

// Drop implements actors.StateStore.
func (l *simLife) Drop(site analytics.SiteID) error {
	return l.meet(&l.commits, func() error { return l.store.Drop(site) })
}
