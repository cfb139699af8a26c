// Package salts keeps the salts that visitor ids are derived from: 32 random bytes a local day, shared by all sites, in memory and in one file
// of their own, outside log, checkpoints and backups. Once a salt is destroyed nobody can compute that day's ids again.
//
//	A1  A salt is on the disk before it is used for the first time, so a restart does not split a day's visitors.
//	A2  It is destroyed 48 h after 24:00 UTC of its day, by the clock alone, and from then on the day is refused. Should the clock have jumped and
//	    come back, a day whose time has not passed (again) gets a new salt: refusing its events would be worse than counting its visitors twice.
//	A3  Salts of imports are in memory only. They are destroyed when the import ends or nobody asked for them for an hour.
//
// Destroying is done as well as it can be from here: the memory is overwritten, and of the file, which is written anew without the salt, the old
// bytes are overwritten with zeros before the file system gets them back, by the next start if this process is killed in between. A file system that copies on write, an SSD or a swapped page may keep a
// copy; where that matters the data directory belongs on an encrypted volume without swap.
//
// # The file
//
// Mode 0600, integers little-endian, nothing else in it:
//
//	0    "ztS1"
//	4    for each day, ascending: day i32 (days since 1970-01-01), salt 32 bytes
//	end  CRC32C u32 over all before
package salts

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Keep is how long after 24:00 UTC of its day a salt lives; ImportIdle how long an import's does after its last use.
const (
	Keep       = 48 * time.Hour
	ImportIdle = time.Hour
)

// ahead is how many days after today (UTC) a local date may be: one by its zone, one for a clock that is about to be set.
const ahead = 2

// Errors of salts.
var (
	ErrDestroyed = errors.New("the salt of this day was destroyed")
	ErrFuture    = errors.New("day is in the future")
	ErrCorrupt   = errors.New("salts file is damaged")
	ErrClosed    = errors.New("salts are closed")
)

// Store gives out salts. Safe for concurrent use.
type Store struct {
	path string
	now  func() time.Time
	log  *slog.Logger

	mu      sync.RWMutex
	days    map[analytics.Day]*[32]byte
	isStale bool // the file may hold salts that are destroyed
	closed  bool

	importMu sync.Mutex
	imports  map[importDay]*importSalt
}

type importDay struct {
	site analytics.SiteID
	day  analytics.Day
}

type importSalt struct {
	salt [32]byte
	used time.Time
}

// Open reads the file, or begins without salts when there is none; what is due is destroyed. now is the clock; log may be nil. Errors:
// ErrCorrupt, or what the disk says.
func Open(path string, now func() time.Time, log *slog.Logger) (*Store, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{path: path, now: now, log: log.With("component", "salts"), imports: map[importDay]*importSalt{}}
	if err := destroyFile(tempPath(path)); err != nil { // a crash left it: it may hold salts
		return nil, fmt.Errorf("open salts: %w", err)
	}
	if err := destroyOld(path); err != nil {
		return nil, fmt.Errorf("open salts: %w", err)
	}
	var err error
	if s.days, err = readFile(path); err != nil {
		return nil, fmt.Errorf("open salts: %w", err)
	}
	if err := s.Sweep(); err != nil {
		return nil, fmt.Errorf("open salts: %w", err)
	}
	return s, nil
}

// destroyAt is the time from which a day has no salt any more.
func destroyAt(day analytics.Day) time.Time {
	return time.Unix((int64(day)+1)*86400, 0).Add(Keep)
}

// Salt returns the salt of a local day, made on first use. Errors: ErrDestroyed, ErrFuture, or what the disk says; then nothing was made.
func (s *Store) Salt(day analytics.Day) ([32]byte, error) {
	if !s.now().Before(destroyAt(day)) {
		return [32]byte{}, fmt.Errorf("salt of %s: %w", day, ErrDestroyed)
	}
	s.mu.RLock()
	if salt, ok := s.days[day]; ok {
		defer s.mu.RUnlock()
		return *salt, nil
	}
	s.mu.RUnlock()
	return s.makeSalt(day)
}

func (s *Store) makeSalt(day analytics.Day) ([32]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return [32]byte{}, ErrClosed
	}
	if salt, ok := s.days[day]; ok {
		return *salt, nil
	}
	if day > analytics.DayOf(s.now().UTC())+ahead {
		return [32]byte{}, fmt.Errorf("salt of %s: %w", day, ErrFuture)
	}
	salt := new([32]byte)
	rand.Read(salt[:]) // never fails
	days := maps.Clone(s.days)
	days[day] = salt
	err := writeFile(s.path, days)
	if errors.Is(err, errLeft) { // of salts that all live on
		s.log.Warn("making a salt", "error", err)
		err = nil
	}
	if err != nil {
		clear(salt[:])
		return [32]byte{}, fmt.Errorf("salt of %s: %w", day, err)
	}
	s.days, s.isStale = days, false
	s.log.Info("salt was made", "day", day.String())
	return *salt, nil
}

// ImportSalt returns the salt of a site's imported day, made on first use. Any day is allowed.
func (s *Store) ImportSalt(site analytics.SiteID, day analytics.Day) ([32]byte, error) {
	s.importMu.Lock()
	defer s.importMu.Unlock()
	if s.imports == nil {
		return [32]byte{}, ErrClosed
	}
	now := s.now()
	key := importDay{site, day}
	salt, ok := s.imports[key]
	if ok && salt.idle(now) {
		clear(salt.salt[:])
		ok = false
	}
	if !ok {
		salt = new(importSalt)
		rand.Read(salt.salt[:])
		s.imports[key] = salt
	}
	salt.used = now
	return salt.salt, nil
}

// idle says whether nobody used the salt for an hour. Times of time.Now are compared by the monotonic clock, which does not jump.
func (i *importSalt) idle(now time.Time) bool { return now.Sub(i.used) >= ImportIdle }

// EndImport destroys the salts of a site's imports.
func (s *Store) EndImport(site analytics.SiteID) {
	s.destroyImports(func(key importDay, _ *importSalt) bool { return key.site == site })
}

func (s *Store) destroyImports(due func(importDay, *importSalt) bool) {
	s.importMu.Lock()
	defer s.importMu.Unlock()
	maps.DeleteFunc(s.imports, func(key importDay, i *importSalt) bool {
		if !due(key, i) {
			return false
		}
		clear(i.salt[:])
		return true
	})
}

// Sweep destroys what is due. It is called once a minute or so; Open calls it too. On an error the salts are gone from memory, but may still be
// in the file: the next Sweep tries again.
func (s *Store) Sweep() error {
	now := s.now()
	s.destroyImports(func(_ importDay, i *importSalt) bool { return i.idle(now) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	due := 0
	maps.DeleteFunc(s.days, func(day analytics.Day, salt *[32]byte) bool {
		if now.Before(destroyAt(day)) {
			return false
		}
		clear(salt[:])
		due++
		return true
	})
	if due == 0 && !s.isStale {
		return nil
	}
	s.isStale = true
	err := writeFile(s.path, s.days)
	if err != nil { // also when only the old bytes are left: the next Sweep overwrites them
		return fmt.Errorf("destroy salts: %w", err)
	}
	s.isStale = false
	s.log.Info("salts were destroyed", "days", due)
	return nil
}

// Close forgets the salts in memory; the file stays for the next start.
func (s *Store) Close() error {
	s.destroyImports(func(importDay, *importSalt) bool { return true })
	s.importMu.Lock()
	s.imports = nil
	s.importMu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, salt := range s.days {
		clear(salt[:])
	}
	s.days, s.closed = nil, true
	return nil
}
