package auth

import (
	"cmp"
	"context"
	"time"
)

// User is an account. A value is shared and never changed.
type User struct {
	ID           string    `json:"id"`
	Email        string    `json:"email"` // normalised, unique
	Name         *string   `json:"name"`  // nil: none
	PasswordHash string    `json:"passwordHash"`
	CreatedAt    time.Time `json:"createdAt"`
	LastActive   time.Time `json:"lastActive,omitzero"` // exact to one minute; the latest is LastActive of Accounts
}

// User finds an account by its id.
func (a *Accounts) User(id string) (*User, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	u, ok := a.users[id]
	return u, ok
}

// UserByEmail finds an account by its normalised address.
func (a *Accounts) UserByEmail(email string) (*User, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	u, ok := a.byEmail[email]
	return u, ok
}

// First is the oldest account; ok is false when there is none.
func (a *Accounts) First() (first *User, ok bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, u := range a.users {
		if first == nil || cmp.Or(u.CreatedAt.Compare(first.CreatedAt), cmp.Compare(u.ID, first.ID)) < 0 {
			first = u
		}
	}
	return first, first != nil
}

// Count is the number of accounts.
func (a *Accounts) Count() int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return len(a.users)
}

// RegistrationOpen tells whether Register may succeed for somebody new without an invitation.
func (a *Accounts) RegistrationOpen() bool { return a.cfg.OpenRegistration || a.Count() == 0 }

// CreateUser makes an account without logging it in, whether registration is open or not: for the operator, never for a request. email must
// be normalised and password checked. Errors: ErrEmailTaken, ErrBusy, or the store's.
func (a *Accounts) CreateUser(ctx context.Context, email, password string, name *string) (*User, error) {
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	a.change.Lock()
	defer a.change.Unlock()
	if _, taken := a.UserByEmail(email); taken {
		return nil, ErrEmailTaken
	}
	u := &User{ID: NewID("user"), Email: email, Name: name, PasswordHash: hash, CreatedAt: a.instant()}
	if err := a.putUser(u); err != nil {
		return nil, err
	}
	return u, nil
}

// RenameUser gives an account another name; nil is none. Errors: ErrToken when the account is gone, or the store's.
func (a *Accounts) RenameUser(userID string, name *string) (*User, error) {
	a.change.Lock()
	defer a.change.Unlock()
	u, ok := a.User(userID)
	if !ok {
		return nil, ErrToken
	}
	next := *u
	next.Name = name
	if err := a.putUser(&next); err != nil {
		return nil, err
	}
	return &next, nil
}

func (a *Accounts) putUser(u *User) error {
	if err := a.store(map[string]any{"user/" + u.ID: u}); err != nil {
		return err
	}
	a.show(func() { a.showUser(u) })
	return nil
}

// showUser makes u the present one. The caller holds mu.
func (a *Accounts) showUser(u *User) {
	a.users[u.ID], a.byEmail[u.Email] = u, u
	a.used.begin(u.ID, u.LastActive)
}
