package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/persist"
)

var (
	_ actors.StateStore = (*Store)(nil)
	_ persist.MetaStore = (*Store)(nil)
)

// Store is the store on disk. Safe for concurrent use.
type Store struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics
	files   *blobFiles
	mark    *mark
	watch   *watchers

	mu      sync.RWMutex // held for reading while db is used, for writing while it is exchanged
	db      *badger.DB   // nil when closed, or when opening it again failed
	readers readers
	seq     atomic.Uint64 // the newest durable transaction
	damage  atomic.Pointer[error]

	requests chan *request
	closing  chan struct{}
	once     sync.Once
	closed   error
	running  sync.WaitGroup

	failing atomic.Bool // a write failed and Badger was not opened again yet
	// The following belong to the writer.
	failure  error
	retryAt  time.Time
	entries  entries
	commitAt func(txn *badger.Txn, seq uint64) error // Badger's commit; tests make it fail
}

// Open opens or makes the store in cfg.Dir, finishes what a crash interrupted and starts the writer. Errors: ErrInUse, persist.ErrCorrupt when
// acknowledged data is missing, or what the disk says.
func Open(cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		cfg: cfg, log: log.With("component", "store"), watch: newWatchers(),
		requests: make(chan *request), closing: make(chan struct{}),
		commitAt: func(txn *badger.Txn, seq uint64) error { return txn.CommitAt(seq, nil) },
	}
	var err error
	if s.metrics, err = newMetrics(cfg.Registerer); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err = os.MkdirAll(cfg.Dir, dirMode); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if s.files, err = openBlobFiles(filepath.Join(cfg.Dir, blobDir)); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err = syncDir(filepath.Dir(filepath.Clean(cfg.Dir))); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if s.mark, err = openMark(filepath.Join(cfg.Dir, "mark")); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	unchecked, err := s.openDB()
	if err != nil {
		return nil, errors.Join(err, s.mark.close())
	}
	s.running.Go(s.write)
	s.running.Go(func() { s.verifyTables(unchecked) })
	return s, nil
}

// openDB opens Badger, with s.mu held or nobody there yet. It returns the tables that are still to be checked.
func (s *Store) openDB() (unchecked []string, err error) {
	marked := s.mark.load()
	unchecked, err = s.preflight(marked)
	if err != nil {
		return nil, err
	}
	if err := s.removeEmptyLogs(); err != nil {
		return nil, err
	}
	db, err := openBadger(s.cfg.Dir, s.log)
	if err != nil {
		return nil, err
	}
	s.db = db
	if err = s.reconcile(marked); err != nil {
		s.db = nil
		return nil, errors.Join(err, db.Close())
	}
	return unchecked, nil
}

// reconcile brings the opened Badger and the files together: checks the mark, ends unfinished commits, deletes files without a name.
func (s *Store) reconcile(marked uint64) error {
	seq, err := s.readSequence()
	if err != nil {
		return err
	}
	if seq < marked {
		return s.lostTransactions(seq, marked)
	}
	s.seq.Store(seq)
	s.db.SetDiscardTs(seq)
	if err := s.finish(); err != nil {
		return fmt.Errorf("end unfinished commits: %w", err)
	}
	used, err := s.usedFiles()
	if err != nil {
		return err
	}
	removed, err := s.files.sweep(used)
	if err != nil {
		return err
	}
	s.metrics.files.Set(float64(len(used)))
	s.log.Info("store is open", "sequence", seq, "files", len(used), "files_deleted", removed)
	return nil
}

func (s *Store) lostTransactions(seq, marked uint64) error {
	return fmt.Errorf("store %s ends at transaction %d, but %d was acknowledged: %w: restore a backup, or delete the file %s to go on without them",
		s.cfg.Dir, seq, marked, persist.ErrCorrupt, filepath.Join(s.cfg.Dir, "mark"))
}

func (s *Store) readSequence() (uint64, error) {
	key := persist.Key{Kind: persist.SequenceKey}.Encode()
	txn := s.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	v, version, err := get(txn, key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		if newest := s.db.MaxVersion(); newest != 0 {
			return 0, fmt.Errorf("store %s has no sequence, but transaction %d: %w", s.cfg.Dir, newest, persist.ErrCorrupt)
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("sequence of the store: %w", err)
	}
	if len(v.inline) != 8 || binary.LittleEndian.Uint64(v.inline) != version {
		return 0, fmt.Errorf("sequence of the store: %w", persist.ErrCorrupt)
	}
	return version, nil
}

func (s *Store) usedFiles() (map[uint64]struct{}, error) {
	used := map[uint64]struct{}{}
	err := eachKey(s.db, persist.FilesPrefix(), s.seq.Load(), func(k persist.Key) { used[k.Number] = struct{}{} })
	if err != nil {
		return nil, fmt.Errorf("list files in use: %w", err)
	}
	return used, nil
}

// Close ends the writer after its current transaction, refuses everything that waits or comes later with persist.ErrClosed, and closes Badger.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.closing)
		s.running.Wait()
		s.watch.close()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.db != nil {
			s.closed = s.db.Close()
			s.db = nil
		}
		s.closed = errors.Join(s.closed, s.mark.close())
	})
	return s.closed
}

// view runs fn on what is durable now. Nothing that fn sees can go away while it runs.
func (s *Store) view(fn func(txn *badger.Txn) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	select {
	case <-s.closing:
		return persist.ErrClosed
	default:
	}
	if s.db == nil {
		return errors.New("store failed and could not be opened again yet")
	}
	ts := s.readers.begin(&s.seq)
	defer s.readers.end(ts)
	txn := s.db.NewTransactionAt(ts, false)
	defer txn.Discard()
	return fn(txn)
}

// missing is the answer for a key that is not there: why, or that a damaged table may have held it.
func (s *Store) missing(why error) error {
	if damage := s.damage.Load(); damage != nil {
		return *damage
	}
	return why
}

// get reads a key; the value is a copy. Errors: badger.ErrKeyNotFound, persist.ErrCorrupt.
func get(txn *badger.Txn, key []byte) (value, uint64, error) {
	item, err := txn.Get(key)
	if err != nil {
		return value{}, 0, err
	}
	raw, err := item.ValueCopy(nil)
	if err != nil {
		return value{}, 0, fmt.Errorf("read value: %w", err)
	}
	v, err := decodeValue(key, raw)
	if v.isErased {
		err = badger.ErrKeyNotFound
	}
	return v, item.Version(), err
}

// eachKey calls fn for the keys with a prefix as of ts, in order.
func eachKey(db *badger.DB, prefix []byte, ts uint64, fn func(persist.Key)) error {
	txn := db.NewTransactionAt(ts, false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		k, err := persist.DecodeKey(it.Item().Key())
		if err != nil {
			return fmt.Errorf("%w: %w", err, persist.ErrCorrupt)
		}
		fn(k)
	}
	return nil
}
