package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// A refresh token is "rt_", its session's id without prefix (20 characters), 32 random ones and a code (25) by which the server knows its own
// work: so a token that was used long ago is still known to be a used one, without a list of all of them. Only the hash of the token in force
// is stored.
const (
	refreshPrefix = "rt_"
	refreshID     = 20
	refreshRandom = 32
	refreshCode   = 25 // 16 bytes in base 36
)

// refreshTokens makes and reads refresh tokens. Immutable, safe for concurrent use.
type refreshTokens struct{ key [sha256.Size]byte }

func newRefreshTokens(secret []byte) refreshTokens {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("refresh tokens"))
	return refreshTokens{[sha256.Size]byte(mac.Sum(nil))}
}

// create makes a new token of a session.
func (r refreshTokens) create(sessionID string) string {
	body := strings.TrimPrefix(sessionID, sessionPrefix) + RandomText(refreshRandom)
	return refreshPrefix + body + r.code(body)
}

// session returns the id of the session that a token of ours belongs to; ok is false for anything that is not our work.
func (r refreshTokens) session(token string) (id string, ok bool) {
	body, ok := strings.CutPrefix(token, refreshPrefix)
	if !ok || len(body) != refreshID+refreshRandom+refreshCode || !isText(body) {
		return "", false
	}
	body, code := body[:refreshID+refreshRandom], body[refreshID+refreshRandom:]
	if subtle.ConstantTimeCompare([]byte(code), []byte(r.code(body))) != 1 {
		return "", false
	}
	return sessionPrefix + body[:refreshID], true
}

func (r refreshTokens) code(body string) string {
	mac := hmac.New(sha256.New, r.key[:])
	mac.Write([]byte(body))
	return base36(mac.Sum(nil)[:16], refreshCode)
}
