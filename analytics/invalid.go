package analytics

import "time"

// Invalid is an error of the caller's input; its text is the contract's message.
type Invalid string

// Error returns the contract's message.
func (i Invalid) Error() string { return string(i) }

// Unavailable says that the write or read path cannot answer now; the caller may try again after RetryAfter.
type Unavailable struct {
	Reason     string // for logs, never for clients
	RetryAfter time.Duration
	Cause      error // nil: the reason says it all
}

// Error returns the reason.
func (u *Unavailable) Error() string { return u.Reason }

// Unwrap returns the cause.
func (u *Unavailable) Unwrap() error { return u.Cause }
