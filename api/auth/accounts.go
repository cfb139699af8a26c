package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Accounts holds users, login sessions, API keys and reset links. Safe for concurrent use: questions are answered from memory and never wait for the
// store; changes are made one at a time.
type Accounts struct {
	cfg     Config
	meta    Meta
	now     func() time.Time
	log     *slog.Logger
	hasher  *hasher
	tokens  *tokens
	refresh refreshTokens

	change sync.Mutex // held over "check, write, show" of every change

	mu       sync.RWMutex // guards the maps; their values are never changed, only replaced
	users    map[string]*User
	byEmail  map[string]*User
	sessions map[string]*Session
	keys     map[string]*keyEntry
	byHash   map[Digest]*keyEntry
	used     uses // of users and sessions

	resets      map[string]*reset // by user
	resetByHash map[Digest]*reset
	leaving     map[string]Departure // by user

	purged map[analytics.SiteID]bool // no more keys are bound to them; guarded by change
}

// Open reads everything that is stored. now is the clock.
func Open(cfg Config, meta Meta, now func() time.Time, log *slog.Logger) (*Accounts, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	a := &Accounts{
		cfg: cfg, meta: meta, now: now, log: log.With("component", "auth"), hasher: newHasher(cfg.Hashing),
		tokens: newTokens(&cfg, now), refresh: newRefreshTokens(cfg.Secret),
		users: make(map[string]*User), byEmail: make(map[string]*User), sessions: make(map[string]*Session),
		keys: make(map[string]*keyEntry), byHash: make(map[Digest]*keyEntry), used: make(uses),
		resets: make(map[string]*reset), resetByHash: make(map[Digest]*reset), leaving: make(map[string]Departure),
		purged: make(map[analytics.SiteID]bool),
	}
	return a, errors.Join(
		scan(meta, "user/", a.showUser),
		scan(meta, "session/", a.showSession),
		scan(meta, "key/", func(k *Key) { a.showKey(newKeyEntry(k)) }),
		scan(meta, "reset/", a.showReset),
		scan(meta, "leaving/", func(d *Departure) { a.leaving[d.UserID] = *d }),
	)
}

// scan reads all records with a prefix.
func scan[T any](meta Meta, prefix string, show func(*T)) error {
	return meta.Scan(prefix, func(key string, val []byte) error {
		v := new(T)
		if err := json.Unmarshal(val, v); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		show(v)
		return nil
	})
}

// put is the change that stores a record.
func put(key string, v any) (MetaOp, error) {
	val, err := json.Marshal(v)
	if err != nil {
		return MetaOp{}, fmt.Errorf("encode %s: %w", key, err)
	}
	return MetaOp{Key: key, Value: val}, nil
}

// store makes changes durable; each of records is a record to store by its key, or nil to remove it.
func (a *Accounts) store(records map[string]any) error {
	ops := make([]MetaOp, 0, len(records))
	for key, v := range records {
		op := MetaOp{Key: key}
		if v != nil {
			var err error
			if op, err = put(key, v); err != nil {
				return err
			}
		}
		ops = append(ops, op)
	}
	if err := a.meta.Txn(ops...); err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}

// batch bounds one transaction; the store has bounds of its own.
const batch = 500

// storeMany is store in several transactions, for changes that need not be made together.
func (a *Accounts) storeMany(records map[string]any) error {
	part := make(map[string]any, min(batch, len(records)))
	for key, v := range records {
		if part[key] = v; len(part) == batch {
			if err := a.store(part); err != nil {
				return err
			}
			clear(part)
		}
	}
	if len(part) == 0 {
		return nil
	}
	return a.store(part)
}

// removals are the records of a prefix to be removed.
func removals[T any](prefix string, list []T, id func(T) string) map[string]any {
	records := make(map[string]any, len(list))
	for _, v := range list {
		records[prefix+id(v)] = nil
	}
	return records
}

// show runs a change of the maps.
func (a *Accounts) show(fn func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fn()
}

// Authenticate finds out who presents a token. Errors: ErrToken, ErrKey, ErrKeyExpired.
func (a *Accounts) Authenticate(token string) (Principal, error) {
	if strings.HasPrefix(token, KeyPrefix) {
		return a.authenticateKey(token)
	}
	return a.authenticateSession(token)
}

// Active tells whether the session or key of a principal is still good: neither revoked nor expired, and its user still there.
func (a *Accounts) Active(p Principal) bool {
	now := a.now()
	if !p.Expires.IsZero() && !now.Before(p.Expires) {
		return false
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.users[p.UserID] == nil {
		return false
	}
	if p.IsKey() {
		return a.keys[p.KeyID] != nil
	}
	s := a.sessions[p.SessionID]
	return s != nil && s.alive(now)
}

// Run keeps house until ctx is done: it stores when keys, sessions and users were last at work and forgets dead sessions and reset links. It
// ends with a last store.
func (a *Accounts) Run(ctx context.Context) {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		select {
		case <-minute.C:
			a.keepHouse()
		case <-ctx.Done():
			a.keepHouse()
			return
		}
	}
}

func (a *Accounts) keepHouse() {
	if err := a.StoreUse(); err != nil {
		a.log.Warn("times of use were not stored", "error", err)
	}
	if err := a.sweepSessions(); err != nil {
		a.log.Warn("dead sessions were not removed", "error", err)
	}
	if err := a.sweepResets(); err != nil {
		a.log.Warn("old reset links were not removed", "error", err)
	}
}
