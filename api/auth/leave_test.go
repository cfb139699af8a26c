package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What was let in before an account was deleted changes nothing afterwards, and makes nothing.
func TestLeave(t *testing.T) {
	w := newWorld(t)
	g, other := w.register(t, "a@example.com"), w.register(t, "b@example.com")
	p := w.principal(t, g.Token)
	_, key, err := w.CreateKey(p, NewKey{Name: "server", Scope: Read})
	require.NoError(t, err)
	link, ok, err := w.Forgot("a@example.com")
	require.NoError(t, err)
	require.True(t, ok)

	w.meta.failing = true
	_, err = w.Leave(p.UserID)
	require.ErrorIs(t, err, errStore)
	w.meta.failing = false
	require.Equal(t, p, w.principal(t, g.Token)) // as if it had not been asked
	d, err := w.Leave(p.UserID)
	require.NoError(t, err)
	require.Equal(t, Departure{p.UserID, "a@example.com", w.clock.Now()}, d)

	for range 2 {
		require.False(t, w.Active(p))
		_, err = w.Authenticate(g.Token)
		require.ErrorIs(t, err, ErrToken)
		_, err = w.Authenticate(key)
		require.ErrorIs(t, err, ErrKey)
		_, err = w.Refresh(g.RefreshToken)
		require.ErrorIs(t, err, ErrRefresh)
		_, err = w.Login(t.Context(), "a@example.com", goodPassword, Client{})
		require.ErrorIs(t, err, ErrCredentials)
		_, err = w.ResetUser(link)
		require.ErrorIs(t, err, ErrReset)
		_, err = w.Leave(p.UserID)
		require.ErrorIs(t, err, ErrToken)
		_, err = w.RenameUser(p.UserID, nil)
		require.ErrorIs(t, err, ErrToken)
		_, _, err = w.CreateKey(p, NewKey{Name: "late", Scope: Read})
		require.ErrorIs(t, err, ErrToken)
		require.ErrorIs(t, w.ChangePassword(t.Context(), p, goodPassword, goodPassword+"2"), ErrToken)
		require.ErrorIs(t, w.SetPassword(t.Context(), p.UserID, goodPassword), ErrToken)
		require.Equal(t, []Departure{d}, w.Departures())
		w = w.reopen(t)
	}
	require.NoError(t, w.Forget(p.UserID))
	require.Empty(t, w.Departures())
	for name, val := range w.meta.values {
		require.NotContains(t, name+string(val), p.UserID)
	}
	w.principal(t, other.Token)
}
