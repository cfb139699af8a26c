package auth

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

func TestCheckPassword(t *testing.T) {
	f := func(password, want string) {
		t.Helper()
		got := ""
		if err := CheckPassword(password, "longlocal@example.com"); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("CheckPassword(%q) = %q; want %q", password, got, want)
		}
	}
	const short, long, common = "Password must be at least 8 characters", "Password must not exceed 128 characters", "Password is too common"
	f("tangerine-orbit-42", "")
	f("        x", "") // taken as sent
	f("ünïcödé!", "")
	f("ünïcödé", short) // 7 characters, 11 bytes
	f("", short)
	f(strings.Repeat("xy", 64), "")
	f(strings.Repeat("xy", 64)+"z", long)
	f("longlocal@example.com", common)
	f("LongLocal@Example.com", common)
	f("longlocal", common)
	f("aaaaaaaaaaaa", common)
	f("éééééééééé", common)
	f("password1", common)
	f("PassWord1", common)
	f("qwertyuiop", common)
	f("1qaz2wsx", common)
}

func TestCommonPasswordsAreUsable(t *testing.T) {
	require.Greater(t, len(commonPasswords), 500)
	for p := range commonPasswords {
		if len(p) < 8 || p != strings.ToLower(p) || strings.TrimSpace(p) != p {
			t.Errorf("%q can never match", p)
		}
	}
}

// The default cost is OWASP's, and an unknown e-mail pays it too.
func TestDummyHashHasTheSameCost(t *testing.T) {
	h := newHasher(DefaultConfig().Hashing)
	require.Contains(t, h.dummy, "$argon2id$v=19$m=19456,t=2,p=1$")
	hash, err := h.hash(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, len(h.dummy), len(hash))
	want, _, _, err := argon2id.DecodeHash(hash)
	require.NoError(t, err)
	got, _, _, err := argon2id.DecodeHash(h.dummy)
	require.NoError(t, err)
	require.Equal(t, want, got)
	match, err := h.matches(t.Context(), "x", "")
	require.NoError(t, err)
	require.False(t, match)
	require.NotEqual(t, h.dummy, newHasher(DefaultConfig().Hashing).dummy)
}

func TestFewPasswordsAtATime(t *testing.T) {
	h := newHasher(testConfig().Hashing)
	var releases []func()
	for range hashers {
		release, err := h.enter(t.Context())
		require.NoError(t, err)
		releases = append(releases, release)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := h.enter(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	var wait sync.WaitGroup
	wait.Go(func() { _, err = h.enter(t.Context()) })
	releases[0]()
	wait.Wait()
	require.NoError(t, err)
}
