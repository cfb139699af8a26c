package log

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft-wal/fs"

	"github.com/ztas-io/ztas/actors"
)

const (
	reserveFile  = "reserve"
	spaceMaxAge  = 200 * time.Millisecond
	leastFree    = 1 << 30 // bytes
	leastPercent = 5       // of the disk
)

// space guards the free bytes of the log's disk. It belongs to whoever holds the log's writer token.
type space struct {
	cfg      *Config
	asked    time.Time
	err      error // the last answer
	reserved bool
	lent     atomic.Int64 // bytes that a rewrite takes for now: they do not count as taken
}

// check returns ErrNoSpace while too little is free. A disk that cannot be asked counts as free: the write itself will tell.
func (s *space) check(now time.Time) error {
	if !s.asked.IsZero() && now.Sub(s.asked) < spaceMaxAge {
		return s.err
	}
	s.asked, s.err = now, nil
	free, total, err := s.cfg.FreeSpace(s.cfg.Dir)
	if err != nil {
		s.cfg.Logger.Warn("cannot ask for free space", "err", err)
		return nil
	}
	least := s.least(total)
	if s.usable(free, least) < least {
		s.err = fmt.Errorf("%d bytes are free, %d must stay: %w", free, least, actors.ErrNoSpace)
	}
	if free < uint64(s.cfg.ReserveBytes) {
		s.release()
	} else if s.err == nil && free >= least+uint64(s.cfg.ReserveBytes) {
		s.reserve()
	}
	return s.err
}

// least is how many bytes must stay free on a disk with so many.
func (s *space) least(total uint64) uint64 {
	if s.cfg.MinFreeSpace > 0 {
		return s.cfg.MinFreeSpace
	}
	return max(leastFree, total/100*leastPercent)
}

// usable is what appends have: as long as half of what must stay is there, what is lent counts as free.
func (s *space) usable(free, least uint64) uint64 {
	if free < least/2 {
		return free
	}
	return free + uint64(s.lent.Load())
}

// lend gives a rewrite bytes for files that will take the place of larger ones, or go. It may take half of what must stay free, without appends being
// refused for that, and otherwise gets ErrNoSpace. Where appends are refused anyway it may take all: an erase is how space comes back.
func (s *space) lend(bytes int64) error {
	free, total, err := s.cfg.FreeSpace(s.cfg.Dir)
	if err != nil {
		s.cfg.Logger.Warn("cannot ask for free space", "err", err)
		return nil
	}
	least := s.least(total)
	if free < least/2+uint64(bytes) && s.usable(free, least) >= least {
		return fmt.Errorf("%d bytes are free, a copy needs %d, and %d must stay: %w", free, bytes, least/2, actors.ErrNoSpace)
	}
	s.lent.Add(bytes)
	return nil
}

// reserve sets bytes aside.
func (s *space) reserve() {
	if s.reserved || s.cfg.ReserveBytes == 0 {
		return
	}
	path := filepath.Join(s.cfg.Dir, reserveFile)
	if info, err := os.Stat(path); err == nil && info.Size() == s.cfg.ReserveBytes {
		s.reserved = true
		return
	}
	_ = os.Remove(path)
	f, err := fs.New().Create(s.cfg.Dir, reserveFile, uint64(s.cfg.ReserveBytes))
	if err != nil {
		s.cfg.Logger.Warn("cannot make the reserve file", "err", err)
		_ = os.Remove(path)
		return
	}
	f.Close()
	s.reserved = true
}

// release gives the bytes back, for cuts and checkpoints, and tells whether there were any.
func (s *space) release() bool {
	err := os.Remove(filepath.Join(s.cfg.Dir, reserveFile))
	s.reserved = false
	if err == nil {
		s.cfg.Logger.Warn("the disk is full: gave the reserve file back", "bytes", s.cfg.ReserveBytes)
	}
	return err == nil
}
