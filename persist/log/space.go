package log

import (
	"fmt"
	"os"
	"path/filepath"
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
	least := s.cfg.MinFreeSpace
	if least == 0 {
		least = max(leastFree, total/100*leastPercent)
	}
	if free < least {
		s.err = fmt.Errorf("%d bytes are free, %d must stay: %w", free, least, actors.ErrNoSpace)
	}
	if free < uint64(s.cfg.ReserveBytes) {
		s.release()
	} else if s.err == nil && free-least >= uint64(s.cfg.ReserveBytes) {
		s.reserve()
	}
	return s.err
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
