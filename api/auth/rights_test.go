package auth

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesOfRightsComeBack(t *testing.T) {
	for _, r := range []Role{Viewer, Member, Admin, Owner} {
		b, err := json.Marshal(r)
		require.NoError(t, err)
		var back Role
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, r, back)
	}
	for _, s := range []Scope{Read, Write, AdminScope} {
		b, err := json.Marshal(s)
		require.NoError(t, err)
		var back Scope
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, s, back)
	}
	for _, name := range []string{`"none"`, `""`, `"Owner"`, `"root"`, `1`, `null`} {
		var r Role
		require.Error(t, json.Unmarshal([]byte(name), &r), name)
		var s Scope
		require.Error(t, json.Unmarshal([]byte(name), &s), name)
	}
}

func TestConfigValidate(t *testing.T) {
	f := func(change func(*Config), want string) {
		t.Helper()
		c := testConfig()
		change(&c)
		err := c.Validate()
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	f(func(*Config) {}, "")
	f(func(c *Config) { c.Issuer = "" }, "PUBLIC_URL")
	f(func(c *Config) { c.Secret = c.Secret[:31] }, "JWT_SECRET")
	f(func(c *Config) { c.TokenTTL = 0 }, "JWT_TTL")
	f(func(c *Config) { c.RefreshTTL = c.TokenTTL - 1 }, "REFRESH_TTL")
	f(func(c *Config) { c.MaxKeysPerUser = 0 }, "MAX_API_KEYS_PER_USER")
	f(func(c *Config) { c.Hashing.Memory = 0 }, "password")
}

func TestRandomText(t *testing.T) {
	seen := map[rune]bool{}
	for range 200 {
		text := RandomText(31)
		require.Len(t, text, 31)
		require.True(t, isText(text))
		for _, c := range text {
			seen[c] = true
		}
	}
	require.Len(t, seen, len(alphabet))
	require.Regexp(t, `^site_[a-z0-9]{20}$`, NewID("site"))
}
