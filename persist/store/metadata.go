package store

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/ztas-io/ztas/persist"
)

// Get implements persist.MetaStore.
func (s *Store) Get(key string) (val []byte, rev uint64, err error) {
	if err := checkKey(key); err != nil {
		return nil, 0, err
	}
	var v value
	err = s.view(func(txn *badger.Txn) (err error) {
		v, rev, err = get(txn, persist.MetadataPrefix(key))
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		err = s.missing(persist.ErrNotFound)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("metadata %q: %w", key, err)
	}
	return v.inline, rev, nil
}

// Scan implements persist.MetaStore.
func (s *Store) Scan(prefix string, fn func(key string, val []byte) error) error {
	return s.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: persist.MetadataPrefix(prefix)})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			key := it.Item().KeyCopy(nil)
			raw, err := it.Item().ValueCopy(nil)
			if err != nil {
				return fmt.Errorf("scan metadata: %w", err)
			}
			v, err := decodeValue(key, raw)
			if err != nil {
				return fmt.Errorf("metadata %q: %w", key[1:], err)
			}
			if v.isErased {
				continue
			}
			if err := fn(string(key[1:]), v.inline); err != nil {
				return err
			}
		}
		if damage := s.damage.Load(); damage != nil {
			return *damage
		}
		return nil
	})
}

// Txn implements persist.MetaStore.
func (s *Store) Txn(ops ...persist.Op) error {
	if len(ops) == 0 {
		return nil
	}
	if err := checkOps(ops); err != nil {
		return err
	}
	return s.submit(&request{ops: ops})
}

// Watch implements persist.MetaStore.
func (s *Store) Watch(prefix string) (<-chan persist.Change, func()) { return s.watch.add(prefix) }

// Erase implements persist.MetaStore.
func (s *Store) Erase(prefixes ...string) error {
	if len(prefixes) == 0 {
		return nil
	}
	if err := checkPrefixes(prefixes); err != nil {
		return err
	}
	drop := make([][]byte, len(prefixes))
	for i, p := range prefixes {
		drop[i] = persist.MetadataPrefix(p)
	}
	if err := s.submit(&request{drop: drop}); err != nil {
		return fmt.Errorf("erase metadata: %w", err)
	}
	return nil
}

// placeOps checks what a metadata transaction expects and puts it into the writer's transaction.
func (s *Store) placeOps(t *tx, ops []persist.Op) (refused, err error) {
	cost := 0
	for _, op := range ops {
		cost += 1 + len(op.Key) + len(op.Value) + 5 + entryCost
	}
	if err := s.room(t, cost, len(ops)); err != nil {
		return nil, err
	}
	for _, op := range ops {
		if op.Expect == nil {
			continue
		}
		rev, err := s.revision(t, op.Key)
		if errors.Is(err, persist.ErrCorrupt) {
			return fmt.Errorf("metadata %q: %w", op.Key, err), nil
		}
		if err != nil {
			return nil, s.fail(err)
		}
		if rev != *op.Expect {
			return fmt.Errorf("metadata %q has revision %d, not %d: %w", op.Key, rev, *op.Expect, persist.ErrConflict), nil
		}
	}
	for _, op := range ops {
		key := persist.MetadataPrefix(op.Key)
		change := persist.Change{Key: op.Key, Rev: t.seq, Deleted: op.Delete}
		if op.Delete {
			err = t.delete(key)
		} else {
			val := encodeInline(key, op.Value)
			change.Value = val[1 : len(val)-4 : len(val)-4]
			err = t.set(key, val)
		}
		if err != nil {
			return nil, s.fail(err)
		}
		t.changes = append(t.changes, change)
		t.note(op)
	}
	return nil, nil
}

// note remembers the revision that a key has inside this transaction.
func (t *tx) note(op persist.Op) {
	if t.revs == nil {
		t.revs = map[string]uint64{}
	}
	if t.revs[op.Key] = t.seq; op.Delete {
		t.revs[op.Key] = 0
	}
}

// revision is the key's revision for this transaction; 0 when it does not exist.
func (s *Store) revision(t *tx, key string) (uint64, error) {
	if rev, ok := t.revs[key]; ok {
		return rev, nil
	}
	_, rev, err := get(t.txn, persist.MetadataPrefix(key))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, nil
	}
	return rev, err
}

func checkKey(key string) error {
	if key == "" || len(key) > persist.MaxKey {
		return fmt.Errorf("metadata key of %d bytes", len(key))
	}
	return nil
}

func checkPrefixes(prefixes []string) error {
	for _, p := range prefixes {
		if len(p) > persist.MaxKey {
			return fmt.Errorf("metadata prefix of %d bytes", len(p))
		}
	}
	return nil
}

func checkOps(ops []persist.Op) error {
	size := 0
	seen := make(map[string]struct{}, len(ops))
	for _, op := range ops {
		if err := checkKey(op.Key); err != nil {
			return err
		}
		if _, ok := seen[op.Key]; ok {
			return fmt.Errorf("metadata %q twice in one transaction", op.Key)
		}
		seen[op.Key] = struct{}{}
		size += len(op.Key) + len(op.Value)
	}
	if size > persist.MaxTxn || len(ops) > persist.MaxOps {
		return fmt.Errorf("%d operations of %d bytes: %w", len(ops), size, persist.ErrTooBig)
	}
	return nil
}
