package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The contract's example has good check digits.
func TestKeyText(t *testing.T) {
	require.True(t, isKeyText("zta_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5phebia"))
	for range 100 {
		text := newKeyText()
		require.Regexp(t, `^zta_live_[a-z0-9]{36}$`, text)
		require.True(t, isKeyText(text))
	}
}

func TestKeyTextWithWrongDigitsIsRefused(t *testing.T) {
	const good = "zta_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5phebia"
	for i := len(KeyPrefix); i < len(good); i++ {
		for _, c := range alphabet {
			if text := good[:i] + string(c) + good[i+1:]; text != good && isKeyText(text) {
				t.Errorf("%s passed", text)
			}
		}
	}
	for _, text := range []string{"", KeyPrefix, good[:len(good)-1], good + "a", strings.ToUpper(good), KeyPrefix + strings.ToUpper(good[9:]), " " + good} {
		require.False(t, isKeyText(text), text)
	}
}

func TestKeyLife(t *testing.T) {
	w := newWorld(t)
	g := w.register(t, "a@example.com")
	p := w.principal(t, g.Token)
	k, text, err := w.CreateKey(p, NewKey{Name: "server", Scope: Read, Days: 1})
	require.NoError(t, err)
	require.Equal(t, text[:13], k.Shown)

	w.clock.Add(24*time.Hour - time.Millisecond)
	key := w.principal(t, text)
	require.True(t, w.Active(key))
	w.clock.Add(time.Millisecond)
	_, err = w.Authenticate(text)
	require.ErrorIs(t, err, ErrKeyExpired)
	require.False(t, w.Active(key))
	require.Len(t, w.Keys(p.UserID), 1)

	_, err = w.Authenticate(newKeyText())
	require.ErrorIs(t, err, ErrKey)
	require.ErrorIs(t, w.RevokeKey("user_other", k.ID), ErrKeyNotFound)
	_, err = w.RenameKey("user_other", k.ID, "stolen")
	require.ErrorIs(t, err, ErrKeyNotFound)
	require.NoError(t, w.RevokeKey(p.UserID, k.ID))
	_, err = w.Authenticate(text)
	require.ErrorIs(t, err, ErrKey)
	_, err = w.reopen(t).Authenticate(text)
	require.ErrorIs(t, err, ErrKey)
}

func TestKeyScopeNeverExceedsThatOfItsMaker(t *testing.T) {
	w := newWorld(t)
	user := w.register(t, "a@example.com").User.ID
	for _, maker := range []Scope{Read, Write, AdminScope} {
		for _, scope := range []Scope{Read, Write, AdminScope} {
			_, _, err := w.CreateKey(Principal{UserID: user, KeyID: "key_maker", Scope: maker}, NewKey{Name: "child", Scope: scope})
			if scope > maker {
				require.ErrorIs(t, err, ErrKeyScope)
			} else {
				require.NoError(t, err)
			}
		}
	}
}

func TestKeyLimit(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxKeysPerUser = 2 })
	a := w.principal(t, w.register(t, "a@example.com").Token)
	b := w.principal(t, w.register(t, "b@example.com").Token)
	for range 2 {
		_, _, err := w.CreateKey(a, NewKey{Name: "server", Scope: Read})
		require.NoError(t, err)
	}
	_, _, err := w.CreateKey(a, NewKey{Name: "server", Scope: Read})
	require.ErrorIs(t, err, ErrKeyLimit)
	_, _, err = w.CreateKey(b, NewKey{Name: "server", Scope: Read})
	require.NoError(t, err)
	require.NoError(t, w.RevokeKey(a.UserID, w.Keys(a.UserID)[0].ID))
	_, _, err = w.CreateKey(a, NewKey{Name: "server", Scope: Read})
	require.NoError(t, err)
}

// The time of use is exact to a minute and costs no transaction until it is stored.
func TestLastUsed(t *testing.T) {
	w := newWorld(t)
	p := w.principal(t, w.register(t, "a@example.com").Token)
	k, text, err := w.CreateKey(p, NewKey{Name: "server", Scope: Read})
	require.NoError(t, err)
	last := func() time.Time {
		now, ok := w.Key(p.UserID, k.ID)
		require.True(t, ok)
		return now.LastUsed
	}
	require.Zero(t, last())
	before := w.meta.txns
	w.principal(t, text)
	require.Equal(t, "2026-01-15T16:30:00Z", last().Format(time.RFC3339))
	w.clock.Add(time.Minute)
	w.principal(t, text)
	require.Equal(t, "2026-01-15T16:31:00Z", last().Format(time.RFC3339))
	require.Equal(t, before, w.meta.txns)
	require.NoError(t, w.StoreUse())
	require.NoError(t, w.StoreUse()) // nothing is left to store
	require.Equal(t, before+1, w.meta.txns)
	w.clock.Add(time.Minute)
	w.principal(t, text)
	renamed, err := w.RenameKey(p.UserID, k.ID, "renamed")
	require.NoError(t, err)
	require.Equal(t, "renamed", renamed.Name)
	require.Equal(t, "2026-01-15T16:32:00Z", last().Format(time.RFC3339))
	w.principal(t, text)
}

func TestKeysAreListedNewestFirst(t *testing.T) {
	w := newWorld(t)
	p := w.principal(t, w.register(t, "a@example.com").Token)
	for i, name := range []string{"oldest", "middle", "middle", "newest"} {
		_, _, err := w.CreateKey(p, NewKey{Name: name, Scope: Read})
		require.NoError(t, err)
		if i != 1 { // the two in the middle are made at the same time
			w.clock.Add(time.Second)
		}
	}
	list := w.Keys(p.UserID)
	require.Equal(t, "newest", list[0].Name)
	require.Equal(t, "oldest", list[3].Name)
	for i := 1; i < len(list); i++ {
		require.False(t, list[i].CreatedAt.After(list[i-1].CreatedAt))
		if list[i].CreatedAt.Equal(list[i-1].CreatedAt) {
			require.Less(t, list[i-1].ID, list[i].ID)
		}
	}
}
