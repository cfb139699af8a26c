package auth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"
)

const (
	resetLife  = time.Hour
	resetBytes = 32 // random bytes of a token, twice as many hex characters
)

// reset is a link with which a user may set a password once. Each user has one at most. A value is shared and never changed.
type reset struct {
	UserID    string    `json:"userId"`
	Hash      Digest    `json:"hash"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Forgot makes the token of a reset link; one that was made before ends. ok is false when nobody has the address, which must be normalised.
// Errors: the store's.
func (a *Accounts) Forgot(email string) (token string, ok bool, err error) {
	a.change.Lock()
	defer a.change.Unlock()
	u, ok := a.UserByEmail(email)
	if !ok {
		return "", false, nil
	}
	raw := make([]byte, resetBytes)
	rand.Read(raw) // never fails
	token = hex.EncodeToString(raw)
	r := &reset{UserID: u.ID, Hash: digestOf(token), ExpiresAt: a.instant().Add(resetLife)}
	if err := a.store(map[string]any{"reset/" + u.ID: r}); err != nil {
		return "", false, err
	}
	a.show(func() { a.hideReset(u.ID); a.showReset(r) })
	return token, true, nil
}

// ResetExpires tells until when a reset token is good. The error is ErrReset.
func (a *Accounts) ResetExpires(token string) (time.Time, error) {
	r, err := a.findReset(token)
	if err != nil {
		return time.Time{}, err
	}
	return r.ExpiresAt, nil
}

// ResetUser finds the account that a reset token belongs to. The error is ErrReset.
func (a *Accounts) ResetUser(token string) (*User, error) {
	r, err := a.findReset(token)
	if err != nil {
		return nil, err
	}
	u, ok := a.User(r.UserID)
	if !ok {
		return nil, ErrReset
	}
	return u, nil
}

// Reset sets a password, uses the token up and ends all sessions; API keys stay. password must be checked. Errors: ErrReset, ErrBusy, or the
// store's.
func (a *Accounts) Reset(ctx context.Context, token, password string) error {
	if _, err := a.findReset(token); err != nil {
		return err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	a.change.Lock()
	defer a.change.Unlock()
	r, err := a.findReset(token) // used up or replaced meanwhile?
	if err != nil {
		return err
	}
	return a.setPassword(r.UserID, hash, "")
}

func (a *Accounts) findReset(token string) (*reset, error) {
	hash, now := digestOf(token), a.now()
	a.mu.RLock()
	defer a.mu.RUnlock()
	r := a.resetByHash[hash]
	if r == nil || !now.Before(r.ExpiresAt) {
		return nil, ErrReset
	}
	return r, nil
}

// showReset makes r the user's link. The caller holds mu.
func (a *Accounts) showReset(r *reset) { a.resets[r.UserID], a.resetByHash[r.Hash] = r, r }

// hideReset forgets a user's link. The caller holds mu.
func (a *Accounts) hideReset(userID string) {
	if r := a.resets[userID]; r != nil {
		delete(a.resets, userID)
		delete(a.resetByHash, r.Hash)
	}
}

// sweepResets removes links that are too old.
func (a *Accounts) sweepResets() error {
	a.change.Lock()
	defer a.change.Unlock()
	now := a.now()
	var dead []*reset
	a.mu.RLock()
	for _, r := range a.resets {
		if !now.Before(r.ExpiresAt) {
			dead = append(dead, r)
		}
	}
	a.mu.RUnlock()
	if err := a.storeMany(removals("reset/", dead, func(r *reset) string { return r.UserID })); err != nil {
		return err
	}
	a.show(func() {
		for _, r := range dead {
			a.hideReset(r.UserID)
		}
	})
	return nil
}
