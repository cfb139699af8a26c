package store

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/ztas-io/ztas/persist"
)

// request is what a caller brings to the writer: units of checkpoints, a metadata transaction, prefixes to erase, or nothing, which only asks
// whether the store can write.
type request struct {
	units []unit
	ops   []persist.Op
	drop  [][]byte
	done  chan error
}

// submit hands a request over and waits for its end.
func (s *Store) submit(r *request) error {
	r.done = make(chan error, 1)
	select {
	case s.requests <- r:
		return <-r.done
	case <-s.closing:
		return persist.ErrClosed
	}
}

// write is the writer: it takes all who wait, packs them, commits, answers.
func (s *Store) write() {
	for {
		select {
		case <-s.closing:
			return
		case r := <-s.requests:
			s.serve(s.gather(r))
		}
	}
}

func (s *Store) gather(first *request) []*request {
	batch := []*request{first}
	for len(batch) < maxUnits {
		select {
		case r := <-s.requests:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

func (s *Store) serve(batch []*request) {
	if err := s.revive(); err != nil {
		for _, r := range batch {
			r.done <- err
		}
		return
	}
	t := s.begin()
	for i, r := range batch {
		refused, err := s.place(t, r)
		if err != nil { // the storage failed: nothing of what is left is known
			s.abandon(t, batch[i:], err)
			return
		}
		if refused != nil {
			r.done <- refused
		} else {
			t.waiting = append(t.waiting, r)
		}
	}
	if err := s.commit(t); err != nil {
		s.abandon(t, nil, err)
	}
}

func (s *Store) abandon(t *tx, rest []*request, err error) {
	t.txn.Discard()
	for _, r := range append(t.waiting, rest...) {
		r.done <- err
	}
}

// place puts a request into the transaction, committing it when it is full. refused is an answer for this request alone.
func (s *Store) place(t *tx, r *request) (refused, err error) {
	switch {
	case r.drop != nil:
		return nil, s.erase(t, r.drop)
	case r.ops != nil:
		return s.placeOps(t, r.ops)
	}
	for i := range r.units {
		if err := s.placeUnit(t, &r.units[i]); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// tx is the transaction that the writer fills. After a commit it begins anew.
type tx struct {
	txn     *badger.Txn
	seq     uint64
	cost    int // bytes
	entries int
	bytes   int              // of roots and blobs
	files   int              // named minus no longer named
	unlink  []uint64         // files that nothing names after the commit
	changes []persist.Change // for the watchers
	revs    map[string]uint64
	waiting []*request // answered after the commit
}

func (s *Store) begin() *tx {
	t := &tx{}
	s.renew(t)
	return t
}

func (s *Store) renew(t *tx) {
	seq := s.seq.Load()
	*t = tx{txn: s.db.NewTransactionAt(seq, true), seq: seq + 1}
}

// room commits what there is unless cost and entries still fit.
func (s *Store) room(t *tx, cost, entries int) error {
	if t.cost+cost <= maxTxBytes && t.entries+entries <= maxTxEntries {
		return nil
	}
	return s.commit(t)
}

func (t *tx) set(key, val []byte) error {
	t.cost += len(key) + len(val) + entryCost
	t.entries++
	return t.txn.Set(key, val)
}

func (t *tx) delete(key []byte) error {
	t.cost += len(key) + entryCost
	t.entries++
	return t.txn.Delete(key)
}

// commit makes the transaction durable, then visible, then known: number, mark, files, watchers, callers, in this order. t begins anew.
func (s *Store) commit(t *tx) error {
	if t.entries > 0 {
		key := persist.Key{Kind: persist.SequenceKey}.Encode()
		if err := t.txn.Set(key, encodeInline(key, le64(t.seq))); err != nil {
			return s.fail(err)
		}
		start := time.Now()
		err := s.commitAt(t.txn, t.seq)
		if err == nil {
			err = s.syncTables()
		}
		if err == nil {
			err = s.mark.store(t.seq)
		}
		if err != nil {
			return s.fail(err)
		}
		s.metrics.commitDuration.Observe(time.Since(start).Seconds())
		s.metrics.blobBytes.Add(float64(t.bytes))
		s.metrics.files.Add(float64(t.files))
		s.seq.Store(t.seq)
		s.db.SetDiscardTs(s.readers.oldest(t.seq))
		for _, n := range t.unlink {
			if err := s.files.unlink(n); err != nil { // Open deletes it
				s.log.Warn("file stays behind until the next start", "file", n, "error", err)
			}
		}
		s.watch.publish(t.changes)
	}
	t.txn.Discard()
	for _, r := range t.waiting {
		r.done <- nil
	}
	s.renew(t)
	return nil
}

// syncTables syncs Badger's directory when an entry in it is new: Badger makes its logs without doing so.
func (s *Store) syncTables() error {
	info, err := os.Stat(s.cfg.Dir)
	if err != nil {
		return fmt.Errorf("sync store directory: %w", err)
	}
	now := time.Now()
	if !s.entries.mayBeNew(info.ModTime(), now) {
		return nil
	}
	if err := syncDir(s.cfg.Dir); err != nil {
		return err
	}
	s.entries.synced = now
	return nil
}

// entries tells whether a directory may have entries that are not synced. The time of its last change is only compared with the one before, as the
// clock may have been set; how long ago something was is told by the monotonic clock.
type entries struct {
	changed time.Time // the directory's last change, as it was last seen
	seen    time.Time // when it was first seen
	synced  time.Time // when the last sync began
}

// coarsest is how long a file system may give changes the same time: FAT does for 2 s, ext4 and XFS for some ms.
const coarsest = 2 * time.Second

// mayBeNew takes the time of the directory's last change and the time after it was read. A sync has all changes of that time only if it began when
// no other could have it any more.
func (e *entries) mayBeNew(changed, now time.Time) bool {
	if !changed.Equal(e.changed) {
		e.changed, e.seen = changed, now
	}
	return e.synced.Sub(e.seen) < coarsest
}

// fail notes that the storage failed: a sync that failed once must not be tried again as if nothing had happened, so from now on nothing is
// acknowledged until revive.
func (s *Store) fail(err error) error {
	s.failure = fmt.Errorf("store failed: %w", err)
	s.retryAt = time.Now().Add(reviveAfter)
	s.failing.Store(true)
	s.log.Error("store failed; it is opened again before the next write", "error", err)
	return s.failure
}

const reviveAfter = time.Second

// revive closes a failed Badger and opens it again, at most once a second; what was written meanwhile is either there whole or not at all.
func (s *Store) revive() error {
	if s.failure == nil {
		return nil
	}
	if time.Now().Before(s.retryAt) {
		return s.failure
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		if err := s.db.Close(); err != nil {
			s.log.Warn("closing the failed store", "error", err)
		}
		s.db = nil
	}
	if _, err := s.openDB(); err != nil {
		s.retryAt = time.Now().Add(reviveAfter)
		s.failure = fmt.Errorf("store failed and could not be opened again: %w", err)
		return s.failure
	}
	s.failure = nil
	s.failing.Store(false)
	s.log.Info("store was opened again")
	return nil
}

// readOld gives the value that a key has for this transaction; ok is false when there is none or it is damaged, which deleting it ends.
func (s *Store) readOld(t *tx, key []byte) (v value, ok bool, err error) {
	v, _, err = get(t.txn, key)
	switch {
	case err == nil:
		return v, true, nil
	case errors.Is(err, badger.ErrKeyNotFound):
		return v, false, nil
	case errors.Is(err, persist.ErrCorrupt):
		s.log.Error("a damaged value was replaced", "error", err)
		return v, false, nil
	}
	return v, false, err
}
