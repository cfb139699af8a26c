package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

var (
	_ actors.StateStore = (*Memory)(nil)
	_ persist.MetaStore = (*Memory)(nil)
)

// Memory is a store without a disk, for tests and simulations: the same answers as Store, and it outlives whoever uses it. Safe for concurrent
// use.
type Memory struct {
	mu     sync.RWMutex
	closed bool
	seq    uint64
	sites  map[analytics.SiteID]*memorySite
	meta   map[string]memoryValue
	watch  *watchers
}

type memorySite struct {
	root  []byte
	blobs map[uint64][]byte
}

type memoryValue struct {
	val []byte
	rev uint64
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{sites: map[analytics.SiteID]*memorySite{}, meta: map[string]memoryValue{}, watch: newWatchers()}
}

// Root implements actors.StateStore.
func (m *Memory) Root(site analytics.SiteID) (root []byte, ok bool, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := errors.Join(m.open(), checkSite(site)); err != nil {
		return nil, false, err
	}
	s, ok := m.sites[site]
	if !ok {
		return nil, false, nil
	}
	return clone(s.root), true, nil
}

// Blob implements actors.StateStore.
func (m *Memory) Blob(site analytics.SiteID, id uint64) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := errors.Join(m.open(), checkSite(site)); err != nil {
		return nil, err
	}
	if s, ok := m.sites[site]; ok {
		if b, ok := s.blobs[id]; ok {
			return clone(b), nil
		}
	}
	return nil, fmt.Errorf("blob %d of site %s: %w", id, site, actors.ErrNoBlob)
}

// BlobRange implements actors.StateStore.
func (m *Memory) BlobRange(site analytics.SiteID, id uint64, off, n uint32) ([]byte, error) {
	b, err := m.Blob(site, id)
	if err != nil {
		return nil, err
	}
	from := min(uint64(off), uint64(len(b)))
	return b[from:min(from+uint64(n), uint64(len(b)))], nil
}

// Commit implements actors.StateStore.
func (m *Memory) Commit(checkpoints []actors.Checkpoint) error {
	for i := range checkpoints {
		if err := checkCheckpoint(&checkpoints[i]); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.open(); err != nil {
		return err
	}
	for _, c := range checkpoints {
		m.seq++
		s, ok := m.sites[c.Site]
		if !ok {
			s = &memorySite{blobs: map[uint64][]byte{}}
			m.sites[c.Site] = s
		}
		for id, b := range c.Put {
			s.blobs[id] = clone(b)
		}
		for _, id := range c.Free {
			delete(s.blobs, id)
		}
		s.root = clone(c.Root)
	}
	return nil
}

// Drop implements actors.StateStore.
func (m *Memory) Drop(site analytics.SiteID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(m.open(), checkSite(site)); err != nil {
		return err
	}
	delete(m.sites, site)
	return nil
}

// Get implements persist.MetaStore.
func (m *Memory) Get(key string) (val []byte, rev uint64, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := errors.Join(m.open(), checkKey(key)); err != nil {
		return nil, 0, err
	}
	v, ok := m.meta[key]
	if !ok {
		return nil, 0, fmt.Errorf("metadata %q: %w", key, persist.ErrNotFound)
	}
	return clone(v.val), v.rev, nil
}

// Scan implements persist.MetaStore.
func (m *Memory) Scan(prefix string, fn func(key string, val []byte) error) error {
	m.mu.RLock()
	if err := m.open(); err != nil {
		m.mu.RUnlock()
		return err
	}
	seen := map[string][]byte{}
	for k, v := range m.meta {
		if strings.HasPrefix(k, prefix) {
			seen[k] = v.val // never changed in place
		}
	}
	m.mu.RUnlock()
	for _, k := range slices.Sorted(maps.Keys(seen)) {
		if err := fn(k, clone(seen[k])); err != nil {
			return err
		}
	}
	return nil
}

// Txn implements persist.MetaStore.
func (m *Memory) Txn(ops ...persist.Op) error {
	if len(ops) == 0 {
		return nil
	}
	if err := checkOps(ops); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.open(); err != nil {
		return err
	}
	for _, op := range ops {
		if rev := m.meta[op.Key].rev; op.Expect != nil && rev != *op.Expect {
			return fmt.Errorf("metadata %q has revision %d, not %d: %w", op.Key, rev, *op.Expect, persist.ErrConflict)
		}
	}
	m.seq++
	changes := make([]persist.Change, 0, len(ops))
	for _, op := range ops {
		c := persist.Change{Key: op.Key, Rev: m.seq, Deleted: op.Delete}
		if op.Delete {
			delete(m.meta, op.Key)
		} else {
			c.Value = clone(op.Value)
			m.meta[op.Key] = memoryValue{c.Value, m.seq}
		}
		changes = append(changes, c)
	}
	m.watch.publish(changes)
	return nil
}

// Watch implements persist.MetaStore.
func (m *Memory) Watch(prefix string) (<-chan persist.Change, func()) { return m.watch.add(prefix) }

// Erase implements persist.MetaStore.
func (m *Memory) Erase(prefixes ...string) error {
	if err := checkPrefixes(prefixes); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.open(); err != nil {
		return err
	}
	m.seq++
	var changes []persist.Change
	for _, k := range slices.Sorted(maps.Keys(m.meta)) {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) }) {
			delete(m.meta, k)
			changes = append(changes, persist.Change{Key: k, Rev: m.seq, Deleted: true})
		}
	}
	m.watch.publish(changes)
	return nil
}

// Close ends the watchers; everything else then answers persist.ErrClosed.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.watch.close()
	return nil
}

func (m *Memory) open() error {
	if m.closed {
		return persist.ErrClosed
	}
	return nil
}

// clone copies; an empty value is an empty slice, as it comes back from Badger.
func clone(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }
