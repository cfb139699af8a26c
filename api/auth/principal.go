package auth

import (
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Principal is an authenticated caller: a user, by a login session or by an API key. The zero value is nobody.
type Principal struct {
	UserID    string
	SessionID string           // "" for an API key
	KeyID     string           // "" for a login session
	Scope     Scope            // AdminScope for a login session
	Site      analytics.SiteID // the only site the key may touch; "" = all of the user's
	Expires   time.Time        // of the presented token or key; zero = never
}

// IsKey tells whether the caller presented an API key.
func (p Principal) IsKey() bool { return p.KeyID != "" }
