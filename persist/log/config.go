package log

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hashicorp/raft-wal/fs"
	"github.com/hashicorp/raft-wal/types"
)

// Config says where a WAL lies and how much it may take.
type Config struct {
	Dir string // the log's own directory, made when missing; one process at a time

	MinFreeSpace uint64 // bytes that must stay free for Append; 0: the larger of 1 GiB and 5 % of the disk
	ReserveBytes int64  // size of the reserve file; 0: none
	SegmentBytes int    // size at which a segment file ends, 64 KiB to 1 GiB
	RecentBytes  int    // newest blocks kept in memory for readers at the tail; a reader behind them reads the disk

	MarkInterval time.Duration // at most so old is the high-water mark while blocks are written
	Logger       *slog.Logger  // nil: silent
	Metrics      *Metrics      // nil: not exported

	// FreeSpace answers how many bytes of the disk that holds dir are free to us, and how many there are; nil asks the system. It is called
	// at most every 200 ms, and for each segment that a rewrite makes, by one goroutine at a time.
	FreeSpace func(dir string) (free, total uint64, err error)

	vfs types.VFS // the files below raft-wal; tests put faults here
}

// DefaultConfig is the configuration of one node for the directory.
func DefaultConfig(dir string) Config {
	return Config{
		Dir:          dir,
		ReserveBytes: 4 << 20,
		SegmentBytes: 16 << 20,
		RecentBytes:  4 << 20, // three seconds of 20,000 events
		MarkInterval: time.Second,
	}
}

// Validate finds values that cannot work.
func (c *Config) Validate() error {
	switch {
	case c.Dir == "":
		return errors.New("log: Dir is empty")
	case c.SegmentBytes < 64<<10 || c.SegmentBytes > 1<<30:
		return fmt.Errorf("log: SegmentBytes is %d, want 65536 to 1073741824", c.SegmentBytes)
	case c.ReserveBytes < 0:
		return fmt.Errorf("log: ReserveBytes is %d, want 0 or more", c.ReserveBytes)
	case c.RecentBytes < 0:
		return fmt.Errorf("log: RecentBytes is %d, want 0 or more", c.RecentBytes)
	case c.MarkInterval <= 0 || c.MarkInterval > time.Minute:
		return fmt.Errorf("log: MarkInterval is %v, want more than 0 and at most 1m", c.MarkInterval)
	}
	return nil
}

// fillDisk lets appends have the disk's last byte: a log that is made anew of what there is takes no new events, which are what has to stop in time.
func (c *Config) fillDisk() { c.MinFreeSpace, c.ReserveBytes = 1, 0 }

// dirMode is that of the log's folders: whoever may enter the data directory may still not read the log.
const dirMode = 0o700

// complete fills what may be left out.
func (c *Config) complete() {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Logger = c.Logger.With("component", "log")
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	if c.FreeSpace == nil {
		c.FreeSpace = freeSpace
	}
	if c.vfs == nil {
		c.vfs = fs.New()
	}
	c.vfs = fullDisk{c.vfs}
}
