package auth

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are those of an access token: iss, sub = user id, sid = login session id, iat, exp.
type claims struct {
	jwt.RegisteredClaims
	SID string `json:"sid"`
}

// tokens signs and checks access tokens: HS256 and nothing else. Immutable, safe for concurrent use.
type tokens struct {
	secret []byte
	issuer string
	ttl    time.Duration
	parser *jwt.Parser
}

func newTokens(cfg *Config, now func() time.Time) *tokens {
	return &tokens{secret: cfg.Secret, issuer: cfg.Issuer, ttl: cfg.TokenTTL, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(cfg.Issuer),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(now),
	)}
}

// sign makes a token that is good from now, in whole seconds, until the returned time.
func (t *tokens) sign(user, session string, now time.Time) (string, time.Time, error) {
	now = now.Truncate(time.Second)
	expires := now.Add(t.ttl)
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.issuer, Subject: user, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		SID: session,
	}).SignedString(t.secret)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign token: %w", err)
	}
	return text, expires, nil
}

// verify checks signature and claims, not whether the session is alive. The error is ErrToken.
func (t *tokens) verify(text string) (*claims, error) {
	var c claims
	_, err := t.parser.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return t.secret, nil })
	if err != nil || c.Subject == "" || c.SID == "" || c.IssuedAt == nil {
		return nil, ErrToken
	}
	return &c, nil
}
