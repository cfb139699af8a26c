package auth

import (
	"context"
	"fmt"
	"time"
)

// Grant is what a login, a registration or a refresh gives.
type Grant struct {
	Token            string
	ExpiresAt        time.Time
	RefreshToken     string
	RefreshExpiresAt time.Time
	User             *User
	SessionID        string
}

// Registration is an account to be made. The e-mail must be normalised and the password checked.
type Registration struct {
	Email, Password string
	Name            *string // nil: none
	Invited         bool    // somebody invited this address: registration need not be open
	From            Client
}

// Register makes an account and logs it in. Errors: ErrRegistrationClosed, ErrEmailTaken, ErrBusy, or the store's.
func (a *Accounts) Register(ctx context.Context, r Registration) (Grant, error) {
	if !r.Invited && !a.RegistrationOpen() {
		return Grant{}, ErrRegistrationClosed
	}
	hash, err := a.hasher.hash(ctx, r.Password)
	if err != nil {
		return Grant{}, err
	}
	a.change.Lock()
	defer a.change.Unlock()
	if !r.Invited && !a.RegistrationOpen() { // somebody else was first
		return Grant{}, ErrRegistrationClosed
	}
	if _, taken := a.UserByEmail(r.Email); taken {
		return Grant{}, ErrEmailTaken
	}
	now := a.instant()
	u := &User{
		ID: NewID("user"), Email: r.Email, Name: r.Name, PasswordHash: hash, CreatedAt: now, LastActive: now.Truncate(time.Minute),
	}
	s, grant, err := a.grant(newSession(u.ID, now, r.From), u)
	if err != nil {
		return Grant{}, err
	}
	if err := a.store(map[string]any{"user/" + u.ID: u, "session/" + s.ID: s}); err != nil {
		return Grant{}, err
	}
	a.show(func() { a.showUser(u); a.showSession(s) })
	return grant, nil
}

// Login checks a password and opens a session. An unknown address takes as long as a wrong password. Errors: ErrCredentials, ErrBusy, or the
// store's.
func (a *Accounts) Login(ctx context.Context, email, password string, from Client) (Grant, error) {
	u, known := a.UserByEmail(email)
	hash := ""
	if known {
		hash = u.PasswordHash
	}
	match, err := a.hasher.matches(ctx, password, hash)
	if err != nil {
		return Grant{}, err
	}
	if !match {
		return Grant{}, ErrCredentials
	}
	a.change.Lock()
	defer a.change.Unlock()
	if now, ok := a.User(u.ID); !ok || now.PasswordHash != hash { // changed while it was checked
		return Grant{}, ErrCredentials
	}
	return a.open(u, from)
}

// Impersonate opens a session for a user without a password: for the operator's commands on the local data, never for a request. Errors: that
// there is no such user, or the store's.
func (a *Accounts) Impersonate(userID string) (Grant, error) {
	a.change.Lock()
	defer a.change.Unlock()
	u, ok := a.User(userID)
	if !ok {
		return Grant{}, fmt.Errorf("there is no user %s", userID)
	}
	return a.open(u, Client{})
}

// open begins a session. The caller holds change.
func (a *Accounts) open(u *User, from Client) (Grant, error) {
	s, grant, err := a.grant(newSession(u.ID, a.instant(), from), u)
	if err != nil {
		return Grant{}, err
	}
	return grant, a.putSession(s)
}

// Refresh trades a refresh token for a new pair. A token that was used before revokes its session, unless that was just now. Errors:
// ErrRefresh, or the store's.
func (a *Accounts) Refresh(token string) (Grant, error) {
	id, ok := a.refresh.session(token)
	if !ok {
		return Grant{}, ErrRefresh
	}
	a.change.Lock()
	defer a.change.Unlock()
	s, ok := a.Session(id)
	if !ok {
		return Grant{}, ErrRefresh
	}
	u, ok := a.User(s.UserID)
	if !ok {
		return Grant{}, ErrRefresh
	}
	hash, now := digestOf(token), a.now()
	if hash != s.RefreshHash {
		if s.usedJustNow(hash, now) {
			return Grant{}, ErrRefresh
		}
		if err := a.dropSessions(s); err != nil {
			return Grant{}, err
		}
		a.log.Warn("a used refresh token came again; its session is revoked", "user", s.UserID)
		return Grant{}, ErrRefresh
	}
	next, grant, err := a.grant(s, u)
	if err != nil {
		return Grant{}, err
	}
	for _, used := range s.Used {
		if now.Sub(used.At) <= refreshGrace {
			next.Used = append(next.Used, used)
		}
	}
	next.Used = append(next.Used, usedToken{hash, now})
	return grant, a.putSession(next)
}

func newSession(userID string, now time.Time, from Client) *Session {
	return &Session{ID: NewID("sess"), UserID: userID, CreatedAt: now, Device: from.Device, Address: from.Address}
}

// grant gives a copy of the session that begins a new term, with its new pair of tokens.
func (a *Accounts) grant(s *Session, u *User) (*Session, Grant, error) {
	now := a.instant()
	token, expires, err := a.tokens.sign(u.ID, s.ID, now)
	if err != nil {
		return nil, Grant{}, err
	}
	refresh := a.refresh.create(s.ID)
	next := &Session{
		ID: s.ID, UserID: s.UserID, Device: s.Device, Address: s.Address, CreatedAt: s.CreatedAt, LastActive: now.Truncate(time.Minute),
		RefreshedAt: now, ExpiresAt: now.Add(a.cfg.RefreshTTL), RefreshHash: digestOf(refresh),
	}
	return next, Grant{
		Token: token, ExpiresAt: expires, RefreshToken: refresh, RefreshExpiresAt: next.ExpiresAt, User: u, SessionID: s.ID,
	}, nil
}

// instant is now as the contract shows it: UTC, in milliseconds.
func (a *Accounts) instant() time.Time { return a.now().UTC().Truncate(time.Millisecond) }
