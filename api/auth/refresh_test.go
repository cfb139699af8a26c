package auth

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRefreshRotates(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	w.clock.Add(8 * 24 * time.Hour) // the access token has expired
	_, err := w.Authenticate(g.Token)
	require.ErrorIs(t, err, ErrToken)
	next, err := w.Refresh(g.RefreshToken)
	require.NoError(t, err)
	require.Equal(t, g.SessionID, next.SessionID)
	require.NotEqual(t, g.RefreshToken, next.RefreshToken)
	require.Equal(t, w.clock.Now().Add(w.cfg.RefreshTTL), next.RefreshExpiresAt)
	w.principal(t, next.Token)
}

func TestRefreshDiesUnused(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	w.clock.Add(w.cfg.RefreshTTL)
	_, err := w.Refresh(g.RefreshToken)
	require.ErrorIs(t, err, ErrRefresh)
}

func TestReuseRevokesTheSession(t *testing.T) {
	f := func(name string, rotations int, wait time.Duration, wantAlive bool) {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first := w.register(t, "a@example.com")
			last := first
			for range rotations {
				var err error
				last, err = w.Refresh(last.RefreshToken)
				require.NoError(t, err)
			}
			w.clock.Add(wait)
			w.Accounts = w.reopen(t).Accounts // the memory of used tokens is durable
			_, err := w.Refresh(first.RefreshToken)
			require.ErrorIs(t, err, ErrRefresh)
			_, err = w.Authenticate(last.Token)
			require.Equal(t, wantAlive, err == nil)
			_, err = w.Refresh(last.RefreshToken)
			require.Equal(t, wantAlive, err == nil)
		})
	}
	f("at once", 1, 0, true)
	f("after 10 s", 1, 10*time.Second, true)
	f("after more than 10 s", 1, 10*time.Second+time.Millisecond, false)
	f("an older one within the grace time", 3, 5*time.Second, true)
	f("an older one later", 100, time.Hour, false)
}

func TestForgedRefreshTokensChangeNothing(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	last := g.RefreshToken[len(g.RefreshToken)-1]
	flipped := byte('0')
	if last == '0' {
		flipped = '1'
	}
	forged := g.RefreshToken[:len(g.RefreshToken)-1] + string(flipped)
	for _, token := range []string{
		"", "rt_", "rt_k3v9q2m8x1c7b5n0a4s6", forged, g.RefreshToken + "0", "RT" + g.RefreshToken[2:], g.Token,
		newRefreshTokens([]byte("another secret of at least 32 bytes")).create(g.SessionID),
	} {
		w.clock.Add(time.Minute)
		_, err := w.Refresh(token)
		require.ErrorIs(t, err, ErrRefresh, token)
	}
	w.principal(t, g.Token)
	_, err := w.Refresh(g.RefreshToken)
	require.NoError(t, err)
}

func TestConcurrentRefreshGivesOnePair(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	errs := make([]error, 10)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { _, errs[i] = w.Refresh(g.RefreshToken) })
	}
	wait.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		}
	}
	require.Equal(t, 1, good)
	w.principal(t, g.Token)
}
