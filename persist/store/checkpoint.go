package store

import (
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

// unit is a checkpoint on its way: encoded, its files written.
type unit struct {
	site  analytics.SiteID
	puts  []put
	root  put
	frees []uint64
	cost  int // bytes in a transaction
	bytes int // of its values
}

// put is one value to be named.
type put struct {
	id       uint64 // of a blob
	key, val []byte
	file     uint64 // its file, 0: none
}

func (p *put) cost() int {
	n := len(p.key) + len(p.val) + entryCost
	if p.file != 0 {
		n += fileKeyCost
	}
	return n + fileKeyCost // and the file that it may replace
}

const fileKeyCost = 1 + 8 + entryCost + 5

func freeCost(site analytics.SiteID) int { return 2 + len(site) + 1 + 8 + entryCost + fileKeyCost }

func le64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// placeUnit puts a checkpoint into the transaction, or into several when it is too large for one.
func (s *Store) placeUnit(t *tx, u *unit) error {
	entries := 3 * (len(u.puts) + 1 + len(u.frees))
	if u.cost > maxTxBytes || entries > maxTxEntries {
		return s.placeLarge(t, u)
	}
	if err := s.room(t, u.cost, entries); err != nil {
		return err
	}
	for i := range u.puts {
		if err := s.name(t, &u.puts[i]); err != nil {
			return err
		}
	}
	for _, id := range u.frees {
		if err := s.free(t, u.site, id); err != nil {
			return err
		}
	}
	t.bytes += u.bytes
	return s.name(t, &u.root)
}

// placeLarge commits a checkpoint in several transactions: its blobs, then the root's flip, then its frees. A list tells Open what to do when
// the process dies between them: before the flip the blobs are taken back, after it the frees are ended. Only one commit is unfinished at a
// time.
func (s *Store) placeLarge(t *tx, u *unit) error {
	ids := make([]uint64, len(u.puts))
	for i := range u.puts {
		ids[i] = u.puts[i].id
	}
	undo, redo := encodeList(listUndo, ids), encodeList(listRedo, u.frees)
	if err := s.commit(t); err != nil {
		return err
	}
	if err := s.setUnfinished(t, u.site, undo); err != nil {
		return err
	}
	for i := range u.puts {
		if err := s.room(t, u.puts[i].cost(), 3); err != nil {
			return err
		}
		if err := s.name(t, &u.puts[i]); err != nil {
			return err
		}
	}
	if err := s.commit(t); err != nil {
		return err
	}
	if err := s.name(t, &u.root); err != nil {
		return err
	}
	t.bytes += u.bytes
	if len(u.frees)*2 <= maxTxEntries-8 && len(u.frees)*freeCost(u.site) <= maxTxBytes-u.root.cost()-maxKeyCost {
		return s.freeAll(t, u.site, u.frees)
	}
	if err := s.setUnfinished(t, u.site, redo); err != nil {
		return err
	}
	if err := s.commit(t); err != nil {
		return err
	}
	return s.freeAll(t, u.site, u.frees)
}

const maxKeyCost = 2 * (persist.MaxSite + 64)

// freeAll ends a large commit: frees the blobs, in as many transactions as it takes, and in the last one the list.
func (s *Store) freeAll(t *tx, site analytics.SiteID, ids []uint64) error {
	for _, id := range ids {
		if err := s.room(t, freeCost(site)+maxKeyCost, 4); err != nil {
			return err
		}
		if err := s.free(t, site, id); err != nil {
			return err
		}
	}
	if err := t.delete(persist.Key{Kind: persist.SiteUnfinishedKey, Site: site}.Encode()); err != nil {
		return s.fail(err)
	}
	if err := t.delete(persist.Key{Kind: persist.UnfinishedKey}.Encode()); err != nil {
		return s.fail(err)
	}
	return s.commit(t)
}

func (s *Store) setUnfinished(t *tx, site analytics.SiteID, list []byte) error {
	flag := persist.Key{Kind: persist.UnfinishedKey}.Encode()
	if err := t.set(flag, encodeInline(flag, nil)); err != nil {
		return s.fail(err)
	}
	key := persist.Key{Kind: persist.SiteUnfinishedKey, Site: site}.Encode()
	if err := t.set(key, encodeInline(key, list)); err != nil {
		return s.fail(err)
	}
	return nil
}

// name sets a value and counts its file; the file of a value that was there before loses its name.
func (s *Store) name(t *tx, p *put) error {
	if err := s.forget(t, p.key); err != nil {
		return err
	}
	if p.file != 0 {
		key := persist.Key{Kind: persist.FileKey, Number: p.file}.Encode()
		if err := t.set(key, encodeInline(key, nil)); err != nil {
			return s.fail(err)
		}
		t.files++
	}
	if err := t.set(p.key, p.val); err != nil {
		return s.fail(err)
	}
	return nil
}

// free deletes a blob; one that does not exist is no error.
func (s *Store) free(t *tx, site analytics.SiteID, id uint64) error {
	key := persist.Key{Kind: persist.BlobKey, Site: site, Number: id}.Encode()
	if err := s.forget(t, key); err != nil {
		return err
	}
	if err := t.delete(key); err != nil {
		return s.fail(err)
	}
	return nil
}

// forget takes the name from the file of a key's present value, if it has one.
func (s *Store) forget(t *tx, key []byte) error {
	old, ok, err := s.readOld(t, key)
	if err != nil {
		return s.fail(err)
	}
	if !ok || !old.isFile {
		return nil
	}
	if err := t.delete(persist.Key{Kind: persist.FileKey, Number: old.file.number}.Encode()); err != nil {
		return s.fail(err)
	}
	t.unlink = append(t.unlink, old.file.number)
	t.files--
	return nil
}

// finish ends the commits that a crash interrupted. It runs before anybody reads.
func (s *Store) finish() error {
	flag := persist.Key{Kind: persist.UnfinishedKey}.Encode()
	t := s.begin()
	defer func() { t.txn.Discard() }()
	if _, ok, err := s.readOld(t, flag); err != nil || !ok {
		return err
	}
	lists, err := s.unfinished()
	if err != nil {
		return err
	}
	for site, list := range lists {
		_, ids, err := decodeList(list)
		if err != nil {
			return fmt.Errorf("site %s: %w", site, err)
		}
		if err := s.freeAll(t, site, ids); err != nil {
			return err
		}
		s.log.Info("an unfinished commit was ended", "site", site, "blobs", len(ids))
	}
	if err := t.delete(flag); err != nil {
		return err
	}
	return s.commit(t)
}

// unfinished finds the lists, going from site to site.
func (s *Store) unfinished() (map[analytics.SiteID][]byte, error) {
	txn := s.db.NewTransactionAt(s.seq.Load(), false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: persist.SitesPrefix()})
	defer it.Close()
	lists := map[analytics.SiteID][]byte{}
	for it.Rewind(); it.Valid(); {
		k, err := persist.DecodeKey(it.Item().Key())
		if err != nil {
			return nil, fmt.Errorf("%w: %w", err, persist.ErrCorrupt)
		}
		key := persist.Key{Kind: persist.SiteUnfinishedKey, Site: k.Site}.Encode()
		if k.Kind != persist.SiteUnfinishedKey {
			it.Seek(key)
			if !it.Valid() || string(it.Item().Key()) != string(key) {
				continue // at the next site, or at the end
			}
		}
		raw, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, err
		}
		v, err := decodeValue(key, raw)
		if err != nil {
			return nil, fmt.Errorf("site %s: %w", k.Site, err)
		}
		if !v.isErased {
			lists[k.Site] = v.inline
		}
		it.Next()
	}
	return lists, nil
}
