package auth

import (
	"errors"
	"time"

	"github.com/alexedwards/argon2id"
)

// Config is what this package is told by the operator.
type Config struct {
	Issuer           string        // claim iss: PUBLIC_URL
	Secret           []byte        // JWT_SECRET, at least 32 bytes
	TokenTTL         time.Duration // JWT_TTL: life of an access token
	RefreshTTL       time.Duration // REFRESH_TTL: a login session dies when it was not refreshed for so long
	OpenRegistration bool          // REGISTRATION_ENABLED: anyone may register, not only the first account
	MaxKeysPerUser   int           // MAX_API_KEYS_PER_USER

	Hashing argon2id.Params // cost of password hashes; tests lower it
}

// DefaultConfig returns the contract's defaults. Issuer and Secret have none.
func DefaultConfig() Config {
	return Config{
		TokenTTL:       168 * time.Hour,
		RefreshTTL:     720 * time.Hour,
		MaxKeysPerUser: 50,
		Hashing:        argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}, // OWASP
	}
}

// Validate tells what is wrong, by the operator's names.
func (c *Config) Validate() error {
	switch {
	case c.Issuer == "":
		return errors.New("PUBLIC_URL must be set")
	case len(c.Secret) < 32:
		return errors.New("JWT_SECRET must have at least 32 bytes")
	case c.TokenTTL < time.Minute:
		return errors.New("JWT_TTL must be at least 1m")
	case c.RefreshTTL < c.TokenTTL:
		return errors.New("REFRESH_TTL must not be shorter than JWT_TTL")
	case c.MaxKeysPerUser < 1:
		return errors.New("MAX_API_KEYS_PER_USER must be at least 1")
	case c.Hashing.Memory == 0 || c.Hashing.Iterations == 0 || c.Hashing.Parallelism == 0 || c.Hashing.KeyLength < 16 || c.Hashing.SaltLength < 8:
		return errors.New("the cost of password hashes is not set")
	}
	return nil
}
