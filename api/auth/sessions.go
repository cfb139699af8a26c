package auth

import (
	"context"
	"fmt"
	"time"
)

// refreshGrace is how long a used refresh token may come again, by two tabs of one browser for instance, without the session being revoked.
const refreshGrace = 10 * time.Second

// Session is a login: the family of the refresh tokens that followed each other. A value is shared and never changed.
type Session struct {
	ID          string      `json:"id"`
	UserID      string      `json:"userId"`
	CreatedAt   time.Time   `json:"createdAt"`
	RefreshedAt time.Time   `json:"refreshedAt"`
	ExpiresAt   time.Time   `json:"expiresAt"`      // unless it is refreshed before
	RefreshHash Digest      `json:"refreshHash"`    // of the token in force
	Used        []usedToken `json:"used,omitempty"` // those used within the grace time
}

type usedToken struct {
	Hash Digest    `json:"hash"`
	At   time.Time `json:"at"`
}

func (s *Session) alive(now time.Time) bool { return now.Before(s.ExpiresAt) }

// usedJustNow tells whether the token was used within the grace time.
func (s *Session) usedJustNow(hash Digest, now time.Time) bool {
	for _, u := range s.Used {
		if u.Hash == hash && now.Sub(u.At) <= refreshGrace {
			return true
		}
	}
	return false
}

// Grant is what a login, a registration or a refresh gives.
type Grant struct {
	Token            string
	ExpiresAt        time.Time
	RefreshToken     string
	RefreshExpiresAt time.Time
	User             *User
	SessionID        string
}

// Session finds a living login session.
func (a *Accounts) Session(id string) (*Session, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	s, ok := a.sessions[id]
	return s, ok && s.alive(a.now())
}

// Register makes an account and logs it in. email must be normalised and password checked. Errors: ErrRegistrationClosed, ErrEmailTaken,
// ErrBusy, or the store's.
func (a *Accounts) Register(ctx context.Context, email, password string, name *string) (Grant, error) {
	if !a.RegistrationOpen() {
		return Grant{}, ErrRegistrationClosed
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return Grant{}, err
	}
	a.change.Lock()
	defer a.change.Unlock()
	if !a.RegistrationOpen() { // somebody else was first
		return Grant{}, ErrRegistrationClosed
	}
	if _, taken := a.UserByEmail(email); taken {
		return Grant{}, ErrEmailTaken
	}
	u := &User{ID: NewID("user"), Email: email, Name: name, PasswordHash: hash, CreatedAt: a.instant()}
	s, grant, err := a.grant(&Session{ID: NewID("sess"), UserID: u.ID, CreatedAt: u.CreatedAt}, u)
	if err != nil {
		return Grant{}, err
	}
	if err := a.store(map[string]any{"user/" + u.ID: u, "session/" + s.ID: s}); err != nil {
		return Grant{}, err
	}
	a.show(func() { a.users[u.ID], a.byEmail[u.Email], a.sessions[s.ID] = u, u, s })
	return grant, nil
}

// Login checks a password and opens a session. An unknown address takes as long as a wrong password. Errors: ErrCredentials, ErrBusy, or the
// store's.
func (a *Accounts) Login(ctx context.Context, email, password string) (Grant, error) {
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
	s, grant, err := a.grant(&Session{ID: NewID("sess"), UserID: u.ID, CreatedAt: a.instant()}, u)
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

// Logout ends the caller's session, or all sessions of the user.
func (a *Accounts) Logout(p Principal, all bool) error {
	a.change.Lock()
	defer a.change.Unlock()
	var ended []*Session
	a.mu.RLock()
	for _, s := range a.sessions {
		if s.UserID == p.UserID && (all || s.ID == p.SessionID) {
			ended = append(ended, s)
		}
	}
	a.mu.RUnlock()
	return a.dropSessions(ended...)
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
		ID: s.ID, UserID: s.UserID, CreatedAt: s.CreatedAt,
		RefreshedAt: now, ExpiresAt: now.Add(a.cfg.RefreshTTL), RefreshHash: digestOf(refresh),
	}
	return next, Grant{
		Token: token, ExpiresAt: expires, RefreshToken: refresh, RefreshExpiresAt: next.ExpiresAt, User: u, SessionID: s.ID,
	}, nil
}

// instant is now as the contract shows it: UTC, in milliseconds.
func (a *Accounts) instant() time.Time { return a.now().UTC().Truncate(time.Millisecond) }

func (a *Accounts) putSession(s *Session) error {
	if err := a.store(map[string]any{"session/" + s.ID: s}); err != nil {
		return err
	}
	a.show(func() { a.sessions[s.ID] = s })
	return nil
}

func (a *Accounts) dropSessions(sessions ...*Session) error {
	if len(sessions) == 0 {
		return nil
	}
	records := make(map[string]any, len(sessions))
	for _, s := range sessions {
		records["session/"+s.ID] = nil
	}
	if err := a.storeMany(records); err != nil {
		return err
	}
	a.show(func() {
		for _, s := range sessions {
			delete(a.sessions, s.ID)
		}
	})
	return nil
}

// sweepSessions removes sessions that died of age.
func (a *Accounts) sweepSessions() error {
	a.change.Lock()
	defer a.change.Unlock()
	now := a.now()
	var dead []*Session
	a.mu.RLock()
	for _, s := range a.sessions {
		if !s.alive(now) {
			dead = append(dead, s)
		}
	}
	a.mu.RUnlock()
	return a.dropSessions(dead...)
}

func (a *Accounts) authenticateSession(token string) (Principal, error) {
	c, err := a.tokens.verify(token)
	if err != nil {
		return Principal{}, err
	}
	a.mu.RLock()
	s, u := a.sessions[c.SID], a.users[c.Subject]
	a.mu.RUnlock()
	if s == nil || u == nil || s.UserID != u.ID || !s.alive(a.now()) {
		return Principal{}, ErrToken
	}
	return Principal{UserID: u.ID, SessionID: s.ID, Scope: AdminScope, Expires: c.ExpiresAt.Time}, nil
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
	s, grant, err := a.grant(&Session{ID: NewID("sess"), UserID: u.ID, CreatedAt: a.instant()}, u)
	if err != nil {
		return Grant{}, err
	}
	return grant, a.putSession(s)
}
