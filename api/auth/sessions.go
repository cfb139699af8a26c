package auth

import (
	"cmp"
	"slices"
	"time"
)

const sessionPrefix = "sess_"

// refreshGrace is how long a used refresh token may come again, by two tabs of one browser for instance, without the session being revoked.
const refreshGrace = 10 * time.Second

// Session is a login: the family of the refresh tokens that followed each other. A value is shared and never changed.
type Session struct {
	ID          string      `json:"id"`
	UserID      string      `json:"userId"`
	Device      string      `json:"device,omitempty"`  // of the login, see Client
	Address     string      `json:"address,omitempty"` // of the login, masked
	CreatedAt   time.Time   `json:"createdAt"`
	LastActive  time.Time   `json:"lastActive,omitzero"` // exact to one minute
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

// Session finds a living login session.
func (a *Accounts) Session(id string) (*Session, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	s, ok := a.sessions[id]
	return s, ok && s.alive(a.now())
}

// Sessions lists a user's living login sessions with their latest times of use: most recently active first, then the newest, then by id.
func (a *Accounts) Sessions(userID string) []*Session {
	list := a.sessionsOf(userID, func(s *Session) bool { return s.alive(a.now()) })
	a.mu.RLock()
	for i, s := range list {
		list[i] = a.current(s)
	}
	a.mu.RUnlock()
	slices.SortFunc(list, func(x, y *Session) int {
		return cmp.Or(y.LastActive.Compare(x.LastActive), y.CreatedAt.Compare(x.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	return list
}

// sessionsOf lists those of a user's sessions that match, in no order.
func (a *Accounts) sessionsOf(userID string, match func(*Session) bool) []*Session {
	var list []*Session
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, s := range a.sessions {
		if s.UserID == userID && match(s) {
			list = append(list, s)
		}
	}
	return list
}

// current is a copy of the session with its latest time of use. The caller holds mu.
func (a *Accounts) current(s *Session) *Session {
	next := *s
	if last := a.used.last(s.ID); last.After(s.LastActive) {
		next.LastActive = last
	}
	return &next
}

// Logout ends the caller's session, or all sessions of the user.
func (a *Accounts) Logout(p Principal, all bool) error {
	a.change.Lock()
	defer a.change.Unlock()
	return a.dropSessions(a.sessionsOf(p.UserID, func(s *Session) bool { return all || s.ID == p.SessionID })...)
}

// RevokeSession ends another session of the caller. Errors: ErrSessionCurrent, ErrSessionNotFound, or the store's.
func (a *Accounts) RevokeSession(p Principal, id string) error {
	if id == p.SessionID {
		return ErrSessionCurrent
	}
	a.change.Lock()
	defer a.change.Unlock()
	s, ok := a.Session(id)
	if !ok || s.UserID != p.UserID {
		return ErrSessionNotFound
	}
	return a.dropSessions(s)
}

// RevokeOthers ends all sessions of the user but the caller's own and tells how many of them were alive.
func (a *Accounts) RevokeOthers(p Principal) (n int, err error) {
	a.change.Lock()
	defer a.change.Unlock()
	now := a.now()
	ended := a.sessionsOf(p.UserID, func(s *Session) bool { return s.ID != p.SessionID && s.alive(now) })
	return len(ended), a.dropSessions(ended...)
}

func (a *Accounts) putSession(s *Session) error {
	if err := a.store(map[string]any{"session/" + s.ID: s}); err != nil {
		return err
	}
	a.show(func() { a.showSession(s) })
	return nil
}

// showSession makes s the present one. The caller holds mu.
func (a *Accounts) showSession(s *Session) {
	a.sessions[s.ID] = s
	a.used.begin(s.ID, s.LastActive)
	a.used.touch(s.LastActive, s.ID)
}

// hideSessions forgets sessions whose removal is durable. The caller holds mu.
func (a *Accounts) hideSessions(sessions []*Session) {
	for _, s := range sessions {
		delete(a.sessions, s.ID)
		delete(a.used, s.ID)
	}
}

func (a *Accounts) dropSessions(sessions ...*Session) error {
	if len(sessions) == 0 {
		return nil
	}
	if err := a.storeMany(removals("session/", sessions, func(s *Session) string { return s.ID })); err != nil {
		return err
	}
	a.show(func() { a.hideSessions(sessions) })
	return nil
}

// storeEnding makes records durable together with the end of sessions. When these are too many for one transaction, the first of them end
// before: a failure in between then has ended sessions too early, never too late.
func (a *Accounts) storeEnding(records map[string]any, ended []*Session) error {
	for len(ended) > batch {
		if err := a.dropSessions(ended[:batch]...); err != nil {
			return err
		}
		ended = ended[batch:]
	}
	for _, s := range ended {
		records["session/"+s.ID] = nil
	}
	if err := a.store(records); err != nil {
		return err
	}
	a.show(func() { a.hideSessions(ended) })
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
	now := a.now()
	a.mu.RLock()
	defer a.mu.RUnlock()
	s, u := a.sessions[c.SID], a.users[c.Subject]
	if s == nil || u == nil || s.UserID != u.ID || !s.alive(now) {
		return Principal{}, ErrToken
	}
	a.used.touch(now, s.ID, u.ID)
	return Principal{UserID: u.ID, SessionID: s.ID, Scope: AdminScope, Expires: c.ExpiresAt.Time}, nil
}
