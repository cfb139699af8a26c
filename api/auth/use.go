package auth

import (
	"sync/atomic"
	"time"
)

// uses holds when users and sessions, by id, were last at work, in whole minutes: requests change the times in memory, StoreUse makes them
// durable. The map is guarded by Accounts.mu, its values are not.
type uses map[string]*atomic.Int64

// begin makes room for an id; what is known stays.
func (m uses) begin(id string, last time.Time) {
	if m[id] != nil {
		return
	}
	m[id] = new(atomic.Int64)
	if !last.IsZero() {
		m[id].Store(last.Unix() / 60)
	}
}

// touch notes a use of ids that begin knows.
func (m uses) touch(now time.Time, ids ...string) {
	minute := now.Unix() / 60
	for _, id := range ids {
		if v := m[id]; v != nil && v.Load() < minute {
			v.Store(minute)
		}
	}
}

// last is the time of the latest use; zero is never.
func (m uses) last(id string) time.Time {
	if v := m[id]; v != nil && v.Load() != 0 {
		return time.Unix(v.Load()*60, 0).UTC()
	}
	return time.Time{}
}

// LastActive is when the user made the latest authenticated request, exact to one minute; zero is never.
func (a *Accounts) LastActive(userID string) time.Time {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.used.last(userID)
}

// StoreUse makes the times of use durable that changed since the last call. It syncs once, not on every request.
func (a *Accounts) StoreUse() error {
	a.change.Lock()
	defer a.change.Unlock()
	records, show := make(map[string]any), []func(){}
	a.mu.RLock()
	for id, e := range a.keys {
		if k := e.current(); !k.LastUsed.Equal(e.LastUsed) {
			records["key/"+id] = k
			show = append(show, func() { a.replaceKey(k) })
		}
	}
	for id, s := range a.sessions {
		if next := a.current(s); !next.LastActive.Equal(s.LastActive) {
			records["session/"+id] = next
			show = append(show, func() { a.showSession(next) })
		}
	}
	for id, u := range a.users {
		if last := a.used.last(id); !last.Equal(u.LastActive) {
			next := *u
			next.LastActive = last
			records["user/"+id] = &next
			show = append(show, func() { a.showUser(&next) })
		}
	}
	a.mu.RUnlock()
	if len(records) == 0 {
		return nil
	}
	if err := a.storeMany(records); err != nil {
		return err
	}
	a.show(func() {
		for _, f := range show {
			f()
		}
	})
	return nil
}
