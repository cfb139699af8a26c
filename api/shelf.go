package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// shelf keeps one kind of what belongs to sites, for example their goals: stored under "prefix/site/id", all of it in memory. Items are
// immutable: a change puts a new one in the old one's place. Reading is safe for concurrent use; who checks before it changes holds change.
type shelf[T any] struct {
	prefix string
	meta   Meta
	head   func(*T) shelfHead

	changed func() // called after every change; nil: nobody wants to know

	change sync.Mutex // held over "check, write, show"

	mu     sync.RWMutex
	items  map[string]*T
	bySite map[analytics.SiteID]map[string]*T
	purged map[analytics.SiteID]bool // nothing more is put there: who was let in before the purge comes too late
}

// shelfHead is what a shelf needs to know of an item.
type shelfHead struct {
	site    analytics.SiteID
	id      string
	created time.Time
}

// openShelf reads what is stored.
func openShelf[T any](meta Meta, prefix string, head func(*T) shelfHead) (*shelf[T], error) {
	s := &shelf[T]{
		prefix: prefix, meta: meta, head: head, items: make(map[string]*T), bySite: make(map[analytics.SiteID]map[string]*T),
		purged: make(map[analytics.SiteID]bool),
	}
	err := meta.Scan(prefix+"/", func(key string, val []byte) error {
		item := new(T)
		if err := json.Unmarshal(val, item); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		s.show(item)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read all %s: %w", prefix, err)
	}
	return s, nil
}

// get finds an item by its id.
func (s *shelf[T]) get(id string) (*T, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	item, ok := s.items[id]
	return item, ok
}

// of lists a site's items, newest first, then by id (README §1).
func (s *shelf[T]) of(site analytics.SiteID) []*T {
	s.mu.RLock()
	list := make([]*T, 0, len(s.bySite[site]))
	for _, item := range s.bySite[site] {
		list = append(list, item)
	}
	s.mu.RUnlock()
	slices.SortFunc(list, func(a, b *T) int {
		x, y := s.head(a), s.head(b)
		return cmp.Or(y.created.Compare(x.created), cmp.Compare(x.id, y.id))
	})
	return list
}

// each calls f for every item, in no order. f must not change the shelf.
func (s *shelf[T]) each(f func(item *T)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, item := range s.items {
		f(item)
	}
}

// where lists the items that match, in no order.
func (s *shelf[T]) where(match func(*T) bool) (list []*T) {
	s.each(func(item *T) {
		if match(item) {
			list = append(list, item)
		}
	})
	return list
}

// count is the number of a site's items.
func (s *shelf[T]) count(site analytics.SiteID) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.bySite[site])
}

// put makes an item durable together with other changes, then shows it.
func (s *shelf[T]) put(item *T, also ...MetaOp) error {
	op, err := s.op(item)
	if err != nil {
		return err
	}
	if err := s.meta.Txn(append([]MetaOp{op}, also...)...); err != nil {
		return fmt.Errorf("store %s: %w", op.Key, err)
	}
	s.show(item)
	return nil
}

// op is the change of the store that put makes; whoever uses it by itself calls show afterwards.
func (s *shelf[T]) op(item *T) (MetaOp, error) {
	if err := s.mayKeep(s.head(item).site); err != nil {
		return MetaOp{}, err
	}
	val, err := json.Marshal(item)
	if err != nil {
		return MetaOp{}, fmt.Errorf("encode %s: %w", s.prefix, err)
	}
	return MetaOp{Key: s.key(item), Value: val}, nil
}

// mayKeep refuses what belongs to a site that was purged.
func (s *shelf[T]) mayKeep(site analytics.SiteID) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.purged[site] {
		return errSiteNotFound
	}
	return nil
}

// remove forgets an item, together with other changes.
func (s *shelf[T]) remove(item *T, also ...MetaOp) error {
	if err := s.meta.Txn(append([]MetaOp{{Key: s.key(item)}}, also...)...); err != nil {
		return fmt.Errorf("remove %s: %w", s.key(item), err)
	}
	s.hide(item)
	return nil
}

// hide forgets an item whose removal is durable already.
func (s *shelf[T]) hide(item *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.head(item)
	delete(s.items, h.id)
	delete(s.bySite[h.site], h.id)
	s.tell()
}

// sites lists the sites that have items.
func (s *shelf[T]) sites() []analytics.SiteID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []analytics.SiteID
	for site, items := range s.bySite {
		if len(items) > 0 {
			list = append(list, site)
		}
	}
	return list
}

func (s *shelf[T]) tell() {
	if s.changed != nil {
		s.changed()
	}
}

func (s *shelf[T]) key(item *T) string {
	h := s.head(item)
	return s.prefix + "/" + string(h.site) + "/" + h.id
}

// show makes an item the present one.
func (s *shelf[T]) show(item *T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.head(item)
	s.items[h.id] = item
	if s.bySite[h.site] == nil {
		s.bySite[h.site] = make(map[string]*T)
	}
	s.bySite[h.site][h.id] = item
	s.tell()
}
