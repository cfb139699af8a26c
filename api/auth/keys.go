package auth

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Key is an API key as it is stored. A value is shared and never changed.
type Key struct {
	ID        string           `json:"id"`
	UserID    string           `json:"userId"`
	Name      string           `json:"name"`
	Shown     string           `json:"shown"` // the first characters of the key, as lists show them
	Hash      Digest           `json:"hash"`
	Scope     Scope            `json:"scope"`
	Site      analytics.SiteID `json:"siteId,omitempty"` // "" = all sites of the user
	CreatedAt time.Time        `json:"createdAt"`
	ExpiresAt time.Time        `json:"expiresAt,omitzero"` // zero = never
	LastUsed  time.Time        `json:"lastUsed,omitzero"`  // exact to one minute; zero = never
}

func (k *Key) expired(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// keyEntry is a key in memory. The time of use changes with requests and reaches the store by StoreUse.
type keyEntry struct {
	*Key
	used atomic.Int64 // minutes since 1970; 0 = never
}

func newKeyEntry(k *Key) *keyEntry {
	e := &keyEntry{Key: k}
	if !k.LastUsed.IsZero() {
		e.used.Store(k.LastUsed.Unix() / 60)
	}
	return e
}

// current is the key with its latest time of use.
func (e *keyEntry) current() *Key {
	k := *e.Key
	if m := e.used.Load(); m != 0 {
		k.LastUsed = time.Unix(m*60, 0).UTC()
	}
	return &k
}

// NewKey describes a key to be made.
type NewKey struct {
	Name  string
	Scope Scope
	Days  int              // until it expires; 0 = never
	Site  analytics.SiteID // "" = all sites
}

// CreateKey makes a key for the caller and returns its text, the only time that it is known. Errors: ErrKeyScope, ErrKeyLimit, ErrSiteGone,
// ErrToken when the account is gone, or the store's.
func (a *Accounts) CreateKey(p Principal, n NewKey) (*Key, string, error) {
	if n.Scope > p.Scope {
		return nil, "", ErrKeyScope
	}
	a.change.Lock()
	defer a.change.Unlock()
	if _, ok := a.User(p.UserID); !ok { // deleted a moment ago
		return nil, "", ErrToken
	}
	if a.purged[n.Site] { // a moment ago
		return nil, "", ErrSiteGone
	}
	if len(a.Keys(p.UserID)) >= a.cfg.MaxKeysPerUser {
		return nil, "", ErrKeyLimit
	}
	text := newKeyText()
	k := &Key{
		ID: NewID("key"), UserID: p.UserID, Name: n.Name, Shown: text[:keyShown], Hash: digestOf(text),
		Scope: n.Scope, Site: n.Site, CreatedAt: a.instant(),
	}
	if n.Days > 0 {
		k.ExpiresAt = k.CreatedAt.AddDate(0, 0, n.Days)
	}
	if err := a.store(map[string]any{"key/" + k.ID: k}); err != nil {
		return nil, "", err
	}
	a.show(func() { a.showKey(newKeyEntry(k)) })
	return k, text, nil
}

// RenameKey gives a key of the user another name. Errors: ErrKeyNotFound, or the store's.
func (a *Accounts) RenameKey(userID, id, name string) (*Key, error) {
	a.change.Lock()
	defer a.change.Unlock()
	k, ok := a.Key(userID, id)
	if !ok {
		return nil, ErrKeyNotFound
	}
	k.Name = name
	if err := a.store(map[string]any{"key/" + id: k}); err != nil {
		return nil, err
	}
	a.show(func() { a.replaceKey(k) })
	return k, nil
}

// RevokeKey ends a key of the user. Errors: ErrKeyNotFound, or the store's.
func (a *Accounts) RevokeKey(userID, id string) error {
	a.change.Lock()
	defer a.change.Unlock()
	k, ok := a.Key(userID, id)
	if !ok {
		return ErrKeyNotFound
	}
	return a.dropKeys([]*Key{k})
}

// Key finds a key of the user, expired or not. The value is the caller's.
func (a *Accounts) Key(userID, id string) (*Key, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	e, ok := a.keys[id]
	if !ok || e.UserID != userID {
		return nil, false
	}
	return e.current(), true
}

// Keys lists the keys of a user, expired ones too: newest first, then by id.
func (a *Accounts) Keys(userID string) []*Key {
	var list []*Key
	a.mu.RLock()
	for _, e := range a.keys {
		if e.UserID == userID {
			list = append(list, e.current())
		}
	}
	a.mu.RUnlock()
	slices.SortFunc(list, func(x, y *Key) int {
		return cmp.Or(y.CreatedAt.Compare(x.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	return list
}

func (a *Accounts) authenticateKey(text string) (Principal, error) {
	if !isKeyText(text) {
		return Principal{}, ErrKey
	}
	hash, now := digestOf(text), a.now()
	a.mu.RLock()
	defer a.mu.RUnlock()
	e := a.byHash[hash]
	if e == nil || a.users[e.UserID] == nil {
		return Principal{}, ErrKey
	}
	if e.expired(now) {
		return Principal{}, ErrKeyExpired
	}
	if minute := now.Unix() / 60; e.used.Load() < minute { // under the lock, so that StoreUse never replaces an entry in between
		e.used.Store(minute)
	}
	a.used.touch(now, e.UserID)
	return Principal{UserID: e.UserID, KeyID: e.ID, Scope: e.Scope, Site: e.Site, Expires: e.ExpiresAt}, nil
}

func (a *Accounts) showKey(e *keyEntry) { a.keys[e.ID], a.byHash[e.Hash] = e, e }

// replaceKey shows a changed key and keeps the latest time of use.
func (a *Accounts) replaceKey(k *Key) {
	next := newKeyEntry(k)
	next.used.Store(max(next.used.Load(), a.keys[k.ID].used.Load()))
	a.showKey(next)
}
