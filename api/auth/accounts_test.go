package auth

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRegisterOnlyFirstWhenClosed(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.OpenRegistration = false })
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = w.Register(t.Context(), Registration{Email: string(rune('a'+i)) + "@example.com", Password: goodPassword})
		})
	}
	wait.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		} else {
			require.ErrorIs(t, err, ErrRegistrationClosed)
		}
	}
	require.Equal(t, 1, good)
	require.Equal(t, 1, w.Count())
}

func TestEmailIsUnique(t *testing.T) {
	w := newWorld(t)
	w.register(t, "a@example.com")
	_, err := w.Register(t.Context(), Registration{Email: "a@example.com", Password: goodPassword})
	require.ErrorIs(t, err, ErrEmailTaken)
}

func TestEverythingSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	k, text, err := w.CreateKey(w.principal(t, g.Token), NewKey{Name: "server", Scope: Write, Days: 30, Site: "site_abc123"})
	require.NoError(t, err)
	session := w.principal(t, g.Token)
	key := w.principal(t, text)
	require.Equal(t, Principal{UserID: g.User.ID, KeyID: k.ID, Scope: Write, Site: "site_abc123", Expires: k.ExpiresAt}, key)
	require.NoError(t, w.StoreUse())

	w = w.reopen(t)
	require.Equal(t, session, w.principal(t, g.Token))
	require.Equal(t, key, w.principal(t, text))
	u, ok := w.UserByEmail("a@example.com")
	require.True(t, ok)
	require.Equal(t, g.User, u)
	kept, ok := w.Key(u.ID, k.ID)
	require.True(t, ok)
	require.Equal(t, w.clock.Now().Truncate(time.Minute), kept.LastUsed)
	_, err = w.Login(t.Context(), "a@example.com", goodPassword, Client{})
	require.NoError(t, err)
	_, err = w.Refresh(g.RefreshToken)
	require.NoError(t, err)
}

func TestNoSecretIsStored(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	_, key, err := w.CreateKey(w.principal(t, g.Token), NewKey{Name: "server", Scope: Read})
	require.NoError(t, err)
	link, ok, err := w.Forgot("a@example.com")
	require.NoError(t, err)
	require.True(t, ok)
	for name, val := range w.meta.values {
		for _, secret := range []string{g.Token, g.RefreshToken, key, link, goodPassword} {
			require.NotContains(t, string(val), secret, name)
		}
	}
}

func TestLogin(t *testing.T) {
	w := newWorld(t)
	w.register(t, "a@example.com")
	_, err := w.Login(t.Context(), "a@example.com", goodPassword+"x", Client{})
	require.ErrorIs(t, err, ErrCredentials)
	_, err = w.Login(t.Context(), "b@example.com", goodPassword, Client{})
	require.ErrorIs(t, err, ErrCredentials)
	g, err := w.Login(t.Context(), "a@example.com", goodPassword, Client{})
	require.NoError(t, err)
	p := w.principal(t, g.Token)
	require.Equal(t, AdminScope, p.Scope)
	require.False(t, p.IsKey())
	require.Equal(t, g.ExpiresAt, p.Expires.UTC())
}

func TestAFailingStoreChangesNothing(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	p := w.principal(t, g.Token)
	k, text, err := w.CreateKey(p, NewKey{Name: "server", Scope: Read})
	require.NoError(t, err)
	w.meta.failing = true
	_, err = w.Register(t.Context(), Registration{Email: "b@example.com", Password: goodPassword})
	require.ErrorIs(t, err, errStore)
	_, err = w.Login(t.Context(), "a@example.com", goodPassword, Client{})
	require.ErrorIs(t, err, errStore)
	_, err = w.Refresh(g.RefreshToken)
	require.ErrorIs(t, err, errStore)
	_, _, err = w.CreateKey(p, NewKey{Name: "other", Scope: Read})
	require.ErrorIs(t, err, errStore)
	_, err = w.RenameKey(p.UserID, k.ID, "renamed")
	require.ErrorIs(t, err, errStore)
	require.ErrorIs(t, w.RevokeKey(p.UserID, k.ID), errStore)
	require.ErrorIs(t, w.Logout(p, true), errStore)
	w.meta.failing = false

	require.Equal(t, 1, w.Count())
	require.Len(t, w.Keys(p.UserID), 1)
	require.Equal(t, "server", w.Keys(p.UserID)[0].Name)
	w.principal(t, g.Token)
	w.principal(t, text)
	_, err = w.Refresh(g.RefreshToken)
	require.NoError(t, err)
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	first := w.register(t, "a@example.com")
	other := w.register(t, "b@example.com")
	second, err := w.Login(t.Context(), "a@example.com", goodPassword, Client{})
	require.NoError(t, err)
	p := w.principal(t, second.Token)
	require.True(t, w.Active(p))
	require.NoError(t, w.Logout(p, false))
	require.False(t, w.Active(p))
	_, err = w.Authenticate(second.Token)
	require.ErrorIs(t, err, ErrToken)
	_, err = w.Refresh(second.RefreshToken)
	require.ErrorIs(t, err, ErrRefresh)
	require.NoError(t, w.Logout(w.principal(t, first.Token), true))
	_, err = w.Authenticate(first.Token)
	require.ErrorIs(t, err, ErrToken)
	w.principal(t, other.Token)
	_, err = w.reopen(t).Authenticate(first.Token)
	require.ErrorIs(t, err, ErrToken)
}

func TestDeadSessionsAreForgotten(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	for range 2 * batch {
		_, err := w.Login(t.Context(), "a@example.com", goodPassword, Client{})
		require.NoError(t, err)
	}
	w.clock.Add(w.cfg.RefreshTTL - time.Millisecond)
	require.NoError(t, w.sweepSessions())
	require.Len(t, w.sessions, 2*batch+1)
	_, err := w.Refresh(g.RefreshToken)
	require.NoError(t, err)
	w.clock.Add(time.Millisecond)
	require.NoError(t, w.sweepSessions())
	require.Len(t, w.sessions, 1)
	require.Len(t, w.reopen(t).sessions, 1)
}

func TestImpersonateNeedsAUser(t *testing.T) {
	w := newWorld(t)
	user := w.register(t, "a@example.com").User.ID
	g, err := w.Impersonate(user)
	require.NoError(t, err)
	p := w.reopen(t).principal(t, g.Token)
	require.Equal(t, user, p.UserID)
	require.NoError(t, w.Logout(p, false))
	_, err = w.Authenticate(g.Token)
	require.ErrorIs(t, err, ErrToken)
	_, err = w.Impersonate("user_00000000000000000000")
	require.Error(t, err)
}
