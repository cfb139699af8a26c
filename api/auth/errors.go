package auth

import "errors"

// What this package refuses. Errors of form (e-mail, password) are analytics.Invalid; everything else is a failure of the store.
var (
	ErrToken              = errors.New("token is missing, malformed, expired or revoked")
	ErrKey                = errors.New("API key is malformed, unknown or revoked")
	ErrKeyExpired         = errors.New("API key has expired")
	ErrCredentials        = errors.New("unknown e-mail or wrong password")
	ErrRefresh            = errors.New("refresh token is malformed, expired, used or revoked")
	ErrRegistrationClosed = errors.New("registration is disabled")
	ErrEmailTaken         = errors.New("e-mail is registered already")
	ErrKeyNotFound        = errors.New("the user has no such API key")
	ErrKeyLimit           = errors.New("the user has too many API keys")
	ErrSiteGone           = errors.New("the site that the key is to be bound to was purged")
	ErrKeyScope           = errors.New("scope exceeds that of the creating key")
	ErrSessionNotFound    = errors.New("the user has no such session")
	ErrSessionCurrent     = errors.New("the session is the caller's own")
	ErrPassword           = errors.New("current password is wrong")
	ErrPasswordSame       = errors.New("the new password is the current one")
	ErrReset              = errors.New("reset link is malformed, unknown, used, replaced or expired")
	ErrBusy               = errors.New("too many passwords are being checked")
)
