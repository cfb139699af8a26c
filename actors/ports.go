package actors

import (
	"context"
	"errors"

	"github.com/ztas-io/ztas/analytics"
)

// EventLog is the durable, ordered history: for each partition a sequence of blocks with dense positions from 1. Safe for concurrent use.
type EventLog interface {
	// Append writes at most one block a partition and returns after all are synced (or a quorum has them). On an error nothing is known of
	// the blocks: they may appear in the log later. ErrNoSpace means that the free-space guard refused before anything was written. Once an
	// Append of nothing succeeds, what may still appear has appeared, and Bounds counts it.
	Append(ctx context.Context, blocks []LogBlock) ([]analytics.Pos, error)
	// Read gives the partition's blocks from a position on, in order and without gap; it follows the tail.
	Read(ctx context.Context, p analytics.Partition, from analytics.Pos) (BlockReader, error)
	// Bounds returns the first position that is kept and the next one that will be given.
	Bounds(p analytics.Partition) (first, next analytics.Pos, err error)
	// TruncateBefore allows the log to forget the positions below pos. A shared log cuts at the lowest. Without an error the bytes of a log that is
	// allowed to forget everything are gone.
	TruncateBefore(p analytics.Partition, pos analytics.Pos) error
	// Rewrite replaces every block by what change makes of it, at its position, beside appends, of the blocks that are there when it begins and that
	// are still kept once settle has returned. It calls settle after its beginning, and change only after that; change must not keep the bytes.
	// Without an error the old bytes are gone, and those of all that the log was allowed to forget before settle returned. After an error, as after a
	// crash, either all of these blocks are the old ones or all are new. It ends soon after ctx.
	Rewrite(ctx context.Context, settle func() error, change func(block []byte) ([]byte, error)) error
	Close() error
}

// LogBlock is one encoded block (analytics.Block) on its way to the log.
type LogBlock struct {
	Partition analytics.Partition
	Data      []byte
}

// BlockReader follows one partition. It belongs to one goroutine.
type BlockReader interface {
	// Next blocks until the next block is there, ctx is done or the log is closed (ErrLogClosed). The bytes must not be changed. After an error it
	// may be asked again.
	Next(ctx context.Context) (analytics.Pos, []byte, error)
	Close() error
}

// Errors that an EventLog returns.
var (
	ErrNoSpace      = errors.New("not enough free space")
	ErrLogClosed    = errors.New("log is closed")
	ErrLogSuspended = errors.New("log is suspended after a storage error") // until it can be opened again, which every Append tries
)

// StateStore keeps the checkpoints of sites. Safe for concurrent use.
type StateStore interface {
	// Root returns the site's newest root; ok is false when there is none.
	Root(site analytics.SiteID) (root []byte, ok bool, err error)
	// Blob returns an immutable value that a committed root of the site names; ErrNoBlob when there is none (any more).
	Blob(site analytics.SiteID, id uint64) ([]byte, error)
	// BlobRange returns n bytes of such a value from an offset on, fewer where it ends before. Whether they are damaged is the caller's to see.
	BlobRange(site analytics.SiteID, id uint64, off, n uint32) ([]byte, error)
	// Commit makes each checkpoint durable: its new blobs first, then, in one transaction, its root and the end of its dropped blobs. After an
	// error a checkpoint may be there or not; once a Commit of nothing succeeds, Root tells.
	Commit(checkpoints []Checkpoint) error
	// Drop removes everything of a site.
	Drop(site analytics.SiteID) error
}

// Watcher hears where the events of sites land. It is asked by the sites' actors and must not ask them anything meanwhile.
type Watcher interface {
	// Wants tells whether anybody listens to the site. It is asked before every block.
	Wants(site analytics.SiteID) bool
	// Landed hears of the events that a block stored and of the alerts that fired in it: in the order of the log, after a restart again from the
	// newest checkpoint on. The lists are the watcher's until it returns.
	Landed(site analytics.SiteID, pos analytics.Pos, landed []analytics.Landed, fired []*analytics.Firing)
	// Flush returns once everything that was heard of the site is durable. A checkpoint waits for it.
	Flush(ctx context.Context, site analytics.SiteID) error
}

// nobody is the Watcher of a system without one.
type nobody struct{}

func (nobody) Wants(analytics.SiteID) bool                                                     { return false }
func (nobody) Landed(analytics.SiteID, analytics.Pos, []analytics.Landed, []*analytics.Firing) {}
func (nobody) Flush(context.Context, analytics.SiteID) error                                   { return nil }

// siteBlobs are the blobs of one site (analytics.Blobs).
type siteBlobs struct {
	store StateStore
	site  analytics.SiteID
}

// BlobsOf are the blobs of a site.
func BlobsOf(store StateStore, site analytics.SiteID) analytics.Blobs { return siteBlobs{store, site} }

// Blob returns a whole blob.
func (b siteBlobs) Blob(id uint64) ([]byte, error) { return b.store.Blob(b.site, id) }

// BlobRange returns a part of a blob.
func (b siteBlobs) BlobRange(id uint64, off, n uint32) ([]byte, error) {
	return b.store.BlobRange(b.site, id, off, n)
}

// ErrNoBlob is returned for a blob that no root names.
var ErrNoBlob = errors.New("no such blob")

// Checkpoint is one site's new root with the blobs it adds and the ones that nothing names any more.
type Checkpoint struct {
	Site analytics.SiteID
	Root []byte
	Put  map[uint64][]byte
	Free []uint64
}
