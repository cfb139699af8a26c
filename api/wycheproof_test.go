package api

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWycheproofTokens is S4 through the API: each of Project Wycheproof's signatures, 355 of them invalid, as somebody's token is answered with 401, also
// where the server's secret is the key that the signature was made with. The control is a token that the server made with that secret.
func TestWycheproofTokens(t *testing.T) {
	file, err := os.Open(filepath.Join("auth", "testdata", "wycheproof_json_web_signature_test.json.gz"))
	require.NoError(t, err)
	defer file.Close()
	unzip, err := gzip.NewReader(file)
	require.NoError(t, err)
	var vectors struct {
		TestGroups []struct {
			Private struct{ K string }
			Tests   []struct {
				TcID   int
				Jws    any
				Result string
			}
		}
	}
	require.NoError(t, json.NewDecoder(unzip).Decode(&vectors))
	invalid, sent, keys := 0, 0, 0
	for _, group := range vectors.TestGroups {
		secret, err := base64.RawURLEncoding.DecodeString(group.Private.K)
		w := newWorld(t, unlimited, func(c *Config) {
			if err == nil && len(secret) >= 32 {
				c.Auth.Secret = secret
				keys++
			}
		})
		_, good := w.user("a@example.com")
		require.Equal(t, 200, w.call("GET", "/api/auth/me", good, nil).code, "the control")
		for _, test := range group.Tests {
			text, ok := test.Jws.(string)
			if !ok { // in JSON serialisation
				b, err := json.Marshal(test.Jws)
				require.NoError(t, err)
				text = string(b)
			}
			for _, route := range []string{"GET /api/auth/me", "GET /api/sites"} {
				method, target := route[:3], route[4:]
				a := w.call(method, target, text, nil)
				if a.code != 401 {
					t.Errorf("vector %d (%s), %s: %d %s", test.TcID, test.Result, route, a.code, a.text)
				}
			}
			sent++
			if test.Result == "invalid" {
				invalid++
			}
		}
	}
	require.Equal(t, []int{401, 355}, []int{sent, invalid})
	require.NotZero(t, keys)
}
