package log

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/raft-wal/types"

	"github.com/ztas-io/ztas/actors"
)

var (
	errArchived = errors.New("it is being copied")
	errReopened = errors.New("it was opened again meanwhile")
)

// Rewrite writes the kept blocks anew (L8), beside appends; see actors.EventLog. In steps, of which those marked * hold up appends:
//
//  1. * The last segment is sealed. What is replaced ends here; what is appended from now on goes to the next segment.
//  2. settle is called.
//  3. The kept blocks are copied to segments of their own (copying), under the physical indexes that end where the old ones end.
//  4. * One replacement of the list of segments puts the copies in the place of the old segments.
//  5. Files that the list does not name are deleted.
//
// The list alone decides which log is there, so after a crash nothing has to be finished; files that it does not name go when the log is opened.
// No Archive may be open. Other errors: actors.ErrLogSuspended, actors.ErrNoSpace, ErrDamaged, that of settle, change or ctx, or the one of the
// file system.
func (w *WAL) Rewrite(ctx context.Context, settle func() error, change func(block []byte) ([]byte, error)) error {
	if err := w.rewrite(ctx, settle, change); err != nil {
		return fmt.Errorf("rewrite log: %w", err)
	}
	return nil
}

func (w *WAL) rewrite(ctx context.Context, settle func() error, change func([]byte) ([]byte, error)) error {
	select {
	case w.rewriting <- struct{}{}:
		defer func() { <-w.rewriting }()
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closed:
		return actors.ErrLogClosed
	}
	if err := w.stopped(ctx); err != nil {
		return err
	}
	if err := w.saveMark(); err != nil && !(isFull(err) && w.giveReserve(ctx)) {
		return err
	}
	c := &copying{log: w, change: change}
	if err := w.seal(ctx, c); err != nil {
		return err
	}
	if err := settle(); err != nil {
		return err
	}
	if err := w.hold(ctx, c); err != nil {
		return err
	}
	err := w.copyAndReplace(ctx, c)
	w.space.lent.Store(0)
	if err := errors.Join(err, w.letGo()); err != nil {
		return err
	}
	w.cfg.Logger.Info("log rewritten", "blocks", w.TailBlocks(), "bytes", w.TailBytes())
	return nil
}

func (w *WAL) copyAndReplace(ctx context.Context, c *copying) error {
	err := c.run(ctx)
	if isFull(err) && w.giveReserve(ctx) {
		err = c.run(ctx)
	}
	var unlisted []string
	if err == nil {
		unlisted, err = w.replace(ctx, c)
	}
	if err != nil {
		if !c.listed {
			c.discard()
		}
		return err
	}
	return w.deleteUnlisted(ctx, unlisted)
}

// seal ends the last segment and uses up the numbers of the segments that the copies may get, before there is a file with one: otherwise raft-wal
// could take such a file for one of its own.
func (w *WAL) seal(ctx context.Context, c *copying) error {
	if err := w.takeQuietTurn(ctx); err != nil {
		return err
	}
	defer w.endTurn()
	if w.archived() {
		return errArchived
	}
	err := w.sealTail(c)
	if err == nil {
		return nil
	}
	w.suspend(err)
	if !isFull(err) {
		return err
	}
	if err := w.resume(); err != nil { // the reserve was given back
		return err
	}
	if err = w.sealTail(c); err != nil {
		w.suspend(err)
	}
	return err
}

func (w *WAL) sealTail(c *copying) error {
	w.mu.Lock()
	c.end, c.original = w.index.end()-1, w.crc
	frames := uint64(len(w.index.entries))
	w.mu.Unlock()
	list, ok, err := readMeta(w.cfg.Dir)
	if err != nil {
		return err
	}
	if !ok || len(list.Segments) == 0 {
		return damaged(0, 0, "the list of segments is missing")
	}
	if list.Segments[len(list.Segments)-1].BaseIndex <= c.end {
		start, err := w.phys.files.tail.ForceSeal()
		if err != nil {
			return err
		}
		list.seal(&w.cfg, c.end, start)
		shrink(w.cfg.Dir, list.Segments[len(list.Segments)-2])
	}
	c.firstID = list.NextSegmentID
	list.NextSegmentID += frames // a segment has one at least
	if err := writeMeta(w.cfg.Dir, list); err != nil {
		return err
	}
	return w.openAnew(frames > 0, func() {})
}

// hold lets nothing be cut until letGo, and says what is copied and where to.
func (w *WAL) hold(ctx context.Context, c *copying) error {
	if err := w.takeQuietTurn(ctx); err != nil {
		return err
	}
	defer w.endTurn()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.archives > 0 {
		return errArchived
	}
	w.copies = true
	c.opened = w.opened
	for _, b := range w.index.kept() {
		if b.index <= c.end {
			c.blocks = append(c.blocks, b)
		}
	}
	return nil
}

// letGo lets the log be cut again.
func (w *WAL) letGo() error {
	w.mu.Lock()
	w.copies = false
	w.mu.Unlock()
	return w.cutLater()
}

// replace puts the copies in the place of what they are copies of. It returns the names of the files that are no longer listed.
func (w *WAL) replace(ctx context.Context, c *copying) (unlisted []string, err error) {
	if err := w.takeQuietTurn(ctx); err != nil {
		return nil, err
	}
	defer w.endTurn()
	if w.archived() {
		return nil, errArchived
	}
	if w.opened != c.opened {
		return nil, errReopened // which deleted the copies
	}
	list, _, err := readMeta(w.cfg.Dir)
	if err != nil {
		return nil, err
	}
	behind := slices.DeleteFunc(list.Segments, func(s types.SegmentInfo) bool { return s.BaseIndex <= c.end })
	list.Segments, list.Seam = append(slices.Clone(c.segments), behind...), c.seam()
	c.listed = true // or not, when this fails: the next opening finds out
	if err := writeMeta(w.cfg.Dir, list); err != nil {
		w.suspend(err)
		return nil, err
	}
	w.mu.Lock()
	any := len(c.blocks) > 0 || w.index.end() > max(c.end+1, w.index.first)
	w.mu.Unlock()
	err = w.openAnew(any, func() {
		w.index = w.index.replaced(c.end, c.blocks, c.sizes)
		w.recent.cut(c.end + 1)
		w.cfg.Metrics.tailBytes.Set(float64(w.index.bytes))
	})
	if err != nil {
		w.suspend(err)
		return nil, err
	}
	return unlistedSegments(w.cfg.Dir, &list)
}

// archived tells whether places of the files are noted elsewhere.
func (w *WAL) archived() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.archives > 0
}

// stopped tells why a rewrite must not go on.
func (w *WAL) stopped(ctx context.Context) error {
	if w.isClosed() {
		return actors.ErrLogClosed
	}
	return ctx.Err()
}

// giveReserve gives the reserve file back, and tells whether there was one.
func (w *WAL) giveReserve(ctx context.Context) bool {
	if w.takeTurn(ctx) != nil {
		return false
	}
	defer w.endTurn()
	return w.space.release()
}
