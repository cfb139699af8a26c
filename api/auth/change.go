package auth

import "context"

// CheckPassword tells whether this is the user's password. Errors: ErrPassword when it is not, ErrToken when the account is gone, ErrBusy.
func (a *Accounts) CheckPassword(ctx context.Context, userID, password string) error {
	_, err := a.checkPassword(ctx, userID, password)
	return err
}

// checkPassword also gives the account as it was checked.
func (a *Accounts) checkPassword(ctx context.Context, userID, password string) (*User, error) {
	u, ok := a.User(userID)
	if !ok {
		return nil, ErrToken
	}
	match, err := a.hasher.matches(ctx, password, u.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !match {
		return nil, ErrPassword
	}
	return u, nil
}

// ChangePassword sets another password and ends every other session of the user. next must be checked. Errors: ErrPassword when current is
// not the password, ErrPasswordSame, ErrToken when the account is gone, ErrBusy, or the store's.
func (a *Accounts) ChangePassword(ctx context.Context, p Principal, current, next string) error {
	u, err := a.checkPassword(ctx, p.UserID, current)
	if err != nil {
		return err
	}
	if current == next {
		return ErrPasswordSame
	}
	hash, err := a.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	a.change.Lock()
	defer a.change.Unlock()
	if now, ok := a.User(u.ID); !ok || now.PasswordHash != u.PasswordHash { // changed while it was checked
		return ErrPassword
	}
	return a.setPassword(u.ID, hash, p.SessionID)
}

// SetPassword sets a password without knowing the one before and ends all sessions: for the operator, never for a request. password must be
// checked. Errors: ErrToken when there is no such account, ErrBusy, or the store's.
func (a *Accounts) SetPassword(ctx context.Context, userID, password string) error {
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	a.change.Lock()
	defer a.change.Unlock()
	return a.setPassword(userID, hash, "")
}

// setPassword stores a password's hash and ends all sessions of the user but the one to keep. A reset link that is on its way ends too.
// The caller holds change.
func (a *Accounts) setPassword(userID, hash, keep string) error {
	u, ok := a.User(userID)
	if !ok {
		return ErrToken
	}
	next := *u
	next.PasswordHash = hash
	ended := a.sessionsOf(userID, func(s *Session) bool { return s.ID != keep })
	if err := a.storeEnding(map[string]any{"user/" + userID: &next, "reset/" + userID: nil}, ended); err != nil {
		return err
	}
	a.show(func() { a.showUser(&next); a.hideReset(userID) })
	return nil
}
