package auth

import "time"

// Departure is an account that was deleted and of which something is still kept elsewhere.
type Departure struct {
	UserID string    `json:"userId"`
	Email  string    `json:"email"`
	At     time.Time `json:"at"`
}

// Leave deletes an account with its sessions, keys and reset link: at once nobody is let in any more. It stays a Departure until Forget, so
// that what is kept of it elsewhere is also removed when the program ends in between. Errors: ErrToken when there is no such account, or the
// store's.
func (a *Accounts) Leave(userID string) (Departure, error) {
	a.change.Lock()
	defer a.change.Unlock()
	u, ok := a.User(userID)
	if !ok {
		return Departure{}, ErrToken
	}
	d := Departure{u.ID, u.Email, a.instant()}
	keys := a.Keys(userID)
	if err := a.dropKeys(keys); err != nil {
		return d, err
	}
	records := map[string]any{"user/" + userID: nil, "reset/" + userID: nil, "leaving/" + userID: d}
	if err := a.storeEnding(records, a.sessionsOf(userID, func(*Session) bool { return true })); err != nil {
		return d, err
	}
	a.show(func() {
		delete(a.users, userID)
		delete(a.byEmail, u.Email)
		delete(a.used, userID)
		a.hideReset(userID)
		a.leaving[userID] = d
	})
	return d, nil
}

// Departures lists the deleted accounts of which something may still be kept, in no order.
func (a *Accounts) Departures() []Departure {
	var list []Departure
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, d := range a.leaving {
		list = append(list, d)
	}
	return list
}

// Forget ends a departure: nothing is kept of the account any more.
func (a *Accounts) Forget(userID string) error {
	a.change.Lock()
	defer a.change.Unlock()
	if err := a.store(map[string]any{"leaving/" + userID: nil}); err != nil {
		return err
	}
	a.show(func() { delete(a.leaving, userID) })
	return nil
}

// dropKeys removes keys. The caller holds change.
func (a *Accounts) dropKeys(keys []*Key) error {
	if err := a.storeMany(removals("key/", keys, func(k *Key) string { return k.ID })); err != nil {
		return err
	}
	a.show(func() {
		for _, k := range keys {
			delete(a.keys, k.ID)
			delete(a.byHash, k.Hash)
		}
	})
	return nil
}
