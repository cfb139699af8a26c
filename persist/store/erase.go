package store

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/dgraph-io/badger/v4"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

// erase deletes everything under the prefixes in two steps that may each be repeated: first by transactions, which end the names of files too, so
// that readers and watchers see it like any deletion and a crash leaves nothing that Open does not clean; then by rewriting the tables that
// hold the keys, since a deletion leaves the values readable.
func (s *Store) erase(t *tx, prefixes [][]byte) error {
	if err := s.commit(t); err != nil {
		return err
	}
	for _, prefix := range prefixes {
		if err := s.eraseKeys(t, prefix); err != nil {
			return err
		}
	}
	if err := s.commit(t); err != nil {
		return err
	}
	t.txn.Discard()
	if err := s.files.sync(); err != nil {
		return s.fail(err)
	}
	if err := s.db.DropPrefix(prefixes...); err != nil {
		return s.fail(fmt.Errorf("drop prefix: %w", err))
	}
	for _, prefix := range prefixes { // a compaction that fails inside DropPrefix is only logged
		if err := s.checkErased(prefix); err != nil {
			return s.fail(err)
		}
	}
	if err := syncDir(s.cfg.Dir); err != nil {
		return s.fail(err)
	}
	s.renew(t)
	return nil
}

func (s *Store) eraseKeys(t *tx, prefix []byte) error {
	txn := s.db.NewTransactionAt(s.seq.Load(), false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := s.eraseKey(t, it.Item().KeyCopy(nil)); err != nil {
			return err
		}
	}
	// Badger drops nothing under a prefix without a living key, however many dead values there are: so one has to live.
	key := placeholder(prefix)
	if err := s.room(t, len(key)+entryCost, 1); err != nil {
		return err
	}
	if err := t.set(key, encodeErased(key)); err != nil {
		return s.fail(err)
	}
	return nil
}

func (s *Store) eraseKey(t *tx, key []byte) error {
	if err := s.room(t, len(key)+entryCost+fileKeyCost, 2); err != nil {
		return err
	}
	old, ok, err := s.readOld(t, key)
	if err != nil {
		return s.fail(err)
	}
	if ok && old.isFile {
		if err := s.forget(t, key); err != nil {
			return err
		}
	}
	if err := t.delete(key); err != nil {
		return s.fail(err)
	}
	if k, err := persist.DecodeKey(key); ok && err == nil && k.Kind == persist.MetadataKey {
		t.changes = append(t.changes, persist.Change{Key: k.Metadata, Rev: t.seq, Deleted: true})
	}
	return nil
}

// placeholder is a key under the prefix that can be decoded and means nothing with an erased value.
func placeholder(prefix []byte) []byte {
	if k, err := persist.DecodeKey(prefix); err == nil && k.Kind == persist.MetadataKey {
		return prefix
	}
	if bytes.Equal(prefix, persist.MetadataPrefix("")) {
		return persist.MetadataPrefix("\x00")
	}
	site := analytics.SiteID(prefix[2:]) // persist.SitePrefix
	return persist.Key{Kind: persist.SiteUnfinishedKey, Site: site}.Encode()
}

func (s *Store) checkErased(prefix []byte) error {
	txn := s.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, AllVersions: true})
	defer it.Close()
	if it.Rewind(); it.Valid() {
		return errors.New("keys are left after dropping their prefix")
	}
	return nil
}
