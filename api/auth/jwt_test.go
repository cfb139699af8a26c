package auth

import (
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// handMade writes a token without the library: any header, any claims.
func handMade(t *testing.T, header, claims map[string]any, secret []byte, newHash func() hash.Hash) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(header) + "." + part(claims)
	mac := hmac.New(newHash, secret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func goodHeader() map[string]any { return map[string]any{"alg": "HS256", "typ": "JWT"} }

func (w world) goodClaims(g Grant) map[string]any {
	return map[string]any{
		"iss": w.cfg.Issuer, "sub": g.User.ID, "sid": g.SessionID,
		"iat": w.clock.Now().Unix(), "exp": w.clock.Now().Add(time.Hour).Unix(),
	}
}

func TestTokenClaims(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(g.Token, ".")[1])
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal(payload, &got))
	require.Equal(t, map[string]any{
		"iss": "https://analytics.example.com", "sub": g.User.ID, "sid": g.SessionID,
		"iat": float64(w.clock.Now().Unix()), "exp": float64(w.clock.Now().Add(7 * 24 * time.Hour).Unix()),
	}, got)
}

func TestTokenWithBadClaimsIsRefused(t *testing.T) {
	w := newWorld(t)
	g, other := w.register(t, "a@example.com"), w.register(t, "b@example.com")
	good := w.goodClaims(g)
	w.principal(t, handMade(t, goodHeader(), good, w.cfg.Secret, sha256.New)) // the control: the rest differs in one claim only

	f := func(name string, claim string, value any) {
		t.Helper()
		bad := maps.Clone(good)
		if bad[claim] = value; value == nil {
			delete(bad, claim)
		}
		_, err := w.Authenticate(handMade(t, goodHeader(), bad, w.cfg.Secret, sha256.New))
		if err != ErrToken {
			t.Errorf("%s: %v", name, err)
		}
	}
	f("no issuer", "iss", nil)
	f("another issuer", "iss", "https://evil.example.com")
	f("no subject", "sub", nil)
	f("empty subject", "sub", "")
	f("another user", "sub", other.User.ID)
	f("unknown user", "sub", "user_00000000000000000000")
	f("subject is a number", "sub", 1)
	f("no session", "sid", nil)
	f("another's session", "sid", other.SessionID)
	f("unknown session", "sid", "sess_00000000000000000000")
	f("session is a list", "sid", []string{g.SessionID})
	f("no time of issue", "iat", nil)
	f("no expiry", "exp", nil)
	f("expired", "exp", w.clock.Now().Unix())
	f("expiry is a text", "exp", "never")
	f("expiry beyond numbers", "exp", 1e300)
	f("not yet valid", "nbf", w.clock.Now().Add(time.Minute).Unix())
}

func TestTokenWithAnotherAlgorithmIsRefused(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	claims := w.goodClaims(g)
	f := func(name string, header map[string]any, secret []byte, newHash func() hash.Hash, cut bool) {
		t.Helper()
		token := handMade(t, header, claims, secret, newHash)
		if cut {
			token = token[:strings.LastIndexByte(token, '.')+1]
		}
		if _, err := w.Authenticate(token); err != ErrToken {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, alg := range []any{"none", "None", "NONE", "nOnE", "", nil, "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "hs256", 256, []string{"HS256"}} {
		f("signed", map[string]any{"alg": alg, "typ": "JWT"}, w.cfg.Secret, sha256.New, false)
		f("without signature", map[string]any{"alg": alg, "typ": "JWT"}, w.cfg.Secret, sha256.New, true)
	}
	f("no algorithm", map[string]any{"typ": "JWT"}, w.cfg.Secret, sha256.New, false)
	f("really HS384", map[string]any{"alg": "HS384"}, w.cfg.Secret, sha512.New384, false)
	f("really HS512", map[string]any{"alg": "HS512"}, w.cfg.Secret, sha512.New, false)
	f("another secret", goodHeader(), []byte("another secret of at least 32 bytes"), sha256.New, false)
	f("empty secret", goodHeader(), nil, sha256.New, false)
	f("a key of its own", map[string]any{"alg": "HS256", "jwk": map[string]any{"kty": "oct", "k": "AA"}, "kid": "../../dev/null"}, []byte{0}, sha256.New, false)
}

func TestChangedTokenIsRefused(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	parts := strings.Split(g.Token, ".")
	for i := range g.Token {
		c := byte('A')
		if g.Token[i] == 'A' {
			c = 'B'
		}
		if _, err := w.Authenticate(g.Token[:i] + string(c) + g.Token[i+1:]); err != ErrToken {
			t.Errorf("character %d changed: %v", i, err)
		}
	}
	for _, token := range []string{
		"", ".", "..", "...", parts[0], parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", g.Token + ".", g.Token + "=", g.Token + "A",
		" " + g.Token, g.Token + " ", g.Token + "." + parts[2], "." + g.Token, `{"payload":"` + parts[1] + `"}`,
		strings.Repeat("A", 30<<10), strings.Repeat("A.", 15<<10),
	} {
		_, err := w.Authenticate(token)
		require.ErrorIs(t, err, ErrToken, token)
	}
	w.principal(t, g.Token)
}

// Of Project Wycheproof's 401 signatures none is a token of ours, 355 not even a good signature. For each key the control shows that the key
// is the right one: our own claims, signed with it, pass.
func TestWycheproofSignatures(t *testing.T) {
	file, err := os.Open("testdata/wycheproof_json_web_signature_test.json.gz")
	require.NoError(t, err)
	defer file.Close()
	unzip, err := gzip.NewReader(file)
	require.NoError(t, err)
	var vectors struct {
		TestGroups []struct {
			Private struct{ Alg, K, Kty string }
			Tests   []struct {
				TcID   int
				Jws    any
				Result string
			}
		}
	}
	require.NoError(t, json.NewDecoder(unzip).Decode(&vectors))
	invalid, controls := 0, 0
	for _, group := range vectors.TestGroups {
		secret, err := base64.RawURLEncoding.DecodeString(group.Private.K)
		usable := err == nil && len(secret) >= 32
		w := newWorld(t, func(c *Config) {
			if usable {
				c.Secret = secret
			}
		})
		g := w.register(t, "a@example.com")
		if usable && group.Private.Alg == "HS256" {
			w.principal(t, handMade(t, goodHeader(), w.goodClaims(g), secret, sha256.New))
			controls++
		}
		for _, test := range group.Tests {
			text, ok := test.Jws.(string)
			if !ok { // in JSON serialisation, which is no token either
				b, err := json.Marshal(test.Jws)
				require.NoError(t, err)
				text = string(b)
			}
			if _, err := w.Authenticate(text); err != ErrToken {
				t.Errorf("vector %d (%s): %v", test.TcID, test.Result, err)
			}
			if test.Result == "invalid" {
				invalid++
			}
		}
	}
	require.Equal(t, 355, invalid)
	require.NotZero(t, controls)
}

func TestRotatedSecretEndsAllTokens(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	w.cfg.Secret = []byte("another secret of at least 32 bytes")
	w = w.reopen(t)
	_, err := w.Authenticate(g.Token)
	require.ErrorIs(t, err, ErrToken)
	_, err = w.Refresh(g.RefreshToken)
	require.ErrorIs(t, err, ErrRefresh)
}
