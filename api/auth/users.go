package auth

import "time"

const sessionPrefix = "sess_"

// User is an account. A value is shared and never changed.
type User struct {
	ID           string    `json:"id"`
	Email        string    `json:"email"` // normalised, unique
	Name         *string   `json:"name"`  // nil: none
	PasswordHash string    `json:"passwordHash"`
	CreatedAt    time.Time `json:"createdAt"`
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

// Count is the number of accounts.
func (a *Accounts) Count() int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return len(a.users)
}

// RegistrationOpen tells whether Register may succeed for somebody new.
func (a *Accounts) RegistrationOpen() bool { return a.cfg.OpenRegistration || a.Count() == 0 }
